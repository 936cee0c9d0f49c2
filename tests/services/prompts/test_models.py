"""The models: what is sent for a track, what it costs, and that a lost submission of each is found again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from studio_harness import NewStudio, StudioHarness

from rehearsal.wavespeed import Fault, WaveSpeedStandIn
from rehearsal.wavespeed.catalogue import Catalogue
from services.delivery import PriceDiffers
from services.money.limits import LimitReached
from services.privacy.erasure import Privacy
from services.prompts import models
from services.prompts.faults import ReworkFault
from services.prompts.models import ACE_STEP, ACE_STEP_15, INPAINT, PROMPT_TO_AUDIO
from services.prompts.prompt import PromptError, parse_lyrics
from services.prompts.rework import Kind, Rework, Shorter, rework_of
from services.prompts.rework_prompt import parse_rework
from services.requests import Request
from services.tracks.sight import everything_in
from services.tracks.track import State
from services.tracks.track_prompts import prompt_of, sound_of

IDEA = "A rainy evening in Lisbon, soft jazz"
REPORTS = Path(__file__).parents[2] / "reports"
DESCRIPTORS = (REPORTS / "lyrics-for-1.5-descriptors.txt").read_text().strip()


@pytest.mark.parametrize("model", models.MODELS.values(), ids=lambda model: model.id)
def test_every_input_is_one_that_the_model_takes(model: models.Model) -> None:
    known = Catalogue().models[model.id].fields
    assert set(model.takes) | set(model.always) == set(known)
    assert model.quoted is None or {name for name, field in known.items() if field.required} <= set(
        model.quoted
    )


async def asked(harness: StudioHarness, wave: WaveSpeedStandIn, **given: Any) -> dict[str, Any]:
    """The body of the one POST for such a track, which is delivered."""
    track = await harness.settled((await harness.compose(**given)).id)
    assert track.state is State.DELIVERED
    (request,) = [one for one in wave.requests if one.path == f"/api/v3/{track.model}"]
    return request.json


async def test_an_idea_is_sent_in_place_of_tags_and_words(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    async with new_studio() as harness:
        sent = await asked(harness, wave, tags="", idea=IDEA, lyrics="[inst]", duration=6, seed=3)
    assert sent == {"prompt": IDEA, "instrumental": True, "duration": 6, "seed": 3}


async def test_the_other_model_takes_what_the_first_does(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    async with new_studio() as harness:
        sent = await asked(harness, wave, tags="ska", lyrics="la la", model="ace-step-1.5", seed=4)
    assert sent == {"tags": "ska", "lyrics": "la la", "duration": 5, "seed": 4}


async def test_each_model_is_sent_what_it_knows_and_what_is_made_from_a_track_too(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    """Markers mean something to 1.5; the models that rework sounds know six of them."""
    async with new_studio() as harness:
        asked_for: dict[str, Any] = {"tags": "ska", "lyrics": DESCRIPTORS, "seed": 4}
        older = await asked(harness, wave, **asked_for)
        assert (older["lyrics"], DESCRIPTORS in older["lyrics"]) == (parse_lyrics(DESCRIPTORS), False)
        newer = await asked(harness, wave, model="ace-step-1.5", **asked_for)
        assert newer["lyrics"] == DESCRIPTORS
        [track] = [
            one for one in await harness.studio.search(everything_in(1), "") if one.model == ACE_STEP_15.id
        ]
        assert prompt_of(track).lyrics == track.lyrics == DESCRIPTORS  # again, variations, an empty remix
        for kind, given in {
            Kind.RESTYLE: {"tags": "polka"},
            Kind.LYRICS: {"lyrics": DESCRIPTORS + "\nla"},
        }.items():
            prompt = parse_rework(kind, sound_of(track), given)
            request = Request(1, "Guild 1", 51, 7, "Member 7", prompt, parent_id=track.id)
            await harness.settled((await harness.studio.requests.compose(request)).id)
            sent = [one.json for one in wave.requests if one.endpoint == "submit"][-1]
            assert sent["original_lyrics"] == parse_lyrics(DESCRIPTORS)
            assert sent["lyrics"] == parse_lyrics(given.get("lyrics", DESCRIPTORS))
        with pytest.raises(PromptError, match=ReworkFault.SAME_WORDS.name):
            parse_rework(Kind.LYRICS, sound_of(track), {"lyrics": DESCRIPTORS})


@pytest.mark.parametrize("lyrics", ["", "[inst]", "[Instrumental]", " \n "])
async def test_a_model_that_makes_up_no_words_is_never_sent_none(
    new_studio: NewStudio, wave: WaveSpeedStandIn, lyrics: str
) -> None:
    async with new_studio() as harness:
        sent = await asked(harness, wave, tags="ska", lyrics=lyrics, model="ace-step-1.5")
    assert sent["lyrics"] == "[inst]"


@pytest.mark.parametrize(
    "given", [{"tags": "", "idea": IDEA}, {"model": "ace-step-1.5"}], ids=["idea", "ace-step-1.5"]
)
async def test_a_submission_whose_answer_is_lost_is_found_and_not_sent_again(
    new_studio: NewStudio, wave: WaveSpeedStandIn, given: dict[str, Any]
) -> None:
    wave.faults.add(Fault("lost_after"))
    async with new_studio(lost_answer_patience=30) as harness:
        track = await harness.settled((await harness.compose(**given)).id)
        assert track.state is State.DELIVERED
        assert wave.submits[track.seed] == 1
        found = await harness.studio.books.reconcile()
        assert found.ledger == found.bill == track.price


async def test_each_model_has_its_price_and_the_limit_names_what_would_fit_of_it(
    new_studio: NewStudio,
) -> None:
    async with new_studio(launch=False, member_daily_limit="0.01") as harness:
        prices = harness.studio.prices
        assert [prices.of(60, one) for one in (ACE_STEP, PROMPT_TO_AUDIO, ACE_STEP_15)] == [
            12000,
            12000,
            18000,
        ]
        for model, fits in ((None, 50), ("ace-step-1.5", 33)):
            with pytest.raises(LimitReached) as refusal:
                await harness.compose(duration=60, model=model)
            assert refusal.value.instead == Shorter(fits)


async def test_the_host_is_told_of_each_setting_that_the_provider_contradicts(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    async with new_studio(launch=False, price_per_second=150, price_per_second_15=100) as harness:
        for _ in range(2):
            await harness.studio.watch.check_price()
        told = {
            (news.quote.model.price, news.quote.setting, news.quote.quoted)
            for news in harness.delivery.host
            if isinstance(news, PriceDiffers)
        }
        assert len(harness.delivery.host) == 2
        assert told == {("price_per_second", 150, 200), ("price_per_second_15", 100, 300)}
        assert harness.studio.prices.of(5, ACE_STEP_15) == 1500
        assert (
            harness.studio.prices.of(5.1, INPAINT) == 1020
        )  # never asked: its family's, and no second given away
    async with new_studio(launch=False, price_per_second=150, price_per_second_15=100) as harness:
        await harness.studio.prices.recall()
        assert harness.studio.prices.of(5, ACE_STEP_15) == 1500


def test_what_a_rework_was_asked_with_survives_being_kept() -> None:
    rework = Rework(Kind.EXTEND, 12.5, before=3, after=20, old_tags="ska", old_lyrics="la")
    assert rework_of(json.loads(json.dumps(rework.kept))) == rework
    assert (rework.seconds, rework.charged, rework.shorter(9)) == (35.5, 23, Shorter(9, Kind.EXTEND))
    assert rework_of(None) is None


async def test_an_idea_goes_with_its_members_words(new_studio: NewStudio) -> None:
    async with new_studio() as harness:
        track = await harness.settled((await harness.compose(tags="", idea=IDEA, member=7)).id)
        assert isinstance(harness.studio.privacy, Privacy)
        await harness.studio.privacy.erase(7)
        assert (await harness.track(track.id)).idea == ""
