"""Whatever this machine's clock shows: what is compared with Discord's times is compared by one clock."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta

import pytest
from bot_harness import VOICES, Harness, made, rule, said
from voicing import spoken

from cogs.core import history
from rehearsal.discord.faults import Fault

APART = 3600.0  # seconds


@pytest.fixture(params=[APART, -APART], ids=["behind", "ahead"])
async def apart(
    request: pytest.FixtureRequest, new_harness: Callable[..., AbstractAsyncContextManager[Harness]]
) -> AsyncIterator[Harness]:
    """A bot on a machine whose clock is so far behind or ahead of Discord's."""
    async with new_harness(**VOICES) as made:
        made.discord.world.snowflakes.ahead = request.param
        await made.start()
        yield made


async def test_what_was_posted_is_found(apart: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "FRESH", timedelta(0))  # so that the channel is looked into
    ben = await apart.member("Ben")
    apart.discord.faults.add(Fault("lost", "POST", "/channels/*/messages", times=1))
    await made(ben, "Posted Once")
    posts = [one.path for one in apart.discord.requests if one.method == "POST"]
    assert sum(path.endswith("/messages") for path in posts) == 1


async def test_a_recording_was_made_before_or_after_the_sentence_was_shown(apart: Harness) -> None:
    await rule(apart, own_voices=True)
    ben = await apart.member("Ben")
    before = await spoken(ben)
    apart.discord.world.snowflakes.ahead += 30  # so much later is it there, whatever this machine shows
    await said(await ben.slash("voice record"), "Say this aloud")
    await said(await ben.context("Use as my voice", before), "before I showed you the sentence")
    await said(await ben.context("Use as my voice", await spoken(ben)), "I have your recording")
