"""What a jam's panel says. The rule: what members wrote is shown as text and never as markup."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cogs.texts.formatting import in_quotes, in_seconds, link, money, named, plain, shortened
from cogs.texts.outcomes import failure_sentence, withheld_sentence
from cogs.texts.sentences import all_of
from cogs.texts.translation import Text, _, plural
from services.jams.contributions import counted, struck_by
from services.jams.jams import Jam, Phase, Proposal, Section
from services.jams.lending import can_be_sung
from services.jams.storage import Session
from services.pipeline.turns.outlook import Outlook
from services.prompts.section_markers import INSTRUMENTAL
from services.tracks.track import State, Track

LONGEST_TITLE = 40  # characters of a track's, in a list of rounds
MOST_NAMED = 20  # members
MOST_MISSING = 5  # members who have not locked in
HEADING_NAMES = {
    "[verse]": Text("Verse"),
    "[chorus]": Text("Chorus"),
    "[bridge]": Text("Bridge"),
    "[intro]": Text("Intro"),
    "[outro]": Text("Outro"),
    INSTRUMENTAL: Text("Instrumental part"),
}
RULES = Text(
    "-# Everybody who is in can change everything; about what others added, a majority decides.\n-# "
    "After a change, all lock in again. Everybody who is in shares the price and is credited."
)
LABELS = {
    "here": Text("Join / Leave"),
    "agree": Text("Lock in / Unlock"),
    "tags": Text("Add tags"),
    "strike": Text("Strike a tag"),
    "settings": Text("Length and seed"),
    "arrange": Text("Arrange"),
    "read": Text("Read all"),
    "lend": Text("Lend my voice"),
    "unlend": Text("Take the voice back"),
    "make": Text("Make it now"),
    "next": Text("Next round"),
    "end": Text("End the jam"),
}
WRITE = Text("Write a section …")
FOR, AGAINST = Text("For"), Text("Against")


@dataclass(frozen=True, slots=True)
class Shown:
    """All that a panel tells. tracks: the rounds' and the last that failed, by id. price: micro-dollars.

    voices: whether members sing with their own voices there.
    """

    session: Session
    tracks: Mapping[str, Track]
    votes: Mapping[str, int]
    price: int
    outlook: Outlook | None = None
    stopped: str | None = None
    voices: bool = False

    @property
    def can_lend(self) -> bool:
        """Whether a voice can be lent to the round."""
        return self.voices and self.session.jam.loan is None and can_be_sung(self.session.jam)

    @property
    def can_take_back(self) -> bool:
        """Whether one is lent to it that can be taken back."""
        track = self.tracks.get(self.session.jam.track_id or "")
        waits = track is not None and track.singer_id is not None and track.state is State.WAITING
        return self.session.jam.loan is not None or waits


def called(jam: Jam) -> str:
    """The jam as sentences call it, after the word jam."""
    # Translators: as in "the jam without a theme"
    return in_quotes(plain(jam.theme)) if jam.theme else _("without a theme")


def top(shown: Shown) -> str:
    """Where the jam and its round stand."""
    jam = shown.session.jam
    lines = [_("## Jam {jam}", jam=called(jam)) if jam.theme else _("## A jam")]
    if jam.phase is Phase.ENDED:
        failed = shown.tracks.get(jam.failed or "")
        lines += [came_to_nothing(failed)] if jam.ending and failed is not None else []
        return "\n".join([*lines, _("This jam has ended; its recap is below.")])
    if jam.lead_id:
        lines.append(_("-# Round {number} · led by <@{lead_id}>", number=jam.number, lead_id=jam.lead_id))
    else:
        lines.append(_("-# Round {number} · nobody is in", number=jam.number))
    lines += _news(shown)
    return "\n".join(lines)


def _news(shown: Shown) -> list[str]:
    """Where the round stands, where that is not what all see anyway."""
    jam = shown.session.jam
    track, failed = shown.tracks.get(jam.track_id or ""), shown.tracks.get(jam.failed or "")
    match jam.phase:
        case Phase.MAKING if track is not None:
            before = [] if failed is None else [came_to_nothing(failed)]
            sung = [_("It is sung with the voice of <@{member}>.", member=track.singer_id)]
            lent = track.singer_id is not None and track.singer_id > 0
            ends = [_("The jam ends with it.")] * jam.ending
            return [*before, _in_the_making(shown, track), *sung * lent, *ends]
        case Phase.LISTENING if track is not None and track.state is State.IN_REVIEW:
            return [_("{track} is finished; in this server a moderator listens first.", track=named(track))]
        case Phase.LISTENING if track is not None:
            return [_("**Listen, and vote below the track.** Then *Next round*, or *End the jam*.")]
        case Phase.SHAPING if jam.lapsed is not None:
            return [
                _(
                    "**The voice of <@{member}> is not lent to this round any more.** Lock in again to have "
                    "it made without, or lend another.",
                    member=jam.lapsed,
                )
            ]
        case Phase.SHAPING if jam.refused:
            return [" ".join([_("**No track was asked for, and nothing was charged.**"), jam.refused])]
        case Phase.SHAPING if failed is not None:
            return [" ".join([came_to_nothing(failed), _("Change something, or lock in again.")])]
        case _:
            return []


def _in_the_making(shown: Shown, track: Track) -> str:
    if shown.stopped is not None:
        return " ".join([_("{track} is in the queue.", track=named(track)), shown.stopped])
    if shown.outlook is None or track.state not in (State.WAITING, State.SUBMITTING, State.RENDERING):
        return _("{track} is almost there.", track=named(track))
    if track.state is State.WAITING:
        return _(
            "{track} is in the queue, place {place}; expected {ready}.",
            track=named(track),
            place=shown.outlook.place + 1,
            ready=in_seconds(shown.outlook.ready),
        )
    return _(
        "{track} is being rendered; expected {ready}.",
        track=named(track),
        ready=in_seconds(shown.outlook.ready),
    )


def came_to_nothing(track: Track) -> str:
    """Why there is nothing of it."""
    if track.deleted_at is not None:
        return _("{track} was deleted.", track=named(track))
    match track.state:
        case State.CANCELLED:
            return _("{track} was cancelled; nothing was charged.", track=named(track))
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
            lines.append(f"{number}. {named(track, LONGEST_TITLE)} · ♥ {votes}{address}")
    return ["\n".join([_("**Rounds**"), *lines[-most:]])] if lines else []


def prompt(shown: Shown) -> str:
    """What the track is asked for with, and what it costs."""
    jam = shown.session.jam
    if jam.loan is not None:
        source = shown.tracks.get(jam.loan.source_id)
        return _(
            "**Sung with the voice of <@{member}>** over {track}, for a minute at most; tags, length and "
            "seed do not count then\n**Price** {price}, from the limits of this server and of all who are in",
            member=jam.loan.by,
            track=named(source, LONGEST_TITLE) if source else _("an earlier round"),
            price=money(shown.price),
        )
    tags = ", ".join(plain(tag.text) for tag in jam.tags) or _("none yet; a track needs at least one")
    seed = str(jam.seed) if jam.seed is not None else _("I pick one")
    return _(
        "**Tags** {tags}\n**Length** {duration} s · **Seed** {seed} · **Price** {price}, from the limits "
        "of this server and of all who are in",
        tags=tags,
        duration=jam.duration,
        seed=seed,
        price=money(shown.price),
    )


def lyrics(jam: Jam, room: int) -> str:
    """The sections, each shortened where all of them do not fit."""
    if not jam.sections:
        if jam.loan is not None:
            return _("**Lyrics**\nNone yet, and a voice needs some. Write a section below.")
        return _("**Lyrics**\nNone yet: the model makes the words up. Write a section below.")
    if jam.lyrics == INSTRUMENTAL:
        return _("**Lyrics**\nNobody sings.")
    numbered = list(enumerate(jam.sections, 1))
    whole = "\n".join([_("**Lyrics**"), *(_section(number, one) for number, one in numbered)])
    if len(whole) <= room:
        return whole
    title = _("**Lyrics** (*Read all* shows the rest)")
    each = (room - len(title)) // len(numbered) - 1
    return "\n".join([title, *(_section(number, one, each) for number, one in numbered)])


def _section(number: int, section: Section, most: int | None = None) -> str:
    """The section with its writers; where it has more than so many characters, its beginning, or its name."""
    writers = ", ".join(f"<@{one}>" for one in section.writers[:2] if one > 0)
    name = f"**{section_name(number, section)}**"
    head = f"{name} · {writers}" if writers else name
    lines = [f"> {line}" for line in plain(section.text).split("\n") if section.text]
    whole = "\n".join([head, *lines])
    if most is None or len(whole) <= most:
        return whole
    room = most - len(head) - 1
    return f"{head}\n{shortened(' / '.join(lines[:3]).replace(' / > ', ' / '), room)}" if room > 20 else name


def section_name(number: int, section: Section) -> str:
    """The section as sentences call it: 2. Chorus."""
    return f"{number}. {HEADING_NAMES[section.heading]}"


def people(jam: Jam) -> str:
    """Who is in, and how many have locked in."""
    if not jam.here:
        return _("**In** Nobody. Press *Join / Leave*.")
    who = _who_is_in(jam)
    return f"{who}\n{_locked_in(jam)}" if jam.phase is Phase.SHAPING else who


def _who_is_in(jam: Jam) -> str:
    names = ", ".join(f"<@{one.id}>{' ✓' if one.locked else ''}" for one in jam.here[:MOST_NAMED])
    if len(jam.here) <= MOST_NAMED:
        return _("**In ({all})** {names}", all=len(jam.here), names=names)
    return plural(
        len(jam.here) - MOST_NAMED,
        "**In ({all})** {names} and {count} more",
        "**In ({all})** {names} and {count} more",
        all=len(jam.here),
        names=names,
    )


def _locked_in(jam: Jam) -> str:
    if jam.locked >= jam.needed:
        return _("**Locked in ✓** That is enough: press *Make it now*, or lock in once more.")
    return _(
        "**Locked in ✓** {locked} of the {needed} needed ({share} %). Not yet: {missing}.",
        locked=jam.locked,
        needed=jam.needed,
        share=jam.share,
        missing=all_of([f"<@{one.id}>" for one in jam.here if not one.locked], MOST_MISSING),
    )


def proposal(jam: Jam, number: int) -> str:
    """What is voted on, by its place among the proposals."""
    asked = jam.proposals[number]
    yes, no = counted(jam, asked)
    return _(
        "**{question}** <@{member}> asks. {yes} for, {no} against; it needs {majority}.",
        question=_asked(jam, asked),
        member=asked.by,
        yes=yes,
        no=no,
        majority=jam.majority,
    )


def _asked(jam: Jam, asked: Proposal) -> str:
    if asked.removes is not None:
        names = {one.id: section_name(at, one) for at, one in enumerate(jam.sections, 1)}
        return _("Take {section} out?", section=names[asked.removes])
    struck = ", ".join(in_quotes(plain(tag.text)) for tag in struck_by(jam, asked))
    if asked.adds is None:
        return _("Strike {tags}?", tags=struck)
    if struck:
        return _("“{new}” instead of {old}?", new=plain(asked.adds), old=struck)
    return _("Add “{tag}”?", tag=plain(asked.adds))


def change_section(number: int, section: Section) -> str:
    """A choice of the menu in which sections are written."""
    return _("Change {section}", section=section_name(number, section))


def new_section(heading: str) -> str:
    """The same, for one that is not there yet."""
    return _("New: {section}", section=HEADING_NAMES[heading])
