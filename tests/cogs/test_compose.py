"""/compose, from the slash command to the message in which the track plays."""

import pytest
from bot_harness import Harness, begun, made, said, track_of
from track_messages import facts_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_command_becomes_a_track_in_the_channel(harness: Harness) -> None:
    ben = await harness.member("Ben")
    answer = await ben.slash("compose", tags="funk, brass", duration=6, seed=42, title="Porch Light")
    await said(answer, "Porch Light")

    message = await track_of(ben, "Porch Light")
    assert message["content"].startswith(f"<@{ben.id}>")
    assert [user["id"] for user in message["mentions"]] == [ben.id]
    fields = facts_of(message)
    assert fields["Tags"] == "funk, brass"
    assert fields["Seed"] == "42"
    assert fields["Length"] == "0:06"
    assert fields["Price"] == "$0.002"
    assert fields["By"] == f"<@{ben.id}>"
    mp3 = await ben.attachment(message)
    assert message["attachments"][0]["filename"].startswith("porch-light-")
    assert mp3[:3] == b"ID3"
    labels = [button["label"] for button in message["components"][0]["components"]]
    assert labels == ["♥ Vote", "Again", "Remix seed", "Lyrics", "More …"]
    await said(answer, "is finished", message["id"])


async def test_lyrics_that_cannot_be_sung_in_time_are_warned_of(harness: Harness) -> None:
    ben = await harness.member("Ben")
    words = "".join(f"This is the line with the number {number}\n" for number in range(40))
    answer = await ben.slash(
        "compose", tags="folk", duration=5, title="Too Much", files={"lyrics_file": ("w.txt", words.encode())}
    )
    await said(answer, "is finished", "⚠️")


async def test_the_answer_says_price_and_what_is_left_and_moves_with_few_edits(harness: Harness) -> None:
    ben = await harness.member("Ben")
    held = harness.hold("drone")
    answer = await ben.slash("compose", tags="drone", duration=10, title="Held")
    await said(answer, "in the queue", "Price: $0.002", "left for today")
    await begun(held)
    held.release()
    await said(answer, "is finished")
    edits = [r for r in harness.discord.requests if r.method == "PATCH" and r.path.endswith("@original")]
    assert len([r for r in edits if "Held" in str(r.json)]) == 1


async def test_written_lyrics_come_from_a_form(harness: Harness) -> None:
    ben = await harness.member("Ben")
    form = await ben.slash("compose", tags="folk", duration=5, vocals="write", title="By Hand")
    assert form.modal is not None
    await said(await ben.submit(form, lyrics="[verse]\nA line of mine"), "By Hand")
    message = await track_of(ben, "By Hand")
    lyrics = await said(await ben.press(message, "Lyrics"), "A line of mine")
    assert lyrics.ephemeral


async def test_an_instrumental_has_no_lyrics(harness: Harness) -> None:
    ben = await harness.member("Ben")
    message = await made(ben, "No Voice", vocals="instrumental")
    await said(await ben.press(message, "Lyrics"), "instrumental")


async def test_the_model_may_decide(harness: Harness) -> None:
    ben = await harness.member("Ben")
    message = await made(ben, "Its Own Words")
    await said(await ben.press(message, "Lyrics"), "asked for without lyrics")


async def test_lyrics_come_from_a_file_and_long_ones_go_back_as_one(harness: Harness) -> None:
    ben = await harness.member("Ben")
    words = "".join(f"Line number {number} of a very long song\n" for number in range(60))
    message = await made(
        ben, "From A File", files={"lyrics_file": ("words.txt", ("\ufeff" + words).encode())}
    )
    await said(await ben.press(message, "Lyrics"), "Line number 59")


async def test_a_file_that_is_no_text_is_told_of(harness: Harness) -> None:
    ben = await harness.member("Ben")
    answer = await ben.slash(
        "compose", tags="folk", files={"lyrics_file": ("words.txt", b"\xff\xfe\x00\xd8")}
    )
    await said(answer, "Lyrics file", "nothing was charged")


async def test_an_instrumental_with_lyrics_is_a_contradiction(harness: Harness) -> None:
    ben = await harness.member("Ben")
    answer = await ben.slash(
        "compose", tags="folk", vocals="instrumental", files={"lyrics_file": ("w.txt", b"la")}
    )
    await said(answer, "Vocals", "Choose one of the two")


