"""What members read of a family: as a list, on its picture, and in the picture's alt text."""

from __future__ import annotations

from cogs.texts.formatting import (
    LONGEST_DESCRIPTION,
    SHOWN_MAKERS,
    by,
    done_to,
    length,
    listen,
    makers,
    named,
    plain,
    shortened,
    titled,
)
from cogs.texts.translation import Text, _, plural
from services.pictures.family_rows import FamilyRow, FamilyRows
from services.prompts.rework import TagChanges
from services.tracks.families import Changes, Family, Lines, Note, Relative, Words
from services.tracks.track import Track

DEEPEST = 5  # levels to which a list is indented
LONGEST_CHANGES = 150  # characters of what changed, in the list; the picture and the alt text have more
MOST_TAGS = 4  # that came or went, named
NOTES = {
    None: "",
    Note.ERASED: Text("erased by its maker"),
    Note.DELETED: Text("deleted"),
    Note.ELSEWHERE: Text("made where you do not see it"),
    Note.IN_REVIEW: Text("waits for a moderator"),
    Note.WITHHELD: Text("withheld"),
    Note.NOT_POSTED: Text("not posted"),
    Note.NEVER_FINISHED: Text("never finished"),
    Note.IN_THE_MAKING: Text("in the making"),
}


def family(track: Track) -> str:
    """Stands above the family."""
    return _("The family of {track}:", track=named(track))


def family_cut(found: Family, track: Track) -> str:
    """That not all of it is shown."""
    return plural(
        found.total,
        "{shown} of {count} track, those nearest to #{number}. /library family with another track shows "
        "the others.",
        "{shown} of {count} tracks, those nearest to #{number}. /library family with another track shows "
        "the others.",
        shown=len(found.relatives),
        number=track.number,
    )


def relatives(family: Family) -> str:
    """The family as nested lists; where it does not fit, without its last ones."""
    text = ""
    for one in family.relatives:
        line = f"{'  ' * min(one.depth, DEEPEST)}- {_relative(one, asked=one.track.id == family.asked)}\n"
        if len(text) + len(line) > LONGEST_DESCRIPTION - 2:
            return f"{text}…"
        text += line
    return text


def _relative(one: Relative, *, asked: bool) -> str:
    track = one.track
    if one.hidden:
        return f"#{track.number} *{NOTES[one.note]}*"
    votes = f" · ♥ {one.votes}" if one.votes else ""
    note = f" · {NOTES[one.note]}" if one.note else ""
    changed = plain(shortened(", ".join(changes(one.changes)), LONGEST_CHANGES))
    changed = f" · *{changed}*" if changed else ""
    here = "▸ " if asked else ""
    return f"{here}{named(track)}{votes} · {by(track, SHOWN_MAKERS)}{note}{changed}{listen(track)}"


# what changed ---------------------------------------------------------------------------------------------


def changes(found: Changes | None) -> tuple[str, ...]:
    """What is different from its parent, a few words each, what matters most first."""
    if found is None:
        return ()
    said = [done_to(*found.rework)] if found.rework else []
    if found.model is not None:
        said.append(_("model {model}", model=found.model.removeprefix("wavespeed-ai/")))
    if found.another_idea:
        said.append(_("another idea"))
    if found.tags is not None:
        said.append(_tags(found.tags))
    if found.words is not None:
        said.append(_words(found.words))
    if found.durations is not None:
        before, since = found.durations
        said.append(f"{length(before)} → {length(since)}")
    said.append(_("same seed") if found.same_seed else _("new seed"))
    if found.new_title:
        said.append(_("new title"))
    return tuple(said)


def _tags(found: TagChanges) -> str:
    moved = [*(f"+{tag}" for tag in found.came), *(f"−{tag}" for tag in found.went)]
    if not moved:
        return _("tags in another order")
    if len(moved) > MOST_TAGS:
        return plural(
            len(moved) - MOST_TAGS,
            "tags {tags} and {count} more",
            "tags {tags} and {count} more",
            tags=" ".join(moved[:MOST_TAGS]),
        )
    return _("tags {tags}", tags=" ".join(moved))


_WORDS = {
    Words.INSTRUMENTAL: Text("now instrumental"),
    Words.LEFT_TO_MODEL: Text("words left to the model"),
    Words.WRITTEN: Text("words written"),
}


def _words(found: Words | Lines) -> str:
    if isinstance(found, Words):
        return str(_WORDS[found])
    moved = " ".join([f"+{found.came}"] * bool(found.came) + [f"−{found.went}"] * bool(found.went))
    return plural(max(found.came, found.went), "words {lines} line", "words {lines} lines", lines=moved)


# the picture, and its alt text ----------------------------------------------------------------------------


def rows_of(family: Family) -> FamilyRows:
    """What the family's picture is drawn from: plain values, and of what is hidden no word."""
    return FamilyRows(family.asked, _heading(family), tuple(map(_row, family.relatives)))


def _heading(family: Family) -> str:
    asked = next(one.track for one in family.relatives if one.track.id == family.asked)
    if not family.cut:
        return plural(family.total, "{count} track in all", "{count} tracks; same colour, same seed")
    said = plural(
        family.total,
        "{shown} of {count} track, around #{number}",
        "{shown} of {count} tracks, around #{number}",
        shown=len(family.relatives),
        number=asked.number,
    )
    if not family.above:
        return said
    before = plural(family.above, "{count} generation before", "{count} generations before")
    return f"{said}; {before}"


def _row(one: Relative) -> FamilyRow:
    track, hidden = one.track, one.hidden
    by_whom = _("by {makers}", makers=makers(track)) if track.maker_names and not hidden else ""
    more = plural(one.more, "+{count} more made from it", "+{count} more made from it") if one.more else ""
    return FamilyRow(
        id=track.id,
        parent_id=track.parent_id or "",
        number=track.number,
        title="" if hidden else titled(track),
        below=" · ".join(filter(None, [by_whom, str(NOTES[one.note]), more])),
        seed=0 if hidden else track.seed,
        votes=0 if hidden else one.votes,
        hidden=hidden,
        changes=changes(one.changes),
    )


def described(family: Family, most: int) -> str:
    """The family in words, for who cannot see its picture; at most so many characters."""
    by_id = {one.track.id: one for one in family.relatives}
    said = [_counted(family)]
    for one in family.relatives:
        parent = by_id.get(one.track.parent_id or "")
        name = in_words(one)
        if parent is not None:
            name = _("{track} from #{parent}", track=name, parent=parent.track.number)
        changed = ", ".join(changes(one.changes))
        said.append(f"{name}: {changed}." if changed else f"{name}.")
    return shortened(" ".join(said), most)


def in_words(one: Relative) -> str:
    """A relative in a few words, without markup: #12 “Porch Light” by Ben, 3 votes."""
    if one.hidden:
        return f"#{one.track.number} {NOTES[one.note]}"
    votes = plural(one.votes, "{count} vote", "{count} votes") if one.votes else ""
    name = _(
        "#{number} “{title}” by {makers}",
        number=one.track.number,
        title=titled(one.track),
        makers=makers(one.track),
    )
    return ", ".join(filter(None, [name, votes, str(NOTES[one.note])]))


def _counted(family: Family) -> str:
    if not family.cut:
        return plural(family.total, "A family of {count} track.", "A family of {count} tracks.")
    return plural(
        family.total,
        "{shown} of the family's {count} track: those nearest to the one asked for.",
        "{shown} of the family's {count} tracks: those nearest to the one asked for.",
        shown=len(family.relatives),
    )
