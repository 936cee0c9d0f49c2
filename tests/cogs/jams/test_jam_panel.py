"""A panel fits what Discord takes, whatever is in the jam."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import discord
from hypothesis import example, given
from hypothesis import strategies as st

from cogs.jams.panel_message import panel
from cogs.texts.jams.panel import Shown
from cogs.texts.translation import LANGUAGES, speaking
from rehearsal.discord.api.components import check_message_components, walk
from rehearsal.discord.api.errors import Form
from services.jams import contributions, jams
from services.jams.contributions import HEADINGS, LONGEST_SECTION, MOST_PROPOSALS, MOST_SECTIONS
from services.jams.jams import Jam, Phase, Round, Tag
from services.jams.storage import Session
from services.pipeline.turns.outlook import Outlook
from services.storage.database import now
from services.tracks.track import State, Track
from services.tracks.tracks import new_id

SNOWFLAKE = 1_575_079_862_572_417_024


def a_track(state: State, **values: Any) -> Track:
    given: dict[str, Any] = {
        name: None for name in Track.__slots__ if name not in ("credited",)
    } | {
        "id": new_id(), "guild_id": SNOWFLAKE, "number": 10_000, "channel_id": SNOWFLAKE,
        "member_id": SNOWFLAKE, "title": "*" * 80, "price": 48_000, "state": state,
        "message_channel_id": SNOWFLAKE,
        "message_id": SNOWFLAKE, "withheld_by": 1, "withheld_because": "_" * 400,
    }  # fmt: skip
    return Track(**given | values)


def a_jam(
    people: int, tags: int, sections: int, length: int, rounds: int, proposals: int, writers: int = 1
) -> Jam:
    made = Jam("*" * 60, SNOWFLAKE, share=100, seed=2**31 - 1)
    for number in range(people):
        made = jams.join(made, SNOWFLAKE + number, "N" * 32)
    made = replace(made, tags=tuple(Tag(f"{number:02}{'_' * 12}", SNOWFLAKE) for number in range(tags)))
    for number in range(sections):
        text = "*_~`>"[number % 5] * length
        made = contributions.write_new(made, SNOWFLAKE, HEADINGS[number % len(HEADINGS)], text)
        for writer in range(1, min(writers, people)):
            section = made.sections[-1].id
            made = contributions.add_below(made, SNOWFLAKE + writer, section, "Hey, hey")
    for number in range(min(proposals, tags)):
        if people > 2:
            made = contributions.strike_tag(made, SNOWFLAKE + 1, made.tags[number].text)
    earlier = tuple(Round(f"t{number}", made.tags, made.sections) for number in range(rounds))
    return replace(made, rounds=earlier, refused="!" * 3000)


def check(shown: Shown) -> list[dict[str, Any]]:
    components = panel(shown).to_components()
    form = Form()
    check_message_components(form, components, v2=True)
    form.close()
    return components


@given(
    jam=st.builds(
        a_jam,
        people=st.integers(1, 100),
        tags=st.integers(0, 20),
        sections=st.integers(0, MOST_SECTIONS),
        length=st.sampled_from([1, 100, LONGEST_SECTION // 4, 600]),
        rounds=st.integers(0, 30),
        proposals=st.integers(0, MOST_PROPOSALS),
        writers=st.integers(1, 2),
    ),
    language=st.sampled_from(sorted(LANGUAGES)),
    phase=st.sampled_from(list(Phase)),
    state=st.sampled_from([State.WAITING, State.RENDERING, State.DELIVERED, State.IN_REVIEW]),
    failed=st.sampled_from([None, State.FAILED, State.WITHHELD, State.CANCELLED]),
)
@example(
    jam=a_jam(100, 20, MOST_SECTIONS, 100, 30, MOST_PROPOSALS, writers=2),
    phase=Phase.SHAPING,
    state=State.WAITING,
    failed=None,
    language="es",
)
def test_whatever_is_in_it(jam: Jam, phase: Phase, state: State, failed: State | None, language: str) -> None:
    tracks = {one.track_id: a_track(State.DELIVERED) for one in jam.rounds} | {"now": a_track(state)}
    if failed is not None:
        tracks["failed"] = a_track(failed)
        jam = replace(jam, failed="failed", refused="")
    jam = replace(jam, phase=phase, track_id="now" if phase is not Phase.SHAPING else None)
    session = Session(new_id(), 1, 2, jam, 1, now(), now(), 3, None, None, None, None, told=False)
    with speaking(language):
        check(Shown(session, tracks, {}, 48_000, Outlook(3, 4.0, 5.0)))


def test_short_words_are_shown_in_full_and_long_ones_say_where_the_rest_is() -> None:
    short = a_jam(3, 5, 4, 40, 0, 0)
    session = Session(new_id(), 1, 2, short, 1, now(), now(), 3, None, None, None, None, told=False)
    texts = [node["content"] for node in walk(check(Shown(session, {}, {}, 1))) if node["type"] == 10]
    assert any(discord.utils.escape_markdown("_" * 40) in text for text in texts)
    assert not any("shows the rest" in text for text in texts)
    long = replace(session, jam=a_jam(3, 5, 12, 600, 0, 0))
    texts = [node["content"] for node in walk(check(Shown(long, {}, {}, 1))) if node["type"] == 10]
    assert any("*Read all* shows the rest" in text for text in texts)
    assert all(f"{number}. " in "\n".join(texts) for number in range(1, 13))
