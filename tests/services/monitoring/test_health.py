"""/healthz and /livez: what is wrong, in words, within a second, and whether a restart would mend it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from asking import CONNECTED, asked, free_port
from postgresql import new_postgresql
from s3_server import s3_server, stored
from studio_harness import NewStudio, make_studio
from tcp_proxy import Proxy, proxy_to
from waiting import eventually

from rehearsal.wavespeed import Fault, WaveSpeedStandIn
from services.listener import CannotListen
from services.money.key_check import check_key
from services.monitoring import health, shared_probe
from services.monitoring.health import Gateway
from services.monitoring.server import MonitoringServer
from services.storage import disk, host_state
from services.storage.host_state import Value
from services.wavespeed.client import WaveSpeedError


@pytest.fixture(autouse=True)
def _always_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_probe, "FRESH", 0.0)


async def test_a_bot_that_is_well_says_ok(new_studio: NewStudio) -> None:
    async with new_studio() as harness, asked(harness) as outside:
        assert await outside.text("/healthz") == (200, "ok\n")
        assert await outside.text("/livez") == (200, "ok\n")
        parts = dict.fromkeys(("gateway", "database", "queue", "provider", "disk", "audio"), "ok")
        assert await outside.parts() == {"status": 200, "ok": True, **parts}
        assert (await outside.text("/"))[0] == 404


@pytest.mark.parametrize("how", ["closed", "deaf"])
async def test_a_database_that_is_away_is_no_reason_to_restart(
    tmp_path: Path, wave: WaveSpeedStandIn, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "GIVE_UP", 1.0)
    with proxy_to(new_postgresql()) as (proxy, url):
        away = make_studio(tmp_path, wave, launch=False, database_url=url)
        async with away as harness, asked(harness) as outside:
            assert (await outside.parts())["database"] == "ok"
            if how == "closed":
                await harness.database.close()
            proxy.open, proxy.deaf = how != "closed", how == "deaf"
            for _ in range(3):  # each of them, not only the first
                status, said = await outside.text("/healthz")
                assert status == 503
                assert "database: it " in said
                assert "tracks wait until it is back" in said
                assert "localhost" not in said
                assert "127.0.0.1" not in said
            assert await outside.text("/livez") == (200, "ok\n")
            samples = await outside.samples()
            assert samples["jamboree_healthy part=database"] == 0
            assert not [name for name in samples if name.startswith("jamboree_tracks_unfinished")]
            proxy.open, proxy.deaf = True, False

            async def back() -> bool:
                return (await outside.parts())["database"] == "ok"

            await eventually(back)


async def test_a_store_for_audio_that_is_away_is_told_of(tmp_path: Path, wave: WaveSpeedStandIn) -> None:
    way = Proxy(s3_server().port)
    given: dict[str, Any] = stored(f"http://127.0.0.1:{way.port}")
    try:
        async with make_studio(tmp_path, wave, **given) as harness, asked(harness) as outside:
            assert (await outside.parts())["audio"] == "ok"
            way.cut()
            track = await harness.compose()

            async def told() -> bool:
                return "tracks wait for it" in (await outside.parts())["audio"]

            await eventually(told)
            assert "127.0.0.1" not in (await outside.parts())["audio"]
            assert (await outside.text("/livez"))[0] == 200
            way.open = True
            await harness.settled(track.id)
            assert (await outside.parts())["audio"] == "ok"
    finally:
        way.close()


async def test_a_gateway_that_is_gone_is_told_of(new_studio: NewStudio) -> None:
    async with new_studio() as harness:
        async with asked(harness, Gateway(shards=3, connected=1, latency=None)) as outside:
            status, said = await outside.text("/healthz")
            assert (status, said.count("\n")) == (503, 1)
            assert said.startswith("gateway: shards not connected to Discord: 2 of 3")
            assert (await outside.text("/livez"))[0] == 200
            samples = await outside.samples()
            assert samples["jamboree_gateway_connected_shards"] == 1
            assert "jamboree_gateway_latency_seconds" not in samples
        async with asked(harness, Gateway(shards=0, connected=0, latency=None)) as outside:
            assert "not connected to Discord yet" in (await outside.text("/healthz"))[1]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault("down"), "no usable answer"),
        (Fault("bad_key"), "did not accept WAVESPEED_API_KEY"),
        (Fault("garbage", status=404), "turned its last request away"),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else "",
)
async def test_a_provider_that_refuses_is_known_from_what_was_asked_of_it(
    new_studio: NewStudio, wave: WaveSpeedStandIn, fault: Fault, words: str
) -> None:
    async with new_studio(launch=False) as harness, asked(harness) as outside:
        provider = harness.studio.accounts.host
        rule = wave.faults.add(replace(fault, endpoint="*", times=None))
        with pytest.raises(WaveSpeedError):
            await check_key(provider)
        requests = rule.hits
        assert words in (await outside.parts())["provider"]
        assert rule.hits == requests, "a probe asks nobody"
        wave.faults.remove(rule)
        await check_key(provider)
        assert (await outside.parts())["provider"] == "ok"


@pytest.mark.parametrize(
    ("stop", "words"),
    [(Value.BAD_KEY, "does not accept"), (Value.LOW_BALANCE, "cannot pay"), (Value.PAUSED, "ok")],
)
async def test_what_holds_the_hosts_tracks_is_wrong_unless_it_is_meant(
    new_studio: NewStudio, stop: Value, words: str
) -> None:
    async with new_studio(launch=False) as harness, asked(harness) as outside:
        async with harness.database.write() as connection:
            await host_state.write(connection, stop, "because")
        assert words in (await outside.parts())["provider"]
        async with harness.database.write() as connection:
            await host_state.write(connection, Value.PAUSED, "a host may do both")
        assert words in (await outside.parts())["provider"]


async def test_a_disk_that_is_nearly_full_is_told_of(
    new_studio: NewStudio, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(disk, "LEAST_FREE", 2**60)
    async with new_studio() as harness, asked(harness) as outside:
        status, said = await outside.text("/healthz")
        assert status == 503
        assert f"GiB are left in {tmp_path}" in said
        assert (await outside.text("/livez"))[0] == 200


async def test_a_queue_that_nobody_works_on_is_a_reason_to_restart(new_studio: NewStudio) -> None:
    async with new_studio() as harness, asked(harness) as outside:
        tasks = harness.studio.dispatch._tasks  # pyright: ignore[reportPrivateUsage]
        tasks[-1].cancel()
        await asyncio.wait({tasks[-1]})
        status, said = await outside.text("/livez")
        assert status == 503
        assert said.startswith("queue: what starts tracks has ended")


async def test_a_queue_that_cannot_be_looked_through_is_none(new_studio: NewStudio) -> None:
    async with new_studio() as harness, asked(harness) as outside:
        dispatch = harness.studio.dispatch
        assert dispatch.searched_at is not None
        dispatch.searched_at -= health.LONGEST_UNLOOKED + 1
        status, said = await outside.text("/healthz")
        assert status == 503
        assert said.startswith("queue: nobody could look through what is unfinished for 3")
        assert (await outside.text("/livez"))[0] == 200


async def test_a_bot_that_is_starting_is_alive_and_not_ready(new_studio: NewStudio) -> None:
    async with new_studio(launch=False) as harness, asked(harness) as outside:
        status, said = await outside.text("/healthz")
        assert status == 503
        assert "queue: no track is started: the bot is starting" in said
        assert (await outside.text("/livez"))[0] == 200


async def test_an_address_that_is_taken_is_refused_by_its_settings_name(new_studio: NewStudio) -> None:
    async with new_studio(launch=False) as harness, asked(harness) as outside:
        again = MonitoringServer(f"127.0.0.1:{outside.port}", harness.studio, lambda: CONNECTED)
        with pytest.raises(CannotListen, match=r"^METRICS_ADDRESS: .* 127\.0\.0\.1:\d+ \(.*in use"):
            await again.open()
        elsewhere = MonitoringServer(f"192.0.2.1:{free_port()}", harness.studio, lambda: CONNECTED)
        with pytest.raises(CannotListen, match="METRICS_ADDRESS"):
            await elsewhere.open()
