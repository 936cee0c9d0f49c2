"""The campaign's judge is judged: in a calm world it finds nothing, and what is broken in it, it finds."""

from __future__ import annotations

import asyncio
import copy
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from waiting import eventually

from rehearsal.discord.interactions import Interaction
from rehearsal.wavespeed import Fault
from soak.chronicle import Post
from soak.databases import Sqlite
from soak.history import history
from soak.invariants import violations
from soak.limits import LimitWatch, Passed
from soak.process import Life
from soak.records import Records, Row, read
from soak.violation import Violation
from soak.world import SETTINGS, World, a_world

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def evening(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[World, Records]]:
    """Two tracks, one of which the provider cannot make, and a look at the queue; all over by now."""
    async with a_world(tmp_path_factory.mktemp("soak"), Sqlite, seed=1) as world:
        world.bots[0].start()
        await world.opened()
        limits = LimitWatch(world, SETTINGS)
        ben = world.members["Ben"]
        world.wave.faults.add(Fault("render_failed", tags="polka"))
        await ben.slash("compose", tags="ska", duration=5, title="Kite 1")
        await ben.slash("compose", tags="polka", duration=5, title="Comet 2")
        await ben.slash("queue")

        async def over() -> bool:
            await limits.look()
            return limits.made == 2 and not limits.unfinished and not await world.database.pending()

        await eventually(over)
        await eventually(lambda: refunded(world))
        await world.stop()

        async def gone() -> bool:  # also what the bot had started, which ends after it
            return not await asyncio.to_thread(world.left_behind)

        await eventually(gone)
        records = await read(world, limits.passed, time.monotonic())
        yield world, replace(records, lives=[stretched(records.lives[0])])


def stretched(life: Life) -> Life:
    """As if it had been open for a minute before and after: what it left open is then its own fault."""
    assert life.opened
    assert life.asked_at
    assert life.ended
    after = {"asked_at": life.asked_at + 60, "ended": life.ended + 60}
    return replace(life, started=life.started - 60, opened=life.opened - 60, **after)


async def refunded(world: World) -> bool:
    return len(world.wave.bill) == 3


def track(records: Records, state: str) -> Row:
    return next(one for one in records.tracks.values() if one["state"] == state)


def changed(records: Records, state: str, /, **values: Any) -> Records:
    """With other values in the track of that state."""
    row = track(records, state)
    return replace(records, tracks={**records.tracks, row["id"]: {**row, **values}})


def posted(records: Records, words: str) -> Post:
    return next(post for post in records.posts if post.ever(words))


def with_post(records: Records, like: Post, **values: Any) -> Records:
    more = replace(like, id="99", **values)
    heard = {**records.heard, "99": records.heard.get(like.id, "")}
    return replace(records, posts=[*records.posts, more], heard=heard)


def without_post(records: Records, which: Post) -> Records:
    return replace(records, posts=[post for post in records.posts if post is not which])


def entries(records: Records, kind: str, /, **values: Any) -> Records:
    """With other values in the entries of that kind."""
    made = [{**one, **values} if one["kind"] == kind else one for one in records.entries]
    return replace(records, entries=made)


def asked(records: Records, name: str, /, **values: Any) -> Records:
    """With other values in the first interaction of that name."""
    there = list(records.interactions)
    place = next(number for number, one in enumerate(there) if one.data.get("name") == name)
    made: Interaction = copy.copy(there[place])
    for field, value in values.items():
        setattr(made, field, value)
    there[place] = made
    return replace(records, interactions=there)


def original(records: Records, name: str, **values: Any) -> Any:
    """The answer of the first interaction of that name, with other values in its message."""
    one = next(one for one in records.interactions if one.data.get("name") == name)
    message = copy.copy(one.original)
    assert message is not None
    message.data = {**message.data, **values}
    return message


def another_task(records: Records) -> Records:
    task = copy.copy(next(iter(records.predictions.values())))
    task.id = "another"
    return replace(records, predictions={**records.predictions, task.id: task})


def more_billed(records: Records) -> Records:
    made = another_task(records)
    line = replace(next(one for one in made.bill if one.billing_type == "deduct"), prediction="another")
    return replace(made, bill=[*made.bill, line])


