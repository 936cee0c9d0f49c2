"""An acknowledgement that Discord took counts, whatever became of Discord's own answer; no other does."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from bot_harness import TIMEOUT, Harness, below, followups, said, track_of
from waiting import eventually

from cogs.core import responses, webhooks
from rehearsal.discord.entities import Event
from rehearsal.discord.faults import Fault
from rehearsal.discord.members.reading import text_of
from services.messages.notices import Notice, Notices
from services.storage.tables import tracks
from services.tracks.sight import everything_in

pytestmark = pytest.mark.asyncio(loop_scope="module")

CALLBACK: Any = {"method": "POST", "path": "/interactions/*/callback"}


async def compose(harness: Harness, title: str, fault: Fault) -> None:
    """Asks for a track while Discord answers like that; it is made once, and its member told."""
    harness.discord.faults.add(fault)
    ben = await harness.member("Ben")
    answer = await ben.slash("compose", tags="ska", duration=5, title=title)
    await said(answer, "is finished")
    message = await track_of(ben, title)
    assert harness.bot is not None
    found = await harness.bot.studio.search(everything_in(int(ben.guild["id"])), title)
    assert [str(track.message_id) for track in found] == [message["id"]]
    harness.discord.faults.clear()


@pytest.mark.parametrize(
    "fault",
    [
        Fault("masked", status=502, **CALLBACK),
        Fault("masked", status=500, times=2, **CALLBACK),
        Fault("masked", status=503, times=None, **CALLBACK),  # never told that it was taken
        Fault("lost", **CALLBACK),
        Fault("lost", times=None, **CALLBACK),
        Fault("late", seconds=20, **CALLBACK),
        Fault("late", seconds=20, times=None, **CALLBACK),
        Fault("down", status=502, times=2, **CALLBACK),
        Fault("cut", times=2, **CALLBACK),
        Fault("hang", **CALLBACK),
        Fault("slow", seconds=2, times=None, **CALLBACK),
        Fault("rate_limited", retry_after=0.3, **CALLBACK),
        Fault("cloudflare", status=429, **CALLBACK),
        Fault("cloudflare", status=200, **CALLBACK),
    ],
    ids=lambda fault: f"{fault.kind} {fault.status} {fault.times}",
)
async def test_what_discord_took_goes_on_and_is_done_once(harness: Harness, fault: Fault) -> None:
    title = f"{fault.kind} {fault.status} {fault.times}".replace("_", " ")
    await compose(harness, title, fault)


@pytest.mark.parametrize(
    "silence",
    [
        Fault("down", method="GET", path="/webhooks/*", times=5),
        Fault("cloudflare", method="GET", path="/webhooks/*", status=404, retry_after=0, times=5),
    ],
    ids=lambda fault: fault.kind,
)
async def test_an_acknowledgement_that_nobody_can_confirm_goes_on(
    harness: Harness, silence: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "CONFIRMING", 0.5)
    harness.discord.faults.add(silence)
    title = f"Unconfirmed {silence.status}"
    await compose(harness, title, Fault("masked", status=502, times=None, **CALLBACK))


@pytest.mark.parametrize(
    "fault",
    [
        Fault("cut", times=None, **CALLBACK),
        Fault("down", status=502, times=None, **CALLBACK),
        Fault("refuse", code=40060, **CALLBACK),  # by another process: it is that one's to do
        Fault("refuse", code=10062, **CALLBACK),  # too late
    ],
    ids=lambda fault: f"{fault.kind} {fault.code}",
)
async def test_what_discord_did_not_take_is_not_done(
    harness: Harness, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(harness.discord.interactions, "deadline", 3.0)  # Discord's: nothing is to be taken
    harness.discord.faults.add(fault)
    ben = await harness.member("Ben")
    answer = await ben.slash("compose", tags="ska", duration=5, title="Not Made")
    assert answer.error
    harness.discord.faults.clear()
    monkeypatch.undo()
    await said(await ben.slash("queue"), "Nothing is running")
    assert harness.bot is not None
    assert await harness.bot.studio.search(everything_in(int(ben.guild["id"])), "Not Made") == []


async def test_what_discord_tells_again_after_a_broken_connection_is_done_once(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, ben = harness.discord.world, await harness.member("Ben")
    tell = world.tell

    def twice(event: Event) -> None:
        for _ in range(2 if event.name == "INTERACTION_CREATE" else 1):
            tell(event)

    assert harness.bot is not None
    database = harness.bot.studio.database

    async def count() -> int:
        async with database.read() as connection:
            return await connection.scalar(sa.select(sa.func.count()).select_from(tracks)) or 0

    before, sent = await count(), len(harness.discord.requests)
    monkeypatch.setattr(world, "tell", twice)
    await said(await ben.slash("compose", tags="ska", duration=5, title="Told Twice"), "is finished")
    assert await count() == before + 1
    message = await track_of(ben, "Told Twice")
    await ben.press(message, "♥ Vote")
    await ben.wait_message(lambda one: one["id"] == message["id"] and "♥ 1" in str(one), TIMEOUT)
    asked = [one for one in list(harness.discord.requests)[sent:] if one.path.endswith("/callback")]
    assert len(asked) == len({one.path for one in asked})


async def test_forms_and_their_answers_choices_and_presses_too(harness: Harness) -> None:
    ben = await harness.member("Ben")

    def unsure() -> None:
        harness.discord.faults.add(Fault("masked", status=502, **CALLBACK))

    unsure()
    form = await ben.slash("compose", tags="ska", duration=5, vocals="write", title="Written")
    assert form.modal
    unsure()
    await said(await ben.submit(form, lyrics="[verse]\nStill here"), "Written")
    message = await track_of(ben, "Written")
    unsure()
    assert await ben.suggest("library track", "track", track="Writ")
    unsure()
    await said(await ben.press(message, "Lyrics"), "Still here")


async def test_what_was_done_is_told_also_where_the_line_is_cut_once(harness: Harness) -> None:
    harness.discord.faults.add(Fault("cut", method="PATCH", path="/webhooks/*", times=2))
    ben = await harness.member("Ben")
    await said(await ben.slash("queue"), "Nothing is running")


@pytest.mark.parametrize("kind", ["masked", "lost", "down", "cut"])
async def test_what_was_done_or_refused_is_told_also_where_discord_is_long_silent_about_that(
    harness: Harness, kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(responses, "FIRST_AGAIN", 0.01)
    harness.discord.world.add_channel("The Porch", kind)
    ben, bot = await harness.member("Ben", channel=kind), harness.bot
    assert bot is not None
    for command, option, answered in (
        ("relay start", "theme", "Your relay is open"),
        ("relay start", "theme", "A relay goes on"),
        ("album new", "title", "is there. *Edit …*"),  # with a picture
    ):
        edits: Any = {"method": "PATCH", "path": "/webhooks/*"}
        away = harness.discord.faults.add(Fault(kind, status=502, times=2 * webhooks.REPEATS, **edits))
        given: Any = {option: f"Late {kind}"}
        answer = await ben.slash(command, **given)

        async def is_over(away: Fault = away) -> bool:
            return away.hits == away.times and not bot.answering

        await eventually(is_over)
        await said(answer, answered)
        assert "I do not know" not in answer.text + followups(answer)


async def test_a_further_message_is_not_sent_again_where_discord_may_have_it(harness: Harness) -> None:
    harness.discord.faults.add(Fault("masked", status=502, method="POST", path="/webhooks/*"))
    ben = await harness.member("Ben")
    guild, bot = int(ben.guild["id"]), harness.bot
    assert bot is not None
    await bot.studio.notices.leave(guild, int(ben.id), "something came of it.")
    first = await ben.slash("queue")

    async def told() -> bool:
        return not await bot.studio.notices.waiting(guild, int(ben.id))

    await eventually(told)
    await bot.studio.notices.leave(guild, int(ben.id), "another thing.")
    second = await ben.slash("queue")
    await eventually(told)
    assert followups(await first.refresh()) == "While you were away: something came of it."
    assert followups(await second.refresh()) == "While you were away: another thing."


@pytest.mark.parametrize("kind", ["masked", "lost", "down"])
async def test_what_may_stand_above_is_not_doubted(harness: Harness, kind: Any) -> None:
    harness.discord.world.add_channel("The Porch", f"above {kind}")
    ben, cleo = [await harness.member(name, channel=f"above {kind}") for name in ("Ben", "Cleo")]
    await said(await ben.slash("relay start", theme=f"Above {kind}"), "Your relay is open")
    post = await ben.wait_message(lambda one: f"A line each: Above {kind}" in text_of(one), TIMEOUT)
    harness.discord.faults.add(Fault(kind, status=502, method="POST", path="/webhooks/*"))
    refused = await cleo.press(post, "End it")
    text = await below(refused, "If you see it above, it holds")
    assert text.count("Only who started the relay") == (kind != "down")
    assert "I do not know" not in text
    await ben.press(post, "End it")


async def test_a_notice_is_said_once_also_where_the_database_is_away_after_it(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    ben = await harness.member("Ben")
    guild, bot = int(ben.guild["id"]), harness.bot
    assert bot is not None
    discard, away = Notices.discard, [ConnectionError()]

    async def once_away(notices: Notices, notice: Notice) -> None:
        if away:
            raise away.pop()
        await discard(notices, notice)

    monkeypatch.setattr(Notices, "discard", once_away)
    await bot.studio.notices.leave(guild, int(ben.id), "said already.")
    await below(await ben.slash("queue"), "said already")

    async def written_down() -> bool:
        return not await bot.studio.notices.waiting(guild, int(ben.id))

    await eventually(written_down)


async def test_a_notice_that_discord_did_not_take_is_kept(harness: Harness) -> None:
    harness.discord.faults.add(Fault("refuse", code=50035, method="POST", path="/webhooks/*"))
    ben = await harness.member("Ben")
    assert harness.bot is not None
    await harness.bot.studio.notices.leave(int(ben.guild["id"]), int(ben.id), "of some use.")
    await ben.slash("queue")
    await eventually(lambda: _hit(harness))
    await below(await ben.slash("queue"), "of some use")


async def _hit(harness: Harness) -> bool:
    return all(fault.hits for fault in harness.discord.faults.rules)
