"""A jam of many over the real gateway: a restart in the middle of each phase changes nothing."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any

import pytest
from bot_harness import Harness, said, track_of
from jamming import jam_id, join, panel_of, recap_of, start, strikes, tags, writes
from soak.variants import few_of

from cogs.core.coalesced_edits import CoalescedEdits
from cogs.jams.panels import JamPanels
from rehearsal.discord.members.member import Answer, Member
from rehearsal.discord.members.reading import text_of
from services.jams import jams
from services.tracks.sight import everything_in

NewHarness = Callable[..., AbstractAsyncContextManager[Harness]]
Restart = Callable[[], Awaitable[None]]
THEME = "Many Hands"
MENU = "Write a section …"
SECTIONS = ("Intro", "Verse", "Chorus", "Bridge", "Outro")


@pytest.fixture(autouse=True)
def briskly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(JamPanels, "interval", 0.1)
    monkeypatch.setattr(CoalescedEdits, "interval", 0.2)


async def of(harness: Harness, many: int) -> list[Member]:
    names = [f"Hand {number}" for number in range(many - 3)]
    for name in names:
        harness.discord.world.add_member("The Porch", name)
    return [await harness.member(name) for name in ("Ben", "Ada", "Cleo", *names)]


async def all_press(members: list[Member], panel: dict[str, Any], label: str) -> None:
    await asyncio.gather(*(member.press(panel, label) for member in members))


async def evening(harness: Harness, many: int, restart: Restart) -> dict[str, Any]:
    """Two rounds of so many, and what is left of them. restart: called in the middle of each phase."""
    everybody = await of(harness, many)
    ben, others = everybody[0], everybody[1:]
    panel = await start(ben, THEME, tags="folk", duration=5, share=100)

    await all_press(others[: many // 2], panel, "Join / Leave")
    await panel_of(ben, THEME, f"In ({many // 2 + 1})")
    forms = [await others[place].press(panel, MENU, [f"New: {SECTIONS[place]}"]) for place in range(3)]
    await restart()
    await all_press(others[many // 2 :], panel, "Join / Leave")
    await panel_of(ben, THEME, f"In ({many})")
    await written(forms)
    for place in range(3, 5):
        await writes(others[place], panel, f"New: {SECTIONS[place]}", line(place))
        await panel_of(ben, THEME, f"This line is number {place}")
    await panel_of(ben, THEME, *(f"{place}. {name}" for place, name in enumerate(SECTIONS, 1)))
    await settled(ben, panel, seed="7")

    await tags(others[4], panel, "slow")
    await panel_of(ben, THEME, "folk, slow")
    await tags(others[5], panel, "fast")
    await panel_of(ben, THEME, "“fast” instead of “slow”?")
    await strikes(others[6], panel, "folk")
    panel = await panel_of(ben, THEME, "“fast” instead of “slow”?", "Strike “folk”?")
    fast, folk = (f"jam:vote:{jam_id(panel)}:{one}" for one in proposals(panel))
    voters = [*others[7:], *others[:5]][: many // 2]
    some, rest = voters[: -(many // 5)], voters[-(many // 5) :]
    await asyncio.gather(*(member.press(panel, f"{fast}:for") for member in some))
    await asyncio.gather(*(member.press(panel, f"{folk}:against") for member in some))
    await panel_of(ben, THEME, f"{1 + len(some)} for, 0 against", f"1 for, {len(some)} against")
    await restart()
    await asyncio.gather(*(member.press(panel, f"{fast}:for") for member in rest))
    await asyncio.gather(*(member.press(panel, f"{folk}:against") for member in rest))
    panel = await panel_of(ben, THEME, "**Tags** folk, fast")

    first = many * 3 // 5
    await all_press(others[:first], panel, "Lock in / Unlock")
    await panel_of(ben, THEME, f"{first} of the {many} needed")
    await restart()
    held = harness.hold("folk, fast")
    await all_press([*others[first:], ben], panel, "Lock in / Unlock")
    await panel_of(ben, THEME, "is being rendered")
    await restart()
    held.release()
    message = await track_of(ben, THEME)

    panel = await panel_of(ben, THEME, "Listen, and vote")
    vote = f"track:vote:{message['components'][0]['components'][0]['custom_id'].split(':')[-1]}"
    await asyncio.gather(*(member.press(message, vote) for member in others[: many // 4]))
    await panel_of(ben, THEME, f"♥ {many // 4}")
    await restart()
    await asyncio.gather(*(member.press(message, vote) for member in others[many // 4 : many // 2]))
    await panel_of(ben, THEME, f"♥ {many // 2}")

    form = await ben.press(panel, "Next round")
    await restart()
    await ben.submit(form, keep=["words", "seed"])
    panel = await panel_of(ben, THEME, "Round 2", "none yet")
    await tags(others[0], panel, "waltz")
    panel = await panel_of(ben, THEME, "**Tags** waltz")
    await ben.press(panel, "Make it now")
    second = await track_of(ben, f"{THEME}, round 2")

    panel = await panel_of(ben, THEME, "Listen, and vote", "round 2")
    question = await said(await ben.press(panel, "End the jam"), "End the jam")
    await restart()
    await ben.press(question, "End it")
    await panel_of(ben, THEME, "This jam has ended")
    await restart()
    recap = await recap_of(ben, THEME)
    assert harness.bot is not None
    found = await harness.bot.studio.search(everything_in(int(ben.guild["id"])), THEME)
    names = {int(member.id): member.name for member in everybody}
    tracks = [(one.number, one.title, one.tags, one.lyrics, one.seed) for one in found]
    return {
        "tracks": tracks,
        "makers": [sorted(names[maker] for maker in one.makers) for one in found],
        "messages": [len(m["attachments"]) for m in (message, second)],
        "recap": readable(recap, names),
        "recaps": len([m for m in await ben.messages() if "is over" in text_of(m)]),
        "panels": len([m for m in await ben.messages() if f"## Jam “{THEME}”" in text_of(m)]),
    }


def line(place: int) -> str:
    return f"This line is number {place}\nand nobody else wrote it"


async def written(forms: list[Answer]) -> None:
    """Sends the forms one after the other, in their order."""
    for place, form in enumerate(forms):
        await form.member.submit(form, text=line(place))
        await panel_of(form.member, THEME, f"This line is number {place}")


async def settled(member: Member, panel: dict[str, Any], **fields: Any) -> None:
    await member.submit(await member.press(panel, "Length and seed"), **fields)
    await panel_of(member, THEME, "**Seed** 7")


def proposals(panel: dict[str, Any]) -> list[str]:
    """The numbers of those that are open, in the order in which they stand there."""
    return re.findall(r"jam:vote:[0-9a-z]{20}:(\d+):for", str(panel["components"]))


def readable(recap: dict[str, Any], names: dict[int, str]) -> list[str]:
    """The recap's lines, with names in the place of ids, in an order of their own."""
    text = re.sub(r"<@(\d+)>", lambda found: names[int(found[1])], text_of(recap))
    text = re.sub(r"https://\S+", "link", text)
    text = re.sub(r"-[0-9a-z]{4}\.zip", ".zip", text)
    return sorted(" ".join(sorted(re.split(r"[, ]+", line))) for line in text.splitlines())


