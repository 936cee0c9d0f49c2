"""Words that must not be in a track: found however they are spelled, and not where they only seem to be."""

import string
import unicodedata

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from cogs.texts.prompts.faults import said_of
from cogs.texts.prompts.words import unusable
from services.words import blocked_words
from services.words.blocked_words import (
    FAULTS_TOLD,
    Origin,
    UnusableWord,
    WordList,
    check_pattern,
    check_word,
    default_lists,
    find_faults,
    readable_patterns,
    word_faults,
)

WHOSE = Origin.MODERATORS
DEFAULT = default_lists()[0].words  # those that count in every language


def refused(text: str, *words: str, patterns: tuple[str, ...] = (), allowed: tuple[str, ...] = ()) -> bool:
    return bool(find_faults({"title": text}, [WordList(WHOSE, words, patterns, allowed)]))


@pytest.mark.parametrize(
    "text",
    [
        "badger",
        "a BADGER sings",
        "badger's song",
        "“badger”!",
        "bädgér",
        "b\u0336a\u0336d\u0336g\u0336e\u0336r\u0336",
        "ｂａｄｇｅｒ",
        "𝕓𝕒𝕕𝕘𝕖𝕣",
        "ⓑⓐⓓⓖⓔⓡ",
        "🅱🅰🅳🅶🅴🆁",
        "🇧🇦🇩🇬🇪🇷",
        "bаdgеr",  # Cyrillic а and е
        "ЬАDGЕR",
        "βαdger",
        "ʙᴀᴅɢᴇʀ",
        "b4dg3r",
        "8@dg€r",
        "baaaaadgerrrr",
        "baddger",
        "b\u200ba\u200bd\u200bg\u200be\u200br",
        "bad\u00adger",
        "b a d g e r",
        "b.a.d.g.e.r",
        "b - a - d - g - e - r",
        "b\na\nd\ng\ne\nr",
        "the b a d g e r sings",
        "b_a_d_g_e_r",
        "bad.ger",
        "ba-dg-er",
        "b adger",
        "badge r",
        "b*dger",
        "b  a  d  g  e  r",
        "baԁger",
        "bb aa dd gg ee rr",
    ],
)
def test_a_word_is_found_however_it_is_spelled(text: str) -> None:
    assert refused(text, "badger")
    assert refused(f"one two {text} three", "badger")
    assert refused(text, "BÄDGER")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Scunthorpe United", "cunt"),
        ("a class act", "ass"),
        ("C-L-A-S-S", "ass"),
        ("bass, brass", "ass"),
        ("as soon as possible", "ass"),
        ("good times", "god"),
        ("he'll be fine, we'll see, she'll sing", "hell"),
        ("I can't, you won't", "can"),
        ("the pen is mightier", "penis"),
        ("the rapist's therapist", "the pist"),
        ("therapist", "the rapist"),
        ("455 bpm, 50 s", "ass"),
        ("50 ways", "so"),
        ("flat notes", "fiat"),
        ("falling", "failing"),
        ("Niger and Nigeria", "nigger"),
        ("shitake", "shit"),
        ("cockatoo, peacock, Hitchcock", "cock"),
        ("Essex, Sussex, sextet", "sex"),
        ("of all things", "off"),
        ("analyse the canal", "anal"),
        ("grape, drape, scrape", "rape"),
        ("Dickens and Dickinson", "dick"),
        ("а ну-ка песня", "any"),
        ("バカンス", "馬鹿"),
        ("がき", "かき"),
    ],
)
def test_an_ordinary_word_is_not_refused(text: str, word: str) -> None:
    assert not refused(text, word)


def test_stars_say_where_a_word_may_go_on() -> None:
    assert refused("badgers", "badger*")
    assert not refused("honeybadger", "badger*")
    assert refused("honeybadger", "*badger")
    assert not refused("badgers", "*badger")
    assert refused("honeybadgers", "*badger*")
    assert refused("h0neyb@dgers", "*badger*")


def test_several_words_are_one_phrase() -> None:
    assert refused("such a bad-tempered  badger!", "bad tempered badger")
    assert refused("B4D TEMPERED\nBADGER", "bad tempered badger")
    assert not refused("bad badger", "bad tempered badger")


