"""Lyrics: from a member's form or file to what the model sings.

The rule: a member's lines stay their lines.
"""

from __future__ import annotations

import codecs
import re
import unicodedata

from services.characters import LINE_BREAK, first_hidden, normal, without_invisible
from services.faults import Fault, PromptError
from services.headings import INSTRUMENTAL, marker_of

MAX_LYRICS = (
    8000  # characters; a form's field ends at 4000 (Discord: Text Input), a file may bring twice that
)
MAX_LYRICS_FILE_BYTES = 64 * 1024

# A singer manages about four syllables a second when nothing is held and nothing hurried: quarter notes at
# 240 a minute, or eighths at 120 (fittonmusic.com, "Singing"). Between lines there is a breath.
SYLLABLES_PER_SECOND = 4.0
BREATH_SECONDS = 0.4


def parse_lyrics(raw: object) -> str:
    """The lyrics as the model takes them: headings as its markers, "[inst]" where nobody sings, "" for none.

    Raises PromptError.
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
    marked = [marker_of(line) or line for line in lines]
    if any(marked) and all(line in ("", INSTRUMENTAL) for line in marked):
        return INSTRUMENTAL
    lyrics = re.sub(r"\n{4,}", "\n\n\n", "\n".join(marked).strip("\n"))
    if len(lyrics) > MAX_LYRICS:
        raise PromptError([_too_long(len(lyrics))])
    return lyrics


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


# how long they take ------------------------------------------------------------------------------------


def singing_seconds(lyrics: str) -> float:
    """About how many seconds it takes to sing them, without what is played between; markers take none.

    An estimate: syllables are counted by rule, not from a dictionary.
    """
    sung = sung_lines(lyrics)
    return syllables("\n".join(sung)) / SYLLABLES_PER_SECOND + BREATH_SECONDS * len(sung)


def sung_lines(lyrics: str) -> list[str]:
    """The lines with words; neither empty ones nor [markers]."""
    lines = map(str.strip, lyrics.split("\n"))
    return [line for line in lines if line and not _MARKER.fullmatch(line)]


def syllables(text: str) -> float:
    """About how many syllables the text has, by the way its scripts are written."""
    letters = unicodedata.normalize("NFKD", unicodedata.normalize("NFC", text.casefold()))
    count = float(sum(_alphabetic(word) for word in _ALPHABETIC.findall(_MARKS.sub("", letters))))
    kana = len(_KANA.findall(text))  # one each; small ones belong to the one before
    count += kana + len(_HANGUL.findall(text)) + len(re.findall(r"\d", text))
    count += len(_HAN.findall(text)) * (2 if kana else 1)  # read as about two kana each, else one syllable
    count += len(_CONSONANTS.findall(text)) / 2  # vowels are mostly not written
    indic = _INDIC.findall(text)  # a letter holds its vowel, unless a virama takes it
    count += sum(1 if unicodedata.category(c) == "Lo" else -1 for c in indic if _counts(c))
    return max(count, 0.0)


def _counts(character: str) -> bool:
    return unicodedata.category(character) == "Lo" or unicodedata.combining(character) == 9


def _alphabetic(word: str) -> int:
    """Groups of vowels; each Cyrillic vowel is a syllable; an English e at the end is silent."""
    groups = len(_VOWELS.findall(word))
    if groups > 1 and re.search(r"[^aeiouyl]e$", word):
        groups -= 1
    return max(groups, 1)


_MARKER = re.compile(r"\[[^\[\]]*\]")
_MARKS = re.compile(r"[\u0300-\u036f'’]")
_ALPHABETIC = re.compile(r"[a-zßæøœđłıþð\u0370-\u03ff\u0400-\u052f]+")
_VOWELS = re.compile(r"[aeiouyæøœıαεηιουω]+|[аеёиоуыэюяіїєү]")
_KANA = re.compile(r"[ぁ-ゖァ-ヺー](?<![ぁぃぅぇぉゃゅょァィゥェォャュョ])")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af]")
_HANGUL = re.compile(r"[\uac00-\ud7a3]")
_CONSONANTS = re.compile(r"[\u05d0-\u05ea\u0620-\u064a\u066e-\u06d3\u0e01-\u0e2e\u0e80-\u0eae]")
_INDIC = re.compile(r"[\u0900-\u0dff\u1000-\u109f\u1780-\u17ff]")
