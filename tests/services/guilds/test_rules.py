"""A guild's rules: kept, changed, audited, and read whatever an older or newer bot wrote."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.guilds import audit
from services.guilds.audit import Action
from services.guilds.rules import Rules, RulesChanged, WhoMay, change_rules, fingerprint, logged, read_rules
from services.storage import host_state
from services.storage.database import Database, now
from services.storage.tables import rules

GUILD, OTHER, ADA = 1, 2, 71


async def kept(database: Database, guild: int = GUILD) -> Rules:
    async with database.read() as connection:
        return await read_rules(connection, guild)


async def change(database: Database, guild: int = GUILD, seen: str | None = None, **changes: Any) -> Rules:
    async with database.write() as connection:
        return await change_rules(connection, guild, ADA, seen=seen, **changes)


async def audited(database: Database, guild: int = GUILD) -> list[tuple[str, str, str, str]]:
    async with database.read() as connection:
        found, _count = await audit.records(connection, guild, limit=100)
    return [(one.action, one.subject, one.before, one.after) for one in reversed(found)]


async def test_a_guild_that_set_nothing_allows_everything(database: Database) -> None:
    found = await kept(database)
    assert found == Rules()
    assert found.allows_channel(5)
    assert found.allows_roles()
    assert await audited(database) == []


async def test_what_is_set_is_kept_and_told_from_what_to_what(database: Database) -> None:
    await change(database, channels=(5, 6), longest=60)
    await change(database, channels=(6,), words=("one", "two"), default_words=True, jams=WhoMay.MODERATORS)
    found = await kept(database)
    assert (found.channels, found.longest, found.words) == ((6,), 60, ("one", "two"))
    assert (found.default_words, found.jams) == (True, WhoMay.MODERATORS)
    assert await kept(database, OTHER) == Rules()
    assert await audited(database) == [
        (Action.RULE, "channels", "", "5\n6"),
        (Action.RULE, "longest", "", "60"),
        (Action.RULE, "channels", "5\n6", "6"),
        (Action.RULE, "words", "", "one\ntwo"),
        (Action.RULE, "default_words", "off", "on"),
        (Action.RULE, "jams", "everybody", "moderators"),
    ]
    assert await audited(database, OTHER) == []


async def test_what_does_not_change_is_not_told(database: Database) -> None:
    await change(database, longest=60, automod=True)
    await change(database, longest=60)
    assert len(await audited(database)) == 1


async def test_a_change_that_is_rolled_back_leaves_no_record(database: Database) -> None:
    async def change_and_break() -> None:
        async with database.write() as connection:
            await change_rules(connection, GUILD, ADA, longest=30)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await change_and_break()
    assert await kept(database) == Rules()
    assert await audited(database) == []


async def test_keys_and_values_that_nobody_knows_are_survived(database: Database) -> None:
    odd = {"colour": "red", "longest": "soon", "channels": 7, "words": ["a"], "jams": "dukes", "automod": 1}
    async with database.write() as connection:
        await connection.execute(rules.insert().values(guild_id=GUILD, settings=odd))
    assert await kept(database) == Rules(words=("a",))
    await change(database, longest=90)
    async with database.read() as connection:
        row = (await connection.execute(rules.select())).one()
    assert row.settings["colour"] == "red"
    assert row.settings["longest"] == 90


async def test_a_form_that_saw_something_else_changes_nothing(database: Database) -> None:
    before = await kept(database)
    await change(database, words=("one",), seen=fingerprint(before, "words"))
    with pytest.raises(RulesChanged):
        await change(database, words=("two",), seen=fingerprint(before, "words"))
    assert (await kept(database)).words == ("one",)
    await change(database, longest=60, seen=fingerprint(before, "longest"))  # another rule: no conflict


async def test_changes_at_the_same_time_all_count(database: Database) -> None:
    await asyncio.gather(
        change(database, longest=60), change(database, words=("one",)), change(database, roles=(9,))
    )
    assert await kept(database) == Rules(longest=60, words=("one",), roles=(9,))
    assert len(await audited(database)) == 3


async def test_a_rule_that_there_is_not_is_an_error(database: Database) -> None:
    with pytest.raises(TypeError):
        await change(database, colour="red")


async def test_the_log_starts_with_the_record_that_says_so(database: Database) -> None:
    await change(database, longest=60)
    await change(database, log_channel_id=50)
    async with database.read() as connection:
        newest, _count = await audit.records(connection, GUILD)
        assert await host_state.read(connection, logged(GUILD)) == str(newest[1].id)


@given(st.lists(st.integers(1, 2**63 - 1), max_size=5), st.lists(st.integers(1, 2**63 - 1), max_size=5))
def test_a_channel_is_allowed_if_it_is_named_or_none_is(allowed: list[int], asked: list[int]) -> None:
    found = Rules(channels=tuple(allowed)).allows_channel(*asked)
    assert found == (not allowed or any(one in allowed for one in asked))


async def test_changes_are_found_by_guild_and_range(database: Database) -> None:
    await change(database, longest=60)
    await change(database, OTHER, longest=70)
    await change(database, longest=80)
    async with database.read() as connection:
        last = await audit.newest(connection, now())
        assert await audit.newest(connection, now() - timedelta(hours=1)) == 0
        assert await audit.changed_guilds(connection, 0, last) == {GUILD, OTHER}
        assert await audit.changed_guilds(connection, last - 1, last) == {GUILD}
        found = await audit.between(connection, GUILD, 0, last)
    assert [one.after for one in found] == ["60", "80"]
