"""An act of the demo: two members give their own voices, and each has their words sung with it."""

from __future__ import annotations

import asyncio

from rehearsal.demo.evening import Evening
from rehearsal.discord.members.member import Answer, Json, Member
from rehearsal.discord.members.reading import text_of

SECONDS = 18  # of a recording
PRICE = "$0.35"
BENS, ADAS = "I sing it myself\nfrom the porch tonight", "Brass on the stairs\nand my voice on top"


async def own_voices(evening: Evening, bens: Json, adas: Json) -> None:
    """bens, adas: the tracks over which they sing. Raises MissingError where it cannot go on."""
    ada, ben = evening.ada, evening.ben
    recordings = [asyncio.create_task(asyncio.to_thread(spoken, voice)) for voice in ("male", "female")]
    await switch_on(evening)
    await give(evening, ben, await recordings[0])
    bens_song = await _asks(evening, ben, bens, "Porch Light, by Myself", BENS)
    await give(evening, ada, await recordings[1])
    adas_song = await _asks(evening, ada, adas, "Ada on the Stairs", ADAS)
    await _gets(evening, bens_song, "Porch Light, by Myself", BENS)
    await _gets(evening, adas_song, "Ada on the Stairs", ADAS)


async def switch_on(evening: Evening) -> None:
    """Ada moderates, and lets members sing with their own voices."""
    panel = await evening.reads(await evening.types(evening.ada, "moderation panel"), "Moderation")
    rest = await evening.reads(
        await evening.presses(evening.ada, panel, "More rules"), "Off: no songs are sung"
    )
    await evening.reads(await evening.presses(evening.ada, rest, "Switch voices on"), "Own voices is on")


async def give(evening: Evening, member: Member, recording: bytes) -> None:
    """Gives the member's own voice, an MP3, by a voice message of theirs."""
    await evening.reads(await evening.types(member, "voice record"), "Say this aloud")
    message = await member.say("", files=[("voice-message.mp3", recording)], voice=SECONDS)
    evening.transcript.say(
        f"{member.name} records a voice message of {SECONDS} s, and chooses Use as my voice in its menu"
    )
    await evening.reads(await member.context("Use as my voice", message), "I have your recording")


async def _asks(evening: Evening, member: Member, track: Json, title: str, words: str) -> Answer:
    """For those words, sung with the member's voice over the track, once the price was shown."""
    more = await evening.reads(await evening.presses(member, track, "More …"), "What to do")
    form = await evening.presses(member, more, "Sing it yourself")
    proposal = await evening.reads(await evening.submits(member, form, lyrics=words, title=title), PRICE)
    return await evening.presses(member, proposal, "Sing it")


async def _gets(evening: Evening, answer: Answer, title: str, words: str) -> None:
    await evening.reads(answer, "is finished:")
    song = await evening.plays(title, 20, words, answer.member)
    if "Sung with the maker's cloned voice" not in text_of(song):
        evening.faults.append(f"“{title}” does not say that it is sung with a cloned voice.")


def spoken(voice: str) -> bytes:
    """Somebody alone, as far as the rehearsal's singers go: an MP3. Blocks."""
    from rehearsal.music.containers import encode
    from rehearsal.music.take import composed

    words = "This is my own voice\nand I let it sing\nin songs that I ask for"
    return encode(composed(f"folk, {voice} vocals", words, SECONDS, 5).voice())
