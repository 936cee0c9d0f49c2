"""An act of the demo: three shape a jam's track, vote, and go on; to the last round Ada lends her voice."""

from __future__ import annotations

import io
import re
import zipfile

from rehearsal.demo import proofs
from rehearsal.demo.evening import Evening
from rehearsal.discord.members.member import Json
from rehearsal.discord.members.reading import text_of, walk

THEME = "Porch Swing"
SECONDS = 20  # a voice is lent to a track of 16 s or more
PRICE = "$0.35"  # of a round that is sung with one
VERSE = "The chain still creaks, the boards still give\nThis is a good old place to live"
CHORUS = "Swing a little higher, swing a little slow\nNobody's got a place to go"
TAGS, KEPT = "folk, slow, harmonica", "folk, harmonica, fast"


async def a_jam(evening: Evening) -> None:
    """Raises MissingError where it cannot go on."""
    ada, ben, cleo = evening.ada, evening.ben, evening.cleo
    await evening.reads(
        await evening.types(ben, "jam start", theme=THEME, tags=TAGS, duration=SECONDS, share=100), "is open"
    )
    panel = await evening.sees(ben, "Round 1", "In (1)")
    for member in (ada, cleo):
        await evening.presses(member, panel, "Join / Leave")
    panel = await write(evening, await evening.sees(ben, "In (3)"))
    form = await evening.presses(cleo, panel, "Add tags")
    await evening.submits(cleo, form, tags="fast")
    panel = await evening.sees(ben, "“fast” instead of “slow”?")
    await evening.presses(ada, panel, "For")
    panel = await evening.sees(ben, f"Tags {KEPT}")
    for member in (cleo, ada, ben):
        await evening.presses(member, panel, "Lock in / Unlock")
    first = await evening.plays(THEME, SECONDS, VERSE)
    for member in (ada, ben, cleo):
        if f"<@{member.id}>" not in text_of(first):
            evening.faults.append(f"The jam's track does not name {member.name} among its makers.")

    panel = await evening.sees(ben, "Listen, and vote")
    await evening.presses(ada, first, "♥ Vote")
    await evening.sees(ada, "♥ 1")
    form = await evening.presses(ben, panel, "Next round")
    await evening.submits(ben, form, keep=["tags", "words", "seed"])
    panel = await evening.sees(ben, "Round 2", f"Tags {KEPT}")
    form = await evening.presses(ada, panel, "Add tags")
    await evening.submits(ada, form, tags="banjo")
    panel = await evening.sees(ben, f"Tags {KEPT}, banjo")
    await evening.presses(ben, panel, "Make it now")
    second = await evening.plays(f"{THEME}, round 2", SECONDS, CHORUS)
    if proofs.seed(first) != proofs.seed(second):
        evening.faults.append("The second round has another seed than the one it started from.")
    third = await sing(evening, await lend(evening, await evening.sees(ben, "Listen, and vote", "round 2")))
    await end(evening, await evening.sees(ben, "Listen, and vote", "round 3"), [first, second, third])


async def write(evening: Evening, panel: Json) -> Json:
    """Ben writes a verse, and Ada the chorus under it; the panel that shows both."""
    form = await evening.chooses(evening.ben, panel, "New: Verse")
    await evening.submits(evening.ben, form, text=VERSE)
    panel = await evening.sees(evening.ben, "1. Verse", VERSE.split("\n")[0])
    form = await evening.chooses(evening.ada, panel, "New: Chorus")
    await evening.submits(evening.ada, form, text=CHORUS)
    return await evening.sees(evening.ben, "2. Chorus", CHORUS.split("\n")[0])


async def lend(evening: Evening, panel: Json) -> Json:
    """Ada lends her voice to the next round; the panel that says so."""
    ada, ben = evening.ada, evening.ben
    form = await evening.presses(ben, panel, "Next round")
    await evening.submits(ben, form, keep=["tags", "words"])
    panel = await evening.sees(ada, "Lend my voice")
    question = await evening.reads(await evening.presses(ada, panel, "Lend my voice"), PRICE)
    await evening.reads(await evening.presses(ada, question, "Lend it"), "lent to this round")
    return await evening.sees(evening.cleo, f"Sung with the voice of <@{ada.id}>", PRICE)


async def sing(evening: Evening, panel: Json) -> Json:
    """All agree to the third round, and hear its words sung with Ada's voice."""
    ada = evening.ada
    for member in (evening.ben, evening.cleo, ada):
        await evening.presses(member, panel, "Lock in / Unlock")
    song = await evening.plays(f"{THEME}, round 3", SECONDS, CHORUS)
    if f"Sung with the cloned voice of <@{ada.id}>" not in text_of(song):
        evening.faults.append("The jam's third track does not say with whose cloned voice it is sung.")
    return song


async def end(evening: Evening, panel: Json, tracks: list[Json]) -> None:
    """Ben ends the jam; what it leaves names the winner and holds both MP3s."""
    pressed = await evening.presses(evening.ben, panel, "End the jam")
    question = await evening.reads(pressed, "A recap follows")
    await evening.reads(await evening.presses(evening.ben, question, "End it"), "has ended")
    recap = await evening.sees(evening.ben, "is over", "the winner")
    files = {one["filename"]: number for number, one in enumerate(recap["attachments"])}
    archive = next((name for name in files if name.endswith(".zip")), None)
    if archive is None:
        evening.faults.append("The jam left no download of its MP3s.")
        return
    data = await evening.ben.attachment(recap, files[archive])
    with zipfile.ZipFile(io.BytesIO(data)) as found:
        names = sorted(found.namelist())
    posted = sorted(one["attachments"][0]["filename"] for one in tracks)
    if names != posted:
        evening.faults.append(f"{archive} holds {names}, and {posted} were posted.")
    evening.downloads.append((re.sub(r"-[0-9a-z]{4}\.zip$", ".zip", archive), data))
    if not any(node["type"] == 12 for node in walk(recap["components"])):
        evening.faults.append("The jam left no picture of its family.")
