"""The vote on variations: one message in the channel, from the last track's delivery to the result.

The rule: the tables say what is still to be done. That a message will be posted is written down before it is,
and the message looked for after a kill; so there is one, also after any restart.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import discord
import structlog
from discord.ext import commands

from cogs.core.client import Jamboree
from cogs.core.component_router import button, route, view
from cogs.core.discord_errors import NOT_ALLOWED, answering, is_not_now
from cogs.core.history import custom_ids, posted_since
from cogs.core.periodic_tasks import PeriodicTask
from cogs.core.pictures import COLOUR
from cogs.core.responses import Interaction, defer, is_moderator
from cogs.core.rights import Who
from cogs.core.sights import Sights, sight_of
from cogs.languages.guild_languages import in_public, publicly
from cogs.posts.moderators_delivery import ModeratorsDelivery
from cogs.posts.shut_places import Pauses
from cogs.posts.threads import edit
from cogs.texts.library import ballots as texts
from services.delivery import DeliveryUnavailable, Reach
from services.periodic_tasks import each
from services.tracks.ballots import Ballot, Choice, Standing
from services.tracks.sight import everything_in
from services.tracks.votes import Vote

log = structlog.get_logger(__name__)

ENOUGH = 2  # choices; with fewer there is nothing to vote on


class BallotBox(PeriodicTask):
    """Looks after every vote of this process's guilds."""

    interval = 2.0  # seconds
    tables = ("ballots",)

    def __init__(self, bot: Jamboree) -> None:
        super().__init__(bot, self.move_ballots_on)
        self._pauses = Pauses()  # by ballot: of what its message is to say and may not now

    async def move_ballots_on(self) -> bool:
        """Posts, closes and shows the votes that are due; whether there was any."""
        pending = await self.bot.studio.ballots.pending()
        await each((one for one in pending if self.bot.get_guild(one.guild_id) is not None), self._step)
        return bool(pending)

    async def _step(self, ballot: Ballot) -> None:
        ballots = self.bot.studio.ballots
        if ballot.erased:
            await self._take_down(ballot)
        elif ballot.closed_at is None and ballot.message_id is None:
            standing = await ballots.standing(ballot.id)
            if standing is None or not standing.waiting:
                await self._post(ballot, standing)
        else:
            if (
                ballot.closed_at is None
                and ballot.closes_at is not None
                and discord.utils.utcnow() >= ballot.closes_at
            ):
                await ballots.close(everything_in(ballot.guild_id), ballot.id)
            self._touch(ballot.id)

    @commands.Cog.listener()
    async def on_ballot_closed(self, ballot_id: str) -> None:
        """Brings the vote's message up to date, which now says who won."""
        self._touch(ballot_id)

    @commands.Cog.listener()
    async def on_ballot_vote(self, vote: Vote) -> None:
        """Brings the messages up to date of the votes that changed."""
        await self.on_vote(vote)

    @commands.Cog.listener()
    async def on_vote(self, vote: Vote) -> None:
        """The same for a vote below a track that stands in one."""
        if vote.track.set_id is not None:
            self._touch(vote.track.set_id)

    def _touch(self, ballot_id: str) -> None:
        self.bot.edits.touch(("ballot", ballot_id), partial(self._show, ballot_id))

    # its message ------------------------------------------------------------------------------------

    @in_public
    async def _post(self, ballot: Ballot, standing: Standing | None) -> None:
        ballots = self.bot.studio.ballots
        enough = standing is not None and len(standing.open_choices) >= ENOUGH
        fresh = ballot.intent_at is None
        if standing is None or (fresh and not enough):  # each that failed was told by itself
            await ballots.shown(ballot.id)
            return
        ballot = await ballots.intend(ballot.id)
        ballot = replace(ballot, closes_at=discord.utils.utcnow() + timedelta(minutes=ballot.minutes))
        said = replace(standing, ballot=ballot)
        channel = self.bot.get_partial_messageable(ballot.channel_id, guild_id=ballot.guild_id)
        try:
            async with answering():
                before = None if fresh else await self._posted_before(channel, ballot)
                message = before
                if message is None and enough:
                    message = await channel.send(
                        **await self._parts(said),
                        nonce=ballot.id,
                        allowed_mentions=discord.AllowedMentions.none(),
                    )
        except discord.HTTPException as refusal:
            log.warning("vote not posted", ballot=ballot.id, status=refusal.status, code=refusal.code)
            why = texts.not_posted(standing, refusal.text or str(refusal.status))
            told = await self.bot.studio.announcements.begin(f"no vote {ballot.id}", why)
            await self.bot.studio.announcements.leave(told, ballot.guild_id, ballot.member_id, Reach.NOTICE)
            await ballots.shown(ballot.id)
            return
        if message is None:  # too few are left since an earlier attempt, which did not come about
            await ballots.shown(ballot.id)
            return
        await ballots.posted(ballot, message.id)
        if before is None:  # else nobody knows what it says
            await ballots.says(replace(said, ballot=replace(ballot, message_id=message.id)))

    async def _posted_before(
        self, channel: discord.PartialMessageable, ballot: Ballot
    ) -> discord.Message | None:
        """Its message, where an earlier attempt posted it and could not write that down."""
        assert ballot.intent_at is not None
        button_id = _close_id(ballot)
        return await posted_since(channel, ballot.intent_at, lambda it: button_id in custom_ids(it))

    async def _show(self, ballot_id: str) -> None:
        """Brings its message up to date."""
        ballots = self.bot.studio.ballots
        standing = await ballots.standing(ballot_id)
        if standing is None or standing.ballot.erased:
            return
        ballot = standing.ballot
        if not ballot.shown and self._pauses.lasts(ballot_id):
            return
        if ballot.message_id is None:
            if ballot.intent_at is not None and not ballot.shown:  # there, and not written down yet
                raise DeliveryUnavailable("being posted")
            return
        channel = self.bot.get_partial_messageable(ballot.channel_id, guild_id=ballot.guild_id)
        message = channel.get_partial_message(ballot.message_id)
        with await publicly(self.bot, ballot.guild_id):
            parts = await self._parts(standing)
        try:
            await edit(self.bot, message, **parts)
        except discord.HTTPException as refusal:
            if is_not_now(refusal):
                raise
            log.info("vote not shown", ballot=ballot.id, status=refusal.status, code=refusal.code)
            if not ballot.shown and refusal.code in NOT_ALLOWED and self._pauses.again(ballot_id):
                return
        self._pauses.over(ballot_id)
        if not ballot.shown:
            await ballots.says(standing)

    async def _take_down(self, ballot: Ballot) -> None:
        """Its maker had their data deleted, and its message has their words."""
        message_id = ballot.message_id
        if message_id is None and ballot.intent_at is not None:  # it may be there, and nobody wrote that down
            channel = self.bot.get_partial_messageable(ballot.channel_id, guild_id=ballot.guild_id)
            async with answering():
                found = await self._posted_before(channel, ballot)
            message_id = found.id if found else None
        if message_id is not None:
            place = ballot.guild_id, ballot.channel_id, message_id
            if not await self.bot.part(ModeratorsDelivery).delete_mention(*place):
                await self.bot.studio.privacy.message_stays(*place)
        await self.bot.studio.ballots.shown(ballot.id, taken_down=True)

    async def _parts(self, standing: Standing) -> dict[str, Any]:
        """The message: what there is to choose from, or what was chosen."""
        ballot = standing.ballot
        sight = self.bot.part(Sights).of_channel(ballot.guild_id, ballot.channel_id)
        parent = await self.bot.studio.find(sight, ballot.parent_id) if ballot.parent_id else None
        if parent is not None and parent.held_back:
            parent = None
        choices = "\n".join(texts.choice(standing, one) for one in standing.choices)
        if ballot.closed_at is not None:
            embed = discord.Embed(description=f"{choices}\n{texts.ended(ballot)}", colour=COLOUR)
            return {"content": texts.result(standing, parent), "embed": embed, "view": None}
        embed = discord.Embed(description=f"{choices}\n{texts.rules(ballot)}", colour=COLOUR)
        buttons = [_vote_button(one) for one in standing.open_choices]
        end = button(texts.END, _close_id(ballot), discord.ButtonStyle.secondary)
        return {"content": texts.question(parent), "embed": embed, "view": view(*buttons, end)}


