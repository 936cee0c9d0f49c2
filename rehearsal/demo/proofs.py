"""What must be true of the files and sums that the members got, and sentences on what is not."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from decimal import Decimal

import av
import av.error
from mutagen import MutagenError
from mutagen.id3 import ID3

from rehearsal.discord.members.member import Json

LENGTH_TOLERANCE = 0.1  # seconds between what was asked for and what plays


def mp3(name: str, data: bytes, seconds: int, title: str, lyrics: str) -> list[str]:
    """Whether the file plays, for so long, and says title and lyrics (lines of words; "" for none)."""
    wrong: list[str] = []
    try:
        plays = length(data)
    except av.error.FFmpegError as error:
        return [f"{name} cannot be played ({error})."]
    if abs(plays - seconds) > LENGTH_TOLERANCE:
        wrong.append(f"{name} plays for {plays:.2f} s, and {seconds} s were asked for.")
    try:
        tags = ID3(io.BytesIO(data))
    except MutagenError as error:
        return [*wrong, f"{name} has no readable ID3 tags ({error})."]
    named = str(tags.get("TIT2", ""))
    if named != title:
        wrong.append(f"{name} calls itself {named!r} in its ID3 tags, and its title is {title!r}.")
    words = "\n".join(frame.text for frame in tags.getall("USLT"))
    absent = [line for line in lyrics.split("\n") if line and not line.endswith(":") and line not in words]
    if absent:
        wrong.append(f"{name} lacks the line {absent[0]!r} in its ID3 lyrics.")
    return wrong


def album(data: bytes) -> tuple[str, str]:
    """What the file's ID3 tags say of its album: title, and number of how many."""
    tags = ID3(io.BytesIO(data))
    return str(tags.get("TALB", "")), str(tags.get("TRCK", ""))


def length(data: bytes) -> float:
    """Seconds of sound in the file, counted in decoded samples. Raises FFmpegError."""
    with av.open(io.BytesIO(data), "r") as container:
        stream = container.streams.audio[0]
        return sum(frame.samples for frame in container.decode(stream)) / stream.rate


def price(message: Json) -> Decimal:
    """What a track's message says that it cost: `#1 · seed 42 · $0.004` in its footer."""
    return dollars(next((embed["footer"]["text"] for embed in message["embeds"] if "footer" in embed), ""))


def seed(message: Json) -> str:
    """The seed that a track's message names; "" where it names none."""
    footers = " ".join(embed["footer"]["text"] for embed in message["embeds"] if "footer" in embed)
    found = re.search(r"seed (\d+)", footers)
    return found[1] if found else ""


def remix_of(message: Json) -> str:
    """What a track's message says that it is a remix of; "" where it does not."""
    lines = "\n".join(embed.get("description", "") for embed in message["embeds"]).split("\n")
    return next((line for line in lines if line.startswith("Remix of ")), "")


def field(message: Json, name: str) -> str:
    """A field of a message's embed. "" where it has none of that name."""
    fields: Iterable[Json] = (one for embed in message["embeds"] for one in embed.get("fields", []))
    return next((one["value"] for one in fields if one["name"] == name), "")


def dollars(text: str) -> Decimal:
    """The first amount of money in a text; 0 where there is none."""
    found = re.search(r"\$([\d,]+\.\d+)", text)
    return Decimal(found[1].replace(",", "")) if found else Decimal(0)
