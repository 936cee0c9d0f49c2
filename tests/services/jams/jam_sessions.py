"""What the tests of jams' service share: jams that are started, joined and locked in."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from studio_harness import StudioHarness

from services.jams import jams
from services.jams.service import Asked, Start
from services.jams.storage import Session
from services.prompts.prompt import parse_prompt
from services.tracks import tracks
from services.tracks.sight import everything_in
from services.tracks.track import State

ADA, BEN, CLEO = 101, 102, 103


def start(channel: int = 50, guild: int = 1, **values: Any) -> Start:
    given = {"starter_id": ADA, "starter_name": "Ada", "theme": "Harbour", "tags": ("folk",), "duration": 60}
    return Start(guild_id=guild, channel_id=channel, **{**given, "share": 100, **values})


def asked(session: Session) -> Asked:
    jam = session.jam
    prompt = parse_prompt(
        tags=", ".join(tag.text for tag in jam.tags),
        lyrics=jam.lyrics,
        duration=jam.duration,
        seed=jam.seed,
        title=jam.title,
    )
    return Asked(session, "The Porch", prompt)


def of(guild_id: int) -> Callable[[Session], bool]:
    return lambda session: session.guild_id == guild_id


async def joined(harness: StudioHarness, session: Session, *members: int) -> Session:
    for member_id in members:
        name = {BEN: "Ben", CLEO: "Cleo"}.get(member_id, f"Member {member_id}")
        session = await harness.studio.jams.act(
            everything_in(1), session.id, member_id, partial(jams.join, member_id=member_id, name=name)
        )
    return session


async def locked(harness: StudioHarness, session: Session, *members: int) -> Session:
    for member_id in members:
        session = await harness.studio.jams.act(
            everything_in(1), session.id, member_id, partial(jams.lock, member_id=member_id)
        )
    return session


async def ended(harness: StudioHarness, session: Session, state: State) -> None:
    """The round's track comes to that end."""
    track_id = (await harness.studio.jams.now(session.id)).jam.track_id
    assert track_id is not None
    async with harness.database.write() as connection:
        await tracks.change(connection, track_id, state=state)
