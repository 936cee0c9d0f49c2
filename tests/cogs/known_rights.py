"""Who may use what, as the built bot says it; for tests that try all of it."""

from __future__ import annotations

import asyncio
import re

from cogs.core.rights import Right
from tools.rights import all_rights

NOBODYS = "0" * 20  # the id of nothing
RIGHTS = asyncio.run(all_rights())

_PLACE = re.compile(r"\{(\w+)\}")


def sample_of(right: Right, **ids: str) -> str:
    """The right's sample with these ids in their places; what is not named is nobody's."""
    return _PLACE.sub(lambda place: ids.get(place[1], NOBODYS), right.sample or "")
