"""What is said before variations are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cogs.texts.formatting import money, named, remaining
from cogs.texts.progress import left
from cogs.texts.translation import Text, _, dollars, plural
from services.money.limits import Line, Scope, tightest
from services.tracks.track import Track

NEVER_MIND = Text("Never mind")
NOTHING = Text("Nothing was asked for, nothing was charged.")
_AFTER = {
    Scope.MEMBER_DAY: Text("After {count} of them, you have {left} of your {limit} left for today."),
    Scope.GUILD_DAY: Text("After {count} of them, this server has {left} of its {limit} left for today."),
    Scope.GUILD_MONTH: Text(
        "After {count} of them, this server has {left} of its {limit} left for this month."
    ),
}


def make(count: int, price: int) -> str:
    """A button's label. price: of all of them, in micro-dollars."""
    return _("Make {count} for {price}", count=count, price=money(price))


def question(track: Track, price: int, count: int, lines: Sequence[Line], hours: int) -> str:
    """What so many variations cost, each `price` micro-dollars, what would be left, and what follows."""
    votes = plural(
        hours,
        "Once all are there, the channel votes for an hour; you can end the vote sooner.",
        "Once all are there, the channel votes for {count} hours; you can end the vote sooner.",
    )
    what = _(
        "Variations of {track}: each with a new seed, all else the same, {price} each.",
        track=named(track),
        price=money(price),
    )
    return "\n".join([what, _limits(price, count, lines), votes])


def _limits(price: int, count: int, lines: Sequence[Line]) -> str:
    """What all of them leave of the limit that will be reached first; or for how many that is enough."""
    fits = min((line.left for line in lines), default=0) // price if price else count
    if not fits:
        return " ".join([left(lines), _("That is not enough for any of them.")])
    if fits < count:
        return " ".join([left(lines), _("That is enough for {count} of them.", count=fits)])
    after = [replace(line, reserved=line.reserved + count * price) for line in lines]
    line = tightest(after)
    sentence = _AFTER.get(line.scope, "")
    return sentence.format(count=count, left=remaining(line.left), limit=dollars(line.limit))
