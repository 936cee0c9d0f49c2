"""Forms as buttons, buttons as forms, options of the wrong type: each is answered clearly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from bot_harness import TIMEOUT, Harness, said
from known_rights import NOBODYS
from test_forgery import BUTTONS, FORMS, heard

from rehearsal.discord.members.member import Answer, Member
from rehearsal.discord.start import first_world

pytestmark = pytest.mark.asyncio(loop_scope="module")

# Discord: Application Command Option Type
TEXT, WHOLE, YES_OR_NO, SOMEBODY, NUMBER, FILE = 3, 4, 5, 6, 10, 11
NESTED = (1, 2)  # sub-commands and their groups
WRONG: dict[int, list[Any]] = {
    TEXT: [7, True, ["x"], {"x": 1}],
    WHOLE: ["60", "NaN", 1.5, True, [60], {}, 10**30],
    YES_OR_NO: ["yes", 7, []],
    NUMBER: ["many", "", "1.0", True, [1], {}, 1e300, float("nan"), 10**400],
    FILE: ["abc", "12345", 7, []],
}
NO_BUTTON, NO_MESSAGE = "no longer know this button", "which message this form belongs to"
BY_COMMAND = (
    "form:",
    "report:",
    "review:",
    "rework:",
    "key:",
    "album:begin:",
)  # forms that a command opens too


@pytest.fixture(scope="module")
def changes() -> dict[str, Any]:
    return {"host_guild_id": int(first_world().guild("The Porch").id)}


def named(custom_id: str) -> str:
    return custom_id.replace("{track}", NOBODYS)


async def forged_form(member: Member, custom_id: str, on: Answer | None = None) -> str:
    """What is said to a form that nobody opened, below a message or below none."""
    below = {"message": on.message["id"]} if on and on.message else {}
    fields = FORMS.get(custom_id, {})
    return await heard(
        await member.interact(
            kind="modal", forged=True, custom_id=named(custom_id), fields=dict(fields), **below
        )
    )


async def test_a_form_that_changes_its_message_needs_one(harness: Harness) -> None:
    ada = await harness.member("Ada")
    for form in FORMS:
        text = await forged_form(ada, form)
        if form.startswith(("jam:", "party:", "relay:", "voice:")):
            assert NO_MESSAGE in text, form
        elif form.startswith(("moderation:", "album:named")):
            assert NO_BUTTON in text, form
        else:
            assert form.startswith(BY_COMMAND)
            assert "Something broke" not in text, form


async def test_no_form_is_pressed_and_no_button_is_filled_in(harness: Harness) -> None:
    ada = await harness.member("Ada")
    on = await said(await ada.slash("queue"), "Queue")
    for form in FORMS:
        assert NO_BUTTON in await heard(await ada.press(on, named(form), ["1"], forged=True)), form
    for button in BUTTONS:
        assert NO_BUTTON in await forged_form(ada, button), button
        assert NO_BUTTON in await forged_form(ada, button, on), button


def options_of(node: dict[str, Any], name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every option, with the command or sub-command that takes it."""
    for option in node.get("options", []):
        if option["type"] in NESTED:
            yield from options_of(option, f"{name} {option['name']}")
        else:
            yield name, option


async def test_an_option_of_the_wrong_type_is_refused_by_its_name(harness: Harness) -> None:
    ada = await harness.member("Ada")
    tried = set[int]()
    for command in [one for one in harness.discord.world.commands.values() if one["type"] == 1]:
        for name, option in options_of(command, command["name"]):
            for value in WRONG.get(option["type"], []):
                answer = await ada.slash(name, forged=True, **{option["name"]: value})
                text = await heard(answer)
                assert f"*{option['name']}* must be" in text.replace("\\", ""), (name, option["name"], value)
                assert answer.ephemeral
            tried.add(option["type"])
    assert {*WRONG, SOMEBODY} == tried


