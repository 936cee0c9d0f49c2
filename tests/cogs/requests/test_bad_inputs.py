"""Bad input of every kind, also from a forged client: answered privately, never charged, nobody pinged."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
import sqlalchemy as sa
from bot_harness import TIMEOUT, VOICES, Harness, made
from fuzzing import ATTEMPTS, Fuzzer, Place
from jamming import jam_id, join, start
from soak.seed import soak_seed, wanted

from rehearsal.discord.members.member import Answer, Member
from rehearsal.discord.members.reading import text_of
from rehearsal.discord.start import first_world
from services.storage.tables import entries, jams
from services.storage.tables import tracks as track_table

NewHarness = Callable[..., AbstractAsyncContextManager[Harness]]
FEW, MANY = 280, 10_000
HOME = int(first_world().guild("The Porch").id)  # where /host is, which none of the liars may use
SAY_EVERY = 1000  # inputs between two lines of progress


async def a_place(harness: Harness, ben: Member, cleo: Member) -> Place:
    """A track of Cleo's, a jam of hers that Ben is in, and a track and a jam in another guild."""
    ada = await harness.member("Ada", guild="Rooftop")
    theirs = await made(cleo, "Hers")
    other = await made(ada, "Elsewhere")
    panel = await start(cleo, "Ours")
    await join(ben, "Ours")
    their_panel = await start(ada, "Theirs")
    queue = await ben.slash("queue")
    await queue.until(lambda now: now.text, TIMEOUT)
    return Place(
        commands=list(harness.discord.world.commands.values()),
        private=queue,
        public=await ben.say("no track"),
        theirs=track_in(theirs),
        elsewhere=(track_in(other), jam_id(their_panel)),
        jam=jam_id(panel),
        panel=panel,
    )


def track_in(message: dict[str, Any]) -> str:
    return message["components"][0]["components"][0]["custom_id"].split(":")[-1]


async def fuzzed(harness: Harness, count: int, seed: int) -> None:
    await harness.start()
    ben, cleo = await harness.member("Ben"), await harness.member("Cleo")
    place = await a_place(harness, ben, cleo)
    before = await what_there_is(harness)
    seen = {one["id"] for one in await ben.messages()}
    fuzzer = Fuzzer(seed, cleo.id)
    for number in range(count):
        attempt = ATTEMPTS[number % len(ATTEMPTS)]
        told = f"{attempt.__name__} number {number} of SOAK_SEED={seed}"
        try:
            answer = await attempt(fuzzer, ben, place)
            await answer.until(lambda now: now.state in ("answered", "failed") or now.followups, TIMEOUT)
        except Exception as error:
            raise AssertionError(f"{told}: {error}") from error
        holds(answer, ben, place, told)
        if (number + 1) % SAY_EVERY == 0:
            print(f"{number + 1} of {count} bad inputs", flush=True)  # noqa: T201
    assert await what_there_is(harness) == before
    new = [one for one in await ben.messages() if one["id"] not in seen and not one.get("ephemeral")]
    assert [text_of(one) for one in new] == []


def holds(answer: Answer, ben: Member, place: Place, told: str) -> None:
    """Answered, in private, with a reason that is one, and without pinging anybody."""
    assert answer.error is None, f"{told}: {answer.error}"
    messages = [one for one in (answer.message, *answer.followups) if one is not None]
    messages = [one for one in messages if one["id"] != place.panel["id"]]  # below which it was sent
    assert messages or answer.modal, f"{told}: nothing was said"
    for message in messages:
        assert message.get("ephemeral"), f"{told}: {message}"
        assert "Something broke" not in text_of(message), f"{told}: {text_of(message)}"
        pinged = {user["id"] for user in message["mentions"]}
        assert pinged <= {ben.id}, told
        assert not message.get("mention_everyone"), told
        assert not message.get("mention_roles"), told


async def what_there_is(harness: Harness) -> list[Any]:
    """Entries and tracks, by number; jams as they are."""
    assert harness.bot is not None
    async with harness.bot.studio.database.read() as connection:
        counted = [
            await connection.scalar(sa.select(sa.func.count()).select_from(table))
            for table in (entries, track_table)
        ]
        states = (await connection.execute(sa.select(jams.c.id, jams.c.phase, jams.c.state))).all()
    return [*counted, *states]


async def test_bad_input_is_answered_and_costs_nothing(new_harness: NewHarness) -> None:
    async with new_harness(host_guild_id=HOME, **VOICES) as harness:
        await fuzzed(harness, FEW, seed=1)


@pytest.mark.soak
@pytest.mark.timeout(1800)
async def test_ten_thousand_bad_inputs(new_harness: NewHarness) -> None:
    async with new_harness(host_guild_id=HOME, **VOICES) as harness:
        await fuzzed(harness, wanted("inputs", MANY), seed=soak_seed())
