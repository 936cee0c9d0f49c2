"""*Publish*, on an album's page: where it goes, and as what; and what becomes of a post that is there.

The rule: nobody has the bot post where they may not post themselves, as of that very press.
"""

from __future__ import annotations

import re
from typing import Any

import discord

from cogs.albums.pages import ALBUM, in_place
from cogs.albums.post_message import heard_there
from cogs.albums.writing import still_allowed
from cogs.core.component_router import button, route, view
from cogs.core.fields import chosen
from cogs.core.responses import Interaction, answer, guild_of
from cogs.core.rights import Who
from cogs.core.sights import sight_of
from cogs.texts.albums import album as album_texts
from cogs.texts.albums import post as texts
from cogs.texts.permissions import named_permissions
from services.albums.album import Shown
from services.albums.post import Kind
from services.delivery import DeliveryUnavailable
from services.text.numbers import whole

Place = discord.TextChannel | discord.ForumChannel

_WRITE = {  # what one must be allowed to, by discord.py's names
    Kind.CHANNEL: ("view_channel", "send_messages"),
    Kind.THREAD: ("view_channel", "create_public_threads", "send_messages_in_threads"),
    Kind.FORUM: ("view_channel", "send_messages", "send_messages_in_threads"),
}
_BOTS = ("attach_files", "read_message_history")


@route(f"album:publish:{ALBUM}", Who.MAKER, "Publish an album", private=True, by_service=True)
async def ask_where(interaction: Interaction, match: re.Match[str]) -> None:
    """Asks where to; of an album that has a post, what is to become of that."""
    await interaction.response.defer()
    shown = await _to_decide(interaction, match)
    own_id = shown.album.id
    back = button(album_texts.BACK, f"album:page:{own_id}:0")
    post = await interaction.client.studio.album_posts.find(own_id)
    if post is not None:
        renew = button(texts.RENEW, f"album:renew:{own_id}", discord.ButtonStyle.primary)
        remove = button(texts.TAKE_DOWN, f"album:unpublish:{own_id}", discord.ButtonStyle.danger)
        said = texts.is_published(shown, post.place_id or post.channel_id)
        await in_place(interaction, said, {"view": view(renew, remove, back)})
        return
    where = discord.ui.ChannelSelect[Any](
        custom_id=f"album:where:{own_id}",
        placeholder=str(texts.WHERE),
        channel_types=[discord.ChannelType.text, discord.ChannelType.news, discord.ChannelType.forum],
    )
    await in_place(interaction, texts.ask_where(shown), {"view": view(where, back)})


@route(
    f"album:where:{ALBUM}",
    Who.MAKER,
    "Choose where an album is published",
    private=True,
    by_service=True,
)
async def ask_how(interaction: Interaction, match: re.Match[str]) -> None:
    """Asks how, where there is a choice."""
    await interaction.response.defer()
    shown = await _to_decide(interaction, match)
    channel = _place(interaction, chosen(interaction))
    if channel is None:
        await answer(interaction, texts.NO_SUCH_PLACE)
        return
    kinds = [Kind.FORUM] if isinstance(channel, discord.ForumChannel) else [Kind.CHANNEL, Kind.THREAD]
    buttons = [button(texts.AS[kind], f"album:print:{shown.album.id}:{kind}:{channel.id}") for kind in kinds]
    back = button(album_texts.BACK, f"album:publish:{shown.album.id}")
    await in_place(interaction, texts.ask_how(shown, channel.id), {"view": view(*buttons, back)})


