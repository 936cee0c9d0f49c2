"""Voices through restarts, and a bot whose host has not switched them on."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from bot_harness import TIMEOUT, VOICES, Harness, below, made, press_more, rule, said
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sounds import tone
from waiting import eventually

from cogs.posts.kept_messages import KeptMessages
from rehearsal.discord.members.member import Member
from rehearsal.discord.members.reading import text_of
from services.own_voices.voices import State
from services.storage.tables import kept_messages, notices, own_voices

pytestmark = pytest.mark.asyncio(loop_scope="module")

INTERVALS = {KeptMessages: 0.2}


async def test_where_the_host_has_not_switched_it_on_there_is_nothing_of_it(new_harness: Any) -> None:
    async with new_harness() as harness:
        await harness.start()
        names = {one["name"] for one in harness.discord.world.commands.values()}
        assert not names & {"voice", "Use as my voice"}
        ada = await harness.member("Ada")
        panel = await said(await ada.slash("moderation panel"), "Moderation")
        rest = await ada.press(panel, "More rules")
        await said(rest, "Language")
        assert "voices" not in rest.text
        forged = await ada.press(rest, "voice:file", forged=True)
        await said(forged, "Whoever hosts me has not switched on")


async def test_where_the_host_switches_it_off_again_members_can_still_take_their_voice_back(
    new_harness: Any,
) -> None:
    async with new_harness(**VOICES) as harness:
        await harness.start()
        await rule(harness, own_voices=True)
        ben = await harness.member("Ben")
        asked = await said(await ben.slash("voice record"), "Say this aloud")
        form = await ben.press(asked, "Give a file")
        await said(
            await ben.submit(form, files={"recording": [("a.mp3", tone(16))]}), "I have your recording"
        )
        await harness.stop()
        harness.settings = harness.settings.model_copy(update={"voice_cloning": False})
        await harness.start()
        await said(await ben.slash("voice record"), "Whoever hosts me has not switched on")
        forget = await said(await ben.slash("voice forget"), "Forget your voice?")
        await said(await ben.press(forget, "Forget it"), "Your recording is erased")


async def test_after_a_restart_a_voice_is_still_there_and_its_owner_confirms_what_they_were_shown(
    new_harness: Any,
) -> None:
    async with new_harness(**VOICES) as harness:
        await harness.start()
        await rule(harness, own_voices=True)
        ben = await harness.member("Ben")
        message = await made(ben, "Kept Over Night", duration=20)
        asked = await said(await ben.slash("voice record"), "Say this aloud")
        await harness.stop()
        await harness.start()
        form = await ben.press(asked, "Give a file")
        await said(
            await ben.submit(form, files={"recording": [("a.mp3", tone(16))]}), "I have your recording"
        )
        form = await press_more(ben, message, "Sing it yourself")
        proposal = await said(await ben.submit(form, lyrics="In the morning", title="Morning"), "$0.35")
        await harness.stop()
        await harness.start()
        await said(await ben.press(proposal, "Sing it"), "is finished")
        assert sum(one.path.endswith("minimax/music-01") for one in harness.wave.requests) == 1


async def waits_to_be_heard(harness: Harness) -> tuple[Member, Member, dict[str, Any]]:
    """A moderator, a member whose recording they are to hear, and the message in which they do."""
    room = harness.discord.world.add_channel("The Porch", "mods")
    await harness.start()
    await rule(harness, own_voices=True, review_channel_id=int(room.id))
    ada, cleo = await harness.member("Ada", channel="mods"), await harness.member("Cleo")
    await said(await cleo.slash("voice record"), "a moderator hears")
    message = await cleo.say("", files=[("voice-message.mp3", tone(16))], voice=16)
    await said(await cleo.context("Use as my voice", message), "A moderator hears")
    await ada.go("mods")
    return ada, cleo, await ada.wait_message(lambda one: "wants to have songs sung" in text_of(one), TIMEOUT)


async def test_a_recording_that_waits_for_a_moderator_waits_through_a_restart(new_harness: Any) -> None:
    async with new_harness(**VOICES) as harness:
        ada, cleo, heard = await waits_to_be_heard(harness)
        await harness.stop()
        await harness.start()
        await said(await ada.press(heard, "Do not let it through"), "is erased")

        async def gone() -> bool:
            return heard["id"] not in {one["id"] for one in await ada.messages()}

        await eventually(gone)
        shown = [one for one in await ada.messages() if not one["ephemeral"]]
        assert shown == []  # and none was posted twice
        await below(await cleo.slash("queue"), "did not let the recording of your voice through")


@pytest.mark.parametrize("posted", [True, False])
async def test_a_recording_that_cannot_be_opened_any_more_is_not_waited_for(
    new_harness: Any, posted: bool
) -> None:
    async with new_harness(**VOICES) as harness:
        ada, cleo, heard = await waits_to_be_heard(harness)
        await harness.stop()
        secret = SecretStr(Fernet.generate_key().decode())
        harness.settings = harness.settings.model_copy(update={"guild_keys_secret": secret})
        bot = await harness.start()
        if posted:
            await said(await ada.press(heard, "Let it through"), "cannot be opened any more")
        else:  # as if it had come to be posted only now
            async with bot.studio.database.write() as connection:
                unsaid = kept_messages.update().where(kept_messages.c.message_id == int(heard["id"]))
                await connection.execute(unsaid.values(message_id=None, intent_at=None, said=0))
            await ada.wait_message(lambda one: "cannot be opened any more" in text_of(one), TIMEOUT)

        async def first(of: sa.ColumnElement[Any]) -> Any:
            async with bot.studio.database.read() as connection:
                return await connection.scalar(sa.select(of))

        await eventually(lambda: first(notices.c.text))
        await below(await cleo.slash("queue"), "cannot be opened any more", "`/voice record`")
        assert await first(own_voices.c.state) in (None, State.FORGOTTEN)


@pytest.mark.parametrize("what", ["message", "channel"])
async def test_a_recording_is_not_waited_for_whose_message_went_while_the_bot_was_away(
    new_harness: Any, what: str
) -> None:
    async with new_harness(**VOICES) as harness:
        ada, cleo, heard = await waits_to_be_heard(harness)
        await harness.stop()
        if what == "message":
            await ada.ask("DELETE", f"channels/{heard['channel_id']}/messages/{heard['id']}?member={ada.id}")
        else:
            harness.discord.world.delete_channel("mods")
        await harness.start()
        assert harness.bot is not None
        own_voices = harness.bot.studio.own_voices

        async def none_waits() -> bool:
            return not await own_voices.waiting()

        await eventually(none_waits)
        await below(await cleo.slash("queue"), "its message in their channel was deleted")
