"""The hints below a member's first answers, by what they are about, in the order in which they help."""

from __future__ import annotations

from collections.abc import Mapping

from cogs.texts.translation import Text

HINTS: Mapping[str, Text] = {
    "songs": Text("Below each song are buttons to vote for it and to change it; *More* has the rest."),
    "jam": Text("`/jam start` lets you make the next one together with others."),
    "help": Text("`/help` says what else you can do here."),
}
