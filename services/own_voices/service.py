"""A member's own voice: asked for with a sentence, recorded, heard by moderators, forgotten.

The rule: consent is given anew for each recording, by saying a sentence that was made for it, within minutes;
a recording answers one sentence, and no file is taken that somebody else has given.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterable, Collection
from contextlib import suppress
from pathlib import Path

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from services.audio.mastered import AudioError, Flaw, Sample
from services.guilds.audit import Action, record
from services.guilds.rules import read_rules
from services.guilds.settings import lock_guild
from services.messages import kept_messages
from services.messages.kept_messages import Posted
from services.money.accounts import Accounts
from services.own_voices import voices
from services.own_voices.copies import Copies
from services.own_voices.singing import check_offered, check_own
from services.own_voices.voices import KEPT, NoVoice, OwnVoice, State
from services.periodic_tasks import PeriodicTasks
from services.settings import Settings
from services.storage.database import Database, now
from services.storage.files import delete_all
from services.storage.private_files import write_pieces
from services.storage.seals import Seal
from services.storage.tables import own_voices as table
from services.text.refusal import Refusal, RequestRefusal
from services.tracks import tracks
from services.tracks.track import Failure, Track
from services.workers import jobs
from services.workers.pool import WorkerEnded, Workers

log = structlog.get_logger(__name__)

SHORTEST, LONGEST = 15, 120  # seconds of a recording; the shortest: the facts page
EVERY = 60.0  # seconds from one look at what is to be deleted to the next
AT_ONCE = 1  # of the workers, which others wait for as well


class NotASample(Exception):
    """The file is no recording that can be sung with. seconds: how long it plays, where that is why."""

    def __init__(self, flaw: Flaw, seconds: float = 0.0) -> None:
        super().__init__(flaw.name)
        self.flaw = flaw
        self.seconds = seconds


class NotAsked(Refusal):
    """The member was shown no sentence lately, or has answered it already."""


class BeforeTheSentence(Refusal):
    """It was recorded before the member was shown the sentence that it is to be of."""


class SomebodyElses(Refusal):
    """Another member has given that very recording."""


class AlreadyHeard(Refusal):
    """A moderator has decided on it already, or it is not there any more."""


class Unopened(Exception):
    """The recording was sealed with a secret that is gone since; it is forgotten."""

    def __init__(self, voice: OwnVoice) -> None:
        super().__init__("sealed with a secret that is gone")
        self.voice = voice


class OwnVoices:
    """Asks for recordings, takes, opens and forgets them. What is being looked at is in `data_dir`."""

    def __init__(self, settings: Settings, database: Database, workers: Workers, accounts: Accounts) -> None:
        self._on = settings.voice_cloning
        self._database = database
        self._workers = workers
        self._seal = Seal(settings.guild_keys_secrets)
        self._folder = settings.data_dir / "voices"
        self._own = str(settings.cluster_id)  # what is in it below that is this process's
        self._in_use: set[str] = set()
        self._copies = Copies(database, accounts)
        self._desk = asyncio.Semaphore(AT_ONCE)
        self._tasks = PeriodicTasks()
        self.offers_to_forget = settings.voice_cloning
        """Whether members are given the commands, which they need as long as there is a recording."""

    # recorded -------------------------------------------------------------------------------------

    async def ask(self, guild_id: int, member_id: int, sentence: str) -> OwnVoice:
        """Writes down that the member is shown that sentence; what they were shown before no longer counts.

        Raises NotOffered.
        """
        values = {"guild_id": guild_id, "member_id": member_id, "sentence": sentence, "asked_at": now()}
        new = {"id": tracks.new_id(), "state": State.ASKED, "sealed": "", "digest": "", "seconds": 0.0}
        async with self._database.write() as connection:
            check_offered(await read_rules(connection, guild_id), by_host=self._on)
            await lock_guild(connection, guild_id)
            for old in await voices.of_member(connection, guild_id, member_id, State.ASKED):
                await connection.execute(table.delete().where(table.c.id == old.id))
            await connection.execute(table.insert().values(**values, **new))
            (asked,) = await voices.of_member(connection, guild_id, member_id, State.ASKED)
        return asked

    async def asked(self, guild_id: int, member_id: int) -> OwnVoice:
        """What the member was shown and has not answered. Raises NotOffered, NotAsked."""
        async with self._database.read() as connection:
            check_offered(await read_rules(connection, guild_id), by_host=self._on)
            found = await voices.of_member(connection, guild_id, member_id, State.ASKED)
        if not found or found[0].expires_at <= now():
            raise NotAsked
        return found[0]

    async def take(self, asked: OwnVoice, data: AsyncIterable[bytes]) -> OwnVoice:
        """Keeps the recording that answers the sentence, and forgets the member's earlier one.

        data: piece by piece, as it comes; what that raises is raised. Raises NotASample, NotAsked,
        SomebodyElses, NotOffered; NoWorker; OSError of the disk. Nothing is kept then.
        """
        path = self._folder / self._own / tracks.new_id()  # of two that are given at once, each has its own
        self._in_use.add(path.stem)
        try:
            await write_pieces(path, data)
            digest = await asyncio.to_thread(_digest, path)
            sample = await self._heard(path)
        finally:
            await asyncio.to_thread(delete_all, [path])
            self._in_use.discard(path.stem)
        sealed = await asyncio.to_thread(self._seal.seal, asked.owner, sample.data)
        values = {"sealed": sealed, "digest": digest, "seconds": sample.seconds, "given_at": now()}
        async with self._database.write() as connection:
            rules = await read_rules(connection, asked.guild_id)
            check_offered(rules, by_host=self._on)
            await lock_guild(connection, asked.guild_id)
            waiting = await voices.get(connection, asked.id, lock=True)
            if waiting is None or waiting.state != State.ASKED or waiting.expires_at <= now():
                raise NotAsked
            others = await voices.find(
                connection, table.c.digest == digest, table.c.member_id != asked.member_id
            )
            if others:
                raise SomebodyElses
            place = asked.guild_id, asked.member_id
            await voices.forget(connection, *await voices.of_member(connection, *place, *KEPT))
            channel_id = rules.review_channel_id
            state = State.READY if channel_id is None else State.IN_REVIEW
            await voices.change(connection, asked.id, state=state, **values)
            if channel_id is not None:
                await kept_messages.touch(connection, voices.message_of(asked.id), asked.guild_id, channel_id)
            (taken,) = await voices.of_member(connection, *place, *KEPT)
        log.info("a voice is kept", guild=asked.guild_id, state=str(taken.state))
        return taken

    async def _heard(self, path: Path) -> Sample:
        try:
            async with self._desk:
                return await self._workers.run(jobs.LISTENING, jobs.sample, path, SHORTEST, LONGEST)
        except AudioError as error:
            raise NotASample(error.flaw, error.seconds) from error
        except WorkerEnded as error:
            log.warning("a recording ended its worker", error=str(error))
            raise NotASample(Flaw.UNREADABLE) from error

    # heard ----------------------------------------------------------------------------------------

    async def get(self, voice_id: str) -> OwnVoice | None:
        """The recording with that id, of any guild: for what the bot does by itself."""
        async with self._database.read() as connection:
            return await voices.get(connection, voice_id)

    async def recording(self, voice: OwnVoice) -> bytes | None:
        """The MP3; None where it is forgotten, or was sealed with a secret that is no longer known."""
        async with self._database.read() as connection:
            sealed = await voices.sealed(connection, voice.id)
        return await asyncio.to_thread(self._seal.open, voice.owner, sealed)

    async def recordings_of(self, member_id: int) -> list[tuple[int, bytes]]:
        """All that is kept of the member's voice: guild ids, and MP3s."""
        async with self._database.read() as connection:
            kept = await voices.find(connection, table.c.member_id == member_id, table.c.sealed != "")
        found = [(voice.guild_id, await self.recording(voice)) for voice in kept]
        return [(guild_id, data) for guild_id, data in found if data is not None]

    async def allow(self, guild_id: int, voice_id: str, moderator_id: int) -> OwnVoice:
        """A moderator lets the recording be sung with. Raises AlreadyHeard, Unopened."""
        voice = await self.get(voice_id)
        if (
            voice is not None
            and voice.guild_id == guild_id
            and await self.recording(voice) is None
            and await self.not_shown(voice_id)
        ):
            raise Unopened(voice)
        return await self._decide(guild_id, voice_id, moderator_id, allowed=True)

    async def refuse(self, guild_id: int, voice_id: str, moderator_id: int) -> OwnVoice:
        """A moderator does not, and it is forgotten. Raises AlreadyHeard."""
        return await self._decide(guild_id, voice_id, moderator_id, allowed=False)

    async def _decide(self, guild_id: int, voice_id: str, moderator_id: int, *, allowed: bool) -> OwnVoice:
        async with self._database.write() as connection:
            await lock_guild(connection, guild_id)
            voice = await voices.get(connection, voice_id, lock=True)
            if voice is None or voice.guild_id != guild_id or voice.state != State.IN_REVIEW:
                raise AlreadyHeard
            if allowed:
                await voices.change(connection, voice_id, state=State.READY, decided_by=moderator_id)
                await kept_messages.take_down(connection, voices.message_of(voice_id))
            else:
                await voices.forget(connection, voice)
            action = Action.ALLOW_VOICE if allowed else Action.REFUSE_VOICE
            await record(connection, guild_id, moderator_id, action, subject=str(voice.member_id))
        return voice

    async def not_shown(self, voice_id: str) -> OwnVoice | None:
        """Forgets a recording that moderators could not be shown; None where that is no longer to be done."""
        async with self._database.write() as connection:
            voice = await voices.get(connection, voice_id, lock=True)
            if voice is None or voice.state != State.IN_REVIEW:
                return None
            await voices.forget(connection, voice)
        return voice

    async def waiting(self) -> list[Posted]:
        """The messages in which recordings wait to be heard, of all guilds."""
        async with self._database.read() as connection:
            found = await voices.find(connection, table.c.state == State.IN_REVIEW) if self._on else []
            return await kept_messages.posted(connection, [voices.message_of(one.id) for one in found])

    async def lost(
        self, guild_id: int, channel_id: int, message_ids: Collection[int] | None = None
    ) -> list[OwnVoice]:
        """Forgets the recordings that waited to be heard in these of the channel's messages, which are gone.

        message_ids: None where the channel is. Returns them.
        """
        if not self._on:
            return []
        theirs = table.c.guild_id == guild_id, table.c.state == State.IN_REVIEW
        async with self._database.read() as connection:
            waiting = {voices.message_of(one.id): one for one in await voices.find(connection, *theirs)}
            gone = await kept_messages.posted_in(connection, waiting, channel_id, message_ids)
        found = [await self.not_shown(waiting[key].id) for key in gone]
        return [one for one in found if one is not None]

    # sung with ------------------------------------------------------------------------------------

    async def check(self, guild_id: int, member_id: int, track: Track) -> None:
        """Whether the member could sing over the track now.

        Raises NotOffered, NotYourTrack, NoVoice, NotHeardYet. `singing` asks again when it is asked for.
        """
        async with self._database.read() as connection:
            check_offered(await read_rules(connection, guild_id), by_host=self._on)
            check_own(track, member_id)
            await voices.usable(connection, guild_id, member_id)

    async def check_may_lend(self, guild_id: int, member_id: int) -> None:
        """Whether the member has a voice there to lend. Raises NotOffered, NoVoice, NotHeardYet."""
        async with self._database.read() as connection:
            await self._check(connection, guild_id, member_id)

    async def sings(self, connection: AsyncConnection, guild_id: int, member_id: int) -> bool:
        """Whether it could be sung with now."""
        try:
            await self._check(connection, guild_id, member_id)
        except RequestRefusal:
            return False
        return True

    async def _check(self, connection: AsyncConnection, guild_id: int, member_id: int) -> None:
        check_offered(await read_rules(connection, guild_id), by_host=self._on)
        await voices.usable(connection, guild_id, member_id)

    async def offered(self, guild_id: int) -> bool:
        """Whether songs are sung with members' voices there."""
        async with self._database.read() as connection:
            return self._on and (await read_rules(connection, guild_id)).own_voices

    async def taken_back(self, track: Track) -> Failure | None:
        """Why the track is not to be sung with its recording any more; None where it still may be."""
        voice = await self.get(track.voice_id or "")
        if voice is None or voice.state != State.READY:
            return Failure.VOICE_GONE
        return None if await self.offered(track.guild_id) else Failure.VOICE_OFF

    # forgotten ------------------------------------------------------------------------------------

    async def forget(self, guild_id: int, member_id: int) -> None:
        """Erases the member's recording there, at once. Raises NoVoice where there is none."""
        async with self._database.write() as connection:
            await lock_guild(connection, guild_id)
            theirs = table.c.guild_id == guild_id, table.c.member_id == member_id
            found = await voices.find(connection, *theirs, voices.not_forgotten())
            if not found:
                raise NoVoice
            await voices.forget(connection, *found)

    async def recall(self) -> None:
        """Looks whether recordings are kept from a time when the host had it switched on."""
        async with self._database.read() as connection:
            kept = await connection.scalar(sa.select(table.c.id).where(table.c.sealed != "").limit(1))
        self.offers_to_forget = self._on or kept is not None

    def start(self) -> None:
        """Begins to delete what is left of forgotten voices, also what an earlier run left."""
        self._tasks.begin(EVERY, self.clean)

    async def stop(self) -> None:
        """Deletes nothing any more."""
        await self._tasks.stop()

    async def clean(self) -> None:
        """Deletes what the provider has of forgotten voices, sentences that were not answered, and files
        that a kill left."""
        await asyncio.to_thread(_clear, self._folder, self._own, self._in_use)
        async with self._database.write() as connection:
            await connection.execute(table.delete().where(voices.ASKED, table.c.asked_at < voices.too_old()))
        await self._copies.delete()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _clear(folder: Path, own: str, in_use: Collection[str]) -> None:
    """Deletes files that nobody looks at: at once what is this process's own, others' when they are old."""
    before = voices.too_old().timestamp()
    for path in folder.rglob("*") if folder.is_dir() else ():
        with suppress(FileNotFoundError):  # it went meanwhile
            left = path.parent == folder / own and path.stem not in in_use
            if path.is_file() and (left or path.stat().st_mtime < before):
                path.unlink()
