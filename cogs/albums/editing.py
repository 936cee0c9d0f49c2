"""What can be changed on an album: order, cover, words, with whom it is shared; and that it goes.

The rule: what somebody may not do is not offered, and asked again at every press, by the service.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import discord

from cogs.albums import writing
from cogs.albums.pages import ALBUM, in_place, page_parts
from cogs.core.component_router import button, route, view
from cogs.core.fields import chosen
from cogs.core.pages import Page
from cogs.core.responses import Interaction, in_time
from cogs.core.rights import Who
from cogs.core.sights import sight_of
from cogs.texts.albums import album as texts
from services.albums.album import MOST_SHARERS, NotOnAlbum, NotShared, Shown
from services.text.numbers import whole
from services.tracks.track import Track

OPTIONS = 25  # of a select (Discord: String Select)
TRACK = "(?P<track>[0-9a-z]{20})"
DANGER = discord.ButtonStyle.danger


@route(
    rf"album:edit:{ALBUM}:(?P<page>\d{{1,3}})",
    Who.MEMBER,
    "See what can be changed on an album; who may fill it",
    private=True,
)
async def edit(interaction: Interaction, match: re.Match[str]) -> None:
    """Shows what the member may change."""
    await interaction.response.defer()
    await _show(interaction, await _to_fill(interaction, match), int(match["page"]))


async def _to_fill(interaction: Interaction, match: re.Match[str]) -> Shown:
    """The album, where the member may change what is on it. Raises NoSuchAlbum, NotShared."""
    sight = await sight_of(interaction)
    shown = await interaction.client.studio.albums.find(sight, match["album"])
    if not shown.album.may_fill(interaction.user.id, moderator=sight.moderator):
        raise NotShared
    return shown


async def _show(interaction: Interaction, shown: Shown, number: int = 0, said: str | None = None) -> None:
    """In place of what was pressed on. said: what was done, which stands above."""
    sight, album = await sight_of(interaction), shown.album
    assert sight.member_id is not None
    page = Page.of(number, len(shown.tracks), OPTIONS)
    items: list[discord.ui.Item[Any]] = []
    if shown.tracks:
        items.append(_track_select(shown, page))
    decides = album.may_decide(sight.member_id, moderator=sight.moderator)
    if decides:
        items.append(_sharers(shown))
    items += page.buttons(lambda other: f"album:edit:{album.id}:{other}")
    if decides:
        items.append(button(texts.RENAME, f"album:rename:{album.id}"))
    if album.cover_id is not None:
        items.append(button(texts.DRAW_COVER, f"album:draw:{album.id}"))
    if decides:
        items.append(button(texts.DELETE, f"album:delete:{album.id}", DANGER))
    items.append(button(texts.BACK, f"album:page:{album.id}:0"))
    parts = await page_parts(interaction, shown, page.number * OPTIONS // 10)
    await in_place(interaction, said or texts.editing(shown), parts | {"view": view(*items)})


def _track_select(shown: Shown, page: Page) -> discord.ui.Select[Any]:
    first = page.number * OPTIONS
    on_page = enumerate(shown.tracks[first : first + OPTIONS], first + 1)
    options = [discord.SelectOption(label=texts.option(place, one), value=one.id) for place, one in on_page]
    return discord.ui.Select(
        custom_id=f"album:track:{shown.album.id}", placeholder=str(texts.CHOOSE_TRACK), options=options
    )


def _sharers(shown: Shown) -> discord.ui.UserSelect[Any]:
    return discord.ui.UserSelect(
        custom_id=f"album:share:{shown.album.id}",
        placeholder=str(texts.SHARE),
        min_values=0,
        max_values=MOST_SHARERS,
        default_values=[
            discord.SelectDefaultValue(id=one, type=discord.SelectDefaultValueType.user)
            for one in shown.album.sharers
        ],
    )


# one of its tracks --------------------------------------------------------------------------------------


@route(
    f"album:track:{ALBUM}", Who.MEMBER, "Choose a track of an album to move; who may fill it", private=True
)
async def choose(interaction: Interaction, match: re.Match[str]) -> None:
    """Shows what can be done with the chosen track."""
    await interaction.response.defer()
    await _show_track(interaction, await _to_fill(interaction, match), chosen(interaction))


async def _show_track(interaction: Interaction, shown: Shown, track_id: str) -> None:
    place, track = _on(shown, track_id)
    named = f"{shown.album.id}:{track.id}"
    options = [discord.SelectOption(label=label, value=str(to)) for to, label in _places(shown, place)]
    items: list[discord.ui.Item[Any]] = []
    if options:
        items.append(
            discord.ui.Select[Any](
                custom_id=f"album:move:{named}", placeholder=str(texts.MOVE), options=options
            )
        )
    items.append(button(texts.TAKE_OFF, f"album:off:{named}", DANGER))
    if shown.album.cover_id != track.id:
        items.append(button(texts.USE_COVER, f"album:cover:{named}"))
    items.append(button(texts.BACK, f"album:edit:{shown.album.id}:{place // OPTIONS}"))
    parts = await page_parts(interaction, shown, place // 10)
    await in_place(interaction, texts.moving(shown, track), parts | {"view": view(*items)})


def _on(shown: Shown, track_id: str) -> tuple[int, Track]:
    """The track, and its place from 0. Raises NotOnAlbum."""
    for place, track in enumerate(shown.tracks):
        if track.id == track_id:
            return place, track
    raise NotOnAlbum


def _places(shown: Shown, place: int) -> Iterator[tuple[int, str]]:
    """Where it can be moved to: one up or down, to either end, and to places around, as many as fit."""
    last = len(shown.tracks) - 1
    near = {place - 1: str(texts.UP), place + 1: str(texts.DOWN)}
    near = {0: str(texts.TO_TOP), last: str(texts.TO_END)} | near
    near = {to: label for to, label in near.items() if 0 <= to <= last and to != place}
    yield from near.items()
    others = [to for to in range(last + 1) if to != place and to not in near]
    closest = sorted(others, key=lambda to: abs(to - place))[: OPTIONS - len(near)]
    for to in sorted(closest):
        yield to, texts.to_place(to + 1, shown.tracks[to])


@route(f"album:move:{ALBUM}:{TRACK}", Who.MEMBER, "Move a track on an album; who may fill it", private=True)
async def move(interaction: Interaction, match: re.Match[str]) -> None:
    """The track goes to the chosen place."""
    await interaction.response.defer()
    to = whole(chosen(interaction)) or 0
    albums = interaction.client.studio.albums
    shown = await albums.move(await sight_of(interaction), match["album"], match["track"], to)
    await _show_track(interaction, shown, match["track"])


@route(f"album:off:{ALBUM}:{TRACK}", Who.MEMBER, "Take a track off an album; who may fill it", private=True)
async def remove(interaction: Interaction, match: re.Match[str]) -> None:
    """The track is on the album no more."""
    await interaction.response.defer()
    albums, sight = interaction.client.studio.albums, await sight_of(interaction)
    _place, track = _on(await albums.find(sight, match["album"]), match["track"])
    shown = await albums.remove(sight, match["album"], match["track"])
    await _show(interaction, shown, said=texts.taken_off(shown, track))


@route(
    f"album:cover:{ALBUM}:{TRACK}",
    Who.MEMBER,
    "Give an album the cover of one of its tracks; who may fill it",
    private=True,
)
async def use_cover(interaction: Interaction, match: re.Match[str]) -> None:
    """The album has that track's cover."""
    await interaction.response.defer()
    albums = interaction.client.studio.albums
    shown = await albums.cover(await sight_of(interaction), match["album"], match["track"])
    await _show_track(interaction, shown, match["track"])


