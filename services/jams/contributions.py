"""The words of a jam: tags and sections, who may change which, and the votes on what two want differently.

The rule: nobody's lines are lost. A section that somebody else changed meanwhile is not overwritten, and what
a section was before can be brought back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import auto

from services.jams.contradictions import contradict
from services.jams.jams import (
    Jam,
    JamRefusal,
    Line,
    Lines,
    Proposal,
    Section,
    Tag,
    changed,
    join,
    left,
    must_shape,
    see_whether_due,
)
from services.prompts.lyrics import parse_lyrics
from services.prompts.prompt import parse_tags
from services.prompts.section_markers import INSTRUMENTAL
from services.text.faults import Fault, FaultKind, PromptError

MOST_SECTIONS = 12  # of one round
MOST_PROPOSALS = 3  # open at once: as many as a panel has room for
LONGEST_SECTION = 2000  # characters; two of them fit one private message, for whoever was overtaken
KEPT_EARLIER = 3  # versions of a section
HEADINGS = ("[verse]", "[chorus]", "[bridge]", "[intro]", "[outro]", "[inst]")


class SectionFault(FaultKind):
    """What can be wrong with a section, beside its lines."""

    TOO_LONG = auto()  # length, most
    EMPTY = auto()


class NoSuchTag(JamRefusal):
    """The tag is not in the jam any more."""


class NoSuchSection(JamRefusal):
    """The section is not in the jam any more."""


class SectionChanged(JamRefusal):
    """Somebody else changed the section since it was opened; it is as `section` now."""

    def __init__(self, section: Section) -> None:
        super().__init__(f"revision {section.revision}")
        self.section = section


class NoSuchProposal(JamRefusal):
    """It was decided, or fell with the round."""


class TooManyProposals(JamRefusal):
    """As many proposals are open as there can be at once."""


class TooManySections(JamRefusal):
    """There are as many sections as there can be."""


class NothingEarlier(JamRefusal):
    """The section was never anything else."""


# tags ---------------------------------------------------------------------------------------------------


def add_tags(jam: Jam, member_id: int, typed: str) -> Jam:
    """Adds tags; one that contradicts what somebody else who is in added is proposed in its place.

    Raises NotIn, NotNow, TooManyProposals; PromptError where the tags are wrong, or too many in all.
    """
    must_shape(jam, member_id)
    for text in parse_tags(typed):
        if _find(jam.tags, text) is None:
            jam = _add_tag(jam, member_id, text)
    parse_tags(", ".join(tag.text for tag in jam.tags))
    return jam


def _add_tag(jam: Jam, member_id: int, text: str) -> Jam:
    against = [tag for tag in jam.tags if contradict(tag.text, text)]
    if any(not _own(jam, member_id, tag.by) for tag in against):
        return _propose(jam, Proposal(0, member_id, tuple(tag.text for tag in against), text))
    kept = tuple(tag for tag in jam.tags if tag not in against)
    return changed(replace(jam, tags=(*kept, Tag(text, member_id))))


def strike_tag(jam: Jam, member_id: int, text: str) -> Jam:
    """Strikes a tag, or proposes that where somebody else who is in added it.

    Raises NotIn, NotNow, NoSuchTag, TooManyProposals.
    """
    must_shape(jam, member_id)
    tag = _find(jam.tags, text)
    if tag is None:
        raise NoSuchTag
    if _own(jam, member_id, tag.by):
        return _decide_again(changed(replace(jam, tags=tuple(one for one in jam.tags if one != tag))))
    return _propose(jam, Proposal(0, member_id, (tag.text,)))


def _find(tags: Sequence[Tag], text: str) -> Tag | None:
    return next((tag for tag in tags if tag.text.casefold() == text.casefold()), None)


def _own(jam: Jam, member_id: int, by: int) -> bool:
    """Whether the member may take it away alone: it is theirs, or of nobody who is in."""
    return by == member_id or jam.person(by) is None


# proposals ----------------------------------------------------------------------------------------------


def _propose(jam: Jam, proposal: Proposal) -> Jam:
    """Opens a proposal, with its member's vote for it; where the same is open, that is a vote for that."""
    for one in jam.proposals:
        if (one.strikes, one.adds, one.removes) == (proposal.strikes, proposal.adds, proposal.removes):
            return vote(jam, proposal.by, one.id, agrees=True)
    if len(jam.proposals) >= MOST_PROPOSALS:
        raise TooManyProposals
    opened = replace(proposal, id=jam.next_id)
    jam = replace(jam, proposals=(*jam.proposals, opened), next_id=jam.next_id + 1)
    return vote(jam, proposal.by, opened.id, agrees=True)


