"""How a track is handed to the provider: one of a seed at a time."""

from __future__ import annotations

from workshop import Workshops

from rehearsal.wavespeed import Fault, WaveSpeedStandIn
from services.tracks import State

SEED = 5


async def test_of_two_with_one_seed_the_second_waits_for_the_firsts_answer(
    workshops: Workshops, wave: WaveSpeedStandIn
) -> None:
    """Else a lost answer could be either's: the history tells them apart by the seed alone."""
    held = wave.faults.add(Fault("hold", "submit", seed=SEED, when="after"))
    async with workshops() as shop:
        first = (await shop.compose("First", seed=SEED)).track
        await held.reached()
        second = (await shop.compose("Second", seed=SEED)).track
        await shop.until(second.id, State.SUBMITTING)
        later = (await shop.compose("Another Seed", seed=SEED + 1)).track
        assert (await shop.settled(later.id)).state is State.DELIVERED
        assert wave.submits[SEED] == 1
        assert (await shop.track(second.id)).intent_at is None
        held.release()
        made = [await shop.settled(one.id) for one in (first, second)]
        assert [track.state for track in made] == [State.DELIVERED] * 2
        assert len({track.prediction_id for track in made}) == wave.submits[SEED] == 2


async def test_who_may_have_lost_the_place_while_connecting_sends_nothing(
    workshops: Workshops, wave: WaveSpeedStandIn
) -> None:
    """A process that was frozen with the intent written: the order is sent when the place is sure again."""
    async with workshops() as shop:
        shop.database.unsure = 2
        track = (await shop.compose("Thawed", seed=SEED)).track
        made = await shop.settled(track.id)
        assert made.state is State.DELIVERED
        assert shop.database.unsure < 0
        assert wave.submits[SEED] == wave.count("submit") == 1
