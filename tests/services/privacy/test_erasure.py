"""A member's own data: all of it handed out, all words gone, every sum as it was, nothing escaped."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from waiting import eventually
from workshop import Workshop, Workshops

from services.guilds.bans import Banned
from services.money.limits import LimitReached
from services.privacy import erasure
from services.privacy.erasure import UnderWay
from services.privacy.export import export
from services.prompts.prompt import parse_prompt
from services.requests import Request
from services.storage import files as shelf
from services.storage.database import now
from services.storage.tables import bans, entries, house, metadata, postings, reports, sums
from services.tracks import tracks
from services.tracks.ballots import new_ballot
from services.tracks.sight import Sight, everything_in

BEN, CLEO, ADA = 700_000_000_000_000_007, 700_000_000_000_000_008, 700_000_000_000_000_005


async def everything(shop: Workshop) -> str:
    """Every row of every table, as text."""
    async with shop.database.read() as connection:
        rows = [
            (table.name, *row)
            for table in metadata.sorted_tables
            for row in await connection.execute(table.select())
        ]
    return "\n".join(map(str, rows))


async def sums_are_entries(shop: Workshop) -> None:
    """Every kept sum is what its entries add up to."""
    async with shop.database.read() as connection:
        for row in (await connection.execute(sums.select())).all():
            spent = (
                sa.select(sa.func.coalesce(sa.func.sum(entries.c.amount), 0))
                .join(postings, postings.c.track_id == entries.c.track_id)
                .where(
                    postings.c.account == row.account,
                    postings.c.period == row.period,
                    entries.c.kind.in_(("spend", "correct", "round")),
                )
            )
            assert await connection.scalar(spent) == row.spent, row.account
            assert row.reserved == 0


async def tomorrow(monkeypatch: pytest.MonkeyPatch, shop: Workshop, days: float = 3) -> None:
    monkeypatch.setattr(erasure, "now", lambda: now() + timedelta(days=days))
    async with shop.database.write() as connection:
        await erasure._finish(connection)  # pyright: ignore[reportPrivateUsage]


async def two_tracks(shop: Workshop) -> tuple[str, str]:
    given: dict[str, Any] = {"tags": "hushhush", "lyrics": "[verse]\nOnly for me", "member": BEN}
    mine = (await shop.compose("Diary", **given)).track.id
    theirs = (await shop.compose("Poster", member=CLEO)).track.id
    await shop.settled(mine)
    await shop.settled(theirs)
    return mine, theirs


async def test_name_and_words_go_and_the_sums_stay(
    workshops: Workshops, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with workshops() as shop:
        mine, theirs = await two_tracks(shop)
        message = (await shop.track(mine)).message_id
        studio = shop.studio
        async with shop.database.write() as connection:
            await tracks.change(connection, mine, reply_token="a token of mine", reply_at=now())
        await studio.reports.report(everything_in(1), theirs, BEN, "a reason of mine")
        await studio.review.withhold(everything_in(1), mine, ADA, "about the diary")
        await studio.review.publish(everything_in(1), mine, ADA)
        await shop.until(mine)
        await studio.notices.leave(1, BEN, "a notice of mine")
        before = await shop.money()
        assert await studio.privacy.erase(BEN) == 1
        text = await everything(shop)
        written = (
            "Diary",
            "hushhush",
            "Only for me",
            "a reason of mine",
            "a notice of mine",
            "a token of mine",
        )
        for word in (*written, f"Member {BEN}"):
            assert word not in text
        assert "Poster" in text
        await eventually(lambda: _gone(shop, mine))
        assert shop.studio.mp3(await shop.track(theirs)) is not None
        assert [track for track, _ in shop.hall.taken_down] == [mine, mine]
        assert shop.hall.taken_down[-1][1] != message
        assert await studio.find(everything_in(1), mine) is None
        await sums_are_entries(shop)

        assert f"member:1:{BEN} day" in await shop.money()  # today's limit still counts
        await tomorrow(monkeypatch, shop)
        text = await everything(shop)
        assert str(BEN) not in text
        assert str(CLEO) in text
        await sums_are_entries(shop)
        assert sorted((await shop.money()).values()) == sorted(before.values())
        number = (await shop.track(mine)).member_id
        assert number < 0
        assert f"member:1:{number} day" in await shop.money()
        async with shop.database.read() as connection:
            assert (await connection.execute(house.select().where(house.c.name.like("erasure%")))).all() == []


async def _gone(shop: Workshop, track_id: str) -> bool:
    paths = (shelf.mp3_path, shelf.card_path)
    files = [path(shop.settings.data_dir, track_id) for path in paths]
    return (await shop.track(track_id)).message_id is None and not any(file.exists() for file in files)


async def test_neither_a_ban_nor_todays_limit_is_escaped(workshops: Workshops) -> None:
    async with workshops(member_daily_limit=0.001) as shop:
        await shop.settled((await shop.compose("Spent", member=BEN)).track.id)
        await shop.studio.people.ban(1, ADA, BEN, until=None, reason="spam")
        await shop.studio.people.ban(2, ADA, BEN, until=now() - timedelta(hours=1), reason="over")
        await shop.studio.privacy.erase(BEN)
        with pytest.raises(Banned) as refusal:
            await shop.compose(member=BEN)
        assert refusal.value.reason == "spam"
        await shop.studio.people.pardon(1, ADA, BEN)
        with pytest.raises(LimitReached):
            await shop.compose(member=BEN)
        async with shop.database.read() as connection:
            assert (await connection.execute(bans.select())).all() == []


async def test_reports_cannot_be_multiplied_by_erasing_oneself(workshops: Workshops) -> None:
    async with workshops() as shop:
        _mine, theirs = await two_tracks(shop)
        await shop.studio.reports.report(everything_in(1), theirs, BEN, "x")
        await shop.studio.privacy.erase(BEN)
        with pytest.raises(Exception, match="track"):
            await shop.studio.reports.report(everything_in(1), theirs, BEN, "x")
        async with shop.database.read() as connection:
            assert len((await connection.execute(reports.select())).all()) == 1


async def test_tracks_under_way_are_refused_and_nothing_goes(workshops: Workshops) -> None:
    async with workshops() as shop:
        mine, _theirs = await two_tracks(shop)
        await shop.studio.queue.pause(1)
        waiting = (await shop.compose("Waiting", member=BEN)).track
        with pytest.raises(UnderWay) as refusal:
            await shop.studio.privacy.erase(BEN)
        assert [track.id for track in refusal.value.tracks] == [waiting.id]
        assert (await shop.track(mine)).title == "Diary"


async def test_a_moderator_who_erases_themselves_leaves_their_decisions(
    workshops: Workshops, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with workshops() as shop:
        mine, _theirs = await two_tracks(shop)
        await shop.studio.people.ban(1, ADA, CLEO, until=None, reason="spam")
        await shop.studio.review.withhold(everything_in(1), mine, ADA, "no")
        await shop.studio.privacy.erase(ADA)
        await tomorrow(monkeypatch, shop)
        assert str(ADA) not in await everything(shop)
        with pytest.raises(Banned):
            await shop.compose(member=CLEO)
        assert (await shop.track(mine)).title == "Diary"


async def test_looks_that_meet_take_each_message_down_once(workshops: Workshops) -> None:
    async with workshops() as shop:
        mine, _theirs = await two_tracks(shop)
        clean = shop.studio.privacy.clean
        await shop.studio.privacy.erase(BEN)
        assert all(await asyncio.gather(clean(), clean(), clean()))
        assert [track_id for track_id, _message_id in shop.hall.taken_down] == [mine]


async def test_what_a_kill_left_is_cleaned_up_at_the_next_start(
    workshops: Workshops, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def killed(_self: object) -> bool:
        return True

    async with workshops() as shop:
        mine, _theirs = await two_tracks(shop)
        with monkeypatch.context() as patch:
            patch.setattr(erasure.Privacy, "clean", killed)
            await shop.studio.privacy.erase(BEN)
        hall = shop.hall
    async with workshops(hall) as shop:
        await eventually(lambda: _gone(shop, mine))


async def test_the_export_has_all_that_is_theirs_and_nothing_of_others(workshops: Workshops) -> None:
    async with workshops() as shop:
        mine, theirs = await two_tracks(shop)
        await shop.settled((await shop.compose("Abroad", guild=2, member=BEN)).track.id)
        await shop.studio.reports.report(everything_in(1), theirs, BEN, "rude")
        await shop.studio.review.withhold(everything_in(1), mine, ADA, "because")
        await shop.studio.people.ban(1, ADA, BEN, until=None, reason="spam")
        await shop.studio.notices.leave(1, BEN, "a notice")
        async with shop.database.read() as connection:
            found = await export(connection, BEN)
        assert [one["title"] for one in found["tracks"]] == ["Diary", "Abroad"]
        track = found["tracks"][0]
        assert (track["lyrics"], track["tags"]) == ("[verse]\nOnly for me", "hushhush")
        assert {"seed", "price", "withheld_because"} <= track.keys()
        assert [one["kind"] for one in found["money"]] == ["reserve", "spend"] * 2
        assert [one["reason"] for one in found["may_not_make_tracks"]] == ["spam"]
        assert [one["reason"] for one in found["reports"]] == ["rude"]
        assert [one["text"] for one in found["notices"]] == ["a notice"]
        assert len(found["days"]) == 2
        for secret in (str(ADA), str(CLEO), "Poster", "token"):
            assert secret not in str(found)


async def test_the_export_of_a_moderator_names_no_member_and_no_track_that_they_do_not_see(
    workshops: Workshops,
) -> None:
    async with workshops() as shop:
        mine, _theirs = await two_tracks(shop)
        review = shop.studio.review
        await review.withhold(everything_in(1), mine, CLEO, "not nice")
        await review.publish(everything_in(1), mine, ADA)
        await shop.until(mine)
        await review.withhold(everything_in(1), mine, ADA, "in my own words")
        await shop.studio.people.ban(1, ADA, BEN, until=None, reason="spam")
        async with shop.database.read() as connection:
            hidden = (await export(connection, ADA))["what_you_changed"]
            seen = (await export(connection, ADA, Sight(1, None, ADA)))["what_you_changed"]
        assert [one["action"] for one in hidden] == ["publish", "withhold", "ban"]
        for others in ("Diary", str(BEN), "not nice"):
            assert others not in str(hidden)
        assert [one["subject"] for one in hidden][:2] == ["#1", "#1"]
        assert "in my own words" in str(hidden)
        assert [one["subject"] for one in seen] == ["#1 Diary", "#1 Diary", ""]


async def test_votes_searches_and_called_votes_are_exported_and_erased(workshops: Workshops) -> None:
    async with workshops() as shop:
        mine, theirs = await two_tracks(shop)
        studio = shop.studio
        await studio.votes.press(everything_in(1), theirs, BEN)
        await studio.votes.press(everything_in(1), mine, CLEO)
        prompt = parse_prompt(tags="hushhush", duration=5)
        ballot = new_ballot(1, 51, BEN, mine, 60)
        await studio.requests.compose_all([Request(1, "Guild", 51, BEN, "Ben", prompt)] * 2, ballot)
        standing = await studio.ballots.standing(ballot.id)
        assert standing is not None
        for one in standing.choices:
            await shop.settled(one.track.id)
        async with shop.database.read() as connection:
            found = await export(connection, BEN)
        assert [one["track_id"] for one in found["votes"]] == [theirs]
        assert [one["parent_id"] for one in found["votes_you_called"]] == [mine]
        await studio.privacy.erase(BEN)
        text = await everything(shop)
        assert str(BEN) not in "\n".join(row for row in text.splitlines() if row.startswith("('votes'"))
        assert str(BEN) not in "\n".join(row for row in text.splitlines() if row.startswith("('ballots'"))
        assert "hushhush" not in text
        assert await studio.votes.count(theirs) == 0
        async with shop.database.read() as connection:
            assert (await export(connection, BEN))["votes"] == []