@pytest.mark.parametrize("many", few_of(1, [8, 20]))
async def test_a_restart_in_the_middle_of_each_phase_changes_nothing(
    many: int, new_harness: NewHarness, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async def on() -> None:
        """Goes on without a restart."""

    async with new_harness(data_dir=tmp_path_factory.mktemp("plain")) as harness:
        await harness.start()
        plain = await evening(harness, many, on)
    async with new_harness(data_dir=tmp_path_factory.mktemp("restarted")) as harness:
        await harness.start()
        restarts = 0

        async def restart() -> None:
            nonlocal restarts
            await harness.stop()
            await harness.start()
            restarts += 1

        assert await evening(harness, many, restart) == plain
        assert restarts == 8
    second, first = plain["tracks"]
    assert (first[2], second[2], second[4]) == ("folk, fast", "waltz", 7)
    assert [len(makers) for makers in plain["makers"]] == [many, many]
    assert first[3] == second[3]
    assert first[3].split("\n")[1::4] == [line(place).split("\n")[0] for place in range(5)]
    assert (plain["recaps"], plain["panels"]) == (1, 1)


async def test_what_a_stop_left_undone_is_done_at_the_next_start(
    new_harness: NewHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with new_harness() as harness:
        monkeypatch.setattr(JamPanels, "interval", 60.0)
        bot = await harness.start()
        ben, cleo = await harness.member("Ben"), await harness.member("Cleo")
        panel = await start(ben, "Undone", tags="ska", duration=5, share=100)
        await join(cleo, "Undone")
        await bot.studio.jams.place(jam_id(panel), message_id=None)  # as a kill right after the post does
        await harness.stop()
        monkeypatch.setattr(JamPanels, "interval", 0.1)
        bot = await harness.start()
        await tags(ben, await panel_of(ben, "Undone"), "tuba")
        await panel_of(ben, "Undone", "ska, tuba")
        assert len([m for m in await ben.messages() if "## Jam “Undone”" in text_of(m)]) == 1

        for member in (ben, cleo):  # enough lock in, and the kill comes before the track is asked for
            lock = partial(jams.lock, member_id=int(member.id))
            await bot.studio.jams.act(
                everything_in(int(ben.guild["id"])), jam_id(panel), int(member.id), lock
            )
        await harness.stop()
        await harness.start()
        await track_of(ben, "Undone")
        await panel_of(ben, "Undone", "Listen, and vote")
