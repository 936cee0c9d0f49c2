"""The way of one /compose through the bot: how often its track is read and written, and its prompt parsed.

`python -m bench walk` counts more of it; what is counted here does not depend on the machine.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pytest
from bot_harness import Harness, made, said
from sqlalchemy import event
from sqlalchemy.engine import Engine
from waiting import eventually

from cogs.texts.hints import HINTS
from services.pipeline import workflow
from services.pipeline.turns import outlook
from services.prompts.prompt import parse_prompt

pytestmark = pytest.mark.asyncio(loop_scope="module")

STATEMENTS = {
    "track read": r"SELECT tracks\.id, .* WHERE tracks\.id = \?",
    "track written": r"UPDATE tracks ",
    # DBOS's tables are in `main`; the others are asked by looks that repeat, whatever is made.
    "statement": r"(SELECT|INSERT|UPDATE|DELETE)"
    r"(?!.* (main\.|jams|ballots|audit|album_posts|relays|contests|parties|kept_messages|own_voices"
    r"|put_off IS NOT DISTINCT|DISTINCT tracks\.key_id))",
    "guild read": r"SELECT guilds\.guild_id, .* WHERE guilds\.guild_id = \?",
}


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """Statements of these kinds, on any thread, and parses of a prompt on this one."""
    counts: Counter[str] = Counter()

    def executed(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        words = " ".join(statement.split())
        counts.update(kind for kind, pattern in STATEMENTS.items() if re.match(pattern, words))

    def called(frame: FrameType, what: str, _argument: Any) -> None:
        if what == "call" and frame.f_code is parse_prompt.__code__:
            counts["prompt parsed"] += 1

    event.listen(Engine, "before_cursor_execute", executed)
    before = sys.getprofile()
    sys.setprofile(called)
    try:
        yield counts
    finally:
        sys.setprofile(before)
        event.remove(Engine, "before_cursor_execute", executed)


async def nothing_runs() -> bool:
    return not workflow.running()


async def test_a_track_is_handed_on_and_not_read_anew(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlook, "CHEAP", float("inf"))  # else one that took its time serves the next track
    ben = await harness.member("Ben")
    await made(ben, "What Is Loaded Once")
    for _ in HINTS:  # he has had them all
        await said(await ben.slash("queue"))
    windows: list[Counter[str]] = []
    for number in range(3):
        with counted() as counts:
            await made(ben, f"Counted {number}")
            await eventually(nothing_runs)  # its last statements come after its message
        windows.append(counts)
    # The fewest of three: a look that repeats, whatever is made, may fall into one of them.
    counts = windows[0] & windows[1] & windows[2]
    assert counts["track read"] == 0
    # Begun, accepted, rendered, mastered, posted.
    assert counts["track written"] == 5
    assert counts["prompt parsed"] == 1
    assert counts["guild read"] == 0
    # To take it 12, to tell of it 2, to start it 5, to its end 9.
    assert counts["statement"] == 28
