"""The ready-made list: a slur is one in its language, and an ordinary word in another language stays one."""

import pytest

from cogs.texts.prompts.faults import said_of
from services.words.blocked_words import check_word, default_lists, find_faults
from services.words.languages import language_of


def refused(**texts: str) -> list[str]:
    return [
        said_of(fault)[0] for fault in find_faults({"tags": "pop, female vocals", **texts}, default_lists())
    ]


@pytest.mark.parametrize(
    "text",
    [
        "retard",
        "En retard",
        "Le train est en retard, mon amour",
        "Pardon pour le retard",
        "I was en retard",
        "Kys",
        "Kys mig i regnen",
        "Et kys, og så går du",
        "Kike",
        "Kike y yo",
        "Para Kike con amor",
        "KIKÉ",
        "Kono koe wo kike",
        "Der Zigeunerbaron",
        "Zigeunerweisen",
        "Die drei Zigeuner",
        "Paki",
        "Paki abot ng tubig",
        "Pakisabi sa kanya",
        "Sayur pakis dan nasi",
        "spic-and-span",
        "Spic and Span",
        "The house is spick-and-span",
        "spic 'n' span",
        "Un spic de grâu",
        "Miyeok gook",
        "Téa Kanaké",
        "Fagottkonzert",
        "concerto per fagotto",
        "niger, Nigeria, snigger",
    ],
)
@pytest.mark.parametrize("field", ["title", "lyrics", "idea"])
def test_an_ordinary_word_of_another_language_is_none(field: str, text: str) -> None:
    assert refused(**{field: text}) == []


@pytest.mark.parametrize(
    "text",
    [
        "you retard",
        "what a retard he is",
        "they are all retards",
        "kys you loser",
        "you should just kys",
        "k y s now you idiot",
        "that dirty kike",
        "that dirty k!ke",
        "the paki shop and the spics",
        "you are no gook of mine",
        "Ich bin nicht dein Kanake",
        "n i g g e r",
        "ni66er",
        "fa66ot",
        "s/i/e/g h.e.i.l",
        "WhitePower",
        "kikes",
        "Kanaken",
    ],
)
def test_a_slur_is_refused_in_its_language_or_in_all(text: str) -> None:
    assert refused(title=text)


def test_the_line_says_the_language_and_else_all_that_was_written() -> None:
    assert refused(lyrics="Je suis là, mon amour\nBut you are a retard") != []
    assert refused(lyrics="You and I, my love\nJe suis en retard ce soir") == []
    assert refused(title="Kys", lyrics="Jeg vil have dig\nog du vil have mig") == []
    assert refused(title="Kys", lyrics="I will have you\nand you will have me") != []


def test_every_word_of_every_part_is_usable_and_found() -> None:
    context = {"": "", "english": "you are the ", "german": "ich bin nicht "}
    for part in default_lists():
        for word in part.words:
            assert check_word(word) == word
            assert refused(title=f"{context[part.language]}{word.strip('*')}"), word
        assert part.allowed


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("you and me in the rain", "english"),
        ("ich und du im Regen", "german"),
        ("toi et moi sous la pluie", "french"),
        ("ako at ikaw sa ulan", "tagalog"),
        ("Porch Light", ""),
        ("in", ""),
        ("", ""),
    ],
)
def test_a_language_is_told_by_its_small_words(text: str, language: str) -> None:
    assert language_of(text.casefold().split()) == language
