"""Jams kept in tables, on both databases: no press is lost, a track is asked for once, and the guild pays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial

import pytest
from jam_sessions import ADA, BEN, CLEO, asked, ended, joined, locked, of, start
from migrated import migrated_postgresql
from studio_harness import NewStudio, StudioHarness

from services.guilds.audit import Action, records
from services.guilds.bans import Banned
from services.jams import contributions, jams, service, storage
from services.jams import rounds as jams_rounds
from services.jams.jams import Phase
from services.jams.service import JamThere, TooManyJams
from services.jams.storage import NoSuchJam
from services.money.limits import LimitReached, Scope
from services.privacy.erasure import UnderWay
from services.storage.tables import jams as jam_table
from services.storage.tables import metadata
from services.tracks import tracks
from services.tracks.request_refusals import TooManyWaiting
from services.tracks.sight import everything_in
from services.tracks.track import State

PRICE = 60 * 200  # micro-dollars


@pytest.fixture(params=["sqlite", "postgresql"])
async def harness(request: pytest.FixtureRequest, new_studio: NewStudio) -> AsyncIterator[StudioHarness]:
    """A studio whose guild's queue is paused, so that nothing starts."""
    url = {"database_url": migrated_postgresql()} if request.param == "postgresql" else {}
    async with new_studio(launch=False, guild_jams=3, **url) as harness:
        await harness.studio.queue.pause(1)
        yield harness


async def test_one_jam_a_channel_and_a_few_a_guild(harness: StudioHarness) -> None:
    first = await harness.studio.jams.start(start(50))
    with pytest.raises(JamThere) as there:
        await harness.studio.jams.start(start(50, starter_id=BEN))
    assert there.value.session.id == first.id
    results = await asyncio.gather(
        *(harness.studio.jams.start(start(channel)) for channel in range(51, 57)), return_exceptions=True
    )
    assert sum(isinstance(one, TooManyJams) for one in results) == 4
    assert len(await harness.studio.jams.going_on(everything_in(1))) == 3
    await harness.studio.jams.start(start(50, guild=2))


async def test_fifty_presses_at_once_are_all_there_and_none_twice(harness: StudioHarness) -> None:
    session = await harness.studio.jams.start(start())
    members = range(200, 250)
    await asyncio.gather(*(joined(harness, session, member, member) for member in members))
    now = await harness.studio.jams.now(session.id)
    assert sorted(person.id for person in now.jam.here) == [ADA, *members]
    await asyncio.gather(
        *(
            harness.studio.jams.act(
                everything_in(1),
                session.id,
                member,
                partial(contributions.add_tags, member_id=member, typed=f"tag {member}"),
            )
            for member in range(200, 219)
        )
    )
    now = await harness.studio.jams.now(session.id)
    assert {tag.text for tag in now.jam.tags} == {"folk", *(f"tag {member}" for member in range(200, 219))}
    await asyncio.gather(*(locked(harness, session, member) for member in (ADA, *members)))
    assert (await harness.studio.jams.now(session.id)).jam.locked == 51


