"""An act of the demo: a contest between two tracks of the evening, in which a third member votes."""

from __future__ import annotations

import io
import re
import zipfile

from rehearsal.demo.evening import Evening
from rehearsal.discord.members.member import Answer, Json, Member
from rehearsal.discord.members.reading import walk

THEME = "Music for a Porch"


async def a_contest(evening: Evening, first: Json, second: Json) -> None:
    """Cleo starts it; Ben and Ada enter what they made. Raises MissingError where it cannot go on."""
    ada, ben, cleo = evening.ada, evening.ben, evening.cleo
    await evening.reads(await evening.types(cleo, "contest start", theme=THEME), "is open")
    for member, track in ((ben, first), (ada, second)):
        more = await evening.reads(await evening.presses(member, track, "More …"), "What to do")
        await evening.reads(await evening.presses(member, more, "Enter in a contest"), "is entered")
    post = await evening.sees(cleo, "2 tracks are entered")
    if any(f"<@{member.id}>" in str(post["components"]) for member in (ada, ben)):
        evening.faults.append("The contest's post says who entered something.")
    await ends(evening, cleo, "the vote has begun")
    post = await evening.sees(cleo, "The vote is open")
    ballot = await evening.reads(await evening.presses(cleo, post, "Listen and vote"), "You have not voted")
    await listens(evening, ballot)
    await evening.reads(ballot, "You have listened to 2 of 2")
    await evening.picks(cleo, ballot, "First choice", "Number 1")
    await evening.reads(ballot, "First choice: **1**")
    await ends(evening, cleo, "The contest is over")
    result = await evening.sees(ben, "The result", "1. #", "2. #", "3 points")
    await keep(evening, result)


async def ends(evening: Evening, member: Member, said: str) -> None:
    """What goes on now ends, before its time, and the answer says so."""
    question = await evening.reads(await evening.types(member, "contest end"), "now?")
    await evening.reads(await evening.presses(member, question, "End it now"), said)


async def listens(evening: Evening, ballot: Answer) -> None:
    """To both entries; neither their names nor their tags tell who made them."""
    for number in ("1", "2"):
        played = await evening.picks(evening.cleo, ballot, "Listen to …", f"Number {number}")
        await played.until(lambda now: any(one["attachments"] for one in now.followups))
        (file,) = next(one for one in played.followups if one["attachments"])["attachments"]
        if file["filename"] != f"{number}.mp3":
            evening.faults.append(f"Number {number} of the contest is called {file['filename']}.")


async def keep(evening: Evening, result: Json) -> None:
    """The archive of all entries, and the podium's picture."""
    files = {one["filename"]: number for number, one in enumerate(result["attachments"])}
    archive = next((name for name in files if name.endswith(".zip")), None)
    if archive is None:
        evening.faults.append("The contest left no download of its entries.")
        return
    data = await evening.ben.attachment(result, files[archive])
    with zipfile.ZipFile(io.BytesIO(data)) as found:
        if [name[:3] for name in sorted(found.namelist())] != ["01-", "02-"]:
            evening.faults.append(f"{archive} holds {found.namelist()}.")
    evening.downloads.append((re.sub(r"-[0-9a-z]{4}\.zip$", ".zip", archive), data))
    if not any(node["type"] == 12 for node in walk(result["components"])):
        evening.faults.append("The contest left no picture of its podium.")
