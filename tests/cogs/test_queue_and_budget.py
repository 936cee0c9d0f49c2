"""/queue and /budget, and who may do what there."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from bot_harness import TIMEOUT, Harness, below, said
from waiting import eventually

from services.tracks.sight import everything_in
from services.tracks.track import State

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def busy(harness: Harness) -> AsyncIterator[Harness]:
    """A harness in which renders take up all of the account's places until the test is over."""
    held = harness.hold("hold")
    cleo = await harness.member("Cleo")
    assert harness.bot is not None
    for number in range(harness.settings.concurrency):
        await cleo.slash("compose", tags="hold", duration=5, title=f"Held {number}")
    await eventually(lambda: _full(harness, int(cleo.guild["id"])))
    yield harness
    held.release()
    harness.wave.faults.remove(held)
    guild = int(cleo.guild["id"])
    await harness.bot.studio.queue.resume(guild)
    await eventually(lambda: _empty(harness, guild))


async def _full(harness: Harness, guild: int) -> bool:
    assert harness.bot is not None
    entries = (await harness.bot.studio.queue.view(everything_in(guild))).entries
    return [one.track.state for one in entries] == [State.RENDERING] * harness.settings.concurrency


async def _empty(harness: Harness, guild: int) -> bool:
    assert harness.bot is not None
    return not (await harness.bot.studio.queue.view(everything_in(guild))).entries


async def test_the_queue_shows_what_runs_and_waits_in_order(busy: Harness) -> None:
    ben, cleo = await busy.member("Ben"), await busy.member("Cleo")
    await said(
        await ben.slash("compose", tags="ska", duration=5, title="First Wait"), "in line", "Price: $0.001"
    )
    await said(await ben.slash("compose", tags="ska", duration=5, title="Second Wait"), "in line")
    queue = await said(
        await cleo.slash("queue"), "Held 0", "First Wait", "Second Wait", f"<@{ben.id}>", "$0.001"
    )
    text = queue.text
    assert text.index("Held 0") < text.index("First Wait") < text.index("Second Wait")
    assert "Cancel a track" not in text  # none of the waiting ones is Cleo's
    assert "Pause" not in text


async def test_members_cancel_their_own_and_nobody_elses(busy: Harness) -> None:
    ben, cleo = await busy.member("Ben"), await busy.member("Cleo")
    mine = await said(await ben.slash("compose", tags="ska", duration=5, title="Mine"), "in line")
    await said(await cleo.slash("compose", tags="ska", duration=5, title="Hers"), "in line")
    own = await ben.slash("queue")
    await said(own, "Mine", "Hers")
    select = own.message["components"][0]["components"][0]  # type: ignore[index]
    assert [option["label"].split(" ", 1)[1] for option in select["options"]] == ["Mine"]
    track = select["options"][0]["value"]

    theirs = await said(await cleo.slash("queue"), "Mine")
    forged = await cleo.press(theirs, "queue:cancel:0", [track], forged=True)
    await forged.until(lambda now: "Only the member who asked" in now.text, TIMEOUT)

    changed = await ben.press(own, "queue:cancel:0", [track])
    await changed.until(
        lambda now: "was cancelled" in now.text and "Nothing was charged" in now.text, TIMEOUT
    )
    await said(mine, "was cancelled")


async def test_the_answers_own_cancel_button(busy: Harness) -> None:
    ben = await busy.member("Ben")
    answer = await said(await ben.slash("compose", tags="ska", duration=5, title="Regretted"), "in line")
    left = answer.text.split("You have ")[1].split(" ")[0]
    await ben.press(answer, "Cancel")
    await said(answer, "was cancelled", "free again")
    assert "[Cancel]" not in answer.text
    again = await said(
        await ben.slash("compose", tags="ska", duration=5, title="Regretted No More"), "in line"
    )
    assert f"You have {left} " in again.text


async def test_what_runs_cannot_be_cancelled(busy: Harness) -> None:
    cleo = await busy.member("Cleo")
    running = (await busy.bot.studio.queue.view(everything_in(int(cleo.guild["id"])))).entries[0].track  # type: ignore[union-attr]
    queue = await said(await cleo.slash("queue"), "Held")
    answer = await cleo.press(queue, "queue:cancel:0", [running.id], forged=True)
    await answer.until(lambda now: "can no longer be cancelled" in now.text, TIMEOUT)


async def test_a_moderator_cancels_any_pauses_and_resumes(busy: Harness) -> None:
    ben, ada = await busy.member("Ben"), await busy.member("Ada")
    theirs = await said(await ben.slash("compose", tags="ska", duration=5, title="Moderated"), "in line")
    queue = await said(await ada.slash("queue"), "Moderated", "Pause")
    select = queue.message["components"][0]["components"][0]  # type: ignore[index]
    value = next(o["value"] for o in select["options"] if "Moderated" in o["label"])
    await (await ada.press(queue, "queue:cancel:0", [value])).until(
        lambda now: "was cancelled" in now.text, 10
    )
    await said(theirs, "was cancelled")

    await ada.press(queue, "Pause the queue")
    await said(queue, "paused", "[Resume the queue]")
    await said(await ben.slash("compose", tags="ska", duration=5, title="Patient"), "has paused")
    await ada.press(queue, "Resume the queue")
    await said(queue, "[Pause the queue]")


async def test_members_cannot_pause_even_with_a_forged_button(busy: Harness) -> None:
    ben = await busy.member("Ben")
    queue = await said(await ben.slash("queue"), "Held")
    await below(await ben.press(queue, "queue:pause:0", forged=True), "Only moderators")
    assert not (await busy.bot.studio.queue.view(everything_in(int(ben.guild["id"])))).paused  # type: ignore[union-attr]


async def test_the_budget_shows_spent_reserved_and_left(busy: Harness) -> None:
    ben = await busy.member("Ben")
    costly = await said(await ben.slash("compose", tags="ska", duration=100, title="Costly"), "in line")
    await said(
        await ben.slash("budget"), "today", "this month", "You, today", "$0.02", "reserved", "of $10.00"
    )
    await ben.press(costly, "Cancel")
    await said(costly, "was cancelled")


async def test_moderators_set_limits_below_the_hosts_ceiling(harness: Harness) -> None:
    dora, ada = await harness.member("Dora", "Rooftop"), await harness.member("Ada", "Rooftop")
    await said(await ada.slash("moderation budget", forged=True, daily=5), "Only moderators")
    await said(await dora.slash("moderation budget"), "Nothing was changed")
    await said(
        await dora.slash("moderation budget", daily=10.01), "Nothing was changed", "at most $10.00 a day"
    )
    await said(
        await dora.slash("moderation budget", daily=0.001, monthly=50),
        "limits are set",
        "of $0.001",
        "of $50.00",
    )

    refused = await dora.slash("compose", tags="ska", duration=20, title="Too Dear", vocals="write")
    refused = await dora.submit(refused, lyrics="Words to keep")
    await said(
        refused,
        "$0.004",
        "this server has only $0.001 of its $0.001",
        "at most 5 seconds",
        "Words to keep",
        "/moderation budget",
        "nothing was charged",
    )
    form = await dora.press(refused, "Edit")
    await said(await dora.submit(form, duration="5"), "Too Dear")
    await said(await dora.slash("moderation budget", daily=10), "limits are set")