async def test_a_track_is_asked_for_once_whoever_presses_and_all_who_are_in_share_it(
    harness: StudioHarness,
) -> None:
    session = await joined(harness, await harness.studio.jams.start(start()), BEN, CLEO)
    session = await locked(harness, session, ADA, BEN, CLEO)
    assert session.jam.due
    results = await asyncio.gather(*(harness.studio.jams.make(asked(session)) for _ in range(8)))
    assert {one.jam.phase for one in results} == {Phase.MAKING}
    (waiting,) = (await harness.studio.queue.view(everything_in(1))).entries
    track = waiting.track
    assert (track.jam_id, track.makers, track.maker_names) == (
        session.id,
        (ADA, BEN, CLEO),
        ("Ada", "Ben", "Cleo"),
    )
    assert (track.title, track.tags, track.member_id) == ("Harbour", "folk", ADA)
    money = await harness.money()
    of_all = {"guild:1 day": (PRICE, 0), "guild:1 month": (PRICE, 0), "host day": (PRICE, 0)}
    shares = {f"member:1:{member_id} day": (PRICE // 3, 0) for member_id in (ADA, BEN, CLEO)}
    assert money == of_all | shares


async def test_shares_are_exact_to_the_micro_dollar_whatever_becomes_of_the_track(
    harness: StudioHarness,
) -> None:
    members = range(200, 206)
    session = await joined(harness, await harness.studio.jams.start(start(duration=61)), *members)
    session = await harness.studio.jams.make(asked(await locked(harness, session, ADA, *members)))
    track_id = session.jam.track_id
    assert track_id is not None

    async def shares() -> list[tuple[int, int]]:
        money = await harness.money()
        return [money[f"member:1:{member_id} day"] for member_id in (ADA, *members)]

    part = 61 * 200 // 7
    first = 61 * 200 - 6 * part
    assert first > part
    assert await shares() == [(first, 0)] + 6 * [(part, 0)]
    async with harness.database.write() as connection:
        await harness.studio.ledger.settle(connection, track_id)
    assert await shares() == [(0, first)] + 6 * [(0, part)]
    for amount in (1000, -3000, -(61 * 200 - 2000)):
        async with harness.database.write() as connection:
            assert await harness.studio.ledger.correct(connection, track_id, amount, "bill")
        spent = [spent for _reserved, spent in await shares()]
        assert sum(spent) == (await harness.money())["guild:1 day"][1]
        assert max(spent) - min(spent) < 7
    assert await shares() == 7 * [(0, 0)]


async def test_a_members_limit_binds_in_jams_and_nobody_is_charged_then(new_studio: NewStudio) -> None:
    async with new_studio(launch=False, member_daily_limit=0.012) as harness:
        await harness.studio.queue.pause(1)
        session = await harness.studio.jams.make(
            asked(await locked(harness, await harness.studio.jams.start(start()), ADA))
        )
        assert session.jam.phase is Phase.MAKING, "the whole of her limit"
        with pytest.raises(LimitReached):
            await harness.compose(member=ADA)
        other = await joined(harness, await harness.studio.jams.start(start(51)), BEN)
        before = await harness.money()
        with pytest.raises(LimitReached) as refusal:
            await harness.studio.jams.make(asked(await locked(harness, other, ADA, BEN)))
        found = refusal.value
        assert (found.line.scope, found.member_id, found.sharing) == (Scope.MEMBER_DAY, ADA, 2)
        assert (found.room, found.instead) == (0, None)
        assert {name: both for name, both in (await harness.money()).items() if both != (0, 0)} == before
        left = await harness.studio.jams.act(
            everything_in(1), other.id, ADA, partial(contributions.leave, member_id=ADA)
        )
        assert left.jam.due, "only Ben is in, and has locked in"
        assert (await harness.studio.jams.make(asked(left))).jam.phase is Phase.MAKING
        assert (await harness.money())[f"member:1:{BEN} day"] == (PRICE, 0)


async def test_what_waits_of_a_jam_counts_for_all_who_are_in(new_studio: NewStudio) -> None:
    async with new_studio(launch=False, member_waiting_limit=1) as harness:
        await harness.studio.queue.pause(1)
        session = await joined(harness, await harness.studio.jams.start(start()), BEN)
        await harness.studio.jams.make(asked(await locked(harness, session, ADA, BEN)))
        for member_id in (ADA, BEN):
            with pytest.raises(TooManyWaiting):
                await harness.compose(member=member_id)
        other = await joined(harness, await harness.studio.jams.start(start(51, starter_id=CLEO)), BEN)
        with pytest.raises(TooManyWaiting) as refusal:
            await harness.studio.jams.make(asked(await locked(harness, other, CLEO, BEN)))
        assert refusal.value.member_id == BEN
        await ended(harness, session, State.FAILED)
        await harness.compose(member=ADA)


async def test_a_change_after_the_words_were_looked_at_is_noticed(harness: StudioHarness) -> None:
    session = await joined(harness, await harness.studio.jams.start(start(share=50)), BEN)
    session = await locked(harness, session, ADA)
    later = await joined(harness, session, CLEO)
    assert later.jam.due
    with pytest.raises(service.Changed):
        await harness.studio.jams.make(asked(session))
    changed = await harness.studio.jams.act(
        everything_in(1), session.id, BEN, partial(contributions.add_tags, member_id=BEN, typed="brass")
    )
    assert (await harness.studio.jams.make(asked(changed))).jam.phase is Phase.SHAPING, "no longer due"


async def test_a_refused_track_leaves_the_jam_as_it_was(new_studio: NewStudio) -> None:
    async with new_studio(launch=False, guild_daily_limit=0.001) as harness:
        session = await locked(harness, await harness.studio.jams.start(start()), ADA)
        with pytest.raises(LimitReached) as refusal:
            await harness.studio.jams.make(asked(session))
        assert refusal.value.line.scope is Scope.GUILD_DAY
        after = await harness.studio.jams.refuse(session, "There is no money.")
        assert (after.jam.due, after.jam.locked, after.jam.refused) == (False, 1, "There is no money.")
        assert after.jam.phase is Phase.SHAPING
        assert {reserved for reserved, _spent in (await harness.money()).values()} <= {0}


async def test_what_became_of_the_track_is_so_in_the_jam(harness: StudioHarness) -> None:
    session = await locked(harness, await harness.studio.jams.start(start()), ADA)
    await harness.studio.jams.make(asked(session))
    await ended(harness, session, State.FAILED)
    failed = await harness.studio.jams.now(session.id)
    assert (failed.jam.phase, failed.jam.rounds, failed.jam.locked) == (Phase.SHAPING, (), 0)
    assert failed.jam.failed is not None
    again = await locked(harness, session, ADA)
    await harness.studio.jams.make(asked(again))
    await ended(harness, session, State.DELIVERED)
    assert (await harness.studio.jams.now(session.id)).jam.phase is Phase.LISTENING
    await ended(harness, session, State.WITHHELD)
    assert (await harness.studio.jams.now(session.id)).jam.phase is Phase.SHAPING


async def test_who_is_barred_is_no_longer_in(harness: StudioHarness) -> None:
    session = await joined(harness, await harness.studio.jams.start(start()), BEN, CLEO)
    await locked(harness, session, ADA, CLEO)
    await harness.studio.bans.ban(1, 9, BEN, until=None, reason="spam")
    with pytest.raises(Banned):
        await locked(harness, session, BEN)
    with pytest.raises(Banned):
        await harness.studio.jams.start(start(99, starter_id=BEN))
    now = await joined(harness, session, CLEO)
    assert [person.id for person in now.jam.here] == [ADA, CLEO]
    assert now.jam.due, "nobody waits for them"


async def test_another_guilds_jam_does_not_exist(harness: StudioHarness) -> None:
    session = await harness.studio.jams.start(start())
    for attempt in (
        harness.studio.jams.act(
            everything_in(2), session.id, BEN, partial(jams.join, member_id=BEN, name="Ben")
        ),
        harness.studio.jams.end(everything_in(2), session.id, BEN, moderator=True),
        harness.studio.jams.find(everything_in(2), session.id),
        harness.studio.jams.act(
            everything_in(1), "0" * 20, BEN, partial(jams.join, member_id=BEN, name="Ben")
        ),
    ):
        with pytest.raises(NoSuchJam):
            await attempt
    assert (await harness.studio.jams.find(everything_in(1), "50")).id == session.id


async def test_the_lead_or_a_moderator_ends_it_and_that_is_audited(harness: StudioHarness) -> None:
    own = await joined(harness, await harness.studio.jams.start(start(50)), BEN)
    with pytest.raises(jams.NotTheLead):
        await harness.studio.jams.end(everything_in(1), own.id, BEN, moderator=False)
    assert (
        await harness.studio.jams.end(everything_in(1), own.id, ADA, moderator=True)
    ).jam.phase is Phase.ENDED
    other = await harness.studio.jams.start(start(51))
    assert (await harness.studio.jams.end(everything_in(1), other.id, 9, moderator=True)).ended_by == 9
    with pytest.raises(NoSuchJam):
        await harness.studio.jams.end(everything_in(1), other.id, 9, moderator=True)
    async with harness.database.read() as connection:
        found, _count = await records(connection, 1)
    assert [(one.actor_id, one.subject) for one in found if one.action == Action.END_JAM] == [(9, "51")]
    assert [one.id for one in await harness.studio.jams.without_recap()] == [own.id, other.id]
    await harness.studio.jams.recap_posted(await harness.studio.jams.now(own.id))
    assert [one.id for one in await harness.studio.jams.without_recap()] == [other.id]


@pytest.mark.parametrize("erased", [False, True])
async def test_what_changes_while_the_recap_is_posted_is_told_after_it(
    harness: StudioHarness, *, erased: bool
) -> None:
    session = await locked(harness, await harness.studio.jams.start(start()), ADA)
    made = await harness.studio.jams.make(asked(session))
    await ended(harness, session, State.DELIVERED)
    service = harness.studio.jams
    await service.end(everything_in(1), session.id, ADA, moderator=False)
    read = await service.begin_recap(session.id)
    if erased:
        await harness.studio.privacy.erase(ADA)
    else:
        assert made.jam.track_id is not None
        await harness.studio.delete(everything_in(1), made.jam.track_id, ADA, moderator=False)
    await service.recap_posted(read, 78)
    assert [one.recap_message_id for one in await service.without_recap()] == [78]
    await service.recap_posted(await service.begin_recap(session.id), 78)
    assert await service.without_recap() == []


async def test_an_ended_jam_waits_for_its_track(harness: StudioHarness) -> None:
    session = await locked(harness, await harness.studio.jams.start(start()), ADA)
    await harness.studio.jams.make(asked(session))
    ending = await harness.studio.jams.end(everything_in(1), session.id, ADA, moderator=False)
    assert (ending.jam.phase, ending.jam.ending) == (Phase.MAKING, True)
    await ended(harness, session, State.DELIVERED)
    over = await harness.studio.jams.now(session.id)
    assert (over.jam.phase, len(over.jam.rounds), over.ended_by) == (Phase.ENDED, 1, ADA)


async def test_idle_jams_end_once_wherever_that_is_noticed_and_not_while_a_track_is_made(
    harness: StudioHarness,
) -> None:
    quiet, busy = await harness.studio.jams.start(start(50)), await harness.studio.jams.start(start(51))
    await harness.studio.jams.make(asked(await locked(harness, busy, ADA)))
    assert await harness.studio.jams.end_idle(of(1)) == []
    harness.studio.jams.idle = timedelta(seconds=-1)
    assert await harness.studio.jams.end_idle(of(2)) == []
    results = await asyncio.gather(*(harness.studio.jams.end_idle(of(1)) for _ in range(6)))
    assert [one.id for result in results for one in result] == [quiet.id]
    assert (await harness.studio.jams.now(quiet.id)).ended_by is None
    assert (await harness.studio.jams.now(busy.id)).jam.phase is Phase.MAKING


async def test_a_jam_whose_channel_is_gone_is_over(harness: StudioHarness) -> None:
    session = await locked(harness, await harness.studio.jams.start(start()), ADA)
    await harness.studio.jams.make(asked(session))
    await harness.studio.jams.give_up(session.id)
    gone = await harness.studio.jams.now(session.id)
    assert (gone.jam.phase, gone.told) == (Phase.ENDED, True)


async def test_the_next_round_goes_on_from_the_one_before(new_studio: NewStudio) -> None:
    async with new_studio() as harness:
        session = await joined(harness, await harness.studio.jams.start(start(duration=5)), BEN)
        for title in ("Harbour", "Harbour, round 2"):
            session = await harness.studio.jams.make(asked(await locked(harness, session, ADA, BEN)))
            assert session.jam.track_id is not None
            track = await harness.settled(session.jam.track_id)
            assert (track.state, track.title) == (State.DELIVERED, title)
            session = await harness.studio.jams.now(session.id)
            session = await harness.studio.jams.act(
                everything_in(1),
                session.id,
                ADA,
                partial(
                    jams_rounds.next_round, of=session.jam.rounds[-1], tags=True, words=True, seed=track.seed
                ),
            )
        first, second = [await harness.track(one.track_id) for one in session.jam.rounds]
        assert (second.parent_id, second.seed) == (first.id, first.seed)
        assert storage.read(storage.plain(session.jam)) == session.jam


async def test_who_is_erased_goes_out_of_the_name_that_older_versions_gave_a_track(
    harness: StudioHarness,
) -> None:
    session = await joined(harness, await harness.studio.jams.start(start()), BEN, CLEO)
    session = await harness.studio.jams.make(asked(await locked(harness, session, ADA, BEN, CLEO)))
    await ended(harness, session, State.DELIVERED)
    assert session.jam.track_id is not None
    async with harness.database.write() as connection:
        await tracks.change(connection, session.jam.track_id, member_name="Ada, Ben and Cleo")
    await harness.studio.privacy.erase(CLEO)
    track = await harness.track(session.jam.track_id)
    assert (track.member_id, track.member_name, track.maker_names) == (ADA, "Ada", ("Ada", "Ben"))


async def test_who_is_erased_leaves_no_name_and_what_others_made_too_stays_theirs(
    harness: StudioHarness,
) -> None:
    session = await joined(harness, await harness.studio.jams.start(start()), BEN)
    write = partial(contributions.write_new, member_id=ADA, heading="[verse]", text="Only Ada knows")
    session = await harness.studio.jams.act(everything_in(1), session.id, ADA, write)
    session = await harness.studio.jams.make(asked(await locked(harness, session, ADA, BEN)))
    with pytest.raises(UnderWay):
        await harness.studio.privacy.erase(ADA)
    await ended(harness, session, State.DELIVERED)
    assert await harness.studio.privacy.erase(ADA) == 0, "no track was hers alone"
    session = await harness.studio.jams.now(session.id)
    assert session.jam.track_id is not None
    track = await harness.track(session.jam.track_id)
    assert (track.member_id, track.member_name) == (BEN, "Ben")
    assert [maker for maker in track.makers if maker > 0] == [BEN]
    assert track.lyrics == "[verse]\nOnly Ada knows", "the song is Ben's too"
    jam = session.jam
    assert (jam.theme, jam.lead_id, [one.id for one in jam.here]) == ("", BEN, [BEN])
    assert "Only Ada knows" not in str(jam)
    async with harness.database.read() as connection:
        for table in metadata.sorted_tables:
            rows = [row for row in (await connection.execute(table.select())).all() if "Ada" in str(row)]
            assert [row for row in rows if table.name not in ("tracks", "track_words")] == []
    assert await harness.studio.privacy.erase(BEN) == 1, "now it is his alone"
    assert (await harness.track(track.id)).lyrics == ""


async def test_one_that_cannot_be_read_keeps_no_other_from_going_on(harness: StudioHarness) -> None:
    damaged, fine = await harness.studio.jams.start(start(50)), await harness.studio.jams.start(start(51))
    async with harness.database.write() as connection:
        await storage.change(connection, fine.id, version=2)
        broken = jam_table.update().where(jam_table.c.id == damaged.id)
        await connection.execute(broken.values(state={"of": "another version"}))
    assert [one.id for one in await harness.studio.jams.going_on(everything_in(1))] == [fine.id]
    harness.studio.jams.idle = timedelta(seconds=-1)
    assert [one.id for one in await harness.studio.jams.end_idle(of(1))] == [fine.id]
