"""A PostgreSQL that is there and will not, as failovers and administrators have it: no track fails of it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

import psycopg
import pytest
import sqlalchemy as sa
import sqlalchemy.exc
from kept_track import a_track
from postgresql import OwnServer
from psycopg import sql
from studio_harness import FakeDelivery, NewStudio, StudioHarness
from waiting import eventually

from rehearsal.wavespeed import Fault, WaveSpeedStandIn
from services.storage.database import MIGRATING, Database
from services.storage.leases import Lease
from services.tracks.sight import everything_in
from services.tracks.track import ENDED, State
from services.tracks.votes import Votes


class Server(OwnServer):
    """One whose administrator does things to it, each until it is undone."""

    def __init__(self) -> None:
        super().__init__()
        self._admin = psycopg.connect(self.url, autocommit=True)
        self._admin.execute("SET default_transaction_read_only = off; SET statement_timeout = 0")
        self._held: list[psycopg.Connection] = []

    def cut(self) -> None:
        self._admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )

    def standby(self) -> None:
        """What has a connection now stays with a standby: as where another server has become the first."""
        self._set_for_new_ones("on")
        self.cut()

    def no_standby(self) -> None:
        self._set_for_new_ones("off")

    def _set_for_new_ones(self, value: str) -> None:
        self._admin.execute(f"ALTER DATABASE postgres SET default_transaction_read_only = {value}".encode())

    def no_time(self) -> None:
        self._admin.execute("ALTER SYSTEM SET statement_timeout = 1")
        self._admin.execute("SELECT pg_reload_conf()")

    def time(self) -> None:
        self._admin.execute("ALTER SYSTEM RESET statement_timeout")
        self._admin.execute("SELECT pg_reload_conf()")

    def no_connections(self) -> None:
        self.cut()
        with contextlib.suppress(psycopg.OperationalError):
            while True:
                self._held.append(psycopg.connect(self.url))

    def connections(self) -> None:
        for one in self._held:
            one.close()
        self._held.clear()

    def close(self) -> None:
        self._admin.close()
        super().close()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.mark.parametrize(
    ("begin", "end"),
    [("standby", "no_standby"), ("no_time", "time"), ("no_connections", "connections")],
    ids=["standby", "statement_timeout", "too many connections"],
)
async def test_a_server_that_will_not_fails_no_track(
    new_studio: NewStudio, wave: WaveSpeedStandIn, server: Server, begin: str, end: str
) -> None:
    delivery = FakeDelivery(closed_for=10**6)
    async with new_studio(delivery, database_url=server.url, provider_patience=600) as harness:
        delivering = await harness.compose("Delivering")
        await harness.until(delivering.id, State.DELIVERING)
        held = wave.faults.add(Fault("render_held", times=None))
        rendering = await harness.compose("Rendering")
        await harness.until(rendering.id, State.RENDERING)
        await asyncio.to_thread(getattr(server, begin))
        try:
            delivery.closed_for = 0
            held.release()
            wave.faults.clear()
            await asyncio.sleep(2)  # that long it will not
        finally:
            await asyncio.to_thread(getattr(server, end))
        for track in (delivering, rendering):
            await eventually(lambda track=track: ended(harness, track.id), patience=60)
            assert (await harness.track(track.id)).state is State.DELIVERED
            assert await harness.kinds(track.id) == ["reserve", "spend"]
        assert sorted(one for one, _ in delivery.published) == sorted([delivering.id, rendering.id])
        seeds = [one.inputs["seed"] for one in wave.predictions.values()]
        assert all(seeds.count(track.seed) == 1 for track in (delivering, rendering))


async def ended(harness: StudioHarness, track_id: str) -> bool:
    try:
        return (await harness.track(track_id)).state in ENDED and len(await harness.kinds(track_id)) > 1
    except sqlalchemy.exc.DBAPIError:
        return False


async def test_a_place_whose_lock_was_lost_before_it_was_taken_is_locked_again(server: Server) -> None:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier("lock_lost")))
    url = sa.make_url(server.url).set(database="lock_lost").render_as_string(hide_password=False)
    database = Database(url)
    await database.migrate()
    await database.close()
    lease = Lease(url, 7, duration=15, renewal=5, lost=pytest.fail)
    await lease.lock()
    server.cut()
    with pytest.raises(psycopg.OperationalError):
        await lease.acquire()
    await lease.acquire()
    assert lease.surely_held
    await lease.release()


@pytest.mark.parametrize("isolation", ["repeatable read", "serializable"])
async def test_an_isolation_of_the_servers_own_refuses_nobody_who_comes_at_once(
    server: Server, isolation: str
) -> None:
    name = f"strict_{len(isolation)}"
    with psycopg.connect(server.url, autocommit=True) as other:
        other.execute(f"CREATE DATABASE {name}".encode())
        other.execute(f"ALTER DATABASE {name} SET default_transaction_isolation = '{isolation}'".encode())
    url = sa.make_url(server.url).set(database=name).render_as_string(hide_password=False)
    database = Database(url)
    await database.migrate()
    votes, track = Votes(database), await a_track(database)
    await asyncio.gather(*(votes.press(everything_in(1), track.id, member) for member in range(50)))
    assert await votes.count(track.id) == 50
    await database.close()


async def test_a_migration_takes_longer_than_the_server_gives_a_query(server: Server) -> None:
    with psycopg.connect(server.url, autocommit=True) as other:
        other.execute("CREATE DATABASE in_a_hurry")
        other.execute("ALTER DATABASE in_a_hurry SET statement_timeout = 200")
        other.execute("ALTER DATABASE in_a_hurry SET lock_timeout = 200")
    url = sa.make_url(server.url).set(database="in_a_hurry").render_as_string(hide_password=False)
    database = Database(url)
    with psycopg.connect(url) as another:  # as another cluster does, which migrates at the same time
        another.execute("SELECT pg_advisory_xact_lock(%s)", [MIGRATING])
        migrating = asyncio.create_task(database.migrate())
        await asyncio.sleep(0.6)  # three times as long as it gives a query
        assert not migrating.done()
    await migrating
    await database.close()
