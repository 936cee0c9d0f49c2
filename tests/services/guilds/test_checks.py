"""What a guild's rules ask of whoever wants a track: place, roles, jams, words and length."""

from __future__ import annotations

from typing import Any

import pytest

from services.guilds.checks import (
    AsBefore,
    Asker,
    RuleFault,
    approve,
    approve_theme,
    check_jams,
    check_place,
)
from services.guilds.rules import NotForJams, NotInThisChannel, NotWithTheseRoles, Rules, WhoMay
from services.prompts.faults import PromptFault
from services.prompts.prompt import parse_prompt
from services.prompts.rework import Kind
from services.prompts.rework_prompt import Source, parse_rework
from services.text.faults import AnyField, Fault, PromptError
from services.words.blocked_words import Origin, WordFault, WordList

CHANNEL, ELSEWHERE, ROLE, GONE = 51, 52, 61, 62
WORD = "zyzzyva"


def asker(rules: Rules, **changes: Any) -> Asker:
    """A member without roles in CHANNEL; the guild has every channel and role but GONE."""
    given: dict[str, Any] = {
        "places": frozenset({CHANNEL}),
        "has": lambda one: one != GONE,
        "member_id": 7,
    }
    return Asker(1, rules, **given | changes)


class Draft:
    """What somebody wrote, as a cog's draft hands it in."""

    def __init__(self, **given: Any) -> None:
        self.given = given

    @property
    def texts(self) -> dict[str, str]:
        return {name: str(text) for name, text in self.given.items() if name != "duration"}

    def prompt(self) -> Any:
        return parse_prompt(**self.given)

    def seconds(self) -> int | None:
        return self.given.get("duration", 60)


async def fields_refused(
    rules: Rules, written: Any, *automod: WordList, given: tuple[Fault, ...] = ()
) -> Any:
    """The fields of all faults, in order."""
    with pytest.raises(PromptError) as refusal:
        await approve(asker(rules), automod, written, given)
    return [fault.field for fault in refusal.value.faults]


# place and roles ------------------------------------------------------------------------------------------


def test_a_channel_the_rules_name_or_what_it_is_in_is_the_place() -> None:
    rules = Rules(channels=(CHANNEL,))
    check_place(asker(rules))
    check_place(asker(rules, places=frozenset({ELSEWHERE, CHANNEL})))
    with pytest.raises(NotInThisChannel):
        check_place(asker(rules, places=frozenset({ELSEWHERE})))


def test_nobody_is_sent_to_a_channel_or_a_role_that_is_gone() -> None:
    with pytest.raises(NotInThisChannel) as place:
        check_place(asker(Rules(channels=(GONE, ELSEWHERE))))
    assert place.value.channels == (ELSEWHERE,)
    with pytest.raises(NotWithTheseRoles) as roles:
        check_place(asker(Rules(roles=(GONE, ROLE))))
    assert roles.value.roles == (ROLE,)
    with pytest.raises(NotForJams) as jams:
        check_jams(asker(Rules(jams=WhoMay.ROLES, jam_roles=(GONE, ROLE))))
    assert jams.value.roles == (ROLE,)


def test_the_place_is_asked_before_the_roles() -> None:
    rules = Rules(channels=(ELSEWHERE,), roles=(ROLE,))
    with pytest.raises(NotInThisChannel):
        check_place(asker(rules))
    with pytest.raises(NotWithTheseRoles):
        check_place(asker(rules, places=frozenset({ELSEWHERE})))
    check_place(asker(rules, places=frozenset({ELSEWHERE}), roles=frozenset({ROLE})))
    check_place(asker(rules, places=frozenset({ELSEWHERE}), member_id=None))  # roles are somebody's


def test_moderators_may_ask_anywhere_with_any_roles_and_jam() -> None:
    rules = Rules(channels=(ELSEWHERE,), roles=(ROLE,), jams=WhoMay.MODERATORS)
    check_jams(asker(rules, moderator=True))


def test_jams_are_for_whom_the_rules_name_and_only_where_tracks_are_asked_for() -> None:
    check_jams(asker(Rules()))
    with pytest.raises(NotForJams) as refusal:
        check_jams(asker(Rules(jams=WhoMay.MODERATORS)))
    assert refusal.value.roles == ()
    some = Rules(jams=WhoMay.ROLES, jam_roles=(ROLE,))
    check_jams(asker(some, roles=frozenset({ROLE})))
    with pytest.raises(NotForJams):
        check_jams(asker(some))
    with pytest.raises(NotInThisChannel):
        check_jams(asker(Rules(channels=(ELSEWHERE,))))


