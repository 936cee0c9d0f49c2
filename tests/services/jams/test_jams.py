"""A jam as a value: who may change what, what the majority decides, when it is due; no line is lost."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.jams import contributions, jams, privacy, storage
from services.jams import rounds as jams_rounds
from services.jams.contradictions import contradict
from services.jams.jams import Jam, JamRefusal, Phase, Tag
from services.text.faults import PromptError

ADA, BEN, CLEO, DORA = 1, 2, 3, 4


def jam(*members: int, **values: Any) -> Jam:
    made = Jam("Harbour Lights", ADA, tags=(Tag("folk", ADA),), **values)
    for member_id in members or (ADA, BEN, CLEO):
        made = jams.join(made, member_id, f"Member {member_id}")
    return made


def tags(jam: Jam) -> list[str]:
    return [tag.text for tag in jam.tags]


def test_joining_twice_is_joining_once_and_who_left_comes_back_last() -> None:
    made = jam(ADA, BEN)
    assert jams.join(made, BEN, "Again") == made
    back = jams.join(contributions.leave(made, ADA), ADA, "Ada")
    assert [person.id for person in back.here] == [BEN, ADA]


def test_who_started_leads_and_then_whoever_was_in_longest() -> None:
    made = jam(BEN, ADA, CLEO)
    assert made.lead_id == ADA
    assert contributions.leave(made, ADA).lead_id == BEN
    alone = contributions.leave(contributions.leave(made, ADA), BEN)
    assert alone.lead_id == CLEO
    assert contributions.leave(alone, CLEO).lead_id is None


def test_nobody_changes_what_they_are_not_in() -> None:
    for change in (
        partial(contributions.add_tags, typed="ska"),
        partial(contributions.strike_tag, text="folk"),
        partial(contributions.write_new, heading="[verse]", text="Words"),
        partial(jams.settle, duration=30, seed=None),
        jams.lock,
        jams.unlock,
    ):
        with pytest.raises(jams.NotIn):
            change(jam(ADA), DORA)


def test_what_one_added_one_strikes_and_what_another_added_the_majority_strikes() -> None:
    made = contributions.add_tags(jam(), BEN, "brass, upbeat")
    assert tags(contributions.strike_tag(made, BEN, "brass")) == ["folk", "upbeat"]
    asked = contributions.strike_tag(made, CLEO, "brass")
    assert tags(asked) == tags(made)
    (proposal,) = asked.proposals
    assert (proposal.strikes, contributions.counted(asked, proposal), asked.majority) == (
        ("brass",),
        (1, 0),
        2,
    )
    passed = contributions.vote(asked, ADA, proposal.id, agrees=True)
    assert (tags(passed), passed.proposals) == (["folk", "upbeat"], ())
    against = contributions.vote(asked, BEN, proposal.id, agrees=False)
    fallen = contributions.vote(against, ADA, proposal.id, agrees=False)
    assert (tags(fallen), fallen.proposals) == (tags(made), ())
    changed_mind = contributions.vote(against, BEN, proposal.id, agrees=True)
    assert tags(changed_mind) == ["folk", "upbeat"]


def test_asking_for_the_same_again_is_a_vote_for_it() -> None:
    made = contributions.add_tags(jam(), BEN, "brass")
    asked = contributions.strike_tag(contributions.strike_tag(made, CLEO, "brass"), CLEO, "Brass")
    assert len(asked.proposals) == 1
    assert tags(contributions.strike_tag(asked, ADA, "brass")) == ["folk"]


def test_a_tag_that_contradicts_anothers_is_proposed_in_its_place() -> None:
    made = contributions.add_tags(jam(), BEN, "slow, 90 bpm")
    asked = contributions.add_tags(made, CLEO, "fast, strings")
    assert tags(asked) == ["folk", "slow", "90 bpm", "strings"]
    (proposal,) = asked.proposals
    assert (proposal.adds, proposal.strikes) == ("fast", ("slow",))
    passed = contributions.vote(asked, ADA, proposal.id, agrees=True)
    assert tags(passed) == ["folk", "90 bpm", "strings", "fast"]
    assert passed.tags[-1].by == CLEO
    assert tags(contributions.add_tags(made, BEN, "fast")) == ["folk", "90 bpm", "fast"], (
        "one's own is replaced"
    )


def test_nobody_who_left_holds_a_tag_or_a_vote() -> None:
    made = contributions.strike_tag(
        contributions.add_tags(jam(ADA, BEN, CLEO, DORA), BEN, "brass"), CLEO, "brass"
    )
    assert len(made.proposals) == 1
    three = contributions.leave(made, DORA)
    assert len(three.proposals) == 1
    assert tags(contributions.leave(made, BEN)) == ["folk", "brass"]
    assert tags(contributions.strike_tag(contributions.leave(jam(), ADA), BEN, "folk")) == []
    two = contributions.leave(contributions.vote(three, CLEO, 1, agrees=True), BEN)
    assert two.proposals, "one of two is no majority"
    assert tags(contributions.leave(two, ADA)) == ["folk"], "of one it is"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("slow", "fast"),
        ("120 bpm", "funk, 90bpm"),
        ("instrumental", "female vocals"),
        ("Acoustic", "electro"),
    ],
)
def test_tags_that_cannot_both_be_heard(one: str, other: str) -> None:
    assert contradict(one, other)
    assert contradict(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [("male vocals", "female vocals"), ("funk", "brass"), ("120 bpm", "in A minor"), ("slow", "sad")],
)
def test_tags_that_can(one: str, other: str) -> None:
    assert not contradict(one, other)
    assert not contradict(one, one)


def test_enough_locks_make_it_due_and_any_change_opens_them_all() -> None:
    made = jam(ADA, BEN, CLEO, DORA, share=50)
    one = jams.lock(made, BEN)
    assert (one.locked, one.needed, one.due) == (1, 2, False)
    assert jams.lock(one, BEN) == one, "counted once"
    two = jams.lock(one, CLEO)
    assert two.due
    for changed in (
        contributions.add_tags(two, DORA, "brass"),
        contributions.strike_tag(two, ADA, "folk"),
        contributions.write_new(two, ADA, "[verse]", "Words"),
        jams.settle(two, ADA, duration=30, seed=None),
    ):
        assert (changed.locked, changed.due) == (0, False)
    assert jams.settle(two, ADA, duration=60, seed=None) == two, "that is no change"
    assert not jams.unlock(two, CLEO).due


def test_leaving_can_make_it_due_but_not_where_nobody_is_left() -> None:
    made = jams.lock(jam(ADA, BEN), ADA)
    assert contributions.leave(made, BEN).due
    assert not contributions.leave(contributions.leave(made, BEN), ADA).due


def test_the_lead_says_so_and_nobody_else() -> None:
    with pytest.raises(jams.NotTheLead):
        jams.make_now(jam(), BEN, moderator=False)
    assert jams.make_now(jam(), ADA, moderator=False).due
    assert jams.make_now(jam(), DORA, moderator=True).due
    nobody = contributions.leave(jam(ADA), ADA)
    with pytest.raises(jams.NotTheLead):
        jams.make_now(nobody, DORA, moderator=True)
    leaving = contributions.leave(jams.make_now(jam(), ADA, moderator=False), BEN)
    assert leaving.due, "the lead said so"
    with pytest.raises(jams.NoTags):
        jams.make_now(contributions.strike_tag(jam(), ADA, "folk"), ADA, moderator=False)


def test_two_who_write_the_same_section_both_keep_their_words() -> None:
    made = contributions.write_new(jam(), ADA, "[verse]", "The tide comes in\nThe lamps are lit")
    (section,) = made.sections
    ben = contributions.rewrite(made, BEN, section.id, 1, "The tide comes in\nThe lamps are low")
    with pytest.raises(contributions.SectionChanged) as overtaken:
        contributions.rewrite(ben, CLEO, section.id, 1, "The tide goes out")
    assert overtaken.value.section.text == "The tide comes in\nThe lamps are low"
    (now,) = ben.sections
    assert [line.by for line in now.lines] == [ADA, BEN]
    again = contributions.rewrite(
        ben, CLEO, section.id, overtaken.value.section.revision, "The tide goes out"
    )
    assert [line.by for line in again.sections[0].lines] == [CLEO]
    below = contributions.add_below(ben, CLEO, section.id, "The tide goes out")
    assert [line.by for line in below.sections[0].lines] == [ADA, BEN, CLEO]
    back = contributions.bring_back(again, ADA, section.id)
    assert back.sections[0].text == now.text
    first = contributions.bring_back(back, ADA, section.id)
    assert first.sections[0].text == section.text


def test_a_section_with_anothers_lines_goes_by_majority() -> None:
    made = contributions.write_new(jam(), ADA, "[verse]", "Mine")
    mixed = contributions.write_new(made, BEN, "[chorus]", "His")
    assert [one.heading for one in contributions.remove(mixed, ADA, made.sections[0].id).sections] == [
        "[chorus]"
    ]
    asked = contributions.remove(mixed, CLEO, made.sections[0].id)
    assert len(asked.sections) == 2
    passed = contributions.vote(asked, BEN, asked.proposals[0].id, agrees=True)
    assert passed.lyrics == "[chorus]\nHis"


def test_sections_have_their_places_and_move() -> None:
    made = jam()
    for heading in ("[outro]", "[verse]", "[intro]", "[chorus]"):
        made = contributions.write_new(made, ADA, heading, heading.strip("[]"))
    order = ["[intro]", "[verse]", "[chorus]", "[outro]"]
    assert [section.heading for section in made.sections] == order
    verse = made.sections[1].id
    down = contributions.move(made, BEN, verse, 1)
    assert [section.heading for section in down.sections] == ["[intro]", "[chorus]", "[verse]", "[outro]"]
    assert contributions.move(made, BEN, made.sections[0].id, -1) == made


def test_lyrics_are_what_a_prompt_takes() -> None:
    nobody = contributions.write_new(jam(), ADA, "[inst]", "")
    assert (jam().lyrics, nobody.lyrics) == ("", "[inst]")
    assert contributions.write_new(nobody, ADA, "[verse]", "La").lyrics == "[inst]\n\n[verse]\nLa"
    for text in ("   ", "x" * 2001, "hid\u0000den"):
        with pytest.raises(PromptError):
            contributions.write_new(jam(), ADA, "[verse]", text)


def test_a_round_from_prompt_to_the_next() -> None:
    made = contributions.write_new(jam(ADA, BEN, CLEO), CLEO, "[verse]", "Still hers")
    made = contributions.leave(made, CLEO)
    assert [person.id for person in made.makers] == [ADA, BEN, CLEO], "whose lines are sung is credited"
    making = jams_rounds.began(jams.make_now(made, ADA, moderator=False), "t1")
    assert (making.phase, making.due, making.number) == (Phase.MAKING, False, 1)
    with pytest.raises(jams.NotNow):
        contributions.add_tags(making, ADA, "ska")
    failed = jams_rounds.came_to_nothing(making)
    assert (failed.phase, failed.failed, failed.rounds, failed.number) == (Phase.SHAPING, "t1", (), 1)
    assert failed.lyrics == made.lyrics
    assert jams_rounds.began(failed, "t2").failed == "t1", "who asked again may not have read of it"
    heard = jams_rounds.finished(making)
    again = jams_rounds.next_round(heard, heard.rounds[0], tags=True, words=False, seed=7)
    assert (tags(again), again.lyrics, again.seed, again.parent_id) == (["folk"], "", 7, "t1")
    assert (again.number, again.title) == (2, "Harbour Lights, round 2")
    none = jams_rounds.next_round(heard, heard.rounds[0], tags=False, words=False, seed=None)
    assert none.parent_id is None
    go_on = partial(jams_rounds.go_on, of=heard.rounds[0], tags=True, words=False, seed=7)
    assert go_on(heard, ADA, moderator=False) == go_on(heard, CLEO, moderator=True) == again
    with pytest.raises(jams.NotTheLead):
        go_on(heard, BEN, moderator=False)
    with pytest.raises(jams.NotNow):
        go_on(again, ADA, moderator=False)


def test_an_end_waits_for_the_track_in_the_making() -> None:
    making = jams_rounds.began(jam(), "t1")
    ending = jams_rounds.end(making)
    assert (ending.phase, ending.ending) == (Phase.MAKING, True)
    assert jams_rounds.finished(ending).phase is Phase.ENDED
    assert jams_rounds.came_to_nothing(ending).phase is Phase.ENDED
    assert jams_rounds.end(jam()).phase is Phase.ENDED


MEMBERS = st.sampled_from([ADA, BEN, CLEO, DORA])
WORDS = st.sampled_from(["slow", "fast", "ballad", "brass", "folk", "instrumental", "choir"])
LINES = st.lists(st.sampled_from(["La", "Lo", "Li", "[chorus]", ""]), min_size=1, max_size=4).map("\n".join)
IDS = st.integers(1, 8)
ACTS = st.one_of(
    st.builds(lambda m: lambda j: jams.join(j, m, str(m)), MEMBERS),
    st.builds(lambda m: lambda j: contributions.leave(j, m), MEMBERS),
    st.builds(lambda m: lambda j: jams.lock(j, m), MEMBERS),
    st.builds(lambda m, t: lambda j: contributions.add_tags(j, m, t), MEMBERS, WORDS),
    st.builds(lambda m, t: lambda j: contributions.strike_tag(j, m, t), MEMBERS, WORDS),
    st.builds(lambda m, i, a: lambda j: contributions.vote(j, m, i, agrees=a), MEMBERS, IDS, st.booleans()),
    st.builds(lambda m, t: lambda j: contributions.write_new(j, m, "[verse]", t), MEMBERS, LINES),
    st.builds(lambda m, i, r, t: lambda j: contributions.rewrite(j, m, i, r, t), MEMBERS, IDS, IDS, LINES),
    st.builds(lambda m, i: lambda j: contributions.remove(j, m, i), MEMBERS, IDS),
    st.builds(lambda m, i, n: lambda j: contributions.move(j, m, i, n), MEMBERS, IDS, st.integers(-2, 2)),
    st.builds(lambda m, i: lambda j: contributions.bring_back(j, m, i), MEMBERS, IDS),
    st.just(lambda j: jams_rounds.began(j, f"t{len(j.rounds)}") if j.due else j),
    st.just(lambda j: jams_rounds.finished(j) if j.phase is Phase.MAKING else j),
    st.just(lambda j: jams_rounds.came_to_nothing(j) if j.phase is Phase.MAKING else j),
)


@given(st.lists(ACTS, max_size=40))
def test_whatever_is_pressed_in_whatever_order(acts: list[Any]) -> None:
    made = jam(ADA, BEN)
    for act in acts:
        before = made
        try:
            made = act(made)
        except (JamRefusal, PromptError):
            assert made == before
            continue
        ids = [person.id for person in made.participants]
        assert len(ids) == len(set(ids))
        can_be_made = made.phase is Phase.SHAPING and bool(made.here) and bool(made.tags)
        assert can_be_made or not made.due
        assert made.due or not (can_be_made and made.locked >= made.needed)
        assert len(made.proposals) <= contributions.MOST_PROPOSALS
        for proposal in made.proposals:
            yes, no = contributions.counted(made, proposal)
            assert yes < made.majority <= len(made.here) - no
        assert not any(contradict(a.text, b.text) for a in made.tags for b in made.tags)
        assert storage.read(json.loads(json.dumps(storage.plain(made)))) == made


def test_of_who_is_erased_no_vote_is_kept() -> None:
    dora = 4_040_404
    made = contributions.strike_tag(jam(ADA, BEN, CLEO, dora, 5), CLEO, "folk")
    made = contributions.vote(made, dora, made.proposals[0].id, agrees=True)
    made = privacy.without(made, dora, -1)
    assert made.proposals
    assert str(dora) not in json.dumps(storage.plain(made))
