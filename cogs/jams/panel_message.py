"""A jam's panel: what is in the jam now, and what can be pressed. The rule: it is written from the jam alone.

What members wrote is shown as text and never as markup, and nobody whom it names is pinged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import discord

from cogs.core.component_router import button
from cogs.texts.formatting import in_seconds, link, money, named, plain, shortened, titled
from cogs.texts.outcomes import failure_sentence, withheld_sentence
from services.jams.contributions import MOST_SECTIONS, counted, struck_by
from services.jams.jams import Jam, Phase, Proposal, Section
from services.jams.storage import Session
from services.pipeline.queue import Outlook
from services.prompts.section_markers import INSTRUMENTAL
from services.tracks.track import State, Track

COLOUR = discord.Colour(0xF2A33A)
OVER = discord.Colour(0x80848E)
LONGEST_TEXT = 4000  # characters of all texts of a message together (Discord: Text Display)
MOST_NAMED = 20  # members
MOST_ROUNDS = 3  # while there are words to show too
MOST_NEWS, MOST_TAGS, MOST_ASKED = 900, 600, 220  # characters; what is left is for the lyrics
HEADING_NAMES = {
    "[verse]": "Verse",
    "[chorus]": "Chorus",
    "[bridge]": "Bridge",
    "[intro]": "Intro",
    "[outro]": "Outro",
    INSTRUMENTAL: "Instrumental part",
}
RULES = (
    "-# Who is in may change everything. What you added you may take away; what somebody else added, or what "
    "contradicts it, the majority of those in decides. Any change opens all locks. A track counts against "
    "this server's limits and, in equal shares, against those of all who are in; all are credited."
)
LABELS = {
    "join": "Join",
    "leave": "Leave",
    "lock": "Lock in",
    "unlock": "Unlock",
    "tags": "Add tags",
    "strike": "Strike a tag",
    "settings": "Length and seed",
    "arrange": "Arrange",
    "read": "Read all",
    "make": "Make it now",
    "next": "Next round",
    "end": "End the jam",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """All that a panel tells. tracks: the rounds' and the last that failed, by id. price: micro-dollars."""

    session: Session
    tracks: Mapping[str, Track]
    votes: Mapping[str, int]
    price: int
    outlook: Outlook | None = None
    stopped: str | None = None


def panel(shown: Shown) -> discord.ui.LayoutView:
    """The message: a layout with texts and buttons."""
    jam = shown.session.jam
    over = jam.phase is Phase.ENDED
    container = discord.ui.Container[Any](accent_colour=OVER if over else COLOUR)
    shaping = jam.phase is Phase.SHAPING
    parts = [shortened(_top(shown), MOST_NEWS), *_rounds(shown, MOST_ROUNDS if shaping else 8)]
    if shaping:
        asked = [shortened(_proposal(jam, number), MOST_ASKED) for number in range(len(jam.proposals))]
        people, prompt = _people(jam), shortened(_prompt(shown), MOST_TAGS)
        room = LONGEST_TEXT - sum(map(len, [*parts, *asked, people, prompt, RULES]))
        parts += [prompt, _lyrics(jam, room), people]
        _add_texts(container, parts)
        for proposal, text in zip(jam.proposals, asked, strict=True):
            container.add_item(discord.ui.TextDisplay(text))
            container.add_item(_ballot(shown.session, proposal))
    else:
        _add_texts(container, parts if over else [*parts, _people(jam)])
    if not over:
        _add_controls(container, shown.session)
        container.add_item(discord.ui.TextDisplay(RULES))
    made = discord.ui.LayoutView(timeout=None)
    made.add_item(container)
    made.stop()
    return made


def _add_texts(container: discord.ui.Container[Any], parts: list[str]) -> None:
    for text in filter(None, parts):
        container.add_item(discord.ui.TextDisplay(text))


# texts ----------------------------------------------------------------------------------------------------


def called(jam: Jam) -> str:
    """The jam as sentences call it."""
    return f"“{plain(jam.theme)}”" if jam.theme else "without a theme"


def _top(shown: Shown) -> str:
    jam = shown.session.jam
    lines = [f"## Jam {called(jam)}" if jam.theme else "## A jam"]
    if jam.phase is Phase.ENDED:
        return "\n".join([*lines, "This jam has ended; its recap is below."])
    lead = f"led by <@{jam.lead_id}>" if jam.lead_id else "nobody is in"
    lines.append(f"-# Round {jam.number} · {lead}")
    lines += _news(shown)
    return "\n".join(lines)