def vote(jam: Jam, member_id: int, proposal_id: int, *, agrees: bool) -> Jam:
    """The member's vote, in the place of one they gave before. Raises NotIn, NotNow, NoSuchProposal."""
    must_shape(jam, member_id)
    found = next((one for one in jam.proposals if one.id == proposal_id), None)
    if found is None:
        raise NoSuchProposal
    votes = (*(one for one in found.votes if one[0] != member_id), (member_id, agrees))
    voted = tuple(replace(one, votes=votes) if one is found else one for one in jam.proposals)
    return _decide_again(replace(jam, proposals=voted))


def counted(jam: Jam, proposal: Proposal) -> tuple[int, int]:
    """Votes for and against, of those who are in."""
    votes = [agrees for member_id, agrees in proposal.votes if jam.person(member_id)]
    return sum(votes), len(votes) - sum(votes)


def _decide_again(jam: Jam) -> Jam:
    """Carries out what has a majority, and drops what can get none any more or has lost its object."""
    for proposal in jam.proposals:
        yes, no = counted(jam, proposal)
        passed = yes >= jam.majority
        fallen = len(jam.here) - no < jam.majority or not _has_object(jam, proposal)
        if passed or fallen:
            left = replace(jam, proposals=tuple(one for one in jam.proposals if one.id != proposal.id))
            return _decide_again(_carry_out(left, proposal) if passed and not fallen else left)
    return jam


def come_or_go(jam: Jam, member_id: int, name: str) -> Jam:
    """Who is in leaves, and anybody else joins. Raises IsFull."""
    return join(jam, member_id, name) if jam.person(member_id) is None else leave(jam, member_id)


def leave(jam: Jam, member_id: int) -> Jam:
    """Their tags and lines stay; votes are counted anew, and enough may have locked in now."""
    if jam.person(member_id) is None:
        return jam
    return see_whether_due(_decide_again(left(jam, member_id)))


def _has_object(jam: Jam, proposal: Proposal) -> bool:
    there = {tag.text for tag in jam.tags}
    if proposal.removes is not None:
        return any(section.id == proposal.removes for section in jam.sections)
    return proposal.adds is not None or not there.isdisjoint(proposal.strikes)


def struck_by(jam: Jam, proposal: Proposal) -> tuple[Tag, ...]:
    """The tags that go if it passes: those that it names, and what contradicts the one that it adds."""
    against = proposal.adds
    return tuple(
        tag
        for tag in jam.tags
        if tag.text in proposal.strikes or (against is not None and contradict(tag.text, against))
    )


def _carry_out(jam: Jam, proposal: Proposal) -> Jam:
    gone = struck_by(jam, proposal)
    tags = tuple(tag for tag in jam.tags if tag not in gone)
    if proposal.adds is not None and _find(tags, proposal.adds) is None:
        tags = (*tags, Tag(proposal.adds, proposal.by))
    sections = tuple(section for section in jam.sections if section.id != proposal.removes)
    return changed(replace(jam, tags=tags, sections=sections))


# sections -----------------------------------------------------------------------------------------------


def write_new(jam: Jam, member_id: int, heading: str, text: str) -> Jam:
    """Adds a section at the end; an outro stays last. Raises NotIn, NotNow, TooManySections, PromptError."""
    must_shape(jam, member_id)
    if len(jam.sections) >= MOST_SECTIONS:
        raise TooManySections
    section = Section(jam.next_id, heading, _lines(heading, text, member_id, ()))
    place = len(jam.sections)
    if heading == "[intro]":
        place = 0
    elif jam.sections and jam.sections[-1].heading == "[outro]" and heading != "[outro]":
        place -= 1
    sections = (*jam.sections[:place], section, *jam.sections[place:])
    return _written(replace(jam, sections=sections, next_id=jam.next_id + 1))


