"""How contests end, and what is left of them where somebody is erased."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from contest_entries import (
    ADA,
    ALL,
    BEN,
    CLEO,
    DAN,
    EVE,
    a_start,
    entered,
    hear_all,
    numbers,
    of,
    over,
    service_on,
)

from services.contests import entries, privacy
from services.contests.contest import (
    EntryRules,
    NotTheStarter,
    Phase,
)
from services.guilds import audit
from services.storage.database import Database, now
from services.storage.tables import audit as audit_table
from services.storage.tables import contest_votes, kept_messages
from services.storage.tables import tracks as track_table


async def test_its_starter_and_moderators_end_it_and_what_moderators_do_is_written_down(
    database: Database,
) -> None:
    contests = service_on(database)
    contest = await contests.start(a_start())
    for member in (BEN, CLEO):
        await contests.enter(ALL, contest.id, (await of(database, member)).id, member)
    with pytest.raises(NotTheStarter):
        await contests.end(ALL, contest.id, BEN, Phase.ENTRIES, 0, moderator=False)
    voting = await contests.end(ALL, contest.id, ADA, Phase.ENTRIES, 0, moderator=False)
    assert voting.phase is Phase.VOTING
    again = await contests.end(ALL, contest.id, ADA, Phase.ENTRIES, 0, moderator=False)
    assert again.phase is Phase.VOTING  # pressed twice: once
    ended = await contests.end(ALL, contest.id, EVE, Phase.VOTING, 1, moderator=True)
    assert ended.phase is Phase.ENDED
    async with database.read() as connection:
        written = await connection.scalars(sa.select(audit_table.c.action))
        assert list(written) == [audit.Action.END_CONTEST]


async def test_what_changes_is_shown_anew(database: Database) -> None:
    contests = service_on(database)

    async def changes(key: str) -> int:
        async with database.read() as connection:
            query = sa.select(kept_messages.c.changed).where(kept_messages.c.key == key)
            return await connection.scalar(query) or 0

    contest, made = await entered(database, BEN, CLEO)
    post, podium = entries.post_of(contest.id), entries.result_of(contest.id)
    before = await changes(post)
    number = await numbers(database, contest, made)
    await hear_all(database, contest, EVE)
    await contests.rank(ALL, contest.id, 1, number[BEN], EVE)
    assert await changes(post) == before + 1
    async with database.write() as connection:
        await entries.track_changed(connection, made[BEN].id)
    assert (await changes(post), await changes(podium)) == (before + 2, 0)
    await over(database, contest)
    assert await changes(podium) == 1


async def test_who_is_erased_leaves_with_theme_votes_and_id(database: Database) -> None:
    contests = service_on(database)
    contest, made = await entered(database, BEN, CLEO, DAN)
    number = await numbers(database, contest, made)
    await hear_all(database, contest, ADA, BEN)
    await contests.rank(ALL, contest.id, 1, number[CLEO], BEN)
    await contests.rank(ALL, contest.id, 1, number[CLEO], ADA)
    async with database.write() as connection:
        assert await privacy.guilds_of(connection, BEN) == {1}
        exported = await privacy.export(connection, BEN)
        assert [one["track_id"] for one in exported["contest_entries"]] == [made[BEN].id]
        assert exported["contest_votes"][0]["choices"] == [number[CLEO]]
        opened = [one["number"] for one in exported["contest_entries_you_opened"]]
        assert sorted(opened) == [1, 2, 3]
        assert made[CLEO].id not in str(exported)  # by which anybody could look up whose it is
        await privacy.erase(connection, BEN, -99)
        await privacy.erase(connection, ADA, -98)
        mine = track_table.c.member_id == BEN
        await connection.execute(track_table.update().where(mine).values(member_id=-99, deleted_at=now()))
        assert await connection.scalar(sa.select(sa.func.count()).select_from(contest_votes)) == 0
        assert await privacy.guilds_of(connection, BEN) == set()
    standing = await contests.standing(ALL, contest.id)
    assert (standing.contest.theme, standing.contest.starter_id) == ("", -98)
    assert len(standing.in_vote) == 2


async def test_an_erased_starters_tags_go_as_the_theme_does(database: Database) -> None:
    contests = service_on(database)
    contest = await contests.start(a_start(rules=EntryRules(longest=60, tags=("Ada's words",))))
    async with database.write() as connection:
        exported = await privacy.export(connection, ADA)
        assert exported["contests_you_started"][0]["tags"] == ["Ada's words"]
        await privacy.erase(connection, ADA, -98)
    after = (await contests.standing(ALL, contest.id)).contest
    assert (after.theme, after.rules) == ("", EntryRules(longest=60))
