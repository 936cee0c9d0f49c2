"""Families on either database: who descends from whom, what changed, and no word of what may not be seen."""

from __future__ import annotations

import io
import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from kept_track import a_track
from PIL import Image

from cogs.texts.library.families import changes, described, rows_of
from services.pictures.family_picture import WIDTH, draw_family
from services.pictures.family_rows import MOST
from services.prompts.prompt import INSTRUMENTAL
from services.prompts.rework import Kind, Rework
from services.storage.database import Database, now
from services.tracks.families import Families, Family, Note, what_changed
from services.tracks.sight import everything_in
from services.tracks.track import State, Track
from services.tracks.votes import Votes


async def family_of(database: Database, track: Track, most: int = MOST) -> Family:
    return await Families(database).family(
        track, everything_in(track.guild_id), lambda one: not one.held_back, most
    )


def numbers(family: Family) -> list[tuple[int, int]]:
    return [(one.track.number, one.depth) for one in family.relatives]


async def test_parents_come_before_their_children_whoever_is_asked_for(database: Database) -> None:
    root = await a_track(database)
    left, right = [await a_track(database, parent_id=root.id, seed=2) for _ in range(2)]
    grandchild = await a_track(database, parent_id=left.id, tags="polka", seed=2)
    await a_track(database)
    await Votes(database).press(everything_in(1), right.id, 9)
    for asked in (root, left, grandchild):
        family = await family_of(database, asked)
        assert numbers(family) == [(1, 0), (2, 1), (4, 2), (3, 1)]
        assert (family.asked, family.total, family.above, family.cut) == (asked.id, 4, 0, False)
    told = {one.track.number: changes(one.changes) for one in family.relatives}
    assert told == {1: (), 2: ("new seed",), 3: ("new seed",), 4: ("tags +polka −funk", "same seed")}
    assert {one.track.number: one.votes for one in family.relatives}[3] == 1


async def test_a_family_ends_at_its_guild(database: Database) -> None:
    abroad = await a_track(database, guild_id=2)
    root = await a_track(database, parent_id=abroad.id)
    child = await a_track(database, parent_id=root.id)
    await a_track(database, guild_id=2, parent_id=child.id)
    assert numbers(await family_of(database, child)) == [(1, 0), (2, 1)]


async def test_a_large_family_is_cut_to_the_surroundings(database: Database) -> None:
    chain = [await a_track(database)]
    for _ in range(9):
        chain.append(await a_track(database, parent_id=chain[-1].id))
    family = await family_of(database, chain[6], 5)
    assert numbers(family) == [(5, 0), (6, 1), (7, 2), (8, 3), (9, 4)]
    assert (family.total, family.above, family.cut) == (10, 4, True)
    assert [one.more for one in family.relatives] == [0, 0, 0, 0, 1]
    assert "5 of the family's 10" in described(family, 1024)


async def test_of_many_children_those_with_most_votes_are_shown(database: Database) -> None:
    root = await a_track(database)
    children = [await a_track(database, parent_id=root.id) for _ in range(20)]
    for child in (children[13], children[17]):
        await Votes(database).press(everything_in(1), child.id, 9)
    family = await family_of(database, root, 3)
    assert numbers(family) == [(1, 0), (15, 1), (19, 1)]
    assert family.relatives[0].more == 18


