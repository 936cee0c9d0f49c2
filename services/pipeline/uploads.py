"""Members' own sound files that they have reworked.

The rule: a file is kept only until the track that is made from it has ended, or for an hour where its member
does not confirm that they may use it; what they confirmed stays, with when.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from services.audio.mastered import Admitted, AudioError, Flaw
from services.delivery import Delivery
from services.periodic_tasks import PeriodicTasks
from services.prompts.prompt import LONGEST, SHORTEST
from services.storage.audio_store import AudioStore, own_card_name, own_file_name
from services.storage.database import Database, now
from services.storage.files import delete_all
from services.storage.outages import done_later
from services.storage.private_files import write_pieces
from services.storage.tables import own_files
from services.storage.tables import tracks as track_table
from services.text.refusal import Refusal
from services.tracks import tracks
from services.tracks.track import ENDED
from services.workers import jobs
from services.workers.pool import WorkerEnded, Workers

log = structlog.get_logger(__name__)

UNCONFIRMED = timedelta(hours=1)
MOST_UNCONFIRMED = 3  # of one member in one guild; an older one goes
EVERY = 60.0  # seconds from one `clean` to the next
AT_ONCE = 1  # of the workers, which others wait for as well


class NotUsable(Exception):
    """The file cannot be reworked. seconds: how long it plays, where that is why."""

    def __init__(self, flaw: Flaw, seconds: float = 0.0) -> None:
        super().__init__(flaw.name)
        self.flaw = flaw
        self.seconds = seconds


class FileGone(Refusal):
    """The file is no longer kept, or was used already; or it is somebody else's."""


@dataclass(frozen=True, slots=True)
class OwnFile:
    """A member's file. kind: "mp3", "wav", …; seconds: how long it plays."""

    id: str
    guild_id: int
    member_id: int
    name: str
    kind: str
    seconds: float


