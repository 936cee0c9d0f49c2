"""What can be done with a track: again, remix, lyrics, look-up, delete; and what a forged button gains."""

import pytest
from bot_harness import TIMEOUT, Harness, below, made, press_more, said, track_of
from structlog.testing import capture_logs
from track_messages import facts_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


def id_of(message: dict) -> str:
    """The track's id, as its buttons carry it."""
    return message["components"][0]["components"][0]["custom_id"].split(":")[-1]


async def test_again_is_the_same_prompt_with_a_new_seed(harness: Harness) -> None:
    ben, cleo = await harness.member("Ben"), await harness.member("Cleo")
    message = await made(ben, "Twice", seed=7)
    await said(await cleo.press(message, "Again"), "Twice")
    again = await cleo.wait_message(
        lambda one: one["embeds"] and one["embeds"][0]["title"] == "Twice" and one["id"] != message["id"],
        TIMEOUT,
    )
    fields = facts_of(again)
    assert fields["Seed"] != "7"
    assert fields["Tags"] == "funk, brass"
    assert fields["By"] == f"<@{cleo.id}>"
    assert "Twice" in fields["Another take of"]


async def test_remix_by_button_keeps_the_seed_and_opens_filled_in(harness: Harness) -> None:
    ben = await harness.member("Ben")
    message = await made(ben, "Parent", seed=11, vocals="instrumental")
    form = await ben.press(message, "Remix seed")
    assert form.modal is not None
    assert "funk, brass" in form.text
    assert "[inst]" in form.text
    await said(await ben.submit(form, tags="polka", title="Child"), "Child")
    fields = facts_of(await track_of(ben, "Child"))
    assert fields["Seed"] == "11"
    assert fields["Tags"] == "polka"
    assert fields["Voice"] == "instrumental"
    assert "Parent" in fields["Remix of"]


async def test_remix_by_command_takes_what_is_given_and_keeps_the_rest(harness: Harness) -> None:
    ben = await harness.member("Ben")
    await made(ben, "Command Parent", seed=12)
    (choice,) = await ben.suggest("remix-seed", "track", track="command par")
    assert "Command Parent" in choice["name"]
    await said(
        await ben.slash("remix-seed", track=choice["value"], lyrics="[verse]\nNew words", title="Reworded")
    )
    message = await track_of(ben, "Reworded")
    assert facts_of(message)["Seed"] == "12"
    await said(await ben.press(message, "Lyrics"), "New words")


async def test_remix_by_command_with_nothing_given_opens_the_form(harness: Harness) -> None:
    ben = await harness.member("Ben")
    await made(ben, "Form Parent", seed=13)
    form = await ben.slash("remix-seed", track="Form Parent")
    assert form.modal is not None
    assert "Form Parent" in form.text


async def test_remix_from_a_message_menu(harness: Harness) -> None:
    ben = await harness.member("Ben")
    message = await made(ben, "Menu Parent", seed=14)
    form = await ben.context("Remix seed", message)
    await said(await ben.submit(form, duration="7", title="Menu Child"), "Menu Child")
    assert facts_of(await track_of(ben, "Menu Child"))["Seed"] == "14"
    other = await ben.say("not a track")
    await said(await ben.context("Remix seed", other), "not one of my tracks")


async def test_a_remix_of_nothing_changed_is_not_paid_for(harness: Harness) -> None:
    ben = await harness.member("Ben")
    message = await made(ben, "Same", seed=15)
    answer = await said(
        await ben.submit(await ben.press(message, "Remix seed")), "nothing was charged", "Again"
    )
    await said(
        await ben.submit(await ben.press(answer, "Edit"), tags="ska", title="Not The Same"), "Not The Same"
    )
    assert facts_of(await track_of(ben, "Not The Same"))["Seed"] == "15"


async def test_lyrics_too_long_for_the_form_stay_in_a_remix(harness: Harness) -> None:
    ben = await harness.member("Ben")
    words = "".join(f"Line number {number} of an endless song\n" for number in range(130))
    message = await made(ben, "Long Parent", files={"lyrics_file": ("w.txt", words.encode())})
    form = await ben.press(message, "Remix seed")
    assert "Leave it empty to keep" in form.text
    await said(await ben.submit(form, tags="polka", title="Long Child"), "Long Child")
    lyrics = await said(await ben.press(await track_of(ben, "Long Child"), "Lyrics"), ".txt")
    assert lyrics.message is not None
    assert b"Line number 129" in await ben.attachment(lyrics.message)


