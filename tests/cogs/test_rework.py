"""/rework: from a command, a menu or a button to the new track; what is confirmed and what is refused."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from bot_harness import TIMEOUT, Harness, below, billed, made, rule, said, track_of
from sounds import tone
from track_messages import facts_of
from waiting import eventually

from cogs.texts.formatting import money
from cogs.texts.reworks import STATEMENT
from rehearsal.discord.members.member import Answer
from rehearsal.discord.members.reading import text_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

WORDS = "[verse]\nHold the line"
DEMO = {"file": ("demo.mp3", tone(6))}
PASSAGE: dict[str, Any] = {"from": "1", "to": "2"}


def id_of(message: dict[str, Any]) -> str:
    return message["components"][0]["components"][0]["custom_id"].split(":")[-1]


def confirming(proposal: Answer) -> str:
    """The custom_id of the button that confirms."""
    assert proposal.message is not None
    return proposal.message["components"][0]["components"][0]["custom_id"]


async def source(harness: Harness, title: str, **options: Any) -> dict[str, Any]:
    ben = await harness.member("Ben")
    lyrics = {"lyrics_file": ("w.txt", WORDS.encode())}
    return await made(ben, title, duration=6, files=lyrics, **options)


# from a track -------------------------------------------------------------------------------------------


async def test_extend_by_command_says_what_it_is_made_from_everywhere(harness: Harness) -> None:
    cleo = await harness.member("Cleo")
    await source(harness, "Long Ago")
    held = harness.wave.faults.add(held_extension())
    price = money(billed(harness, part=5, whole=11))
    answer = await cleo.slash(
        "rework extend", track="Long Ago", before=2, after=3, title="Longer", tags="ska"
    )
    await said(answer, "Longer", "extended 2 s before and 3 s after", f"Price: {price}.")
    await said(await cleo.slash("queue"), "Longer", "extended 2 s before and 3 s after")
    held.release()
    await said(answer, "is finished")
    message = await track_of(cleo, "Longer")
    assert message["content"] == f"<@{cleo.id}> Your track is ready."
    assert [user["id"] for user in message["mentions"]] == [cleo.id]
    fields = facts_of(message)
    assert "Long Ago" in fields["Made from"]
    assert "extended 2 s before and 3 s after" in fields["Made from"]
    assert (fields["Length"], fields["Price"], fields["Tags"]) == ("0:11", price, "ska")
    await said(await cleo.press(message, "Lyrics"), "Hold the line")
    await said(await cleo.slash("library track", track="Longer"), "extended 2 s before and 3 s after")
    await said(await cleo.slash("library family", track="Longer"), "extended 2 s before and 3 s after")


def held_extension() -> Any:
    from rehearsal.wavespeed import Fault

    return Fault("render_held", tags="ska")


async def test_restyle_from_the_more_menu_opens_with_the_old_tags(harness: Harness) -> None:
    cleo = await harness.member("Cleo")
    message = await source(harness, "Restyled From")
    menu = await said(await cleo.press(message, "More …"), "Rework …")
    choice = await said(await cleo.press(menu, "Rework …"), "What to do with the sound of", "Restyle")
    form = await cleo.press(choice, "Restyle")
    assert "funk, brass" in form.text
    same = await said(await cleo.submit(form), "It has these tags already", "nothing was charged")
    await said(
        await cleo.submit(await cleo.press(same, "Edit"), tags="funk, polka", title="Polka"), "is finished"
    )
    fields = facts_of(await track_of(cleo, "Polka"))
    assert "restyled: +polka, −brass" in fields["Made from"]
    assert fields["Length"] == "0:06"
    assert fields["Price"] == "$0.002"


async def test_new_words_from_a_messages_menu_start_from_the_old_ones(harness: Harness) -> None:
    cleo = await harness.member("Cleo")
    choice = await said(
        await cleo.context("Rework track", await source(harness, "Old Words")), "Change the words"
    )
    form = await cleo.press(choice, "Change the words")
    assert "Hold the line" in form.text
    await said(await cleo.submit(form, lyrics="[verse]\nLet it go", title="New Words"), "is finished")
    message = await track_of(cleo, "New Words")
    assert "sung with other words" in facts_of(message)["Made from"]
    shown = await said(await cleo.press(message, "Lyrics"), "Let it go")
    assert "Hold the line" not in shown.text
    other = await cleo.say("not a track")
    await said(await cleo.context("Rework track", other), "not one of my tracks")


async def test_new_words_may_come_as_a_file(harness: Harness) -> None:
    ben = await harness.member("Ben")
    await source(harness, "By File")
    words = {"lyrics_file": ("w.txt", b"[chorus]\nFrom a file")}
    await said(await ben.slash("rework lyrics", track="By File", title="Filed", files=words), "is finished")
    await said(await ben.press(await track_of(ben, "Filed"), "Lyrics"), "From a file")


async def test_a_file_that_cannot_be_read_is_one_fault_and_not_two(harness: Harness) -> None:
    ben = await harness.member("Ben")
    await source(harness, "Unread")
    unreadable = {"lyrics_file": ("w.pdf", b"%PDF-1.7 nothing to sing")}
    refused = await said(
        await ben.slash("rework lyrics", track="Unread", files=unreadable), "The file is a PDF", "[Edit]"
    )
    assert refused.text.count("- **") == 1
    nothing = await said(await ben.slash("rework restyle"), "You named no track and gave no file")
    assert nothing.message is not None
    assert nothing.message["embeds"] == []  # an empty "What you wrote" tells nobody anything


async def test_a_passage_is_shown_before_it_is_made_and_made_once(harness: Harness) -> None:
    ben = await harness.member("Ben")
    await source(harness, "Canvas")
    # The whole: documented for certain; else nobody has said yet that the passage alone is billed.
    at_most = "" if harness.wave.shape == "documented" else "at most "
    asked: dict[str, Any] = {"from": "0:01", "to": "4", "tags": "strings", "title": "Painted"}
    proposal = await said(
        await ben.slash("rework repaint", track="Canvas", **asked),
        "Repaint",
        "0:01 to 0:04 is made anew",
        f"It costs {at_most}$0.002",
    )
    assert proposal.message is not None
    assert "0:01" in proposal.message["embeds"][0]["image"]["description"]
    posts = len([one for one in harness.wave.requests if one.endpoint == "submit"])

    form = await ben.press(proposal, "Change")
    assert "strings" in form.text
    changed = await said(await ben.submit(form, to="3"), "0:01 to 0:03", f"{at_most}$0.002")
    confirm = confirming(changed)
    answer, _twice = await asyncio.gather(ben.press(changed, "Make it"), ben.press(changed, "Make it"))
    await answer.until(lambda now: "is finished: " in now.text, TIMEOUT)
    assert answer.message is not None
    assert not answer.message["embeds"]
    await below(await ben.press(proposal, confirm, forged=True), "confirmed that already")
    message = await track_of(ben, "Painted")
    assert "repainted 1–3 s" in facts_of(message)["Made from"]
    assert len([one for one in harness.wave.requests if one.endpoint == "submit"]) == posts + 1


async def test_what_costs_more_than_was_shown_is_shown_again(harness: Harness) -> None:
    ben = await harness.member("Ben")
    await source(harness, "Dearer")
    proposal = await said(await ben.slash("rework repaint", track="Dearer", **PASSAGE), "Repaint")
    posts = len([one for one in harness.wave.requests if one.endpoint == "submit"])
    cheaper = re.sub(r":\d+:repaint", ":1:repaint", confirming(proposal))
    await below(
        await ben.press(proposal, cheaper, forged=True), "price has gone up", "**Repaint**", "Make it"
    )
    assert len([one for one in harness.wave.requests if one.endpoint == "submit"]) == posts


async def test_cancel_makes_nothing(harness: Harness) -> None:
    ben = await harness.member("Ben")
    await source(harness, "Left Alone")
    before = len(harness.wave.bill)
    proposal = await said(await ben.slash("rework repaint", track="Left Alone", **PASSAGE), "Repaint")
    answer = await ben.press(proposal, "Cancel")
    await answer.until(lambda now: "Nothing was started" in now.text and "[Make it]" not in now.text, TIMEOUT)
    assert len(harness.wave.bill) == before


async def test_too_little_said_opens_the_form_and_faults_give_everything_back(harness: Harness) -> None:
    ben = await harness.member("Ben")
    await source(harness, "Short")
    form = await ben.slash("rework extend", track="Short", tags="ska")
    assert form.modal is not None
    assert "ska" in form.text
    refused = await said(
        await ben.submit(form, before="x", after="300", title="y" * 90),
        "**Before**", "**After**", "**Title**", "nothing was charged", "300",
    )  # fmt: skip
    form = await ben.press(refused, "Edit")
    assert "300" in form.text
    await said(await ben.submit(form, before="", after="4", title="Mended"), "is finished")
    for kind in ("restyle", "lyrics", "repaint"):
        assert (await ben.slash(f"rework {kind}", track="Short")).modal is not None
    await said(await ben.slash("rework extend", after=5), "You named no track and gave no file")
    await said(
        await ben.slash("rework extend", track="Short", after=5, files=DEMO), "You named a track and gave"
    )
    await said(
        await ben.slash("rework extend", track="Short", after=239),
        "the limit is 240 s",
        "Add at most 234 s",
    )


async def test_again_and_remix_start_from_the_same_source(harness: Harness) -> None:
    ben, cleo = await harness.member("Ben"), await harness.member("Cleo")
    await source(harness, "Root")
    await said(
        await ben.slash("rework extend", track="Root", after=3, title="Branch", seed=77), "is finished"
    )
    branch = await track_of(ben, "Branch")
    await said(await cleo.press(branch, "Again"), "is finished", "Branch")
    again = await cleo.wait_message(
        lambda one: one["embeds"] and one["embeds"][0].get("title") == "Branch" and one["id"] != branch["id"],
        TIMEOUT,
    )
    assert "Root" in facts_of(again)["Made from"]
    assert facts_of(again)["Length"] == facts_of(branch)["Length"] == "0:09"
    assert facts_of(again)["Seed"] != "77"
    same = await cleo.submit(await cleo.press(branch, "Remix seed"))
    await said(same, "would come out just like", "Branch", "nothing was charged")
    form = await cleo.press(branch, "Remix seed")
    await said(await cleo.submit(form, after="5", title="Twig"), "is finished")
    assert (
        facts_of(await track_of(cleo, "Twig"))["Seed"],
        facts_of(await track_of(cleo, "Twig"))["Length"],
    ) == (
        "77",
        "0:11",
    )
    await said(await cleo.slash("remix-seed", track=id_of(branch), tags="polka", title="Leaf"), "is finished")
    leaf = facts_of(await track_of(cleo, "Leaf"))
    assert (leaf["Seed"], leaf["Tags"], leaf["Length"]) == ("77", "polka", "0:09")
    await said(
        await cleo.slash("remix-seed", track=id_of(branch), duration=20), "sets what it is like and how long"
    )


# rules and rights ---------------------------------------------------------------------------------------


async def test_the_guilds_rules_hold_for_the_result(harness: Harness) -> None:
    ben = await harness.member("Ben")
    await source(harness, "Ruled")
    await rule(harness, longest=8, words=("badger",))
    await said(await ben.slash("rework extend", track="Ruled", after=5), "11 s is longer", "at most 8 s")
    await said(await ben.slash("rework restyle", track="Ruled", tags="badger"), "**Tags**: “badger”")
    await rule(
        harness,
        longest=None,
        words=(),
        channels=(int(harness.discord.world.channel("lounge", "The Porch").id),),
    )
    await said(await ben.slash("rework extend", track="Ruled", after=5), "tracks are asked for in")
    await said(await ben.slash("rework extend", after=5, tags="x", files=DEMO), "tracks are asked for in")
    await rule(harness, channels=())


async def test_another_servers_track_is_no_source(harness: Harness) -> None:
    dora = await harness.member("Dora", "Rooftop")
    secret = id_of(await source(harness, "Porch Only"))
    await said(await dora.slash("rework extend", track=secret, after=5), "no such track")
    on = await said(await dora.slash("queue"), "Queue")
    for custom_id in (
        f"track:rework:{secret}",
        f"rework:open:extend:{secret}",
        f"rework:change:repaint:track:{secret}",
    ):
        await said(await dora.press(on, custom_id, forged=True), "no such track")
    make = f"rework:make:{'0' * 20}:9999:restyle:track:{secret}"
    await below(await dora.press(on, make, forged=True), "no such track")


async def test_what_moderators_hold_back_is_no_source_for_anybody(harness: Harness) -> None:
    ada, ben, cleo = [await harness.member(name) for name in ("Ada", "Ben", "Cleo")]
    message = await source(harness, "Withheld")
    proposal = await said(await cleo.slash("rework repaint", track="Withheld", **PASSAGE), "Repaint")
    form = await ada.context("Withhold track", message)
    await said(await ada.submit(form, reason="too loud"), "Withheld")
    for person in (ada, ben):
        await said(
            await person.slash("rework extend", track=id_of(message), after=5), "is with the moderators"
        )
    await said(await cleo.slash("rework extend", track=id_of(message), after=5), "only moderators have it")
    await below(await cleo.press(proposal, "Make it"), "is with the moderators")


async def test_an_explicit_track_is_reworked_in_age_restricted_channels_only(harness: Harness) -> None:
    from rehearsal.wavespeed import Fault

    ben = await harness.member("Ben")
    harness.wave.faults.add(Fault("nsfw"))
    answer = await ben.slash("compose", tags="blues", duration=5, title="Explicit")
    await said(answer, "did not post it")
    await said(await ben.slash("rework extend", track="Explicit", after=5), "age-restricted channels only")


# a file of one's own ------------------------------------------------------------------------------------


async def test_a_file_is_reworked_once_its_member_says_they_may(harness: Harness) -> None:
    ben, cleo = await harness.member("Ben"), await harness.member("Cleo")
    assert harness.bot is not None
    proposal = await said(
        await ben.slash("rework extend", after=4, tags="folk", title="From Mine", files=DEMO),
        "your file “demo.mp3”", str(STATEMENT), "It costs ",
    )  # fmt: skip
    assert proposal.message is not None
    assert "image" not in proposal.message["embeds"][0]
    confirm = confirming(proposal)
    on = await said(await cleo.slash("queue"), "Queue")
    await below(await cleo.press(on, confirm, forged=True), "I no longer have that file")
    answer = await ben.press(proposal, "I may use it: make it")
    await answer.until(lambda now: "is finished: " in now.text, TIMEOUT)
    message = await track_of(ben, "From Mine")
    assert facts_of(message)["Made from"] == "a file of their own, extended 4 s after"
    assert "demo" not in text_of(message)

    kept = harness.settings.data_dir / "own" / confirm.split(":")[-1]

    async def gone() -> bool:
        return not await asyncio.to_thread(kept.exists)

    await eventually(gone)
    await said(await cleo.press(message, "Again"), "was made from a member's own file")
    await said(await cleo.press(message, "Remix seed"), "was made from a member's own file")
    exported = await said(await ben.slash("privacy export"), ".json")
    assert str(STATEMENT).encode() in await ben.attachment(exported.message or {})


async def test_of_a_file_what_it_sounds_like_must_be_said(harness: Harness) -> None:
    ben = await harness.member("Ben")
    refused = await said(
        await ben.slash("rework lyrics", files=DEMO),
        "**Tags**",
        "**Lyrics**: There are no new words",
        "[Edit]",
    )
    form = await ben.press(refused, "Edit")
    proposal = await said(
        await ben.submit(form, tags="folk", old_lyrics="la " * 700, lyrics="lo lo", title="Lo"),
        "sung with your words", "old_lyrics.txt",
    )  # fmt: skip
    form = await ben.press(proposal, "Change")
    assert "keep the attached text" in form.text
    proposal = await said(await ben.submit(form, title="Low"), "I may use it")
    answer = await ben.press(proposal, "I may use it: make it")
    await answer.until(lambda now: "is finished: " in now.text, TIMEOUT)
    (sent,) = [one.json for one in harness.wave.requests if one.json and one.json.get("lyrics") == "lo lo"]
    assert sent["original_lyrics"].startswith("la la")


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (("song.mp3", b"<html>not a song</html>"), "it is a web page"),
        (("song.mp3", b""), "the file is empty"),
        (("short.mp3", tone(2)), "it is 2.0 s long"),
        (("large.wav", b"RIFF" + bytes(2 * 2**20)), "larger than 1 MiB"),
    ],
)
async def test_a_file_that_cannot_be_used_is_told_of(
    harness: Harness, file: tuple[str, bytes], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(harness.settings, "own_file_mib", 1)
    ben = await harness.member("Ben")
    answer = await ben.slash("rework extend", after=5, tags="my tags", files={"file": file})
    await said(answer, words, "nothing was charged", "my tags")


async def test_cancel_deletes_the_file_and_a_late_press_says_what_to_do(harness: Harness) -> None:
    ben = await harness.member("Ben")
    proposal = await said(await ben.slash("rework restyle", tags="folk", files=DEMO), "I may use it")
    confirm = confirming(proposal)
    await (await ben.press(proposal, "Cancel")).until(lambda now: "Nothing was started" in now.text, TIMEOUT)
    kept = harness.settings.data_dir / "own" / confirm.split(":")[-1]
    assert not await asyncio.to_thread(kept.exists)
    on = await said(await ben.slash("queue"), "Queue")
    await below(await ben.press(on, confirm, forged=True), "I no longer have that file", "once more")