class Uploads:
    """The files of members, in `store`; what is being looked at is in `data_dir`."""

    def __init__(
        self, database: Database, workers: Workers, delivery: Delivery, data_dir: Path, store: AudioStore
    ) -> None:
        self._database = database
        self._workers = workers
        self._delivery = delivery
        self._store = store
        self._folder = data_dir / "own"
        self._desk = asyncio.Semaphore(AT_ONCE)
        self._tasks = PeriodicTasks()

    async def take(self, guild_id: int, member_id: int, name: str, data: AsyncIterable[bytes]) -> OwnFile:
        """Keeps the file for now. Raises NotUsable where it is no sound, or too short or too long; NoWorker;
        OSError of the store.

        data: piece by piece, as it comes; what that raises is raised, and nothing is kept.
        """
        file_id = tracks.new_id()
        path = self._folder / file_id
        try:
            await write_pieces(path, data)
            admitted = await self._admit(path, name)
            file = OwnFile(file_id, guild_id, member_id, name, admitted.kind, admitted.seconds)
            older = await self._write_down(file)  # first, so that nothing is kept that `clean` does not know
            await self._store.keep(own_card_name(file_id), _card_of(path))
            await self._store.keep(own_file_name(file_id), path)
        except BaseException:
            await asyncio.to_thread(delete_all, [path, _card_of(path)])
            raise
        with done_later():  # by `clean`
            await self._delete(older)
        return file

    async def _write_down(self, file: OwnFile) -> list[str]:
        """Returns the member's unconfirmed files (ids) that are too many now."""
        async with self._database.write() as connection:
            await connection.execute(own_files.insert().values(**asdict(file), created_at=now()))
            unused = await connection.execute(_unused(file.guild_id, file.member_id))
            return [one.id for one in unused.all()[MOST_UNCONFIRMED:]]

    async def _admit(self, path: Path, name: str) -> Admitted:
        label = self._delivery.credits_of_file(name)
        try:
            async with self._desk:
                return await self._workers.run(jobs.LISTENING, jobs.admit, path, label, SHORTEST, LONGEST)
        except AudioError as error:
            log.info("an own file is not usable", error=str(error))
            raise NotUsable(error.flaw, error.seconds) from error
        except WorkerEnded as error:
            log.warning("an own file ended its worker", error=str(error))
            raise NotUsable(Flaw.UNREADABLE) from error

    async def find(self, guild_id: int, member_id: int, file_id: str) -> OwnFile:
        """The member's file that no track was made from yet. Raises FileGone."""
        async with self._database.read() as connection:
            return await find_unused(connection, guild_id, member_id, file_id)

    async def fetch(self, file_id: str) -> Path:
        """Where on this machine the file is. Raises FileNotFoundError where it is gone; StoreAway."""
        return await self._store.fetch(own_file_name(file_id))

    async def card(self, file_id: str) -> Path:
        """Where the picture of its loudness is (PNG). Raises as `fetch` does."""
        return await self._store.fetch(own_card_name(file_id))

    async def forget(self, guild_id: int, member_id: int, file_id: str) -> None:
        """Deletes a file that was not used after all; nothing where there is none of theirs."""
        try:
            await self.find(guild_id, member_id, file_id)
        except FileGone:
            return
        await self._delete([file_id])

    # until they are gone --------------------------------------------------------------------------

    def start(self) -> None:
        """Begins to delete what may go, also what an earlier run left."""
        self._tasks.begin(EVERY, self.clean)

    async def stop(self) -> None:
        """Clears nothing away any more."""
        await self._tasks.stop()

    async def clean(self) -> None:
        """Deletes the files of tracks that have ended, of nobody any more, and those never confirmed.

        And those that a kill left before they were written down.
        """
        columns = own_files.c
        ended = sa.select(track_table.c.id).where(track_table.c.state.in_(ENDED))
        late = sa.and_(columns.track_id.is_(None), columns.created_at < now() - UNCONFIRMED)
        over = sa.or_(columns.track_id.in_(ended), columns.member_id < 0, late)
        old = await asyncio.to_thread(_old_ones, self._folder)
        async with self._database.read() as connection:
            query = sa.select(columns.id).where(columns.deleted_at.is_(None), over)
            ids = list(await connection.scalars(query))
            known = sa.select(columns.id).where(columns.id.in_(old), columns.deleted_at.is_(None))
            left = old.difference(await connection.scalars(known))
        await self._delete([*ids, *sorted(left)])

    async def _delete(self, ids: list[str]) -> None:
        if ids:
            names = [name for one in ids for name in (own_file_name(one), own_card_name(one))]
            await self._store.delete(names)
            async with self._database.write() as connection:
                gone = own_files.update().where(own_files.c.id.in_(ids))
                await connection.execute(gone.values(deleted_at=now()))


def _unused(guild_id: int, member_id: int) -> sa.Select[Any]:
    """The member's files that no track was made from, the newest first."""
    columns = own_files.c
    theirs = sa.and_(columns.guild_id == guild_id, columns.member_id == member_id)
    unused = sa.and_(columns.track_id.is_(None), columns.deleted_at.is_(None))
    return own_files.select().where(theirs, unused).order_by(columns.created_at.desc())


async def find_unused(connection: AsyncConnection, guild_id: int, member_id: int, file_id: str) -> OwnFile:
    """The member's file that no track was made from yet. Raises FileGone."""
    query = _unused(guild_id, member_id).where(own_files.c.id == file_id)
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise FileGone
    return OwnFile(row.id, row.guild_id, row.member_id, row.name, row.kind, row.seconds)


async def use(connection: AsyncConnection, file: OwnFile, track_id: str, statement: str) -> None:
    """Writes down what the member confirmed of the file, and for which track. Raises FileGone."""
    unused = sa.and_(own_files.c.track_id.is_(None), own_files.c.deleted_at.is_(None))
    used = await connection.execute(
        own_files.update()
        .where(own_files.c.id == file.id, unused)
        .values(track_id=track_id, statement=statement, confirmed_at=now())
    )
    if not used.rowcount:
        raise FileGone


def _old_ones(folder: Path) -> set[str]:
    """The ids of the files there that are too old to be written down only now."""
    before = now().timestamp() - UNCONFIRMED.total_seconds()
    old: set[str] = set()
    for path in folder.iterdir() if folder.is_dir() else ():
        with suppress(FileNotFoundError):  # it went meanwhile
            if path.stat().st_mtime < before:
                old.add(path.name.partition(".")[0])
    return old


def _card_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.png")
