"""A small but real discord.py bot, run against the stand-in."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))  # tests/openapi.py

import smallbot

from rehearsal.discord import DiscordStandIn
from rehearsal.discord.members.member import Member


@pytest.fixture
async def discord() -> AsyncIterator[DiscordStandIn]:
    async with DiscordStandIn(callback_deadline=20) as stand_in:
        yield stand_in


@pytest.fixture
async def bot(discord: DiscordStandIn) -> AsyncIterator[smallbot.SmallBot]:
    async with smallbot.running(discord) as one:
        yield one


@pytest.fixture
async def ada(discord: DiscordStandIn) -> AsyncIterator[Member]:
    async with await Member.join(discord.url, guild="The Porch", name="Ada") as member:
        yield member


@pytest.fixture
async def ben(discord: DiscordStandIn) -> AsyncIterator[Member]:
    async with await Member.join(discord.url, guild="The Porch", name="Ben") as member:
        yield member
