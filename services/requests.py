"""From what a member asks for to a track that is written down, and on the queue.

What is asked of it, for every track in this order, whoever asks and in whatever way:
1. `approve`: may they ask here, with their roles; then all at once what is wrong with the prompt, and what
   the guild's rules forbid of its words and length; then whether it would come out like a track there is.
2. `compose`: can the sound be had that it is made from; then, in the transaction that takes it: does the host
   let the guild make tracks, is the member banned, do they have as many waiting as one may, is its source an
   entry that is still secret, is the price what they said yes to, and every limit.

The rule: a track is written down and its price reserved in one transaction. From then on it stands in line.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection
from structlog.contextvars import bind_contextvars

from services.contests.entries import enter_new
from services.guilds import checks
from services.guilds.bans import check_ban
from services.guilds.checks import Approved, Asker, Written, check_place
from services.guilds.settings import Guild, next_number, read_guild
from services.jams.service import Asked
from services.jams.storage import Session
from services.metrics import Metrics
from services.money.ledger import Ledger
from services.money.limits import LimitReached, Line
from services.money.prices import Prices
from services.money.stops import stopped_by
from services.own_voices.singing import voice_in
from services.pipeline import sources
from services.pipeline.kept_audio import KeptAudio
from services.pipeline.queue import Standstill, Taken, count_waiting
from services.pipeline.turns import line
from services.pipeline.turns.untold import Untold
from services.pipeline.turns.wakeup import Wakeup
from services.pipeline.uploads import OwnFile, use
from services.prompts.prompt import LARGEST_SEED, Prompt
from services.settings import Settings
from services.storage.database import Database, now
from services.storage.outages import is_away, until_back
from services.text.faults import Fault, PromptError
from services.tracks import tracks
from services.tracks.ballots import Ballot, open_ballot
from services.tracks.request_refusals import (
    AskedAlready,
    DatabaseAway,
    GuildBlocked,
    PriceWentUp,
    TooManyWaiting,
    check_not_secret,
)
from services.tracks.sight import Sight
from services.tracks.track import Reply, State, Track
from services.tracks.track_prompts import check_unlike
from services.words.blocked_words import WordList

log = structlog.get_logger(__name__)

Accepted = Callable[[Sequence[Track], Taken | None], Awaitable[None]]
"""Is given the tracks, and what is known of them, where that is."""

DATABASE_PATIENCE = 20.0  # seconds that a member waits for a database that is away
BETWEEN_WRITES = 0.5  # seconds between two tries


@dataclass(frozen=True, slots=True)
class Request:
    """A track that a member asks for."""

    guild_id: int
    guild_name: str
    channel_id: int
    member_id: int
    member_name: str
    prompt: Prompt
    parent_id: str | None = None
    reply: Reply | None = None
    id: str | None = None
    """What the track's id is to be, so that asking twice with one is asking once."""
    file: OwnFile | None = None
    """The member's own file that is reworked, and what they confirmed of it."""
    statement: str = ""
    jam_id: str | None = None
    """The jam that asks."""
    makers: tuple[tuple[int, str], ...] = ()
    """Ids and names of all who are credited; empty where that is the member alone."""
    shown: int | None = None
    """Micro-dollars that its member was shown and said yes to; None where they were asked nothing."""
    place_id: int | None = None
    """The channel whose readers see the track, where that is another: above a public thread."""
    together: tuple[int, ...] = ()
    """Ids of all who ask for it, against whose limits it stands; empty where that is the member alone."""
    singer_id: int | None = None
    """Who lends it their own voice, in a jam."""
    contest_id: str | None = None
    """The contest that it is made for: it is an entry from the first, and its makers' alone until the end."""

    @property
    def members(self) -> tuple[int, ...]:
        """The ids of all who ask for it."""
        return self.together or (self.member_id,)


