"""What a contest leaves: the podium as a picture, who made what, and all entries as archives.

The rule: it is kept up to date, so what was deleted or withheld since is in none of it.
"""

from __future__ import annotations

from typing import Any

import discord

from cogs.core.client import Jamboree
from cogs.core.component_router import button
from cogs.core.elsewhere import Elsewhere
from cogs.core.pictures import COLOUR, drawn, picture_file
from cogs.posts.archives import archives, audio_of
from cogs.posts.kept_messages import Shown
from cogs.texts.albums.album import AS_ALBUM
from cogs.texts.contests import post as texts
from cogs.texts.formatting import file_name, shortened
from cogs.texts.posts import LABELS
from cogs.texts.sentences import all_of
from services.contests.contest import Phase, Standing
from services.messages.kept_messages import KeptMessage
from services.pictures.podium_places import Podium, PodiumPlace
from services.workers import jobs

PICTURE = "podium.png"
MOST_PARTS = 9  # archives in a message; with the picture they are ten files (Discord: Create Message)
LONGEST = 3500  # characters of the lines (Discord: 4,000 in all of a message's components)


async def write_result(bot: Jamboree, kept: KeptMessage, *, archive: bool = True) -> Shown | None:
    """The result as it is now; None where there is no such contest."""
    standing = await bot.studio.contests.now(kept.subject)
    if standing is None or standing.contest.phase is not Phase.ENDED:
        return None
    contest, placed = standing.contest, standing.placed
    tracks = [one.track for one in placed]
    audible = await bot.part(Elsewhere).audible(contest.guild_id, kept.channel_id, tracks)
    found, gone = await audio_of(bot, audible)
    place_of = {one.track.id: place for place, one in enumerate(placed, 1)}
    members = [(path, f"{place_of[track.id]:02}-{file_name(track)}") for path, track in found]
    files: list[discord.File] = []
    if archive:
        for path in await archives(
            bot, contest.guild_id, contest.theme or "contest", contest.id, members, MOST_PARTS
        ):
            files.append(discord.File(path, path.name))  # open from here on, so that it need not stay
            path.unlink()
    explicit = len(tracks) - len(audible)
    missing = texts.missing(len(gone), explicit, too_large=bool(members) and not files)
    if (picture := await _picture(bot, standing)) is not None:
        files.append(picture)
    return Shown({"view": _view(standing, files, missing)}, files, anew=False)


async def _picture(bot: Jamboree, standing: Standing) -> discord.File | None:
    first = standing.placed[:3]
    if not first:
        return None
    places = tuple(
        PodiumPlace(
            texts.title(one), all_of(texts.makers(one)), texts.got(standing.contest, one), one.track.seed
        )
        for one in first
    )
    picture = await drawn(bot, jobs.draw_podium, Podium(texts.thread_name(standing.contest), places))
    return None if picture is None else picture_file(picture, PICTURE, texts.podium_alt(standing))


def result(standing: Standing) -> discord.ui.LayoutView:
    """The same in words alone, for who looks it up."""
    return _view(standing, [], "")


def _view(standing: Standing, files: list[discord.File], missing: str) -> discord.ui.LayoutView:
    contest = standing.contest
    container = discord.ui.Container[Any](accent_colour=COLOUR)
    container.add_item(discord.ui.TextDisplay(texts.result_heading(standing)))
    for file in files:
        if file.filename == PICTURE:
            item = discord.MediaGalleryItem(file.uri, description=file.description)
            container.add_item(discord.ui.MediaGallery[Any](item))
    lines = [texts.place(contest, place, one) for place, one in enumerate(standing.placed, 1)]
    if lines:
        container.add_item(discord.ui.TextDisplay(shortened("\n".join(lines), LONGEST)))
    for file in files:
        if file.filename != PICTURE:
            container.add_item(discord.ui.File[Any](file.uri))
    if missing:
        container.add_item(discord.ui.TextDisplay(missing))
    controls = [button(texts.MY_ENTRIES, f"contest:mine:{contest.id}")]
    if standing.placed:
        controls.append(button(LABELS["voice"], f"party:contest:{contest.id}"))
        controls.append(button(AS_ALBUM, f"contest:album:{contest.id}"))
    container.add_item(discord.ui.ActionRow[Any](*controls))
    made = discord.ui.LayoutView(timeout=None)
    made.add_item(container)
    made.stop()
    return made
