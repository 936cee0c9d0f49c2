"""In which language everything is said, seen in two that do not exist: in one whatever the whole server reads
stands in ⟦ ⟧, in the other whatever one member reads stands in ⟪ ⟫, and what stands in neither was left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator
from gettext import NullTranslations
from typing import Any

import pytest
import pytest_asyncio
from bot_harness import COMPONENTS_V2, MODAL, TIMEOUT, Harness
from discord import Locale
from waiting import eventually

from cogs.core import fields
from cogs.languages.guild_languages import GuildLanguages
from cogs.posts.ballots import BallotBox
from cogs.texts import translation
from rehearsal.discord.members.member import Answer, Member
from rehearsal.discord.members.reading import walk
from rehearsal.wavespeed import Fault

pytestmark = pytest.mark.asyncio(loop_scope="module")

INTERVALS = {BallotBox: 0.05}
BUTTON = 2  # Discord: component types
PUBLIC, PRIVATE = "⟦⟧", "⟪⟫"
# What members write here; what is the same in every language; what Discord puts into words itself.
OWN = re.compile(
    r"Zq\w*|zq\w*|\b(Ben|Ada|Cleo|The Porch)\b|@\w+|<[^>]*>|https?://\S+|\w+\.(mp3|png|jpg|txt|zip|json)\b"
    r"|\b\d+ [a-z]{3}\b|ace-step\S*|English|Español|Deutsch|`[^`]*`|\bLUFS\b|```"
)
SPOKEN = ("content", "title", "description", "label", "placeholder", "text", "value", "name")


class Bracketed(NullTranslations):
    """A language in which everything is English in brackets."""

    def __init__(self, brackets: str) -> None:
        super().__init__()
        self._brackets = brackets

    def gettext(self, message: str) -> str:
        return message.join(self._brackets)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return (msgid1 if n == 1 else msgid2).join(self._brackets)


@pytest.fixture(scope="module", autouse=True)
def made_up() -> Iterator[None]:
    spoken = {"en": NullTranslations(), "de": Bracketed(PUBLIC), "es": Bracketed(PRIVATE)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(translation, "catalogue", spoken.__getitem__)
        fields._names.cache_clear()  # pyright: ignore[reportPrivateUsage]
        yield
    fields._names.cache_clear()  # pyright: ignore[reportPrivateUsage]


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def places(harness: Harness) -> AsyncIterator[None]:
    world = harness.discord.world
    world.set_locale("The Porch", "de")
    for name in ("Ada", "Ben", "Cleo"):
        await harness.member(name)
        world.set_locale(name, "es-ES")

    async def known() -> bool:
        assert harness.bot is not None
        return all(
            one.preferred_locale is Locale.german for one in harness.bot.guilds if one.name == "The Porch"
        )

    await eventually(known)
    yield
    world.set_locale("The Porch", "en-US")


def bare(text: str, brackets: str) -> str:
    """What stands in no such brackets; one that a cut left open closes at the end."""
    depth, kept = 0, ""
    for character in text:
        if character == brackets[0]:
            depth += 1
        elif character == brackets[1]:
            depth -= 1
        elif depth == 0:
            kept += character
    return kept


def texts_of(node: Any) -> Iterator[str]:
    """All that people read in what the bot sends."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in SPOKEN and isinstance(value, str) and not _is_data(node, key):
                yield value
            elif key not in ("allowed_mentions", "footer_icon"):
                yield from texts_of(value)
    elif isinstance(node, list):
        for one in node:
            yield from texts_of(one)


def _is_data(node: dict[str, Any], key: str) -> bool:
    """Whether it is not for people: the value of an option, or the name of a file or an emoji."""
    of_a_field = {"name", "value"} <= node.keys() and "label" not in node
    return key in ("name", "value") and not of_a_field


def left_out(sent: Any, brackets: str) -> list[str]:
    """The texts with a word that is not in the language."""
    return [text for text in texts_of(sent) if re.search(r"[^\W\d_]{3,}", OWN.sub("", bare(text, brackets)))]


