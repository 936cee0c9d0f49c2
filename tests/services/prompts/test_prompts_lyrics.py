"""Lyrics: lines stay lines, headings become markers, files are text, and how long they take to sing."""

from pathlib import Path

import pytest

from cogs.texts.prompts.faults import said_of
from services.prompts.lyrics import as_taken
from services.prompts.models import ACE_STEP, ACE_STEP_15, Model
from services.prompts.prompt import (
    INSTRUMENTAL,
    PromptError,
    decode_lyrics_file,
    parse_lyrics,
    singing_seconds,
)
from services.prompts.singing import sung

REPORTS = Path(__file__).parents[2] / "reports"
DESCRIPTORS = (REPORTS / "lyrics-for-1.5-descriptors.txt").read_text().strip()


def refusal(lyrics: object) -> str:
    with pytest.raises(PromptError) as error:
        parse_lyrics(lyrics)
    (fault,) = error.value.faults
    assert fault.field == "lyrics"
    return said_of(fault)[0]


@pytest.mark.parametrize(
    ("heading", "marker"),
    [
        ("Verse 1:", "[verse]"),
        ("VERSE_2", "[verse]"),
        ("Verse Two", "[verse]"),
        ("2nd verse", "[verse]"),
        ("[Verse 2: Anna]", "[verse]"),
        ("# Verse 2", "[verse]"),
        ("## **Verse II**", "[verse]"),
        ("1. Strophe", "[verse]"),
        ("Couplet 2 :", "[verse]"),
        ("(Chorus)", "[chorus]"),
        ("**Chorus**", "[chorus]"),
        ("**[Chorus]:**", "[chorus]"),
        ("--- CHORUS ---", "[chorus]"),
        ("Chorus (x2)", "[chorus]"),
        ("(Chorus: all)", "[chorus]"),
        ("[Final Chorus - everyone]", "[chorus]"),
        ("Refrain", "[chorus]"),
        ("Hook", "[chorus]"),
        ("Estribillo", "[chorus]"),
        ("Refrão:", "[chorus]"),
        ("サビ", "[chorus]"),
        ("Припев:", "[chorus]"),
        ("[BRIDGE]", "[bridge]"),
        ("Pre-Chorus", "[bridge]"),
        ("Pré-refrain", "[bridge]"),
        ("Middle 8", "[bridge]"),
        ("Brücke:", "[bridge]"),
        ("Intro -", "[intro]"),
        ("  [Intro: soft guitar]  ", "[intro]"),
        ("{Outro}", "[outro]"),
        ("【Outro】", "[outro]"),
        ("[Instrumental Outro]", "[outro]"),
        ("instrumental break", "[inst]"),
        ("[Guitar Solo]", "[inst]"),
        ("Break:", "[inst]"),
    ],
)
def test_headings_become_markers(heading: str, marker: str) -> None:
    assert parse_lyrics(f"{heading}\nla la la") == f"{marker}\nla la la"


@pytest.mark.parametrize(
    "line",
    [
        *(
            "Bridge over the river",
            "verse after verse we sing",
            "Hook, line and sinker",
            "(Chorus of angels)",
        ),
        *(
            "(Bridge - the river)",
            "Chorus: we sing",
            "Break",
            "Solo",
            "Intro to nothing",
            "Verse one two three four",
        ),
        *("[Whisper]", "[]", "(ooh)", "**", "I", "A", "# 1", "The final chorus line", "1 2 3", "Chorus!"),
    ],
)
def test_a_line_that_is_sung_stays(line: str) -> None:
    assert parse_lyrics(f"la\n{line}\nla") == f"la\n{line}\nla"


@pytest.mark.parametrize(
    "lyrics", ["[inst]", "[Instrumental]", "\n INSTRUMENTAL \n", "(inst)", "[inst]\n\n[inst]"]
)
def test_instrumental_alone_means_nobody_sings(lyrics: str) -> None:
    assert parse_lyrics(lyrics) == INSTRUMENTAL


def test_an_instrumental_part_between_words_is_a_part() -> None:
    assert parse_lyrics("la\n[Instrumental]\nla") == "la\n[inst]\nla"