async def test_track_shows_everything_and_the_mp3_again(harness: Harness) -> None:
    ben, cleo = await harness.member("Ben"), await harness.member("Cleo")
    parent = await made(ben, "Looked Up", seed=16)
    remix = await ben.submit(await ben.press(parent, "Remix seed"), lyrics="La la", title="Looked Up Too")
    await said(remix, "is finished")
    child = await track_of(ben, "Looked Up Too")
    answer = await said(
        await cleo.slash("library track", track="Looked Up Too"),
        "La la",
        "16",
        "$0.001",
        child["id"],
        "Remix of",
    )
    assert answer.message is not None
    assert await cleo.attachment(answer.message) == await cleo.attachment(child)
    assert "[Delete]" not in answer.text
    await said(await ben.slash("library track", track="Looked Up Too"), "[Delete]")


async def test_a_title_that_several_tracks_have_is_asked_back(harness: Harness) -> None:
    ben = await harness.member("Ben")
    await made(ben, "Double")
    await said(await ben.slash("compose", tags="ska", duration=5, title="Double"))
    await said(await ben.slash("library track", track="double"), "Several tracks", "number")
    await said(await ben.slash("library track", track="no such song"), "no such track")


async def test_only_its_maker_or_a_moderator_deletes_and_is_asked_first(harness: Harness) -> None:
    ben, cleo = await harness.member("Ben"), await harness.member("Cleo")
    message = await made(ben, "Unloved")
    menu = await said(await cleo.press(message, "More …"), "What to do")
    assert "Delete" not in menu.text
    await said(
        await cleo.press(menu, f"track:delete:{id_of(message)}", forged=True), "Only the member who asked"
    )
    await below(await cleo.press(menu, f"track:deletenow:{id_of(message)}", forged=True), "Only the member")
    question = await said(await press_more(ben, message, "Delete"), "gone for good")
    await said(await ben.press(question, "Keep it"), "It stays")
    assert message["id"] in [one["id"] for one in await ben.messages()]

    question = await said(await press_more(ben, message, "Delete"), "gone for good")
    await (await ben.press(question, "Delete it")).until(lambda now: "was deleted" in now.text, TIMEOUT)
    assert message["id"] not in [one["id"] for one in await ben.messages()]
    await said(await ben.slash("library track", track="Unloved"), "no such track")


async def test_a_moderator_deletes_what_others_made(harness: Harness) -> None:
    ben, ada = await harness.member("Ben"), await harness.member("Ada")
    message = await made(ben, "Off Topic")
    question = await said(await press_more(ada, message, "Delete"), "gone for good")
    await (await ada.press(question, "Delete it")).until(lambda now: "was deleted" in now.text, TIMEOUT)
    assert message["id"] not in [one["id"] for one in await ben.messages()]


async def test_another_servers_track_does_not_exist_here(harness: Harness) -> None:
    ben, dora = await harness.member("Ben"), await harness.member("Dora", "Rooftop")
    secret = id_of(await made(ben, "Porch Only", vocals="instrumental"))
    bait = await made(dora, "Roof Only")
    for verb in ("again", "lyrics", "delete"):
        await said(await dora.press(bait, f"track:{verb}:{secret}", forged=True), "no such track")
    for verb in ("deletenow", "cancel"):
        queue = await said(await dora.slash("queue"))
        await below(await dora.press(queue, f"track:{verb}:{secret}", forged=True), "no such track")
    await said(await dora.press(bait, f"track:remix:{secret}", forged=True), "no such track")
    await said(await dora.slash("library track", track=secret), "no such track")
    await said(await dora.slash("remix-seed", track=secret, duration=9), "no such track")
    assert await dora.suggest("library track", "track", track="Porch Only") == []


async def test_a_button_that_nobody_knows_is_answered(harness: Harness) -> None:
    ben = await harness.member("Ben")
    message = await made(ben, "Old Button")
    await said(await ben.press(message, "track:explode:" + id_of(message), forged=True), "older version")
    await said(await ben.press(message, "nonsense", forged=True), "older version")


async def test_what_breaks_is_told_with_a_code_that_is_in_the_log(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    ben = await harness.member("Ben")
    message = await made(ben, "Broken")
    assert harness.bot is not None

    async def breaks(*_: object) -> None:
        raise RuntimeError("a wire came loose")

    monkeypatch.setattr(harness.bot.studio, "find", breaks)
    with capture_logs() as logs:
        for answer in (
            await ben.press(message, "Lyrics"),
            await ben.press(message, "Remix seed"),
            await ben.slash("library track", track="1"),
            await ben.slash("remix-seed", track="1"),
            await ben.context("Remix seed", message),
        ):
            await said(answer, "Something broke on my side")
            assert "a wire came loose" not in answer.text
            assert answer.text.split("`")[1] in [entry.get("reference") for entry in logs]
