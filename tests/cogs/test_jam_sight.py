"""Who does not see a jam's channel any more shares no price in it."""

from __future__ import annotations

import pytest
from house import House, said, track_of
from jamming import join, panel_of, start, tags
from test_hidden_channels import shut

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_only_who_sees_the_channel_shares_the_price(house: House) -> None:
    assert house.bot is not None
    house.discord.world.add_channel("The Porch", "den")
    ada, cleo = await house.member("Ada", channel="den"), await house.member("Cleo", channel="den")
    await start(ada, "Leaky")
    await join(cleo, "Leaky")
    await tags(cleo, await panel_of(cleo, "Leaky"), "funk")
    panel = await panel_of(ada, "Leaky", "funk")
    await shut(house, "den", "Ada")
    await ada.press(panel, "Make it now")
    message = await track_of(ada, "Leaky")
    track_id = message["components"][0]["components"][0]["custom_id"].split(":")[-1]
    track = await house.bot.studio.get(track_id)
    assert track is not None
    assert set(track.makers) == {int(ada.id)}
    lounge = await house.member("Cleo", channel="lounge")
    spent = await said(await lounge.slash("budget show"), "You, today")
    assert "$0.00 spent" in spent.text.split("You, today")[1][:60], spent.text
