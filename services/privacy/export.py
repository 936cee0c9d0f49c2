"""What the bot knows of a member, as plain values for a JSON file: theirs in every guild, nobody else's.

The rule: it names no other member, and no track that the member is not known to see.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.albums import privacy as albums
from services.contests import privacy as contests
from services.guilds.audit import OF_MEMBERS, Record
from services.jams import privacy
from services.own_voices import privacy as own_voices
from services.parties import privacy as parties
from services.relays import privacy as relays
from services.storage.database import now
from services.storage.tables import (
    audit,
    ballots,
    bans,
    entries,
    guild_keys,
    hints,
    notices,
    own_files,
    reports,
    sums,
    track_makers,
    votes,
)
from services.storage.tables import tracks as track_table
from services.tracks import track_audit
from services.tracks.sight import Sight

NOT_THEIRS = {  # of a track: secrets, and what is other people's or the house's own
    "member_id",
    "reply_token",
    "reply_at",
    "withheld_by",
    "reviewed_by",
    "review_channel_id",
    "review_message_id",
    "output_url",
    "source_url",
    "voice_url",
    "turn",
    "pauses",
}


async def export(connection: AsyncConnection, member_id: int, sight: Sight | None = None) -> dict[str, Any]:
    """The member's rows, by what they are.

    sight: what the member sees of one guild; what they see of others is not known, beside their own.
    """
    columns = track_table.c
    mine = columns.member_id == member_id
    as_credited = (
        sa.select(track_makers.c.name)
        .where(track_makers.c.track_id == columns.id, track_makers.c.member_id == member_id)
        .scalar_subquery()
    )
    name = sa.func.coalesce(as_credited, columns.member_name).label("member_name")
    theirs = [name if one is columns.member_name else one for one in columns if one.name not in NOT_THEIRS]
    own = sa.select(*theirs).where(mine)
    money = (
        sa.select(columns.guild_id, columns.number, entries.c.kind, entries.c.amount, entries.c.at)
        .join(track_table, entries.c.track_id == columns.id)
        .where(mine)
        .order_by(entries.c.id)
    )
    days = sums.select().where(sums.c.account.like(f"member:%:{member_id} day"))
    barred = sa.select(bans.c.guild_id, bans.c.until, bans.c.reason, bans.c.at)
    said = sa.select(reports.c.guild_id, reports.c.track_id, reports.c.reason, reports.c.at)
    voted = sa.select(votes.c.guild_id, votes.c.track_id, votes.c.at)
    asked = sa.select(ballots.c.guild_id, ballots.c.channel_id, ballots.c.parent_id, ballots.c.created_at)
    waiting = sa.select(notices.c.guild_id, notices.c.text, notices.c.created_at)
    keys = sa.select(
        guild_keys.c.guild_id, guild_keys.c.level, guild_keys.c.added_at, guild_keys.c.removed_at
    )
    keys = keys.where(guild_keys.c.added_by == member_id)
    about = sa.select(audit.c.guild_id, audit.c.action, audit.c.after, audit.c.at)
    queries: dict[str, sa.Executable] = {
        "tracks": own.order_by(columns.created_at),
        "money": money,
        "days": days,
        "may_not_make_tracks": barred.where(bans.c.member_id == member_id),
        "reports": said.where(reports.c.member_id == member_id),
        "votes": voted.where(votes.c.member_id == member_id).order_by(votes.c.at),
        "votes_you_called": asked.where(ballots.c.member_id == member_id),
        "your_own_files": own_files.select().where(own_files.c.member_id == member_id),
        "notices": waiting.where(notices.c.member_id == member_id),
        "keys_you_gave": keys,
        "hints_you_had": sa.select(hints.c.guild_id, hints.c.hint).where(hints.c.member_id == member_id),
        **parties.exported(member_id),
        "what_was_decided_about_you": about.where(audit.c.subject == str(member_id)),
    }
    jammed = await privacy.export(connection, member_id) | await contests.export(connection, member_id)
    found: dict[str, Any] = {"member_id": str(member_id), "exported_at": now().isoformat()}
    for name, query in queries.items():
        found[name] = _plain((await connection.execute(query)).mappings())
    found["what_you_changed"] = _plain(await _done_by(connection, member_id, sight))
    found["your_voice"] = await own_voices.export(connection, member_id)
    found["albums"] = await albums.export(connection, member_id)
    found["relays"] = await relays.export(connection, member_id)
    return found | jammed


async def _done_by(connection: AsyncConnection, member_id: int, sight: Sight | None) -> list[dict[str, Any]]:
    """What the member changed in guilds, in their own words, and in nobody else's of what they do not see."""
    rows = await connection.execute(audit.select().where(audit.c.actor_id == member_id).order_by(audit.c.id))
    records = [Record(*row) for row in rows]
    hidden: frozenset[int] = frozenset()
    for guild_id in {one.guild_id for one in records}:
        here = sight if sight and sight.guild_id == guild_id else Sight(guild_id, frozenset(), member_id)
        of_guild = [one for one in records if one.guild_id == guild_id]
        hidden |= await track_audit.hidden(connection, here, of_guild)
    told = [
        replace(one, subject=f"#{track_audit.number_in(one)}", before="") if one.id in hidden else one
        for one in records
    ]
    return [asdict(replace(one, subject="") if one.action in OF_MEMBERS else one) for one in told]


def _plain(rows: Iterable[Mapping[Any, Any]]) -> list[dict[str, Any]]:
    return [{str(name): _value(str(name), value) for name, value in row.items()} for row in rows]


def _value(name: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, int) and name.endswith("_id"):
        return str(value)  # Discord's ids are larger than what JavaScript holds
    return value
