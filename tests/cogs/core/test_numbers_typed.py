"""Numbers that are out of range have a clear answer, wherever one can be typed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from bot_harness import Harness, said

NewHarness = Callable[..., AbstractAsyncContextManager[Harness]]
LARGE = ["9999999999999999999", "9223372036854775808", "18446744073709551615", "9" * 30]


async def test_a_number_out_of_range_is_answered(new_harness: NewHarness) -> None:
    async with new_harness() as harness:
        rooftop = harness.discord.world.guild("Rooftop").id
        harness.settings = harness.settings.model_copy(update={"host_guild_id": int(rooftop)})
        await harness.start()
        ada, dora = await harness.member("Ada"), await harness.member("Dora", "Rooftop")
        for number in [*LARGE, "2147483648", "0"]:
            await said(await ada.slash("library track", track=number), "no such track")
            await said(await ada.slash("jam end", jam=number), "no such jam")
        for number in LARGE:
            answer = await said(await dora.slash("host access", server=number[:20], access="allowed"), "id")
            assert "may make tracks now" not in (answer.text or "")
