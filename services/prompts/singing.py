"""What of a song's lines is sung, and how long that takes.

The rule: nobody sings what stands in [brackets] (headings, directions, language codes), nor a digit that
tells the tone of a syllable, as ACE-Step's own examples write Chinese: [zh] ye4 wan3 de5 feng1.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

# A singer manages about four syllables a second when nothing is held and nothing hurried: quarter notes at
# 240 a minute, or eighths at 120 (fittonmusic.com, "Singing"). Between lines there is a breath.
SYLLABLES_PER_SECOND = 4.0
BREATH_SECONDS = 0.4


def singing_seconds(lyrics: str) -> float:
    """About how many seconds it takes to sing them, without what is played between; markers take none.

    An estimate: syllables are counted by rule, not from a dictionary.
    """
    sung = list(sung_lines(lyrics))
    return syllables("\n".join(sung)) / SYLLABLES_PER_SECOND + BREATH_SECONDS * len(sung)


def sung_lines(lyrics: str) -> Iterator[str]:
    """The words of the lines that have some; each is looked at when it is asked for."""
    return (words for line in lyrics.split("\n") if line and (words := sung(line)))


def sung(line: str) -> str:
    """What is sung of a line; "" of a heading, or of one with nothing but [brackets]."""
    words = _without_brackets(line)
    return _without_tones(words, tonal=bool(_TONAL.search(line))).strip()


def _without_brackets(line: str) -> str:
    """The line without [groups] and what is nested in them; a bracket without its partner stays."""
    kept: list[str] = []
    opened: list[int] = []
    for character in line:
        if character in _CLOSING and opened:
            del kept[opened.pop() :]
            kept.append(" ")
            continue
        if character in _OPENING:
            opened.append(len(kept))
        kept.append(character)
    return "".join(kept)


def _without_tones(words: str, *, tonal: bool) -> str:
    """The words without the digits that tell tones; what was written together falls into syllables.

    tonal: the line says that it is in a language with tones. Where none does, most of its words must be
    written so: mp3, u2 and 80s are no tones.
    """
    if not _TONE.search(words):
        return words
    spelt = _WORD.findall(words)
    toned = sum(bool(_TONED.fullmatch(word)) for word in spelt)
    if not tonal and 2 * toned <= len(spelt):
        return words
    return _WORD.sub(
        lambda word: _TONE.sub(" ", word[0]).rstrip() if _TONED.fullmatch(word[0]) else word[0], words
    )


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


_OPENING, _CLOSING = "[［【", "]］】"
# The languages that are written with digits for tones: Mandarin, Cantonese, Min Nan, Hakka, Wu.
_TONAL = re.compile(r"[\[［【]\s*(?:zh|yue|cmn|nan|hak|wuu)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_](?:[^\W_]|[:'’])*")
_VOWEL = "aeiouüyêéèàáǎāēěíìǐīóòǒōúùǔū"
_SYLLABLE = (
    rf"(?:[^\W\d_{_VOWEL}]{{0,3}}[{_VOWEL}]{{1,4}}(?:ng?r?|nn|[mptkhr])?"
    r"|[lnjqxy](?:v|u:)(?:e|an|n)?|h?ng?|h?m)"  # nv3 and lu:4 are nǚ and lǜ; ng5 is Cantonese
)
_DIGIT = r"[0-9¹²³⁴-⁹](?!\d)['’]?"
_TONE = re.compile(rf"(?<=[^\W\d_]|:){_DIGIT}")
_TONED = re.compile(rf"(?:{_SYLLABLE}{_DIGIT})+", re.IGNORECASE)
_MARKS = re.compile(r"[\u0300-\u036f'’]")
_ALPHABETIC = re.compile(r"[a-zßæøœđłıþð\u0370-\u03ff\u0400-\u052f]+")
_VOWELS = re.compile(r"[aeiouyæøœıαεηιουω]+|[аеёиоуыэюяіїєү]")
_KANA = re.compile(r"[ぁ-ゖァ-ヺー](?<![ぁぃぅぇぉゃゅょァィゥェォャュョ])")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af]")
_HANGUL = re.compile(r"[\uac00-\ud7a3]")
_CONSONANTS = re.compile(r"[\u05d0-\u05ea\u0620-\u064a\u066e-\u06d3\u0e01-\u0e2e\u0e80-\u0eae]")
_INDIC = re.compile(r"[\u0900-\u0dff\u1000-\u109f\u1780-\u17ff]")
