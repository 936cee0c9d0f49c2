"""What of a jam is marked explicit is in its recap where adults alone read it."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from bot_harness import Harness
from jamming import ends, recap_of, two_rounds

from rehearsal.discord.members.member import Member
from rehearsal.discord.members.reading import text_of
from rehearsal.wavespeed import Fault

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def in_archive(member: Member, recap: dict[str, Any]) -> list[str]:
    names = [one["filename"] for one in recap["attachments"]]
    packed = await member.attachment(recap, next(i for i, name in enumerate(names) if name.endswith("zip")))
    return zipfile.ZipFile(io.BytesIO(packed)).namelist()


@pytest.mark.parametrize("adults", [True, False])
async def test_the_recap_has_it_where_adults_alone_read(harness: Harness, adults: bool) -> None:
    theme, world = f"Late {adults}", harness.discord.world
    world.update_channel("after-dark", nsfw=True)
    ben = await harness.member("Ben", channel="after-dark")
    harness.wave.faults.add(Fault("nsfw", tags="ska"))
    await two_rounds(ben, theme)
    world.update_channel("after-dark", nsfw=adults)
    await ends(ben, theme)
    recap = await recap_of(ben, theme)
    assert len(await in_archive(ben, recap)) == 1 + adults
    assert ("Explicit, and this channel is not age-restricted: #" in text_of(recap)) is not adults