def _news(shown: Shown) -> list[str]:
    """Where the round stands, where that is not what all see anyway."""
    jam = shown.session.jam
    track = shown.tracks.get(jam.track_id or "")
    match jam.phase:
        case Phase.MAKING if track is not None:
            return [_in_the_making(shown, track), *(["The jam ends with it."] * jam.ending)]
        case Phase.LISTENING if track is not None and track.state is State.IN_REVIEW:
            return [f"{named(track)} is finished; in this server a moderator listens first."]
        case Phase.LISTENING if track is not None:
            return ["**Listen, and vote below the track.** Then *Next round*, or *End the jam*."]
        case Phase.SHAPING if jam.refused:
            return [f"**No track was asked for, and nothing was charged.** {jam.refused}"]
        case Phase.SHAPING if (failed := shown.tracks.get(jam.failed or "")) is not None:
            return [f"{_came_to_nothing(failed)} Change something, or lock in again."]
        case _:
            return []


def _in_the_making(shown: Shown, track: Track) -> str:
    if shown.stopped is not None:
        return f"{named(track)} is in the queue. {shown.stopped}"
    if shown.outlook is None or track.state not in (State.WAITING, State.SUBMITTING, State.RENDERING):
        return f"{named(track)} is almost there."
    if track.state is State.WAITING:
        return (
            f"{named(track)} is in the queue, place {shown.outlook.place + 1}; expected "
            f"{in_seconds(shown.outlook.ready)}."
        )
    return f"{named(track)} is being rendered; expected {in_seconds(shown.outlook.ready)}."


def _came_to_nothing(track: Track) -> str:
    if track.deleted_at is not None:
        return f"{named(track)} was deleted."
    match track.state:
        case State.CANCELLED:
            return f"{named(track)} was cancelled; nothing was charged."
        case State.WITHHELD:
            return withheld_sentence(track)
        case _:
            return failure_sentence(track)


def _rounds(shown: Shown, most: int) -> list[str]:
    """Each finished round with its address and votes; of many, the last ones."""
    jam = shown.session.jam
    lines: list[str] = []
    for number, one in enumerate(jam.rounds, 1):
        track = shown.tracks.get(one.track_id)
        if track is not None and track.state is State.DELIVERED and track.deleted_at is None:
            votes = shown.votes.get(track.id, 0)
            address = f" {link(track)}" if link(track) else ""
            title = plain(shortened(titled(track), 40))
            lines.append(f"{number}. **#{track.number} “{title}”** · ♥ {votes}{address}")
    return ["\n".join(["**Rounds**", *lines[-most:]])] if lines else []


def _prompt(shown: Shown) -> str:
    jam = shown.session.jam
    tags = ", ".join(plain(tag.text) for tag in jam.tags) or "none yet; a track needs at least one"
    seed = str(jam.seed) if jam.seed is not None else "I pick one"
    return (
        f"**Tags** {tags}\n**Length** {jam.duration} s · **Seed** {seed} · **Price** {money(shown.price)}, "
        "from the limits of this server and of all who are in"
    )


def _lyrics(jam: Jam, room: int) -> str:
    """The sections, each shortened where all of them do not fit."""
    if not jam.sections:
        return "**Lyrics**\nNone yet: the model makes the words up. Write a section below."
    if jam.lyrics == INSTRUMENTAL:
        return "**Lyrics**\nNobody sings."
    numbered = list(enumerate(jam.sections, 1))
    whole = "\n".join(["**Lyrics**", *(_section(number, one) for number, one in numbered)])
    if len(whole) <= room:
        return whole
    title = "**Lyrics** (*Read all* shows the rest)"
    each = (room - len(title)) // len(numbered) - 1
    return "\n".join([title, *(_section(number, one, each) for number, one in numbered)])


def _section(number: int, section: Section, most: int | None = None) -> str:
    """The section with its writers; where it has more than so many characters, its beginning."""
    writers = ", ".join(f"<@{one}>" for one in section.writers[:2] if one > 0)
    head = f"**{section_name(number, section)}**" + (f" · {writers}" if writers else "")
    lines = [f"> {line}" for line in plain(section.text).split("\n") if section.text]
    whole = "\n".join([head, *lines])
    if most is None or len(whole) <= most:
        return whole
    room = most - len(head) - 1
    return f"{head}\n{shortened(' / '.join(lines[:3]).replace(' / > ', ' / '), room)}" if room > 20 else head


