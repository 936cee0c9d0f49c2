"""A member's share in jams: handed out, and erased. The rule: what others made with them stays theirs.

Of a jam, the member's name, lines and theme go. A track that others are credited for too keeps its words and
its music and loses the name: in our tables at once, in its file and its message right after. The row that
credits somebody erased says that this is still to be done.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.jams import contributions, storage
from services.jams.jams import Jam, Lines, Person, Phase, Round, Section, Tag, is_sung
from services.storage.tables import jam_people, jams, track_makers
from services.storage.tables import tracks as track_table
from services.tracks import mentions, tracks
from services.tracks.track import Track
from services.tracks.tracks import CANNOT_BE_READ


async def guilds_of(connection: AsyncConnection, member_id: int) -> set[int]:
    """The guilds in whose jams the member is or was, or of which they ended one."""
    return set(await connection.scalars(sa.select(jams.c.guild_id).where(_theirs(member_id))))


async def erase(connection: AsyncConnection, member_id: int, number: int) -> None:
    """Takes the member out of jams and out of the credits of tracks that others made too.

    The guilds of `guilds_of` are locked. What is left under the id are tracks that nobody else made, and
    those in which the member's own voice is heard.
    """
    theirs = sa.select(jams.c.id).where(_theirs(member_id)).order_by(jams.c.id)
    for jam_id in list(await connection.scalars(theirs)):
        try:
            session = await storage.get(connection, jam_id, lock=True)
        except CANNOT_BE_READ:
            await _erase_unread(connection, jam_id, member_id, number)
            continue
        await storage.save(connection, session, without(session.jam, member_id, number), touched=False)
        named = session.jam.own_thread and session.jam.starter_id == member_id  # its thread, by their words
        if session.recap_message_id is None and session.told:
            await _take_down(connection, jam_id)
        if session.recap_message_id is not None or named:
            await storage.change(connection, jam_id, told=False)
    ended = jams.update().where(jams.c.ended_by == member_id)
    await connection.execute(ended.values(ended_by=number))
    await connection.execute(jam_people.delete().where(jam_people.c.member_id.in_((member_id, number))))
    await _erase_credits(connection, member_id, number)


async def _take_down(connection: AsyncConnection, jam_id: str) -> None:
    """Has the jam's messages deleted: nobody writes them anew."""
    columns = jams.c.guild_id, jams.c.channel_id, jams.c.message_id, jams.c.recap_message_id
    row = (await connection.execute(sa.select(*columns).where(jams.c.id == jam_id))).one()
    for message_id in filter(None, row[2:]):
        place = {"guild_id": row.guild_id, "channel_id": row.channel_id}
        await mentions.mark_message(connection, **place, message_id=message_id)


async def _erase_unread(connection: AsyncConnection, jam_id: str, member_id: int, number: int) -> None:
    """Takes the member out of a jam that cannot be read, because another version wrote it."""
    this = jams.c.id == jam_id
    state = await connection.scalar(sa.select(jams.c.state).where(this))
    await connection.execute(jams.update().where(this).values(state=_bare(state, member_id, number)))
    await _take_down(connection, jam_id)


def _bare(kept: Any, member_id: int, number: int) -> Any:
    """The same without the member: whatever names them has no words left, and of the jam its theme goes."""
    bare = partial(_bare, member_id=member_id, number=number)
    if isinstance(kept, list):
        return list(map(bare, cast("list[Any]", kept)))
    if not isinstance(kept, dict):
        return number if kept == member_id else kept
    values = cast("dict[str, Any]", kept)
    words = {name for name, value in values.items() if isinstance(value, str)}
    if "theme" in words:
        words = {"theme"}
    named = member_id in values.values()
    return {name: "" if named and name in words else bare(value) for name, value in values.items()}


def _theirs(member_id: int) -> sa.ColumnElement[bool]:
    """Of jams: those that the member is or was in, and those that they ended, as moderators do."""
    been_in = sa.select(jam_people.c.jam_id).where(jam_people.c.member_id == member_id)
    return sa.or_(jams.c.id.in_(been_in), jams.c.ended_by == member_id)


async def _erase_credits(connection: AsyncConnection, member_id: int, number: int) -> None:
    own = track_makers.c.member_id == member_id
    for track_id in list(await connection.scalars(sa.select(track_makers.c.track_id).where(own))):
        of_track = track_makers.c.track_id == track_id
        query = sa.select(track_makers.c.member_id, track_makers.c.name).where(of_track)
        rows = (await connection.execute(query.order_by(track_makers.c.place))).all()
        others = [(one, name) for one, name in rows if one not in (member_id, number) and one > 0]
        await connection.execute(track_makers.update().where(of_track, own).values(member_id=number, name=""))
        this = track_table.c.id == track_id
        if await connection.scalar(sa.select(track_table.c.singer_id).where(this)) == member_id:
            values = {"member_id": member_id, "member_name": "", "singer_id": number}
            await connection.execute(track_table.update().where(this).values(values))
        elif others:
            asked = await connection.scalar(sa.select(track_table.c.member_id).where(this))
            asker, name = next((one for one in others if one[0] == asked), others[0])
            values = {"member_id": asker, "member_name": name}
            await connection.execute(track_table.update().where(this).values(values))


