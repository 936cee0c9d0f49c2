"""docs/rights.md is what the code does: every command and route stands in it, and every right is tried."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import discord
import pytest
from bot_harness import TIMEOUT, VOICES, Harness, made, said
from discord import app_commands
from jamming import jam_id, start
from known_rights import RIGHTS, sample_of

from cogs.core import rights
from cogs.core.component_router import route, subject
from cogs.core.responses import Interaction, answer, hold
from cogs.core.rights import NoRight, Right, Who
from cogs.extensions import Bot
from rehearsal.discord.members.member import Answer, Member, NotPossibleError
from rehearsal.discord.members.reading import text_of
from rehearsal.discord.start import first_world
from services.parties.party import Audience, Ended
from services.relays.service import Start
from services.tracks.sight import everything_in
from services.tracks.track import Track

pytestmark = pytest.mark.asyncio(loop_scope="module")

REFUSALS = {
    Who.MAKER: (
        "Only the member who asked",
        "Only whoever leads the jam",
        "Only who started the relay",
        "who started the party",
    ),
    Who.MODERATOR: ("Only moderators",),
    Who.HOST: ("Only whoever hosts me",),
}
OPTIONS: dict[str, dict[str, Any]] = {
    "/moderation member timeout": {"member": "Cleo", "duration": 10, "reason": "x"},
    "/moderation member ban": {"member": "Cleo", "reason": "x"},
    "/moderation member pardon": {"member": "Cleo"},
    "/host access": {"server": "111111111111111111", "access": "allowed"},
    "/host ceiling": {"server": "111111111111111111", "daily": 1.0},
    "/compose": {"tags": "ska", "duration": 5},
    "/remix-seed": {"tags": "polka"},
    "/jam start": {"theme": "Started by a right", "duration": 5},
    "/album new": {"title": "Begun by a right"},
    "/album show": {"album": "Nobody's"},
    "/contest start": {"theme": "Started by a right"},
    "/party add": {"play": "1"},
}
MENU_ANSWERS = {"Use as my voice": ("no songs are sung with members' own voices",)}
SLASH = [right for right in RIGHTS if right.handle.startswith("/")]
ABOVE_MEMBERS = [right for right in SLASH if right.who is not Who.MEMBER]
MENUS = [right for right in RIGHTS if right.handle.startswith("menu: ")]
PRESSED = [right for right in RIGHTS if right.sample]


@pytest.fixture(scope="module")
def changes() -> dict[str, Any]:
    host = int(first_world().guild("Rooftop").id)
    return {"host_guild_id": host, **VOICES}


def by_handle(right: Right) -> str:
    return right.sample or right.handle


async def test_the_page_is_written_from_the_code() -> None:
    page = Path(rights.__file__).parents[2] / "docs" / "rights.md"
    assert page.read_text() == rights.table(RIGHTS), "make docs"


async def test_every_command_and_every_route_stands_in_it_once(harness: Harness) -> None:
    assert harness.bot is not None
    handles = [right.handle for right in RIGHTS]
    assert len(handles) == len(set(handles))
    assert isinstance(harness.bot, Bot)
    known = {*_commands(harness), *(right.handle for right in harness.bot.router.rights)}
    assert set(handles) == known


def _commands(harness: Harness) -> Iterator[str]:
    assert harness.bot is not None
    home = discord.Object(harness.settings.host_guild_id or 0)
    for guild in (None, home):
        for command in harness.bot.tree.walk_commands(guild=guild):
            if isinstance(command, app_commands.Command):
                yield f"/{command.qualified_name}"
        for menu in harness.bot.tree.get_commands(guild=guild, type=discord.AppCommandType.message):
            yield f"menu: {menu.name}"


async def test_discord_shows_members_no_command_that_is_for_moderators_only(harness: Harness) -> None:
    ranks: dict[str, set[Who]] = {}
    for right in RIGHTS:
        if right.handle.startswith(("/", "menu: ")):
            ranks.setdefault(right.handle.removeprefix("menu: ").split()[0].strip("/"), set()).add(right.who)
    for command in harness.discord.world.commands.values():
        shown = command["default_member_permissions"]
        hidden = Who.MEMBER not in ranks[command["name"].split()[0]]
        if command["type"] == 1:
            assert (
                shown is not None and int(shown) == discord.Permissions(manage_guild=True).value
            ) is hidden


async def test_a_member_sees_few_doors_and_a_moderator_two_more(harness: Harness) -> None:
    def seen(kind: discord.AppCommandType, *, hidden: bool) -> int:
        return sum(
            one["type"] == kind.value and (one["default_member_permissions"] is not None) is hidden
            for one in harness.discord.world.commands.values()
            if not one.get("guild_id")
        )

    typed, menus = discord.AppCommandType.chat_input, discord.AppCommandType.message
    assert seen(typed, hidden=False) <= 14
    assert seen(menus, hidden=False) <= 3 + 1  # and Use as my voice
    assert (seen(typed, hidden=True), seen(menus, hidden=True)) == (1, 1)


async def words(answer: Answer) -> str:
    """Everything that the answer says, once it says something."""

    def all_of(now: Answer) -> str:
        return "\n".join([now.text, *(text_of(message) for message in now.followups)])

    await answer.until(lambda now: now.state == "answered" or now.error, TIMEOUT)
    return all_of(answer)


async def private(member: Member) -> Answer:
    """A message that the member alone sees, to press on."""
    return await said(await member.slash("queue"), "Queue")


@pytest.mark.parametrize("right", ABOVE_MEMBERS, ids=by_handle)
async def test_commands_refuse_whoever_is_less(harness: Harness, right: Right) -> None:
    host = right.who is Who.HOST
    lesser = await harness.member("Ada", "Rooftop") if host else await harness.member("Ben")
    options = OPTIONS.get(right.handle, {})
    with pytest.raises(NotPossibleError):
        await lesser.slash(right.handle, **options)
    if host:
        harness.discord.world.set_moderator("Rooftop", "Ada", moderator=True)
    try:
        await said(await lesser.slash(right.handle, forged=True, **options), *REFUSALS[right.who])
    finally:
        harness.discord.world.set_moderator("Rooftop", "Ada", moderator=False)


@pytest.mark.parametrize("right", SLASH, ids=by_handle)
async def test_commands_serve_whoever_they_are_for(harness: Harness, right: Right) -> None:
    who = {Who.HOST: ("Dora", "Rooftop"), Who.MODERATOR: ("Ada",)}
    person = await harness.member(*who.get(right.who, ("Cleo",)))
    options = OPTIONS.get(right.handle, {})
    if takes_a_track(harness, right):
        message = await made(await harness.member("Ben"), f"For {right.handle}")
        options = {**options, "track": id_in(message)}
    answer = await person.slash(right.handle, **options)
    text = await words(answer)
    assert not any(word in text for refusal in REFUSALS.values() for word in refusal)
    assert "Something broke" not in text


@pytest.mark.parametrize("right", MENUS, ids=by_handle)
async def test_menus_refuse_whoever_is_less_and_serve_the_others(harness: Harness, right: Right) -> None:
    ada, ben, cleo = [await harness.member(name) for name in ("Ada", "Ben", "Cleo")]
    name, message = right.handle.removeprefix("menu: "), await made(ben, f"For {right.handle}")
    if right.who is not Who.MEMBER:
        with pytest.raises(NotPossibleError):
            await cleo.context(name, message)
        await said(await cleo.context(name, message, forged=True), *REFUSALS[right.who])
    answer = await (cleo if right.who is Who.MEMBER else ada).context(name, message)
    assert answer.modal or await said(answer, *MENU_ANSWERS.get(name, ("Restyle",))), answer.text


def takes_a_track(harness: Harness, right: Right) -> bool:
    """Whether the command has an option in which a track is named."""
    node: dict[str, Any] = {"options": list(harness.discord.world.commands.values())}
    for name in right.handle.removeprefix("/").split():
        node = next(one for one in node["options"] if one["name"] == name)
    return any(option["name"] == "track" for option in node.get("options", []))


async def no_jams(harness: Harness) -> None:
    """One channel has one jam at a time."""
    assert harness.bot is not None
    jams = harness.bot.studio.jams
    for session in await jams.going_on():
        await jams.give_up(session.id)


async def relay_of(harness: Harness, starter: Member) -> str:
    """The id of a relay that the member has just started; one channel has one at a time."""
    assert harness.bot is not None
    relays, guild_id, channel_id = (
        harness.bot.studio.relays,
        int(starter.guild["id"]),
        int(starter.channel["id"]),
    )
    await relays.give_up(guild_id, channel_id)
    asked = Start(
        guild_id, channel_id, None, int(starter.id), "Ben", "By right", most=4, rounds=1, minutes=10
    )
    return (await relays.start(asked)).id


async def party_of(harness: Harness, starter: Member, track_id: str) -> str:
    """The id of a party that the member has just started; one guild has one at a time."""
    assert harness.bot is not None
    parties, guild_id = harness.bot.studio.parties, int(starter.guild["id"])
    for other in await parties.going_on():
        await parties.end(other.id, Ended.STOPPED)
    channel = harness.discord.world.channel("Listening Room", "The Porch")
    audience = Audience(everything_in(guild_id))
    return (await parties.start(audience, int(channel.id), int(starter.id), "Ben", [track_id])).id


def id_in(message: dict[str, Any]) -> str:
    """The id of the track that the message presents."""
    return message["components"][0]["components"][0]["custom_id"].split(":")[-1]


@pytest.mark.parametrize("right", PRESSED, ids=by_handle)
async def test_buttons_refuse_whoever_is_less_and_serve_the_others(harness: Harness, right: Right) -> None:
    ada, ben, cleo = [await harness.member(name) for name in ("Ada", "Ben", "Cleo")]
    dora = await harness.member("Dora", "Rooftop")
    title = f"For {right.sample}"
    sample, ids = right.sample or "", dict[str, str]()
    if "{track}" in sample or "{party}" in sample:
        ids["track"] = id_in(await made(ben, title))
    if "{jam}" in sample:
        await no_jams(harness)
        ids["jam"] = jam_id(await start(ben, f"For {sample[:8]}", duration=5))
    if "{relay}" in sample:
        ids["relay"] = await relay_of(harness, ben)
    if "{party}" in sample:
        ids["party"] = await party_of(harness, ben, ids["track"])
    custom_id = sample_of(right, **ids)
    lesser = {Who.MEMBER: [], Who.MAKER: [cleo], Who.MODERATOR: [cleo, ben], Who.HOST: [ada, ben]}
    enough = {Who.MEMBER: [cleo], Who.MAKER: [ada], Who.MODERATOR: [ada], Who.HOST: [dora]}
    for person in lesser[right.who]:
        on = await private(person)
        answer = await person.press(on, custom_id, forged=True)
        await answer.until(lambda now: _refused(now, right), TIMEOUT)
    shown = ("jam:", "relay:", "party:")  # what is done shows on a panel or a post, and is not answered
    done = ("answered", "deferred") if custom_id.startswith(shown) else ("answered",)
    for person in enough[right.who]:
        on = (
            await said(await person.slash("moderation panel"))
            if "moderation" in custom_id
            else await private(person)
        )
        answer = await person.press(on, custom_id, forged=True)
        await answer.until(lambda now: now.state in done, TIMEOUT)
        assert not _refused(answer, right)
        text = "\n".join([answer.text, *(text_of(one) for one in answer.followups)])
        assert "Something broke" not in text, text


def _refused(answer: Answer, right: Right) -> bool:
    text = "\n".join([answer.text, *(text_of(message) for message in answer.followups)])
    return any(word in text for word in REFUSALS.get(right.who, ("Only moderators", "Only the member")))


# what says no right, and what says one and does not look ------------------------------------------------


async def test_a_command_that_says_no_right_cannot_be_loaded(harness: Harness) -> None:
    async def dice(interaction: discord.Interaction) -> None:
        """Says nothing of who may use it."""

    async def menu(interaction: discord.Interaction, message: discord.Message) -> None:
        """Nor does this."""

    assert harness.bot is not None
    group = app_commands.Group(name="games", description="Some of them")
    group.command(name="dice", description="A number")(dice)
    of_makers = rights.right(Who.MAKER, "Names nothing that somebody could have made")(dice)
    for command in (
        app_commands.Command(name="dice", description="A number", callback=dice),
        app_commands.Command(name="cards", description="A card", callback=of_makers),
        app_commands.ContextMenu(name="Roll", callback=menu),
        group,
    ):
        with pytest.raises(NoRight, match="who may use"):
            harness.bot.tree.add_command(command)


async def test_a_route_that_says_no_right_cannot_be_written() -> None:
    said_nothing: Any = route
    with pytest.raises(TypeError, match="who"):
        said_nothing("dice:roll")
    with pytest.raises(ValueError, match="names nothing"):
        route("dice:roll", Who.MAKER, "Names nothing that somebody could have made")


async def test_dispatch_asks_before_the_handler_runs(harness: Harness) -> None:
    assert isinstance(harness.bot, Bot)
    ran: list[object] = []

    @route("dice:moderate", Who.MODERATOR, "Roll as a moderator")
    async def moderate(interaction: Interaction, _match: re.Match[str]) -> None:
        ran.append(interaction.user.name)
        await answer(interaction, "Rolled.")

    @route("dice:(?P<track>[0-9a-z]{20})", Who.MAKER, "Roll for one's own track", first=hold)
    async def make(interaction: Interaction, _match: re.Match[str]) -> None:
        ran.append(subject(interaction, Track).title)
        await answer(interaction, "Rolled.")

    module = ModuleType(__name__)
    vars(module).update(moderate=moderate, make=make)
    harness.bot.router.add(module)
    ada, ben, cleo, dora = [
        await harness.member(*who) for who in (("Ada",), ("Ben",), ("Cleo",), ("Dora", "Rooftop"))
    ]
    track_id = id_in(await made(ben, "Rolled For"))

    async def pressed(by: Member, custom_id: str, *words: str) -> None:
        await said(await by.press(await private(by), custom_id, forged=True), *words)

    for member in (ben, cleo):
        await pressed(member, "dice:moderate", *REFUSALS[Who.MODERATOR])
    await pressed(cleo, f"dice:{track_id}", "Only the member who asked")
    await pressed(dora, f"dice:{track_id}", "no such track")
    assert not ran
    await pressed(ada, "dice:moderate", "Rolled.")
    for member in (ada, ben):
        await pressed(member, f"dice:{track_id}", "Rolled.")
    assert ran[1:] == ["Rolled For", "Rolled For"]


async def test_whoever_may_not_use_a_command_is_suggested_nothing(harness: Harness) -> None:
    ada, ben = await harness.member("Ada"), await harness.member("Ben")
    typed: Any = {"name": "moderation budget", "options": {"timezone": "berlin"}, "focused": "timezone"}
    for member, values in ((ben, []), (ada, ["Europe/Berlin"])):
        answer = await member.interact(kind="autocomplete", forged=True, **typed)
        assert [one["value"] for one in answer.choices] == values
