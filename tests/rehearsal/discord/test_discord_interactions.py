"""Interactions of every kind, between a real discord.py bot and a member."""

import asyncio

import discord as dpy
import pytest
from smallbot import TIMEOUT, SmallBot, running
from waiting import eventually

from rehearsal.discord import DiscordStandIn, Fault
from rehearsal.discord.members.member import Member, NotPossibleError
from rehearsal.discord.members.reading import text_of


def is_component(interaction: dpy.Interaction) -> bool:
    return interaction.type is dpy.InteractionType.component


async def ada_of(stand_in: DiscordStandIn) -> Member:
    return await Member.join(stand_in.url, guild="The Porch", name="Ada")


async def test_a_slash_command_is_answered_privately(bot, ada: Member, ben: Member):
    answer = await ada.slash("hello", name="Ada", times=2)
    assert answer.text == "hello Ada hello Ada"
    assert answer.ephemeral
    assert answer.acknowledged_after is not None
    assert await ada.messages() == [answer.message]
    assert await ben.messages() == []


async def test_a_deferred_answer_is_filled_in_and_edited(bot, ada: Member, ben: Member):
    answer = await ada.slash("slow")
    assert answer.kind == "message"
    await answer.until(lambda a: "changed" in a.text)
    assert answer.state == "answered"
    assert answer.text == "at last, changed\nSlow\nbut sure"
    assert len(await ben.messages()) == 1  # the followup filled the deferred answer
    private = await ada.slash("slow", private=True)
    await private.until(lambda a: "changed" in a.text)
    assert private.ephemeral
    assert len(await ben.messages()) == 1


async def test_silence_ends_in_the_clients_own_words():
    async with (
        DiscordStandIn(callback_deadline=0.2) as stand_in,
        running(stand_in),
        await ada_of(stand_in) as ada,
    ):
        answer = await ada.slash("silent")
    assert answer.state == "failed"
    assert answer.error == "The application did not respond"


async def test_many_interactions_at_once_are_not_limited(bot: SmallBot, ada: Member):
    answers = await asyncio.gather(*(ada.slash("hello", name=str(i)) for i in range(60)))
    assert [answer.text for answer in answers] == [f"hello {i}" for i in range(60)]


async def test_an_answer_held_up_on_its_way_is_too_late():
    async with (
        DiscordStandIn(callback_deadline=0.1) as stand_in,
        running(stand_in),
        await ada_of(stand_in) as ada,
    ):
        stand_in.faults.add(Fault("slow", path="/interactions/*", seconds=0.2))
        answer = await ada.slash("hello", name="x")
        assert answer.error == "The application did not respond"
        callback = stand_in.requests[-1]

        async def answered() -> bool:
            return bool(callback.status)

        await eventually(answered)
        assert (callback.status, callback.answer["code"]) == (404, 10062)


async def test_without_a_bot_nothing_answers():
    async with DiscordStandIn(callback_deadline=0.2) as stand_in, await ada_of(stand_in) as ada:
        async with running(stand_in):
            pass
        answer = await ada.slash("hello", name="x")
    assert answer.error == "The application did not respond"


async def test_a_modal_comes_back_with_its_fields(bot, ada: Member):
    form = await ada.slash("write")
    assert form.kind == "modal"
    assert "Words la la" in form.text
    untouched = await ada.submit(form)
    assert untouched.text == "sung: la la []"
    filled = await ada.submit(await ada.slash("write"), Words="doo wop", Mood=["Sad"])
    assert filled.text == "sung: doo wop ['Sad']"
    assert filled.ephemeral


async def test_a_modals_limits_hold_in_the_client(bot, ada: Member):
    form = await ada.slash("write")
    with pytest.raises(NotPossibleError, match="0 to 400"):
        await ada.submit(form, Words="x" * 401)
    with pytest.raises(NotPossibleError, match="required"):
        await ada.submit(form, Words="")
    with pytest.raises(NotPossibleError, match="no choice Angry"):
        await ada.submit(form, Mood="Angry")


async def test_autocomplete_sees_what_is_typed_and_the_other_options(bot, ada: Member):
    assert [c["value"] for c in await ada.suggest("colour", "shade", shade="re")] == ["red", "green"]
    dark = await ada.suggest("colour", "shade", shade="red", dark=True)
    assert dark == [{"name": "dark red", "value": "red"}]


async def test_a_dynamic_button_works_after_a_restart(discord: DiscordStandIn, ada: Member, ben: Member):
    async with running(discord):
        answer = await ada.slash("vote")
    assert answer.text == "vote!\n[Vote]\n[Gone (disabled)]"
    async with running(discord):
        pressed = await ben.press(await ben.wait_message(lambda m: m["content"] == "vote!"), "Vote")
        assert pressed.kind == "update"
        await answer.until(lambda a: "track 7 has a vote" in a.text)


async def test_a_button_must_be_there_and_enabled(bot: SmallBot, ada: Member):
    answer = await ada.slash("vote")
    with pytest.raises(NotPossibleError, match="disabled"):
        await ada.press(answer, "Gone")
    with pytest.raises(NotPossibleError, match=r"no button 'Remix'\. It has: Vote, Gone"):
        await ada.press(answer, "Remix")
    pressed = asyncio.create_task(ada.press(answer, "gone", forged=True))
    interaction = await bot.wait_for("interaction", timeout=TIMEOUT, check=is_component)
    await interaction.response.defer()
    await pressed


