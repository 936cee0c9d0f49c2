"""Bad input of every kind, made up: for every command, menu, button and form that docs/rights.md lists.

The rule: none of it can be taken. Where junk might be right by chance, one field is surely wrong; ids are
nobody's, another guild's, or of what the sender has no right to.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from known_rights import RIGHTS

from cogs.core.rights import Right, Who
from rehearsal.discord.members.member import Answer, Member

Json = dict[str, Any]
HIDDEN = "\u200b\u200d\u2060\ufeff\u202e\u2066\u00ad\x00\x07\x1b\x7f\u0085\u2028"
PINGS = (
    "@everyone",
    "@here",
    "<@&1>",
    "<@{other}>",
    "<#1>",
    "</compose:1>",
    "<t:1:R>",
    "[x](http://127.0.0.1)",
)
ODD = (
    *("𝕱𝖚𝖓𝖐", "f\u0301" * 300, "🎷" * 40, "ﷺ" * 30, "Ω≈ç√", "السلام", "null", "None", "NaN", "-0", "1e309"),
    *("{{7*7}}", "'; DROP TABLE tracks; --", "${jndi:ldap://127.0.0.1}", "../../etc/passwd", "%s%n%x", "\\"),
    *("```", "**__~~||`", '{"tags": ["a", {"b": null}]}', "[verse]", "١٢٣", "९", "0x10", "9" * 400, "  "),
    *("\n\n", ",,,", "-", "#" * 5000),
)
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LONGEST_JUNK = 90  # characters; a custom_id has 100

_GROUP = re.compile(r"\(\?P<(\w+)>((?:[^()\\]|\\.)*)\)(\?)?")
NOT_BAD = {  # what takes no input that could be bad, and does something of its member's own
    "privacy:erase",
    "voice:forget",
    "/party skip",
}


@dataclass
class Place:
    """Where bad input is sent: real things that are not the sender's to do anything with."""

    commands: list[Json]
    """As Discord has them."""
    private: Answer
    """A message that the sender alone sees."""
    public: Json
    """One that is no track."""
    theirs: str
    """Another member's track, here."""
    elsewhere: tuple[str, ...]
    """A track, a jam, an album and a relay of another guild."""
    jam: str
    """One that the sender is in and does not lead; `panel` is its message."""
    panel: Json
    album: str
    """One that the sender may fill and does not own."""
    relay: str
    """One in which it is the sender's line, which another member started."""
    party: str
    """One that the sender listens to and did not start."""


