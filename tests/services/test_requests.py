"""What is asked of whoever wants a track, and in which order; refused, nothing is written or reserved."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from reworking import original, rework
from sqlalchemy.exc import OperationalError
from studio_harness import NewStudio, StudioHarness

from services.guilds.bans import Banned
from services.guilds.checks import AsBefore, Asker, CannotPost
from services.guilds.rules import NotInThisChannel, NotWithTheseRoles, Rules
from services.money.limits import LimitReached
from services.pipeline.sources import SourceNotKept
from services.prompts.prompt import Prompt, parse_prompt
from services.prompts.rework import Kind
from services.prompts.rework_prompt import parse_rework
from services.requests import Request
from services.storage.files import delete_files
from services.storage.tables import tracks as track_table
from services.text.faults import PromptError
from services.tracks import tracks
from services.tracks.request_refusals import (
    AskedAlready,
    ComesOutTheSame,
    GuildBlocked,
    PriceWentUp,
    TooManyWaiting,
)
from services.tracks.sight import Sight, everything_in
from services.tracks.track import State, Track
from services.tracks.track_prompts import sound_of
from services.tracks.tracks import new_id
from services.words.blocked_words import WordList

PRICE = 5 * 200  # micro-dollars of five seconds
CHANNEL, ELSEWHERE, ROLE = 51, 52, 61
WORD = "zyzzyva"


def asker(rules: Rules | None = None, member_id: int = 7, lacking: tuple[str, ...] = ()) -> Asker:
    return Asker(
        1, rules or Rules(), frozenset({CHANNEL}), lambda _one: True, member_id=member_id, lacking=lacking
    )


async def no_automod() -> Sequence[WordList]:
    return ()


async def never_asked() -> Sequence[WordList]:
    raise AssertionError("Discord was asked for its lists")


def request(prompt: Prompt | None = None, **more: Any) -> Request:
    return Request(
        1, "Guild 1", CHANNEL, 7, "Member 7", prompt or parse_prompt(tags="funk", duration=5), **more
    )


async def refused(harness: StudioHarness, asked: Request, kind: type[Exception]) -> None:
    """The request is refused so, and leaves nothing behind."""
    written, money = await count(harness), await harness.money()
    with pytest.raises(kind):
        await harness.studio.requests.compose(asked)
    assert await count(harness) == written
    assert await harness.money() == money


async def count(harness: StudioHarness) -> int:
    async with harness.database.read() as connection:
        return await connection.scalar(sa.select(sa.func.count()).select_from(track_table)) or 0


# approve --------------------------------------------------------------------------------------------------


async def test_the_place_is_asked_before_discord_and_before_the_words(new_studio: NewStudio) -> None:
    async with new_studio(launch=False) as harness:
        approve = harness.studio.requests.approve
        forbidden = AsBefore(parse_prompt(tags=f"funk, {WORD}"))
        elsewhere = Rules(channels=(ELSEWHERE,), words=(WORD,))
        with pytest.raises(NotInThisChannel):
            await approve(asker(elsewhere), never_asked, forbidden)
        with pytest.raises(NotWithTheseRoles):
            await approve(asker(Rules(roles=(ROLE,), words=(WORD,))), never_asked, forbidden)
        with pytest.raises(PromptError):
            await approve(asker(Rules(words=(WORD,))), no_automod, forbidden)
        approved = await approve(asker(), no_automod, forbidden)
        assert approved.prompt is forbidden.again


async def test_words_are_refused_before_what_would_come_out_the_same(new_studio: NewStudio) -> None:
    async with new_studio() as harness:
        approve, sight = harness.studio.requests.approve, everything_in(1)
        track = await harness.settled((await harness.compose("Twice", tags="funk", seed=7)).id)
        same = AsBefore(
            parse_prompt(tags=track.tags, duration=track.duration, title="Another title", seed=track.seed)
        )
        with pytest.raises(PromptError):
            await approve(asker(Rules(words=("funk",))), no_automod, same, source=track, sight=sight)
        with pytest.raises(ComesOutTheSame) as refusal:
            await approve(asker(), no_automod, same, source=track, sight=sight)
        assert refusal.value.like.id == track.id
        await approve(asker(), no_automod, same)  # of which no source is known


async def test_a_rework_comes_out_like_what_was_made_of_the_same_sound_and_is_seen(
    new_studio: NewStudio,
) -> None:
    async with new_studio() as harness:
        approve, source = harness.studio.requests.approve, await original(harness)
        made = await harness.settled((await rework(harness, Kind.EXTEND, source)).id)
        given = {"before": "2", "after": "3 s"}
        again = AsBefore(parse_rework(Kind.EXTEND, sound_of(source), given, made.seed))
        with pytest.raises(ComesOutTheSame) as refusal:
            await approve(asker(), no_automod, again, source=source, sight=everything_in(1))
        assert refusal.value.like.id == made.id
        await approve(asker(), no_automod, again, source=source, sight=Sight(1, frozenset({99}), 8))
        other = AsBefore(replace(again.again, seed=made.seed ^ 1))
        await approve(asker(), no_automod, other, source=source, sight=everything_in(1))


async def test_a_jams_round_is_not_made_twice(new_studio: NewStudio) -> None:
    async with new_studio() as harness:
        approve = harness.studio.requests.approve_round
        track = await harness.settled((await harness.compose("Round", tags="funk", seed=7)).id)
        same = AsBefore(parse_prompt(tags="funk", duration=track.duration, seed=7))
        with pytest.raises(ComesOutTheSame):
            await approve(asker(), (), same, [track.id])
        with pytest.raises(PromptError):
            await approve(asker(Rules(words=("funk",))), (), same, [track.id])
        elsewhere = asker(Rules(channels=(ELSEWHERE,)))  # whoever shapes a jam was asked that before
        assert (await approve(elsewhere, (), same, [])).prompt is same.again


# compose --------------------------------------------------------------------------------------------------


async def test_what_is_asked_in_the_transaction_one_after_the_other(new_studio: NewStudio) -> None:
    """Everything stands in the way at first; each refusal is taken away, and the next one is met."""
    async with new_studio(launch=False, member_waiting_limit=1) as harness:
        studio = harness.studio
        await studio.queue.pause(1)
        first = await studio.requests.compose(request())
        asked = request(id=new_id(), shown=PRICE - 1)
        await studio.hosting.set_access(1, 99, "blocked")
        await studio.bans.ban(1, 8, 7, reason="Noise", until=None)
        await studio.budgets.set_limits(1, daily=PRICE)
        await refused(harness, asked, GuildBlocked)
        await studio.hosting.set_access(1, 99, "allowed")
        await refused(harness, asked, Banned)
        await studio.bans.pardon(1, 8, 7)
        await refused(harness, asked, TooManyWaiting)
        await studio.queue.cancel(everything_in(1), first.id, member_id=7, moderator=False)
        await studio.budgets.set_limits(1, daily=PRICE - 1)
        await refused(harness, asked, PriceWentUp)
        asked = replace(asked, shown=PRICE)
        await refused(harness, asked, LimitReached)
        await studio.budgets.set_limits(1, daily=PRICE)
        assert (await studio.requests.compose(asked)).price == PRICE
        await refused(harness, asked, AskedAlready)


async def test_a_price_that_was_shown_holds_until_it_is_more(new_studio: NewStudio) -> None:
    async with new_studio(launch=False) as harness:
        await harness.studio.queue.pause(1)
        for shown in (None, PRICE, PRICE + 1):
            assert (await harness.studio.requests.compose(request(shown=shown))).price == PRICE
        with pytest.raises(PriceWentUp):
            await harness.studio.requests.compose_all([request(shown=PRICE - 1)] * 3)
        assert await count(harness) == 3
        assert (await harness.money())["guild:1 day"] == (3 * PRICE, 0)


async def test_of_several_that_do_not_all_fit_none_is_made(new_studio: NewStudio) -> None:
    async with new_studio(launch=False) as harness:
        await harness.studio.queue.pause(1)
        await harness.studio.budgets.set_limits(1, daily=2 * PRICE)
        with pytest.raises(LimitReached) as refusal:
            await harness.studio.requests.compose_all([request()] * 3)
        assert (refusal.value.tracks, refusal.value.price) == (3, PRICE)
        assert refusal.value.line.left == 2 * PRICE  # what the first two had taken is given back
        assert await count(harness) == 0
        assert set((await harness.money()).values()) <= {(0, 0)}


async def test_a_rework_whose_sound_is_not_kept_takes_no_place(new_studio: NewStudio) -> None:
    async with new_studio() as harness:
        source = await original(harness)
        await _forget_sound(harness, source)
        prompt = parse_rework(Kind.EXTEND, sound_of(source), {"after": "3"})
        await refused(harness, request(prompt, parent_id=source.id), SourceNotKept)


async def _forget_sound(harness: StudioHarness, track: Track) -> None:
    """Neither the provider, nor the disk, nor its message has it any more."""
    async with harness.database.write() as connection:
        await connection.execute(
            track_table.update().where(track_table.c.id == track.id).values(output_url=None)
        )
    delete_files(harness.settings.data_dir, [track.id])
    assert track.message_id is not None
    harness.delivery.without_audio.add(track.message_id)


async def test_whether_they_may_ask_is_said_before_a_file_of_theirs_is_fetched(
    new_studio: NewStudio,
) -> None:
    async with new_studio(launch=False, member_waiting_limit=1) as harness:
        studio = harness.studio
        may_ask = studio.requests.check_may_ask
        await may_ask(asker())
        with pytest.raises(NotInThisChannel):
            await may_ask(asker(Rules(channels=(ELSEWHERE,))))
        with pytest.raises(CannotPost):
            await may_ask(asker(lacking=("attach_files",)))
        await studio.queue.pause(1)
        await studio.requests.compose(request())
        with pytest.raises(TooManyWaiting):
            await may_ask(asker())
        await may_ask(asker(member_id=8))
        await studio.bans.ban(1, 8, 7, reason="Noise", until=None)
        with pytest.raises(Banned):
            await may_ask(asker())
        await studio.hosting.set_access(1, 99, "blocked")
        with pytest.raises(GuildBlocked):
            await may_ask(asker(member_id=8))


async def test_who_may_not_ask_hears_of_that_and_not_of_what_they_wrote(new_studio: NewStudio) -> None:
    async with new_studio(launch=False) as harness:
        studio, wrong = harness.studio, AsBefore(parse_prompt(tags=f"funk, {WORD}"))
        forbidding = Rules(words=(WORD,))
        with pytest.raises(PromptError):
            await studio.requests.approve(asker(forbidding), no_automod, wrong)
        await studio.bans.ban(1, 8, 7, reason="Noise", until=None)
        with pytest.raises(Banned):
            await studio.requests.approve(asker(forbidding), no_automod, wrong)
        await studio.hosting.set_access(1, 99, "blocked")
        with pytest.raises(GuildBlocked):
            await studio.requests.approve(asker(forbidding, member_id=8), no_automod, wrong)


async def test_what_its_member_was_not_told_of_is_taken_back_however_long_that_takes(
    new_studio: NewStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with new_studio() as harness:
        requests, change, away = harness.studio.requests, tracks.change, iter((True, True))

        async def blinks(*arguments: Any, **values: Any) -> bool:
            if next(away, False):
                raise OperationalError("UPDATE", {}, sqlite3.OperationalError("database is locked"))
            return await change(*arguments, **values)

        async def not_told(_written: Sequence[Track], _lines: object) -> None:
            monkeypatch.setattr(tracks, "change", blinks)
            raise ConnectionError("Discord is away")

        with pytest.raises(ConnectionError):
            await requests.compose_all([request(id="not-told")], accepted=not_told)
        track = await harness.track("not-told")
        assert track.state is State.CANCELLED
        assert await harness.kinds(track.id) == ["reserve", "release"]
