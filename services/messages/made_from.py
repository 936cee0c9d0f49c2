"""Tracks' messages that name what the track was made from: a remix's, a rework's, another take's.

The rule: when that track goes or comes back, each of them is kept up to date from then on, under a key of its
own in `services.messages.kept_messages`, whose look writes it anew, also after a restart.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.storage.database import insert
from services.storage.tables import kept_messages, tracks

POSTED, REVIEWED = "posted", "reviewed"  # kinds: where a track plays, and where moderators hear it
MOST = 500  # of a track's newest remixes that are written anew when it goes, an edit each

_PLACES = (
    (POSTED, tracks.c.message_channel_id, tracks.c.message_id),
    (REVIEWED, tracks.c.review_channel_id, tracks.c.review_message_id),
)


async def touch_made_from(
    connection: AsyncConnection, of: sa.ColumnElement[bool], most: int | None = MOST
) -> None:
    """Has the messages brought up to date of what was made from tracks; of: which, a condition on parent_id.

    most: None where no message may go on naming them.
    """
    columns = ("key", "guild_id", "channel_id", "message_id", "changed", "said", "gone")
    for kind, channel, message in _PLACES:
        made = sa.select(
            sa.literal(f"{kind}:").concat(tracks.c.id),
            tracks.c.guild_id,
            channel,
            message,
            sa.literal(1),
            sa.literal(0),
            sa.false(),
        ).where(of, message.is_not(None), channel.is_not(None), tracks.c.deleted_at.is_(None))
        new = insert(connection, kept_messages).from_select(
            columns, made.order_by(tracks.c.number.desc()).limit(most)
        )
        again = {
            "channel_id": new.excluded.channel_id,
            "message_id": new.excluded.message_id,
            "changed": kept_messages.c.changed + 1,
        }
        await connection.execute(new.on_conflict_do_update(index_elements=["key"], set_=again))
