"""An act of the demo: Ben and Cleo listen together in a voice channel, and skip a song together."""

from __future__ import annotations

from rehearsal.demo.evening import Evening

ROOM = "Listening Room"
FRAMES = 50  # a second of sound


async def a_party(evening: Evening) -> None:
    """Raises MissingError where it cannot go on."""
    ben, cleo = evening.ben, evening.cleo
    for member in (ben, cleo):
        await member.join_voice(ROOM)
        await member.go(ROOM)
    started = await evening.types(ben, "party start", play="Porch Light")
    await evening.reads(started, "I am coming", "Its chat has the panel")
    added = await evening.types(cleo, "party add", play="Brass on the Stairs")
    await evening.reads(added, "is in the queue")
    panel = await evening.sees(cleo, "Listening together", "Porch Light", "Brass on the Stairs")
    await cleo.heard(FRAMES)
    await evening.reads(await evening.presses(cleo, panel, "Skip"), "Skipped")
    await evening.sees(ben, "Listening together", "Brass on the Stairs", "nothing yet")
    await evening.reads(await evening.types(ben, "party stop"), "over")
    await evening.sees(cleo, "Listening together", "was stopped")
    for member in (ben, cleo):
        await member.leave_voice()
        await member.go("music")