@route(
    r"ballot:vote:(?P<track>[0-9a-z]{20})",
    Who.MEMBER,
    "Vote among variations, while the vote is open",
    first=defer,
    decides=True,
)
async def voted(interaction: Interaction, match: re.Match[str]) -> None:
    """Gives, moves or takes back the member's vote, as long as the vote is open."""
    bot = interaction.client
    vote = await bot.studio.ballots.press(await sight_of(interaction), match["track"], interaction.user.id)
    bot.dispatch("ballot_vote", vote)


@route(
    r"ballot:close:(?P<ballot>[0-9a-z]{20})",
    Who.MAKER,
    "End the vote on variations",
    first=defer,
    decides=True,
)
async def closed(interaction: Interaction, match: re.Match[str]) -> None:
    """Ends the vote, for its maker and for moderators; the message then says who won."""
    bot = interaction.client
    try:
        await bot.studio.ballots.close(
            await sight_of(interaction),
            match["ballot"],
            interaction.user.id,
            moderator=is_moderator(interaction),
        )
    finally:
        bot.dispatch("ballot_closed", match["ballot"])


def _close_id(ballot: Ballot) -> str:
    return f"ballot:close:{ballot.id}"


def _vote_button(choice: Choice) -> discord.ui.Button[Any]:
    label = f"{choice.letter} · ♥ {choice.votes}" if choice.votes else choice.letter
    return button(label, f"ballot:vote:{choice.track.id}", discord.ButtonStyle.primary)
