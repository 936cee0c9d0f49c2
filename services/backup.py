"""Saving everything, also while the bot runs, and putting it back: `python -m services.backup`.

What makes a saved state one from which the bot can go on:

- The workflows' database is copied first, ours second, the sound last; each database by SQLite's online
  backup, in one piece, as it stood at one moment. So our rows are never older than what DBOS believes: a step
  that DBOS does not know of finds in the row that it was done, as after a kill. The other way round, DBOS
  could take a submission for done of which our row has no prediction, and a paid track would be lost. And
  whatever sound our rows name is there to be copied, unless it was deleted meanwhile.
- What happened after the saving is forgotten by what is put back, and not by WaveSpeed and Discord. So every
  track without a prediction is marked as one whose submission may have been sent, and every track that is not
  posted as one that may have been: the bot looks into WaveSpeed's history and the channel before it POSTs.
  What the history no longer tells counts as spent. Nothing is paid for or posted a second time.
- Sound in an object store (STORAGE_URL) stays there, in a backup is only what has not come there yet. Nothing
  in the store is touched by what is put back: what it has counts more, and what is gone from it is gone.
- Of what goes on, each message is written anew: it may show what came after the saving. A vote or a message
  that was about to be posted may be there: it is looked for in the channel.
- What was paid for and is not in the restored ledger is on WaveSpeed's bill: `/host reconcile` shows it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sqlite3
import sys
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from services.env_file import write_private
from services.settings import Settings
from services.settings_source import SettingsError, load_settings
from services.storage.database import driver_url, file_url
from services.storage.disk import in_words
from services.storage.file_locks import InUse, this_data_only
from services.storage.host_state import Value
from services.storage.leases import running_on
from services.storage.private_files import UMASK
from services.storage.tables import GOING_ON as CONTEST_GOES_ON
from services.storage.tables import RELAY_GOES_ON, ballots, contests, house, kept_messages, parties, relays
from services.storage.tables import tracks as table
from services.storage.tables.party import GOING_ON as PARTY_GOES_ON
from services.tracks.track import ENDED

TABLES, QUEUE = "jamboree.sqlite", "queue.sqlite"  # as they are called in a backup
SOUND = ("tracks", "own")  # folders in DATA_DIR and in a backup
MOVES = "restoring.json"  # in DATA_DIR, while what was put back is moved to its place
UNFINISHED = (".part", ".download")  # files that are being made
BEFORE = 60_000_000  # microseconds; a message tried that long ago is looked for: Discord knows no nonce of it
KEPT = (  # messages that change for as long as that goes on which they show
    ("contest:", contests, CONTEST_GOES_ON),
    ("relay:", relays, RELAY_GOES_ON),
    ("party:", parties, PARTY_GOES_ON),
)
PATIENCE = 30.0  # seconds for a database that somebody else has locked


class CannotBackUp(Exception):
    """One line that says why nothing was saved or put back, and what to do."""


def save(settings: Settings, target: Path) -> None:
    """Saves the databases and the sound into a new folder, which has its name once it is complete. Blocks.

    With PostgreSQL, the sound alone: the tables are for pg_dump. Raises CannotBackUp, OSError, sqlite3.Error.
    """
    if target.exists():
        raise CannotBackUp(f"{target} is there already; name a new folder")
    part = target.with_name(f"{target.name}.part")
    shutil.rmtree(part, ignore_errors=True)  # what a saving left that was killed
    part.mkdir(parents=True)
    try:
        _save(settings, part)
        part.rename(target)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)  # most likely it is on a disk that is full
        raise


def _save(settings: Settings, folder: Path) -> None:
    first = settings.sqlite_files[0] if settings.sqlite_files else settings.data_dir
    if not first.exists():
        raise CannotBackUp(f"{first} is not there; set DATA_DIR to where the bot keeps its data")
    if settings.sqlite_files:
        ours, queue = settings.sqlite_files
        _copy_database(queue, folder / QUEUE)
        _copy_database(ours, folder / TABLES)
    for name in SOUND:
        _copy_sound(settings.data_dir / name, folder / name)


def restore(settings: Settings, source: Path, *, replace: bool = False) -> None:
    """Puts back what `save` saved; with PostgreSQL the sound, after pg_restore put back the tables. Blocks.

    All of it is made ready before anything that is there is touched: a backup that is damaged, or a disk
    that is full, leaves it as it is.

    One that is killed is ended by `finish`: by the next start, or by the next restore.

    replace: puts aside what is there, as `….before-<time>`. Raises CannotBackUp, where the bot runs and where
    something is there and `replace` is not set; OSError, sqlite3.Error, SQLAlchemyError.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    try:
        with this_data_only(settings.model_copy(update={"cluster_count": 1})):  # no cluster shares it now
            _restore(settings, source, replace=replace)
    except InUse as error:
        raise CannotBackUp(str(error)) from error


