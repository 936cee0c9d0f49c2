"""What a backup that is put back makes of the tables, on either database."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from full_disk import read_only, small_disk
from migrated import migrated_folder, migrated_postgresql
from pydantic import SecretStr
from s3_server import KEY
from soak.variants import few_of
from studio_harness import NewStudio

from services import backup
from services.pipeline.queue import NotWaiting
from services.settings import Settings
from services.settings_source import load_settings
from services.storage import host_state
from services.storage.database import Database, now
from services.storage.host_state import Value
from services.tracks import tracks
from services.tracks.sight import everything_in
from services.tracks.track import Reply, State, Track


async def a_track(database: Database, number: int, **values: Any) -> Track:
    given = {"state": State.WAITING, "created_at": now() - timedelta(minutes=number), **values}
    async with database.write() as connection:
        return await tracks.add(
            connection, id=tracks.new_id(), guild_id=1, number=number, guild_name="Guild", channel_id=2,
            member_id=7, member_name="Ben", model="m", title="Diary", tags="hush", lyrics="me",
            duration=5, seed=number, price=1000, turn=0, **given,
        )  # fmt: skip


async def again(database: Database, track: Track) -> Track:
    async with database.read() as connection:
        found = await tracks.get(connection, track.id)
    assert found is not None
    return found


async def test_what_may_have_been_sent_or_posted_since_is_marked(database: Database) -> None:
    newest, oldest = await a_track(database, 1), await a_track(database, 9)
    sent_at = now() - timedelta(minutes=3)
    sent = await a_track(database, 4, state=State.SUBMITTING, intent_at=sent_at)
    rendered = await a_track(database, 5, state=State.RENDERING, prediction_id="p5")
    ended = await a_track(database, 6, state=State.DELIVERED, prediction_id="p6")
    url = database.url.render_as_string(hide_password=False)
    await asyncio.to_thread(backup._distrust, url)  # pyright: ignore[reportPrivateUsage]
    for track in (newest, oldest):
        assert (await again(database, track)).intent_at == oldest.created_at
    assert (await again(database, sent)).intent_at == sent_at
    assert (await again(database, rendered)).intent_at is None
    for track in (newest, oldest, sent, rendered):
        long_ago = track.created_at - timedelta(microseconds=backup.BEFORE)
        assert (await again(database, track)).publish_intent_at == long_ago
    assert (await again(database, ended)).publish_intent_at is None
    async with database.read() as connection:
        assert await host_state.read(connection, Value.RESTORED) is not None


async def test_what_may_have_been_sent_since_is_not_cancelled(new_studio: NewStudio) -> None:
    """It would be paid for, and its money given back."""
    async with new_studio(launch=False) as harness:
        await harness.studio.queue.pause(1)
        track = await harness.compose()
    url = harness.settings.tracks_database_url
    await asyncio.to_thread(backup._distrust, url)  # pyright: ignore[reportPrivateUsage]
    async with new_studio() as harness:
        with pytest.raises(NotWaiting):
            await harness.studio.queue.cancel(everything_in(1), track.id, 7, moderator=False)
        await harness.studio.untold.take_back([await harness.track(track.id)])
        assert await harness.kinds(track.id) == ["reserve"]
        await harness.studio.queue.resume(1)
        assert (await harness.settled(track.id)).state is State.DELIVERED


async def test_tokens_go_when_they_are_of_no_use(database: Database) -> None:
    late = now() - timedelta(minutes=16)
    kept = [
        await a_track(database, 1, reply_token="a", reply_at=now()),
        await a_track(database, 2, reply_token="b", reply_at=now(), state=State.DELIVERED, finished_at=late),
        await a_track(database, 3, reply_token="c", reply_at=now(), state=State.FAILED, finished_at=now()),
    ]
    gone = [
        await a_track(database, 4, reply_token="d", reply_at=late),
        await a_track(database, 5, reply_token="e", reply_at=now(), state=State.FAILED, finished_at=late),
        await a_track(database, 6, reply_token="f", reply_at=now(), state=State.CANCELLED, finished_at=late),
    ]
    async with database.write() as connection:
        await tracks.forget_tokens(connection, timedelta(minutes=15))
    assert [(await again(database, track)).reply for track in gone] == [None] * 3
    for track in kept:
        assert (await again(database, track)).reply == track.reply
        assert isinstance(track.reply, Reply)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Of a folder with databases and one sound."""
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "DISCORD_TOKEN": "t", "WAVESPEED_API_KEY": "k", "DATA_DIR": str(tmp_path / "data"),
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    migrated_folder(tmp_path / "data")
    (tmp_path / "data" / "tracks").mkdir()
    (tmp_path / "data" / "tracks" / "a.mp3").write_bytes(b"a song")
    return load_settings()


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.endswith("lock"))
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def full(_source: object, target: Path) -> None:
    target.write_bytes(b"half of it")
    raise OSError(28, "No space left on device")


