"""Evenings: twenty contests, albums, relays and songs with one's own voice at once, in as many guilds."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bench.measuring.figures import Figure, spread
from bench.measuring.harness import Harness, make_harness
from bench.measuring.processes import family, thread_seconds
from bench.walk import COUNTED, look
from rehearsal import music
from rehearsal.discord.members.member import Answer, Json, Member
from rehearsal.discord.members.reading import text_of, walk

EVENINGS = 20  # guilds
LENGTH = 20  # seconds of each track; what is sung over has at least 16
RECORDED = 16  # seconds of a voice
SETTLING = 3.0  # seconds
SECONDS = 6.0  # in which nobody presses, and all of it goes on
WITHIN = 120.0  # seconds
LATE = 3.0  # seconds after which Discord takes no acknowledgement
SETTINGS = {"VOICE_CLONING": "on", "GUILD_KEYS_SECRET": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}


@dataclass(frozen=True, slots=True)
class Evening:
    """One guild's: who holds it, who comes, who votes; the contest's post, once its vote is open."""

    host: Member
    guest: Member
    voter: Member
    contest: Json


async def measure() -> list[Figure]:
    """All of them set up; then with nobody who presses; then all that members do in them, at once."""
    with tempfile.TemporaryDirectory(prefix="jamboree-bench-") as name:
        folder = Path(name)
        await asyncio.gather(*(asyncio.to_thread(_music, seconds) for seconds in (LENGTH, RECORDED)))
        async with make_harness(
            folder,
            0,
            lambda *_: _music(LENGTH),
            (*COUNTED, str(folder)),
            guilds=EVENINGS,
            settings=SETTINGS,
        ) as harness:
            held = await asyncio.gather(*(_set_up(harness, number) for number in range(EVENINGS)))
            await asyncio.sleep(SETTLING)
            what = f"{EVENINGS} contests in their vote, nobody presses"
            figures = await _took(harness, folder, what, lambda: asyncio.sleep(SECONDS))
            before = len(harness.discord.interactions.all)
            what = f"{EVENINGS} of each at once"
            figures += await _took(harness, folder, what, lambda: _all_at_once(held))
            asked = list(harness.discord.interactions.all.values())[before:]
    seconds = [one.acknowledged_after for one in asked]
    on_time = [one for one in seconds if one is not None]
    late = len(seconds) - sum(one <= LATE for one in on_time)
    return [
        *figures,
        *spread(f"{what}: acknowledged", on_time),
        Figure(f"{what}: not acknowledged within {LATE:.0f} s", late, f"of {len(seconds)}"),
    ]


@cache
def _music(seconds: int) -> bytes:
    return music.render("slow burn", "", seconds, 1)


async def _took(
    harness: Harness, folder: Path, what: str, work: Callable[[], Awaitable[None]]
) -> list[Figure]:
    """What the work takes of the processor and of the database."""
    await look(harness, folder)
    began, before = time.monotonic(), sum(map(thread_seconds, family(harness.bot.pid)))
    await work()
    took = time.monotonic() - began
    share = (sum(map(thread_seconds, family(harness.bot.pid))) - before) / took
    counted = await look(harness, folder)
    return [
        Figure(f"{what}: share of a core", share * 100, "%"),
        Figure(f"{what}: SQL statements", counted.statements.total() / took, "a second"),
        Figure(f"{what}: commits", counted.commits / took, "a second"),
        Figure(f"{what}: for", took, "s"),
    ]


# set up ---------------------------------------------------------------------------------------------------


async def _set_up(harness: Harness, number: int) -> Evening:
    """A guild in which members sing with their voices, with an album, and a contest whose vote is open."""
    guild = f"Guild {number}"
    members: list[Member] = []
    for role in ("Host", "Guest", "Voter"):
        harness.discord.world.add_member(guild, f"{role} {number}", moderator=role == "Host")
        members.append(await harness.join(guild, f"{role} {number}"))
    host, guest, voter = members
    panel = await _said(await host.slash("moderation panel"), "Moderation")
    rest = await _said(await host.press(panel, "More rules"), "voices")
    await _said(await host.press(rest, "Switch voices on"), "Saved")
    await _recorded(host, number)
    await _said(await host.slash("contest start", theme="Rain"), "is open")
    contest = await host.wait_message(lambda one: "Contest: Rain" in text_of(one), WITHIN)
    for member in (host, guest):
        title = f"Of {member.name}"
        await member.slash("compose", tags="slow burn", duration=LENGTH, title=title)
        await _delivered(member, title)
        await _said(await member.slash("contest enter", track=title), "is entered")
    ends = await _said(await host.slash("contest end"), "End")
    await _said(await host.press(ends, "End it now"), "")
    contest = await host.wait_message(lambda one: "The vote is open" in text_of(one), WITHIN)
    await _said(await host.slash("album new", title="Evening"), "Evening")
    track = await host.wait_message(lambda one: _plays(one, f"Of {host.name}"), WITHIN)
    more = await _said(await host.press(track, "More …"), "What to do")
    asked = await _said(await host.press(more, "Add to album"), "on an album")
    await _chosen(host, asked, "On which album?", "Evening")
    return Evening(host, guest, voter, contest)


async def _recorded(member: Member, number: int) -> None:
    """A voice of the member's, which no two share."""
    await _said(await member.slash("voice record"), "Say this aloud")
    sound = _music(RECORDED) + number.to_bytes(4, "big")
    message = await member.say("", files=[("voice-message.mp3", sound)], voice=RECORDED)
    await _said(await member.context("Use as my voice", message), "I have your recording")


