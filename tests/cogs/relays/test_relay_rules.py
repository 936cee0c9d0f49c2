"""A relay under a guild's rules: what would be said against its song is said to whoever can mend it."""

from __future__ import annotations

import pytest
from bot_harness import Harness, rule, said
from test_relay import INTERVALS, gathered, opened, sees, writes

from services.tracks.sight import everything_in

pytestmark = pytest.mark.asyncio(loop_scope="module")

PORCH = "The Porch"
__all__ = ["INTERVALS"]


async def test_it_is_sung_where_only_some_roles_may_ask_for_tracks(harness: Harness) -> None:
    world, names = harness.discord.world, ("Ben", "Cleo")
    ben, cleo = await gathered(harness, "choir", *names)
    role = world.add_role(PORCH, "Singers")
    for name in names:
        world.set_roles(PORCH, name, ["Singers"])
    await rule(harness, roles=[int(role.id)])
    post = await opened(ben, "Choir", seats=2, rounds=1)
    await cleo.press(post, "Take a seat / Leave")
    await writes(ben, "We sing with a badge")
    await writes(cleo, "And only with a badge", after="We sing with a badge")
    voting = await sees(ben, "Choir", "What does it sound like?")
    await ben.press(voting, "Sing it now")
    await sees(ben, "“Choir”", "listen")
    await rule(harness, roles=[])


async def test_what_a_line_makes_of_those_before_it_is_said_at_once(harness: Harness) -> None:
    ben, cleo = await gathered(harness, "split", "Ben", "Cleo")
    await rule(harness, words=["bad weather"])
    post = await opened(ben, "Split", seats=2, rounds=1)
    await cleo.press(post, "Take a seat / Leave")
    await writes(ben, "The forecast is bad")
    turn = await sees(cleo, f"<@{cleo.id}>, it is your line")
    form = await cleo.press(turn, "Write my line")
    await said(await cleo.submit(form, line="Weather for porches"), "could not take", "bad weather")
    await rule(harness, words=["bad weather", "forecast"])  # what is there already is not hers to mend
    await said(await cleo.submit(form, line="And so is this song"), "Your line is written")
    voting = await sees(ben, "Split", "And so is this song", "What does it sound like?")
    await ben.press(voting, "Sing it now")
    await sees(ben, "Split", "It is not sung yet", "forecast")
    await rule(harness, words=[])
    await ben.press(await sees(ben, "Split", "It is not sung yet"), "Try again")
    await sees(ben, "“Split”", "listen")


async def test_who_is_exempt_from_automod_writes_nothing_that_it_keeps_from_being_sung(
    harness: Harness,
) -> None:
    ada, ben = await gathered(harness, "zoo", "Ada", "Ben")
    harness.discord.world.allow_bot(PORCH, ["manage_guild"])
    harness.discord.world.set_automod(PORCH, "zoo", words=["badger"])
    await said(await ada.slash("relay start", theme="Badger Dance"), "AutoMod", "badger")
    post = await opened(ada, "A Dance", seats=2, rounds=1)
    await ben.press(post, "Take a seat / Leave")
    turn = await sees(ada, f"<@{ada.id}>, it is your line")
    form = await ada.press(turn, "Write my line")
    await said(await ada.submit(form, line="The badger dances"), "could not take", "AutoMod", "badger")
    await writes(ada, "Somebody dances")
    await writes(ben, "Around the porch", after="Somebody dances")
    voting = await sees(ada, "A Dance", "What does it sound like?")
    await ada.press(voting, "Sing it now")
    await sees(ada, "“A Dance”", "listen")
    harness.discord.world.remove_automod(PORCH, "zoo")


async def test_who_has_left_the_server_does_not_pay_for_its_song(harness: Harness) -> None:
    assert harness.bot is not None
    ben, cleo = await gathered(harness, "gone", "Ben", "Cleo")
    ada = await harness.member("Ada", channel="gone")
    post = await opened(ben, "Gone", seats=2, rounds=1)
    await cleo.press(post, "Take a seat / Leave")
    await writes(ben, "I was here")
    await writes(cleo, "And I still am", after="I was here")
    voting = await sees(cleo, "Gone", "What does it sound like?")
    harness.discord.world.remove_member(PORCH, "Ben")
    await ada.press(voting, "Sing it now")
    await sees(cleo, "“Gone”", "listen")
    (song,) = await harness.bot.studio.search(everything_in(int(ada.guild["id"])), "Gone")
    assert song.member_id == int(cleo.id)
    assert set(song.makers) == {int(ben.id), int(cleo.id)}