async def test_every_fault_is_told_at_once_and_the_words_are_given_back(harness: Harness) -> None:
    ben = await harness.member("Ben")
    form = await ben.slash("compose", tags="fu\u200bnk", vocals="write", title="Mended")
    words = "[verse]\nOne *starred* line\n    and an indented one"
    answer = await said(await ben.submit(form, lyrics=words, duration="999"), "Tags", "Duration", words)

    again = await ben.press(answer, "Edit")
    assert again.modal is not None
    assert words in again.text
    assert "999" in again.text
    await said(await ben.submit(again, tags="funk", duration="5"), "Mended")
    message = await track_of(ben, "Mended")
    await said(await ben.press(message, "Lyrics"), "and an indented one")


async def test_lyrics_too_long_for_a_form_survive_a_correction(harness: Harness) -> None:
    ben = await harness.member("Ben")
    words = "".join(f"Line number {number} of an endless song\n" for number in range(130))
    assert len(words) > 4000
    answer = await ben.slash(
        "compose",
        tags="fu\u200bnk",
        duration=5,
        title="Endless",
        files={"lyrics_file": ("w.txt", words.encode())},
    )
    await said(answer, "Tags", "lyrics.txt")
    form = await ben.press(answer, "Edit")
    assert "keep the attached lyrics" in form.text
    await said(await ben.submit(form, tags="funk"), "Endless")
    message = await track_of(ben, "Endless")
    lyrics = await said(await ben.press(message, "Lyrics"), ".txt")
    assert lyrics.message is not None
    assert b"Line number 129" in await ben.attachment(lyrics.message)


async def test_tags_are_suggested_while_typing(harness: Harness) -> None:
    ben = await harness.member("Ben")
    choices = await ben.suggest("compose", "tags", tags="funk, sax")
    assert any(choice["value"].startswith("funk, sax") for choice in choices)


IDEA = "A rainy evening in Lisbon, soft jazz"


async def test_an_idea_takes_the_place_of_tags(harness: Harness) -> None:
    ben = await harness.member("Ben")
    answer = await ben.slash("compose", idea=IDEA, duration=5, vocals="instrumental", title="Rain")
    await said(answer, "is finished")
    message = await track_of(ben, "Rain")
    fields = facts_of(message)
    assert fields["Idea"] == IDEA
    assert fields["Voice"] == "instrumental"
    assert "Tags" not in fields
    (sent,) = [one.json for one in harness.wave.requests if one.path.endswith("/prompt-to-audio")]
    assert (sent["prompt"], sent["instrumental"]) == (IDEA, True)
    await said(await ben.slash("library track", track="Rain"), IDEA)

    await said(await ben.press(message, "Again"), "is finished")
    form = await ben.press(message, "Remix seed")
    assert IDEA in form.text
    await said(await ben.submit(form, idea="A sunny morning in Porto", title="Sun"), "is finished")
    remix = facts_of(await track_of(ben, "Sun"))
    assert (remix["Seed"], remix["Idea"]) == (fields["Seed"], "A sunny morning in Porto")
    assert remix["Voice"] == "instrumental"


async def test_the_other_model_is_chosen_and_told(harness: Harness) -> None:
    ben = await harness.member("Ben")
    message = await made(ben, "Fifty Languages", model="ace-step-1.5")
    fields = facts_of(message)
    assert (fields["Model"], fields["Price"]) == ("ace-step-1.5", "$0.002")
    again = await said(await ben.press(message, "Again"), "is finished", "Fifty Languages")
    assert again.ephemeral
    form = await ben.press(message, "Remix seed")
    await said(await ben.submit(form, tags="ska", title="Also Fifty"), "is finished")
    remix = facts_of(await track_of(ben, "Also Fifty"))
    assert remix["Model"] == "ace-step-1.5"


async def test_what_stands_in_brackets_stays_for_the_model_that_reads_it(harness: Harness) -> None:
    ben = await harness.member("Ben")
    words = "[Chorus - anthemic]\n[zh] ni3 hao3\n[Drop]"
    file = {"lyrics_file": ("w.txt", words.encode())}
    message = await made(ben, "Anthem", model="ace-step-1.5", files=file)
    form = await ben.press(message, "Remix seed")
    assert words in form.text
    await said(await ben.submit(form, tags="ska", title="Ska Anthem"), "is finished")
    sent = [one.json for one in harness.wave.requests if one.path.endswith("/ace-step-1.5")]
    assert [one["lyrics"] for one in sent[-2:]] == [words, words]


