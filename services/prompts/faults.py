"""What can be wrong with a prompt. The sentences are in cogs/texts/prompts/prompt.py and reworks.py."""

from __future__ import annotations

from enum import auto

from services.text.faults import FaultKind


class PromptFault(FaultKind):
    """What can be wrong with tags, lyrics, an idea, a title, a duration, a seed, or a lyrics file."""

    NEITHER_TAGS_NOR_IDEA = auto()
    NO_TAGS = auto()
    TAGS_NOT_TEXT = auto()
    TAGS_FAR_TOO_LONG = auto()
    TAG_WITH_HIDDEN = auto()  # number: counted from 1; hidden: a character
    TAG_TOO_LONG = auto()  # number, length, most
    TAG_WITHOUT_LETTER = auto()  # number
    TAG_IS_MENTION = auto()  # number
    TOO_MANY_TAGS = auto()  # count, most
    ALL_TAGS_TOO_LONG = auto()  # length, most
    IDEA_NOT_TEXT = auto()  # most
    IDEA_FAR_TOO_LONG = auto()  # most
    IDEA_WITH_HIDDEN = auto()  # hidden
    IDEA_TOO_LONG = auto()  # length, most
    IDEA_WITHOUT_LETTER = auto()
    IDEA_AND_TAGS = auto()
    IDEA_AND_LYRICS = auto()
    IDEA_AND_MODEL = auto()  # model: as people call it
    NO_SUCH_MODEL = auto()  # models: as people call them
    NOT_SECONDS = auto()  # shortest, longest
    TOO_SHORT = auto()  # shortest, longest
    TOO_LONG = auto()  # shortest, longest
    NOT_A_SEED = auto()  # largest
    NO_TITLE = auto()  # where there must be one
    TITLE_NOT_TEXT = auto()
    TITLE_FAR_TOO_LONG = auto()
    TITLE_WITH_HIDDEN = auto()  # hidden
    TITLE_TOO_LONG = auto()  # length, most
    LYRICS_NOT_TEXT = auto()
    LYRICS_TOO_LONG = auto()  # length, most
    LINE_WITH_HIDDEN = auto()  # number, hidden
    FILE_TOO_LARGE = auto()  # size, most: KiB
    FILE_IS_PDF = auto()
    FILE_IS_RICH_TEXT = auto()
    FILE_IS_DOCUMENT = auto()
    FILE_IN_UTF16 = auto()
    FILE_NOT_TEXT = auto()
    FILE_NOT_UTF8 = auto()  # place: of a byte, counted from 1
    FILE_EMPTY = auto()


class ReworkFault(FaultKind):
    """What can be wrong with what is to be done to a sound. Seconds, all of it."""

    SAME_TAGS = auto()
    NO_NEW_WORDS = auto()
    SAME_WORDS = auto()
    NOT_TO_BE_ADDED = auto()  # most
    NOTHING_ADDED = auto()
    TOO_MUCH_ADDED = auto()  # seconds, longest, room
    NO_ROOM_TO_ADD = auto()  # seconds, longest
    NOT_A_MOMENT = auto()
    BEGINS_AFTER_END = auto()  # length, whole
    ENDS_AFTER_END = auto()  # length, whole
    ENDS_BEFORE_BEGIN = auto()  # start, end
    TOO_MANY_WORDS_TO_SING = auto()  # length, most: characters
    TOO_SHORT_TO_SING = auto()  # length, least