@pytest.mark.parametrize(
    "line",
    [
        *(
            "[en] [chorus]",
            "[zh][verse]",
            "[verse] la la la",
            "[zh] ni3 hao3",
            "[en]",
            "[Whisper] la",
            "la [x]",
        ),
        *("[chorus] [x2]", "[pt-BR] la", "[Verse 1] la", "[ [x] [y"),
    ],
)
def test_brackets_beside_others_or_words_are_sent_as_written(line: str) -> None:
    for model in (ACE_STEP, ACE_STEP_15):
        assert parse_lyrics(f"la\n{line}\nla", model) == f"la\n{line}\nla"


def test_a_heading_beside_a_language_becomes_the_models_marker() -> None:
    assert parse_lyrics("[en] [Refrain 2]\nla\n[zh][Pre-Chorus]\nla") == "[en] [chorus]\nla\n[zh][bridge]\nla"


def test_what_means_something_to_the_newer_model_is_sent_as_it_was_written() -> None:
    assert parse_lyrics(DESCRIPTORS, ACE_STEP_15) == DESCRIPTORS
    assert as_taken(DESCRIPTORS, ACE_STEP) == parse_lyrics(DESCRIPTORS) != DESCRIPTORS
    written = (
        "[Build-Up]\n[Synth arpeggio fades out]\n[raspy vocal]\nLA la (ooh)   la\n[Verse  2]\n[Guitar Solo]"
    )
    assert parse_lyrics(written, ACE_STEP_15) == written


@pytest.mark.parametrize(
    ("heading", "marker"),
    [
        ("Chorus:", "[chorus]"),
        ("**Pre-Chorus**", "[pre-chorus]"),
        ("Drop:", "[drop]"),
        ("# Breakdown", "[breakdown]"),
        ("(Guitar Solo)", "[guitar solo]"),
        ("**[Chorus - anthemic]:**", "[Chorus - anthemic]"),
        ("【Drop】", "[Drop]"),
        ("Refrain", "[chorus]"),
    ],
)
def test_a_heading_in_another_form_is_put_into_brackets_for_it(heading: str, marker: str) -> None:
    assert parse_lyrics(f"la\n{heading}\nla", ACE_STEP_15) == f"la\n{marker}\nla"


@pytest.mark.parametrize("nobody", ["[inst]", "[Instrumental]", "instrumental", " [INST] "])
def test_nobody_sings_with_the_newer_model_either(nobody: str) -> None:
    assert parse_lyrics(nobody, ACE_STEP_15) == INSTRUMENTAL
    assert parse_lyrics("[Guitar Solo]", ACE_STEP_15) == "[Guitar Solo]"


@pytest.mark.parametrize("empty", ["", " \n\t\n", None])
def test_no_lyrics(empty: object) -> None:
    assert parse_lyrics(empty) == ""


def test_lines_stay_and_only_their_ends_are_cut() -> None:
    assert parse_lyrics("\n\n a\tb  \r\n\r\n\r\n\r\n\r\n*c*\rd\u2028e\x0bf\n") == " a b\n\n\n*c*\nd\ne\nf"


def test_joiners_stay_where_they_mean_something() -> None:
    for word in ("می‌خواهم", "क्‍ष", "👩‍🚀", "🏳️‍🌈"):
        assert parse_lyrics(word) == word
    assert parse_lyrics("\ufefff\u200bo\u200do\u00ad \u202ebar\u3164") == "foo bar"


@pytest.mark.parametrize(
    ("lyrics", "said"),
    [
        ("la\nla\x07", "Line 2 of the lyrics holds a control character (U+0007)"),
        ("\x00", "Line 1"),
        ("la\x1cla", "U+001C"),
        ("\ud83d", "broken character"),
        ("\ue000", "private character"),
        ("x" * 8001, "8,001 characters"),
        ("x" * 10**6, "1,000,000 characters"),
        (b"la", "not text"),
    ],
)
def test_lyrics_that_are_refused(lyrics: object, said: str) -> None:
    assert said in refusal(lyrics)


def test_as_many_lyrics_as_fit() -> None:
    assert parse_lyrics("x" * 8000 + " \n" * 100) == "x" * 8000