def garbage(path: Path) -> None:
    path.write_bytes(b"garbage" * 999)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize(
    ("name", "damage"),
    [(name, damage) for name in ("jamboree.sqlite", "queue.sqlite") for damage in (garbage, cut)]
    + [("jamboree.sqlite", empty)],
)
def test_a_damaged_backup_leaves_what_is_there(
    settings: Settings, tmp_path: Path, name: str, damage: Callable[[Path], None]
) -> None:
    backup.save(settings, tmp_path / "saved")
    damage(tmp_path / "saved" / name)
    before = contents(settings.data_dir)
    with pytest.raises(Exception):  # noqa: B017, PT011  (which, is the damage's)
        backup.restore(settings, tmp_path / "saved", replace=True)
    assert contents(settings.data_dir) == before


@pytest.mark.parametrize("why", [OSError(16, "Device or resource busy"), KeyboardInterrupt()])
def test_what_cannot_be_put_in_its_place_leaves_what_is_there(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, why: BaseException
) -> None:
    """The sound comes last, when the databases have been put aside."""
    backup.save(settings, tmp_path / "saved")
    before = contents(settings.data_dir)
    replace = Path.replace

    def busy(path: Path, target: Path) -> Path:
        if path.name == "tracks.restoring":
            raise why
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", busy)
    with pytest.raises(type(why)):
        backup.restore(settings, tmp_path / "saved", replace=True)
    assert contents(settings.data_dir) == before


def test_sound_on_a_disk_of_its_own_is_left_there(settings: Settings, tmp_path: Path) -> None:
    backup.save(settings, tmp_path / "saved")
    with read_only(settings.data_dir / "tracks"):
        before = contents(settings.data_dir)
        with pytest.raises(backup.CannotBackUp, match="unmount it"):
            backup.restore(settings, tmp_path / "saved", replace=True)
        assert contents(settings.data_dir) == before


@pytest.mark.parametrize("there", [True, False])
def test_sound_is_put_back_where_a_link_leads(settings: Settings, tmp_path: Path, there: bool) -> None:
    backup.save(settings, tmp_path / "saved")
    link = settings.data_dir / "tracks"
    link.rename(tmp_path / "elsewhere")
    link.symlink_to(tmp_path / "elsewhere")
    if not there:
        (link / "a.mp3").unlink()
    backup.restore(settings, tmp_path / "saved", replace=True)
    assert link.is_symlink()
    assert (tmp_path / "elsewhere" / "a.mp3").read_bytes() == b"a song"
    assert len(list(tmp_path.glob("elsewhere.before-*"))) == there


def test_a_link_to_a_whole_disk_is_put_aside(settings: Settings, tmp_path: Path) -> None:
    backup.save(settings, tmp_path / "saved")
    shutil.rmtree(settings.data_dir / "tracks")
    with small_disk(tmp_path) as disk:
        (settings.data_dir / "tracks").symlink_to(disk)
        backup.restore(settings, tmp_path / "saved", replace=True)
        assert (settings.data_dir / "tracks" / "a.mp3").read_bytes() == b"a song"
        assert list(disk.iterdir()) == []


def test_a_full_disk_leaves_what_is_there_and_no_half_of_a_backup(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup.save(settings, tmp_path / "saved")
    before = contents(settings.data_dir)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfile", full)
        with pytest.raises(OSError, match="No space"):
            backup.restore(settings, tmp_path / "saved", replace=True)
        with pytest.raises(OSError, match="No space"):
            backup.save(settings, tmp_path / "again")
    assert contents(settings.data_dir) == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("again")] == []
    backup.save(settings, tmp_path / "again")
    backup.restore(settings, tmp_path / "again", replace=True)
    assert contents(settings.data_dir)["tracks/a.mp3"] == b"a song"


@pytest.mark.parametrize("what", ["save", "restore"])
@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("full", "the disk that {place} is on is full; make room there, or {otherwise}"),
        (
            "read-only",
            "cannot be written (Read-only file system); make it this account's own, or {otherwise}",
        ),
        ("file", "is no folder, and none can be made there; move it away, or {otherwise}"),
    ],
)
def test_what_is_wrong_with_the_folder_is_said_with_what_to_do(
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    kind: str,
    what: str,
    said: str,
) -> None:
    (settings.data_dir / "tracks" / "long.mp3").write_bytes(bytes(13 * 2**20))
    backup.save(settings, tmp_path / "saved")
    with ExitStack() as stack:
        place = tmp_path / "shut"
        if kind == "full":
            place = stack.enter_context(small_disk(tmp_path))
        elif kind == "read-only":
            place.mkdir()
            stack.enter_context(read_only(place))
        else:
            place.touch()
        place /= "new"
        saving = what == "save"
        monkeypatch.setenv("DATA_DIR", str(settings.data_dir if saving else place))
        argv = ["backup", what, str(place if saving else tmp_path / "saved")]
        monkeypatch.setattr(sys, "argv", argv)
        assert backup.main() == 1
    otherwise = "name another folder, TO=…" if saving else "set DATA_DIR to another one"
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"Nothing was {what}d: ")
    assert line.endswith(said.format(place=place, otherwise=otherwise))


