"""Discord's markup as a terminal shows it: what a member reads, not what the bot sent."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping

PLAIN, BOLD, DIM, ITALIC = "\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[3m"
CYAN, GREEN, YELLOW, MAGENTA = "\x1b[36m", "\x1b[32m", "\x1b[33m", "\x1b[35m"

_FENCE = re.compile(r"```\n?(.*?)\n?```", re.DOTALL)
_INLINE = re.compile(
    r"\\(?P<escaped>[^\w\s])"
    r"|`(?P<code>[^`\n]+)`"
    r"|\*\*(?P<bold>.+?)\*\*"
    r"|\*(?P<italic>[^*\n]+)\*"
    r"|<@!?(?P<user>\d+)>"
    r"|<#(?P<channel>\d+)>"
    r"|<t:(?P<moment>\d+):R>"
    r"|<t:(?P<clock>\d+):t>"
    r"|\[(?P<link>[^\]\n]+)\]\(https?://[^)\s]+\)"
    r"|https://discord\.com/channels/\d+/(?P<linked>\d+)/\d+"
)
_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


class Prose:
    """`names`: users and channels by id. `colour`: whether the terminal takes it."""

    def __init__(self, names: Mapping[str, str], *, colour: bool) -> None:
        self._names = names
        self._colour = colour

    def ink(self, text: str, *inks: str) -> str:
        """The text in these colours, where there are any."""
        return f"{''.join(inks)}{text}{PLAIN}" if self._colour and text else text

    def lines(self, text: str) -> list[str]:
        """A message's content, or an embed's description or field, line by line."""
        shown: list[str] = []
        for number, part in enumerate(_FENCE.split(text)):
            if number % 2:  # inside a fence, nothing is markup
                shown += [f"  {line}" for line in part.split("\n")]
            elif part.strip("\n"):
                shown += [self._line(line) for line in part.strip("\n").split("\n")]
        return shown

    def _line(self, line: str) -> str:
        if line.startswith("-# "):
            return self.ink(self.inline(line[3:]), DIM)
        if line.startswith("## "):
            return self.ink(self.inline(line[3:]), BOLD)
        if line.startswith("> "):
            return f"│ {self.inline(line[2:])}"
        return self.inline(re.sub(r"^- ", "• ", line))

    def inline(self, text: str) -> str:
        """One line, or a part of one."""
        return _INLINE.sub(self._marked, text)

    def _marked(self, found: re.Match[str]) -> str:
        kind, value = found.lastgroup or "", found[found.lastgroup or 0]
        match kind:
            case "escaped":
                return value
            case "code":
                return self.ink(value, CYAN) if self._colour else found[0]
            case "bold":
                return self.ink(self.inline(value), BOLD)
            case "italic":
                return self.ink(self.inline(value), ITALIC)
            case "link":
                return self.ink(self.inline(value), CYAN)
            case "moment":
                return relative(int(value) - time.time())
            case "clock":
                return time.strftime("%H:%M", time.localtime(int(value)))
            case "user":
                return self.ink(f"@{self._names.get(value, 'somebody')}", CYAN)
            case "channel":
                return self.ink(f"#{self._names.get(value, 'somewhere')}", CYAN)
            case _:  # a link to a message, as Discord's own client shows one
                return self.ink(f"#{self._names.get(value, 'somewhere')} › message", CYAN)


def relative(seconds: float) -> str:
    """A moment from now on, as a client shows it: "in 4 seconds"."""
    size, unit = next(((size, unit) for size, unit in _UNITS if abs(seconds) >= size), _UNITS[-1])
    count = round(abs(seconds) / size)
    if not count:
        return "now"
    told = f"{count} {unit}{'' if count == 1 else 's'}"
    return f"in {told}" if seconds > 0 else f"{told} ago"
