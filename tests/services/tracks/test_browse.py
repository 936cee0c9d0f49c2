"""Browsing on either database: what is found, in which order, by whom; what was typed is only compared."""

from __future__ import annotations

from typing import Any

import pytest
from kept_track import a_track

from services.storage.database import Database, now
from services.tracks import browse
from services.tracks.browse import Music, Order, Wanted
from services.tracks.search import searchable, searchable_tags
from services.tracks.sight import Sight, everything_in
from services.tracks.track import State
from services.tracks.votes import Votes

BEN, CLEO, ADA = 7, 8, 5


async def titles(database: Database, viewer: Sight | None = None, **wanted: Any) -> list[str]:
    who = viewer or Sight(1, None, CLEO)
    page = await Music(database).page(who, Wanted(**wanted), 0, 50)
    assert page.total == len(page.listed)
    return [one.track.title for one in page.listed]


async def test_newest_first_or_most_voted_first(database: Database) -> None:
    made = [await a_track(database, title=title) for title in ("One", "Two", "Three")]
    for member in (1, 2):
        await Votes(database).press(everything_in(1), made[1].id, member)
    await Votes(database).press(everything_in(1), made[0].id, 3)
    assert await titles(database) == ["Three", "Two", "One"]
    assert await titles(database, order=Order.VOTED) == ["Two", "One", "Three"]
    page = await Music(database).page(everything_in(1), Wanted(order=Order.VOTED), 0, 50)
    assert [one.votes for one in page.listed] == [2, 1, 0]


async def test_filters_hold_together(database: Database) -> None:
    await a_track(database, title="Porch", tags="funk, brass", member_id=BEN, lyrics="[verse]\nLa la")
    await a_track(database, title="Porch", tags="funk rock, drums", member_id=CLEO)
    await a_track(database, title="Roof", tags="polka, funk", member_id=BEN)
    await a_track(database, title="Elsewhere", guild_id=2)
    assert await titles(database, maker_id=BEN) == ["Roof", "Porch"]
    assert await titles(database, tag="FUNK") == ["Roof", "Porch", "Porch"]
    assert await titles(database, tag="unk") == []
    assert await titles(database, tag="brass") == ["Porch"]
    assert await titles(database, maker_id=BEN, tag="funk", text="porch") == ["Porch"]
    assert await titles(database, text="LA porch") == ["Porch"]
    assert await titles(database, text="polka") == []


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("Café Zürich", "cafe zurich"),
        ("Cafe Zurich", "CAFÉ ZÜRICH"),
        ("Straße", "STRASSE"),
        ("ПОДЪЕЗД", "подъезд"),
        ("Λόγος", "λογος"),
        ("İstanbul", "istanbul"),
        ("ＦＵＬＬ width", "full"),
        ("夜の灯り", "灯り"),
        ("مَرحَبا", "مرحبا"),
    ],
)
async def test_case_and_accents_do_not_matter(database: Database, written: str, typed: str) -> None:
    await a_track(database, title=written)
    await a_track(database, title="Other")
    assert await titles(database, text=typed) == [written]


async def test_what_is_typed_is_never_a_pattern(database: Database) -> None:
    await a_track(database, title="100% cotton_wool \\ done", tags="a%b, c_d")
    await a_track(database, title="100 cotton wool", tags="ab, cd")
    for text in ("100%", "cotton_wool", "\\", "0% c"):
        assert await titles(database, text=text) == ["100% cotton_wool \\ done"], text
    for text in ("%", "_"):
        assert len(await titles(database, text=text)) == 1
    for text in ("'; DROP TABLE tracks; --", "\x00", '" OR 1=1', "?"):
        assert await titles(database, text=text.replace("\x00", " nothing ")) == []
    assert await titles(database, tag="a%b") == ["100% cotton_wool \\ done"]
    assert await titles(database, tag="c_d") == ["100% cotton_wool \\ done"]


async def test_what_is_held_back_is_seen_by_moderators_and_its_maker(database: Database) -> None:
    for title, values in {
        "Public": {},
        "In review": {"state": State.IN_REVIEW},
        "Withheld": {"state": State.WITHHELD, "withheld_because": "rude"},
        "Deleted": {"deleted_at": now()},
        "Failed": {"state": State.FAILED},
        "Waiting": {"state": State.WAITING},
    }.items():
        await a_track(database, title=title, member_id=BEN, **values)
    assert await titles(database) == ["Public"]
    assert await titles(database, text="withheld") == []
    for viewer in (Sight(1, None, BEN, moderator=False), Sight(1, None, ADA, moderator=True)):
        assert await titles(database, viewer) == ["Withheld", "In review", "Public"]


async def test_what_one_search_lists_ends_somewhere(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browse, "MOST", 3)
    for number in range(4):
        await a_track(database, title=f"Song {number}", tags="funk" if number else "polka")
    page = await Music(database).page(everything_in(1), Wanted(), 9, 2)
    assert ([one.track.title for one in page.listed], page.total, page.more) == (["Song 1"], 3, True)
    page = await Music(database).page(everything_in(1), Wanted(tag="funk"), 0, 5)
    assert (page.total, page.more) == (3, False)


async def test_pages(database: Database) -> None:
    for number in range(5):
        await a_track(database, title=str(number))
    music = Music(database)
    page = await music.page(everything_in(1), Wanted(), 1, 2)
    assert [one.track.title for one in page.listed] == ["2", "1"]
    assert (page.number, page.pages, page.total) == (1, 3, 5)
    assert (await music.page(everything_in(1), Wanted(), 99, 2)).number == 2
    assert (await music.page(everything_in(3), Wanted(), 0, 2)).listed == []


def test_folded() -> None:
    assert searchable("  Ünï\n\tCode ") == "uni code"
    assert searchable_tags("Funk, Drum & Bass") == ",funk,drum & bass,"
