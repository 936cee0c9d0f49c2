"""Who may not make tracks: until when, why, and that it holds where money is reserved."""

from datetime import timedelta

import pytest
from studio_harness import NewStudio

from services.guilds import audit
from services.guilds.bans import Banned, Bans, NotBanned, in_audit
from services.storage.database import Database, now

GUILD, ADA, BEN = 1, 5, 7


async def test_a_banned_member_reserves_nothing_and_reads_why(new_studio: NewStudio) -> None:
    async with new_studio() as harness:
        await harness.studio.bans.ban(GUILD, ADA, BEN, until=None, reason="spam")
        with pytest.raises(Banned) as refusal:
            await harness.compose()
        assert (refusal.value.until, refusal.value.reason) == (None, "spam")
        assert await harness.money() == {}
        await harness.compose(guild=2)
        await harness.compose(member=8)
        await harness.studio.bans.pardon(GUILD, ADA, BEN)
        await harness.compose()


async def test_a_time_out_ends_by_itself(database: Database) -> None:
    bans = Bans(database)
    await bans.ban(GUILD, ADA, BEN, until=now() - timedelta(seconds=1), reason="over")
    assert await bans.listed(GUILD) == []
    with pytest.raises(NotBanned):
        await bans.pardon(GUILD, ADA, BEN)
    await bans.ban(GUILD, ADA, BEN, until=now() + timedelta(hours=1), reason="again")
    assert [ban.reason for ban in await bans.listed(GUILD)] == ["again"]
    assert await bans.listed(2) == []


async def test_every_decision_is_in_the_audit(database: Database) -> None:
    bans = Bans(database)
    await bans.ban(GUILD, ADA, BEN, until=None, reason="spam")
    until = now().replace(microsecond=0) + timedelta(hours=1)
    before = await bans.ban(GUILD, ADA, BEN, until=until, reason="milder")
    assert before is not None
    assert before.reason == "spam"
    await bans.pardon(GUILD, ADA, BEN)
    async with database.read() as connection:
        rows, count = await audit.records(connection, GUILD)
    assert count == 3
    assert [(row.action, row.actor_id, row.subject) for row in rows] == [
        ("unban", ADA, "7"),
        ("ban", ADA, "7"),
        ("ban", ADA, "7"),
    ]
    assert in_audit(rows[1].before) == (None, "spam")
    assert in_audit(rows[1].after) == (until, "milder")
    assert rows[0].before == rows[1].after
