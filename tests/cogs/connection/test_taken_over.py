"""Words that were forbidden since do not come back with what is made from an older track, whichever way."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from bot_harness import TIMEOUT, Harness, below, followups, made, said, track_of
from jamming import alone, ends, join, panel_of, start, writes

from rehearsal.discord.members.member import Answer, Member
from services.guilds.rules import change_rules

pytestmark = pytest.mark.asyncio(loop_scope="module")

TITLE = "Weasel Parent"
LYRICS = "[verse]\nThe ferret sleeps"
TAGS = "stoatcore, brass"


async def forbid(harness: Harness, *words: str) -> None:
    assert harness.bot is not None
    async with harness.bot.studio.database.write() as connection:
        guild_id = int(harness.discord.world.guild("The Porch").id)
        await change_rules(connection, guild_id, 1, words=words)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def parents(harness: Harness) -> dict[str, dict[str, Any]]:
    """Tracks from before the rule: with words, longer ones made from it, and one from an idea."""
    ben = await harness.member("Ben")
    lyrics = {"lyrics_file": ("w.txt", LYRICS.encode())}
    found = {TITLE: await made(ben, TITLE, tags=TAGS, duration=6, files=lyrics)}
    own: dict[str, Any] = {"tags": "ska", "lyrics": "[verse]\nNew here"}
    await said(await ben.slash("rework extend", track=TITLE, after=3, title="Longer", **own), "is finished")
    found["Longer"] = await track_of(ben, "Longer")
    idea = await ben.slash("compose", idea="A polecat dances", duration=5, title="Dreamt")
    await said(idea, "is finished")
    found["Dreamt"] = await track_of(ben, "Dreamt")
    return found


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def afterwards(harness: Harness) -> AsyncIterator[None]:
    yield
    await forbid(harness)


def again(title: str) -> Any:
    async def press(member: Member, parents: dict[str, dict[str, Any]]) -> Answer:
        return await member.press(parents[title], "Again")

    return press


def asked(command: str, **given: Any) -> Any:
    async def ask(member: Member, _parents: dict[str, dict[str, Any]]) -> Answer:
        return await member.slash(command, **{"track": TITLE, **given})

    return ask


OWN: dict[str, Any] = {"tags": "polka", "title": "Mine"}
SUNG: dict[str, Any] = {**OWN, "lyrics": "[verse]\nMine too"}
PASSAGE: dict[str, Any] = {"from": "1", "to": "4"}


@pytest.mark.parametrize(
    ("way", "word", "field"),
    [
        pytest.param(again(TITLE), "weasel", "Title", id="again: title"),
        pytest.param(again(TITLE), "ferret", "Lyrics", id="again: words"),
        pytest.param(again(TITLE), "stoatcore", "Tags", id="again: tags"),
        pytest.param(again("Dreamt"), "polecat", "Idea", id="again: idea"),
        pytest.param(again("Longer"), "ferret", "Old lyrics", id="again of it: words"),
        pytest.param(again("Longer"), "stoatcore", "Old tags", id="again of it: tags"),
        pytest.param(asked("rework variations", count=2), "ferret", "Lyrics", id="variations: words"),
        pytest.param(
            asked("rework variations", track="Longer", count=2), "ferret", "Old lyrics", id="variations of it"
        ),
        pytest.param(asked("remix-seed", tags="polka"), "ferret", "Lyrics", id="remix: words"),
        pytest.param(asked("remix-seed", tags="polka"), "weasel", "Title", id="remix: title"),
        pytest.param(asked("remix-seed", track="Longer", **SUNG), "ferret", "Old lyrics", id="remix of it"),
        pytest.param(asked("rework extend", after=3, **SUNG), "ferret", "Old lyrics", id="extend: words"),
        pytest.param(asked("rework extend", after=3, **SUNG), "stoatcore", "Old tags", id="extend: tags"),
        pytest.param(asked("rework extend", after=3), "stoatcore", "Tags", id="extend: tags that stay"),
        pytest.param(asked("rework extend", after=3, tags="ska"), "weasel", "Title", id="extend: title"),
        pytest.param(asked("rework repaint", **PASSAGE, **SUNG), "ferret", "Old lyrics", id="repaint: words"),
        pytest.param(asked("rework repaint", **PASSAGE), "weasel", "Title", id="repaint: title"),
        pytest.param(asked("rework restyle", **OWN), "ferret", "Lyrics", id="restyle: words"),
        pytest.param(asked("rework restyle", **OWN), "stoatcore", "Old tags", id="restyle: tags"),
        pytest.param(asked("rework restyle", tags="polka"), "weasel", "Title", id="restyle: title"),
    ],
)
async def test_what_was_forbidden_since_does_not_come_back(
    harness: Harness, parents: dict[str, dict[str, Any]], way: Any, word: str, field: str
) -> None:
    await forbid(harness, word)
    asks = len(harness.wave.requests)
    refused = await said(
        await way(await harness.member("Cleo"), parents), f"**{field}**: “{word}”", "nothing was charged"
    )
    if field.startswith("Old"):
        assert "comes from the track that this is made from" in refused.text
    assert not any(one.method == "POST" and "ace-step" in one.path for one in harness.wave.requests[asks:])


async def test_a_passage_that_was_confirmed_too_late_is_not_made(
    harness: Harness, parents: dict[str, dict[str, Any]]
) -> None:
    cleo = await harness.member("Cleo")
    proposal = await said(await cleo.slash("rework repaint", track=TITLE, **PASSAGE, **SUNG), "Make it")
    await forbid(harness, "ferret")
    await below(await cleo.press(proposal, "Make it"), "**Old lyrics**: “ferret”", "nothing was charged")


async def test_words_in_whose_place_others_are_sung_stand_in_nobodys_way(
    harness: Harness, parents: dict[str, dict[str, Any]]
) -> None:
    await forbid(harness, "ferret")
    cleo = await harness.member("Cleo")
    words = {"lyrics_file": ("w.txt", b"[verse]\nThe cat sleeps")}
    await said(await cleo.slash("rework lyrics", track=TITLE, title="Clean", files=words), "is finished")


async def test_the_next_round_of_a_jam_begins_without_them(harness: Harness) -> None:
    ben, cleo = await harness.member("Ben"), await harness.member("Cleo")
    panel = await start(ben, "Den", tags="otterwave, folk", duration=5)
    await join(cleo, "Den")
    await writes(cleo, panel, "New: Verse", "The marten sleeps")
    await panel_of(ben, "Den", "The marten sleeps")
    for member in (ben, cleo):
        await member.press(await panel_of(ben, "Den"), "Lock in / Unlock")
    listening = await panel_of(ben, "Den", "Listen, and vote")
    await forbid(harness, "marten", "otterwave")

    async def next_round(keep: list[str]) -> Answer:
        return await ben.submit(await ben.press(listening, "Next round"), keep=keep)

    for keep, *told in (
        (
            ["tags", "words"],
            "**Tags**: “otterwave”",
            "without the earlier one's tags",
            "**Lyrics**: “marten”",
        ),
        (["words"], "**Lyrics**: “marten”", "without the earlier one's words"),
    ):
        refused = await next_round(keep)
        await refused.until(lambda now, told=told: all(one in followups(now) for one in told), TIMEOUT)
    await next_round(["seed"])
    shaping = await panel_of(ben, "Den", "Round 2")
    assert "marten" not in str(shaping)
    assert "otterwave" not in str(shaping)
    await alone(ben, "Den", shaping)
    await ends(ben, "Den")


async def test_a_jam_that_was_shaped_before_makes_nothing_of_them(harness: Harness) -> None:
    ben = await harness.member("Ben")
    panel = await start(ben, "Lair", tags="folk", duration=5)
    await writes(ben, panel, "New: Verse", "The wolverine sleeps")
    await panel_of(ben, "Lair", "The wolverine sleeps")
    await forbid(harness, "wolverine", "lair")
    await ben.press(await panel_of(ben, "Lair"), "Lock in / Unlock")
    await panel_of(ben, "Lair", "“wolverine” is a word", "“lair” is a word")
    await forbid(harness)
    await ends(ben, "Lair")
