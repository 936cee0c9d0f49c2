"""Members' files: of whoever is refused anyway nothing is fetched, and of nobody more than is allowed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from bot_harness import Harness, made, said
from sounds import tone

from rehearsal.discord.attachments import Attachments
from services.guilds.rules import change_rules
from services.guilds.settings import change_guild
from services.prompts.prompt import MAX_LYRICS_FILE_BYTES
from services.tracks.sight import everything_in

pytestmark = pytest.mark.asyncio(loop_scope="module")

SONG = {"file": ("demo.mp3", tone(6))}
WORDS = {"lyrics_file": ("words.txt", b"[verse]\nla la la")}
ASKING: list[tuple[str, dict[str, Any]]] = [
    ("compose", {"tags": "folk", "duration": 5, "files": WORDS}),
    ("rework extend", {"after": 4, "tags": "folk", "files": SONG}),
    ("rework lyrics", {"track": "Given", "files": WORDS}),
]


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that were fetched from Discord."""
    names: list[str] = []
    serve = Attachments._path

    def noted(self: Attachments, channel: str, own_id: str, filename: str) -> Path | None:
        names.append(filename)
        return serve(self, channel, own_id, filename)

    monkeypatch.setattr(Attachments, "_path", noted)
    return names


@asynccontextmanager
async def refusing(harness: Harness, how: str) -> AsyncIterator[None]:
    """Ben is refused whatever he asks for."""
    assert harness.bot is not None
    studio, guild = harness.bot.studio, int(harness.discord.world.guild("The Porch").id)
    ben = int((await harness.member("Ben")).id)

    async def rules(**changes: Any) -> None:
        async with studio.database.write() as connection:
            await change_rules(connection, guild, 0, **changes)

    async def access(value: str | None) -> None:
        async with studio.database.write() as connection:
            await change_guild(connection, guild, access=value)

    match how:
        case "place":
            await rules(channels=(guild + 1,))
            yield
            await rules(channels=())
        case "roles":
            await rules(roles=(guild + 1,))
            yield
            await rules(roles=())
        case "ban":
            await studio.bans.ban(guild, 1, ben, until=None, reason="Too loud")
            yield
            await studio.bans.pardon(guild, 1, ben)
        case "waiting":
            harness.settings.member_waiting_limit = 0
            yield
            harness.settings.member_waiting_limit = 10
        case _:
            await access("blocked")
            yield
            await access(None)


REFUSALS = {
    "place": "channels or threads that are gone",
    "roles": "roles that are gone",
    "ban": "Too loud",
    "waiting": "waiting",
    "blocked": "does not let this server",
}


@pytest.mark.parametrize("how", REFUSALS)
async def test_of_a_member_who_is_refused_no_file_is_fetched(
    harness: Harness, fetched: list[str], how: str
) -> None:
    ben = await harness.member("Ben")
    assert harness.bot is not None
    porch = everything_in(int(harness.discord.world.guild("The Porch").id))
    if not await harness.bot.studio.search(porch, "Given"):
        await made(ben, "Given")
    async with refusing(harness, how):
        for command, options in ASKING:
            await said(await ben.slash(command, **options), REFUSALS[how])
    assert fetched == []
    await said(await ben.slash("rework extend", **ASKING[1][1]), "I may use it")
    assert fetched == ["demo.mp3"], "and of one who is not, it is"


async def test_what_discord_says_is_too_large_is_not_fetched(
    harness: Harness, fetched: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(harness.settings, "own_file_mib", 1)
    ben = await harness.member("Ben")
    large = {"file": ("large.wav", bytes(2**20 + 1))}
    await said(await ben.slash("rework extend", after=4, tags="x", files=large), "is larger than 1 MiB")
    long = {"lyrics_file": ("long.txt", b"a" * (MAX_LYRICS_FILE_BYTES + 1))}
    await said(await ben.slash("compose", tags="folk", files=long), "is larger than")
    assert fetched == []


async def test_what_does_not_come_from_discord_is_not_fetched(
    harness: Harness, fetched: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """To a bot that talks to discord.com, the stand-in's addresses are anybody's."""
    ben = await harness.member("Ben")
    monkeypatch.setattr(harness.settings, "discord_api_url", "https://discord.com/api/v10")
    await said(await ben.slash("compose", **ASKING[0][1]), "could not fetch it", "Attach it again")
    await said(await ben.slash("rework extend", **ASKING[1][1]), "does not come from Discord")
    assert fetched == []


async def test_what_turns_out_larger_than_discord_said_is_not_read_to_its_end(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(harness.settings, "own_file_mib", 1)
    real = tmp_path / "endless"
    with real.open("wb") as file:
        file.truncate(2**33)
    monkeypatch.setattr(Attachments, "_path", lambda *_: real)
    ben = await harness.member("Ben")
    await said(await ben.slash("rework extend", after=4, tags="x", files=SONG), "is larger than 1 MiB")
    await said(await ben.slash("compose", tags="folk", files=WORDS), "is larger than")


async def test_what_is_not_there_is_told(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Attachments, "_path", lambda *_: None)
    ben = await harness.member("Ben")
    for command, options in ASKING[:2]:
        await said(
            await ben.slash(command, **options), "I could not fetch it from Discord", "Attach it again"
        )
