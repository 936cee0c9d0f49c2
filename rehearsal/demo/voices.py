"""An act of the demo: two members give their own voices, and each has their words sung with it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rehearsal.discord.members.member import Json, Member
from rehearsal.discord.members.reading import text_of

if TYPE_CHECKING:
    from rehearsal.demo.script import Evening

SECONDS = 18  # of a recording
PRICE = "$0.35"


async def own_voices(evening: Evening, bens: Json, adas: Json) -> None:
    """bens, adas: the tracks over which they sing. Raises MissingError where it cannot go on."""
    ada, ben = evening.ada, evening.ben
    panel = await evening.reads(await evening.types(ada, "moderation panel"), "Moderation")
    rest = await evening.reads(await evening.presses(ada, panel, "More rules"), "Off: no songs are sung")
    await evening.reads(await evening.presses(ada, rest, "Switch voices on"), "Own voices is on")
    for member, track, voice, words, title, seconds in (
        (ben, bens, "male", "I sing it myself\nfrom the porch tonight", "Porch Light, by Myself", 20),
        (ada, adas, "female", "Brass on the stairs\nand my voice on top", "Ada on the Stairs", 20),
    ):
        await _gives(evening, member, voice)
        more = await evening.reads(await evening.presses(member, track, "More …"), "What to do")
        form = await evening.presses(member, more, "Sing it yourself")
        proposal = await evening.reads(await evening.submits(member, form, lyrics=words, title=title), PRICE)
        answer = await evening.presses(member, proposal, "Sing it")
        await evening.reads(answer, "is finished:")
        song = await evening.plays(title, seconds, words, member)
        if "Sung with the maker's cloned voice" not in text_of(song):
            evening.faults.append(f"“{title}” does not say that it is sung with a cloned voice.")


async def _gives(evening: Evening, member: Member, voice: str) -> None:
    """By a voice message of the member's own."""
    await evening.reads(await evening.types(member, "voice record"), "Say this aloud")
    recording = await asyncio.to_thread(_spoken, voice)
    message = await member.say("", files=[("voice-message.mp3", recording)], voice=SECONDS)
    evening.transcript.say(
        f"{member.name} records a voice message of {SECONDS} s, and chooses Use as my voice in its menu"
    )
    await evening.reads(await member.context("Use as my voice", message), "I have your recording")


def _spoken(voice: str) -> bytes:
    """Somebody alone, as far as the rehearsal's singers go: an MP3. Blocks."""
    from rehearsal.music.containers import encode
    from rehearsal.music.take import composed

    words = "This is my own voice\nand I let it sing\nin songs that I ask for"
    return encode(composed(f"folk, {voice} vocals", words, SECONDS, 5).voice())
