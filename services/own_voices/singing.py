"""With whose voice a track is sung, decided in the transaction that takes it.

The rule: a member sings with their own voice, over their own track or, where they lend it, over one of that
jam, where host and moderators allow it. What a track that somebody's voice is cloned in is made into is their
own doing, too.
"""

from __future__ import annotations

from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from services.guilds.rules import Rules, read_rules
from services.own_voices.voices import NotOffered, usable
from services.prompts.prompt import Prompt
from services.prompts.rework import Kind
from services.text.refusal import RequestRefusal
from services.tracks import tracks
from services.tracks.track import Track


class Asked(Protocol):
    """What is asked for: `services.requests.Request` is one."""

    @property
    def guild_id(self) -> int:
        """The guild in which it is asked for."""
        ...

    @property
    def member_id(self) -> int:
        """Who asks for it."""
        ...

    @property
    def parent_id(self) -> str | None:
        """The id of the track that it is made from."""
        ...

    @property
    def prompt(self) -> Prompt:
        """What is asked for."""
        ...

    @property
    def jam_id(self) -> str | None:
        """The jam that asks."""
        ...

    @property
    def singer_id(self) -> int | None:
        """Who lends it their voice, in a jam."""
        ...


class NotYourTrack(RequestRefusal):
    """Only its own makers sing over a track."""


class SomebodysVoice(RequestRefusal):
    """Somebody else's voice is cloned in the track: only they make something of its sound."""


def check_offered(rules: Rules, *, by_host: bool) -> None:
    """Raises NotOffered. by_host: whether the host has switched it on."""
    if not (by_host and rules.own_voices):
        raise NotOffered(by_host=not by_host)


def check_own(track: Track, member_id: int) -> None:
    """Whether the member may sing over the track. Raises NotYourTrack."""
    if member_id not in track.makers:
        raise NotYourTrack


def check_voice_in(track: Track, member_id: int) -> None:
    """Whether the member may make something of the track's sound, whosever voice is in it.

    Raises SomebodysVoice.
    """
    if track.voice_id is not None and member_id not in track.singers:
        raise SomebodysVoice


async def voice_in(connection: AsyncConnection, asked: Asked, *, by_host: bool) -> str | None:
    """The id of the recording with which the track is sung; None where it is with none.

    Raises NotOffered, NoVoice, NotHeardYet, NotYourTrack, SomebodysVoice.
    """
    rework = asked.prompt.rework
    parent = await tracks.get(connection, asked.parent_id) if rework and asked.parent_id else None
    if rework is None or parent is None:
        return None
    singer_id = asked.member_id if asked.singer_id is None else asked.singer_id
    check_voice_in(parent, singer_id)
    if rework.kind is not Kind.VOICE:
        return parent.voice_id
    check_offered(await read_rules(connection, asked.guild_id), by_host=by_host)
    if asked.singer_id is None:
        check_own(parent, singer_id)
    elif parent.jam_id != asked.jam_id:
        raise NotYourTrack
    return (await usable(connection, asked.guild_id, singer_id)).id