# words and length -----------------------------------------------------------------------------------------


async def test_all_that_is_wrong_is_told_at_once_whoever_finds_it() -> None:
    rules = Rules(words=(WORD,), longest=30)
    before = (Fault("vocals", AnyField.MORE, {"count": 1}),)
    written = Draft(tags=f"funk, {WORD}", duration=60, seed="no seed")
    assert await fields_refused(rules, written, given=before) == ["vocals", "seed", "duration", "tags"]


async def test_a_length_that_the_rules_allow_is_allowed_to_the_second() -> None:
    rules = Rules(longest=60)
    assert (await approve(asker(rules), (), Draft(tags="funk", duration=60))).prompt.duration == 60
    assert await fields_refused(rules, Draft(tags="funk", duration=61)) == ["duration"]


async def test_moderators_are_bound_by_words_and_length_too() -> None:
    rules = Rules(words=(WORD,), longest=30)
    with pytest.raises(PromptError) as refusal:
        await approve(asker(rules, moderator=True), (), Draft(tags=WORD, duration=31))
    assert [fault.field for fault in refusal.value.faults] == ["duration", "tags"]


async def test_automods_lists_count_like_the_guilds_own() -> None:
    automod = WordList(Origin.AUTOMOD, (WORD,))
    assert await fields_refused(Rules(), Draft(tags="funk", title=WORD), automod) == ["title"]


async def test_the_ready_made_list_counts_where_it_is_switched_on() -> None:
    written = Draft(tags="funk", title="Kill yourself")
    await approve(asker(Rules()), (), written)
    assert await fields_refused(Rules(default_words=True), written) == ["title"]


async def test_a_title_that_was_chosen_from_a_forbidden_line_is_not_told_beside_it() -> None:
    rules = Rules(words=(WORD,))
    assert await fields_refused(rules, Draft(tags="funk", lyrics=f"[verse]\nA {WORD} sings")) == ["lyrics"]
    chosen = Draft(tags="funk", lyrics=f"[verse]\nA {WORD} sings", title=f"The {WORD}")
    assert sorted(await fields_refused(rules, chosen)) == ["lyrics", "title"]


async def test_what_is_asked_for_once_more_is_looked_at_anew() -> None:
    again = AsBefore(parse_prompt(tags=f"funk, {WORD}", title="Once more"))
    assert (await approve(asker(Rules()), (), again)).prompt is again.again
    assert await fields_refused(Rules(words=(WORD,)), again) == ["tags"]


async def test_of_a_reworks_source_only_what_its_member_cannot_change_is_said_to_be_taken_over() -> None:
    source = Source(30.0, "Source", "funk", "funk", f"[verse]\nA {WORD} sings")
    rework = AsBefore(parse_rework(Kind.REPAINT, source, {"from": "1", "to": "4", "tags": f"{WORD}, polka"}))
    with pytest.raises(PromptError) as refusal:
        await approve(asker(Rules(words=(WORD,))), (), rework)
    assert {fault.field: fault.taken_over for fault in refusal.value.faults} == {
        "tags": False,
        "old_lyrics": True,
    }


async def test_of_a_theme_and_its_tags_all_that_is_wrong_is_told_at_once() -> None:
    ben = asker(Rules(longest=60, words=(WORD,), default_words=False))
    assert await approve_theme(ben, [], "Rain", "ska, ska, dub", longest=10) == ("Rain", ["ska", "dub"])
    assert await approve_theme(ben, [], "Rain", longest=10) == ("Rain", [])
    with pytest.raises(PromptError) as refused:
        await approve_theme(ben, [], f"A long {WORD}", "dub, a\u200bb", longest=10, seconds=61)
    found = [(fault.field, fault.kind) for fault in refused.value.faults]
    assert found == [
        ("theme", PromptFault.TITLE_TOO_LONG),
        ("tags", PromptFault.TAG_WITH_HIDDEN),
        ("duration", RuleFault.LONGER_THAN_ALLOWED),
        ("theme", WordFault.WORD),
    ]
