"""What a press does to a jam: the guild's rules are asked each time, and the panel is brought up to date.

The rule: a press is one transaction and is acknowledged before it. Whether the member may use jams is that
very interaction's to say, so a role that was taken away while a form was open no longer counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import structlog

from cogs.core.client import Jamboree
from cogs.core.component_router import button, view
from cogs.core.guild_checks import asker_of, automod_for, is_age_restricted
from cogs.core.responses import Interaction, answer, is_moderator
from cogs.core.sights import Sights, place_of, sight_of
from cogs.languages.guild_languages import publicly
from cogs.texts.jams import presses as words
from cogs.texts.jams.jam import limit_of_one, too_many_of_one
from cogs.texts.prompts.drafts import DraftFault
from cogs.texts.prompts.faults import render_faults
from cogs.texts.refusals import render_refusal
from services.guilds.checks import Approved, Asker, check_jams, faults_in
from services.jams import contributions
from services.jams.jams import Jam, make_now
from services.jams.lending import source_of
from services.jams.service import Asked, Change, Changed
from services.jams.storage import Session
from services.money.limits import LimitReached, Line, Scope
from services.prompts.prompt import Prompt, parse_prompt
from services.prompts.rework import Kind
from services.prompts.rework_prompt import parse_rework
from services.text.faults import Fault, PromptError
from services.text.refusal import Refusal, RequestRefusal
from services.tracks.request_refusals import ComesOutTheSame, TooManyWaiting
from services.tracks.rework_sources import NotASource, check_source
from services.tracks.track import NoSuchTrack, Track
from services.tracks.track_prompts import sound_of

log = structlog.get_logger(__name__)

JAM = "(?P<jam>[0-9a-z]{20})"
ATTEMPTS = 5  # at a track of a jam that changes under our hands


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a jam's track was not asked for, as one member is told it. of: the other member whose own limits do
    not let it in, and without whom it can be made; None: it is nobody's in particular."""

    text: str
    of: int | None = None


@dataclass(frozen=True, slots=True)
class Shaped:
    """What a jam has come to, of which its track is to be made. source: what a lent voice sings over."""

    jam: Jam
    source: Track | None = None

    @property
    def tags(self) -> str:
        """The jam's tags as a prompt has them."""
        return ", ".join(tag.text for tag in self.jam.tags)

    @property
    def texts(self) -> Mapping[str, str]:
        """All that the track would say, by field."""
        return {"tags": self.tags, "title": self.jam.theme, "lyrics": self.jam.lyrics}

    def prompt(self) -> Prompt:
        """What the jam's next track would be made from. Raises PromptError."""
        jam = self.jam
        if self.source is not None:
            given = {"lyrics": jam.lyrics, "title": jam.title}
            return parse_rework(Kind.VOICE, sound_of(self.source), given)
        return parse_prompt(
            tags=self.tags, lyrics=jam.lyrics, duration=jam.duration, seed=jam.seed, title=jam.title
        )

    def seconds(self) -> int | None:
        """How long the track is to be."""
        return self.jam.duration if self.source is None else None


async def act(
    interaction: Interaction, jam_id: str, change: Change, *, below: bool = False, without: int | None = None
) -> Session:
    """Does it, for the member of the interaction. Raises what rules, bans and the change raise.

    below: the panel moves down, below all that came after it. without: a member who goes out of the jam
    where their own limits do not let its track in.
    """
    asker = await asker_of(interaction)
    check_jams(asker)
    bot = interaction.client
    sight = await sight_of(interaction)
    session = await bot.studio.jams.act(sight, jam_id, interaction.user.id, change)
    if below and session.message_id is not None:
        await bot.studio.jams.move(session.id)
    bot.dispatch("jam_changed", session.id)
    if session.jam.due:
        try:
            refused = await make(bot, session, asker)
        except Exception:  # what was pressed is saved, and `JamPanels` makes it soon
            log.exception("a jam's track is not asked for yet", jam=session.id)
            return session
        if refused is not None and without is not None and refused.of == without:
            return await act(interaction, jam_id, _going_on_without(interaction, without))
        if refused is not None:
            await answer(interaction, refused.text, **_way_out(interaction, session, refused))
    return session


def _way_out(interaction: Interaction, session: Session, refused: Refused) -> dict[str, Any]:
    """A button for whoever may say that the track is made: whose limits are used up keeps it from nobody."""
    leads = session.jam.lead_id == interaction.user.id or is_moderator(interaction)
    if refused.of is None or not leads:
        return {}
    return {"view": view(button(words.GO_ON_WITHOUT_THEM, f"jam:without:{session.id}:{refused.of}"))}


async def act_with_words(interaction: Interaction, jam_id: str, change: Change, **texts: str) -> Session:
    """The same with what the member wrote, by field. Raises PromptError too, for what must not be said."""
    faults = await faults_for(interaction, texts)
    if faults:
        raise PromptError(faults)
    return await act(interaction, jam_id, change)


async def faults_for(interaction: Interaction, texts: Mapping[str, str]) -> list[Fault]:
    """What the guild's rules have against texts (by field). Raises what check_jams does."""
    asker = await asker_of(interaction)
    check_jams(asker)
    return await faults_in(asker, await automod_for(interaction.client, asker), texts)


