"""Lyrics: from a member's form or file to what the model sings.

The rule: a member's lines stay their lines.
"""

from __future__ import annotations

import codecs
import re

from services.prompts.models import ACE_STEP, Model
from services.prompts.section_markers import INSTRUMENTAL, marked
from services.text.characters import LINE_BREAK, first_hidden, normal, without_invisible
from services.text.faults import Fault, PromptError

MAX_LYRICS = (
    8000  # characters; a form's field ends at 4000 (Discord: Text Input), a file may bring twice that
)
MAX_LYRICS_FILE_BYTES = 64 * 1024
_NOBODY_SINGS = (INSTRUMENTAL, "[instrumental]")  # (WaveSpeed: ACE-Step)


def parse_lyrics(raw: object, model: Model = ACE_STEP) -> str:
    """The lyrics as that model takes them, "[inst]" where nobody sings, "" for none.

    Headings become the model's markers; one to which all that stands in [brackets] means something gets that
    as it was written. Raises PromptError.
    """
    if raw is None:
        return ""
    if not isinstance(raw, str):
        raise PromptError([Fault("lyrics", "The lyrics are not text.", "Write them as plain text.")])
    if len(raw) > 2 * MAX_LYRICS:  # before any work is done on them
        raise PromptError([_too_long(len(raw))])
    text = normal(without_invisible(normal(raw)))
    lines = [line.replace("\t", " ").rstrip() for line in re.split(LINE_BREAK, text)]
    for number, line in enumerate(lines, 1):
        if found := first_hidden(line, joiners=True):
            problem = f"Line {number} of the lyrics holds {found}."
            raise PromptError([Fault("lyrics", problem, "Type that line anew, or paste it as plain text.")])
    taken = as_taken("\n".join(lines), model).split("\n")
    if any(taken) and all(line.strip().casefold() in ("", *_NOBODY_SINGS) for line in taken):
        return INSTRUMENTAL
    lyrics = re.sub(r"\n{4,}", "\n\n\n", "\n".join(taken).strip("\n"))
    if len(lyrics) > MAX_LYRICS:
        raise PromptError([_too_long(len(lyrics))])
    return lyrics


def as_taken(lyrics: str, model: Model) -> str:
    """Lyrics that were parsed for another model, as that one takes them."""
    return "\n".join(marked(line, as_written=model.reads_brackets) for line in lyrics.split("\n"))


def _too_long(length: int) -> Fault:
    return Fault(
        "lyrics",
        f"The lyrics are {length:,} characters long.",
        f"Shorten them to {MAX_LYRICS:,}; no track has time for more.",
    )


# from a file ------------------------------------------------------------------------------------------

_DOCUMENTS = {
    b"%PDF": "a PDF",
    b"{\\rtf": "a rich text document",
    b"PK\x03\x04": "a Word document or an archive",
}


def decode_lyrics_file(data: bytes) -> str:
    """The text in a UTF-8 file, with or without a byte order mark. Raises PromptError."""
    problem, remedy = "", "Save the words as plain text in UTF-8 and attach that file."
    document = next((name for start, name in _DOCUMENTS.items() if data.startswith(start)), None)
    text = ""
    if len(data) > MAX_LYRICS_FILE_BYTES:
        problem = f"The file has {len(data) // 1024:,} KiB; {MAX_LYRICS_FILE_BYTES // 1024} KiB is the most."
        remedy = "Attach a file that holds only the words."
    elif document:
        problem = f"The file is {document}, not plain text."
    elif data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)):
        problem = "The file is text in UTF-16 or UTF-32."
    elif b"\0" in data:
        problem = "The file is not text."
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            problem = f"The file is not UTF-8 text (byte {error.start + 1} fits no character)."
        else:
            if not text.strip():
                problem, remedy = "The file is empty.", "Attach one with words, or leave it out."
    if problem:
        raise PromptError([Fault("lyrics_file", problem, remedy)])
    return text
