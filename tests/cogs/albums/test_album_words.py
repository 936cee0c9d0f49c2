"""Words that were forbidden since do not come back on albums: neither collected nor published."""

from __future__ import annotations

import pytest
from album_pages import begun
from album_posts import HERE, asked, published
from bot_harness import Harness, below, rule, said
from jamming import ends, recap_of, two_rounds

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_jams_theme_names_no_album(harness: Harness) -> None:
    ben = await harness.member("Ben")
    await two_rounds(ben, "Heron Evening")
    await ends(ben, "Heron Evening")
    recap = await recap_of(ben, "Heron Evening")
    await rule(harness, words=["heron"])
    await said(await ben.press(recap, "As an album"), "Untitled album", "2 tracks")
    await rule(harness, words=[])


@pytest.mark.parametrize("word", ["bittern", "marshes"])
async def test_an_albums_words_are_asked_of_before_it_is_published(harness: Harness, word: str) -> None:
    cleo, title = await harness.member("Cleo"), f"Bitterns or {word}"
    await begun(cleo, title, f"Song {word}", description="The bittern in the marshes")
    question = await said(await asked(cleo, title), "in <#")
    await rule(harness, words=[word])
    await below(await cleo.press(question, HERE), "could not take these words", word)
    await rule(harness, words=[])
    await said(await cleo.press(question, HERE), "I am publishing")


@pytest.mark.parametrize("word", ["plover", "mudflats"])
async def test_nor_is_a_post_brought_up_to_date_with_them(harness: Harness, word: str) -> None:
    cleo, title = await harness.member("Cleo"), f"Plovers or {word}"
    await begun(cleo, title, f"Song {word}", description="The plover on the mudflats")
    await published(harness, cleo, title)
    page = await said(await cleo.slash("album show", album=title), title)
    question = await said(await cleo.press(page, "Publish …"), "is published")
    await rule(harness, words=[word])
    await below(await cleo.press(question, "Bring it up to date"), "could not take these words", word)
    await rule(harness, words=[])
    await said(await cleo.press(question, "Bring it up to date"), "up to date")


async def test_words_that_are_too_long_are_given_back_in_a_file(harness: Harness) -> None:
    ben = await harness.member("Ben")
    answer = await ben.slash("album new", forged=True, title="x" * 3000)
    await said(answer, "could not take these words", "in an attached file")
    assert answer.message is not None
    assert await ben.attachment(answer.message) == b"x" * 3000