class Fuzzer:
    """Makes things up; the same seed, the same things."""

    def __init__(self, seed: int, other: str) -> None:
        self.chance = random.Random(seed)
        self.other = other

    def text(self, most: int = 400) -> str:
        words = [
            self.chance.choice(
                [
                    self.chance.choice(ODD),
                    self.chance.choice(PINGS).format(other=self.other),
                    "".join(
                        chr(self.chance.randrange(1, 0x2FFF)) for _ in range(self.chance.randrange(1, 12))
                    ),
                    self.chance.choice(HIDDEN).join("funk"),
                ]
            )
            for _ in range(self.chance.randrange(1, 6))
        ]
        joined = self.chance.choice([" ", ", ", "\n", ""]).join(words)
        return joined[:most].encode("utf-8", "replace").decode()

    def bad_tags(self) -> str:
        """Tags that cannot be taken: something hidden is in them, or too much of everything."""
        return self.chance.choice(
            [
                self.text() + self.chance.choice("\u200b\u202e\x07"),
                ", ".join(f"tag{number}" for number in range(self.chance.randrange(21, 90))),
                "x" * self.chance.randrange(51, 900),
                self.chance.choice(["", " ", ",", ", ,", "\u3000"]),
            ]
        )

    def bad_title(self, most: int) -> str:
        """A line that cannot be taken: something hidden is in it, or it is too long, or blank."""
        hidden = self.chance.choice("\u202e\x07")
        return self.chance.choice([self.text(most - 1) + "x" + hidden + "y", "x" * (most + 1), "", "\u200b"])

    def bad_number(self) -> Any:
        return self.chance.choice(
            [-1, 0, 4, 241, 2**31, 2**53, 10**30, -(2**63), "60", "NaN", 1.5, True, None, [], {}]
        )

    def bad_duration(self) -> str:
        return self.chance.choice(
            ["", "forever", "-5", "4", "241", "9" * 300, "1:99", "NaN", "٦٠0", "6e1e", "0"]
        )

    def nobodys(self) -> str:
        """An id that is nobody's."""
        return "".join(self.chance.choice(ALPHABET) for _ in range(20))

    def custom_id(self, right: Right, place: Place) -> str:
        """One that the right's pattern takes, of things that are not the sender's."""
        ids = [self.nobodys(), *place.elsewhere]
        if right.who is not Who.MEMBER and not right.handle.startswith("jam:"):
            ids.append(place.theirs)

        def filled(group: re.Match[str]) -> str:
            if group[3] and self.chance.random() < 0.5:  # an optional one
                return ""
            return self._one_of(self.chance.choice(group[2].split("|")), ids)

        return _GROUP.sub(filled, right.handle)[:100]

    def _one_of(self, pattern: str, ids: list[str]) -> str:
        if "{20}" in pattern:
            return self.chance.choice(ids)
        if count := re.search(r"\\d\{(\d+),(\d+)\}", pattern):
            digits = self.chance.choice(["0", "1", "9"]) * self.chance.choice(
                [int(count[1]) or 1, int(count[2])]
            )
            return (":" if pattern.startswith(":") else "") + digits
        if pattern in ("[^:]*", ".*"):
            return self.text(10).replace(":", "")
        if pattern.startswith("[2-4]"):
            return "4"
        if "[" in pattern:
            return self.chance.choice(["words", "verse", "abcdefab", "x" * 6])
        return pattern


Attempt = Callable[[Fuzzer, Member, Place], Coroutine[Any, Any, Answer]]


# what has always been tried -----------------------------------------------------------------------------


async def slash(fuzzer: Fuzzer, ben: Member, _place: Place) -> Answer:
    options: Json = {"tags": fuzzer.bad_tags(), "title": fuzzer.text(300)}
    if fuzzer.chance.random() < 0.5:
        options[fuzzer.chance.choice(["duration", "seed"])] = fuzzer.bad_number()
    return await ben.slash("compose", forged=True, **options)


async def form(fuzzer: Fuzzer, ben: Member, _place: Place) -> Answer:
    opened = await ben.slash("compose", tags="funk", vocals="write", title="A Form")
    fields: Json = {name: fuzzer.text(3900) for name in ("lyrics", "title", "duration", "seed")}
    fields["tags"] = fuzzer.bad_tags()
    return await ben.submit(opened, forged=True, **fields)


async def reference(fuzzer: Fuzzer, ben: Member, _place: Place) -> Answer:
    command = fuzzer.chance.choice(["library track", "remix-seed", "library family", "rework variations"])
    more = {"tags": fuzzer.text(200)} if command == "remix-seed" and fuzzer.chance.random() < 0.5 else {}
    options: Json = {"track": fuzzer.text(300) or "x", **more}
    return await ben.slash(command, forged=True, **options)


async def no_route(fuzzer: Fuzzer, ben: Member, place: Place) -> Answer:
    """A custom_id that never was one."""
    made = [
        f"track:steal:{fuzzer.nobodys()}",
        "queue:cancel:",
        json.dumps({"track": fuzzer.text(40)}),
        fuzzer.text(LONGEST_JUNK) or "x",
        "tracks:page:0:newest:" + ":" * 20,
    ]
    return await ben.press(place.private, fuzzer.chance.choice(made)[:100], [fuzzer.text(90)], forged=True)