def test_scripts_without_spaces_need_no_word_boundary() -> None:
    assert refused("この馬鹿が歌う", "馬鹿")
    assert refused("나쁜말입니다", "나쁜말")
    assert refused("плохое слово тут", "слово")
    assert refused("СЛОВО", "слово")
    assert not refused("пословица", "слов")
    assert refused("dance 🖕 dance", "🖕")


def test_the_allowed_words_excuse_what_is_in_them() -> None:
    assert not refused("a honeybadger", "*badger*", allowed=("honeybadger",))
    assert refused("a honeybadger, a badger", "*badger*", allowed=("honeybadger",))


def test_a_fault_names_the_field_the_word_and_the_way_out() -> None:
    texts = {"tags": "ska, b4dger", "title": "fine", "lyrics": "x\n\nbadger otter"}
    faults = find_faults(texts, [WordList(WHOSE, ("badger", "*otter*"))])
    assert [one.field for one in faults] == ["tags", "lyrics", "lyrics"]
    assert said_of(faults[0])[0] == "“badger” is a word that this server's word list does not allow."
    assert "“otter”" in said_of(faults[2])[0]
    many = find_faults({"tags": string.ascii_lowercase}, [])
    assert many == []


def test_a_wall_of_faults_is_cut() -> None:
    ten = tuple(f"word{letter}" for letter in "abcdefghij")
    faults = find_faults({"lyrics": " ".join(ten)}, [WordList(WHOSE, ten)])
    assert len(faults) == FAULTS_TOLD
    assert "5 more" in said_of(faults[-1])[0]


# the default list --------------------------------------------------------------------------------------


def test_every_default_word_can_be_used_and_is_found() -> None:
    for word in DEFAULT:
        assert check_word(word) == word
        bare = word.strip("*")
        assert refused(f"a {bare} b", *DEFAULT)
        assert refused(f"a {bare.upper().replace('I', '1').replace('O', '0')} b", *DEFAULT)


ORDINARY = """
snigger niggle niggardly spice spicy spics'n'spans retardant ritardando Nigeria kikeriki Pakistan Pakistani
gooky goop beans cleaner China Chinese chinchilla rage rag towel head trans tran white powers race wars
kill your darlings Heilbronn Sieglinde gaslight Zigzag Juden shepherd shemomedjamo untermalung child portrait
"""


@pytest.mark.parametrize("word", [*ORDINARY.split(), "kill your darlings", "white powder", "race car"])
def test_the_default_list_refuses_nothing_ordinary(word: str) -> None:
    assert not refused(word, *DEFAULT)


# properties --------------------------------------------------------------------------------------------

WORDS = st.text(string.ascii_lowercase, min_size=5, max_size=12)
MARKS = st.sampled_from(["", "\u0301", "\u0336", "\u200b", "\u2060", "\u00ad", "\ufe0f", "\u034f"])
FONTS = [
    str,
    str.upper,
    lambda c: chr(0x1D400 + ord(c) - 97 + 26),
    lambda c: chr(0xFF41 + ord(c) - 97),
    lambda c: chr(0x24D0 + ord(c) - 97),
    lambda c: chr(0x1F170 + ord(c) - 97),
]


@given(WORDS, st.data())
def test_no_disguise_hides_a_word(word: str, data: st.DataObject) -> None:
    drawn = [
        data.draw(st.sampled_from(FONTS))(c) * data.draw(st.sampled_from([1, 1, 4])) + data.draw(MARKS)
        for c in word
    ]
    between = data.draw(st.sampled_from(["", "", " ", ".", " - ", "\u200b", "_", "\n"]))
    assert refused(f"la la\n{between.join(drawn)}\nla", word)


PLAIN = st.text("abcdefghjkmnopqrstxyz", min_size=5, max_size=12)  # letters that stand for no other


@given(PLAIN, PLAIN, PLAIN)
def test_a_word_within_another_is_refused_only_where_the_moderator_says_so(
    word: str, before: str, after: str
) -> None:
    assume(before[-1] != word[0] and after[0] != word[-1])
    whole = before + word + after
    assert refused(whole, f"*{word}*")
    assert not refused(whole, word)