@pytest.mark.parametrize(
    ("state", "note"),
    [
        ({"state": State.WITHHELD, "withheld_because": "rude"}, "withheld"),
        ({"state": State.IN_REVIEW}, "waits for a moderator"),
        ({"deleted_at": now()}, "deleted"),
        ({"deleted_at": now(), "member_id": -5, "title": "", "member_name": ""}, "erased by its maker"),
    ],
)
async def test_no_word_of_what_may_not_be_seen(database: Database, state: dict[str, Any], note: str) -> None:
    words = {"title": "SECRET", "tags": "hush", "lyrics": "whisper", "member_name": "Whisperer"}
    root = await a_track(database)
    hidden = await a_track(database, parent_id=root.id, **words | state)
    child = await a_track(database, parent_id=hidden.id)
    family = await family_of(database, child)
    told = described(family, 5000) + str([changes(one.changes) for one in family.relatives])
    assert not any(word in told for word in ("SECRET", "hush", "whisper", "Whisperer"))
    assert f"#2 {note} from #1" in told
    assert [one.changes for one in family.relatives] == [None, None, None]
    nothing = {"title": "", "tags": "", "lyrics": "", "member_name": "", "seed": 0}
    blank = [
        replace(one, track=replace(one.track, **nothing)) if one.hidden else one for one in family.relatives
    ]
    assert rows_of(replace(family, relatives=blank)) == rows_of(family)


async def test_what_came_to_nothing_is_left_out_unless_something_came_of_it(database: Database) -> None:
    root = await a_track(database)
    failed = await a_track(database, parent_id=root.id, state=State.FAILED)
    await a_track(database, parent_id=root.id, state=State.CANCELLED)
    await a_track(database, parent_id=failed.id)
    family = await family_of(database, root)
    assert numbers(family) == [(1, 0), (2, 1), (4, 2)]
    assert family.relatives[1].note is Note.NEVER_FINISHED


async def test_what_changed(database: Database) -> None:
    first = await a_track(database, tags="funk, Brass", lyrics="a\nb\nc", duration=60, seed=1)

    def changed(**values: Any) -> list[str]:
        return [*changes(what_changed(first, replace(first, **values)))]

    assert changed() == ["same seed"]
    assert changed(seed=2) == ["new seed"]
    assert changed(tags="funk, brass") == ["same seed"]
    assert changed(tags="brass, funk")[0] == "tags in another order"
    assert changed(tags="brass, polka, ska")[0] == "tags +polka +ska −funk"
    assert changed(tags="1, 2, 3, 4, 5")[0] == "tags +1 +2 +3 +4 and 3 more"
    assert changed(lyrics="a\nB\nc\nd")[0] == "words +2 −1 lines"
    assert changed(lyrics="a\nb")[0] == "words −1 line"
    assert changed(lyrics=INSTRUMENTAL)[0] == "now instrumental"
    assert changed(lyrics="")[0] == "words left to the model"
    assert changes(what_changed(replace(first, lyrics=""), first))[0] == "words written"
    assert changed(idea="a waltz", tags="")[0] == "another idea"
    assert changed(model="wavespeed-ai/ace-step-1.5")[0] == "model ace-step-1.5"
    rework = Rework(Kind.EXTEND, length=60, after=20)
    assert changed(rework=rework, duration=80)[:2] == ["extended 20 s after", "1:00 → 1:20"]
    assert changed(duration=90, title="Other") == ["1:00 → 1:30", "same seed", "new title"]


@pytest.mark.parametrize("shape", ["alone", "wide", "deep", "forty"])
async def test_a_picture_is_as_wide_as_a_phone_can_show_and_no_larger_than_it_need_be(
    database: Database, shape: str
) -> None:
    chance = random.Random(7)
    made = [await a_track(database, title="夜 🔥 مساء " + "long " * 30)]
    for number in range(1, {"alone": 1, "wide": 30, "deep": 30, "forty": 40}[shape]):
        parent = {"wide": 0, "deep": number - 1}.get(shape, chance.randrange(number))
        made.append(await a_track(database, parent_id=made[parent].id, title=f"Track {number}"))
    family = await family_of(database, made[len(made) // 2])
    picture = Image.open(io.BytesIO(draw_family(rows_of(family)))).convert("RGBA")
    assert picture.width == WIDTH
    assert picture.height <= 2 * WIDTH
    assert picture.getpixel((0, 0)) == (0, 0, 0, 0)
    assert np.asarray(picture)[8, WIDTH // 2, 3] > 250
    assert len(described(family, 1024)) <= 1024
