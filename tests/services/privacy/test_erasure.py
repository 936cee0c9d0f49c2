"""A member's own data: all of it handed out, all words gone, every sum as it was, nothing escaped."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from studio_harness import NewStudio, StudioHarness
from waiting import eventually

from services.guilds.bans import Banned
from services.messages.notices import MODERATORS
from services.money.limits import LimitReached
from services.privacy import erasure
from services.privacy.erasure import UnderWay
from services.privacy.export import export
from services.privacy.rows import finish_days
from services.prompts.prompt import parse_prompt
from services.requests import Request
from services.storage.audio_store import names_of
from services.storage.database import now
from services.storage.tables import bans, entries, house, metadata, postings, reports, sums
from services.tracks import tracks
from services.tracks.ballots import new_ballot
from services.tracks.sight import Sight, everything_in

BEN, CLEO, ADA = 700_000_000_000_000_007, 700_000_000_000_000_008, 700_000_000_000_000_005


async def everything(harness: StudioHarness) -> str:
    """Every row of every table, as text."""
    async with harness.database.read() as connection:
        rows = [
            (table.name, *row)
            for table in metadata.sorted_tables
            for row in await connection.execute(table.select())
        ]
    return "\n".join(map(str, rows))


async def sums_are_entries(harness: StudioHarness) -> None:
    """Every kept sum is what its entries add up to."""
    async with harness.database.read() as connection:
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


async def in_three_days(harness: StudioHarness) -> None:
    async with harness.database.write() as connection:
        await finish_days(connection, now() + timedelta(days=3))


async def two_tracks(harness: StudioHarness) -> tuple[str, str]:
    given: dict[str, Any] = {"tags": "hushhush", "lyrics": "[verse]\nOnly for me", "member": BEN}
    mine = (await harness.compose("Diary", **given)).id
    theirs = (await harness.compose("Poster", member=CLEO)).id
    await harness.settled(mine)
    await harness.settled(theirs)
    return mine, theirs


async def test_name_and_words_go_and_the_sums_stay(new_studio: NewStudio) -> None:
    async with new_studio() as harness:
        mine, theirs = await two_tracks(harness)
        track = await harness.track(mine)
        message, number, studio = track.message_id, track.number, harness.studio
        async with harness.database.write() as connection:
            await tracks.change(connection, mine, reply_token="a token of mine", reply_at=now())
        await studio.reports.report(everything_in(1), theirs, BEN, "a reason of mine")
        await studio.review.withhold(everything_in(1), mine, ADA, "about the diary")
        await studio.review.publish(everything_in(1), mine, ADA)
        await harness.until(mine)
        await studio.notices.leave(1, BEN, "a notice of mine")
        for title in ("“Diary”", "„Diary“", "«Diary»"):
            await studio.notices.leave(1, MODERATORS, f"**#{number} {title}** stays")
        await studio.notices.leave(1, MODERATORS, f"**#{number}**, a track, stays")
        studio.hints.note(1, BEN, "a hint of mine")
        await studio.hints.close()
        before = await harness.money()
        assert await studio.privacy.erase(BEN) == 1
        text = await everything(harness)
        written = (
            "Diary",
            "hushhush",
            "Only for me",
            "a reason of mine",
            "a notice of mine",
            "a hint of mine",
            "a token of mine",
        )
        for word in (*written, f"Member {BEN}"):
            assert word not in text
        assert "Poster" in text
        assert "a track, stays" in text
        await eventually(lambda: _gone(harness, mine))
        assert harness.mp3(await harness.track(theirs)) is not None
        assert [track for track, _ in harness.delivery.taken_down] == [mine, mine]
        assert harness.delivery.taken_down[-1][1] != message
        assert await studio.find(everything_in(1), mine) is None
        await sums_are_entries(harness)

        assert f"member:1:{BEN} day" in await harness.money()  # today's limit still counts
        await in_three_days(harness)
        text = await everything(harness)
        assert str(BEN) not in text
        assert str(CLEO) in text
        await sums_are_entries(harness)
        assert sorted((await harness.money()).values()) == sorted(before.values())
        number = (await harness.track(mine)).member_id
        assert number < 0
        assert f"member:1:{number} day" in await harness.money()
        async with harness.database.read() as connection:
            assert (await connection.execute(house.select().where(house.c.name.like("erasure%")))).all() == []


async def _gone(harness: StudioHarness, track_id: str) -> bool:
    left = [harness.settings.data_dir / name for name in names_of(track_id)]
    return (await harness.track(track_id)).message_id is None and not any(file.exists() for file in left)


async def test_neither_a_ban_nor_todays_limit_is_escaped(new_studio: NewStudio) -> None:
    async with new_studio(member_daily_limit=0.001) as harness:
        await harness.settled((await harness.compose("Spent", member=BEN)).id)
        await harness.studio.bans.ban(1, ADA, BEN, until=None, reason="spam")
        await harness.studio.bans.ban(2, ADA, BEN, until=now() - timedelta(hours=1), reason="over")
        await harness.studio.privacy.erase(BEN)
        with pytest.raises(Banned) as refusal:
            await harness.compose(member=BEN)
        assert refusal.value.reason == "spam"
        await harness.studio.bans.pardon(1, ADA, BEN)
        with pytest.raises(LimitReached):
            await harness.compose(member=BEN)
        async with harness.database.read() as connection:
            assert (await connection.execute(bans.select())).all() == []


async def test_reports_cannot_be_multiplied_by_erasing_oneself(new_studio: NewStudio) -> None:
    async with new_studio() as harness:
        _mine, theirs = await two_tracks(harness)
        await harness.studio.reports.report(everything_in(1), theirs, BEN, "x")
        await harness.studio.privacy.erase(BEN)
        with pytest.raises(Exception, match="track"):
            await harness.studio.reports.report(everything_in(1), theirs, BEN, "x")
        async with harness.database.read() as connection:
            assert len((await connection.execute(reports.select())).all()) == 1


async def test_tracks_under_way_are_refused_and_nothing_goes(new_studio: NewStudio) -> None:
    async with new_studio() as harness:
        mine, _theirs = await two_tracks(harness)
        await harness.studio.queue.pause(1)
        waiting = await harness.compose("Waiting", member=BEN)
        with pytest.raises(UnderWay) as refusal:
            await harness.studio.privacy.erase(BEN)
        assert [track.id for track in refusal.value.tracks] == [waiting.id]
        assert (await harness.track(mine)).title == "Diary"


async def test_a_moderator_who_erases_themselves_leaves_their_decisions(new_studio: NewStudio) -> None:
    async with new_studio() as harness:
        mine, _theirs = await two_tracks(harness)
        await harness.studio.bans.ban(1, ADA, CLEO, until=None, reason="spam")
        await harness.studio.review.withhold(everything_in(1), mine, ADA, "no")
        await harness.studio.privacy.erase(ADA)
        await in_three_days(harness)
        assert str(ADA) not in await everything(harness)
        with pytest.raises(Banned):
            await harness.compose(member=CLEO)
        assert (await harness.track(mine)).title == "Diary"


async def test_looks_that_meet_take_each_message_down_once(new_studio: NewStudio) -> None:
    async with new_studio() as harness:
        mine, _theirs = await two_tracks(harness)
        clean = harness.studio.privacy.clean
        await harness.studio.privacy.erase(BEN)
        assert all(await asyncio.gather(clean(), clean(), clean()))
        assert [track_id for track_id, _message_id in harness.delivery.taken_down] == [mine]


async def test_a_row_that_cannot_be_read_keeps_no_message_of_anybody(new_studio: NewStudio) -> None:
    async with new_studio() as harness:
        mine, theirs = await two_tracks(harness)
        posted = [(await harness.track(one)).message_id for one in (mine, theirs)]
        async with harness.database.write() as connection:
            await tracks.change(connection, mine, failure="unheard of")
        for member in (BEN, CLEO):
            await harness.studio.privacy.erase(member)
        assert await harness.studio.privacy.clean()
        assert (harness.delivery.unsaid, harness.delivery.taken_down) == (posted[:1], [(theirs, posted[1])])
        async with harness.database.read() as connection:
            assert not any(await connection.scalars(sa.select(metadata.tables["tracks"].c.message_id)))


async def test_what_a_kill_left_is_cleaned_up_at_the_next_start(
    new_studio: NewStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def killed(_self: object) -> bool:
        return True

    async with new_studio() as harness:
        mine, _theirs = await two_tracks(harness)
        with monkeypatch.context() as patch:
            patch.setattr(erasure.Privacy, "clean", killed)
            await harness.studio.privacy.erase(BEN)
        delivery = harness.delivery
    async with new_studio(delivery) as harness:
        await eventually(lambda: _gone(harness, mine))


async def test_the_export_has_all_that_is_theirs_and_nothing_of_others(new_studio: NewStudio) -> None:
    async with new_studio() as harness:
        mine, theirs = await two_tracks(harness)
        await harness.settled((await harness.compose("Abroad", guild=2, member=BEN)).id)
        await harness.studio.reports.report(everything_in(1), theirs, BEN, "rude")
        await harness.studio.review.withhold(everything_in(1), mine, ADA, "because")
        await harness.studio.bans.ban(1, ADA, BEN, until=None, reason="spam")
        await harness.studio.notices.leave(1, BEN, "a notice")
        harness.studio.hints.note(1, BEN, "jam")
        await harness.studio.hints.close()
        async with harness.database.read() as connection:
            found = await export(connection, BEN)
        assert [one["title"] for one in found["tracks"]] == ["Diary", "Abroad"]
        track = found["tracks"][0]
        assert (track["lyrics"], track["tags"]) == ("[verse]\nOnly for me", "hushhush")
        assert {"seed", "price", "withheld_because"} <= track.keys()
        assert [one["kind"] for one in found["money"]] == ["reserve", "spend"] * 2
        assert [one["reason"] for one in found["may_not_make_tracks"]] == ["spam"]
        assert [one["reason"] for one in found["reports"]] == ["rude"]
        assert [one["text"] for one in found["notices"]] == ["a notice"]
        assert found["hints_you_had"] == [{"guild_id": "1", "hint": "jam"}]
        assert len(found["days"]) == 2
        for secret in (str(ADA), str(CLEO), "Poster", "token"):
            assert secret not in str(found)


async def test_the_export_of_a_moderator_names_no_member_and_no_track_that_they_do_not_see(
    new_studio: NewStudio,
) -> None:
    async with new_studio() as harness:
        mine, _theirs = await two_tracks(harness)
        review = harness.studio.review
        await review.withhold(everything_in(1), mine, CLEO, "not nice")
        await review.publish(everything_in(1), mine, ADA)
        await harness.until(mine)
        await review.withhold(everything_in(1), mine, ADA, "in my own words")
        await harness.studio.bans.ban(1, ADA, BEN, until=None, reason="spam")
        async with harness.database.read() as connection:
            hidden = (await export(connection, ADA))["what_you_changed"]
            seen = (await export(connection, ADA, Sight(1, None, ADA)))["what_you_changed"]
        assert [one["action"] for one in hidden] == ["publish", "withhold", "ban"]
        for others in ("Diary", str(BEN), "not nice"):
            assert others not in str(hidden)
        assert [one["subject"] for one in hidden][:2] == ["#1", "#1"]
        assert "in my own words" in str(hidden)
        assert [one["subject"] for one in seen] == ["#1 Diary", "#1 Diary", ""]


async def test_votes_searches_and_called_votes_are_exported_and_erased(new_studio: NewStudio) -> None:
    async with new_studio() as harness:
        mine, theirs = await two_tracks(harness)
        studio = harness.studio
        await studio.votes.press(everything_in(1), theirs, BEN)
        await studio.votes.press(everything_in(1), mine, CLEO)
        prompt = parse_prompt(tags="hushhush", duration=5)
        ballot = new_ballot(1, 51, BEN, mine, 60)
        await studio.requests.compose_all([Request(1, "Guild", 51, BEN, "Ben", prompt)] * 2, ballot)
        standing = await studio.ballots.standing(ballot.id)
        assert standing is not None
        for one in standing.choices:
            await harness.settled(one.track.id)
        async with harness.database.read() as connection:
            found = await export(connection, BEN)
        assert [one["track_id"] for one in found["votes"]] == [theirs]
        assert [one["parent_id"] for one in found["votes_you_called"]] == [mine]
        await studio.privacy.erase(BEN)
        text = await everything(harness)
        assert str(BEN) not in "\n".join(row for row in text.splitlines() if row.startswith("('votes'"))
        assert str(BEN) not in "\n".join(row for row in text.splitlines() if row.startswith("('ballots'"))
        assert "hushhush" not in text
        assert await studio.votes.count(theirs) == 0
        async with harness.database.read() as connection:
            assert (await export(connection, BEN))["votes"] == []
