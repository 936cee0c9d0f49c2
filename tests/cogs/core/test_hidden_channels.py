"""What was made in a channel that one does not see is not shown: in no list, and by no forged id."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import pytest_asyncio
from bot_harness import TIMEOUT, VOICES, Harness, made, said, shut
from jamming import jam_id, panel_of, start
from known_rights import NOBODYS
from test_forgery import BUTTONS, FORMS, NO_TRACK, NOTHING_DONE, heard, send, stands
from test_rights import MENUS, OPTIONS, SLASH, id_in, takes_a_track
from waiting import eventually

from cogs.core.sights import Sights
from cogs.moderating.log_channel import LogChannel
from cogs.posts.moderators_delivery import ModeratorsDelivery
from rehearsal.discord import Fault
from rehearsal.discord.entities import PRIVATE_THREAD
from rehearsal.discord.members.reading import text_of
from rehearsal.discord.start import first_world
from services.guilds import audit
from services.guilds.rules import change_rules
from services.tracks.sight import everything_in

pytestmark = pytest.mark.asyncio(loop_scope="module")

TITLE, TAGS = "Behind Closed Doors", "theremin, whisper"
INTERVALS = {LogChannel: 0.1}
SECRET = (TITLE, "theremin", "whisper")


@pytest.fixture(scope="module")
def changes() -> dict[str, Any]:
    host = int(first_world().guild("Rooftop").id)
    return {"host_guild_id": host, "member_waiting_limit": 100, **VOICES}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hidden(harness: Harness) -> dict[str, Any]:
    """The message of a track that Ben made where nobody else sees it; he voted for it."""
    harness.discord.world.add_channel("The Porch", "backroom")
    await shut(harness, "backroom", "Ben")
    ben = await harness.member("Ben", channel="backroom")
    message = await made(ben, TITLE, tags=TAGS)
    await ben.press(message, "♥ Vote")
    await ben.wait_message(lambda one: one["id"] == message["id"] and "♥ 1" in str(one), TIMEOUT)
    return next(one for one in await ben.messages() if one["id"] == message["id"])


def secret_in(text: str) -> bool:
    return any(word in text for word in SECRET)


@pytest.mark.parametrize("who", ["Cleo", "Ada"])  # Ada moderates; Discord does not show her the channel
async def test_by_no_forged_id(harness: Harness, hidden: dict[str, Any], who: str) -> None:
    someone, track_id = await harness.member(who), id_in(hidden)
    for custom_id, values in BUTTONS.items():
        if "{track}" in custom_id + "".join(values) and not custom_id.startswith(NOTHING_DONE):
            given = [value.replace("{track}", track_id) for value in values]
            on = await said(await someone.slash("queue"), "Queue")
            answer = await someone.press(on, custom_id.replace("{track}", track_id), given, forged=True)
            text = await heard(answer)
            assert NO_TRACK in text or "Only moderators" in text, custom_id
            assert not secret_in(text)
    for form in (one for one in FORMS if "{track}" in one):
        text = await heard(await send(someone, form, track_id))
        assert not secret_in(text), form
        assert who == "Cleo" or NO_TRACK in text, form
    for right in MENUS:
        answer = await someone.context(right.handle.removeprefix("menu: "), hidden, forged=True)
        assert not secret_in(await heard(answer)), right.handle
    for right in SLASH:
        for given in (track_id, TITLE, "1"):
            if takes_a_track(harness, right):
                options = {**OPTIONS.get(right.handle, {}), "track": given}
                text = await heard(await someone.slash(right.handle, **options))
                assert not secret_in(text.replace(given, "")), right.handle
    ben = await harness.member("Ben", channel="backroom")
    await stands(harness, ben, hidden)


@pytest.mark.parametrize("who", ["Cleo", "Ada"])
async def test_in_no_list_and_no_suggestion(harness: Harness, hidden: dict[str, Any], who: str) -> None:
    someone = await harness.member(who)
    held = harness.hold("theremin")
    ben = await harness.member("Ben", channel="backroom")
    waits = await ben.slash("compose", tags=TAGS, duration=5, title=f"{TITLE} Again")
    await waits.until(lambda now: "Again" in now.text, TIMEOUT)
    try:
        asked: list[tuple[str, dict[str, Any]]] = [
            ("library tracks", {}),
            ("library tracks", {"text": "doors"}),
            ("library tracks", {"tag": "theremin"}),
            ("library tracks", {"maker": ben.id}),
            ("library charts", {"period": "all"}),
            ("queue", {}),
        ]
        for command, options in asked:
            text = await heard(await someone.slash(command, **options))
            assert not secret_in(text.replace("tag “theremin”", "")), (command, options)
        assert "1 track in channels that you do not see" in await heard(await someone.slash("queue"))
        for command in (
            "library track",
            "library family",
            "remix-seed",
            "rework variations",
            "rework restyle",
        ):
            for typed in ("", TITLE, "theremin", "1"):
                found = await someone.suggest(command, "track", track=typed)
                assert not secret_in(str(found)), (command, typed)
    finally:
        held.release()
    own = await harness.member("Ben")
    assert TITLE in await heard(await own.slash("library tracks")), "his own, wherever he asks"
    assert TITLE in await heard(await own.slash("library charts", period="all"))
    await said(waits, "is finished")


async def test_what_is_made_from_it_elsewhere_does_not_name_it(
    harness: Harness, hidden: dict[str, Any]
) -> None:
    ben = await harness.member("Ben")
    form = await ben.slash("remix-seed", track=id_in(hidden))
    await said(await ben.submit(form, tags="polka", title="In the Open"), "is finished")
    cleo = await harness.member("Cleo")
    message = await cleo.wait_message(
        lambda one: bool(one["embeds"]) and one["embeds"][0].get("title") == "In the Open", TIMEOUT
    )
    assert not secret_in(text_of(message))
    track_id = id_in(message)
    texts = [
        await heard(await cleo.slash("library track", track=track_id)),
        await heard(await cleo.slash("library family", track=track_id)),
    ]
    assert "made where you do not see it" in texts[1]
    assert not any(map(secret_in, texts))
    assert TITLE in await heard(await ben.slash("library family", track=track_id))
    assert harness.bot is not None
    porch, music = (int(cleo.guild["id"]), int(message["channel_id"]))
    chart = await harness.bot.studio.charts.chart(harness.bot.part(Sights).of_channel(porch, music))
    assert not secret_in(str(chart)), "the weekly post in a channel that more people read"
    backroom = harness.bot.part(Sights).of_channel(porch, int(hidden["channel_id"]))
    assert secret_in(str(await harness.bot.studio.charts.chart(backroom)))


async def test_whoever_is_let_in_sees_it_from_then_on(harness: Harness, hidden: dict[str, Any]) -> None:
    ada = await harness.member("Ada")
    assert not secret_in(await heard(await ada.slash("library tracks")))
    await shut(harness, "backroom", "Ben", "Ada")
    assert TITLE in await heard(await ada.slash("library tracks"))
    harness.discord.world.set_permissions("backroom", "Ada")
    await shut(harness, "backroom", "Ben")
    assert not secret_in(await heard(await ada.slash("library tracks")))


async def test_its_jams_and_its_votes_neither(harness: Harness, hidden: dict[str, Any]) -> None:
    ben = await harness.member("Ben", channel="backroom")
    panel = await start(ben, "Whisper Night", tags="whisper", duration=5)
    cleo, ada = await harness.member("Cleo"), await harness.member("Ada")
    for someone in (cleo, ada):
        listed = await heard(await someone.slash("jam list"))
        assert "Whisper Night" not in listed
        assert await someone.suggest("jam end", "jam", jam="") == []
        texts = [await heard(await someone.slash("jam end", jam=jam_id(panel)))]
        for custom_id, values in BUTTONS.items():
            if NOBODYS in custom_id and custom_id.startswith("jam:"):
                on = await said(await someone.slash("queue"), "Queue")
                forged = custom_id.replace(NOBODYS, jam_id(panel))
                texts.append(await heard(await someone.press(on, forged, values, forged=True)))
        for text in texts:
            assert "no such jam" in text
            assert "Whisper Night" not in text
    assert f"<@{cleo.id}>" not in text_of(await panel_of(ben, "Whisper Night"))


async def test_in_a_private_thread_only_its_members(harness: Harness) -> None:
    world, bot = harness.discord.world, harness.bot
    assert bot is not None
    ben, cleo = await harness.member("Ben"), await harness.member("Cleo")
    music = world.channel("music", "The Porch")
    thread = world.add_thread(music, "huddle", ben.id, kind=PRIVATE_THREAD)

    async def known() -> bool:
        guild = bot.get_guild(int(music.guild_id or 0))
        return guild is not None and guild.get_thread(int(thread.id)) is not None

    await eventually(known)
    within = await harness.member("Ben", channel="huddle")
    await made(within, "Huddled", tags="kazoo")
    in_lounge = await harness.member("Cleo", channel="lounge")
    assert "Huddled" not in await heard(await in_lounge.slash("library tracks", tag="kazoo"))
    for kind in ("cut", "rate_limited"):  # who is not known to be in it, is not
        harness.discord.faults.add(Fault(kind, "GET", "/channels/*/thread-members/*", retry_after=40))
        bot.part(Sights)._members.clear()  # pyright: ignore[reportPrivateUsage]
        await said(await in_lounge.slash("library tracks", tag="kazoo"), "There are no such tracks")
    harness.discord.faults.clear()
    thread.inside.add(cleo.id)
    bot.part(Sights)._members.clear()  # what is remembered for a minute  # pyright: ignore[reportPrivateUsage]
    assert "Huddled" in await heard(await in_lounge.slash("library tracks", tag="kazoo"))
    public = world.add_thread(music, "porch talk", ben.id)
    await eventually(lambda: asyncio.sleep(0, bot.get_channel(int(public.id)) is not None))
    await made(await harness.member("Ben", channel="porch talk"), "Talked", tags="banjo")
    world.update_channel(public.id, archived=True)
    await harness.member("Cleo", channel="lounge")
    assert "Talked" in await heard(await in_lounge.slash("library tracks", tag="banjo")), (
        "archived, under #music"
    )


async def test_of_a_channel_that_is_gone_makers_and_administrators(harness: Harness) -> None:
    harness.discord.world.add_channel("The Porch", "pop-up")
    ben, cleo = await harness.member("Ben", channel="pop-up"), await harness.member("Cleo")
    message = await made(ben, "Popped Up", tags="ukulele")
    assert harness.bot is not None
    channel_id = int(message["channel_id"])
    harness.discord.world.delete_channel(message["channel_id"])
    await eventually(lambda: asyncio.sleep(0, harness.bot.get_channel(channel_id) is None))  # type: ignore[union-attr]
    cleo, ben = await harness.member("Cleo", channel="lounge"), await harness.member("Ben", channel="lounge")
    assert "Popped Up" not in await heard(await cleo.slash("library tracks", tag="ukulele"))
    assert "Popped Up" in await heard(await ben.slash("library tracks", tag="ukulele"))
    everything = everything_in(int(ben.guild["id"]))
    assert await harness.bot.studio.search(everything, "Popped Up")


# what moderators read -----------------------------------------------------------------------------------


async def log_into(harness: Harness, channel: str) -> None:
    """From now on changes are posted in that channel, and reports."""
    assert harness.bot is not None
    world = harness.discord.world
    guild_id, channel_id = (int(one.id) for one in (world.guild("The Porch"), world.channel(channel)))
    async with harness.bot.studio.database.write() as connection:
        await change_rules(connection, guild_id, 0, log_channel_id=channel_id)


async def test_neither_the_log_nor_its_channel_nor_a_report_there_names_it(
    harness: Harness, hidden: dict[str, Any]
) -> None:
    assert hidden["channel_id"] == harness.discord.world.channel("backroom").id
    world, words = harness.discord.world, ("Muffled", "Steps", "celesta", "dull")
    await shut(harness, "backroom", "Ben", "Ada")
    ben, ada = (
        await harness.member("Ben", channel="backroom"),
        await harness.member("Ada", channel="backroom"),
    )
    messages = [await made(ben, title, tags="celesta") for title in ("Muffled Bells", "Muffled Steps")]
    await log_into(harness, "backroom")
    await said(await ada.submit(await ada.context("Report track", messages[0]), reason="dull"), "Thank you")
    await ada.wait_message(lambda one: "Bells" in text_of(one) and "1 report" in text_of(one), TIMEOUT)

    await log_into(harness, "lounge")
    for command in ("Report track", "Withhold track"):
        await heard(await ada.submit(await ada.context(command, messages[1]), reason="dull"))
    lounge = await harness.member("Cleo", channel="lounge")
    told = "a track in a channel that not everybody here sees"
    report = await lounge.wait_message(
        lambda one: told in one["content"] and "report" in one["content"], TIMEOUT
    )
    change = await lounge.wait_message(
        lambda one: told in one["content"] and " withheld **#" in one["content"], TIMEOUT
    )
    assert (report["embeds"], report["components"]) == ([], [])
    assert not [one for one in await lounge.messages() if any(word in text_of(one) for word in words)]
    assert harness.bot is not None
    async with harness.bot.studio.database.read() as connection:
        (record, *_), _count = await audit.records(connection, int(ada.guild["id"]))
    assert "Muffled Steps" in record.subject
    await harness.bot.part(ModeratorsDelivery).update_log_message(
        record, int(change["channel_id"]), int(change["id"])
    )
    assert not [one for one in await lounge.messages() if any(word in text_of(one) for word in words)]

    assert "Muffled Steps**: dull" in await heard(await ada.slash("moderation log")), "as long as she sees it"
    world.set_permissions("backroom", "Ada")
    await shut(harness, "backroom", "Ben")
    elsewhere = await harness.member("Ada")
    log = await heard(await elsewhere.slash("moderation log"))
    assert "a track in a channel that you cannot see" in log
    assert not [word for word in words if word in log]
