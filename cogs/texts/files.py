"""What is read in a track's files: on its card and cover, in the card's alt text, in its MP3's tags."""

from __future__ import annotations

from datetime import UTC, datetime

from cogs.texts.formatting import makers
from services.audio.credits import Credits, FileWords
from services.tracks.track import Track

WORDS = FileWords(
    untitled="Track {number}",
    maker_on_card="{maker} · #{number}",
    maker_on_cover="{maker} · {guild} #{number}",
    facts="{length} · {level}",
    level="{level} LUFS",
    no_level="silent",
    unit="LUFS",
    estimated="est.",
    seed="seed {seed}",
    section_names={
        "verse": "verse",
        "chorus": "chorus",
        "post-chorus": "post-chorus",
        "pre-chorus": "pre-chorus",
        "bridge": "bridge",
        "breakdown": "breakdown",
        "intro": "intro",
        "outro": "outro",
        "instrumental": "instrumental",
        "solo": "solo",
        "drop": "drop",
    },
    section_signs={
        "verse": "V", "chorus": "Ch", "bridge": "Br", "intro": "In", "outro": "Out", "instrumental": "Ins",
    },
    part="part {letter}",
    range="{start}–{end}",
    card_of_track="Card of “{name}” by {maker}, track {number}, {length} long.",
    card_of_file="Card of “{name}”, {length} long.",
    loudness="Its loudness over time: {overall} LUFS overall, the most {most} at {moment}.",
    loudness_within=(
        "Its loudness over time: {overall} LUFS overall, the most {most} at {moment} ({section})."
    ),
    silent="Its loudness over time: it is silent.",
    silence="silence",
    begins_quietly="It begins quietly.",
    fades_out="It fades out.",
    begins_quietly_and_fades_out="It begins quietly and fades out.",
    eighths="In eighths: {levels} LUFS.",
    sections="Sections, estimated, by where they begin: {sections}.",
    section="{name} {start}",
    sections_with_levels="Sections, estimated, by where they begin, with LUFS: {sections}.",
    section_with_level="{name} {start} ({level})",
    tags_and_seed="Tags: {tags}. Seed {seed}.",
    marked_within="Marked: {start} to {end}, within {sections}. {card}",
    marked_across="Marked: {start} to {end}, {count} sections. {card}",
    waveform_of_track="Waveform of “{name}” by {maker}, {length} long.",
    cover="Cover",
    waveform="Waveform and sections",
    chapters="Sections (estimated)",
)  # fmt: skip


def credits_of(track: Track) -> Credits:
    """What the track's files say of it."""
    return Credits(
        title=track.title,
        maker=makers(track),
        tags=track.tags,
        lyrics=track.words,
        seed=track.seed,
        number=track.number,
        guild=track.guild_name,
        created=track.created_at,
        comment=f"Jamboree track {track.id}",
        words=WORDS,
    )


def credits_of_file(name: str) -> Credits:
    """What the card of a member's own file says of it. name: the file's."""
    return Credits("Your file", name, "", "", 0, 0, "", datetime.now(UTC), "", WORDS)