@route(f"album:draw:{ALBUM}", Who.MEMBER, "Give an album a cover of its own; who may fill it", private=True)
async def draw_cover(interaction: Interaction, match: re.Match[str]) -> None:
    """The album has one that is drawn from the colours of its tracks."""
    await interaction.response.defer()
    albums = interaction.client.studio.albums
    await _show(interaction, await albums.cover(await sight_of(interaction), match["album"], None))


# the whole of it ----------------------------------------------------------------------------------------


@route(
    f"album:share:{ALBUM}",
    Who.MAKER,
    "Say with whom an album is shared",
    private=True,
    by_service=True,
)
async def share(interaction: Interaction, match: re.Match[str]) -> None:
    """Those who were chosen may fill it from now on, and nobody else but its owner."""
    await interaction.response.defer()
    data: Any = interaction.data
    values: list[object] = data.get("values") or []
    ids = [found for one in values if (found := whole(str(one))) is not None]
    albums = interaction.client.studio.albums
    await _show(interaction, await albums.share(await sight_of(interaction), match["album"], ids))


@route(f"album:rename:{ALBUM}", Who.MAKER, "Open the form of an album's words", by_service=True)
async def ask_for_words(interaction: Interaction, match: re.Match[str]) -> None:
    """Opens the form with the words that it has."""
    shown = await in_time(interaction, _to_decide(interaction, match["album"]))
    if shown is not None:
        album = shown.album
        words = album.title, album.description
        await interaction.response.send_modal(writing.form(texts.RENAMING, f"album:named:{album.id}", *words))


async def _to_decide(interaction: Interaction, album_id: str, *, barred: bool = True) -> Shown:
    albums = interaction.client.studio.albums
    return await albums.to_decide(await sight_of(interaction), album_id, barred=barred)


@route(
    f"album:named:{ALBUM}",
    Who.MAKER,
    "Send an album's words",
    form=True,
    private=True,
    by_service=True,
)
async def named(interaction: Interaction, match: re.Match[str]) -> None:
    """The album is called that."""
    await interaction.response.defer()
    words = await writing.sent(interaction)
    if words is not None:
        albums, sight = interaction.client.studio.albums, await sight_of(interaction)
        await _show(interaction, await albums.name(sight, match["album"], words.title, words.description))


@route(
    f"album:delete:{ALBUM}",
    Who.MAKER,
    "Be asked whether to delete an album",
    private=True,
    by_service=True,
)
async def ask_to_delete(interaction: Interaction, match: re.Match[str]) -> None:
    """Asks first: there is no way back."""
    await interaction.response.defer()
    shown = await _to_decide(interaction, match["album"], barred=False)
    yes = button(texts.DELETE_IT, f"album:deletenow:{shown.album.id}", DANGER)
    no = button(texts.KEEP_IT, f"album:page:{shown.album.id}:0")
    await in_place(interaction, texts.delete(shown), {"view": view(yes, no)})


@route(f"album:deletenow:{ALBUM}", Who.MAKER, "Delete an album", private=True, by_service=True)
async def delete(interaction: Interaction, match: re.Match[str]) -> None:
    """Deletes it."""
    await interaction.response.defer()
    albums = interaction.client.studio.albums
    album = await albums.delete(await sight_of(interaction), match["album"])
    await in_place(interaction, texts.deleted(album), {"view": None})