async def make_it_now(interaction: Interaction, jam_id: str, without: int | None = None) -> Session:
    """The lead or a moderator says so. without: a member who is in no longer then, where their own limits
    keep the track from being made, as of now and whatever a custom_id says.
    """
    now = partial(make_now, member_id=interaction.user.id, moderator=is_moderator(interaction))
    return await act(interaction, jam_id, now, without=without)


def _going_on_without(interaction: Interaction, without: int) -> Change:
    member_id, moderator = interaction.user.id, is_moderator(interaction)

    def change(jam: Jam) -> Jam:
        jam = make_now(jam, member_id, moderator=moderator)
        lent = jam.loan is not None and jam.loan.by == without  # then all lock in anew, to have it without
        jam = contributions.leave(jam, without)
        return jam if lent else make_now(jam, member_id, moderator=True)

    return change


async def check_kept(interaction: Interaction, kept: Jam) -> None:
    """Raises PromptError where what a round starts with has been forbidden since it was written."""
    faults = await faults_for(interaction, Shaped(kept).texts)
    if faults:
        raise PromptError([replace(fault, kept=True) for fault in faults])


# making -----------------------------------------------------------------------------------------------------


async def make(bot: Jamboree, session: Session, asker: Asker) -> Refused | None:
    """Asks for the track of a jam that is due. Where it is refused: why, as the asker is told it.

    The panel says it too, without saying of whom of those who are in.
    """
    for _attempt in range(ATTEMPTS):
        try:
            session = await _with_who_sees_it(bot, session)
            if not session.jam.due:
                bot.dispatch("jam_changed", session.id)
                return None
            approved = await _approved(bot, session, asker)
            guild = bot.get_guild(session.guild_id)
            name = guild.name if guild else ""
            channel = guild.get_channel_or_thread(session.channel_id) if guild else None
            await bot.studio.jams.make(Asked(session, name, approved.prompt, place_of(channel)))
        except Changed:
            session = await bot.studio.jams.now(session.id)
            if not session.jam.due:
                return None
            continue
        except (RequestRefusal, NotASource, NoSuchTrack) as refusal:
            with await publicly(bot, session.guild_id):  # the panel keeps it for all who see that
                shown = _reason(refusal, None)
            await bot.studio.jams.refuse(session, shown)
            bot.dispatch("jam_changed", session.id)
            reason = _reason(refusal, asker.member_id)
            return Refused(words.not_asked_for(reason), _another(refusal, session.jam, asker.member_id))
        bot.dispatch("jam_changed", session.id)
        return None
    log.warning("a jam changes too quickly to be made", jam=session.id)
    return None


async def _with_who_sees_it(bot: Jamboree, session: Session) -> Session:
    """The jam without those who do not see its channel any more: they share no price of what they cannot see.

    Raises discord.HTTPException where Discord does not say; the jam stays due, and `JamPanels` asks again.
    """
    people = [person.id for person in session.jam.here]
    blind = await bot.part(Sights).blind(session.guild_id, session.channel_id, people)
    return await bot.studio.jams.take_out(session, blind) if blind else session


async def _approved(bot: Jamboree, session: Session, asker: Asker) -> Approved:
    """The jam's prompt, which the guild's rules allow. Raises PromptError, and as `source_to_sing_over`."""
    asker = replace(asker, rules=await bot.studio.rules.of(session.guild_id))  # as they are by now
    source = await source_to_sing_over(bot, session) if session.jam.loan is not None else None
    automod, earlier = await automod_for(bot, asker), [one.track_id for one in session.jam.rounds]
    try:
        return await bot.studio.requests.approve_round(asker, automod, Shaped(session.jam, source), earlier)
    except ComesOutTheSame as twin:
        raise PromptError([Fault("seed", DraftFault.AS_EARLIER)]) from twin


async def source_to_sing_over(bot: Jamboree, session: Session) -> Track:
    """The track that a round with a lent voice is sung over, whose sound is here then.

    Raises NothingToSingOver, NoSuchTrack, NotASource, SourceAway, SourceNotKept.
    """
    loan, guild = session.jam.loan, bot.get_guild(session.guild_id)
    track = await bot.studio.get(loan.source_id if loan else source_of(session.jam))
    if track is None or track.deleted_at is not None:
        raise NoSuchTrack
    channel = guild.get_channel_or_thread(session.channel_id) if guild else None
    check_source(track, adults=is_age_restricted(channel))
    await bot.studio.requests.fetch_source(track)
    return track


def _another(refusal: Exception, jam: Jam, member_id: int | None) -> int | None:
    """Who else than that member is in, and has limits of their own that do not let the track in."""
    of = refusal.member_id if isinstance(refusal, LimitReached | TooManyWaiting) else None
    return of if of is not None and of != member_id and jam.person(of) is not None else None


def _reason(refusal: Refusal, reader_id: int | None) -> str:
    """Why no track was asked for. reader_id: the one who reads it; None: all who see the panel."""
    match refusal:
        case PromptError():
            return f"\n{render_faults(refusal.faults)}"
        case LimitReached(line=Line(scope=Scope.MEMBER_DAY)):
            return limit_of_one(refusal, reader_id)
        case TooManyWaiting():
            return too_many_of_one(refusal, reader_id)
        case _:
            return render_refusal(refusal)
