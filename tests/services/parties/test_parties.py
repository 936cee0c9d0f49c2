"""Parties on either database: one a guild, a queue that all see, and who may do what in it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from kept_track import a_track

from services.guilds.bans import Banned, Bans
from services.messages.kept_messages import KeptMessages
from services.parties import party as rules
from services.parties import privacy, service
from services.parties.party import (
    Audience,
    Ended,
    NoSuchParty,
    NothingToPlay,
    NotListening,
    NotYourParty,
    Party,
    PartyThere,
    QueueFull,
    Standing,
    skip_wanted,
    skips_missing,
)
from services.parties.service import Parties, key_of, touch_playing
from services.storage.database import Database, now
from services.storage.tables import tracks as table
from services.tracks import tracks
from services.tracks.sight import Sight
from services.tracks.track import State

ADA, BEN, CLEO, DORA = 5, 7, 8, 9
HALL, CELLAR, VOICE = 2, 3, 4  # channels; the cellar is not seen by all who listen
HEARD = Audience(Sight(1, frozenset({HALL, VOICE})))
OTHER_GUILD = Audience(Sight(2, frozenset({HALL, VOICE})))
LISTENERS = (BEN, CLEO, DORA)


async def going(database: Database, *titles: str, **given: Any) -> tuple[Parties, Party]:
    """Ben's party, with tracks of these names in its queue."""
    made = [await a_track(database, title=title, **given) for title in titles]
    parties = Parties(database)
    return parties, await parties.start(HEARD, VOICE, BEN, "Ben", [one.id for one in made])


def heard(standing: Standing) -> list[str]:
    """What plays now, and what comes."""
    queue = [standing.now, *standing.coming]
    return [one.track.title for one in queue if one is not None and one.track is not None]


async def test_it_plays_one_after_the_other_and_ends_with_the_last(database: Database) -> None:
    parties, party = await going(database, "One", "Two")
    assert heard(await parties.standing(party.id, HEARD)) == ["One", "Two"]
    await parties.note_played(party.id, 0, 2500)
    assert (await parties.standing(party.id, HEARD)).party.played == 2500
    await parties.ended(party.id, 0)
    await parties.ended(party.id, 0)  # said again after a kill
    await parties.note_played(party.id, 0, 9000)  # and late
    standing = await parties.standing(party.id, HEARD)
    assert (heard(standing), standing.party.played) == (["Two"], 0)
    await parties.ended(party.id, 1)
    standing = await parties.standing(party.id, HEARD)
    assert standing.party.ended_because is Ended.PLAYED
    assert await parties.going_on() == []


async def test_two_presses_at_once_skip_one_track(database: Database) -> None:
    parties, party = await going(database, "One", "Two", "Three")
    presses = [parties.skip(HEARD, party.id, BEN, LISTENERS, moderator=False, place=0) for _ in range(2)]
    assert await asyncio.gather(*presses) == [True, True]
    assert heard(await parties.standing(party.id, HEARD)) == ["Two", "Three"]


async def test_a_guild_has_one_at_a_time(database: Database) -> None:
    parties, party = await going(database, "One")
    with pytest.raises(PartyThere) as there:
        await going(database, "Two")
    assert there.value.party == party
    await parties.stop(HEARD, party.id, BEN, moderator=False)
    await going(database, "Two")


async def test_of_two_started_at_once_one_is(database: Database) -> None:
    song = await a_track(database)
    parties = Parties(database)
    starting = (parties.start(HEARD, VOICE, one, "Somebody", [song.id]) for one in (BEN, CLEO))
    found = await asyncio.gather(*starting, return_exceptions=True)
    assert sorted(type(one).__name__ for one in found) == ["Party", "PartyThere"]


async def test_what_listeners_may_not_see_is_not_played(database: Database) -> None:
    secret = await a_track(database, channel_id=CELLAR)
    withheld = await a_track(database, state=State.WITHHELD)
    deleted = await a_track(database, deleted_at=now())
    elsewhere = await a_track(database, guild_id=2)
    bad = [secret.id, withheld.id, deleted.id, elsewhere.id, "nothing"]
    parties = Parties(database)
    with pytest.raises(NothingToPlay):
        await parties.start(HEARD, VOICE, BEN, "Ben", bad)
    good = await a_track(database, title="Good")
    party = await parties.start(HEARD, VOICE, BEN, "Ben", [*bad, good.id, good.id])
    assert heard(await parties.standing(party.id, HEARD)) == ["Good"]
    with pytest.raises(NothingToPlay):
        await parties.add(HEARD, party.id, CLEO, bad)