def language_of(request: Any) -> str | None:
    """The brackets in which it must stand; None where that is not known from the request alone."""
    if re.fullmatch(r"/interactions/\d+/[^/]+/callback", request.path):
        kind, data = request.json["type"], request.json.get("data") or {}
        return PRIVATE if kind in (8, MODAL) or data.get("flags", 0) & 64 else None
    if request.path.startswith("/webhooks/"):
        return PRIVATE
    if re.fullmatch(r"/channels/\d+/(messages(/\d+)?|threads)", request.path):
        return PUBLIC
    return None


def mistakes(harness: Harness) -> list[str]:
    found: list[str] = []
    for request in harness.discord.requests:
        if request.method not in ("POST", "PATCH") or not isinstance(request.json, dict):
            continue
        wanted = language_of(request)
        for brackets in (wanted,) if wanted else ():
            found += [
                f"{request.method} {request.template}: {text!r}" for text in left_out(request.json, brackets)
            ]
    return list(dict.fromkeys(found))


async def answered(answer: Answer) -> Answer:
    """Waits until there is an answer with words to it."""
    await answer.until(lambda now: now.modal or now.text, TIMEOUT)
    return answer


async def track_of(member: Member, title: str) -> dict[str, Any]:
    def plays(message: dict[str, Any]) -> bool:
        return any(title in (one.get("title") or "") for one in message.get("embeds", [])) and bool(
            message["attachments"]
        )

    return await member.wait_message(plays, TIMEOUT)


async def made(member: Member, title: str, **options: Any) -> dict[str, Any]:
    answer = await member.slash("compose", tags="zqfunk", duration=5, title=title, **options)
    await answer.until(lambda now: "is finished" in now.text, TIMEOUT)
    return await track_of(member, title)


def buttons_of(message: dict[str, Any]) -> list[str]:
    return [
        node["custom_id"]
        for node in walk(message["components"])
        if node["type"] == BUTTON and node.get("custom_id")
    ]


async def test_a_track_from_the_command_to_its_message(harness: Harness) -> None:
    ben = await harness.member("Ben")
    message = await made(ben, "Zqfirst")
    for pressed in buttons_of(message):
        await answered(await ben.press(message, pressed))
    assert not mistakes(harness), "\n".join(mistakes(harness))
    await answered(await ben.slash("compose"))
    await answered(await ben.slash("library track", track="Zqfirst"))
    await answered(await ben.slash("library tracks"))
    await answered(await ben.slash("library charts"))
    await answered(await ben.slash("library family", track="Zqfirst"))
    for command in ("queue", "budget", "help", "privacy export", "privacy delete"):
        await answered(await ben.slash(command))
    assert not mistakes(harness), "\n".join(mistakes(harness))


async def test_what_moderators_read(harness: Harness) -> None:
    ada, ben = await harness.member("Ada"), await harness.member("Ben")
    message = await made(ben, "Zqreported")
    cleo = await harness.member("Cleo")
    await answered(await cleo.submit(await cleo.context("Report track", message), reason="Zqloud"))
    panel = await answered(await ada.slash("moderation panel"))
    for pressed in buttons_of(panel.message or {}):
        shown = await answered(await ada.slash("moderation panel"))
        await answered(await ada.press(shown, pressed))
    rest = await answered(await ada.press(panel, "moderation:panel:1", forged=True))
    for pressed in buttons_of(rest.message or {}):
        await answered(await ada.press(rest, pressed, forged=True))
    for command in ("log", "reports", "reviews", "key show", "member list"):
        await answered(await ada.slash(f"moderation {command}"))
    await answered(await ada.submit(await ada.context("Withhold track", message), reason="Zqrude"))
    assert not mistakes(harness), "\n".join(mistakes(harness))


async def test_a_jam_from_its_panel_to_its_recap(harness: Harness) -> None:
    ben, cleo = await harness.member("Ben"), await harness.member("Cleo")
    await answered(await ben.slash("jam start", theme="Zqjam", tags="zqska", duration=5))

    def is_panel(message: dict[str, Any]) -> bool:
        return "Zqjam" in json.dumps(message, ensure_ascii=False) and message["flags"] & COMPONENTS_V2

    panel = await cleo.wait_message(is_panel, TIMEOUT)
    for pressed in buttons_of(panel):
        await answered(await cleo.press(panel, pressed))
    await answered(await ben.slash("jam list"))
    question = await answered(await ben.slash("jam end"))
    await answered(await ben.press(question, buttons_of(question.message or {})[0]))
    assert not mistakes(harness), "\n".join(mistakes(harness))