@route(
    rf"album:print:{ALBUM}:(?P<kind>channel|thread|forum):(?P<channel>\d{{1,20}})",
    Who.MAKER,
    "Have an album published there, where they may post themselves",
    private=True,
    by_service=True,
)
async def publish(interaction: Interaction, match: re.Match[str]) -> None:
    """Has it published; its messages come by themselves."""
    await interaction.response.defer()
    shown, kind = await _to_decide(interaction, match), Kind(match["kind"])
    channel = _place(interaction, match["channel"])
    if channel is None or (kind is Kind.FORUM) is not isinstance(channel, discord.ForumChannel):
        await answer(interaction, texts.NO_SUCH_PLACE)
        return
    refused = await _why_not(interaction, shown, kind, channel)
    if refused is not None:
        await answer(interaction, refused)
        return
    if not await still_allowed(interaction, shown.album):
        return
    posts, sight = interaction.client.studio.album_posts, await sight_of(interaction)
    await posts.publish(sight, shown.album.id, kind, channel.id)
    back = button(album_texts.BACK, f"album:page:{shown.album.id}:0")
    await in_place(interaction, texts.being_published(shown, channel.id), {"view": view(back)})


@route(
    f"album:renew:{ALBUM}",
    Who.MAKER,
    "Bring an album's post up to date",
    private=True,
    by_service=True,
)
async def renew(interaction: Interaction, match: re.Match[str]) -> None:
    """The post shows the album as it is now."""
    await interaction.response.defer()
    shown = await _to_decide(interaction, match)
    posts, sight = interaction.client.studio.album_posts, await sight_of(interaction)
    post = await posts.find(shown.album.id)
    channel = None if post is None else _place(interaction, str(post.channel_id))
    if post is not None and channel is not None:  # what was deleted, and what is new, is posted
        refused = _may_not(interaction, post.kind, channel)
        if refused is not None:
            await answer(interaction, refused)
            return
    if not await still_allowed(interaction, shown.album):
        return
    post = await posts.renew(sight, shown.album.id)
    back = button(album_texts.BACK, f"album:page:{shown.album.id}:0")
    said = texts.being_renewed(shown, post.place_id or post.channel_id)
    await in_place(interaction, said, {"view": view(back)})


@route(
    f"album:unpublish:{ALBUM}",
    Who.MAKER,
    "Take an album's post down",
    private=True,
    by_service=True,
)
async def take_down(interaction: Interaction, match: re.Match[str]) -> None:
    """The post goes; the album stays."""
    await interaction.response.defer()
    shown = await _to_decide(interaction, match, barred=False)
    await interaction.client.studio.album_posts.take_down(await sight_of(interaction), shown.album.id)
    back = button(album_texts.BACK, f"album:page:{shown.album.id}:0")
    await in_place(interaction, texts.being_taken_down(shown), {"view": view(back)})


async def _to_decide(interaction: Interaction, match: re.Match[str], *, barred: bool = True) -> Shown:
    albums = interaction.client.studio.albums
    return await albums.to_decide(await sight_of(interaction), match["album"], barred=barred)


def _place(interaction: Interaction, channel_id: str) -> Place | None:
    """The guild's text channel or forum with that id. Raises DeliveryUnavailable while the guild is away."""
    guild, found = interaction.client.get_guild(guild_of(interaction)), whole(channel_id)
    if guild is None:
        raise DeliveryUnavailable("the guild is unavailable")
    channel = None if found is None else guild.get_channel(found)
    return channel if isinstance(channel, discord.TextChannel | discord.ForumChannel) else None


async def _why_not(interaction: Interaction, shown: Shown, kind: Kind, channel: Place) -> str | None:
    """Why it cannot be published there; None where it can."""
    refused = _may_not(interaction, kind, channel)
    if refused is not None:
        return refused
    heard = await heard_there(interaction.client, channel.guild.id, channel.id, shown.album.id)
    return None if heard.tracks else str(texts.NOTHING_TO_HEAR)


def _may_not(interaction: Interaction, kind: Kind, channel: Place) -> str | None:
    """What the member, or the bot, may not do there; None where nothing is in the way."""
    member = interaction.user
    if not isinstance(member, discord.Member) or _lacking(channel, member, _WRITE[kind]):
        return str(texts.NOT_THERE)
    missing = _lacking(channel, channel.guild.me, (*_WRITE[kind], *_BOTS))
    return texts.may_not(named_permissions(missing), channel.id) if missing else None


def _lacking(channel: Place, whom: discord.Member, needed: tuple[str, ...]) -> list[str]:
    may = channel.permissions_for(whom)
    return [one for one in needed if not getattr(may, one)]
