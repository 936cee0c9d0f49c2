"""Moderators hear tracks first, publish and withhold them: once, whoever presses, whatever is killed."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from dbos import DBOS
from postgresql import new_postgresql
from studio_harness import FakeDelivery, NewStudio, StudioHarness
from waiting import eventually, nothing_due

from services.delivery import Delivered
from services.guilds import audit
from services.pipeline import review
from services.pipeline.review import AlreadyDecided, NotForItsChannel
from services.storage.database import now
from services.storage.tables import chart_posts, rules
from services.tracks import tracks
from services.tracks.sight import everything_in
from services.tracks.track import NoSuchTrack, State, Track, WithheldBecause

ADA, CLEO = 5, 6


async def set_review(harness: StudioHarness, channel: int | None = 99) -> None:
    async with harness.database.write() as connection:
        await connection.execute(rules.delete())
        await connection.execute(rules.insert().values(guild_id=1, settings={"review_channel_id": channel}))


async def told(harness: StudioHarness, track_id: str, what: str) -> None:
    await heard(lambda: (what, track_id) in harness.delivery.told)


async def heard(look: Callable[[], bool]) -> None:
    async def there() -> bool:
        return look()

    await eventually(there)


async def in_review(harness: StudioHarness, title: str = "A Track", **given: Any) -> str:
    track_id = (await harness.compose(title, **given)).id
    await harness.until(track_id, State.IN_REVIEW)
    await told(harness, track_id, "in review")
    return track_id


async def test_a_finished_track_is_paid_for_shown_to_moderators_and_not_posted(new_studio: NewStudio) -> None:
    async with new_studio() as harness:
        await set_review(harness)
        track_id = await in_review(harness)
        assert harness.delivery.shown == [track_id]
        assert harness.delivery.published == []
        assert await harness.kinds(track_id) == ["reserve", "spend"]
        track = await harness.track(track_id)
        assert (track.review_channel_id, track.review_message_id) == (99, 2001)
        await harness.studio.review.publish(everything_in(1), track_id, ADA)
        track = await harness.until(track_id, State.DELIVERED)
        await told(harness, track_id, "moderators: delivered")
        assert [one for one, _ in harness.delivery.published] == [track_id]
        assert track.reviewed_by == ADA
        assert await harness.kinds(track_id) == ["reserve", "spend"]


async def test_a_decision_that_comes_while_it_is_shown_is_what_is_told(
    new_studio: NewStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with new_studio() as harness:
        await set_review(harness)
        steps, show = harness.studio.steps, harness.studio.steps._show_to_moderators

        async def before_a_decision(track: Track, *where: Any) -> None:
            await show(track, *where)
            await harness.studio.review.withhold(everything_in(1), track.id, ADA, "no")

        monkeypatch.setattr(steps, "_show_to_moderators", before_a_decision)
        track_id = (await harness.compose()).id
        await told(harness, track_id, "moderators: withheld")
        await eventually(nothing_due)
        assert ("in review", track_id) not in harness.delivery.told


async def test_without_the_channel_it_is_withheld_and_never_posted_unseen(new_studio: NewStudio) -> None:
    async with new_studio() as harness:
        await set_review(harness)
        harness.delivery.no_review = True
        track_id = (await harness.compose()).id
        track = await harness.until(track_id)
        await told(harness, track_id, "withheld")
        assert (track.state, track.withheld_because) == (State.WITHHELD, WithheldBecause.NO_REVIEW)
        assert harness.delivery.published == []
        await harness.studio.review.publish(everything_in(1), track_id, ADA)
        await harness.until(track_id, State.DELIVERED)


async def test_withheld_taken_down_and_published_again_each_time_once(new_studio: NewStudio) -> None:
    async with new_studio() as harness:
        track_id = (await harness.compose()).id
        first = await harness.settled(track_id)
        for _ in range(2):
            before = await harness.track(track_id)
            track = await harness.studio.review.withhold(everything_in(1), track_id, ADA, "  noise ")
            assert (track.state, track.withheld_because, track.held_back) == (State.WITHHELD, "noise", True)
            await heard(lambda down=(track_id, before.message_id): down in harness.delivery.taken_down)
            await told(harness, track_id, "withheld")
            await eventually(lambda: _no_message(harness, track_id))
            harness.delivery.told.clear()
            await harness.studio.review.publish(everything_in(1), track_id, CLEO)
            await harness.until(track_id, State.DELIVERED)
        assert len(harness.delivery.published) == 3
        assert (await harness.track(track_id)).message_id != first.message_id
        async with harness.database.read() as connection:
            rows, _count = await audit.records(connection, 1)
        assert [(row.action, row.actor_id, row.before, row.after) for row in rows] == [
            ("publish", CLEO, "noise", ""),
            ("withhold", ADA, "", "noise"),
        ] * 2


async def test_what_is_made_from_it_names_it_only_while_everybody_may_hear_it(new_studio: NewStudio) -> None:
    async with new_studio() as harness:
        track_id = (await harness.compose("Naughty Words")).id
        await harness.settled(track_id)
        remix = replace((await harness.compose("Remix")), parent_id=track_id)
        there, review = everything_in(1), harness.studio.review
        await review.withhold(there, track_id, ADA, "noise")
        assert await harness.studio.parent(there, remix) is None
        await review.publish(there, track_id, ADA)
        await harness.until(track_id, State.DELIVERED)
        named = await harness.studio.parent(there, remix)
        assert named is not None
        assert named.title == "Naughty Words"


@pytest.mark.parametrize("how", ["withheld", "deleted"])
async def test_charts_that_name_what_is_gone_are_brought_up_to_date(new_studio: NewStudio, how: str) -> None:
    async with new_studio() as harness:
        track = await harness.settled((await harness.compose("Naughty Words")).id)
        monday = now().replace(hour=0) - timedelta(days=3)
        weeks = {"2026-W01": monday - timedelta(days=7), "2026-W02": monday}
        async with harness.database.write() as connection:
            for week, since in weeks.items():
                values = {
                    "since": since,
                    "until": since + timedelta(days=7),
                    "message_id": 9,
                    "channel_id": 51,
                }
                row = {"guild_id": 1, "week": week, "done": True, "stale": False} | values
                await connection.execute(chart_posts.insert().values(row))
        await harness.studio.votes.press(everything_in(1), track.id, CLEO)
        assert await harness.studio.charts.stale() == []
        if how == "withheld":
            await harness.studio.review.withhold(everything_in(1), track.id, ADA, "noise")
        else:
            await harness.studio.delete(everything_in(1), track.id, track.member_id, moderator=False)
        assert [post.week.name for post in await harness.studio.charts.stale()] == ["2026-W02"]


async def test_a_publication_that_was_killed_while_its_file_was_made_anew_goes_on(
    new_studio: NewStudio,
) -> None:
    async with new_studio() as harness:
        await set_review(harness)
        track_id = await in_review(harness)
        async with harness.database.write() as connection:
            killed = {"state": State.MASTERING, "reviewed_by": ADA, "publish_intent_at": None}
            await tracks.change(connection, track_id, **killed)
        harness.studio.dispatch.begin(f"{track_id}.publish.1", review.publish_track, track_id)
        await harness.until(track_id, State.DELIVERED)


async def _no_message(harness: StudioHarness, track_id: str) -> bool:
    return (await harness.track(track_id)).message_id is None


async def test_a_decision_on_a_message_that_is_not_written_down_counts_and_is_told_once(
    new_studio: NewStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    posted, let_go, show = asyncio.Semaphore(0), asyncio.Event(), FakeDelivery.show

    async def slowly(self: FakeDelivery, track: Track, mp3: Path, channel_id: int) -> Delivered | None:
        shown = await show(self, track, mp3, channel_id)
        posted.release()
        await let_go.wait()
        return shown

    monkeypatch.setattr(FakeDelivery, "show", slowly)
    async with new_studio() as harness:
        await set_review(harness)
        good, bad = [(await harness.compose(title)).id for title in ("Good", "Bad")]
        review = harness.studio.review
        for _ in (good, bad):
            await posted.acquire()
        with pytest.raises(AlreadyDecided):
            await review.publish(everything_in(1), good, ADA)
        for track_id in (good, bad):
            await review.shown(everything_in(2), track_id, 98, 1)
            await review.shown(everything_in(1), track_id, 99, 2001 + harness.delivery.shown.index(track_id))
        await review.publish(everything_in(1), good, ADA)
        await review.withhold(everything_in(1), bad, ADA, "no")
        await harness.until(good, State.DELIVERED)
        await told(harness, bad, f"moderators: {State.WITHHELD}")
        let_go.set()
        for track_id in (good, bad):
            await (await DBOS.retrieve_workflow_async(f"{track_id}.0")).get_result()
        assert [one for one, _ in harness.delivery.published] == [good]
        assert (await harness.track(bad)).state is State.WITHHELD
        assert harness.delivery.told.count(("withheld", bad)) == 1
        assert not {("in review", good), ("in review", bad)} & set(harness.delivery.told)
        assert await harness.kinds(good) == await harness.kinds(bad) == ["reserve", "spend"]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_of_two_moderators_at_once_one_decides_and_the_other_is_told(
    new_studio: NewStudio, kind: str
) -> None:
    where = {"database_url": new_postgresql()} if kind == "postgresql" else {}
    async with new_studio(**where) as harness:
        await set_review(harness)
        track_id = await in_review(harness)
        review = harness.studio.review
        results = await asyncio.gather(
            review.publish(everything_in(1), track_id, ADA),
            review.withhold(everything_in(1), track_id, CLEO, "no"),
            review.publish(everything_in(1), track_id, CLEO),
            return_exceptions=True,
        )
        refused = [one for one in results if isinstance(one, AlreadyDecided)]
        assert len(refused) == 2
        await harness.until(track_id, State.DELIVERED, State.WITHHELD)
        await eventually(nothing_due)
        assert len(harness.delivery.published) <= 1


async def test_what_is_not_there_or_not_allowed_is_refused(new_studio: NewStudio) -> None:
    async with new_studio() as harness:
        await set_review(harness)
        track_id = await in_review(harness)
        review = harness.studio.review
        with pytest.raises(NoSuchTrack):
            await review.publish(everything_in(2), track_id, ADA)
        with pytest.raises(NoSuchTrack):
            await review.withhold(everything_in(2), track_id, ADA, "theirs")
        async with harness.database.write() as connection:
            await tracks.change(connection, track_id, explicit=True)
        with pytest.raises(NotForItsChannel):
            await review.publish(everything_in(1), track_id, ADA)


async def test_a_decision_outlives_a_stop_right_after_it(new_studio: NewStudio) -> None:
    async with new_studio() as harness:
        await set_review(harness)
        kept, gone = await in_review(harness, "Kept"), (await in_review(harness, "Gone"))
        await set_review(harness, None)
        harness.delivery.closed_for = 10_000
        await harness.studio.review.publish(everything_in(1), kept, ADA)
        delivery = harness.delivery
        await harness.until(gone, State.IN_REVIEW)
    delivery.closed_for = 0
    async with new_studio(delivery) as harness:
        await harness.until(kept, State.DELIVERED)
        assert [one for one, _ in delivery.published] == [kept]
        await harness.studio.review.publish(
            everything_in(1), gone, ADA
        )  # review is off, and it can still be published
        await harness.until(gone, State.DELIVERED)


async def test_a_decision_whose_workflow_never_began_is_carried_out_at_the_next_start(
    new_studio: NewStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(_self: object, _track: object) -> None:
        """The process is gone right after the commit."""

    async with new_studio() as harness:
        await set_review(harness)
        published, withheld = await in_review(harness, "Published"), await in_review(harness, "Withheld")
        with monkeypatch.context() as patch:
            patch.setattr("services.pipeline.review.Review._carry_out", killed)
            await harness.studio.review.publish(everything_in(1), published, ADA)
            await harness.studio.review.withhold(everything_in(1), withheld, ADA, "no")
        delivery = harness.delivery
        assert ("withheld", withheld) not in delivery.told
    async with new_studio(delivery) as harness:
        await harness.until(published, State.DELIVERED)
        await told(harness, withheld, "withheld")
        await eventually(nothing_due)
    assert [one for one, _ in delivery.published] == [published]
    delivery.told.clear()
    async with new_studio(delivery) as harness:
        await eventually(nothing_due)
    assert delivery.told == []
