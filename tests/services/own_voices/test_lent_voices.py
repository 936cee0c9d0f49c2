"""A voice that its owner lends to one round of a jam, and to nothing else, until they take it back."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import Any

import pytest
from own_voice_studio import PRICE, given, opened, sing
from postgresql import new_postgresql
from reworking import rework
from studio_harness import NewStudio, StudioHarness

from rehearsal.wavespeed import Fault
from services.jams import contributions, jams, lending, rounds
from services.jams.jams import Phase
from services.jams.lending import AnotherRound, LentAlready, NothingToSingOver, NotLent
from services.jams.service import Asked, Changed, Start
from services.jams.storage import Session
from services.money.limits import Scope
from services.own_voices.singing import SomebodysVoice
from services.prompts.prompt import parse_prompt
from services.prompts.rework import Kind
from services.prompts.rework_prompt import parse_rework
from services.tracks.request_refusals import PriceWentUp
from services.tracks.sight import Sight, everything_in
from services.tracks.track import Failure, State, Track
from services.tracks.track_prompts import sound_of

ADA, BEN, CLEO = 101, 102, 103
SONG = "minimax/music-01"
SIGHT = everything_in(1)


async def act(harness: StudioHarness, session: Session, member_id: int, what: Any, **more: Any) -> Session:
    change = partial(what, member_id=member_id, **more)
    return await harness.studio.jams.act(SIGHT, session.id, member_id, change)


async def make(harness: StudioHarness, session: Session) -> Session:
    """Has the round's track asked for, as cogs do it."""
    session = await act(harness, session, ADA, partial(jams.make_now, moderator=False))
    jam = session.jam
    if not jam.due:
        return session
    if jam.loan is None:
        tags = ", ".join(tag.text for tag in jam.tags)
        prompt = parse_prompt(tags=tags, lyrics=jam.lyrics, duration=jam.duration, title=jam.title)
    else:
        source = await harness.track(jam.loan.source_id)
        prompt = parse_rework(Kind.VOICE, sound_of(source), {"lyrics": jam.lyrics, "title": jam.title})
    return await harness.studio.jams.make(Asked(session, "Guild 1", prompt))


async def made(harness: StudioHarness, session: Session) -> Track:
    session = await make(harness, session)
    return await harness.settled(session.jam.track_id or "")


async def second_round(harness: StudioHarness) -> Session:
    """A jam of Ada and Ben whose first round is made, in its second."""
    start = Start(1, 51, ADA, "Ada", "Harbour", ("folk",), 20, 100)
    session = await harness.studio.jams.start(start)
    session = await act(harness, session, BEN, jams.join, name="Ben")
    write = partial(contributions.write_new, heading="[verse]", text="Oh my voice\nall night long")
    session = await act(harness, session, BEN, write)
    assert (await made(harness, session)).state is State.DELIVERED
    session = await harness.studio.jams.now(session.id)

    def go_on(jam: Any, member_id: int) -> Any:
        return rounds.next_round(jam, jam.rounds[-1], tags=True, words=True, seed=None)

    return await act(harness, session, ADA, go_on)


async def lent(harness: StudioHarness, price: int = PRICE) -> Session:
    """The same, to whose second round Ben lends his voice."""
    session = await second_round(harness)
    await given(harness, BEN)
    return await act(harness, session, BEN, lending.lend, number=2, price=price)


def sung(harness: StudioHarness) -> int:
    return sum(entry.model == SONG for entry in harness.wave.bill)


