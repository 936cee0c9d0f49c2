"""A process's place among a bot's clusters: one at a time, and whoever lost it writes nothing more."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from lease_processes import LONG, SHORT, Process, end_lease, is_so, process, run_out
from postgresql import new_postgresql
from psycopg import conninfo
from sqlalchemy.exc import DBAPIError
from waiting import eventually

from services import backup
from services.guilds.settings import next_number
from services.pipeline.takeover import Takeover
from services.settings_source import load_settings
from services.storage import leases
from services.storage.database import Database
from services.storage.leases import Lease, LeaseLost, PlaceTaken, now_here
from services.storage.outages import is_away
from services.storage.tables import clusters

ENDLESS = 3600.0  # longer than any test waits: what ends earlier has another reason


@pytest.fixture
def url() -> str:
    return new_postgresql()


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "LOCK_PATIENCE", 0.5)


def backends(url: str, which: str) -> int:
    """Ends those connections to the database, and says how many there were."""
    with psycopg.connect(url, autocommit=True) as connection:
        query = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {which}"  # noqa: S608
        return len(connection.execute(query.encode()).fetchall())


async def test_a_cluster_runs_once_and_others_run_beside_it(url: str) -> None:
    async with process(url) as first:
        with pytest.raises(PlaceTaken):
            async with process(url):
                pass
        async with process(url, cluster_id=1):
            await first.write()
        assert first.lease.epoch == 1
    async with process(url) as next_one:  # at once: what is released has not to run out
        assert next_one.lease.epoch == 2


async def test_a_connection_that_breaks_is_made_again_with_its_lock(url: str) -> None:
    async with process(url) as one:
        served_by = one.lease._process
        assert backends(url, f"pid = {served_by}") == 1
        await eventually(lambda: is_so(one.lease._process != served_by and one.lease.surely_held))
        await one.lease.ensure()
        await one.write()
        assert (one.lost, one.lease.epoch) == ([], 1)
        with pytest.raises(PlaceTaken):
            async with process(url):
                pass


async def test_nothing_goes_out_as_long_as_the_connection_is_gone(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = 0
    connect = Lease._connect

    async def counted(lease: Lease) -> psycopg.AsyncConnection[Any]:
        nonlocal tries
        tries += 1
        return await connect(lease)

    async with process(url, duration=ENDLESS) as one:  # though it would hold: somebody could have its lock
        monkeypatch.setattr(Lease, "_connect", counted)
        with closed(url):
            await eventually(lambda: is_so(not one.lease.surely_held))
            ensuring = asyncio.create_task(one.lease.ensure())
            await eventually(lambda: is_so(tries > 1))  # renewals that fail
            assert not ensuring.done()
        await ensuring


async def test_a_connection_that_only_the_server_still_believes_in_is_ended(url: str) -> None:
    async with process(url) as one:
        old, served_by = one.lease._connection, one.lease._process
        assert old is not None
        one.lease._connection = None
        await eventually(lambda: is_so(one.lease._process != served_by))
        assert (one.lost, backends(url, f"pid = {served_by}")) == ([], 0)
        await old.close()


async def test_whoever_starts_in_its_place_fences_it(url: str) -> None:
    async with process(url, renewal=15.0) as one:  # it does not look before it writes
        await one.freeze()
        assert one.lease._connection is not None
        await one.lease._connection.close()
        async with process(url) as other:
            for _ in range(2):  # and that is told once
                with pytest.raises(LeaseLost):
                    await one.write()
            with pytest.raises(LeaseLost):
                await one.lease.ensure()
            assert len(one.lost) == 1
            await other.write()
    async with Database(url).read() as connection:
        last = await connection.scalar(sa.text("SELECT last_number FROM guilds"))
    assert last == 1  # the other's


async def test_whose_lock_another_has_goes_no_further(url: str) -> None:
    async with process(url, duration=ENDLESS) as one:
        await one.freeze()
        assert one.lease._connection is not None
        await one.lease._connection.close()
        with psycopg.connect(url, autocommit=True) as other:  # it has begun to start, and has no epoch yet
            locking = f"SELECT pg_advisory_lock({leases.LOCKS}, 0)"
            await asyncio.to_thread(other.execute, locking.encode())
            one.thaw()
            await eventually(lambda: is_so(one.lost))
        with pytest.raises(LeaseLost):
            await one.lease.ensure()


async def test_it_is_sure_for_less_than_the_database_gives_it(url: str) -> None:
    async with process(url, duration=ENDLESS) as one:
        sure = one.lease._sure_until - now_here()
        async with one.database.read() as connection:
            left = "SELECT expires_at / 1e6 - extract(epoch FROM clock_timestamp()) FROM clusters"
            assert sure < 0.9 * float(await connection.scalar(sa.text(left)))


async def test_it_is_sure_from_when_it_asked_however_late_the_answer(url: str) -> None:
    async with process(url, duration=ENDLESS) as one:
        await one.freeze()
        async with one.database.read() as connection:
            await connection.execute(clusters.select().with_for_update())
            renewing = asyncio.create_task(one.lease._renew())
            await eventually(lambda: _waiting_for_a_lock(url))
            asked_before = now_here()
        await renewing
        assert one.lease._sure_until <= asked_before + one.lease._surely


async def test_it_finds_out_at_its_next_renewal(url: str) -> None:
    async with process(url) as one:
        async with Database(url).write() as connection:
            await connection.execute(clusters.update().values(epoch=clusters.c.epoch + 1, taken_by=1))
        await eventually(lambda: is_so(one.lost))
        assert not one.lease.surely_held


async def test_what_has_begun_to_write_is_waited_for_and_renewals_are_not(url: str) -> None:
    async with process(url, duration=LONG) as one:
        async with one.database.write() as connection:
            await next_number(connection, 5)
            renewed_at = one.lease._renewed_at
            await eventually(lambda: is_so(one.lease._renewed_at > renewed_at))
            taking = asyncio.create_task(_take(url))
            await eventually(lambda: _waiting_for_a_lock(url))
        await taking
        with pytest.raises(LeaseLost):
            await one.write()


async def test_nothing_goes_out_while_the_database_is_away_and_then_it_goes_on(url: str) -> None:
    async with process(url, duration=SHORT) as one:
        with closed(url):
            await eventually(lambda: is_so(not one.lease.surely_held))
            ensuring = asyncio.create_task(one.lease.ensure())
            await run_out(one)  # and nobody takes its place
            assert not ensuring.done()
        await ensuring
        assert (one.lost, one.lease.epoch) == ([], 1)
        assert not one.lease.steady  # others had no better connection: their time is not over yet


async def test_the_lock_of_one_that_is_frozen_is_taken_once_its_lease_has_run_out(url: str) -> None:
    async with process(url) as frozen:
        await frozen.freeze()
        with pytest.raises(PlaceTaken):
            async with process(url):
                pass
        await end_lease(url, 0)
        async with process(url) as other:
            assert other.lease.epoch == 2
            with pytest.raises(LeaseLost):
                await frozen.write()


async def test_a_transaction_of_one_that_is_frozen_holds_up_nobody(url: str) -> None:
    async with process(url, duration=SHORT) as frozen, process(url, cluster_id=1) as other:

        async def freeze_in_the_middle() -> None:
            async with frozen.database.write() as connection:
                await next_number(connection, 5)
                await asyncio.wait_for(other.write(), LONG)  # on the very row that is locked
                await next_number(connection, 5)

        with pytest.raises(DBAPIError) as error:
            await freeze_in_the_middle()
        assert is_away(error.value)  # so what it did is done again, and fails nothing


async def nothing() -> None:
    pass


async def epoch_of(one: Process, cluster_id: int) -> int | None:
    async with one.database.read() as connection:
        query = sa.select(clusters.c.epoch).where(clusters.c.cluster_id == cluster_id)
        return await connection.scalar(query)


async def epoch_is(one: Process, cluster_id: int, epoch: int) -> bool:
    return await epoch_of(one, cluster_id) == epoch


async def test_one_of_two_takes_the_place_of_one_that_is_gone(url: str) -> None:
    async with process(url, 0) as gone, process(url, 1) as one, process(url, 2) as two:
        both = [Takeover(each.database, each.lease, nothing) for each in (one, two)]

        async def look() -> None:
            await eventually(lambda: is_so(one.lease.steady and two.lease.steady))
            await asyncio.gather(*(each.take_places() for each in both))

        await look()
        assert await epoch_of(one, 0) == 1  # it lives
        await gone.freeze()
        await end_lease(url, 0)
        for _ in range(2):
            await look()
            assert await epoch_of(one, 0) == 2
        with pytest.raises(LeaseLost):
            await gone.write()
        await one.write()
        await two.write()


async def test_what_holds_up_going_on_with_ones_work_keeps_nobody_elses_place(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    held_up = asyncio.Event()

    async def hang(_takeover: Takeover) -> None:
        held_up.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(Takeover, "resume_all", hang)
    async with process(url, 0) as gone, process(url, 1) as one:
        looking = Takeover(one.database, one.lease, nothing)
        looking.start()
        await held_up.wait()
        await gone.freeze()
        await end_lease(url, 0)
        await eventually(lambda: epoch_is(one, 0, 2))
        await looking.stop()


async def test_who_renewed_a_little_late_may_still_take_places(url: str) -> None:
    """Its machine was busy, or the database: no lease of that length has run out by that."""
    async with process(url) as busy:
        await eventually(lambda: is_so(busy.lease.steady))
        await busy.freeze()
        before = busy.lease._renewed_at
        await eventually(lambda: is_so(now_here() > before + 5 * busy.lease.renewal))  # so much too late
        busy.thaw()
        await eventually(lambda: is_so(busy.lease._renewed_at > before))
        assert busy.lease.steady


async def test_after_a_database_was_away_for_all_everybody_has_time_to_come_back(url: str) -> None:
    async with process(url, 0, SHORT) as slow, process(url, 1, SHORT) as one:
        looking = Takeover(one.database, one.lease, nothing)
        await slow.freeze()
        with closed(url):
            await run_out(slow, one)
        await eventually(lambda: is_so(one.lease.surely_held))
        assert not one.lease.steady
        await looking.take_places()
        assert await epoch_of(one, 0) == 1  # it has run out; but whose fault is that?
        await eventually(lambda: is_so(one.lease.steady))
        await looking.take_places()
        assert await epoch_of(one, 0) == 2  # by now it would be back


class closed:  # noqa: N801  (reads as what it is: with closed(url))
    """A database to which nobody connects, and from which everybody is thrown out."""

    def __init__(self, url: str) -> None:
        self.url, self.name = url, conninfo.conninfo_to_dict(url)["dbname"]
        self.elsewhere = conninfo.make_conninfo(url, dbname="postgres")

    def _allow(self, yes: bool) -> None:
        with psycopg.connect(self.elsewhere, autocommit=True) as connection:
            connection.execute(f"ALTER DATABASE {self.name} ALLOW_CONNECTIONS {yes}".encode())

    def __enter__(self) -> None:
        self._allow(False)
        backends(self.elsewhere, f"datname = '{self.name}'")

    def __exit__(self, *_: object) -> None:
        self._allow(True)


async def _take(url: str) -> None:
    async with Database(url).write() as connection:
        await connection.execute(clusters.update().values(epoch=clusters.c.epoch + 1, taken_by=1))


async def _waiting_for_a_lock(url: str) -> bool:
    async with Database(url).read() as connection:
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        return bool(await connection.scalar(sa.text(waiting)))


async def test_nothing_is_restored_while_a_cluster_runs(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in {"DISCORD_TOKEN": "t", "WAVESPEED_API_KEY": "k", "DATABASE_URL": url}.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()  # with a DATA_DIR that nobody else has
    (tmp_path / "saved" / "tracks").mkdir(parents=True)
    (tmp_path / "saved" / "tracks" / "a.mp3").write_bytes(b"a song")
    async with process(url, cluster_id=3):
        with pytest.raises(backup.CannotBackUp, match="cluster 3 is running"):
            await asyncio.to_thread(backup.restore, settings, tmp_path / "saved")
    assert not (settings.data_dir / "tracks").exists()
    await asyncio.to_thread(backup.restore, settings, tmp_path / "saved")
    assert (settings.data_dir / "tracks" / "a.mp3").read_bytes() == b"a song"