async def music(fuzzer: Fuzzer, ben: Member, place: Place) -> Answer:
    """Searches for anything at all, and turns pages that there never were."""
    if fuzzer.chance.random() < 0.5:
        options: Json = {"tag": fuzzer.text(40), "text": fuzzer.text(60)}
        options["order"] = fuzzer.chance.choice(["newest", "x"])
        return await ben.slash("library tracks", forged=True, **options)
    pages = (
        f"tracks:page:{fuzzer.chance.randrange(10**4)}:voted:{10**19 + 7}:{fuzzer.text(10)}:{fuzzer.text(30)}"
    )
    return await ben.press(place.private, pages[:100], [fuzzer.text(90)], forged=True)


# everything that docs/rights.md lists -------------------------------------------------------------------


async def command(fuzzer: Fuzzer, ben: Member, place: Place) -> Answer:
    """Any command, with junk for whatever it takes."""
    handles = [right.handle for right in RIGHTS if right.handle.startswith("/")]
    name = fuzzer.chance.choice([one for one in handles if one not in NOT_BAD])[1:]
    options: Json = {}
    files: dict[str, tuple[str, bytes]] = {}
    for option in _options(place.commands, name):
        if fuzzer.chance.random() < 0.3 and not option.get("required"):
            continue
        match option["type"]:  # Discord: Application Command Option Type
            case 3:  # a text
                options[option["name"]] = fuzzer.text(300) or "x"
            case 4:  # a whole number
                options[option["name"]] = fuzzer.bad_number()
            case 10:  # any number
                options[option["name"]] = fuzzer.chance.choice(
                    [-1, -0.01, 0, 1e300, 2**63, 0.0000001, "many", "", True, []]
                )
            case 5:  # yes or no
                options[option["name"]] = fuzzer.chance.choice([True, False, "yes", 7])
            case 6:  # somebody
                options[option["name"]] = ben.id
            case 11:  # a file
                junk = fuzzer.chance.choice(
                    [b"", b"RIFF", b"ID3" + bytes(400), fuzzer.text().encode(), b"\xff\xfb" * 99]
                )
                files[option["name"]] = (fuzzer.chance.choice(["a.mp3", "../x.wav", "song.txt"]), junk)
            case _:
                pass
    if name == "compose":
        options |= {"tags": fuzzer.bad_tags()}
        options.pop("idea", None)
    if name == "jam start":
        options |= {"theme": "x" * fuzzer.chance.randrange(61, 200), "tags": fuzzer.bad_tags()}
    if name == "album new":
        options |= {"title": fuzzer.bad_title(100)}
    if name == "relay start":  # of which all options may be left out
        options |= {"seats": fuzzer.chance.choice([-1, 0, 241, 2**31])}
    return await ben.slash(name, files=files, forged=True, **options)


def _options(commands: list[Json], name: str) -> list[Json]:
    """Those of a command, or of a sub-command."""
    first, _, rest = name.partition(" ")
    found = next((one for one in commands if one["name"] == first and one.get("type", 1) == 1), {})
    if rest:
        found = next((one for one in found.get("options", []) if one["name"] == rest), {})
    return [one for one in found.get("options", []) if one["type"] > 2]  # no sub-commands


async def menu(fuzzer: Fuzzer, ben: Member, place: Place) -> Answer:
    """On a message that is no track."""
    names = [right.handle.removeprefix("menu: ") for right in RIGHTS if right.handle.startswith("menu: ")]
    return await ben.context(fuzzer.chance.choice(names), place.public, forged=True)


async def button(fuzzer: Fuzzer, ben: Member, place: Place) -> Answer:
    """Any button, select or question, about what is nobody's or not the sender's."""
    pressed = [one for one in RIGHTS if one.handle[0] not in "/m" or one.handle.startswith("moderation")]
    right = fuzzer.chance.choice([one for one in pressed if not one.form and one.handle not in NOT_BAD])
    values = [fuzzer.chance.choice([fuzzer.text(90), fuzzer.nobodys(), *place.elsewhere, "1", "x" * 99])]
    return await ben.press(place.private, fuzzer.custom_id(right, place), values, forged=True)


