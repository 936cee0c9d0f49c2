"""What moderators are shown and what is taken down. The rule: nobody is pinged."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import discord
import structlog

from cogs.core.component_router import button, view
from cogs.core.discord_errors import NO_MORE, NOT_ALLOWED, answering
from cogs.core.history import fresh, said_before, say_once
from cogs.core.sights import Sights
from cogs.languages.guild_languages import in_public, privately, publicly
from cogs.posts.delivery import MembersDelivery
from cogs.posts.message import find_posted, nonce_for, track_parts
from cogs.posts.threads import edit
from cogs.texts.formatting import LONGEST_CONTENT, shortened
from cogs.texts.moderating import reviews as texts
from cogs.texts.moderating.audit_entries import log_message
from cogs.texts.outcomes import held_sentence, in_review_sentence, withheld_sentence
from cogs.texts.posts import ready
from services.delivery import Delivered, DeliveryUnavailable, Reach
from services.guilds.audit import Record
from services.messages.announcements import Announcement
from services.messages.notices import MODERATORS
from services.money.accounts import GuildKey, Hold
from services.tracks.track import Track

log = structlog.get_logger(__name__)

REVIEW = re.compile(r"review:publish:(?P<track>[0-9a-z]{20})")  # the button that only a review has


def publish_button(track: Track) -> discord.ui.Button[Any]:
    """Publishes the track."""
    return button(texts.PUBLISH, f"review:publish:{track.id}", discord.ButtonStyle.success)


def withhold_button(track: Track) -> discord.ui.Button[Any]:
    """Opens the form in which a moderator says why it is taken down."""
    return button(texts.WITHHOLD, f"review:withhold:{track.id}", discord.ButtonStyle.danger)


class ModeratorsDelivery(MembersDelivery):
    """services.delivery.Delivery, on Discord, with all that moderators see of it."""

    # review -----------------------------------------------------------------------------------------

    @in_public
    async def show(self, track: Track, mp3: Path, channel_id: int) -> Delivered | None:
        """Shows the finished track to moderators, once; None where that cannot be."""
        channel = self.bot.get_partial_messageable(channel_id, guild_id=track.guild_id)
        try:
            async with answering():
                message = None
                if not fresh(track.publish_intent_at):
                    message = await find_posted(channel, track, self.own_id, REVIEW)
                if message is None:
                    message = await self._show(channel, track, mp3)
            return Delivered(Reach.CHANNEL, channel_id, message.id)
        except discord.HTTPException as refusal:
            log.warning("not shown for review", track=track.id, status=refusal.status, code=refusal.code)
            return None

    async def _show(self, channel: discord.PartialMessageable, track: Track, mp3: Path) -> discord.Message:
        parent = await self.parent_shown_in(channel.id, track)
        adults_only = track.explicit and await self.elsewhere.is_age_restricted(track.guild_id, channel.id)
        audible = adults_only or not track.explicit
        return await channel.send(
            texts.to_review(track, audible=audible),
            **await track_parts(track, parent, mp3 if audible else None),
            view=view(publish_button(track), withhold_button(track)),
            nonce=nonce_for(track),
            silent=True,
            allowed_mentions=discord.AllowedMentions.none(),
        )

    @in_public
    async def reviewed(self, track: Track) -> bool:
        """Says on the message that moderators were shown what became of the track; False where it may not."""
        if track.review_channel_id is None or track.review_message_id is None:
            return True
        message = self._message(track.guild_id, track.review_channel_id, track.review_message_id)
        try:
            async with answering():
                await edit(
                    self.bot,
                    message,
                    content=shortened(texts.decided(track), LONGEST_CONTENT),
                    view=view(publish_button(track)) if track.held_back else None,
                )
            await self.note(track, track.review_channel_id, track.review_message_id)
        except discord.HTTPException as refusal:  # deleted, or no longer ours to see: what holds is kept
            log.info("review not brought up to date", track=track.id, code=refusal.code)
            return refusal.code not in NOT_ALLOWED
        return True

    # telling ----------------------------------------------------------------------------------------

    async def in_review(self, track: Track) -> None:
        """Tells the member that moderators hear the track first."""
        await self.moved(track)
        if track.jam_id is None:  # a jam's panel tells all who are in
            with await privately(self.bot, track):
                said = in_review_sentence(track)
                await self.reach(track, f"in review {track.id}", said, in_channel=False)

    @in_public
    async def withheld(self, track: Track) -> None:
        """Tells the member that the track is withheld, and why; moderators, where they must act."""
        await self.moved(track)
        decided = track.moderated_at.timestamp() if track.moderated_at else 0
        occasion = f"withheld {track.id} {decided}"
        with await privately(self.bot, track):
            await self.reach(track, occasion, withheld_sentence(track), in_channel=False)
        if track.withheld_because is not None and track.withheld_by is None:
            await self.tell_moderators(
                track.guild_id,
                f"moderators: {occasion}",
                texts.withheld_by_itself(track),
                about=track,
                untitled=texts.withheld_by_itself_untitled(track),
            )

    async def tell_moderators(
        self,
        guild_id: int,
        occasion: str,
        text: str,
        *,
        about: Track | None = None,
        untitled: str = "",
        **parts: Any,
    ) -> bool:
        """A quiet message, once on that occasion, where moderators read; False where there is no such place.

        A text with nothing else to it is then kept for the next moderator who uses a command.
        about: the track that is named in it; where not all who may read it see that one, `untitled` is said
        instead, and nothing else. Raises DeliveryUnavailable.
        """
        rules = await self.bot.studio.rules.of(guild_id)
        places = [one for one in (rules.log_channel_id, rules.review_channel_id) if one is not None]
        kept = not parts  # for a next moderator, who may be any
        if about is not None:
            sights = [self.bot.part(Sights).of_moderators(guild_id, *places)]
            sights += [self.bot.part(Sights).of_moderators(guild_id)] * kept
            if not all(sight.sees(about) for sight in sights):
                text, parts = untitled, {}
        if about is not None and await self.is_erased(about):
            return False
        text = shortened(text, LONGEST_CONTENT)
        said = await self.bot.studio.announcements.begin(occasion, text, about.id if about else None)
        if said.way is not None:
            return said.way == Reach.CHANNEL
        nobody = discord.AllowedMentions.none()
        for place in said.ways_left([*map(str, places)]):
            channel_id = int(place)
            if channel_id != places[0]:
                await self.bot.studio.announcements.trying(said, place)
            channel = self.bot.get_partial_messageable(channel_id, guild_id=guild_id)
            try:
                async with answering():
                    message = await say_once(channel, said, silent=True, allowed_mentions=nobody, **parts)
                if about is not None:
                    await self.note(about, channel_id, message.id)
                await self.bot.studio.announcements.said(said, Reach.CHANNEL)
                return True
            except discord.HTTPException as refusal:
                log.info("moderators not told there", channel=channel_id, error=str(refusal))
        if not kept:
            await self.bot.studio.announcements.said(said, "nowhere")
        else:
            await self.bot.studio.announcements.leave(said, guild_id, MODERATORS, Reach.NOTICE)
        return False

    @in_public
    async def key_held(self, key: GuildKey, why: Hold, occasion: str) -> None:
        """Tells moderators, once on that occasion, why nothing starts on their own account."""
        await self.tell_moderators(key.guild_id, occasion, held_sentence(why))

    # taking down ------------------------------------------------------------------------------------

    @in_public
    async def take_down(self, track: Track, channel_id: int, message_id: int) -> bool:
        """Deletes one of the track's messages; False where it stays for now."""
        message = self._message(track.guild_id, channel_id, message_id)
        said = partial(texts.cannot_take_down, track)
        untitled = partial(texts.cannot_take_down_untitled, track)
        occasion = f"stays {message.id} taken down"
        return await self._done(
            message.delete, message, track.guild_id, occasion, said, about=track, untitled=untitled
        )

    @in_public
    async def credit_anew(self, track: Track, mp3: Path | None) -> bool:
        """Names the makers anew in the track's messages; False where one stays as it is."""
        if mp3 is None and await self._posted_audio(track) is not None:
            raise DeliveryUnavailable("the only MP3 is in the message that is to be edited")
        done = True
        for channel_id, message_id in track.messages:
            message = self._message(track.guild_id, channel_id, message_id)
            parent = await self.parent_shown_in(channel_id, track)

            async def act(message: discord.PartialMessage = message, parent: Track | None = parent) -> None:
                parts = await track_parts(track, parent, mp3)
                said: Any = {"content": ready(track)} if message.id == track.message_id else {}
                await edit(self.bot, message, embed=parts["embed"], attachments=parts["files"], **said)

            said = texts.cannot_credit_anew
            occasion = f"stays {message.id} credited"
            done &= await self._done(act, message, track.guild_id, occasion, said, about=track, untitled=said)
        return done

    async def delete_mention(self, guild_id: int, channel_id: int, message_id: int) -> bool:
        """Deletes a message that names somebody who was erased; False where it stays for now."""
        message = self._message(guild_id, channel_id, message_id)
        occasion = f"stays {message.id} mention"
        with await publicly(self.bot, guild_id):
            return await self._done(message.delete, message, guild_id, occasion, texts.cannot_delete_mention)

    async def unsay(self, track: Track, said: Announcement) -> bool:
        """Deletes what may have been said in a channel of a track whose maker was erased since.

        False where it stays for now.
        """
        rules, gone = await self.bot.studio.rules.of(track.guild_id), True
        for channel_id in {track.channel_id, rules.log_channel_id, rules.review_channel_id} - {None}:
            channel = self.bot.get_partial_messageable(channel_id or 0, guild_id=track.guild_id)
            try:
                async with answering():
                    found = await said_before(channel, said, to_be_gone=True)
            except discord.HTTPException as refusal:  # it may be read again, and what was said with it
                log.info("what was said may be there still", channel=channel.id, code=refusal.code)
                gone = False
                continue
            if found is not None:
                gone = await self.delete_mention(track.guild_id, channel.id, found.id) and gone
        return gone

    @in_public
    async def update_log_message(self, change: Record, channel_id: int, message_id: int) -> bool:
        """Says a change anew in the message that told it; False where that stays as it is."""
        message = self._message(change.guild_id, channel_id, message_id)
        sight = self.bot.part(Sights).of_moderators(change.guild_id, channel_id)
        words = log_message(change, hidden=await self.bot.studio.audit.is_hidden(change, sight))
        editing = partial(edit, self.bot, message, content=words)
        occasion = f"stays {message.id} log"
        return await self._done(editing, message, change.guild_id, occasion, texts.cannot_update_log)

    def _message(self, guild_id: int, channel_id: int, message_id: int) -> discord.PartialMessage:
        channel = self.bot.get_partial_messageable(channel_id, guild_id=guild_id)
        return channel.get_partial_message(message_id)

    async def _done(
        self,
        act: Callable[[], Awaitable[Any]],
        message: discord.PartialMessage,
        guild_id: int,
        occasion: str,
        said: Callable[[str, str], str],
        *,
        about: Track | None = None,
        untitled: Callable[[str, str], str] | None = None,
    ) -> bool:
        """Whether it is done, or its message gone; moderators are asked where Discord refuses it.

        said: what they are asked, from Discord's reason and the message's address; untitled: the same for
        those who may not know the track that it is about.

        A channel or a guild that is closed to the bot may be open to it again: that is not gone. That a
        message is gone, because somebody was quicker, is believed when Discord says so again.
        """
        try:
            try:
                async with answering():
                    await act()
            except discord.NotFound:
                async with answering():
                    await act()
        except discord.HTTPException as error:
            if error.code in NO_MORE:
                return True
            log.warning("message stays", message=message.id, status=error.status, code=error.code)
            address = f"https://discord.com/channels/{guild_id}/{message.channel.id}/{message.id}"
            reason = error.text or str(error.status)
            text = said(reason, address)
            other = untitled(reason, address) if untitled is not None else ""
            await self.tell_moderators(guild_id, occasion, text, about=about, untitled=other)
            return False
        return True