KILLED = """
import os, signal, sys
from pathlib import Path
from services import backup

moves, move = int(sys.argv.pop(1)), Path.replace
begun = False

def replace(path, target):
    global moves, begun
    begun = begun or Path(target).name == backup.MOVES
    if begun and not moves:
        os.kill(os.getpid(), signal.SIGKILL)
    moves -= begun
    return move(path, target)

Path.replace = replace
sys.exit(backup.main())
"""


@pytest.mark.parametrize("moves", few_of(2, [3, 6, 1, 2, 4, 5]))
@pytest.mark.parametrize("again", [True, False], ids=["restored again", "started"])
def test_a_restore_that_is_killed_between_two_moves_is_finished_by_what_comes_next(
    settings: Settings, tmp_path: Path, moves: int, again: bool
) -> None:
    backup.save(settings, tmp_path / "saved")
    (settings.data_dir / "tracks" / "a.mp3").write_bytes(b"another song")
    (settings.data_dir / "tracks" / "b.mp3").write_bytes(b"a newer song")
    command = [sys.executable, "-c", KILLED, f"{moves}", "restore", "saved", "--replace"]
    environment = os.environ | {"PYTHONPATH": str(Path(backup.__file__).parents[1])}
    killed = subprocess.run(command, env=environment, check=False)
    assert killed.returncode == -signal.SIGKILL
    if again:
        backup.restore(settings, tmp_path / "saved")
    else:
        assert backup.finish(settings.data_dir) == str(tmp_path / "saved")
    found = contents(settings.data_dir)
    assert found["tracks/a.mp3"] == b"a song"
    (aside,) = settings.data_dir.glob("tracks.before-*")
    assert contents(aside) == {"a.mp3": b"another song", "b.mp3": b"a newer song"}
    assert {"jamboree.sqlite", "queue.sqlite"} < found.keys()
    assert not [name for name in found if "restoring" in name or name == "tracks/b.mp3"]
    assert backup.finish(settings.data_dir) is None


@pytest.mark.parametrize("name", ["100%25 ours", "ours?", "ours\n"])
def test_it_is_put_back_wherever_the_folder_is(settings: Settings, tmp_path: Path, name: str) -> None:
    backup.save(settings, tmp_path / "saved")
    backup.restore(settings.model_copy(update={"data_dir": tmp_path / name}), tmp_path / "saved")
    assert contents(tmp_path / name).keys() == contents(settings.data_dir).keys()


def test_where_a_link_leads_is_not_saved(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("not ours")
    (settings.data_dir / "tracks" / "b.mp3").symlink_to(tmp_path / "elsewhere")
    (settings.data_dir / "tracks" / "more").symlink_to(tmp_path)
    backup.save(settings, tmp_path / "saved")
    assert [path.name for path in (tmp_path / "saved" / "tracks").iterdir()] == ["a.mp3"]


@pytest.mark.parametrize("store", [None, "s3://ours/bot"])
def test_what_is_in_a_store_is_said_not_to_be_saved(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    store: str | None,
) -> None:
    """Nothing is asked of the store, which is nowhere."""
    given = KEY | {"storage_url": store, "aws_endpoint_url": "http://127.0.0.1:9"} if store else {}
    for name, value in given.items():
        monkeypatch.setenv(name.upper(), value)
    for arguments in (["save", "saved"], ["restore", "saved", "--replace"]):
        monkeypatch.setattr(sys, "argv", ["backup", *arguments])
        assert backup.main() == 0
        said = capsys.readouterr().out
        assert said.startswith(("Saved", "Restored"))
        assert ("The sound in s3://ours/bot is not part of a backup" in said) is bool(store)
    assert contents(settings.data_dir)["tracks/a.mp3"] == b"a song"


def test_a_folder_that_is_not_there_puts_nothing_aside(settings: Settings, tmp_path: Path) -> None:
    """With PostgreSQL, a backup may be empty: its sound is elsewhere."""
    on_postgresql = settings.model_copy(update={"database_url": SecretStr(migrated_postgresql())})
    before = contents(settings.data_dir)
    with pytest.raises(backup.CannotBackUp, match="no such folder"):
        backup.restore(on_postgresql, tmp_path / "typed wrongly", replace=True)
    assert contents(settings.data_dir) == before


def test_what_is_in_postgresql_is_said_not_to_be_saved(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is asked of the database, which is nowhere."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:9/nothing")
    monkeypatch.setattr(sys, "argv", ["backup", "save", "saved"])
    assert backup.main() == 0
    assert "The tables are in PostgreSQL: pg_dump saves them" in capsys.readouterr().out
    monkeypatch.setenv("DATA_DIR", "nowhere")
    monkeypatch.setattr(sys, "argv", ["backup", "save", "more"])
    assert backup.main() == 1
    assert "Nothing was saved: nowhere is not there; set DATA_DIR" in capsys.readouterr().err
