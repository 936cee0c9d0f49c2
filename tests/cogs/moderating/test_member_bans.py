"""Members who may not make tracks: how moderators say so, and what the members read."""

from typing import Any

import pytest
from bot_harness import Harness, made, said

from rehearsal.discord.members.member import Answer, Member, NotPossibleError

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def composed(member: Member, title: str) -> Answer:
    return await member.slash("compose", tags="funk", duration=5, title=title)


async def test_a_timed_out_member_reads_why_until_when_and_whom_to_ask(harness: Harness) -> None:
    ada, ben = await harness.member("Ada"), await harness.member("Ben")
    message = await made(ben, "Before")
    await said(
        await ada.slash(
            "moderation member timeout", member="Ben", duration=60, reason="Spam, *again* @everyone"
        ),
        f"<@{ben.id}> may not make tracks",
        "until <t:",
    )
    refused = await said(
        await composed(ben, "During"),
        "may not make tracks",
        "<t:",
        "Spam,",
        "moderators",
        "nothing was charged",
    )
    assert "[Edit]" in refused.text
    await said(await ben.press(message, "Again"), "may not make tracks")
    await said(await ada.slash("moderation member list"), f"<@{ben.id}>", "Spam")
    await said(await ada.slash("moderation member pardon", member="Ben"), "may make tracks again", "Spam")
    await said(await composed(ben, "After"), "After")
    await said(await ada.slash("moderation member pardon", member="Ben"), "nothing to lift")
    await said(await ada.slash("moderation member list"), "Every member")


async def test_a_ban_holds_in_its_own_server_only(harness: Harness) -> None:
    dora = await harness.member("Dora", "Rooftop")
    ada = await harness.member("Ada", "Rooftop")
    await said(
        await dora.slash("moderation member ban", member="Ada", reason="Not here"),
        "until `/moderation member pardon`",
        "not make",
    )
    await said(await composed(ada, "Roof"), "Not here", "until a moderator lifts")
    await said(await composed(await harness.member("Ada"), "Porch"), "Porch")


async def test_moderators_and_bots_are_not_timed_out(harness: Harness) -> None:
    ada = await harness.member("Ada")
    await said(
        await ada.slash("moderation member ban", member="Ada", reason="Me"),
        "Nothing was changed",
        "moderator",
    )
    await said(
        await ada.slash("moderation member ban", member="Jamboree", reason="It"),
        "Nothing was changed",
        "a bot cannot",
    )
    harness.discord.world.set_moderator("The Porch", "Cleo", moderator=True)
    try:
        await said(await ada.slash("moderation member ban", member="Cleo", reason="Her"), "is a moderator")
    finally:
        harness.discord.world.set_moderator("The Porch", "Cleo", moderator=False)


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("moderation member timeout", {"member": "Cleo", "duration": 60, "reason": "x"}),
        ("moderation member ban", {"member": "Cleo", "reason": "x"}),
        ("moderation member pardon", {"member": "Cleo"}),
        ("moderation member list", {}),
    ],
)
async def test_members_have_no_such_command_and_a_forged_one_gains_nothing(
    harness: Harness, command: str, options: dict[str, Any]
) -> None:
    ben = await harness.member("Ben")
    with pytest.raises(NotPossibleError):
        await ben.slash(command, **options)
    await said(await ben.slash(command, forged=True, **options), "Only moderators")