# files ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
def test_a_file_is_utf_8(start: bytes) -> None:
    assert decode_lyrics_file(start + "Grüße\r\nนะ".encode()) == "Grüße\r\nนะ"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \n", "empty"),
        ("words".encode("utf-16"), "UTF-16"),
        ("words".encode("utf-16-be"), "not text"),
        ("words".encode("utf-32"), "UTF-32"),
        ("Grüße".encode("latin-1"), "byte 3"),
        (b"ID3\x04\x00\x00", "not text"),
        (b"%PDF-1.7\n", "a PDF"),
        (rb"{\rtf1 words}", "rich text"),
        (b"PK\x03\x04....", "Word document"),
        (b"x" * (64 * 1024 + 1), "the limit is 64 KiB"),
    ],
)
def test_files_that_are_refused(data: bytes, said: str) -> None:
    with pytest.raises(PromptError) as error:
        decode_lyrics_file(data)
    (fault,) = error.value.faults
    assert fault.field == "lyrics_file"
    problem, remedy = said_of(fault)
    assert said in problem
    assert remedy


# how long they take ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "counted"),
    [
        ("Somewhere over the rainbow, way up high", 10),
        ("Twinkle, twinkle, little star", 7),
        ("hmm", 1),
        ("99", 2),
        ("Die Gedanken sind frei", 6),
        ("Я помню чудное мгновенье", 9),
        ("こんにちは", 5),
        ("きゃりー", 3),
        ("東京の夜", 7),
        ("你好世界", 4),
        ("안녕하세요", 5),
        ("नमस्ते", 3),
        ("שלום עולם", 4),
        ("!!!", 0),
    ],
)
def test_syllables_are_about_right_in_many_scripts(line: str, counted: int) -> None:
    assert singing_seconds(line) == pytest.approx(counted / 4 + 0.4, abs=0.51)


def test_markers_and_empty_lines_take_no_time() -> None:
    assert singing_seconds("[verse]\n\n[chorus]") == 0
    assert singing_seconds("[verse]\nla la\n\n[inst]\nla la") == pytest.approx(2 * (2 / 4 + 0.4))


@pytest.mark.parametrize("model", [ACE_STEP, ACE_STEP_15])
def test_language_codes_and_tones_take_no_time(model: Model) -> None:
    plain = parse_lyrics((REPORTS / "lyrics-pinyin-same-without-prefix-and-tones.txt").read_text(), model)
    toned = parse_lyrics((REPORTS / "lyrics-pinyin-language-prefix.txt").read_text(), model)
    assert singing_seconds(toned) == singing_seconds(plain) == pytest.approx(17 / 4 + 3 * 0.4)
    assert "feng1 chui1" in toned


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("[zh]wo3zou3guo4shen1ye4", "wo zou guo shen ye"),
        ("[zh] xi1'an1 lu:4 nv3 er2", "xi an lu: nv er"),
        ("[yue] ngo5 m4 zi1 jyut6", "ngo m zi jyut"),
        ("[Mandarin] Ni3 hao3, shi4 jie4!", "Ni hao, shi jie!"),
        ("ni3 hao3", "ni hao"),
        ("gua2 ai3 li2 tsit8 hng5", "gua ai li tsit hng"),
        ("feng¹ chui¹", "feng chui"),
        ("[zh] wo3 you3 mp3 he2 80s", "wo you mp3 he 80s"),
        ("[zh] wo3 love you so", "wo love you so"),
        ("wo3 love you so", "wo3 love you so"),
        ("[ko] geu-eseo neon", "geu-eseo neon"),
        ("My mp3 and U2 in the 80s", "My mp3 and U2 in the 80s"),
        ("r2d2 h2o catch22 2nd 1 2 3", "r2d2 h2o catch22 2nd 1 2 3"),
        ("[en]", ""),
        ("[en] [chorus] ", ""),
        ("[Synth [soft] pads]", ""),
    ],
)
def test_what_is_sung_of_a_line(line: str, words: str) -> None:
    assert sung(line) == words


def test_a_pop_song_fits_its_usual_length() -> None:
    song = "\n".join(
        ["[verse]", *["I saw you standing by the door"] * 8, "[chorus]", *["Oh, stay with me tonight"] * 6]
    )
    assert 60 < singing_seconds("\n".join([song] * 3)) < 180
