"""What is read in a track's files: on its card and cover, in the card's alt text, in its MP3's tags."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

from cogs.texts.formatting import makers
from cogs.texts.translation import _, spoken
from services.audio.credits import Credits, FileWords
from services.tracks.track import Track


def credits_of(track: Track) -> Credits:
    """What the track's files say of it."""
    singer = track.lent_by
    return Credits(
        title=track.title,
        maker=makers(track),
        tags=track.tags,
        lyrics=track.words,
        seed=track.seed,
        number=track.number,
        guild=track.guild_name,
        created=track.created_at,
        comment=_comment(track, singer),
        words=_file_words(spoken(), cloned=track.voice_id is not None, lent=bool(singer)),
        singer=singer,
    )


def credits_of_file(name: str) -> Credits:
    """What the card of a member's own file says of it. name: the file's."""
    return Credits(_("Your file"), name, "", "", 0, 0, "", datetime.now(UTC), "", file_words())


def _comment(track: Track, singer: str) -> str:
    if singer:
        return _("Jamboree track {id}, sung with the cloned voice of {singer}", id=track.id, singer=singer)
    if track.voice_id is not None:
        return _("Jamboree track {id}, sung with the maker's cloned voice", id=track.id)
    return _("Jamboree track {id}", id=track.id)


def file_words() -> FileWords:
    """All that is read in a track's files and is not the track's own."""
    return _file_words(spoken(), cloned=False, lent=False)


@cache
def _file_words(_language: str, *, cloned: bool, lent: bool) -> FileWords:
    """cloned: of a track that is sung with its maker's cloned voice, or (lent) with a member's."""
    maker = _("{maker}, cloned voice · #{number}") if cloned else _("{maker} · #{number}")
    of_track = _("Card of “{name}” by {maker}, track {number}, {length} long.")
    if cloned:
        of_track = _(
            "Card of “{name}” by {maker}, track {number}, {length} long, sung with the maker's cloned voice."
        )
    if lent:
        maker = _("cloned voice of {singer} · {maker} · #{number}")
        of_track = _(
            "Card of “{name}” by {maker}, track {number}, {length} long, sung with the cloned voice of "
            "{singer}."
        )
    return FileWords(
        untitled=_("Track {number}"),
        maker_on_card=maker,
        maker_on_cover=_("{maker} · {guild} #{number}"),
        facts=_("{length} · {level}"),
        level=_("{level} LUFS"),
        no_level=_("silent"),
        unit=_("LUFS"),
        estimated=_("est."),
        seed=_("seed {seed}"),
        section_names={
            "verse": _("verse"),
            "chorus": _("chorus"),
            "post-chorus": _("post-chorus"),
            "pre-chorus": _("pre-chorus"),
            "bridge": _("bridge"),
            "breakdown": _("breakdown"),
            "intro": _("intro"),
            "outro": _("outro"),
            "instrumental": _("instrumental"),
            "solo": _("solo"),
            "drop": _("drop"),
        },
        section_signs={
            "verse": _("V"),
            "chorus": _("Ch"),
            "bridge": _("Br"),
            "intro": _("In"),
            "outro": _("Out"),
            "instrumental": _("Ins"),
        },
        part=_("part {letter}"),
        range=_("{start}–{end}"),
        card_of_track=of_track,
        card_of_file=_("Card of “{name}”, {length} long."),
        loudness=_("Loudness over time: {overall} LUFS overall, loudest at {moment} with {most}."),
        loudness_within=_(
            "Loudness over time: {overall} LUFS overall, loudest at {moment} ({section}) with {most}."
        ),
        silent=_("It is silent from start to end."),
        silence=_("silence"),
        begins_quietly=_("It begins quietly."),
        fades_out=_("It fades out."),
        begins_quietly_and_fades_out=_("It begins quietly and fades out."),
        eighths=_("Loudness of each eighth of it: {levels} LUFS."),
        sections=_("Estimated sections and where they begin: {sections}."),
        section=_("{name} {start}"),
        sections_with_levels=_(
            "Estimated sections, where they begin, and their loudness in LUFS: {sections}."
        ),
        section_with_level=_("{name} {start} ({level})"),
        tags_and_seed=_("Tags: {tags}. Seed {seed}."),
        marked_within=_("Marked: {start} to {end}, within {sections}. {card}"),
        marked_across=_("Marked: {start} to {end}, {count} sections. {card}"),
        waveform_of_track=_("Waveform of “{name}” by {maker}, {length} long."),
        cover=_("Cover"),
        waveform=_("Waveform and sections"),
        chapters=_("Sections (estimated)"),
    )
