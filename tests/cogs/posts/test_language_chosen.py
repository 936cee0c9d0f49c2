"""What goes on in a server is said anew in the language that it was just given, without a press there."""

from __future__ import annotations

from typing import Any

import pytest
from bot_harness import TIMEOUT, Harness, made, said
from jamming import start
from partying import OFTEN, ROOM, listening

from rehearsal.discord.members.member import Member
from rehearsal.discord.members.reading import text_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

INTERVALS = OFTEN
Json = dict[str, Any]
ENGLISH = {
    "jam": ("Lock in / Unlock", "Everybody who is in can change everything"),
    "contest": ("Nothing is entered", "Enter a track"),
    "relay": ("Seats 1 of", "Take a seat"),
    "party": ("Listening together", "Half of those who listen"),
}
GERMAN = {
    "jam": ("Jam beenden", "Wer dabei ist, darf alles ändern"),
    "contest": ("Noch ist nichts eingereicht", "Track einreichen"),
    "relay": ("Plätze 1 von", "Platz nehmen"),
    "party": ("Überspringen", "Hälfte derer, die zuhören"),
}


async def opened(harness: Harness) -> Member:
    """Who has opened one of each: the party in its voice channel, the others in #corner."""
    (ben,) = await listening(harness, "Ben")
    await made(await ben.go("music"), "Heard", duration=60)
    harness.discord.world.add_channel("The Porch", "corner")
    await said(await (await ben.go(ROOM)).slash("party start", play="Heard"), "I am coming")
    await start(await ben.go("corner"), "Corner", tags="ska")
    await said(await ben.slash("contest start", theme="Corner"), "is open")
    await said(await ben.slash("relay start", theme="Corner"), "is open")
    return ben


async def panels(ben: Member, words: dict[str, tuple[str, ...]]) -> dict[str, str]:
    """The id of each panel, once it says that."""
    found: dict[str, str] = {}
    for kind, said_there in words.items():
        await ben.go(ROOM if kind == "party" else "corner")
        found[kind] = (await ben.wait_message(lambda one, w=said_there: _says(one, w), TIMEOUT))["id"]
    return found


def _says(message: Json, words: tuple[str, ...]) -> bool:
    return all(word in text_of(message) for word in words)


async def test_panels_are_said_anew_in_a_new_language(harness: Harness) -> None:
    ben = await opened(harness)
    before = await panels(ben, ENGLISH)
    ada = await harness.member("Ada")
    rules = await said(await ada.slash("moderation panel"), "Moderation")
    rest = await said(await ada.press(rules, "More rules"), "Language")
    await ada.submit(await ada.press(rest, "moderation:edit:language"), language="de")
    assert await panels(ben, GERMAN) == before
    await ada.submit(await ada.press(rest, "moderation:edit:language"), language="discord")
    assert await panels(ben, ENGLISH) == before
    harness.discord.world.set_locale("The Porch", "de")
    assert await panels(ben, GERMAN) == before
    harness.discord.world.set_locale("The Porch", "en-US")
    await said(await (await ben.go(ROOM)).slash("party stop"), "over")