def sums(records: Records, **more: int) -> Records:
    made = [{**one, **{name: one[name] + extra for name, extra in more.items()}} for one in records.sums]
    return replace(records, sums=made)


def a_life(records: Records, **values: Any) -> Records:
    now = time.monotonic()
    return replace(records, lives=[Life(1, 1, now - 60, now - 50, now, 0, **values)])


def a_jam(records: Records, **values: Any) -> Records:
    return replace(
        records, jams=[{"id": "j", "phase": "ended", "state": {}, "recap_message_id": None} | values]
    )


def a_vote(records: Records, *, entered: bool, member_id: int = 0) -> Records:
    """In a contest, for the track that is there; another member's vote, or (0) its own maker's."""
    own = track(records, "delivered")
    vote = {"contest_id": "c", "round": 0, "pair": 0, "choices": [own["id"]]}
    found = [{"contest_id": "c", "track_id": own["id"]}] if entered else []
    return replace(
        records, contest_entries=found, contest_votes=[vote | {"member_id": member_id or own["member_id"]}]
    )


def a_result(records: Records, *ids: str) -> Records:
    """A contest that is over, and as many messages that tell of it."""
    like = posted(records, "Kite 1\nby")
    own = {"type": 2, "custom_id": "contest:mine:c", "label": "My entries"}
    first = {"attachments": [], "components": [{"type": 1, "components": [own]}]}
    called = records.told_of(track(records, "delivered"))
    posts = [
        replace(like, id=one, first=first, texts=[(0.0, f"The result: Fog {one}\n{called}")]) for one in ids
    ]
    contest = {"id": "c", "theme": "Fog", "phase": "ended"}
    return replace(records, contests=[contest], posts=[*records.posts, *posts])


def a_relay(records: Records, **values: Any) -> Records:
    relay = {"id": "r", "theme": "Fog", "phase": "ended", "track_id": None, "refused": ""}
    return replace(records, relays=[relay | values])


def taken_back(records: Records, /, **values: Any) -> Records:
    """As if the process had ended before it told of the track that failed; with other values in its row."""
    row = track(records, "failed")
    silent = copy.copy(records.asked_by(row))
    assert silent is not None
    silent.state, silent.original = "failed", None
    never = dict.fromkeys(("failure", "prediction_id", "intent_at", "started_at", "message_id"))
    gone = {**row, **never, "state": "cancelled", "deleted_at": row["finished_at"], **values}
    there = entries(records, "release", note="not acknowledged")
    return replace(
        there,
        lives=[],
        tracks={**there.tracks, row["id"]: gone},
        interactions=[silent if one.id == silent.id else one for one in there.interactions],
        predictions={key: one for key, one in there.predictions.items() if key != row["prediction_id"]},
        bill=[line for line in there.bill if line.prediction != row["prediction_id"]],
    )