def rewrite(jam: Jam, member_id: int, section_id: int, revision: int, text: str) -> Jam:
    """Changes a section as it was at that revision.

    Raises NotIn, NotNow, NoSuchSection, PromptError; SectionChanged where somebody was quicker.
    """
    must_shape(jam, member_id)
    section = the_section(jam, section_id)
    lines = _lines(section.heading, text, member_id, section.lines)
    if [line.text for line in lines] == [line.text for line in section.lines]:
        return jam
    if section.revision != revision:
        raise SectionChanged(section)
    return _replace_section(jam, section, lines)


def add_below(jam: Jam, member_id: int, section_id: int, text: str) -> Jam:
    """Puts lines below a section's, whatever it is now. Raises NotIn, NotNow, NoSuchSection, PromptError."""
    must_shape(jam, member_id)
    section = the_section(jam, section_id)
    return _replace_section(jam, section, (*section.lines, *_lines(section.heading, text, member_id, ())))


def bring_back(jam: Jam, member_id: int, section_id: int) -> Jam:
    """Makes a section what it was before; what it is now is kept. Raises NothingEarlier and those above."""
    must_shape(jam, member_id)
    section = the_section(jam, section_id)
    if not section.earlier:
        raise NothingEarlier
    *older, before = section.earlier
    rotated = replace(section, earlier=(section.lines, *older), lines=before, revision=section.revision + 1)
    return _written(_with(jam, rotated))


def remove(jam: Jam, member_id: int, section_id: int) -> Jam:
    """Takes a section out, or proposes that where lines in it are of somebody else who is in.

    Raises NotIn, NotNow, NoSuchSection, TooManyProposals.
    """
    must_shape(jam, member_id)
    section = the_section(jam, section_id)
    if all(_own(jam, member_id, writer) for writer in section.writers):
        left = tuple(one for one in jam.sections if one.id != section_id)
        return _decide_again(changed(replace(jam, sections=left)))
    return _propose(jam, Proposal(0, member_id, removes=section_id))


def move(jam: Jam, member_id: int, section_id: int, steps: int) -> Jam:
    """Moves a section up (negative) or down, as far as it goes. Raises NotIn, NotNow, NoSuchSection."""
    must_shape(jam, member_id)
    section = the_section(jam, section_id)
    others = [one for one in jam.sections if one is not section]
    place = min(max(0, jam.sections.index(section) + steps), len(others))
    moved = (*others[:place], section, *others[place:])
    return jam if moved == jam.sections else changed(replace(jam, sections=moved))


def the_section(jam: Jam, section_id: int) -> Section:
    """Raises NoSuchSection."""
    found = next((section for section in jam.sections if section.id == section_id), None)
    if found is None:
        raise NoSuchSection
    return found


def _lines(heading: str, text: str, member_id: int, before: Lines) -> Lines:
    """The lines of the text; those that were there before stay whose they were. Raises PromptError."""
    if len(text) > LONGEST_SECTION:
        values = {"length": len(text), "most": LONGEST_SECTION}
        raise PromptError([Fault("section", SectionFault.TOO_LONG, values)])
    parsed = parse_lyrics(text)
    if not parsed and heading != INSTRUMENTAL:
        raise PromptError([Fault("section", SectionFault.EMPTY)])
    writers: dict[str, list[int]] = {}
    for line in before:
        writers.setdefault(line.text, []).append(line.by)
    found: list[Line] = []
    for one in parsed.split("\n") if parsed else ():
        known = writers.get(one)
        found.append(Line(one, known.pop(0) if known else member_id))
    return tuple(found)


def _replace_section(jam: Jam, section: Section, lines: Lines) -> Jam:
    earlier = (*section.earlier, section.lines)[-KEPT_EARLIER:] if section.lines else section.earlier
    again = replace(section, lines=lines, revision=section.revision + 1, earlier=earlier)
    return _written(_with(jam, again))


def _with(jam: Jam, section: Section) -> Jam:
    return replace(jam, sections=tuple(section if one.id == section.id else one for one in jam.sections))


def _written(jam: Jam) -> Jam:
    """The words are others now; all together must still be lyrics. Raises PromptError."""
    parse_lyrics(jam.lyrics)
    return changed(jam)