async def test_what_is_made_of_a_track(harness: Harness) -> None:
    ben, cleo = await harness.member("Ben"), await harness.member("Cleo")
    message = await made(ben, "Zqsource")
    number = message["embeds"][0]["footer"]["text"].split()[0].lstrip("⟦")
    for asks in (
        await cleo.slash("rework restyle", tags="zqpolka", track=number),
        await ben.slash("rework variations", track=number, count=2),
    ):
        question = await asks.until(lambda now: now.message and buttons_of(now.message), TIMEOUT)
        await answered(await question.member.press(question, buttons_of(question.message or {})[0]))
    ballot = await ben.wait_message(
        lambda one: "Zqsource" in one["content"] and len(buttons_of(one)) > 1 and not one["embeds"], TIMEOUT
    )
    for pressed in buttons_of(ballot):
        await answered(await ben.press(ballot, pressed))
    form = await answered(await cleo.press(message, f"track:remix:{buttons_of(message)[0].split(':')[-1]}"))
    await answered(await cleo.submit(form, tags="zqwaltz", title="Zqremix"))
    await track_of(ben, "Zqremix")
    assert not mistakes(harness), "\n".join(mistakes(harness))


async def test_what_goes_wrong(harness: Harness) -> None:
    ada, ben = await harness.member("Ada"), await harness.member("Ben")
    harness.wave.faults.add(Fault("render_failed", tags="zqbroken"))
    await ben.slash("compose", tags="zqbroken", duration=5, title="Zqbroken")
    await ben.wait_message(lambda one: "Zqbroken" in one["content"], TIMEOUT)
    await answered(await ben.slash("compose", tags="zqska", duration=5, lyrics="zq" * 2000))
    await answered(await ben.slash("remix-seed", track="Zqnowhere"))
    await answered(await ada.slash("moderation budget", daily=0.001))
    await answered(await ben.slash("compose", tags="zqska", duration=60, title="Zqdear"))
    await answered(await ben.slash("jam start", theme="Zqpoor", tags="zqska", duration=60))
    panel = await ben.wait_message(
        lambda one: "Zqpoor" in json.dumps(one) and "jam:" in json.dumps(one), TIMEOUT
    )
    now = next(pressed for pressed in buttons_of(panel) if pressed.startswith("jam:make:"))
    await ben.press(panel, now)
    await ben.wait_message(
        lambda one: "⟦**No track was asked" in json.dumps(one, ensure_ascii=False), TIMEOUT
    )
    await answered(await ben.slash("jam end"))
    await answered(await ada.slash("moderation budget", daily=10))
    await answered(await ada.slash("moderation member ban", member="Cleo", reason="Zqnoise"))
    await answered(await (await harness.member("Cleo")).slash("compose", tags="zqska", duration=5))
    await answered(await ada.slash("moderation member pardon", member="Cleo"))
    assert not mistakes(harness), "\n".join(mistakes(harness))


async def test_moderators_choose_the_servers_language(harness: Harness) -> None:
    ada, ben = await harness.member("Ada"), await harness.member("Ben")
    assert harness.bot is not None
    guild_id = int(harness.discord.world.guild("The Porch").id)
    panel = await answered(await ada.slash("moderation panel"))
    form = await answered(await ada.press(panel, "moderation:edit:language", forged=True))
    await ada.submit(form, language="es")

    async def chosen() -> bool:
        assert harness.bot is not None
        return await harness.bot.part(GuildLanguages).of(guild_id) == "es"

    await eventually(chosen)
    message = await made(ben, "Zqother")
    assert left_out(message, PRIVATE) == []
    form = await answered(await ada.press(panel, "moderation:edit:language", forged=True))
    await ada.submit(form, language="discord")


async def test_what_is_left_out_is_found() -> None:
    assert left_out({"content": "⟦Your track⟧ is ready."}, PUBLIC) == ["⟦Your track⟧ is ready."]
    assert left_out({"content": "⟦Your ⟪track⟫⟧ · <@1> Zqx"}, PUBLIC) == []
