"""A party's panel, in the chat of its voice channel: what plays, what is next, and what can be pressed."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import discord
import structlog

from cogs.core.client import Jamboree
from cogs.core.component_router import button
from cogs.core.pictures import COLOUR, as_file
from cogs.parties.audience import audience_of
from cogs.parties.players import PartyPlayers
from cogs.posts.kept_messages import Shown
from cogs.texts.parties import party as texts
from cogs.texts.posts import cover
from services.audio.embedded_pictures import embedded_pictures
from services.delivery import AudioGone, DeliveryUnavailable
from services.messages.kept_messages import KeptMessage
from services.parties.party import NoSuchParty, Queued, Standing
from services.tracks.track import Track

log = structlog.get_logger(__name__)

COVER = "cover.jpg"
OVER = discord.Colour(0x80848E)


class Panels:
    """Writes the panels of parties."""

    def __init__(self, bot: Jamboree) -> None:
        self.bot = bot

    async def write(self, kept: KeptMessage) -> Shown | None:
        """What the panel shows now; None where there is no such party any more."""
        audience = audience_of(self.bot, kept.guild_id, kept.channel_id)
        try:
            standing = await self.bot.studio.parties.standing(kept.subject, audience)
        except NoSuchParty:
            return None
        over = standing.party.ended_at is not None
        playing = None if over else standing.now
        picture = None
        if playing is not None and playing.track is not None and self._may_attach(kept.channel_id):
            picture = await self._cover(playing.track)
        container = discord.ui.Container[Any](accent_colour=OVER if playing is None else COLOUR)
        container.add_item(discord.ui.TextDisplay(texts.heading(standing)))
        if playing is None:
            why = texts.over(standing.party.ended_because) if over else str(texts.PASSED)
            container.add_item(discord.ui.TextDisplay(why))
            if not over and (player := self.bot.part(PartyPlayers).player(standing.party.id)) is not None:
                player.wake()  # it plays what was taken away from those who listen
        else:
            await self._add_playing(container, standing, playing, picture)
        made = discord.ui.LayoutView(timeout=None)
        made.add_item(container)
        made.stop()
        return Shown({"view": made}, [picture] if picture else [], anew=not over)

    async def _add_playing(
        self,
        container: discord.ui.Container[Any],
        standing: Standing,
        playing: Queued,
        picture: discord.File | None,
    ) -> None:
        party, track = standing.party, playing.track
        assert track is not None
        players = self.bot.part(PartyPlayers)
        listeners = await players.listeners(party.guild_id, party.channel_id)
        votes = (await self.bot.studio.votes.counts([track.id])).get(track.id, 0)
        words = "\n".join([texts.now_playing(track, votes), self._how_far(players, standing, track)])
        if picture is None:
            container.add_item(discord.ui.TextDisplay(words))
        else:
            thumbnail = discord.ui.Thumbnail[Any](f"attachment://{COVER}", description=picture.description)
            container.add_item(discord.ui.Section(words, accessory=thumbnail))
        container.add_item(_row(standing, track))
        if (skipping := texts.skipping(standing, listeners)) is not None:
            container.add_item(discord.ui.TextDisplay(skipping))
        container.add_item(discord.ui.Separator())
        container.add_item(discord.ui.TextDisplay(texts.coming(standing.coming)))
        container.add_item(_controls(standing))
        if standing.party.paused and standing.party.starter_id not in listeners:
            container.add_item(discord.ui.TextDisplay(str(texts.WHO_GOES_ON)))
        container.add_item(discord.ui.TextDisplay(str(texts.RULES)))

    def _how_far(self, players: PartyPlayers, standing: Standing, track: Track) -> str:
        party, player = standing.party, players.player(standing.party.id)
        heard = player.played(party.place) if player is not None else None
        played = (party.played if heard is None else heard) / 1000
        if party.paused:
            return texts.paused(track, played)
        if player is None or not player.is_there:
            return texts.joining(track, played)
        now, left = discord.utils.utcnow(), max(0.0, (track.seconds or track.duration) - played)
        return texts.how_far(track, now - timedelta(seconds=played), now + timedelta(seconds=left))

    def _may_attach(self, channel_id: int) -> bool:
        channel = self.bot.get_channel(channel_id)
        return (
            isinstance(channel, discord.VoiceChannel)
            and channel.permissions_for(channel.guild.me).attach_files
        )

    async def _cover(self, track: Track) -> discord.File | None:
        try:
            mp3 = await self.bot.studio.audio.get(track)
            found = await asyncio.to_thread(embedded_pictures, mp3)
        except (AudioGone, DeliveryUnavailable, OSError) as error:
            log.info("a party's panel has no cover", track=track.id, error=repr(error))
            return None
        return as_file(found.cover, COVER, cover(track))


def _row(standing: Standing, track: Track) -> discord.ui.ActionRow[Any]:
    own = standing.party.id
    return discord.ui.ActionRow[Any](
        button("♥", f"track:vote:{track.id}"),
        button(texts.SKIP, f"party:skip:{own}:{standing.party.place}"),
        button(texts.ADD, f"party:add:{own}"),
    )


def _controls(standing: Standing) -> discord.ui.ActionRow[Any]:
    own, held = standing.party.id, standing.party.paused
    verb, label = ("resume", texts.GO_ON) if held else ("pause", texts.PAUSE)
    style = discord.ButtonStyle.primary if held else discord.ButtonStyle.secondary
    return discord.ui.ActionRow[Any](
        button(label, f"party:{verb}:{own}", style),
        button(texts.STOP, f"party:stop:{own}", discord.ButtonStyle.danger),
    )
