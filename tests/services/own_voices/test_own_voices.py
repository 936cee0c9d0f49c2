"""A member's own voice: asked for, kept sealed, sung with, and forgotten; never another's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from keyed_studio import SECRET
from own_voice_studio import PRICE, WORDS, given, opened, rows, sing, source
from reworking import pieces, rework
from sounds import tone
from studio_harness import NewStudio

from services.audio.mastered import Flaw
from services.money.limits import LimitReached
from services.own_voices import service, voices
from services.own_voices.service import NotASample, NotAsked, SomebodyElses
from services.own_voices.singing import NotYourTrack, SomebodysVoice
from services.own_voices.voices import NotHeardYet, NotOffered, NoVoice, OwnVoice, State
from services.prompts.faults import ReworkFault
from services.prompts.prompt import INSTRUMENTAL, PromptError
from services.prompts.rework import Kind
from services.prompts.rework_prompt import Source, parse_rework
from services.requests import Request
from services.storage.seals import Seal
from services.tracks.request_refusals import PriceWentUp
from services.tracks.track import Failure
from services.tracks.track import State as TrackState
from services.tracks.track_prompts import sound_of

# kept -----------------------------------------------------------------------------------------------------


async def test_what_is_sealed_opens_for_its_owner_with_a_known_secret_and_for_nobody_else() -> None:
    other = SECRET.replace("A", "B", 1)
    sealed = Seal([SECRET]).seal("1:7:abc", b"a \0 voice")
    assert Seal([SECRET]).open("1:7:abc", sealed) == b"a \0 voice"
    assert Seal([other, SECRET]).open("1:7:abc", sealed) == b"a \0 voice"
    assert Seal([SECRET]).open("1:8:abc", sealed) is None
    assert Seal([other]).open("1:7:abc", sealed) is None
    assert Seal([]).open("1:7:abc", sealed) is None


async def test_a_recording_is_kept_sealed_and_opens_as_an_mp3_of_its_own_member(
    new_studio: NewStudio,
) -> None:
    async with opened(new_studio) as harness:
        voice = await given(harness)
        assert (voice.state, round(voice.seconds)) == (State.READY, 16)
        recording = await harness.studio.own_voices.recording(voice)
        assert recording is not None
        assert recording[:2] in (b"ID", b"\xff\xf3", b"\xff\xf2")
        (row,) = await rows(harness)
        assert recording[200:260].hex() not in row.sealed.encode().hex()
        moved = OwnVoice(**{**{name: getattr(voice, name) for name in OwnVoice.__slots__}, "member_id": 8})
        assert await harness.studio.own_voices.recording(moved) is None  # a row that somebody changed
        assert not [one for one in (harness.settings.data_dir / "voices").rglob("*") if one.is_file()]


@pytest.mark.parametrize(
    ("made", "flaw"),
    [
        (lambda: tone(14.8), Flaw.TOO_SHORT),
        (lambda: tone(121), Flaw.TOO_LONG),
        (lambda: b"<html>no sound</html>", Flaw.WEB_PAGE),
    ],
    ids=["short", "long", "no sound"],
)
async def test_what_is_no_recording_of_fifteen_seconds_is_not_kept(
    new_studio: NewStudio, made: Callable[[], bytes], flaw: Flaw
) -> None:
    async with opened(new_studio) as harness:
        asked = await harness.studio.own_voices.ask(1, 7, "I am member 7.")
        with pytest.raises(NotASample) as refusal:
            await harness.studio.own_voices.take(asked, pieces(made()))
        assert refusal.value.flaw is flaw
        assert (await harness.studio.own_voices.asked(1, 7)).id == asked.id  # and may be answered still
        with pytest.raises(NoVoice):
            await harness.studio.own_voices.check(1, 7, await source(harness))


async def test_a_recording_that_plays_as_long_as_its_member_is_told_is_kept(new_studio: NewStudio) -> None:
    async with opened(new_studio) as harness:  # else: "15.0 seconds; I need at least 15"
        assert (await given(harness, seconds=14.96)).seconds == pytest.approx(14.96, abs=0.02)


async def test_a_recording_answers_one_sentence_once_and_in_time(
    new_studio: NewStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(new_studio) as harness:
        own = harness.studio.own_voices
        with pytest.raises(NotAsked):
            await own.asked(1, 7)
        first = await own.ask(1, 7, "The first sentence.")
        second = await own.ask(1, 7, "The second sentence.")
        with pytest.raises(NotAsked):  # it was replaced
            await own.take(first, pieces(tone(16)))
        taken = await own.take(second, pieces(tone(16)))
        with pytest.raises(NotAsked):  # it was answered
            await own.take(second, pieces(tone(17)))
        late = await own.ask(1, 7, "The third sentence.")
        assert (await own.recording(taken)) is not None  # the old one stays until there is a new one
        monkeypatch.setattr(voices, "FRESH", timedelta(0))
        with pytest.raises(NotAsked):
            await own.take(late, pieces(tone(17)))
        with pytest.raises(NotAsked):
            await own.asked(1, 7)
        await own.clean()
        assert [row.sentence for row in await rows(harness)] == ["The second sentence."]


async def test_nobody_gives_the_recording_that_another_has_given(new_studio: NewStudio) -> None:
    async with opened(new_studio) as harness:
        await given(harness, 7)
        with pytest.raises(SomebodyElses):
            await given(harness, 8)
        with pytest.raises(NoVoice):
            await harness.studio.own_voices.check(1, 8, await source(harness, member=8))
        await given(harness, 7)  # once more one's own


# heard first ----------------------------------------------------------------------------------------------


async def test_where_the_guild_reviews_a_moderator_hears_it_first(new_studio: NewStudio) -> None:
    async with opened(new_studio) as harness:
        own, kept = harness.studio.own_voices, harness.studio.kept_messages
        await harness.studio.rules.change(1, 99, review_channel_id=77)
        voice = await given(harness)
        track = await source(harness)
        message = await kept.get(f"voice:{voice.id}")
        assert message is not None
        assert (voice.state, message.channel_id) == (State.IN_REVIEW, 77)
        with pytest.raises(NotHeardYet):
            await sing(harness, track)
        with pytest.raises(service.AlreadyHeard):  # another guild's moderators
            await own.allow(2, voice.id, 98)
        await own.allow(1, voice.id, 99)
        with pytest.raises(service.AlreadyHeard):
            await own.refuse(1, voice.id, 98)
        message = await kept.get(f"voice:{voice.id}")
        assert message is not None
        assert message.gone
        assert (await sing(harness, track)).voice_id == voice.id
        again = await given(harness, seconds=17)
        await own.refuse(1, again.id, 99)
        with pytest.raises(NoVoice):
            await own.check(1, 7, track)
        assert not any(row.sealed for row in await rows(harness))


# sung -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("lyrics", "name"), [(INSTRUMENTAL, "instrumental"), (WORDS, "song")])
async def test_a_track_is_sung_with_its_makers_voice(new_studio: NewStudio, lyrics: str, name: str) -> None:
    async with opened(new_studio) as harness:
        voice, track = await given(harness), await source(harness, lyrics)
        sung = await harness.settled((await sing(harness, track)).id)
        assert (sung.state, sung.parent_id, sung.voice_id) == (TrackState.DELIVERED, track.id, voice.id)
        sent = harness.wave.predictions[sung.prediction_id or ""].inputs
        assert set(sent) == {"lyrics", "voice", name, "bitrate", "sample_rate"}
        assert sent["lyrics"] == "Oh my voice\nall night long"
        heard = await harness.wave.media.data("/" + sent["voice"].split("/", 3)[3])
        assert heard == await harness.studio.own_voices.recording(voice)
        spent = [entry.micro for entry in harness.wave.bill if entry.model == "minimax/music-01"]
        assert (sung.price, spent) == (PRICE, [PRICE])
        assert (await harness.money())["member:1:7 day"][1] == PRICE + track.price


async def test_its_price_stands_against_every_limit_and_is_what_was_said_yes_to(
    new_studio: NewStudio,
) -> None:
    async with opened(new_studio, member_daily_limit=0.36) as harness:
        await given(harness)
        track = await source(harness)
        with pytest.raises(PriceWentUp):
            await sing(harness, track, shown=PRICE - 1)
        await harness.settled((await sing(harness, track, shown=PRICE)).id)
        with pytest.raises(LimitReached):
            await sing(harness, track, shown=PRICE)
        assert sum(entry.model == "minimax/music-01" for entry in harness.wave.bill) == 1


async def test_where_the_provider_asks_more_than_was_confirmed_nothing_is_sent(new_studio: NewStudio) -> None:
    async with opened(new_studio) as harness:
        await given(harness)
        track = await source(harness)
        harness.studio.prices._quoted.clear()
        model = harness.wave.catalogue.find("minimax/music-01")
        object.__setattr__(model, "price_per_run", 2 * PRICE)
        sung = await harness.settled((await sing(harness, track, shown=PRICE)).id)
        assert (sung.state, sung.failure) == (TrackState.FAILED, Failure.PRICE_WENT_UP)
        assert not any(entry.model == "minimax/music-01" for entry in harness.wave.bill)
        with pytest.raises(PriceWentUp):  # who asks again is shown what it costs now
            await sing(harness, track, shown=PRICE)
        sung = await harness.settled((await sing(harness, track, shown=2 * PRICE)).id)
        assert (sung.state, sung.price) == (TrackState.DELIVERED, 2 * PRICE)


async def test_nobody_sings_where_host_or_moderators_do_not_allow_it(new_studio: NewStudio) -> None:
    async with opened(new_studio) as harness:
        await given(harness)
        track = await source(harness)
        await harness.studio.rules.change(1, 99, own_voices=False)
        for act in (sing(harness, track), harness.studio.own_voices.ask(1, 7, "Me.")):
            with pytest.raises(NotOffered) as refusal:
                await act
            assert not refusal.value.by_host
    async with opened(new_studio, voice_cloning=False) as harness:
        for act in (sing(harness, track), harness.studio.own_voices.ask(1, 7, "Me.")):
            with pytest.raises(NotOffered) as refusal:
                await act
            assert refusal.value.by_host
        assert not await harness.studio.own_voices.offered(1)


async def test_nobody_sings_with_anothers_voice_or_over_anothers_track(new_studio: NewStudio) -> None:
    async with opened(new_studio) as harness:
        await given(harness, 7)
        theirs, anns = await source(harness, member=8), await source(harness)
        with pytest.raises(NotYourTrack):
            await sing(harness, anns, member=8)  # with nobody's, over hers
        with pytest.raises(NotYourTrack):
            await sing(harness, theirs, member=7)
        with pytest.raises(NoVoice):
            await sing(harness, theirs, member=8)
        sung = await harness.settled((await sing(harness, anns)).id)
        for kind in (Kind.RESTYLE, Kind.LYRICS, Kind.EXTEND):  # her voice again, with his words
            given_by_him = {"tags": "polka", "lyrics": "His words", "after": "4"}
            prompt = parse_rework(kind, sound_of(sung), given_by_him)
            request = Request(1, "Guild 1", 51, 8, "Member 8", prompt, parent_id=sung.id)
            with pytest.raises(SomebodysVoice):
                await harness.studio.requests.compose(request)
        longer = await rework(harness, Kind.EXTEND, sung)
        assert longer.voice_id == sung.voice_id  # it says so, too


async def test_a_voice_of_one_guild_is_not_sung_with_in_another(new_studio: NewStudio) -> None:
    async with opened(new_studio) as harness:
        await harness.studio.rules.change(2, 99, own_voices=True)
        await given(harness, 7, guild=2)
        with pytest.raises(NoVoice):
            await sing(harness, await source(harness))


@pytest.mark.parametrize(
    ("lyrics", "length", "kind"),
    [
        ("", 20.0, ReworkFault.NO_NEW_WORDS),
        ("[inst]", 20.0, ReworkFault.NO_NEW_WORDS),
        ("[verse]\n[chorus]", 20.0, ReworkFault.NO_NEW_WORDS),
        ("a" * 351, 20.0, ReworkFault.TOO_MANY_WORDS_TO_SING),
        ("Oh", 15.4, ReworkFault.TOO_SHORT_TO_SING),
    ],
)
def test_words_that_cannot_be_sung_are_told_before_anything_is_asked(
    lyrics: str, length: float, kind: ReworkFault
) -> None:
    with pytest.raises(PromptError) as refusal:
        parse_rework(Kind.VOICE, Source(length, tags="funk", words=WORDS), {"lyrics": lyrics})
    assert [fault.kind for fault in refusal.value.faults] == [kind]


def test_headings_are_not_sung_and_a_song_has_a_minute_at_the_most() -> None:
    lyrics = "[Verse 1]\nOne line\n[softly] two lines\n\nChorus:\n" + "a" * 300
    prompt = parse_rework(Kind.VOICE, Source(200.0, tags="funk", words=INSTRUMENTAL), {"lyrics": lyrics})
    assert prompt.lyrics == "One line\ntwo lines\n\n" + "a" * 300
    assert prompt.duration == 60
    assert prompt.rework is not None
    assert prompt.rework.below
