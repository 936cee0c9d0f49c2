"""What a jam's panel says. The rule: what members wrote is shown as text and never as markup."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cogs.texts.formatting import in_seconds, link, money, named, plain, shortened, titled
from cogs.texts.outcomes import failure_sentence, withheld_sentence
from cogs.texts.sentences import all_of
from services.jams.contributions import counted, struck_by
from services.jams.jams import Jam, Phase, Proposal, Section
from services.jams.storage import Session
from services.pipeline.queue import Outlook
from services.prompts.section_markers import INSTRUMENTAL
from services.tracks.track import State, Track

MOST_NAMED = 20  # members
MOST_MISSING = 5  # members who have not locked in
HEADING_NAMES = {
    "[verse]": "Verse",
    "[chorus]": "Chorus",
    "[bridge]": "Bridge",
    "[intro]": "Intro",
    "[outro]": "Outro",
    INSTRUMENTAL: "Instrumental part",
}
RULES = (
    "-# Whoever is in may change everything; about what others added, the majority of those in decides.\n"
    "-# A change opens all locks. Whoever is in shares the price, and is credited."
)
LABELS = {
    "here": "Join / Leave",
    "agree": "Lock in / Unlock",
    "tags": "Add tags",
    "strike": "Strike a tag",
    "settings": "Length and seed",
    "arrange": "Arrange",
    "read": "Read all",
    "make": "Make it now",
    "next": "Next round",
    "end": "End the jam",
}
WRITE = "Write a section …"
FOR, AGAINST = "For", "Against"


@dataclass(frozen=True, slots=True)
class Shown:
    """All that a panel tells. tracks: the rounds' and the last that failed, by id. price: micro-dollars."""

    session: Session
    tracks: Mapping[str, Track]
    votes: Mapping[str, int]
    price: int
    outlook: Outlook | None = None
    stopped: str | None = None


def called(jam: Jam) -> str:
    """The jam as sentences call it."""
    return f"“{plain(jam.theme)}”" if jam.theme else "without a theme"


def top(shown: Shown) -> str:
    """Where the jam and its round stand."""
    jam = shown.session.jam
    lines = [f"## Jam {called(jam)}" if jam.theme else "## A jam"]
    if jam.phase is Phase.ENDED:
        return "\n".join([*lines, "This jam has ended; its recap is below."])
    if jam.lead_id:
        lines.append(f"-# Round {jam.number} · led by <@{jam.lead_id}>")
    else:
        lines.append(f"-# Round {jam.number} · nobody is in")
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


def rounds(shown: Shown, most: int) -> list[str]:
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


def prompt(shown: Shown) -> str:
    """What the track is asked for with, and what it costs."""
    jam = shown.session.jam
    tags = ", ".join(plain(tag.text) for tag in jam.tags) or "none yet; a track needs at least one"
    seed = str(jam.seed) if jam.seed is not None else "I pick one"
    return (
        f"**Tags** {tags}\n**Length** {jam.duration} s · **Seed** {seed} · **Price** {money(shown.price)}, "
        "from the limits of this server and of all who are in"
    )


def lyrics(jam: Jam, room: int) -> str:
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


def people(jam: Jam) -> str:
    """Who is in, and how many have locked in."""
    if not jam.here:
        return "**In** nobody. Press *Join / Leave*."
    names = ", ".join(f"<@{one.id}>{' ✓' if one.locked else ''}" for one in jam.here[:MOST_NAMED])
    who = f"**In ({len(jam.here)})** {names}"
    if len(jam.here) > MOST_NAMED:
        who = f"**In ({len(jam.here)})** {names} and {len(jam.here) - MOST_NAMED} more"
    if jam.phase is not Phase.SHAPING:
        return who
    if jam.locked >= jam.needed:
        return f"{who}\n**Locked in ✓** Enough: press *Make it now*, or lock in once more."
    missing = all_of([f"<@{one.id}>" for one in jam.here if not one.locked], MOST_MISSING)
    count = f"{jam.locked} of the {jam.needed} needed ({jam.share} %)"
    return f"{who}\n**Locked in ✓** {count}. Not yet: {missing}."


def proposal(jam: Jam, number: int) -> str:
    """What is voted on, by its place among the proposals."""
    asked = jam.proposals[number]
    yes, no = counted(jam, asked)
    return f"**{_asked(jam, asked)}** <@{asked.by}> asks. {yes} for, {no} against; it needs {jam.majority}."


def _asked(jam: Jam, asked: Proposal) -> str:
    if asked.removes is not None:
        names = {one.id: section_name(at, one) for at, one in enumerate(jam.sections, 1)}
        return f"Take {names[asked.removes]} out?"
    struck = ", ".join(f"“{plain(tag.text)}”" for tag in struck_by(jam, asked))
    if asked.adds is None:
        return f"Strike {struck}?"
    if struck:
        return f"“{plain(asked.adds)}” instead of {struck}?"
    return f"Add “{plain(asked.adds)}”?"


def change_section(number: int, section: Section) -> str:
    """A choice of the menu in which sections are written."""
    return f"Change {section_name(number, section)}"


def new_section(heading: str) -> str:
    """The same, for one that is not there yet."""
    return f"New: {HEADING_NAMES[heading]}"
