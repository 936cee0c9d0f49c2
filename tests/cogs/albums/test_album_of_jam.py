"""What belongs together anyway becomes an album with one press: the rounds of a jam."""

from __future__ import annotations

import asyncio

import pytest
from album_pages import album_id, in_order, labels
from bot_harness import Harness, said
from jamming import ends, recap_of, two_rounds

from rehearsal.discord.members.reading import walk

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_one_press_makes_an_album_of_a_jams_rounds_and_the_next_opens_it(harness: Harness) -> None:
    ben, cleo, dora = [await harness.member(*who) for who in (("Ben",), ("Cleo",), ("Dora", "Rooftop"))]
    await two_rounds(ben, "Kept Jam")
    await ends(ben, "Kept Jam")
    recap = await recap_of(ben, "Kept Jam")
    pressed = await asyncio.gather(*(one.press(recap, "As an album") for one in (ben, ben)))
    for page in pressed:
        await said(page, "is an album with 2 tracks")
        await in_order(page, "Kept Jam", "Kept Jam, round 2")
    assert len({album_id(page) for page in pressed}) == 1
    listed = await said(await cleo.slash("album list"), "“Kept Jam”")
    assert listed.text.count("“Kept Jam”") == 1
    again = await said(await cleo.press(recap, "As an album"), "2 tracks")
    owners = [person for person in (ben, cleo) if f"by <@{person.id}>" in again.text]
    assert len(owners) == 1
    assert ("Edit …" in labels(again)) is (owners == [cleo])
    (jam,) = [one["custom_id"] for one in walk(recap["components"]) if one.get("label") == "As an album"]
    await said(await dora.press(await said(await dora.slash("queue")), jam, forged=True), "no such jam")
