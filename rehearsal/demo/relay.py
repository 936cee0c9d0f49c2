"""An act of the demo: Ben and Cleo write a song a line each; each sees only the last line of the other."""

from __future__ import annotations

from rehearsal.demo.evening import Evening
from rehearsal.discord.members.member import Json
from rehearsal.discord.members.reading import text_of

THEME = "Gutter Song"
SECONDS = 25  # fifteen, and five for each line
FIRST, SECOND = "The gutters sing when nobody hears", "And the cat conducts from under the chairs"


async def a_relay(evening: Evening) -> Json:
    """The post, once it is written and voted on. Raises MissingError where it cannot go on."""
    ben, cleo = evening.ben, evening.cleo
    opened = await evening.types(ben, "relay start", theme=THEME, seats=2, rounds=1)
    await evening.reads(opened, "is open")
    post = await evening.sees(cleo, THEME, "Seats 1 of 2")
    await evening.presses(cleo, post, "Take a seat / Leave")
    post = await evening.sees(ben, THEME, "Line 1 of 2")
    form = await evening.presses(ben, post, "Write my line")
    await evening.reads(await evening.submits(ben, form, line=FIRST), "is written")
    post = await evening.sees(cleo, THEME, "Line 2 of 2")
    if FIRST in text_of(post):
        evening.faults.append("The relay shows a line to all before it is over.")
    form = await evening.presses(cleo, post, "Write my line")
    if FIRST not in str(form.modal):
        evening.faults.append("Cleo is not shown the last line.")
    await evening.reads(await evening.submits(cleo, form, line=SECOND), "is written")
    post = await evening.sees(ben, FIRST, SECOND, "What does it sound like?")
    await evening.chooses(cleo, post, "bossa nova")
    return await evening.sees(ben, THEME, "bossa nova 1")


async def its_song(evening: Evening) -> None:
    """Sung is what was asked for by *Sing it now*. Raises MissingError where it does not come."""
    await evening.plays(THEME, SECONDS, f"{FIRST}\n{SECOND}")
    await evening.sees(evening.cleo, THEME, FIRST, "listen")