async def test_a_message_context_menu_gets_its_message(bot, ada: Member, ben: Member):
    said = await ben.say("be kind")
    answer = await ada.context("Quote", said)
    assert answer.text == "> be kind"  # a target's content is readable without the intent
    assert not answer.ephemeral


async def test_files_go_both_ways(bot, ada: Member):
    answer = await ada.slash("file", files={"words": ("words.txt", b"la la")})
    message = answer.message
    assert message is not None
    assert [one["filename"] for one in message["attachments"]] == ["song.mp3"]
    assert message["attachments"][0]["content_type"] == "audio/mpeg"
    assert await ada.attachment(message) == b"ID3LA LA"
    image = message["embeds"][0]["image"]
    assert image["url"].endswith("/wave.png")
    assert (image["width"], image["height"]) == (1200, 300)


async def test_a_layout_is_readable_and_pressable(bot: SmallBot, ada: Member):
    answer = await ada.slash("layout")
    assert answer.text == "# Queue\none\n[Cancel]"
    pressed = asyncio.create_task(ada.press(answer, "Cancel"))
    interaction = await bot.wait_for("interaction", timeout=TIMEOUT, check=is_component)
    assert interaction.data is not None
    assert interaction.data.get("custom_id") == "cancel:1"
    await interaction.response.defer()
    assert (await pressed).state == "deferred"


async def test_sub_commands_and_numbers(bot, ada: Member):
    assert (await ada.slash("budget set", usd=2.5)).text == "limit 2.5"
    with pytest.raises(NotPossibleError, match="sub-command"):
        await ada.slash("budget", usd=2.5)


async def test_options_are_checked_before_they_are_sent(bot, ada: Member, discord: DiscordStandIn):
    with pytest.raises(NotPossibleError, match="required"):
        await ada.slash("hello")
    with pytest.raises(NotPossibleError, match="1 to 5"):
        await ada.slash("hello", name="x", times=9)
    with pytest.raises(NotPossibleError, match="whole number"):
        await ada.slash("hello", name="x", times="two")
    with pytest.raises(NotPossibleError, match="no option 'nmae'"):
        await ada.slash("hello", nmae="x")
    forged = await ada.slash("hello", name="x", times=6, forged=True)
    assert forged.text == " ".join(["hello x"] * 6)


async def test_default_permissions_decide_who_may(bot, ada: Member, ben: Member, discord: DiscordStandIn):
    assert (await ada.slash("moderate")).text == "moderated"
    with pytest.raises(NotPossibleError, match="you may not use it"):
        await ben.slash("moderate")
    discord.world.set_moderator("The Porch", "Ben", True)
    assert (await ben.slash("moderate")).text == "moderated"


async def test_an_interaction_tells_the_bot_where_and_who(bot: SmallBot, ada: Member):
    await ada.go("no-posting")
    asked = asyncio.create_task(ada.slash("hello", name="x"))
    interaction = await bot.wait_for("interaction", timeout=TIMEOUT)
    await asked
    assert not interaction.app_permissions.send_messages
    assert interaction.permissions.manage_guild
    assert isinstance(interaction.channel, dpy.TextChannel)
    assert interaction.channel.name == "no-posting"
    assert interaction.filesize_limit == 10 * 1024 * 1024
    assert interaction.user.display_name == "Ada"


async def test_the_second_acknowledgement_is_refused(bot: SmallBot, ada: Member):
    asked = asyncio.create_task(ada.slash("hello", name="x"))
    interaction = await bot.wait_for("interaction", timeout=TIMEOUT)
    await asked
    interaction.response._response_type = None
    with pytest.raises(dpy.HTTPException) as refused:
        await interaction.response.send_message("again")
    assert refused.value.code == 40060


async def test_a_late_acknowledgement_and_an_old_token_are_refused():
    async with DiscordStandIn(callback_deadline=0.05) as stand_in, running(stand_in) as bot:
        ada = await ada_of(stand_in)
        asked = asyncio.create_task(ada.slash("silent"))
        interaction = await bot.wait_for("interaction", timeout=TIMEOUT)
        assert (await asked).state == "failed"
        with pytest.raises(dpy.NotFound) as late:
            await interaction.response.send_message("late")
        assert late.value.code == 10062
        with pytest.raises(dpy.NotFound) as never:
            await interaction.followup.send("never acknowledged")
        assert never.value.code == 10015
        stand_in.interactions.deadline = 3
        asked = asyncio.create_task(ada.slash("hello", name="x"))
        interaction = await bot.wait_for("interaction", timeout=TIMEOUT)
        await asked
        stand_in.interactions.expire(str(interaction.id))
        with pytest.raises(dpy.HTTPException) as expired:
            await interaction.edit_original_response(content="too late")
        assert (expired.value.status, expired.value.code) == (401, 50027)
        await ada.leave()


async def test_followups_can_be_private_and_deleted(bot: SmallBot, ada: Member, ben: Member):
    answer = asyncio.create_task(ada.slash("hello", name="x"))
    interaction = await bot.wait_for("interaction", timeout=TIMEOUT)
    answer = await answer
    public = await interaction.followup.send("for all", wait=True)
    await interaction.followup.send("for Ada", ephemeral=True, wait=True)
    assert [text_of(m) for m in await ben.messages()] == ["for all"]
    assert [text_of(m) for m in (await answer.refresh()).followups] == ["for all", "for Ada"]
    await public.delete()
    await interaction.delete_original_response()
    assert await ben.messages() == []
    assert [text_of(m) for m in await ada.messages()] == ["for Ada"]