async def to_be_credited_anew(connection: AsyncConnection) -> list[Track]:
    """Tracks that still name somebody erased, in their file or their message; others made them too."""
    erased = sa.select(track_makers.c.track_id).where(track_makers.c.member_id < 0)
    query = sa.select(track_table.c.id).where(track_table.c.id.in_(erased), track_table.c.member_id > 0)
    return await tracks.all_of(connection, list(await connection.scalars(query)))


async def credited_anew(connection: AsyncConnection, track: Track) -> None:
    """The track, as it was read, names none any more of those who were erased by then."""
    gone = track_makers.c.member_id.in_([one for one in track.makers if one < 0])
    await connection.execute(track_makers.delete().where(track_makers.c.track_id == track.id, gone))


# a jam without somebody ---------------------------------------------------------------------------------


def without(jam: Jam, member_id: int, number: int) -> Jam:
    """The jam with a number in the member's place, and without what they wrote."""
    if jam.phase is not Phase.ENDED:
        jam = contributions.leave(jam, member_id)
    mine = jam.starter_id == member_id
    return replace(
        jam,
        theme="" if mine else jam.theme,
        starter_id=number if mine else jam.starter_id,
        lapsed=None if jam.lapsed == member_id else jam.lapsed,
        participants=tuple(
            Person(number, "", here=False) if one.id == member_id else one for one in jam.participants
        ),
        tags=_tags(jam.tags, member_id, number),
        sections=_sections(jam.sections, member_id),
        proposals=tuple(
            replace(one, votes=tuple(vote for vote in one.votes if vote[0] != member_id))
            for one in jam.proposals
            if one.by != member_id
        ),
        rounds=tuple(
            Round(one.track_id, _tags(one.tags, member_id, number), _sections(one.sections, member_id))
            for one in jam.rounds
        ),
    )


def _tags(kept: tuple[Tag, ...], member_id: int, number: int) -> tuple[Tag, ...]:
    return tuple(replace(tag, by=number) if tag.by == member_id else tag for tag in kept)


def _sections(kept: tuple[Section, ...], member_id: int) -> tuple[Section, ...]:
    return tuple(
        replace(
            section,
            lines=_lines(section.lines, member_id),
            earlier=tuple(_lines(lines, member_id) for lines in section.earlier),
        )
        for section in kept
    )


def _lines(lines: Lines, member_id: int) -> Lines:
    return tuple(line for line in lines if line.by != member_id)


# handing out ----------------------------------------------------------------------------------------------


async def export(connection: AsyncConnection, member_id: int) -> dict[str, list[dict[str, Any]]]:
    """What the member did in jams, and the tracks that they are credited for; ids as text, times in ISO."""
    theirs = sa.select(jam_people.c.jam_id).where(jam_people.c.member_id == member_id)
    found = await storage.find(connection, jams.c.id.in_(theirs))
    credited = (
        sa.select(track_table.c.guild_id, track_table.c.number, track_table.c.title, track_makers.c.name)
        .join(track_table, track_makers.c.track_id == track_table.c.id)
        .where(track_makers.c.member_id == member_id)
        .order_by(track_table.c.created_at)
    )
    rows = (await connection.execute(credited)).all()
    return {
        "jams": [_exported(session, member_id) for session in found],
        "credited_for": [
            {"guild_id": str(guild_id), "number": number, "title": title, "as": name}
            for guild_id, number, title, name in rows
        ],
    }


def _exported(session: storage.Session, member_id: int) -> dict[str, Any]:
    jam = session.jam
    sections = [*jam.sections, *(section for one in jam.rounds for section in one.sections)]
    versions = [lines for section in sections for lines in (section.lines, *section.earlier)]
    lines = dict.fromkeys(
        line.text for version in versions for line in version if line.by == member_id and is_sung(line)
    )
    added = [*jam.tags, *(tag for one in jam.rounds for tag in one.tags)]
    tags = dict.fromkeys(tag.text for tag in added if tag.by == member_id)
    names = [person.name for person in jam.participants if person.id == member_id]
    return {
        "guild_id": str(session.guild_id),
        "channel_id": str(session.channel_id),
        "created_at": session.created_at.isoformat(),
        "you_started_it_as": jam.theme if jam.starter_id == member_id else None,
        "your_name": names[0] if names else "",
        "your_voice_is_lent": jam.loan is not None and jam.loan.by == member_id,
        "lines_you_wrote": list(lines),
        "tags_you_added": list(tags),
    }