# lent -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
async def test_a_round_is_sung_with_a_lent_voice_once_and_all_share_its_price(
    new_studio: NewStudio, database: str
) -> None:
    url = {"database_url": new_postgresql()} if database == "postgresql" else {}
    async with opened(new_studio, **url) as harness:
        session = await lent(harness)
        first = session.jam.rounds[0].track_id
        track = await made(harness, session)
        assert (track.state, track.singer_id, track.parent_id) == (State.DELIVERED, BEN, first)
        assert (track.lent_by, track.makers, track.price) == ("Ben", (ADA, BEN), PRICE)
        assert track.lyrics == "Oh my voice\nall night long"
        for member_id in (ADA, BEN):
            lines = await harness.studio.budgets.lines(1, member_id)
            shared = {line.spent for line in lines if line.scope is Scope.MEMBER_DAY}
            assert shared == {(PRICE + 20 * 200) // 2}
        after = await harness.studio.jams.now(session.id)
        assert (after.jam.phase, after.jam.loan) == (Phase.LISTENING, None)
        assert sung(harness) == 1


async def test_a_loan_ends_with_its_round(new_studio: NewStudio) -> None:
    async with opened(new_studio) as harness:
        session = await lent(harness)
        await made(harness, session)

        def go_on(jam: Any, member_id: int) -> Any:
            return rounds.next_round(jam, jam.rounds[0], tags=True, words=True, seed=None)

        session = await act(harness, await harness.studio.jams.now(session.id), ADA, go_on)
        assert session.jam.loan is None
        with pytest.raises(AnotherRound):  # a button of the round before
            await act(harness, session, BEN, lending.lend, number=2, price=PRICE)
        third = await made(harness, session)
        assert (third.rework, third.singer_id, third.voice_id) == (None, None, None)
        assert sung(harness) == 1


async def test_nobody_lends_or_takes_back_anothers(new_studio: NewStudio) -> None:
    async with opened(new_studio) as harness:
        session = await lent(harness)
        with pytest.raises(jams.NotIn):
            await act(harness, session, CLEO, lending.lend, number=2, price=PRICE)
        with pytest.raises(LentAlready):
            await act(harness, session, ADA, lending.lend, number=2, price=PRICE)
        session = await act(harness, session, CLEO, jams.join, name="Cleo")
        with pytest.raises(NotLent):
            await act(harness, session, CLEO, lending.take_back)
        session = await act(harness, session, BEN, lending.take_back)
        assert (session.jam.loan, session.jam.lapsed) == (None, BEN)
        session = await act(harness, session, ADA, lending.lend, number=2, price=PRICE)
        session = await harness.studio.jams.now(session.id)
        assert (session.jam.loan, session.jam.lapsed) == (None, ADA)  # she has none


async def test_in_the_first_round_there_is_nothing_to_sing_over(new_studio: NewStudio) -> None:
    async with opened(new_studio) as harness:
        await given(harness, ADA)
        session = await harness.studio.jams.start(Start(1, 51, ADA, "Ada", "Harbour", ("folk",), 20, 100))
        with pytest.raises(NothingToSingOver):
            await act(harness, session, ADA, lending.lend, number=1, price=PRICE)


async def test_only_its_owner_makes_something_of_a_round_that_is_sung_with_it(new_studio: NewStudio) -> None:
    async with opened(new_studio) as harness:
        track = await made(harness, await lent(harness))
        await given(harness, ADA, seconds=18)
        for member_id, ask in ((ADA, sing), (CLEO, sing)):
            with pytest.raises(SomebodysVoice):
                await ask(harness, track, member_id)
        with pytest.raises(SomebodysVoice):
            await rework(harness, Kind.RESTYLE, track, member=ADA, tags="jazz")
        own = await harness.settled((await sing(harness, track, BEN)).id)
        assert (own.state, own.makers, own.singers) == (State.DELIVERED, (BEN,), (BEN,))


# taken back -----------------------------------------------------------------------------------------------


async def forget(harness: StudioHarness, session: Session) -> None:
    await harness.studio.own_voices.forget(1, BEN)


async def switch_off(harness: StudioHarness, session: Session) -> None:
    await harness.studio.rules.change(1, 99, own_voices=False)


async def leave(harness: StudioHarness, session: Session) -> None:
    await act(harness, session, BEN, contributions.leave)


async def ban(harness: StudioHarness, session: Session) -> None:
    await harness.studio.bans.ban(1, 99, BEN, until=None, reason="noise")


@pytest.mark.parametrize("otherwise", [forget, switch_off, leave, ban])
async def test_what_is_lent_no_more_is_not_sung_with_and_all_lock_in_anew(
    new_studio: NewStudio, otherwise: Any
) -> None:
    async with opened(new_studio) as harness:
        session = await lent(harness)
        due = await act(harness, session, ADA, partial(jams.make_now, moderator=False))
        source = await harness.track(session.jam.rounds[0].track_id)
        prompt = parse_rework(Kind.VOICE, sound_of(source), {"lyrics": due.jam.lyrics})
        await otherwise(harness, due)
        with contextlib.suppress(Changed):  # whoever looked at it before is too late
            await harness.studio.jams.make(Asked(due, "Guild 1", prompt))
        session = await harness.studio.jams.now(session.id)
        assert (session.jam.phase, session.jam.loan, session.jam.lapsed) == (Phase.SHAPING, None, BEN)
        assert not session.jam.due
        track = await made(harness, session)
        assert (track.state, track.rework) == (State.DELIVERED, None)
        assert sung(harness) == 0


@pytest.mark.parametrize(
    ("otherwise", "failure"),
    [
        (forget, Failure.VOICE_TAKEN_BACK),
        (switch_off, Failure.VOICE_OFF),
        (leave, Failure.VOICE_TAKEN_BACK),
        (ban, Failure.VOICE_TAKEN_BACK),
    ],
)
async def test_what_is_lent_no_more_right_before_the_post_is_not_sung_with(
    new_studio: NewStudio, otherwise: Any, failure: Failure
) -> None:
    async with opened(new_studio) as harness:
        session = await lent(harness)
        quoted = harness.wave.faults.add(Fault("hold", "price"))
        session = await make(harness, session)
        await quoted.reached()
        await otherwise(harness, session)
        quoted.release()
        ended = await harness.settled(session.jam.track_id or "")
        assert (ended.failure, await harness.kinds(ended.id)) == (failure, ["reserve", "release"])
        assert sung(harness) == 0
        again = await harness.studio.jams.now(session.id)
        assert (again.jam.phase, again.jam.failed, again.jam.loan) == (Phase.SHAPING, ended.id, None)


async def test_its_owner_takes_a_round_that_waits_out_of_the_line(new_studio: NewStudio) -> None:
    async with opened(new_studio) as harness:
        session = await lent(harness)
        await harness.studio.queue.pause(1)
        session = await make(harness, session)
        track_id = session.jam.track_id or ""
        cancelled = await harness.studio.queue.cancel(SIGHT, track_id, BEN, moderator=False)
        assert cancelled.state is State.CANCELLED
        assert (await harness.studio.jams.now(session.id)).jam.loan is None


async def test_it_is_not_made_for_more_than_its_owner_said_yes_to(new_studio: NewStudio) -> None:
    async with opened(new_studio) as harness:
        session = await lent(harness, price=PRICE - 1)
        with pytest.raises(PriceWentUp):
            await make(harness, session)
        assert (await harness.studio.jams.now(session.id)).jam.phase is Phase.SHAPING


async def test_a_round_whose_source_is_gone_is_not_sung(new_studio: NewStudio) -> None:
    async with opened(new_studio) as harness:
        session = await lent(harness)
        await harness.studio.delete(SIGHT, session.jam.rounds[0].track_id, ADA, moderator=False)
        after = await harness.studio.jams.now(session.id)
        assert (after.jam.loan, after.jam.lapsed) == (None, BEN)
        with pytest.raises(NotLent):
            await act(harness, after, ADA, lending.take_back)


# erased ---------------------------------------------------------------------------------------------------


async def test_erasing_oneself_erases_the_rounds_that_are_sung_with_ones_voice(new_studio: NewStudio) -> None:
    async with opened(new_studio) as harness:
        session = await lent(harness)
        first = await harness.track(session.jam.rounds[0].track_id)
        track = await made(harness, session)
        exported = await harness.studio.privacy.export(BEN, Sight(1, frozenset({51}), BEN))
        assert exported["jams"][0]["your_voice_is_lent"] is False
        await harness.studio.privacy.erase(BEN)
        await harness.studio.privacy.clean()
        gone, kept = await harness.track(track.id), await harness.track(first.id)
        assert gone.member_id < 0
        assert gone.singer_id == gone.member_id
        assert (gone.message_id, gone.lent_by, gone.lyrics) == (None, "", "")
        assert (kept.member_id, kept.message_id is not None) == (ADA, True)  # the others' stays
        assert harness.mp3(gone) is None
