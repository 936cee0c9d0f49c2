"""Messages that are gone are forgotten, by an index, and no others."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from studio_harness import NewStudio

from services.pipeline import posted_messages
from services.storage.tables import tracks as table
from services.tracks import tracks


async def test_the_messages_that_are_gone_and_no_others(
    new_studio: NewStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posted_messages, "AT_ONCE", 2)
    async with new_studio() as harness:
        made = [await harness.settled((await harness.compose(f"Track {n}")).id) for n in range(4)]
        channel_id, posted = made[0].message_channel_id or 0, harness.studio.posted_messages
        assert await posted.gone(channel_id + 1) == []
        assert await posted.gone(channel_id, [12345]) == []
        first = await posted.gone(channel_id, [made[0].message_id or 0, 12345])
        assert [track.id for track in first] == [made[0].id]
        left = [(await harness.track(one.id)).message_id is not None for one in made]
        assert left == [False, True, True, True]
        async with harness.database.write() as connection:
            await tracks.change(connection, made[1].id, failure="unheard of")  # which nobody can read
        rest = await posted.gone(channel_id)
        assert {track.id for track in rest} == {one.id for one in made[2:]}
        async with harness.database.read() as connection:
            assert not any(await connection.scalars(sa.select(table.c.message_id)))
            for channel, message in (
                (table.c.message_channel_id, table.c.message_id),
                (table.c.review_channel_id, table.c.review_message_id),
            ):
                query = sa.select(table.c.id).where(channel == 1, message.is_not(None), message.in_([2, 3]))
                text = str(query.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True}))
                plan = (await connection.execute(sa.text(f"EXPLAIN QUERY PLAN {text}"))).all()
                assert not [row for row in plan if "SCAN" in row[-1]], plan
