"""What a track's message says, by what it is about."""

from __future__ import annotations

import re
from typing import Any

MODEL = "ace-step-1.5"
FOOTER = re.compile(r"#(?P<number>\d+) · seed (?P<Seed>\d+) · (?P<Price>\$[\d.]+)")
RELATIONS = ("Remix of", "Another take of", "Made from")


def facts_of(message: dict[str, Any]) -> dict[str, str]:
    """By, Idea, Tags, Length, Voice, Model, Seed, Price, and what it came from; only what is said."""
    embed = message["embeds"][0]
    footer = FOOTER.match(embed["footer"]["text"])
    assert footer, embed
    found = footer.groupdict()
    for line in embed["description"].partition("\n\n")[0].split("\n"):
        relation = next((one for one in RELATIONS if line.startswith(f"{one} ")), None)
        if line.startswith("by "):
            found["By"] = line.removeprefix("by ")
        elif relation:
            found[relation] = line.removeprefix(f"{relation} ")
        elif line.startswith("“"):
            found["Idea"] = line.strip("“”")
        else:
            *facts, last = line.split(" · ")
            if last == MODEL:
                found["Model"] = last
                *facts, last = facts
            found["Voice"] = last
            *tags, found["Length"] = facts
            if tags:
                found["Tags"] = " · ".join(tags)
    return found