async def any_form(fuzzer: Fuzzer, ben: Member, place: Place) -> Answer:
    """Any form, opened by nobody, with junk in its fields and some of them surely wrong."""
    right = fuzzer.chance.choice([one for one in RIGHTS if one.form])
    fields: Json = {
        name: fuzzer.text(fuzzer.chance.choice([20, 400, 3900]))
        for name in (
            "lyrics",
            "title",
            "seed",
            "before",
            "after",
            "from",
            "to",
            "reason",
            "key",
            "text",
            "words",
            "line",
            "track",
            "description",
        )
        if fuzzer.chance.random() < 0.9
    }
    fields |= {"recording": [fuzzer.nobodys()], "keep": [fuzzer.text(20)]}
    fields |= {"tags": fuzzer.bad_tags(), "duration": fuzzer.bad_duration() or "x", "idea": ""}
    message = place.private.message if fuzzer.chance.random() < 0.7 else None
    below = {"message": message["id"]} if message else {}
    custom_id = fuzzer.custom_id(right, place)
    return await ben.interact(kind="modal", forged=True, custom_id=custom_id, fields=fields, **below)


async def jam(fuzzer: Fuzzer, ben: Member, place: Place) -> Answer:
    """In a jam that the sender is in."""
    own = place.jam
    if fuzzer.chance.random() < 0.6:
        custom_id, fields = fuzzer.chance.choice(
            [
                (f"jam:tagged:{own}", {"tags": fuzzer.bad_tags()}),
                (f"jam:set:{own}", {"duration": fuzzer.bad_duration() or "x", "seed": fuzzer.text(30)}),
                (f"jam:text:{own}:verse:0", {"text": "la " * 1300}),
                (f"jam:text:{own}:{10**6 - 1}:1", {"text": fuzzer.text(900)}),
                (f"jam:text:{own}:nowhere"[:70] + ":1", {"text": fuzzer.text(900)}),
                (f"jam:round:{own}", {"from": [fuzzer.nobodys()], "keep": ["x"]}),
            ]
        )
        panel = {"message": place.panel["id"]}
        return await ben.interact(kind="modal", forged=True, custom_id=custom_id, fields=fields, **panel)
    pressed = [
        f"jam:vote:{own}:{fuzzer.chance.randrange(10**6)}:for",
        f"jam:struck:{own}",
        f"jam:chosen:{own}",
        f"jam:write:{own}",
        f"jam:{fuzzer.chance.choice(['up', 'down', 'back', 'remove'])}:{own}:{10**6 - 1}",
        f"jam:mine:{own}:{10**6 - 1}",
        f"jam:below:{own}:{10**6 - 1}",
        f"jam:make:{own}",
        f"jam:end:{own}",
        f"jam:over:{own}",
        f"jam:next:{own}",
    ]
    return await ben.press(place.private, fuzzer.chance.choice(pressed), [fuzzer.text(90)], forged=True)


async def rework(fuzzer: Fuzzer, ben: Member, place: Place) -> Answer:
    """Of a real track, with what cannot be; and of a file that is none."""
    kind = fuzzer.chance.choice(["restyle", "lyrics", "extend", "repaint"])
    if fuzzer.chance.random() < 0.4:
        junk = fuzzer.text(300).encode() + bytes(fuzzer.chance.randrange(1, 5000))
        given = {"tags": fuzzer.bad_tags() or "x"} if kind != "lyrics" else {}
        return await ben.slash(f"rework {kind}", forged=True, files={"file": ("mine.mp3", junk)}, **given)
    times = {"from": fuzzer.text(9), "to": "0", "before": "x" + fuzzer.text(9), "after": "-3"}
    words = {"tags": "x" * 400, "title": fuzzer.text(300), "lyrics": "[verse]\n" + "la " * 9000}
    custom_id = f"rework:form:{kind}:track:{place.theirs}"
    return await ben.interact(kind="modal", forged=True, custom_id=custom_id, fields={**words, **times})


ATTEMPTS: tuple[Attempt, ...] = (
    slash,
    form,
    reference,
    no_route,
    music,
    command,
    command,
    menu,
    button,
    button,
    any_form,
    any_form,
    jam,
    rework,
)
