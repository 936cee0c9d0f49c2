"""Hints below a member's first answers: each once, and no answer waits or fails for one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
import sqlalchemy as sa
from bot_harness import TIMEOUT, Harness, made, said
from sqlalchemy import event
from sqlalchemy.engine import Engine
from waiting import eventually

from cogs.core import hints as core_hints
from cogs.texts.hints import HINTS
from rehearsal.discord.members.member import Member
from services.storage.tables import hints

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def hints_below(member: Member, command: str, **options: Any) -> list[str]:
    """What the answer's hints are about."""
    answer = await member.slash(command, **options)
    await answer.until(lambda now: now.state == "answered", TIMEOUT)
    assert "Something broke" not in answer.text
    return hints_in(answer.text)


def hints_in(text: str) -> list[str]:
    return [about for about, hint in HINTS.items() if str(hint) in text]


async def test_each_is_given_once_where_it_says_something_new(harness: Harness) -> None:
    ben = await harness.member("Ben")
    assert await hints_below(ben, "jam list") == ["songs"]
    assert await hints_below(ben, "jam list") == ["help"], "what is about jams would say nothing new"
    assert await hints_below(ben, "jam list") == []
    assert await hints_below(ben, "queue") == ["jam"]
    assert await hints_below(ben, "queue") == []
    elsewhere = await harness.member("Dora", "Rooftop")
    assert await hints_below(elsewhere, "library tracks") == ["songs"]


async def test_the_answer_of_a_song_keeps_its_hint_to_the_end(harness: Harness) -> None:
    cleo = await harness.member("Cleo")
    form = await cleo.slash("compose", tags="ska", vocals="write")
    held = harness.hold("ska")
    answer = await cleo.submit(form, lyrics="La la", duration="5", title="With a Hint")
    await said(answer, str(HINTS["songs"]))
    held.release()
    await said(answer, "is finished", str(HINTS["songs"]))


async def test_neither_buttons_nor_refusals_nor_what_is_for_moderators_have_one(harness: Harness) -> None:
    ada = await harness.member("Ada")
    assert await hints_below(ada, "library track", track="no such song") == []
    assert await hints_below(ada, "compose") == [], "it has no tags"
    assert await hints_below(ada, "moderation reports") == []
    message = await made(await harness.member("Ben"), "To Press On")
    assert hints_in((await said(await ada.press(message, "More …"), "What to do")).text) == []
    assert await hints_below(ada, "queue") == ["songs"]


async def test_an_answer_goes_without_one_where_the_look_up_hangs(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(_guild_id: int, _member_id: int) -> None:
        await asyncio.Event().wait()

    assert harness.bot is not None
    monkeypatch.setattr(harness.bot.studio.hints, "look_up", never)
    monkeypatch.setattr(core_hints, "PATIENCE", 0.01)
    ada = await harness.member("Ada", "Rooftop")
    assert await hints_below(ada, "queue") == []
    monkeypatch.undo()
    assert await hints_below(ada, "queue") == ["songs"], "it was not counted"


async def test_whoever_has_had_all_costs_no_statement_and_is_remembered(
    new_harness: Callable[..., AbstractAsyncContextManager[Harness]],
) -> None:
    asked: list[str] = []

    def executed(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.extend([statement] if "hints" in statement else [])

    async with new_harness() as harness:
        await harness.start()
        ben = await harness.member("Ben")
        assert [await hints_below(ben, "queue") for _ in HINTS] == [["songs"], ["jam"], ["help"]]
        await harness.stop()
        await harness.start()
        event.listen(Engine, "before_cursor_execute", executed)
        try:
            assert await hints_below(ben, "queue") == []
            assert len(asked) == 1, "once after a start"
            assert await hints_below(ben, "queue") == []
            assert len(asked) == 1
        finally:
            event.remove(Engine, "before_cursor_execute", executed)


async def test_an_answer_waits_for_no_writer_and_fails_by_no_table(
    new_harness: Callable[..., AbstractAsyncContextManager[Harness]],
) -> None:
    async with new_harness() as harness:
        database = (await harness.start()).studio.database
        ben, cleo = await harness.member("Ben"), await harness.member("Cleo")
        async with database.write():
            assert await hints_below(ben, "queue") == ["songs"]

        async def written() -> bool:
            async with database.read() as connection:
                return (await connection.execute(hints.select())).all() != []

        await eventually(written)
        async with database.write() as connection:
            await connection.execute(sa.text("ALTER TABLE hints RENAME TO other"))
        assert await hints_below(ben, "queue") == ["jam"], "known, but not written down"
        assert await hints_below(cleo, "queue") == []