def _restore(settings: Settings, source: Path, *, replace: bool) -> None:
    files = dict(zip((TABLES, QUEUE), settings.sqlite_files, strict=False))
    if finish(settings.data_dir) == str(source.resolve()):
        return
    if not source.is_dir():
        why = "it is a file" if source.exists() else "there is no such folder"
        raise CannotBackUp(f"{source} is no backup: {why}")
    if not files:
        _check_nobody_runs(settings.tracks_database_url)
    for name in files:
        if not (source / name).is_file():
            raise CannotBackUp(f"{source} is no backup: {name} is not in it")
    targets = files | {name: settings.data_dir / name for name in SOUND}
    targets = {name: _led_to(target) for name, target in targets.items()}
    there = _in_the_way([*targets.values()])
    if there and not replace:
        raise CannotBackUp(f"{there[0]} is there already; REPLACE=yes puts aside what is there")
    ready = {name: target.with_name(f"{target.name}.restoring") for name, target in targets.items()}
    try:
        _make_ready(source, ready)
        if not files:
            _distrust(settings.tracks_database_url)
        moves = _aside(there)
        moves += [(ready[name], target) for name, target in targets.items() if ready[name].exists()]
        _move_all(moves, settings.data_dir / MOVES, source)
    finally:
        for path in ready.values():
            _remove(path)


def finish(data_dir: Path) -> str | None:
    """Ends a restore that was killed between two of its moves, and returns from where it is; else None.

    For whoever holds DATA_DIR, before anything in it is opened. Raises OSError.
    """
    noted = data_dir / MOVES
    if not noted.exists():
        return None
    begun = json.loads(noted.read_text())
    for path, target in begun["moves"]:
        if os.path.lexists(path) and not _is_there(Path(target)):
            os.replace(path, target)
    noted.unlink()
    return begun["source"]


def _check_nobody_runs(url: str) -> None:
    """Raises CannotBackUp where a cluster runs on that PostgreSQL, on whatever machine."""
    with _connected(url) as connection:
        cluster = running_on(connection)
    if cluster is not None:
        raise CannotBackUp(
            f"DATABASE_URL: cluster {cluster} is running on that database; stop every one first"
        )


def _make_ready(source: Path, ready: Mapping[str, Path]) -> None:
    """Copies all of it beside its place, where it may fail. Raises what `restore` does."""
    for name, path in ready.items():
        _remove(path)  # what a restoring left that was killed
        path.parent.mkdir(parents=True, exist_ok=True)
        if name in SOUND:
            _copy_sound(source / name, path)
            continue
        shutil.copyfile(source / name, path)
        _check(path, f"{source / name} is damaged", "restore another backup")
        if name == TABLES:
            _distrust(file_url(path))


def _in_the_way(paths: list[Path]) -> list[Path]:
    beside = [path.with_name(f"{path.name}{ending}") for path in paths for ending in ("", "-wal", "-shm")]
    return [path for path in beside if _is_there(path)]


def _is_there(path: Path) -> bool:
    """Whether nothing can be moved to it: an empty folder gives way."""
    return path.is_file() or path.is_symlink() or (path.is_dir() and any(path.iterdir()))


def _led_to(path: Path) -> Path:
    """Where the link leads that is there, so that it stays. One to a disk's top goes: nothing can take the
    place of that. Raises CannotBackUp."""
    led_to = path.resolve()
    if not os.path.ismount(led_to):
        return led_to
    if path.is_symlink():
        return path
    raise CannotBackUp(
        f"{path} is a disk of its own, and nothing can take its place; unmount it, and move onto it later "
        "what was put back"
    )


def _aside(paths: list[Path]) -> list[tuple[Path, Path]]:
    ending = f".before-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    return [(path, path.with_name(f"{path.name}{ending}")) for path in paths]


def _move_all(moves: list[tuple[Path, Path]], noted: Path, source: Path) -> None:
    """Each to where nothing is, or an empty folder: all of them or, whatever interrupts it, none.

    noted: a file that says meanwhile what is being moved.
    """
    paths = [(str(path.absolute()), str(target.absolute())) for path, target in moves]
    write_private(noted, json.dumps({"source": str(source.resolve()), "moves": paths}))
    done: list[tuple[Path, Path]] = []
    try:
        for path, target in moves:
            path.replace(target)
            done.append((path, target))
    except BaseException:
        for path, target in reversed(done):
            target.replace(path)
        noted.unlink()
        raise
    noted.unlink()


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    for ending in ("", "-wal", "-shm", "-journal"):
        path.with_name(f"{path.name}{ending}").unlink(missing_ok=True)


def _copy_database(source: Path, target: Path) -> None:
    """The database as it stands at one moment, what is only in its WAL too; nobody waits for that."""
    with (
        closing(sqlite3.connect(source, timeout=PATIENCE)) as original,
        closing(sqlite3.connect(target)) as copy,
    ):
        original.backup(copy)
    _check(target, f"{source} is damaged", "keep an older backup")


def _check(path: Path, problem: str, advice: str) -> None:
    """Raises CannotBackUp where SQLite finds it damaged."""
    with closing(sqlite3.connect(path)) as database:
        try:
            (found,) = database.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.DatabaseError as error:
            found = str(error)
    if found != "ok":
        raise CannotBackUp(f"{problem} ({found}); {advice}")