async def _delivered(member: Member, title: str) -> None:
    """Once the track is posted, and counts as that."""
    await member.wait_message(lambda one: _plays(one, title), WITHIN)
    await _said(await member.slash("library track", track=title), title)


def _plays(message: Json, title: str) -> bool:
    return bool(message["attachments"]) and any(one.get("title") == title for one in message["embeds"])


async def _chosen(member: Member, on: Answer, placeholder: str, option: str) -> Answer:
    """Chooses what has those words in it."""
    rows = walk((on.message or {})["components"])
    menu = next(one for one in rows if one.get("placeholder") == placeholder)
    value = next(one["value"] for one in menu["options"] if option in one["label"])
    return await member.press(on, menu["custom_id"], [value])


async def _said(answer: Answer, words: str) -> Answer:
    return await answer.until(lambda now: now.text and words in now.text, WITHIN)


# at once --------------------------------------------------------------------------------------------------


async def _all_at_once(held: list[Evening]) -> None:
    """In each guild all four, by different members as far as there are."""
    acts = (_vote, _publish, _relay, _sing)
    await asyncio.gather(*(act(number, one) for number, one in enumerate(held) for act in acts))


async def _vote(_number: int, evening: Evening) -> None:
    """The voter listens to both entries, and names one."""
    voter = evening.voter
    ballot = await _said(await voter.press(evening.contest, "Listen and vote"), "You have not voted yet")
    await voter.press(ballot, "Listen to …", ["1", "2"])
    await ballot.until(lambda now: "You have listened to 2 of 2" in now.text, WITHIN)
    await voter.press(ballot, "First choice", ["1"])
    await ballot.until(lambda now: "First choice: **1**" in now.text, WITHIN)


async def _publish(_number: int, evening: Evening) -> None:
    """The host publishes the album in the channel."""
    host = evening.host
    page = await _said(await host.slash("album show", album="Evening"), "Evening")
    where = await _said(await host.press(page, "Publish …"), "playlist")
    question = await _said(await host.press(where, "Where to?", [host.channel["id"]]), "in <#")
    await _said(await host.press(question, "In the channel itself"), "I am publishing")
    await host.wait_message(lambda one: _has_archive(one), WITHIN)


def _has_archive(message: Json) -> bool:
    return any(one["filename"].endswith(".zip") for one in message["attachments"])


async def _relay(_number: int, evening: Evening) -> None:
    """The guest opens one, the voter takes a seat; both write their line, and it is sung."""
    guest, voter = evening.guest, evening.voter
    await _said(await guest.slash("relay start", theme="Fog", seats=2, rounds=1), "is open")
    post = await voter.wait_message(lambda one: "A line each: Fog" in text_of(one), WITHIN)
    await voter.press(post, "Take a seat / Leave")
    for member in (guest, voter):
        calls = f"<@{member.id}>, it is your line"
        turn = await member.wait_message(lambda one, calls=calls: calls in text_of(one), WITHIN)
        form = await member.press(turn, "Write my line")
        await _said(await member.submit(form, line="The lamps are lit"), "Your line is written")
    voting = await guest.wait_message(lambda one: "What does it sound like?" in text_of(one), WITHIN)
    await guest.press(voting, "Vote on what it sounds like …", ["ska"])
    await guest.press(voting, "Sing it now")
    await guest.wait_message(lambda one: _plays(one, "Fog"), WITHIN)


async def _sing(number: int, evening: Evening) -> None:
    """The host gives a new recording, and has a track of theirs sung with it."""
    host = evening.host
    await _recorded(host, EVENINGS + number)
    asked = await host.slash("rework voice", track=f"Of {host.name}", words="Oh my voice", title="Sung")
    proposal = await _said(asked, "$0.35")
    await host.press(proposal, "Sing it")
    await host.wait_message(lambda one: _plays(one, "Sung"), WITHIN)