@given(st.text(max_size=300), st.text(max_size=40))
@example("1|1|1|1|" * 50, "illi")
@example("\u0130\u0130", "ii")
@example("\ud800|\udfff", "\ud800a")
@example("bad's\u101d", "bad")
def test_any_text_and_any_word_are_answered(text: str, word: str) -> None:
    refused(text * 20, word, patterns=("b.d",), allowed=(word[1:],))


@given(st.text(string.ascii_lowercase + " ", min_size=3, max_size=40))
def test_folding_twice_changes_nothing(text: str) -> None:
    assume(len(text.replace(" ", "")) > 1 and not text.isspace())
    word = " ".join(text.split())
    assert refused(unicodedata.normalize("NFD", word), word) == refused(word, word)


def test_thousands_of_words_and_the_longest_lyrics_take_a_moment() -> None:
    many = tuple(f"badger{a}{b}{c}" for a in string.ascii_lowercase for b in "abcdefghij" for c in "xyzw")
    lyrics = ("the quick brown fox jumps over the lazy dog and sings\n" * 200)[:8000]
    assert find_faults({"lyrics": lyrics}, [WordList(WHOSE, many)]) == []


# patterns ----------------------------------------------------------------------------------------------


def test_patterns_see_the_text_as_it_is_and_as_it_is_read() -> None:
    assert refused("call 555-0199 now", patterns=(r"\d{3}-\d{4}",))
    assert refused("bаdger", patterns=("bad.er",))  # Cyrillic а
    assert refused("СЛОВО", patterns=(r"[а-я]+",))
    assert not refused("badge", patterns=("badger",))


def test_patterns_that_cannot_be_used_are_refused_with_a_reason() -> None:
    assert check_pattern(r" ba+d ") == "ba+d"
    for pattern, reason in (
        ("(", "no pattern"),
        ("a*", "matches everything"),
        ("(?<=bad)ger", "looks at what comes before or after"),
        ("bad(?!minton)", "looks at what comes before or after"),
        (r"(ba)d\1", "refers back"),
        (r"(?P<x>ba)(?P=x)", "no pattern"),
        ("[[a-z]&&[^b]]", "set in a set"),
        ("x{1,100000}", "thousand"),
        (r"(?:\pL{50}){20}", "too large"),
        ("y" * 300, "longer than"),
    ):
        with pytest.raises(UnusableWord) as refusal:
            check_pattern(pattern)
        assert reason in unusable(refusal.value)


def test_others_patterns_that_cannot_be_read_are_skipped() -> None:
    assert readable_patterns(("ba+d", "(?P<x", "[[:alpha:]&&[^a]]+z", "[[:alpha:]]z")) == (
        "ba+d",
        "[[:alpha:]]z",
    )


async def test_a_pattern_that_takes_too_long_stops_nothing_and_lets_nothing_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # each of these would take centuries in an engine that goes back
    slow = WordList(WHOSE, patterns=(r"(?:a|aa)+$", "(a+)+b$", r"(?:.*a){25}c", "((a*)*)*x") * 5)
    assert await word_faults({"lyrics": "a" * 5000 + "!"}, [slow]) == []
    assert len(await word_faults({"lyrics": "a" * 5000 + "!x"}, [slow])) == 5
    monkeypatch.setattr(blocked_words, "ALL_PATTERNS_SECONDS", 0)
    (fault,) = await word_faults({"lyrics": "a" * 5000 + "!"}, [slow])
    assert "in time" in said_of(fault)[0]


def test_words_that_cannot_be_used_are_refused_with_a_reason() -> None:
    assert check_word("  two   words ") == "two words"
    assert check_word("*b4d*") == "*b4d*"
    assert check_word("馬") == "馬"
    for word, reason in (("*", "too short"), ("a*", "too short"), ("b*d", "inside"), ("z" * 61, "longer")):
        with pytest.raises(UnusableWord) as refusal:
            check_word(word)
        assert reason in unusable(refusal.value)
