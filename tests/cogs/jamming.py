"""What members do in a jam, for its tests: press on its panel, fill in its forms, read what it says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot_harness import TIMEOUT, as_read, said, track_of
from waiting import eventually

from rehearsal.discord.members.member import Answer, Member
from rehearsal.discord.members.reading import text_of, walk

Json = dict[str, Any]


async def start(member: Member, theme: str, **options: Any) -> Json:
    """Opens a jam and returns its panel."""
    await said(await member.slash("jam start", theme=theme, **options), "is open")
    return await panel_of(member, theme)


async def panel_of(member: Member, theme: str, *words: str) -> Json:
    """The jam's panel in the member's channel, once it says all of that."""
    return await panel_where(member, theme, lambda text: all(word in text for word in words))


async def panel_where(member: Member, theme: str, holds: Callable[[str], bool]) -> Json:
    def is_it(message: Json) -> bool:
        text = text_of(message)
        return f"## Jam “{theme}”" in as_read(text) and holds(text)

    return await member.wait_message(is_it, TIMEOUT)


async def alone(member: Member, theme: str, panel: Json) -> None:
    """Waits until the jam has no panel but that one."""

    async def is_alone() -> bool:
        return [m["id"] for m in await member.messages() if f"## Jam “{theme}”" in text_of(m)] == [
            panel["id"]
        ]

    await eventually(is_alone)


async def join(member: Member, theme: str) -> None:
    """Joins, and waits until the panel shows it."""
    await member.press(await panel_of(member, theme), "Join / Leave")
    await panel_of(member, theme, f"<@{member.id}>")


async def writes(member: Member, panel: Json, which: str, text: str) -> Answer:
    """Writes a section: chosen in the menu by its label, sent with the form."""
    form = await member.press(panel, "Write a section …", [which])
    assert form.modal is not None, form.text
    return await member.submit(form, text=text)


async def tags(member: Member, panel: Json, typed: str) -> Answer:
    form = await member.press(panel, "Add tags")
    assert form.modal is not None, form.text
    return await member.submit(form, tags=typed)


async def strikes(member: Member, panel: Json, tag: str) -> Answer:
    menu = await said(await member.press(panel, "Strike a tag"), "Which tag?")
    return await member.press(menu, "Strike a tag …", [tag])


async def two_rounds(member: Member, theme: str) -> tuple[Json, Json]:
    """Opens a jam and has two rounds of it made; their tracks' messages. Both can still be voted on."""
    await member.press(await start(member, theme, tags="ska", duration=5), "Make it now")
    first = await track_of(member, theme)
    form = await member.press(await panel_of(member, theme, "Listen, and vote"), "Next round")
    await member.submit(form, keep=["tags"])
    await member.press(await panel_of(member, theme, "Round 2"), "Make it now")
    second = await track_of(member, f"{theme}, round 2")
    await panel_of(member, theme, "Listen, and vote")
    return first, second


async def ends(member: Member, theme: str) -> None:
    """Ends the jam from its panel."""
    question = await said(await member.press(await panel_of(member, theme), "End the jam"), "End the jam")
    await said(await member.press(question, "End it"), "The jam")


async def recap_of(member: Member, theme: str) -> Json:
    """What an ended jam leaves, in the member's channel."""
    return await member.wait_message(lambda m: f"## The jam “{theme}” is over" in text_of(m), TIMEOUT)


def jam_id(panel: Json) -> str:
    """Of a panel's buttons."""
    ids = [node["custom_id"] for node in walk(panel["components"]) if "custom_id" in node]
    return ids[0].split(":")[2]