class Requests:
    """What may be asked for, and taking it."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        ledger: Ledger,
        prices: Prices,
        wakeup: Wakeup,
        audio: KeptAudio,
        metrics: Metrics,
        untold: Untold,
    ) -> None:
        self._settings = settings
        self._database = database
        self._ledger = ledger
        self._prices = prices
        self._wakeup = wakeup
        self._audio = audio
        self._metrics = metrics
        self._untold = untold

    async def approve(
        self,
        asker: Asker,
        automod: Callable[[], Awaitable[Sequence[WordList]]],
        written: Written,
        faults: Sequence[Fault] = (),
        *,
        source: Track | None = None,
        sight: Sight | None = None,
    ) -> Approved:
        """What was written as a prompt that is allowed.

        automod: gives the lists of Discord's AutoMod that hold for the asker; called once they may ask there,
        since Discord is asked for them. faults: what is wrong already, to be told together with the prompt's
        own. source: the track that it is made from, where it must not come out like what there is; sight:
        what its asker sees.
        Raises CannotPost, NotInThisChannel, NotWithTheseRoles, ComesOutTheSame, PromptError with every fault
        there is, and in place of the latter GuildBlocked or Banned.
        """
        check_place(asker)
        try:
            approved = await checks.approve(asker, await automod(), written, faults)
        except PromptError:
            if asker.member_id is not None:  # nobody mends what they wrote only to hear that they may not ask
                async with self._database.read() as connection:
                    await self._check_member(connection, asker.guild_id, asker.member_id)
            raise
        if source is not None and sight is not None:
            check_unlike(approved.prompt, await self._made_of(source, approved.prompt, sight))
        return approved

    async def _made_of(self, source: Track, prompt: Prompt, sight: Sight) -> list[Track]:
        """What a prompt that is made from the source could come out like: of a remix, that has its seed, the
        source itself; of a rework, what was made from the same sound with the same seed, and is seen."""
        if prompt.rework is None or prompt.seed is None:
            return [source]
        async with self._database.read() as connection:
            return await tracks.made_from(connection, sight, source.id, prompt.seed)

    async def approve_round(
        self, asker: Asker, automod: Sequence[WordList], written: Written, earlier: Sequence[str]
    ) -> Approved:
        """The same for a jam, whose members the rules of place and roles were asked of as they shaped it.

        earlier: ids of the tracks of its rounds. Raises PromptError, ComesOutTheSame.
        """
        approved = await checks.approve(asker, automod, written)
        async with self._database.read() as connection:
            check_unlike(approved.prompt, await tracks.all_of(connection, earlier))
        return approved

    async def compose(self, request: Request) -> Track:
        """Reserves the price and writes the track down, which is then in line.

        Raises a RequestRefusal; nothing is reserved or written then.
        """
        return (await self.compose_all([request]))[0]

    async def compose_all(
        self, requests: Sequence[Request], ballot: Ballot | None = None, accepted: Accepted | None = None
    ) -> list[Track]:
        """The same for several tracks of one member in one guild: all of them or, where it raises, none.

        ballot: opened with them, to choose among them; they are its set. accepted: tells the member, before
        any of them starts; where it raises, their member does not know of them, and they are taken back.
        """
        requests = [replace(request, id=request.id or tracks.new_id()) for request in requests]
        bind_contextvars(track=" ".join(request.id or "" for request in requests))  # from here on in the log
        rework, source_id = requests[0].prompt.rework, requests[0].parent_id
        if rework is not None and rework.file_id is None and source_id is not None:  # one sound for all
            await sources.fetch_kept(self._database, self._audio, source_id)
        with self._wakeup.holding([request.id or "" for request in requests]):
            written, known = await self._written(requests, ballot)
            if accepted is not None:
                try:
                    await accepted(written, known)
                except Exception:
                    await until_back(partial(self._untold.take_back, written))
                    raise
        log.info("a track is asked for", guild=requests[0].guild_id)
        self._metrics.requested(len(written))
        return written

    async def _written(
        self, requests: Sequence[Request], ballot: Ballot | None
    ) -> tuple[list[Track], Taken | None]:
        """The tracks, written down, and what is known of them, where that is.

        A database that blinks may have taken them, and not have said so: it is asked, before they are written
        again. Raises DatabaseAway where it stays away, and what `compose` does.
        """
        give_up = asyncio.get_running_loop().time() + DATABASE_PATIENCE
        write, tried = partial(self._write_all, requests, ballot), False
        while True:
            try:
                if tried and (taken := await self._taken(requests)) is not None:
                    return taken, None
                return await self._database.write_in_one_go(write, patient=True)
            except AskedAlready:
                if not tried:  # else by this very request, whose commit has ended only now
                    raise
            except Exception as error:
                if not is_away(error):
                    raise
                log.warning("a track could not be written down yet", error=type(error).__name__)
                if asyncio.get_running_loop().time() >= give_up:
                    raise DatabaseAway from error
            tried = True
            await asyncio.sleep(BETWEEN_WRITES)

    async def _write_all(
        self, requests: Sequence[Request], ballot: Ballot | None, connection: AsyncConnection
    ) -> tuple[list[Track], Taken]:
        written: list[tuple[Track, Guild, list[Line]]] = []
        for request in requests:
            try:
                written.append(await self._write_down(connection, request, ballot))
            except LimitReached as error:
                raise error.of_several([track.price for track, *_ in written], len(requests)) from None
        if ballot is not None:
            await open_ballot(connection, ballot)
        _last, guild, lines = written[-1]
        standstill = Standstill(guild.paused, await stopped_by(connection, guild.key_id))
        return [track for track, *_ in written], Taken(lines, standstill)

    async def _taken(self, requests: Sequence[Request]) -> list[Track] | None:
        """What was written down after all, though no answer told so; None where it was not."""
        async with self._database.read() as connection:
            return await tracks.all_of(connection, [request.id or "" for request in requests]) or None

    async def _write_down(
        self, connection: AsyncConnection, request: Request, ballot: Ballot | None = None
    ) -> tuple[Track, Guild, list[Line]]:
        """Reserves its price and writes it down; its guild, and its limits then. Raises as `compose` does."""
        prompt = request.prompt
        number, guild = await next_number(connection, request.guild_id)  # locks the guild until the end
        members = request.members
        waiting, asked = await count_waiting(connection, request.guild_id, members, request.id or "")
        if asked:
            raise AskedAlready
        self.check_access(guild)
        for member_id, waits in zip(members, waiting, strict=True):
            await check_ban(connection, request.guild_id, member_id)
            self._check_waiting(member_id, waits)
        if request.parent_id is not None and (parent := await tracks.get(connection, request.parent_id)):
            check_not_secret(parent)
        price = self._prices.price(prompt)
        if request.shown is not None and price > request.shown:
            raise PriceWentUp
        whose = line.JAMS if request.jam_id else request.member_id
        track = await tracks.add(
            connection,
            id=request.id or tracks.new_id(),
            guild_id=request.guild_id,
            number=number,
            guild_name=request.guild_name,
            channel_id=request.channel_id,
            place_id=request.place_id,
            member_id=request.member_id,
            member_name=request.member_name,
            model=prompt.model.id,
            title=prompt.title,
            tags=prompt.tags,
            lyrics=prompt.lyrics,
            duration=prompt.duration,
            seed=secrets.randbelow(LARGEST_SEED + 1) if prompt.seed is None else prompt.seed,
            parent_id=request.parent_id,
            jam_id=request.jam_id,
            contest_id=request.contest_id,
            set_id=ballot.id if ballot else None,
            idea=prompt.idea,
            rework=prompt.rework.kept if prompt.rework else None,
            voice_id=await voice_in(connection, request, by_host=self._settings.voice_cloning),
            singer_id=request.singer_id,
            price=price,
            turn=await line.next_turn(connection, guild.key_id, request.guild_id, whose),
            state=State.WAITING,
            process=self._database.process,
            created_at=now(),
            key_id=guild.key_id,
            reply_token=request.reply.token if request.reply else None,
            reply_at=request.reply.at if request.reply else None,
            reply_language=request.reply.language if request.reply else "en",
        )
        if request.file is not None:
            await use(connection, request.file, track.id, request.statement)
        track = await tracks.credit(connection, track, request.makers)
        if request.contest_id is not None:
            await enter_new(connection, request.contest_id, track)
        try:
            lines = await self._ledger.reserve(
                connection, track_id=track.id, guild=guild, members=members, price=price
            )
        except LimitReached as refusal:
            refusal.instead = self._prices.shorter(prompt, refusal.room)
            raise
        return track, guild, lines

    async def fetch_source(self, track: Track) -> None:
        """Has here what a jam's track is to be sung over. Raises SourceAway, SourceNotKept."""
        await sources.fetch_kept(self._database, self._audio, track.id)

    async def take_jam(self, connection: AsyncConnection, session: Session, asked: Asked) -> Track:
        """Asks for a jam's track: those who are in share its price; who left and is sung is credited too."""
        jam, lead = session.jam, session.jam.lead
        assert lead is not None
        request = Request(
            guild_id=session.guild_id,
            guild_name=asked.guild_name,
            channel_id=session.channel_id,
            place_id=asked.place_id,
            member_id=lead.id,
            member_name=lead.name,
            prompt=asked.prompt,
            parent_id=jam.loan.source_id if jam.loan else jam.parent_id,
            jam_id=session.id,
            singer_id=jam.loan and jam.loan.by,
            shown=jam.loan and jam.loan.price,
            makers=tuple((person.id, person.name) for person in jam.makers),
            together=tuple(person.id for person in jam.here),
        )
        return (await self._write_down(connection, request))[0]

    def jam_taken(self, track: Track) -> None:
        """A jam's track is written down, and may start."""
        log.info("a track is asked for", track=track.id, guild=track.guild_id)
        self._metrics.requested(1)
        self._wakeup.wake()

    async def check_may_ask(self, asker: Asker) -> None:
        """Whether they may ask at all, before they write or anything is fetched for it.

        Raises CannotPost, NotInThisChannel, NotWithTheseRoles, GuildBlocked, Banned or TooManyWaiting.
        """
        check_place(asker)
        if asker.member_id is None:
            return
        async with self._database.read() as connection:
            await self._check_member(connection, asker.guild_id, asker.member_id)
            (waits,), _ = await count_waiting(connection, asker.guild_id, [asker.member_id])
        self._check_waiting(asker.member_id, waits)

    async def _check_member(self, connection: AsyncConnection, guild_id: int, member_id: int) -> None:
        """Raises GuildBlocked, Banned."""
        self.check_access(await read_guild(connection, guild_id))
        await check_ban(connection, guild_id, member_id)

    async def check_admitted(self, guild_id: int) -> None:
        """Raises GuildBlocked where the guild may make no tracks, whoever pays for them."""
        async with self._database.read() as connection:
            self.check_access(await read_guild(connection, guild_id))

    def check_access(self, guild: Guild) -> None:
        """Raises GuildBlocked where it may make no tracks."""
        if not self.admits(guild):
            raise GuildBlocked

    def admits(self, guild: Guild) -> bool:
        """Whether the guild may make tracks: what the host decided of it, else what their settings say."""
        if guild.access in ("allowed", "blocked"):
            return guild.access == "allowed"
        return self._settings.guild_access == "open" or guild.guild_id == self._settings.host_guild_id

    def _check_waiting(self, member_id: int, waits: int) -> None:
        if waits >= (limit := self._settings.member_waiting_limit):
            raise TooManyWaiting(limit, member_id)
