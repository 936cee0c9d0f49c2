"""What is marked explicit is heard where adults alone read, also once the contest's channel is for all."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from bot_harness import TIMEOUT, Harness, said
from contesting import below_it, contest_id, for_contest, now_says, over, started

from rehearsal.discord.members.member import Member
from rehearsal.discord.members.reading import text_of
from rehearsal.wavespeed import Fault

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def archive_of(member: Member, result: dict[str, Any]) -> bytes:
    names = [one["filename"] for one in result["attachments"]]
    return await member.attachment(result, next(i for i, name in enumerate(names) if name.endswith(".zip")))


def in_archive(archive: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(archive)) as packed:
        return packed.namelist()


async def test_it_is_listened_to_and_left_where_adults_read(harness: Harness) -> None:
    ada, ben, cleo = [await harness.member(name, channel="after-dark") for name in ("Ada", "Ben", "Cleo")]
    post = await started(ada, "Night")
    await for_contest(ben, post, "Clean")
    harness.wave.faults.add(Fault("nsfw", tags="ska"))
    await for_contest(cleo, post, "Filth")
    await over(harness, post)
    post = await now_says(ada, post, "The vote is open")
    ballot = await said(await ada.press(post, "Listen and vote"), "choice")
    pressed = await ada.press(ballot, "Listen to …", ["1", "2"])
    heard = await below_it(pressed, "Here are numbers")
    assert len(heard["attachments"]) == 2

    await ada.go("music")
    elsewhere = await said(await ada.slash("contest show", contest=contest_id(post)), "Night")
    ballot = await said(await ada.press(elsewhere, "Listen and vote"), "choice")
    pressed = await ada.press(ballot, "Listen to …", ["1", "2"])
    told = await below_it(pressed, "explicit", "age-restricted")
    assert not told["attachments"]
    assert not [one for one in pressed.followups if one["attachments"]]

    harness.discord.world.update_channel("after-dark", nsfw=False)
    await over(harness, post)
    result = await ben.wait_message(
        lambda one: "The result: Night" in text_of(one) and len(one["attachments"]) == 2, TIMEOUT
    )
    assert "1 entry is marked explicit" in text_of(result)
    assert not [name for name in in_archive(await archive_of(ada, result)) if "filth" in name]
    harness.discord.world.update_channel("after-dark", nsfw=True)