async def test_an_idea_beside_tags_or_words_is_given_back_to_choose(harness: Harness) -> None:
    ben = await harness.member("Ben")
    answer = await ben.slash(
        "compose", idea=IDEA, tags="jazz", model="ace-step-1.5", duration=5, title="Torn"
    )
    await said(answer, "You gave an idea and tags", "ace-step-1.5 takes tags", IDEA)
    form = await ben.press(answer, "Keep tags and lyrics")
    assert "jazz" in form.text
    assert IDEA not in form.text
    await said(await ben.submit(form, title="Torn Tags"), "is finished")
    fields = facts_of(await track_of(ben, "Torn Tags"))
    assert (fields["Tags"], fields["Model"]) == ("jazz", "ace-step-1.5")

    form = await ben.press(answer, "Keep the idea")
    await said(await ben.submit(form, vocals="[inst]", title="Torn Idea"), "is finished")
    fields = facts_of(await track_of(ben, "Torn Idea"))
    assert (fields["Idea"], fields["Voice"]) == (IDEA, "instrumental")
    assert "Model" not in fields


async def test_neither_tags_nor_an_idea_and_words_beside_an_idea_are_told(harness: Harness) -> None:
    ben = await harness.member("Ben")
    await said(await ben.slash("compose", title="Nothing"), "There are no tags", "or give an idea instead")
    await said(await ben.slash("compose", idea=IDEA, vocals="write"), "the model writes them itself")
    words = {"lyrics_file": ("w.txt", b"la la")}
    await said(await ben.slash("compose", idea=IDEA, files=words), "You gave an idea and lyrics")
    await said(await ben.slash("compose", idea="!?"), "neither a letter nor a digit", "[Edit]")


async def test_lyrics_are_given_in_the_command_too(harness: Harness) -> None:
    ben = await harness.member("Ben")
    lines = r"[verse]\nThe porch is full\nThe lamps are lit"
    await said(
        await ben.slash("compose", tags="folk", duration=5, title="One Line", lyrics=lines), "One Line"
    )
    message = await track_of(ben, "One Line")
    await said(await ben.press(message, "Lyrics"), "The porch is full\nThe lamps are lit")
    form = await ben.slash("compose", tags="folk", lyrics=lines, vocals="write")
    assert "The porch is full\nThe lamps are lit" in form.text
    words = {"lyrics_file": ("w.txt", b"la la")}
    await said(
        await ben.slash("compose", tags="folk", lyrics="la", files=words), "lyrics and a file with lyrics"
    )
    await said(
        await ben.slash("compose", tags="folk", lyrics="la", vocals="instrumental"),
        "asked for an instrumental",
    )
    instrumental = await ben.slash("compose", tags="folk", duration=5, lyrics="[inst]", vocals="instrumental")
    await said(instrumental, "is finished")


async def test_a_remix_proposes_a_title_of_its_own_and_begins_with_the_tags(harness: Harness) -> None:
    ben = await harness.member("Ben")
    message = await made(ben, "Lantern")
    form = await ben.press(message, "Remix seed")
    assert form.modal is not None
    labels = [one["label"] for one in form.modal["components"]]
    assert labels[:3] == ["Tags", "Lyrics", "Title"]
    await said(await ben.submit(form, tags="polka"), "“Lantern (remix)”")
    again = await said(
        await ben.slash("remix-seed", track="Lantern (remix)", tags="ska"), "“Lantern (remix 2)”"
    )
    await said(again, "is finished")


async def test_nobody_writes_in_vain_who_may_not_make_tracks(harness: Harness) -> None:
    ada, ben = await harness.member("Ada"), await harness.member("Ben")
    message = await made(ben, "Before The Ban")
    refused = await said(await ben.slash("compose", tags="!?"), "[Edit]")
    await said(await ada.slash("moderation member ban", member="Ben", reason="Noise"), "not make tracks")
    for opened in (
        await ben.slash("compose", tags="ska", vocals="write"),
        await ben.press(message, "Remix seed"),
        await ben.context("Remix seed", message),
        await ben.slash("remix-seed", track="Before The Ban"),
        await ben.slash("rework restyle", track="Before The Ban"),
        await ben.context("Rework track", message),
        await ben.slash("compose", tags="!?"),
        await ben.press(refused, "Edit"),
    ):
        await said(opened, "may not make tracks", "Noise")
    await said(await ada.slash("moderation member pardon", member="Ben"), "may make tracks again")
    assert (await ben.press(refused, "Edit")).modal is not None