async def test_what_is_withheld_meanwhile_is_left_out_and_the_panel_says_so(database: Database) -> None:
    parties, party = await going(database, "One", "Two", "Three")
    kept = KeptMessages(database)
    before = await kept.get(key_of(party.id))
    two = (await parties.standing(party.id, HEARD)).coming[0].track
    assert two is not None
    async with database.write() as connection:
        await tracks.change(connection, two.id, state=State.WITHHELD)
        await touch_playing(connection, two.id)
    assert heard(await parties.standing(party.id, HEARD)) == ["One", "Three"]
    after = await kept.get(key_of(party.id))
    assert before is not None
    assert after is not None
    assert after.changed == before.changed + 1
    await parties.ended(party.id, 0)
    assert (await parties.standing(party.id, HEARD)).now is None  # its place is passed by whoever plays


async def test_half_of_those_who_listen_skip(database: Database) -> None:
    parties, party = await going(database, "One", "Two", "Three")

    async def skip(member: int, listeners: tuple[int, ...] = LISTENERS, *, moderator: bool = False) -> bool:
        return await parties.skip(HEARD, party.id, member, listeners, moderator=moderator)

    assert not await skip(CLEO)
    assert not await skip(CLEO)  # twice is once
    assert await skip(DORA)
    assert (await parties.standing(party.id, HEARD)).skips == frozenset()
    assert heard(await parties.standing(party.id, HEARD)) == ["Two", "Three"]
    with pytest.raises(NotListening):
        await skip(ADA)
    assert not await skip(CLEO, (*LISTENERS, 10, 11))
    assert await skip(ADA, moderator=True)
    assert heard(await parties.standing(party.id, HEARD)) == ["Three"]
    assert await skip(BEN)
    with pytest.raises(NoSuchParty):
        await skip(BEN)


@pytest.mark.parametrize(
    ("skips", "listeners", "wanted", "missing"),
    [
        ((), (), False, 0),
        ((), (1,), False, 1),
        ((1,), (1, 2), True, 0),
        ((1,), (1, 2, 3), False, 1),
        ((1, 9), (1, 2, 3), False, 1),  # who left does not count
        ((1, 2), (1, 2, 3, 4), True, 0),
    ],
)
def test_half(skips: tuple[int, ...], listeners: tuple[int, ...], wanted: bool, missing: int) -> None:
    assert skip_wanted(skips, listeners) is wanted
    assert skips_missing(skips, listeners) == missing


async def test_only_who_started_it_and_moderators_pause_and_stop(database: Database) -> None:
    parties, party = await going(database, "One")
    with pytest.raises(NotYourParty):
        await parties.pause(HEARD, party.id, CLEO, {BEN, CLEO}, paused=True, moderator=False)
    with pytest.raises(NotYourParty):
        await parties.stop(HEARD, party.id, CLEO, moderator=False)
    assert (await parties.pause(HEARD, party.id, BEN, (), paused=True, moderator=False)).paused
    assert not (await parties.pause(HEARD, party.id, CLEO, (), paused=False, moderator=True)).paused
    over = await parties.stop(HEARD, party.id, CLEO, moderator=True)
    assert over.ended_because is Ended.STOPPED
    await parties.end(party.id, Ended.ALONE)  # it stays as it ended
    assert (await parties.standing(party.id, HEARD)).party.ended_because is Ended.STOPPED


async def test_a_paused_one_waits_for_nobody_who_left(database: Database) -> None:
    parties, party = await going(database, "One")

    async def goes_on(member_id: int, *listeners: int) -> bool:
        await parties.pause(HEARD, party.id, BEN, listeners, paused=True, moderator=False)
        act = parties.pause(HEARD, party.id, member_id, listeners, paused=False, moderator=False)
        return not (await act).paused

    with pytest.raises(NotYourParty):
        await goes_on(CLEO, BEN, CLEO)
    with pytest.raises(NotListening):
        await goes_on(ADA, CLEO)
    with pytest.raises(NotYourParty):
        await parties.pause(HEARD, party.id, CLEO, {CLEO}, paused=True, moderator=False)
    assert await goes_on(CLEO, CLEO)
    assert await goes_on(BEN, CLEO)


async def test_another_guild_finds_none_of_it(database: Database) -> None:
    parties, party = await going(database, "One")
    song = await a_track(database, guild_id=2)
    for act in (
        parties.add(OTHER_GUILD, party.id, BEN, [song.id]),
        parties.skip(OTHER_GUILD, party.id, BEN, [BEN], moderator=True),
        parties.pause(OTHER_GUILD, party.id, BEN, [BEN], paused=True, moderator=True),
        parties.stop(OTHER_GUILD, party.id, BEN, moderator=True),
    ):
        with pytest.raises(NoSuchParty):
            await act
    assert await parties.of_guild(2) is None


