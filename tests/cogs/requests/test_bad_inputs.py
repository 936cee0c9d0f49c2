"""Bad input of every kind, also from a forged client: answered privately, never charged, nobody pinged."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
import sqlalchemy as sa
from bot_harness import TIMEOUT, VOICES, Harness, made, rule, said
from fuzzing import ATTEMPTS, Fuzzer, Place
from fuzzing_evenings import EVENINGS
from jamming import jam_id, join, start
from partying import ROOM, panel
from soak.seed import soak_seed, wanted

from rehearsal.discord.members.member import Answer, Member
from rehearsal.discord.members.reading import text_of, walk
from rehearsal.discord.start import first_world
from services.storage.tables import (
    album_posts,
    album_sharers,
    album_tracks,
    albums,
    entries,
    jams,
    own_voices,
    parties,
    party_skips,
    party_tracks,
    relays,
)
from services.storage.tables import tracks as track_table

NewHarness = Callable[..., AbstractAsyncContextManager[Harness]]
FEW, MANY = 360, 10_000
HOME = int(first_world().guild("The Porch").id)  # where /host is, which none of the liars may use
STATES = (  # of what goes on
    (jams.c.id, jams.c.phase, jams.c.state),
    (albums.c.id, albums.c.title, albums.c.description, albums.c.cover_id),
    tuple(album_sharers.c),
    (relays.c.id, relays.c.phase, relays.c.turn, relays.c.starter_id),
    (parties.c.id, parties.c.place, parties.c.paused, parties.c.ended_because),
    (own_voices.c.member_id, own_voices.c.state),
)
SAY_EVERY = 1000  # inputs between two lines of progress


async def a_place(harness: Harness, ben: Member, cleo: Member) -> Place:
    """A track of Cleo's, a jam of hers that Ben is in, and a track and a jam in another guild."""
    ada = await harness.member("Ada", guild="Rooftop")
    theirs = await made(cleo, "Hers")
    other = await made(ada, "Elsewhere")
    panel = await start(cleo, "Ours")
    await join(ben, "Ours")
    their_panel = await start(ada, "Theirs")
    filled, theirs_to_fill = (
        await an_album(cleo, "Filled"),
        await an_album(ada, "Elsewhere"),
    )
    page = await said(await cleo.slash("album show", album=filled), "Filled")
    await said(await cleo.press(page, f"album:share:{filled}", [ben.id], forged=True), f"<@{ben.id}>")
    await rule(harness, own_voices=True)
    await said(await ben.slash("voice record"), "Say this aloud")
    queue = await ben.slash("queue")
    await queue.until(lambda now: now.text, TIMEOUT)
    return Place(
        commands=list(harness.discord.world.commands.values()),
        private=queue,
        public=await ben.say("no track"),
        theirs=track_in(theirs),
        elsewhere=(track_in(other), jam_id(their_panel), theirs_to_fill, await a_relay(ada)),
        jam=jam_id(panel),
        panel=panel,
        album=filled,
        relay=await a_relay(cleo, next_is=ben),
        party=await a_party(harness, cleo, ben),
    )


async def an_album(member: Member, title: str) -> str:
    page = await said(await member.slash("album new", title=title), "is there")
    assert page.message
    ids = [one["custom_id"] for one in walk(page.message["components"]) if one.get("custom_id")]
    return ids[0].split(":")[2]


async def a_relay(starter: Member, *, next_is: Member | None = None) -> str:
    """One that goes on, and in which it is that member's line."""
    await said(await starter.slash("relay start", theme="Lines", seats=2, minutes=1440), "is open")
    post = await starter.wait_message(lambda one: "A line each: Lines" in text_of(one), TIMEOUT)
    own_id = next(one["custom_id"] for one in walk(post["components"]) if one.get("custom_id")).split(":")[2]
    if next_is is not None:
        await next_is.press(post, f"relay:sit:{own_id}", forged=True)
        turn = await starter.wait_message(lambda one: "it is your line" in text_of(one), TIMEOUT)
        await said(await starter.submit(await starter.press(turn, "Write my line"), line="La la"), "written")
        asked = f"<@{next_is.id}>, it is your line"
        await next_is.wait_message(lambda one: asked in text_of(one), TIMEOUT)
    return own_id


async def a_party(harness: Harness, starter: Member, other: Member) -> str:
    """One that both listen to, and that does not go on."""
    for one in (starter, other):
        await one.go(ROOM)
        await one.join_voice()
    await said(await starter.slash("party start", play="Hers"), "I am coming")
    assert harness.bot is not None
    (party,) = await harness.bot.studio.parties.going_on()
    await starter.press(await panel(starter, "Hers"), f"party:pause:{party.id}", forged=True)
    await panel(starter, "Paused")
    for one in (starter, other):
        await one.go("music")
    return party.id


def track_in(message: dict[str, Any]) -> str:
    return message["components"][0]["components"][0]["custom_id"].split(":")[-1]


async def fuzzed(harness: Harness, count: int, seed: int) -> None:
    await harness.start()
    ben, cleo = await harness.member("Ben"), await harness.member("Cleo")
    place = await a_place(harness, ben, cleo)
    before = await what_there_is(harness)
    seen = {one["id"] for one in await ben.messages()}
    fuzzer, attempts = Fuzzer(seed, cleo.id), ATTEMPTS + EVENINGS
    for number in range(count):
        attempt = attempts[number % len(attempts)]
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
    """Entries, tracks and albums, by number; all that goes on as it is."""
    assert harness.bot is not None
    async with harness.bot.studio.database.read() as connection:
        counted = [
            await connection.scalar(sa.select(sa.func.count()).select_from(table))
            for table in (entries, track_table, album_tracks, album_posts, party_skips, party_tracks)
        ]
        states = [(await connection.execute(sa.select(*columns))).all() for columns in STATES]
    return [*counted, *states]


async def test_bad_input_is_answered_and_costs_nothing(new_harness: NewHarness) -> None:
    async with new_harness(host_guild_id=HOME, **VOICES) as harness:
        await fuzzed(harness, FEW, seed=1)


@pytest.mark.soak
@pytest.mark.timeout(1800)
async def test_ten_thousand_bad_inputs(new_harness: NewHarness) -> None:
    async with new_harness(host_guild_id=HOME, **VOICES) as harness:
        await fuzzed(harness, wanted("inputs", MANY), seed=soak_seed())