async def test_a_number_out_of_bounds_is_refused_by_its_name(harness: Harness) -> None:
    """Which a relay of no seats and no minutes once was not."""
    ada, tried = await harness.member("Ada"), list[str]()
    for command in [one for one in harness.discord.world.commands.values() if one["type"] == 1]:
        for name, option in options_of(command, command["name"]):
            for bound, beyond in (("min_value", -1), ("max_value", 1)):
                if option["type"] in (WHOLE, NUMBER) and bound in option:
                    given = {option["name"]: option[bound] + beyond}
                    text = await heard(await ada.slash(name, forged=True, **given))
                    assert f"*{option['name']}* must be a number from" in text.replace("\\", ""), (name, text)
                    tried.append(f"{name} {option['name']}")
    assert {"relay start minutes", "contest start each", "moderation budget daily"} <= set(tried)


async def test_what_is_not_offered_is_refused_by_its_name(harness: Harness) -> None:
    ada, tried = await harness.member("Ada"), list[str]()
    for command in [one for one in harness.discord.world.commands.values() if one["type"] == 1]:
        for name, option in options_of(command, command["name"]):
            if option.get("choices"):
                given: dict[str, Any] = {option["name"]: "another" if option["type"] == TEXT else -5}
                text = await heard(await ada.slash(name, forged=True, **given))
                assert f"*{option['name']}* must be one of those" in text.replace("\\", ""), (name, text)
                tried.append(f"{name} {option['name']}")
    assert {"contest start ends", "compose model"} <= set(tried)


@pytest.mark.parametrize(
    "was", [{"type": TEXT}, {"type": 99}, {"name": "weekly"}], ids=["other type", "no type", "other name"]
)
async def test_an_option_that_was_another_before_an_update_says_so(
    harness: Harness, was: dict[str, Any]
) -> None:
    """Discord's clients keep a command for a while as it was."""
    ada = await harness.member("Ada")
    moderation = next(one for one in harness.discord.world.commands.values() if one["name"] == "moderation")
    _name, daily = next(pair for pair in options_of(moderation, "moderation") if pair[1]["name"] == "daily")
    is_now = dict(daily)
    daily |= was
    try:
        given: dict[str, Any] = {daily["name"]: "many"}
        answer = await ada.slash("moderation budget", forged=True, **given)
        await said(answer, "I was just updated")
    finally:
        daily |= is_now


async def test_right_options_are_taken(harness: Harness) -> None:
    ada = await harness.member("Ada")
    for daily in (1, 1.5):
        await said(await ada.slash("moderation budget", daily=daily), "$")
    answer = await ada.slash("compose", tags="funk", duration=5, seed=7, title="Rightly Asked")
    await answer.until(lambda now: "is finished" in now.text, TIMEOUT)


async def test_in_a_kind_of_channel_that_nobody_knows_nothing_is_made(harness: Harness) -> None:
    harness.discord.world.add_channel("The Porch", "of-tomorrow", kind=99)
    ben = await harness.member("Ben", channel="of-tomorrow")
    refused = await ben.slash("compose", tags="funk", lyrics="We ask from nowhere", duration=5)
    await said(refused, "I do not know this kind of channel yet", "We ask from nowhere")
    for command in ("jam start", "relay start"):
        await said(await ben.slash(command, theme="Nowhere"), "I do not know this kind of channel yet")
    await said(await ben.slash("contest start", theme="Nowhere"), "I do not know this kind of channel yet")
    await said(await ben.slash("budget"), "$0.00 spent")


async def test_what_no_database_keeps_is_looked_for_in_vain_and_breaks_nothing(harness: Harness) -> None:
    """PostgreSQL keeps no NUL, and none keeps half of a pair; a member cannot type either."""
    ben, ada = await harness.member("Ben"), await harness.member("Ada")
    for typed in ("a\0b", "\ud800x"):
        for command, option in (("library track", "track"), ("album show", "album"), ("jam end", "jam")):
            given: Any = {option: typed, "forged": True}
            await said(await ben.slash(command, **given), "There is no such")
        banned = await ada.slash("moderation member ban", member="Ben", reason=typed, forged=True)
        await said(banned, "may not make tracks")
        listed = await said(await ada.slash("moderation member list"), "\ufffd")
        assert typed not in listed.text
        await said(await ada.slash("moderation member pardon", member="Ben"), "may make tracks again")
