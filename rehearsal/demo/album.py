"""An act of the demo: Ben begins an album and shares it with Ada, who puts a track first; he publishes it."""

from __future__ import annotations

import io
import zipfile

from rehearsal.demo import proofs
from rehearsal.demo.evening import Evening
from rehearsal.discord.members.member import Answer, Json, Member
from rehearsal.discord.members.reading import walk

TITLE = "Porch Nights"


async def an_album(evening: Evening, first: Json, second: Json) -> None:
    """first, second: tracks of the evening. Raises MissingError where it cannot go on."""
    ada, ben = evening.ada, evening.ben
    page = await evening.types(ben, "album new", title=TITLE, description="What we made this evening")
    await evening.reads(page, "is there")
    await _add(evening, ben, first)
    await evening.reads(await evening.presses(ben, page, "Edit …"), "What to change")
    evening.transcript.chooses(ben, ada.name, "Share it with …")
    await ben.press(page, "Share it with …", [ada.id])
    await evening.reads(page, "shared with")

    opens = await _add(evening, ada, second)
    page = await evening.reads(await evening.presses(ada, opens, "Open"), "2 tracks")
    await evening.reads(await evening.presses(ada, page, "Edit …"), "What to change")
    await evening.reads(await evening.chooses(ada, page, _title(second)), "number 2 of 2")
    await evening.reads(await evening.chooses(ada, page, "Up"), "number 1 of 2")

    page = await evening.reads(await evening.types(ben, "album show", album=TITLE), "2 tracks")
    await evening.reads(await evening.presses(ben, page, "Publish …"), "Where to?")
    evening.transcript.chooses(ben, "#music", "Where to?")
    await ben.press(page, "Where to?", [ben.channel["id"]])
    await evening.reads(page, "In the channel itself")
    await evening.reads(await evening.presses(ben, page, "In the channel itself"), "I am publishing")
    await _look_into(evening, [second, first])


async def _add(evening: Evening, member: Member, track: Json) -> Answer:
    menu = await evening.reads(await evening.presses(member, track, "More …"), "What to do with")
    which = await evening.reads(await evening.presses(member, menu, "Add to album"), "on an album")
    return await evening.reads(await evening.chooses(member, which, TITLE), "is number")


async def _look_into(evening: Evening, tracks: list[Json]) -> None:
    """The post has the list, the MP3s with the album in their tags, and all of them as an archive."""
    head = await evening.sees(evening.ben, f"# {TITLE}", "2 tracks")
    if not any(node["type"] == 12 for node in walk(head["components"])):
        evening.faults.append("The album's post has no cover.")
    sounds = await evening.finds(evening.ben, "1 – 2 of 2")
    posted = [f"0{number}-{one['attachments'][0]['filename']}" for number, one in enumerate(tracks, 1)]
    names = [one["filename"] for one in sounds["attachments"]]
    if names != posted:
        evening.faults.append(f"The album's post has {names}, and {posted} were put on it.")
    for number, name in enumerate(names, 1):
        said = proofs.album(await evening.ben.attachment(sounds, number - 1))
        if said != (TITLE, f"{number}/{len(names)}"):
            evening.faults.append(f"{name} says {said} of its album in its ID3 tags.")
    archive = await evening.finds(evening.ben, "as one archive")
    data = await evening.ben.attachment(archive)
    with zipfile.ZipFile(io.BytesIO(data)) as found:
        inside = found.namelist()
    if inside != [*names, "porch-nights.m3u8"]:
        evening.faults.append(f"The album's archive holds {inside}.")
    evening.downloads.append(("porch-nights.zip", data))


def _title(track: Json) -> str:
    return track["embeds"][0]["title"]
