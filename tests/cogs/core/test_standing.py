"""Who may not make tracks in a guild has no say in others' there, by any command or route; all else stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
from bot_harness import TIMEOUT, Harness, made, said
from known_rights import NOBODYS, RIGHTS, sample_of
from test_forgery import FORMS, QUESTIONS, heard, right_of, send
from test_rights import private

from cogs.core.rights import Right
from rehearsal.discord.members.member import Member
from services.storage.database import now

pytestmark = pytest.mark.asyncio(loop_scope="module")

DECIDING = [right for right in RIGHTS if right.decides]
BANNED = "have a say in others'"


async def answer_by(member: Member, right: Right, track_id: str) -> str:
    """What they read who type, press or send it; ids are those of nothing, but for the track's."""
    if right.handle.startswith("/"):
        return await heard(await member.slash(right.handle, forged=True))
    tried = (
        [right.sample] if right.sample else [one for one in (*QUESTIONS, *FORMS) if right_of(one) == right]
    )
    on = await private(member)
    if tried[0] in FORMS:
        return await heard(await send(member, tried[0], track_id, on))
    pressed = sample_of(right, track=track_id) or tried[0].replace("{track}", track_id)
    return await heard(await member.press(on, pressed, QUESTIONS.get(tried[0], []), forged=True))


async def test_all_that_votes_or_skips_is_marked() -> None:
    verbs = ("vote", "rank", "skip", "struck", "close")
    voting = [one for one in RIGHTS if any(verb in one.handle.split("(")[0] for verb in verbs)]
    assert len(voting) >= 9
    assert not [one.handle for one in voting if not one.decides]


@pytest.mark.parametrize("timed_out", [False, True], ids=["banned", "in Discord's time-out"])
async def test_whoever_is_banned_has_no_say_by_any_route(harness: Harness, timed_out: bool) -> None:
    ada, ben, cleo = [await harness.member(name) for name in ("Ada", "Ben", "Cleo")]
    song = await made(ben, "Not for Cleo")
    track_id = song["components"][0]["components"][0]["custom_id"].split(":")[-1]
    until = (now() + timedelta(hours=1)).isoformat()
    if timed_out:
        harness.discord.world.time_out("The Porch", "Cleo", until)
    else:
        await said(await ada.slash("moderation member ban", member="Cleo", reason="Spoils votes"), "not make")
    try:
        for right in DECIDING:
            assert BANNED in await answer_by(cleo, right, track_id), right.handle
        assert BANNED in await heard(await cleo.slash("compose", tags="ska", duration=5))
        assert "Not for Cleo" in await heard(await cleo.slash("library tracks"))
        assert BANNED not in await heard(await cleo.press(song, f"track:lyrics:{track_id}"))
    finally:
        if timed_out:
            harness.discord.world.time_out("The Porch", "Cleo", None)
        else:
            await said(await ada.slash("moderation member pardon", member="Cleo"), "may make tracks again")
    await cleo.press(song, f"track:vote:{track_id}")
    await cleo.wait_message(lambda one: one["id"] == song["id"] and "♥ 1" in str(one), TIMEOUT)


async def test_who_was_banned_and_is_a_moderator_now_still_moderates(harness: Harness) -> None:
    ada, cleo = [await harness.member(name) for name in ("Ada", "Cleo")]
    ending = [
        one for one in DECIDING if any(verb in one.handle for verb in ("end", "stop", "cancel", "over"))
    ]
    assert len(ending) >= 9
    await said(await ada.slash("moderation member ban", member="Cleo", reason="Once"), "not make")
    harness.discord.world.set_moderator("The Porch", "Cleo", True)
    try:
        for right in ending:
            assert BANNED not in await answer_by(cleo, right, NOBODYS), right.handle
    finally:
        harness.discord.world.set_moderator("The Porch", "Cleo", False)
        await said(await ada.slash("moderation member pardon", member="Cleo"), "may make tracks again")
