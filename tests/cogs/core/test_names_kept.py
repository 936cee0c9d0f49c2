"""Names with characters in them that no database keeps."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest
from bot_harness import Harness, made, said

from services.tracks.sight import everything_in

NewHarness = Callable[..., AbstractAsyncContextManager[Harness]]


@pytest.mark.parametrize("odd", ["\0", "\ud800"])
async def test_a_member_and_a_server_of_any_name_have_tracks_made(new_harness: NewHarness, odd: str) -> None:
    async with new_harness() as harness:
        guild = harness.discord.world.guild("The Porch")
        guild.name = f"The{odd}Porch"
        ben = await harness.member("Ben", guild=guild.id)
        harness.discord.world.users[ben.id].name = f"Be{odd}n"
        bot = await harness.start()
        await made(ben, "Kept")
        await said(await ben.slash("jam start", theme="Kept Too"), "is open")
        (track,) = await bot.studio.search(everything_in(int(guild.id)), "Kept")
        assert (track.member_name, track.guild_name) == ("Be\ufffdn", "The\ufffdPorch")
        (jam,) = await bot.studio.jams.going_on()
        assert [person.name for person in jam.jam.here] == ["Be\ufffdn"]