def section_name(number: int, section: Section) -> str:
    """The section as sentences call it: 2. Chorus."""
    return f"{number}. {HEADING_NAMES[section.heading]}"


def _people(jam: Jam) -> str:
    if not jam.here:
        return "**In** nobody. Press *Join*."
    names = [f"<@{one.id}>{' ✓' if one.locked else ''}" for one in jam.here[:MOST_NAMED]]
    more = f" and {len(jam.here) - MOST_NAMED} more" if len(jam.here) > MOST_NAMED else ""
    who = f"**In ({len(jam.here)})** {', '.join(names)}{more}"
    if jam.phase is not Phase.SHAPING:
        return who
    left = jam.needed - jam.locked
    needs = "One more makes it." if left == 1 else f"{left} more make it."
    if left <= 0:
        needs = "Enough: press *Lock in* again, or *Make it now*."
    return f"{who}\n**Locked in ✓** {jam.locked} of the {jam.needed} needed ({jam.share} %). {needs}"


def _proposal(jam: Jam, number: int) -> str:
    proposal = jam.proposals[number]
    yes, no = counted(jam, proposal)
    struck = ", ".join(f"“{plain(tag.text)}”" for tag in struck_by(jam, proposal))
    if proposal.removes is not None:
        named_so = {one.id: section_name(at, one) for at, one in enumerate(jam.sections, 1)}
        what = f"Take {named_so[proposal.removes]} out?"
    elif proposal.adds is None:
        what = f"Strike {struck}?"
    elif struck:
        what = f"“{plain(proposal.adds)}” instead of {struck}?"
    else:
        what = f"Add “{plain(proposal.adds)}”?"
    return f"**{what}** <@{proposal.by}> asks. {yes} for, {no} against; it needs {jam.majority}."


# controls -------------------------------------------------------------------------------------------------


def _buttons(session: Session, *verbs: str, main: str = "") -> discord.ui.ActionRow[Any]:
    """Buttons for those verbs, the main one in colour."""
    styles = {main: discord.ButtonStyle.primary, "end": discord.ButtonStyle.danger}
    row = discord.ui.ActionRow[Any]()
    for verb in verbs:
        style = styles.get(verb, discord.ButtonStyle.secondary)
        row.add_item(button(LABELS[verb], f"jam:{verb}:{session.id}", style))
    return row


def _ballot(session: Session, proposal: Proposal) -> discord.ui.ActionRow[Any]:
    own = f"jam:vote:{session.id}:{proposal.id}"
    return discord.ui.ActionRow[Any](button("For", f"{own}:for"), button("Against", f"{own}:against"))


def _add_controls(container: discord.ui.Container[Any], session: Session) -> None:
    container.add_item(discord.ui.Separator())
    match session.jam.phase:
        case Phase.SHAPING:
            container.add_item(_buttons(session, "join", "leave", "lock", "unlock"))
            container.add_item(_buttons(session, "tags", "strike", "settings", "arrange", "read"))
            container.add_item(discord.ui.ActionRow[Any](_write_menu(session)))
            container.add_item(_buttons(session, "make", "end", main="make"))
        case Phase.MAKING:
            container.add_item(_buttons(session, "join", "leave", "read", "end"))
        case _:
            container.add_item(_buttons(session, "next", "join", "leave", "read", "end", main="next"))


def _write_menu(session: Session) -> discord.ui.Select[Any]:
    """What can be written: a section that is there, or a new one."""
    sections = session.jam.sections
    options = [
        discord.SelectOption(
            label=f"Change {section_name(number, section)}",
            value=str(section.id),
            description=shortened(section.text.replace("\n", " / "), 100) or None,
        )
        for number, section in enumerate(sections, 1)
    ]
    if len(sections) < MOST_SECTIONS:
        options += [
            discord.SelectOption(label=f"New: {name}", value=heading.strip("[]"))
            for heading, name in HEADING_NAMES.items()
        ]
    return discord.ui.Select(
        custom_id=f"jam:write:{session.id}", placeholder="Write a section …", options=options
    )
