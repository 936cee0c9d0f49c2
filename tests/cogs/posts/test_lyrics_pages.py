"""Lyrics read in full, however long: on pages and as a file, and by nobody who may not.

That pages turn after a restart is in test_front_door.py, where the bot is restarted.
"""

from typing import Any

import pytest
from bot_harness import Harness, below, made, said, track_of
from hypothesis import given
from hypothesis import strategies as st

from cogs.posts.lyrics import pages_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

SONG = "".join(
    f"[{'chorus' if verse % 2 else 'verse'}]\n"
    + "".join(f"Line {verse}.{line} goes *on* and *on* until *it* ends\n" for line in range(8))
    for verse in range(20)
).strip()
FILE = {"lyrics_file": ("song.txt", SONG.encode())}


def shown(message: dict[str, Any]) -> str:
    return message["embeds"][0]["description"].replace("\\", "")


async def test_every_line_is_on_one_of_the_pages_and_in_the_file(harness: Harness) -> None:
    ben = await harness.member("Ben")
    message = await made(ben, "Long Song", files=FILE)
    answer = await said(await ben.press(message, "Lyrics"), "Page 1 of 3", "[Next]")
    assert answer.message is not None
    assert answer.ephemeral
    assert (await ben.attachment(answer.message)).decode() == SONG
    read = [shown(answer.message)]
    for page in (2, 3):
        answer = await said(await ben.press(answer, "Next"), f"Page {page} of 3", "[Previous]")
        assert answer.message is not None
        assert answer.message["attachments"], "the file stays"
        read.append(shown(answer.message))
    assert "[Next]" not in answer.text
    assert "\n".join(read) == SONG
    assert all(page.startswith("[") for page in read), "a page begins with a section"
    await said(await ben.press(answer, "Previous"), "Page 2 of 3")


async def test_a_look_up_leads_to_the_pages(harness: Harness) -> None:
    ben = await harness.member("Ben")
    await made(ben, "Looked Up Song", files=FILE)
    answer = await said(await ben.slash("library track", track="Looked Up Song"), "shows the words in full")
    await said(await ben.press(answer, "Lyrics"), "Page 1 of 3")


async def test_a_forged_page_gains_nothing(harness: Harness) -> None:
    ben, dora = await harness.member("Ben"), await harness.member("Dora", guild="Rooftop")
    message = await made(ben, "Own Song", files=FILE)
    track_id = message["components"][0]["components"][0]["custom_id"].split(":")[-1]
    public = await ben.press(message, f"track:lyrics:{track_id}:1", forged=True)
    await said(public, "no longer")
    assert shown_title(await track_of(ben, "Own Song")) == "Own Song"

    private = await said(await ben.press(message, "Lyrics"), "Page 1 of 3")
    await said(await ben.press(private, f"track:lyrics:{track_id}:9999", forged=True), "Page 3 of 3")
    theirs = await made(dora, "Their Song", files=FILE)
    other = await said(await dora.press(theirs, "Lyrics"), "Page 1 of 3")
    await below(await dora.press(other, f"track:lyrics:{track_id}:0", forged=True), "no such track")


def shown_title(message: dict[str, Any]) -> str:
    return message["embeds"][0]["title"]


@given(
    st.lists(
        st.sampled_from(["[verse]", "[chorus]", "", "a line", "*~_|" * 30, "x" * 500, "> y"]), max_size=60
    ),
    st.integers(60, 4096),
)
async def test_no_page_is_too_long_and_nothing_is_lost(lines: list[str], most: int) -> None:
    lyrics = "\n".join(lines)
    pages = pages_of(lyrics, most)
    assert all(len(page) <= most for page in pages)
    kept = "".join(pages).replace("\\", "").replace("\n", "")
    assert kept == lyrics.replace("\n", "")
