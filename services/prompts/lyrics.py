"""Lyrics: from a member's form or file to what the model sings.

The rule: a member's lines stay their lines.
"""

from __future__ import annotations

import codecs
import re

from services.prompts.faults import PromptFault
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
    if raw is None or (isinstance(raw, str) and not raw):
        return ""
    if not isinstance(raw, str):
        raise PromptError([Fault("lyrics", PromptFault.LYRICS_NOT_TEXT)])
    if len(raw) > 2 * MAX_LYRICS:  # before any work is done on them
        raise PromptError([_too_long(len(raw))])
    text = normal(without_invisible(normal(raw)))
    lines = [line.replace("\t", " ").rstrip() for line in re.split(LINE_BREAK, text)]
    for number, line in enumerate(lines, 1):
        if found := first_hidden(line, joiners=True):
            values = {"number": number, "hidden": found}
            raise PromptError([Fault("lyrics", PromptFault.LINE_WITH_HIDDEN, values)])
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
    return Fault("lyrics", PromptFault.LYRICS_TOO_LONG, {"length": length, "most": MAX_LYRICS})


# from a file ------------------------------------------------------------------------------------------

_DOCUMENTS = {
    b"%PDF": PromptFault.FILE_IS_PDF,
    b"{\\rtf": PromptFault.FILE_IS_RICH_TEXT,
    b"PK\x03\x04": PromptFault.FILE_IS_DOCUMENT,  # of Word, or an archive
}


def decode_lyrics_file(data: bytes) -> str:
    """The text in a UTF-8 file, with or without a byte order mark. Raises PromptError."""
    document = next((kind for start, kind in _DOCUMENTS.items() if data.startswith(start)), None)
    if len(data) > MAX_LYRICS_FILE_BYTES:
        raise _of_file(PromptFault.FILE_TOO_LARGE, size=len(data) // 1024, most=MAX_LYRICS_FILE_BYTES // 1024)
    if document is not None:
        raise _of_file(document)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)):
        raise _of_file(PromptFault.FILE_IN_UTF16)
    if b"\0" in data:
        raise _of_file(PromptFault.FILE_NOT_TEXT)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _of_file(PromptFault.FILE_NOT_UTF8, place=error.start + 1) from error
    if not text.strip():
        raise _of_file(PromptFault.FILE_EMPTY)
    return text


def _of_file(kind: PromptFault, **values: int) -> PromptError:
    return PromptError([Fault("lyrics_file", kind, values)])
