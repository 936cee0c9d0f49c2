"""A relay's post fits what Discord takes, whatever was written, and whyever it is not sung."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cogs.relays.post import post
from cogs.texts.translation import LANGUAGES, speaking
from rehearsal.discord.api.components import check_message_components
from rehearsal.discord.api.errors import Form
from services.relays.relay import LONGEST_LINE, LONGEST_THEME, MOST_LINES, STYLES, Line, Phase, Relay, Seat

SNOWFLAKE = 1_575_079_862_572_417_024


@pytest.mark.parametrize("language", sorted(LANGUAGES))
@pytest.mark.parametrize("phase", list(Phase))
def test_the_longest(phase: Phase, language: str) -> None:
    seats = tuple(Seat(SNOWFLAKE + number, "N" * 32) for number in range(12))
    lines = tuple(
        Line(turn, seats[turn % len(seats)].member_id, "*" * LONGEST_LINE) for turn in range(MOST_LINES)
    )
    at = datetime(2026, 11, 30, tzinfo=UTC)
    where = "a" * 20, SNOWFLAKE, SNOWFLAKE, None, SNOWFLAKE, "N" * 32, "*" * LONGEST_THEME
    how = len(seats), MOST_LINES // len(seats), 10, phase, 0, at, None, "!" * 3000, at
    votes = tuple((seat.member_id, tag) for seat, tag in zip(seats, STYLES, strict=False))
    relay, form = Relay(*where, *how, seats, lines, votes), Form()
    with speaking(language):
        check_message_components(form, post(relay, None).to_components(), v2=True)
    form.close()
