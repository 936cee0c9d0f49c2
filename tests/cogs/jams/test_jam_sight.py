"""Who shares a jam's price: those who see its channel, and nobody whose own limits are used up."""

from __future__ import annotations

import pytest
from bot_harness import TIMEOUT, Harness, below, made, said, shut, track_of
from jamming import ends, jam_id, join, panel_of, start, tags

from rehearsal.discord.faults import Fault

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_only_who_sees_the_channel_shares_the_price(harness: Harness) -> None:
    assert harness.bot is not None
    harness.discord.world.add_channel("The Porch", "den")
    ada, cleo = await harness.member("Ada", channel="den"), await harness.member("Cleo", channel="den")
    await start(ada, "Leaky")
    await join(cleo, "Leaky")
    await tags(cleo, await panel_of(cleo, "Leaky"), "funk")
    panel = await panel_of(ada, "Leaky", "funk")
    await shut(harness, "den", "Ada")
    await ada.press(panel, "Make it now")
    message = await track_of(ada, "Leaky")
    track_id = message["components"][0]["components"][0]["custom_id"].split(":")[-1]
    track = await harness.bot.studio.get(track_id)
    assert track is not None
    assert set(track.makers) == {int(ada.id)}
    lounge = await harness.member("Cleo", channel="lounge")
    spent = await said(await lounge.slash("budget"), "You, today")
    assert "$0.00 spent" in spent.text.split("You, today")[1][:60], spent.text


async def test_whose_own_limits_are_used_up_keeps_no_jam_from_being_made(harness: Harness) -> None:
    ada, ben, cleo = await harness.member("Ada"), await harness.member("Ben"), await harness.member("Cleo")
    panel = await start(ben, "Troll", tags="folk", duration=10)
    await join(cleo, "Troll")
    await said(await ada.slash("moderation budget", member=0.002), "$0.002")
    try:
        await made(cleo, "Used up", duration=10)
        pressed = await ben.press(panel, "Make it now")
        refused = await below(pressed, f"<@{cleo.id}> has less left", "go on without them")
        assert "nothing of" not in refused  # how much exactly is Cleo's own matter
        again = await ben.press(pressed.followups[0], "Go on without them")
        await again.until(lambda now: "not in this jam any more" in now.text, TIMEOUT)
        await track_of(ben, "Troll")
    finally:
        await said(await ada.slash("moderation budget", member=5), "$5")
    await ends(ben, "Troll")


async def test_nobody_is_taken_out_whose_own_limits_let_the_track_in(harness: Harness) -> None:
    ben, cleo = await harness.member("Ben"), await harness.member("Cleo")
    panel = await start(ben, "Kept In", tags="folk", duration=10)
    await join(cleo, "Kept In")
    asked = await said(await ben.press(panel, "End the jam"), "End the jam")
    own_id = jam_id(panel)
    pressed = await ben.press(asked, f"jam:without:{own_id}:{cleo.id}", forged=True)
    await pressed.until(lambda now: "still in this jam" in now.text, TIMEOUT)
    assert f"<@{cleo.id}>" in (await track_of(ben, "Kept In"))["embeds"][0]["description"]
    await ends(ben, "Kept In")


async def test_a_page_in_place_of_who_sees_it_takes_nobody_out(harness: Harness) -> None:
    ada, cleo = await harness.member("Ada"), await harness.member("Cleo")
    panel = await start(ada, "Paged", tags="folk", duration=10)
    await join(cleo, "Paged")
    page = harness.discord.faults.add(
        Fault("cloudflare", "GET", f"/guilds/*/members/{cleo.id}", status=404, retry_after=0)
    )
    await ada.press(panel, "Make it now")
    assert f"<@{cleo.id}>" in (await track_of(ada, "Paged"))["embeds"][0]["description"]
    assert page.hits == 1
    await ends(ada, "Paged")
