"""Archives in parts: each within the limit, all files in order, none in two."""

from __future__ import annotations

from pathlib import Path

import pytest
from bot_harness import Harness
from full_disk import small_disk
from hypothesis import given
from hypothesis import strategies as st

from cogs.posts.archives import archives, parts_within
from services.storage.audio_store import FolderStore


@given(st.lists(st.integers(1, 50), max_size=30), st.integers(50, 120))
def test_every_file_is_in_one_part_in_order_and_no_part_is_too_large(sizes: list[int], limit: int) -> None:
    parts = parts_within(sizes, limit)
    assert [at for part in parts for at in part] == list(range(len(sizes)))
    assert all(sum(sizes[at] for at in part) <= limit for part in parts)
    smallest = -(-sum(sizes) // limit)
    assert smallest <= len(parts) <= max(2 * smallest, smallest)


def test_a_file_that_is_too_large_alone_fits_no_part() -> None:
    assert parts_within([10, 60, 10], 50) == []
    assert parts_within([], 50) == []


@pytest.mark.asyncio(loop_scope="module")
async def test_of_archives_for_which_there_is_no_room_nothing_stays(
    harness: Harness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert harness.bot is not None
    sounds = [tmp_path / f"{number}.mp3" for number in range(4)]
    for sound in sounds:
        sound.write_bytes(bytes(4 * 2**20))
    with small_disk(tmp_path) as disk:
        monkeypatch.setattr(harness.bot.studio, "store", FolderStore(disk))
        with pytest.raises(OSError, match="No space"):
            await archives(harness.bot, 1, "night", "abcd", [(one, one.name) for one in sounds], 4)
        assert not [one.name for one in disk.rglob("*") if one.is_file()]
