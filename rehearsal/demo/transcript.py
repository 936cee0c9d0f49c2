"""The transcript: what the members type and see, in the order in which they do.

The rule: nothing is shown that a member does not see. Messages are told from the members' own events.
"""

from __future__ import annotations

import re
import textwrap
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rehearsal.demo.prose import BOLD, CYAN, DIM, GREEN, MAGENTA, YELLOW, Prose
from rehearsal.discord.members.member import Json, Member
from rehearsal.discord.members.reading import walk

LOADING = 1 << 7  # a message's flag: "… is thinking" (Discord: Message Flags)
WIDTH = 100
_FOR_EVER = 3600.0  # seconds; the evening is shorter
_ESCAPES = re.compile(r"\x1b\[\d+m")
LAYOUT = 1 << 15  # another: it is made of components
SELECT = 3


class Transcript:
    """Prints as it happens. The first member told of hears the channel; of the others, what only they see."""

    def __init__(self, *, colour: bool) -> None:
        self._names: dict[str, str] = {}
        self._prose = Prose(self._names, colour=colour)
        self._members: list[Member] = []
        self._told: dict[str, int] = {}
        self._shown: dict[str, list[str]] = {}
        self._began = time.monotonic()

    def hear(self, member: Member) -> None:
        """From now on, what this member sees is told."""
        self._members.append(member)
        self._told[member.id] = 0
        self._names.update((user["id"], user["name"]) for user in member.guild["members"])
        self._names.update((channel["id"], channel["name"]) for channel in member.guild["channels"])

    # ---- the stage manager's own words -------------------------------------------------------------------

    def say(self, text: str = "") -> None:
        print(text, flush=True)

    def act(self, title: str) -> None:
        """A heading."""
        self.catch_up()
        rule = "─" * max(0, WIDTH - len(title) - 4)
        self.say(f"\n{self._ink('──', DIM)} {self._ink(title, BOLD)} {self._ink(rule, DIM)}")

    def read(self, text: str) -> str:
        """A message's words in one line, as a member reads them."""
        return " ".join(self._prose.lines(text))

    # ---- what members do -----------------------------------------------------------------------------------

    def types(self, member: Member, command: str, options: Mapping[str, Any]) -> None:
        given = (f"{self._ink(f'{name}:', DIM)} {value}" for name, value in options.items())
        self._does(member, f"types {self._ink(f'/{command}', BOLD, CYAN)}", *given)

    def presses(self, member: Member, label: str) -> None:
        self._does(member, f"presses {self._button(label)}")

    def chooses(self, member: Member, option: str, menu: str) -> None:
        self._does(member, f"opens the menu “{menu}” and chooses {self._ink(option, BOLD)}")

    def gets_form(self, member: Member, modal: Json) -> None:
        """The form as it opens, with what it holds already."""
        self.catch_up()
        lines = [self._ink(modal["title"], BOLD)]
        for part in modal["components"]:
            hint = self._ink(part.get("description") or "", DIM)
            lines.append(f"{part['label']:<10}{hint}")
            choices = part["component"].get("options", [])
            held = part["component"].get("value") or "\n".join(one["label"] for one in choices)
            lines += [f"  {self._ink(line, CYAN)}" for line in held.split("\n") if held]
        self._box(f"{member.name} gets a form", MAGENTA, lines)

    def fills_in(self, member: Member, fields: Mapping[str, str | Sequence[str]]) -> None:
        self._does(member, "fills it in and submits it:")
        for name, value in fields.items():
            label = self._ink(f"{name.capitalize()}:", DIM)
            lines = value.split("\n") if isinstance(value, str) else [", ".join(value)]
            self.say(f"      {label} {lines[0]}" if len(lines) == 1 else f"      {label}")
            for line in lines if len(lines) > 1 else []:
                self.say(f"        {line}")

    def _does(self, member: Member, what: str, *given: str) -> None:
        """`given` are kept whole, with room between them."""
        self.catch_up()
        parts = [f"{self._ink(member.name, BOLD, YELLOW)} {what}", *given]
        first, *rest = _packed(parts, WIDTH - 8)
        self.say(f"\n{self._ink(self._clock(), DIM)}  {first}")
        for line in rest:
            self.say(f"        {line}")

    # ---- what members see ----------------------------------------------------------------------------------

    def catch_up(self) -> None:
        """Tells every event that came and was not told yet."""
        for member in self._members:
            while self._told[member.id] < len(member.events):
                event = member.events[self._told[member.id]]
                self._told[member.id] += 1
                self._tell(member, event["t"], event["d"])

    async def follow(self, member: Member) -> None:
        """Tells the member's events as they come, until it is cancelled."""

        def news() -> bool:
            self.catch_up()
            return False

        await member.until(news, _FOR_EVER, str)

    def _tell(self, member: Member, name: str, data: Json) -> None:
        if not name.startswith("MESSAGE_") or (name != "MESSAGE_DELETE" and data["flags"] & LOADING):
            return
        private = data.get("ephemeral", False)
        if not private and member is not self._members[0]:
            return
        if name == "MESSAGE_DELETE":
            if data["id"] in self._shown:
                self._box("A message is gone", DIM, [])
            return
        lines = list(self._message(data))
        before = self._shown.get(data["id"])
        if lines == before:
            return
        self._shown[data["id"]] = lines
        if before and data["flags"] & LAYOUT:  # a long one, which changes often
            lines = [line for line in lines if line not in before]
            if not lines:
                return
        who = (
            f"Only {member.name} sees" if private else f"Everybody in #{self._names[data['channel_id']]} sees"
        )
        if before:
            who += " it change"
        self._box(who, DIM if private else GREEN, lines)

    def _message(self, data: Json) -> Iterable[str]:
        yield from self._prose.lines(data["content"])
        for embed in data["embeds"]:
            bar = self._ink("▌", YELLOW)
            for line in self._embed(embed):
                for part in self._wrapped(line, WIDTH - 14):
                    yield f"{bar} {part}".rstrip()
        for file in data["attachments"]:
            kind = "♪" if file["content_type"].startswith("audio/") else "▤"
            size = f"{file['size'] / 1024:,.0f} KiB"
            yield f"{kind} {self._ink(file['filename'], BOLD)} {self._ink(f'({size})', DIM)}"
        for node in walk(data["components"]):
            match node["type"]:
                case 1:
                    yield "  ".join(self._control(one) for one in node["components"])
                case 10:
                    yield from self._prose.lines(node["content"])
                case 12:
                    for item in node["items"]:
                        yield self._ink(f"[picture: {item['media']['url'].rpartition('/')[2]}]", DIM)
                case _:
                    pass

    def _embed(self, embed: Json) -> Iterable[str]:
        if embed.get("title"):
            yield self._ink(self._prose.inline(embed["title"]), BOLD)
        yield from self._prose.lines(embed.get("description") or "")
        row: list[str] = []
        for field in embed.get("fields", []):
            name, lines = self._ink(field["name"], DIM), self._prose.lines(field["value"])
            if field.get("inline") and len(lines) == 1:
                row.append(f"{name} {lines[0].strip()}")
                continue
            yield from _packed(row, WIDTH - 14)
            row = []
            if len(lines) == 1:
                yield f"{name} {lines[0].strip()}"
            else:
                yield from [name, *(f"  {line}" for line in lines)]
        yield from _packed(row, WIDTH - 14)
        if embed.get("image"):
            yield self._ink(f"[picture: {embed['image']['url'].rpartition('/')[2]}]", DIM)
        if embed.get("footer"):
            yield self._ink(embed["footer"]["text"], DIM)

    def _control(self, node: Json) -> str:
        if node["type"] == SELECT:
            options = ", ".join(option["label"] for option in node["options"])
            return f"{self._button(node.get('placeholder') or 'Choose')} {self._ink(f'({options})', DIM)}"
        label = node.get("label") or node.get("placeholder")  # the latter of a select of members or channels
        return self._button(label or (node.get("emoji") or {}).get("name", ""))

    # ---- ink and paper -------------------------------------------------------------------------------------

    def _box(self, who: str, ink: str, lines: list[str]) -> None:
        edge = self._ink("│", ink)
        self.say(f"{self._ink(self._clock(), DIM)}  {self._ink(f'{who}:' if lines else f'{who}.', ink)}")
        for line in lines:
            for part in self._wrapped(line, WIDTH - 10):
                self.say(f"      {edge} {part}".rstrip())

    def _wrapped(self, line: str, width: int) -> list[str]:
        """Colours take no room."""
        if len(_ESCAPES.sub("", line)) <= width:
            return [line]
        indent = " " * (2 if line.startswith("• ") else len(line) - len(line.lstrip(" ")))
        room = width + len(line) - len(_ESCAPES.sub("", line))
        return textwrap.wrap(
            line, room, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
        )

    def _button(self, label: str) -> str:
        return self._ink(f"[{label}]", CYAN)

    def _ink(self, text: str, *inks: str) -> str:
        return self._prose.ink(text, *inks)

    def _clock(self) -> str:
        seconds = int(time.monotonic() - self._began)
        return f"{seconds // 60}:{seconds % 60:02d}"


def _packed(parts: Sequence[str], width: int) -> list[str]:
    """The parts side by side, as many on a line as fit, none of them broken."""
    lines: list[str] = []
    for part in parts:
        together = f"{lines[-1]}   {part}" if lines else part
        if lines and len(_ESCAPES.sub("", together)) <= width:
            lines[-1] = together
        else:
            lines.append(part)
    return lines