async def test_a_queue_is_not_endless_and_the_banned_add_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_TRACKS", 2)
    assert rules.MOST_TRACKS >= 100
    parties, party = await going(database, "One")
    more = [(await a_track(database, title=title)).id for title in ("Two", "Three")]
    with pytest.raises(QueueFull):
        await parties.add(HEARD, party.id, CLEO, more)
    assert heard(await parties.standing(party.id, HEARD)) == ["One"]
    assert [one.title for one in await parties.add(HEARD, party.id, CLEO, more[:1])] == ["Two"]
    await Bans(database).ban(1, ADA, CLEO, until=None, reason="")
    with pytest.raises(Banned):
        await parties.add(HEARD, party.id, CLEO, more[1:])


async def test_erased_members_leave_no_name_and_no_id(database: Database) -> None:
    parties, party = await going(database, "One")
    song = await a_track(database, title="Two")
    await parties.add(HEARD, party.id, CLEO, [song.id])
    await parties.skip(HEARD, party.id, CLEO, LISTENERS, moderator=False)
    await parties.pause(HEARD, party.id, BEN, {BEN}, paused=True, moderator=False)
    async with database.write() as connection:
        assert await privacy.guilds_of(connection, BEN) == await privacy.guilds_of(connection, CLEO) == {1}
        for number, member in enumerate((BEN, CLEO), 1):
            own = privacy.exported(member)
            assert [one for query in own.values() for one in await connection.execute(query)]
            await privacy.erase(connection, member, -number)
            assert await privacy.guilds_of(connection, member) == set()
    standing = await parties.standing(party.id, HEARD)
    assert (standing.party.starter_id, standing.party.starter_name) == (-1, "")
    assert not standing.party.paused  # nobody but moderators could let it go on
    assert [one.added_by for one in standing.queue] == [-1, -2]
    assert standing.skips == frozenset()


async def test_it_goes_on_from_there_in_another_channel(database: Database) -> None:
    parties, party = await going(database, "One", "Two", "Three")
    await parties.ended(party.id, 0)
    await parties.note_played(party.id, 1, 4000)
    await parties.moved(party.id, CELLAR)
    assert (await parties.standing(party.id, HEARD)).party.ended_because is Ended.MOVED
    [now_on] = await parties.going_on()
    assert (now_on.channel_id, now_on.starter_id, now_on.place, now_on.played) == (CELLAR, BEN, 0, 4000)
    assert heard(await parties.standing(now_on.id, HEARD)) == ["Two", "Three"]
    await parties.moved(party.id, VOICE)  # said again after a kill
    assert [one.id for one in await parties.going_on()] == [now_on.id]


async def test_who_leaves_may_make_the_rest_half_of_those_who_listen(database: Database) -> None:
    parties, party = await going(database, "One", "Two")
    assert not await parties.skip(HEARD, party.id, CLEO, (ADA, BEN, CLEO), moderator=False)
    await parties.listeners_changed(party.id, (ADA, BEN, CLEO))
    assert heard(await parties.standing(party.id, HEARD)) == ["One", "Two"]
    await parties.listeners_changed(party.id, (ADA, CLEO))
    assert heard(await parties.standing(party.id, HEARD)) == ["Two"]


async def test_what_is_explicit_is_heard_by_adults_only(database: Database) -> None:
    track = await a_track(database, title="Blue")
    async with database.write() as connection:
        await connection.execute(table.update().where(table.c.id == track.id).values(explicit=True))
    parties = Parties(database)
    with pytest.raises(NothingToPlay):
        await parties.start(HEARD, VOICE, BEN, "Ben", [track.id])
    adults = Audience(HEARD.sight, adults=True)
    party = await parties.start(adults, VOICE, BEN, "Ben", [track.id])
    assert heard(await parties.standing(party.id, adults)) == ["Blue"]
    assert heard(await parties.standing(party.id, HEARD)) == []


async def test_a_vote_touches_the_panels_that_name_the_track(database: Database) -> None:
    parties, party = await going(database, "One")
    messages = KeptMessages(database)
    before = await messages.get(key_of(party.id))
    assert before is not None
    await parties.voted(["nothing"])
    assert await messages.get(key_of(party.id)) == before
    await parties.voted([(await parties.standing(party.id, HEARD)).queue[0].track.id])  # type: ignore[union-attr]
    after = await messages.get(key_of(party.id))
    assert after is not None
    assert after.changed == before.changed + 1
