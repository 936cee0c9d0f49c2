"""Relays on either database: seats, turns that pass who sleeps, a vote, a song that is asked for once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from services.guilds.bans import Bans
from services.messages import kept_messages
from services.messages.kept_messages import KeptMessages
from services.relays import privacy, storage
from services.relays.relay import (
    UNVOTED,
    NoSeat,
    NoSuchRelay,
    NotVotingNow,
    NotYourRelay,
    NotYourTurn,
    Phase,
    Relay,
    RelayThere,
    Sung,
    TooFew,
)
from services.relays.service import Relays, Start
from services.storage.database import Database, now
from services.storage.tables import relays as table
from services.tracks.sight import Sight

ADA, BEN, CLEO = 5, 7, 8
HALL = 2
NAMES = {ADA: "Ada", BEN: "Ben", CLEO: "Cleo"}


def sight(member_id: int, **values: Any) -> Sight:
    return Sight(**{"guild_id": 1, "channels": frozenset({HALL}), "member_id": member_id, **values})


async def opened(database: Database, **values: Any) -> tuple[Relays, Relay]:
    given = {"theme": "Rain", "most": 3, "rounds": 1, "minutes": 10, "place_id": None}
    start = Start(guild_id=1, channel_id=HALL, starter_id=BEN, starter_name="Ben", **given | values)
    relays = Relays(database)
    return relays, await relays.start(start)


async def seated(database: Database, *members: int, **values: Any) -> tuple[Relays, Relay]:
    relays, relay = await opened(database, most=len(members) + 1, **values)
    for member_id in members:
        relay = await relays.sit(sight(member_id), relay.id, member_id, NAMES[member_id])
    return relays, relay


async def overdue(database: Database, relay: Relay, since: timedelta = timedelta(seconds=1)) -> None:
    async with database.write() as connection:
        late = table.update().where(table.c.id == relay.id)
        await connection.execute(late.values(due_at=now() - since))


async def test_with_the_last_seat_it_begins_and_each_writes_in_turn(database: Database) -> None:
    relays, relay = await seated(database, CLEO, ADA, rounds=2)
    assert (relay.phase, relay.turns) == (Phase.WRITING, 6)
    for turn, member_id in enumerate((BEN, CLEO, ADA, BEN, CLEO, ADA)):
        for other in {ADA, BEN, CLEO} - {member_id}:
            with pytest.raises(NotYourTurn):
                await relays.write(sight(other), relay.id, other, "Not mine", turn)
        assert relay.last_line == (f"Line {turn - 1}" if turn else "")
        with pytest.raises(NotYourTurn):  # meant for a turn that is over, or is another one
            await relays.write(sight(member_id), relay.id, member_id, "Not now", turn + 3)
        relay = await relays.write(sight(member_id), relay.id, member_id, f"Line {turn}", turn)
        assert relay.writes_on(member_id) == (turn < 3), "who is told that it will be their turn again"
    assert relay.phase is Phase.VOTING
    assert relay.lyrics == "[verse]\nLine 0\nLine 1\nLine 2\nLine 3\n\n[verse]\nLine 4\nLine 5"
    assert relay.makers == ((BEN, "Ben"), (CLEO, "Cleo"), (ADA, "Ada"))
    assert Sung(relay).prompt().title == "Rain"


async def test_of_presses_at_once_each_seat_is_one_members(database: Database) -> None:
    relays, relay = await opened(database, most=3)
    people = range(100, 106)
    done = await asyncio.gather(
        *(relays.sit(sight(one), relay.id, one, f"M{one}") for one in people), return_exceptions=True
    )
    assert sum(isinstance(one, NoSeat) for one in done) == 4
    now_there = await relays.find(relay.id)
    assert now_there is not None
    assert (len(now_there.seats), now_there.phase) == (3, Phase.WRITING)


async def test_seats_are_left_too_and_nobody_writes_alone(database: Database) -> None:
    relays, relay = await opened(database)
    with pytest.raises(TooFew):
        await relays.begin(sight(BEN), relay.id, BEN)
    await relays.sit(sight(CLEO), relay.id, CLEO, "Cleo")
    await relays.sit(sight(CLEO), relay.id, CLEO, "Cleo")
    assert [seat.member_id for seat in (await relays.seen(sight(BEN), relay.id)).seats] == [BEN]
    await relays.sit(sight(CLEO), relay.id, CLEO, "Cleo")
    with pytest.raises(NotYourRelay):
        await relays.begin(sight(CLEO), relay.id, CLEO)
    assert (await relays.begin(sight(ADA, moderator=True), relay.id, ADA)).phase is Phase.WRITING
    with pytest.raises(NoSeat):
        await relays.sit(sight(ADA), relay.id, ADA, "Ada")
    with pytest.raises(RelayThere):
        await opened(database)


async def test_who_sleeps_is_passed_and_of_nothing_nothing_is_sung(database: Database) -> None:
    relays, relay = await seated(database, CLEO)
    assert await relays.due() == []
    for _ in range(2):
        await overdue(database, relay)
        assert [one.id for one in await relays.due()] == [relay.id]
        moved = await asyncio.gather(*(relays.move_on(relay.id) for _ in range(2)))
        relay = moved[0]
    assert relay.phase is Phase.ENDED
    with pytest.raises(NoSuchRelay):
        await relays.seen(sight(BEN), relay.id)


async def test_nobody_waits_for_a_line_of_who_is_banned(database: Database) -> None:
    relays, relay = await seated(database, CLEO, rounds=2)
    await ban(database, BEN)
    await relays.pass_over(1, CLEO)  # it is not her line, and nobody's but Ben's is passed
    assert (await relays.find(relay.id) or relay).turn == 0
    await relays.pass_over(2, BEN)  # that of another guild
    assert (await relays.find(relay.id) or relay).turn == 0
    await relays.pass_over(1, BEN)
    assert (await relays.find(relay.id) or relay).turn == 1
    after = await relays.write(sight(CLEO), relay.id, CLEO, "Cleo's line", 1)
    assert after.turn == 3  # Ben's is passed at once
    after = await relays.write(sight(CLEO), relay.id, CLEO, "", 3)
    assert (after.phase, after.lyrics) == (Phase.VOTING, "[verse]\nCleo's line")


async def test_who_is_banned_before_it_begins_is_passed_as_it_does(database: Database) -> None:
    relays, relay = await opened(database, most=2)
    await ban(database, BEN)
    after = await relays.sit(sight(CLEO), relay.id, CLEO, NAMES[CLEO])
    assert after.writer is not None
    assert (after.turn, after.writer.member_id) == (1, CLEO)


async def ban(database: Database, member_id: int) -> None:
    await Bans(database).ban(1, ADA, member_id, until=None, reason="Too loud")


async def test_time_that_the_bot_was_away_counts_for_nobody(database: Database) -> None:
    relays, relay = await seated(database, CLEO)
    messages, turn = KeptMessages(database), storage.turn_of(relay.id, 0)
    await overdue(database, relay, timedelta(hours=1))
    relay = await relays.move_on(relay.id)
    assert (relay.turn, relay.lines) == (0, ())
    assert relay.due_at is not None
    assert relay.due_at - now() > timedelta(minutes=9)
    assert {one.key: one.changed for one in await messages.due()}[turn] == 2  # until when, it says anew
    await relays.write(sight(BEN), relay.id, BEN, "In time after all", 0)
    relay = await relays.write(sight(CLEO), relay.id, CLEO, "La", 1)
    await overdue(database, relay, timedelta(hours=1))
    assert (await relays.move_on(relay.id)).phase is Phase.VOTING
    await overdue(database, relay)
    assert (await relays.move_on(relay.id)).phase is Phase.MAKING


async def test_the_tags_are_voted_on_and_its_song_has_one_id(database: Database) -> None:
    relays, relay = await seated(database, CLEO)
    with pytest.raises(NotVotingNow):
        await relays.vote(sight(BEN), relay.id, BEN, ["folk"])
    for member_id in (BEN, CLEO):
        relay = await relays.write(sight(member_id), relay.id, member_id, "La", relay.turn)
    assert relay.tags == list(UNVOTED)
    await relays.vote(sight(BEN), relay.id, BEN, ["funk", "ska", "no such style"])
    await relays.vote(sight(CLEO), relay.id, CLEO, ["jazz"])
    relay = await relays.vote(sight(CLEO), relay.id, CLEO, ["ska", "punk"])
    assert relay.tags == ["ska", "funk", "punk"]
    await overdue(database, relay)
    relay = await relays.move_on(relay.id)
    assert (relay.phase, relay.track_id is not None) == (Phase.MAKING, True)
    assert [one.track_id for one in await relays.due()] == [relay.track_id]
    await relays.refuse(relay, "too dear")
    assert await relays.due() == []
    again = await relays.sing(sight(BEN), relay.id, BEN)
    assert (again.track_id, again.refused) == (relay.track_id, "")
    await relays.asked_for(relay.id)
    assert await relays.due() == []


async def test_another_guild_and_who_does_not_see_the_channel_have_no_such_relay(database: Database) -> None:
    relays, relay = await opened(database)
    for hidden in (sight(ADA, guild_id=2, moderator=True), sight(ADA, channels=frozenset({9}))):
        with pytest.raises(NoSuchRelay):
            await relays.sit(hidden, relay.id, ADA, "Ada")
        with pytest.raises(NoSuchRelay):
            await relays.end(hidden, relay.id, ADA)


async def test_whose_turn_it_is_has_a_message_of_their_own(database: Database) -> None:
    relays, relay = await seated(database, CLEO)
    messages = KeptMessages(database)
    first, second = storage.turn_of(relay.id, 0), storage.turn_of(relay.id, 1)
    assert {one.key for one in await messages.due()} == {storage.post_of(relay.id), first}
    await relays.write(sight(BEN), relay.id, BEN, "La", 0)
    gone = {one.key: one.gone for one in await messages.due()}
    assert (gone[first], gone[second]) == (True, False)
    await relays.end(sight(BEN), relay.id, BEN)
    gone = {one.key: one.gone for one in await messages.due()}
    assert gone[second]


async def test_who_is_erased_leaves_no_word(database: Database) -> None:
    relays, relay = await seated(database, CLEO, rounds=2)
    await relays.write(sight(BEN), relay.id, BEN, "Ben's line", 0)
    await relays.write(sight(CLEO), relay.id, CLEO, "Cleo's line", 1)
    async with database.write() as connection:
        assert await privacy.guilds_of(connection, BEN) == {1}
        (handed_out,) = await privacy.export(connection, BEN)
        assert (handed_out["lines_you_wrote"], handed_out["you_started_it_as"]) == (["Ben's line"], "Rain")
        await privacy.erase(connection, BEN, -77)
        assert await privacy.export(connection, BEN) == []
    after = await relays.find(relay.id)
    assert after is not None
    assert (after.theme, after.starter_id, after.starter_name) == ("", CLEO, "Cleo")
    assert [line.text for line in after.written] == ["Cleo's line"]
    assert after.makers == ((CLEO, "Cleo"),)
    assert after.writer is not None
    assert (after.turn, after.writer.member_id) == (3, CLEO)  # hers is passed that nobody can write
    after = await relays.write(sight(CLEO), relay.id, CLEO, "Cleo's other line", 3)
    assert after.phase is Phase.VOTING
    after = await relays.sing(sight(CLEO), relay.id, CLEO)
    assert (after.phase, after.lyrics) == (Phase.MAKING, "[verse]\nCleo's line\nCleo's other line")


async def test_before_it_begins_the_seat_of_who_is_erased_is_free(database: Database) -> None:
    relays, relay = await opened(database)
    await relays.sit(sight(CLEO), relay.id, CLEO, "Cleo")
    await erased(database, BEN)
    after = await relays.seen(sight(CLEO), relay.id)
    assert [seat.member_id for seat in after.seats] == [CLEO]
    assert after.starter_id == CLEO
    await erased(database, CLEO)
    left = await relays.find(relay.id)
    assert left is not None
    assert (left.phase, left.starter_id, left.seats) == (Phase.ENDED, -CLEO, ())


async def test_seats_stay_open_where_who_opened_them_has_none(database: Database) -> None:
    relays, relay = await opened(database)
    await relays.sit(sight(CLEO), relay.id, CLEO, "Cleo")
    await relays.sit(sight(BEN), relay.id, BEN, "Ben")  # leaves their own
    await erased(database, CLEO)
    after = await relays.seen(sight(BEN), relay.id)
    assert (after.phase, after.starter_id, after.seats) == (Phase.SEATS, BEN, ())


async def test_what_was_said_of_words_that_are_erased_is_not_kept(database: Database) -> None:
    relays, relay = await seated(database, CLEO)
    await relays.write(sight(BEN), relay.id, BEN, "Ben's line", 0)
    await relays.write(sight(CLEO), relay.id, CLEO, "Cleo's line", 1)
    asked = await relays.sing(sight(BEN), relay.id, BEN)
    await erased(database, BEN)
    await relays.refuse(asked, "“Ben's line” may not be sung here")
    (due,) = await relays.due()
    assert (due.refused, due.starter_id, due.phase) == ("", CLEO, Phase.MAKING)
    await relays.refuse(due, "too dear")
    assert await relays.due() == []


async def test_one_that_is_refused_and_not_tried_again_is_over_some_day(database: Database) -> None:
    relays, relay = await seated(database, CLEO)
    for turn, member_id in enumerate((BEN, CLEO)):
        await relays.write(sight(member_id), relay.id, member_id, "La", turn)
    asked = await relays.sing(sight(BEN), relay.id, BEN)
    refused = await relays.refuse(asked, "too dear")
    assert await relays.due() == []
    again = await relays.sing(sight(BEN), relay.id, BEN)
    assert (await relays.due(), again.due_at) == ([again], None)
    refused = await relays.refuse(again, "too dear")
    await overdue(database, refused)
    assert [one.id for one in await relays.due()] == [relay.id]
    assert (await relays.move_on(relay.id)).phase is Phase.ENDED


@pytest.mark.parametrize("phase", [Phase.VOTING, Phase.MAKING])
async def test_what_nobody_wrote_any_more_is_not_sung(database: Database, phase: Phase) -> None:
    relays, relay = await seated(database, CLEO)
    await relays.write(sight(BEN), relay.id, BEN, "Ben's line", 0)
    after = await relays.write(sight(CLEO), relay.id, CLEO, "", 1)
    if phase is Phase.MAKING:
        after = await relays.sing(sight(BEN), relay.id, BEN)
    assert after.phase is phase
    await erased(database, BEN)
    assert (await relays.find(relay.id) or relay).phase is Phase.ENDED
    assert await relays.due() == []


async def test_who_is_erased_may_vote_once_more_and_be_erased_once_more(database: Database) -> None:
    relays, relay = await seated(database, CLEO)
    for turn, member_id in enumerate((BEN, CLEO)):
        await relays.write(sight(member_id), relay.id, member_id, "La", turn)
    for _ in range(2):
        after = await relays.vote(sight(ADA), relay.id, ADA, ["ska"])
        assert after.tags == ["ska"]
        await erased(database, ADA)
        left = await relays.find(relay.id)
        assert left is not None
        assert left.votes == ()


async def test_a_relay_that_is_over_passes_on_to_nobody(database: Database) -> None:
    relays, relay = await seated(database, CLEO)
    await relays.write(sight(BEN), relay.id, BEN, "Ben's line", 0)
    await relays.end(sight(BEN), relay.id, BEN)
    await erased(database, BEN)
    after = await relays.find(relay.id)
    assert after is not None
    assert (after.phase, after.starter_id, after.written) == (Phase.ENDED, -BEN, [])


async def erased(database: Database, member_id: int) -> None:
    async with database.write() as connection:
        await privacy.erase(connection, member_id, -member_id)


async def test_with_its_channel_it_is_over_and_others_go_on(database: Database) -> None:
    relays, relay = await seated(database, CLEO)
    for guild_id, channel_id in ((2, relay.channel_id), (relay.guild_id, 99)):
        await relays.give_up(guild_id, channel_id)
        assert (await relays.seen(sight(BEN), relay.id)).phase is Phase.WRITING
    await relays.give_up(relay.guild_id, relay.channel_id)
    found = await relays.find(relay.id)
    assert found is not None
    assert (found.phase, found.due_at) == (Phase.ENDED, None)
    messages = KeptMessages(database)
    gone = {one.key: one.gone for one in await messages.due()}
    assert gone[storage.turn_of(relay.id, 0)]


async def test_a_message_is_found_where_it_stands_and_looked_for_where_it_was_posted(
    database: Database,
) -> None:
    _relays, relay = await opened(database)
    key, messages = storage.post_of(relay.id), KeptMessages(database)
    (kept,) = await messages.due()
    await messages.look_for(key)  # it is to be posted anyhow
    await messages.posted(await messages.intend(kept), 77)
    async with database.read() as connection:
        for channel_id, ids, found in (
            (relay.channel_id, [76, 77], {key}),
            (relay.channel_id, None, {key}),
            (relay.channel_id, [76], set()),
            (99, [77], set()),
            (99, None, set()),
        ):
            assert await kept_messages.posted_in(connection, [key, "none"], channel_id, ids) == found
        assert await kept_messages.posted_in(connection, [], relay.channel_id, None) == set()
    (kept,) = await messages.due()
    await messages.says(kept)
    assert await messages.due() == []
    await messages.look_for(key)
    assert [one.key for one in await messages.due()] == [key]
