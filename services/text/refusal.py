"""What a member is told instead of what they asked for.

The rule: a refusal carries values and no prose. Its sentence is in cogs/texts; a test finds one without.
"""

from __future__ import annotations

from collections.abc import Callable


class Refusal(Exception):
    """What was asked for is not done, for a reason that whoever asked for it is told."""


class RequestRefusal(Refusal):
    """A track that was asked for is not made; whoever asked is told why, and gets back what they wrote."""


def refuses(check: Callable[..., object], *of: object, **how: object) -> bool:
    """Whether the check, called so, raises a Refusal."""
    try:
        check(*of, **how)
    except Refusal:
        return True
    return False