LOADING = 128
BROKE = "Something broke on my side"
PLANTED: list[tuple[str, Callable[[Records], Records]]] = [
    ("unfinished", lambda r: changed(r, "delivered", state="rendering")),
    ("unfinished", lambda r: replace(r, pending=1)),
    ("posted once", lambda r: without_post(r, posted(r, "Kite 1\nby"))),
    ("posted once", lambda r: with_post(r, posted(r, "Kite 1\nby"))),
    ("posted once", lambda r: replace(r, heard={})),
    ("posted once", lambda r: changed(r, "delivered", channel_id=1)),
    ("posted once", lambda r: changed(r, "delivered", state="cancelled")),
    ("told once", lambda r: without_post(r, posted(r, "could not be made: "))),
    ("told once", lambda r: with_post(r, posted(r, "could not be made: "))),
    ("told once", lambda r: changed(r, "delivered", message_id=None)),
    ("no task twice", another_task),
    ("trap", lambda r: replace(r, trapped=["b'GET /song.mp3'"])),
    ("ledger is bill", more_billed),
    ("ledger is bill", lambda r: entries(r, "spend", amount=999)),
    ("ledger is bill", lambda r: entries(r, "release", kind="spend")),
    ("entries", lambda r: entries(r, "spend", kind="reserve")),
    ("nothing reserved", lambda r: sums(r, reserved=1)),
    ("sums are entries", lambda r: sums(r, spent=1)),
    ("limits", lambda r: replace(r, passed=[Passed(0.0, "host day", 2, 1)])),
    ("posted twice", lambda r: with_post(r, posted(r, "Kite 1\nby"), only=None)),
    ("a start says nothing", lambda r: replace(r, last_start=0.0)),
    ("jams", lambda r: a_jam(r, phase="making")),
    ("jams", lambda r: a_jam(r, recap_message_id=7)),
    ("evenings", lambda r: a_vote(r, entered=True)),
    ("evenings", lambda r: a_vote(r, entered=False, member_id=1)),
    ("evenings", lambda r: a_result(r, "97", "98")),
    ("evenings", lambda r: changed(a_result(r, "97"), "delivered", deleted_at=1)),
    ("evenings", lambda r: a_relay(r, phase="making")),
    ("well formed", lambda r: replace(r, malformed=r.callbacks[:1])),
    ("runs on", lambda r: a_life(r)),
    ("stops in time", lambda r: a_life(r, asked="SIGTERM", asked_at=time.monotonic() - 20)),
    ("left behind", lambda r: replace(r, left_behind={1: ["a worker"]})),
    ("left behind", lambda r: replace(r, own_files=[{"deleted_at": None, "track_id": "t", "name": "a"}])),
    ("thinking", lambda r: asked(r, "queue", state="deferred", original=original(r, "queue", flags=LOADING))),
    (
        "thinking",
        lambda r: asked(r, "compose", state="deferred", original=original(r, "compose", flags=LOADING)),
    ),
    ("acknowledged", lambda r: asked(r, "queue", state="failed")),
    (
        "made, and told otherwise",
        lambda r: asked(r, "compose", original=original(r, "compose", content=BROKE)),
    ),
    ("made, and told otherwise", lambda r: asked(r, "compose", state="failed")),
    ("made, and told otherwise", lambda r: taken_back(r, deleted_at=None)),
    ("made, and told otherwise", lambda r: taken_back(r, state="failed")),
    ("made, and told otherwise", lambda r: taken_back(r, intent_at=r.bill[0].at)),
    ("made, and told otherwise", lambda r: entries(taken_back(r), "release", note="cancelled")),
    ("made, and told otherwise", lambda r: entries(taken_back(r), "release", kind="spend")),
    ("made, and told otherwise", lambda r: replace(taken_back(r), predictions=r.predictions)),
    (
        "accepted",
        lambda r: asked(r, "queue", original=original(r, "queue", content="#9 “X” is in the queue")),
    ),
]


async def test_in_a_calm_world_everything_holds(evening: tuple[World, Records]) -> None:
    _world, records = evening
    assert {one["state"] for one in records.tracks.values()} == {"delivered", "failed"}
    assert violations(records) == []


@pytest.mark.parametrize(("rule", "plant"), PLANTED)
async def test_what_is_broken_is_found(
    evening: tuple[World, Records], rule: str, plant: Callable[[Records], Records]
) -> None:
    _world, records = evening
    assert rule in {one.rule for one in violations(plant(records))}


async def test_an_evening_that_is_as_it_should_be_is_not_complained_of(
    evening: tuple[World, Records],
) -> None:
    _world, records = evening
    for calm in (
        a_vote(records, entered=True, member_id=1),
        a_result(records, "97"),
        a_relay(records, phase="making", refused="There is no money."),
    ):
        assert violations(calm) == []


async def test_what_its_member_was_not_told_of_may_be_taken_back(evening: tuple[World, Records]) -> None:
    _world, records = evening
    assert violations(taken_back(records)) == []


async def test_a_failure_whose_notice_still_waits_counts_as_told(evening: tuple[World, Records]) -> None:
    _world, records = evening
    unread = without_post(records, posted(records, "could not be made: "))
    told = replace(unread, notices=[{"id": 1, "text": records.told_of(track(records, "failed"))}])
    assert violations(told) == []


async def test_the_history_of_a_track_has_what_everybody_knows_of_it(evening: tuple[World, Records]) -> None:
    world, records = evening
    failed = track(records, "failed")
    told = history(world, records, Violation("x", "x", failed["id"]))
    for words in ("Ben sends", "reserve 1000", "submit -> 200", "render failed", "refund 1000"):
        assert words in told, told
    assert "could not be made" in told