def _copy_sound(source: Path, target: Path) -> None:
    for path in _files(source):
        copy = target / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(path, copy)
        except FileNotFoundError:  # deleted meanwhile
            copy.unlink(missing_ok=True)


def _files(folder: Path) -> Iterator[Path]:
    """What is in it; what a link leads to is none of ours."""
    for inside, _folders, names in os.walk(folder):
        paths = (Path(inside, name) for name in names if not name.endswith(UNFINISHED))
        yield from (path for path in paths if not path.is_symlink())


def _distrust(url: str) -> None:
    """Has the bot look before it POSTs whatever these tables do not know to be done."""
    going_on = table.c.state.not_in(ENDED)
    unsent = sa.and_(going_on, table.c.prediction_id.is_(None))
    with _connected(url) as connection:
        first = connection.scalar(sa.select(sa.func.min(table.c.created_at)).where(unsent))
        if first is not None:  # the same for all, so that none takes another's for its own
            maybe_sent = table.update().where(unsent, table.c.intent_at.is_(None))
            connection.execute(maybe_sent.values(intent_at=sa.literal(first, table.c.intent_at.type)))
        maybe_posted = table.update().where(going_on, table.c.publish_intent_at.is_(None))
        long_ago = sa.type_coerce(table.c.created_at, sa.BigInteger) - BEFORE
        connection.execute(maybe_posted.values(publish_intent_at=long_ago))
        _distrust_messages(connection)
        connection.execute(house.delete().where(house.c.name == Value.RESTORED))
        at = datetime.now(UTC).isoformat()
        connection.execute(house.insert().values(name=Value.RESTORED, value=at))


def _distrust_messages(connection: sa.Connection) -> None:
    """Has a vote looked for that may be there, and what still changes written anew: it may show what came
    later."""
    waits = sa.and_(ballots.c.message_id.is_(None), ballots.c.intent_at.is_(None))
    connection.execute(ballots.update().where(waits).values(intent_at=ballots.c.created_at))
    there = set(sa.inspect(connection).get_table_names())  # an older version's backup has not all of these
    for kind, shown, goes_on in KEPT:
        if shown.name in there:
            keys = sa.select(sa.literal(kind) + shown.c.id).where(sa.text(goes_on))
            may_be_wrong = sa.and_(kept_messages.c.key.in_(keys), kept_messages.c.message_id.is_not(None))
            rewritten = kept_messages.update().where(may_be_wrong)
            connection.execute(rewritten.values(changed=kept_messages.c.changed + 1))


@contextmanager
def _connected(url: str) -> Generator[sa.Connection]:
    """One transaction on those tables; nothing stays open."""
    engine = sa.create_engine(driver_url(url))
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def _elsewhere(settings: Settings) -> str:
    """What neither saving nor restoring touches, to be said behind what was done."""
    said = ""
    if not settings.sqlite_files:
        said += " The tables are in PostgreSQL: pg_dump saves them, pg_restore puts them back (docs/host.md)."
    if settings.storage_url is not None:
        place = settings.storage_url
        said += f" The sound in {place} is not part of a backup and stays as it is (docs/storage.md)."
    return said


def main() -> int:
    """Returns the process's exit code."""
    parser = argparse.ArgumentParser(prog="python -m services.backup", description="Saves or restores all.")
    what = parser.add_subparsers(dest="what", required=True)
    saving = what.add_parser("save", help="also while the bot runs")
    saving.add_argument("folder", nargs="?", type=Path, help="a new one; backups/ and the time by default")
    restoring = what.add_parser("restore", help="while the bot does not run")
    restoring.add_argument("folder", type=Path, help="what was saved")
    restoring.add_argument("--replace", action="store_true", help="put aside what is there")
    given = parser.parse_args()
    os.umask(UMASK)
    folder, otherwise = given.folder, "name another folder, TO=…"
    try:
        settings = load_settings(without_secrets=True)
        if given.what == "save":
            folder = folder or Path("backups", f"{datetime.now(UTC):%Y%m%d-%H%M%S}")
            save(settings, folder)
            said = f"Saved in {folder}.{_elsewhere(settings)}"
        else:
            folder, otherwise = settings.data_dir, "set DATA_DIR to another one"
            restore(settings, given.folder, replace=given.replace)
            said = (
                "Restored. The bot goes on from there when it starts; /host reconcile shows what it missed. "
                "Who had themselves or their voice erased since it was saved is in it again (docs/host.md)."
                f"{_elsewhere(settings)}"
            )
    except (CannotBackUp, SettingsError) as error:
        return _failed(given.what, str(error))
    except (OSError, sqlite3.Error, SQLAlchemyError) as error:
        return _failed(given.what, in_words(error, folder, otherwise))
    print(said)  # noqa: T201
    return 0


def _failed(what: str, why: str) -> int:
    print(f"Nothing was {what}d: {why}", file=sys.stderr)  # noqa: T201
    return 1


if __name__ == "__main__":
    sys.exit(main())
