"""What is blank was not given: no option and no form's field is taken in which nothing is seen."""

from __future__ import annotations

from typing import Any

import discord
import pytest
from bot_harness import VOICES, Harness, made, said
from discord import AppCommandOptionType, app_commands
from known_rights import RIGHTS
from test_forgery import heard
from test_rights import OPTIONS, private

from cogs.core.rights import Who
from rehearsal.discord.start import first_world

pytestmark = pytest.mark.asyncio(loop_scope="module")

BLANK = " \u200b\u3164\u200d\ufe0f\u2060 "
RANKS = {one.handle: one.who for one in RIGHTS}


@pytest.fixture(scope="module")
def changes() -> dict[str, Any]:
    host = int(first_world().guild("Rooftop").id)
    return {"host_guild_id": host, **VOICES}


def required(harness: Harness) -> list[tuple[str, str]]:
    """Every text that a command must have, and that is typed: the command, the option."""
    assert harness.bot is not None
    found: list[tuple[str, str]] = []
    for guild in (None, discord.Object(harness.settings.host_guild_id or 0)):
        for command in harness.bot.tree.walk_commands(guild=guild):
            for one in command.parameters if isinstance(command, app_commands.Command) else ():
                if one.type is AppCommandOptionType.string and one.required and not one.choices:
                    found.append((command.qualified_name, one.display_name))
    return found


async def test_what_a_command_must_have_is_not_blank(harness: Harness) -> None:
    who = {Who.HOST: ("Dora", "Rooftop"), Who.MODERATOR: ("Ada",)}
    wanted = required(harness)
    assert {("contest start", "theme"), ("album new", "title"), ("moderation member ban", "reason")} <= set(
        wanted
    )
    for command, option in wanted:
        member = await harness.member(*who.get(RANKS[f"/{command}"], ("Cleo",)))
        options = {**OPTIONS.get(f"/{command}", {}), option: BLANK}
        assert f"*{option}* is empty" in await heard(await member.slash(command, **options)), command
    porch = int(harness.discord.world.guild("The Porch").id)
    assert harness.bot is not None
    assert not await harness.bot.studio.bans.listed(porch)


async def test_what_need_not_be_given_counts_as_not_given(harness: Harness) -> None:
    ben, cleo = await harness.member("Ben"), await harness.member("Cleo")
    await made(ben, "Anything")
    await said(await cleo.slash("library tracks", text=BLANK, tag=BLANK), "Anything")
    await said(await cleo.slash("contest start", theme="Blank tags", tags=BLANK), "Blank tags")
    await said(await cleo.slash("contest end", contest=BLANK), "End")
    await said(await cleo.slash("album new", title="Of nothing", description=BLANK), "Of nothing")


async def test_an_albums_description_is_refused_in_words(harness: Harness) -> None:
    cleo = await harness.member("Cleo")
    text = await heard(await cleo.slash("album new", title="Told", description="a\u202eb"))
    assert "Description" in text
    assert "a\u202eb" in text


async def test_a_forms_field_is_not_blank_either(harness: Harness) -> None:
    ben, cleo = await harness.member("Ben"), await harness.member("Cleo")
    track_id = (await made(ben, "On an album"))["components"][0]["components"][0]["custom_id"].split(":")[-1]

    async def sent(custom_id: str, **fields: str) -> str:
        on = await private(cleo)
        form: Any = {"custom_id": custom_id, "fields": fields, "message": on.message and on.message["id"]}
        return await heard(await cleo.interact(kind="modal", forged=True, **form))

    text = await sent(f"album:begin:{track_id}", title=BLANK, description="All that I like")
    assert "There is no title" in text
    assert "All that I like" in text
    await sent(f"report:because:{track_id}", reason=BLANK)
    ada = await harness.member("Ada")
    await said(await ada.slash("moderation reports"), "none given")
