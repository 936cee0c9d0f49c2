"""What can be wrong with what was typed, chosen or attached, before there is a prompt to be looked at."""

from __future__ import annotations

from enum import auto

from cogs.texts.prompts.sentences import FaultSentences, Said, filled
from services.audio.mastered import Flaw
from services.prompts.prompt import LONGEST, SHORTEST
from services.text.faults import Fault, FaultKind


class DraftFault(FaultKind):
    """What cogs find."""

    LYRICS_TWICE = auto()
    WORDS_OF_AN_IDEA = auto()
    SUNG_INSTRUMENTAL = auto()
    TRACK_AND_FILE = auto()
    NEITHER_TRACK_NOR_FILE = auto()
    MADE_FROM_ANOTHER = auto()  # number: of the track
    AS_EARLIER = auto()
    NO_SUCH_LENGTH = auto()
    NOT_FETCHED = auto()
    NOT_DISCORDS = auto()
    CANNOT_LOOK = auto()
    LYRICS_FILE_TOO_LARGE = auto()  # name; most: KiB
    SOUND_TOO_LARGE = auto()  # name; most: MiB
    SOUND_NOT_USABLE = auto()  # name, flaw, seconds


_NOT_USABLE = {
    Flaw.EMPTY: "I cannot use “{name}”: the file is empty.",
    Flaw.NOT_AUDIO: "I cannot use “{name}”: it is no kind of audio that I know.",
    Flaw.WEB_PAGE: "I cannot use “{name}”: it is a web page or XML.",
    Flaw.JSON: "I cannot use “{name}”: it is JSON.",
    Flaw.NO_SOUND: "I cannot use “{name}”: there is no sound in it that I know.",
    Flaw.NOT_NUMBERS: "I cannot use “{name}”: it holds samples that are not numbers.",
    Flaw.DAMAGED: "I cannot use “{name}”: it is damaged, and too much of it cannot be read.",
    Flaw.CUT_OFF: "I cannot use “{name}”: it is cut off, and plays shorter than it says.",
    Flaw.CHANGING_CHANNELS: "I cannot use “{name}”: its channels change while it is read.",
    Flaw.TOO_SHORT: (
        f"I cannot use “{{name}}”: it plays {{seconds:.1f}} s; from {SHORTEST} to {LONGEST} s is what I can "
        "rework."
    ),
    Flaw.TOO_LONG: f"I cannot use “{{name}}”: it plays longer than {LONGEST} s, which is the most.",
    Flaw.TOO_MUCH_MEMORY: "I cannot use “{name}”: it takes too much memory to read.",
    Flaw.UNREADABLE: "I cannot use “{name}”: I could not read it.",
}


def _sound_not_usable(fault: Fault) -> Said:
    remedy = "Attach an MP3, WAV, FLAC, Ogg, M4A or AAC file that plays from 5 to 240 seconds."
    return filled((_NOT_USABLE[fault.values["flaw"]], remedy), fault)


FAULTS: FaultSentences = {
    DraftFault.LYRICS_TWICE: ("You gave lyrics and a file with lyrics.", "Give one of the two."),
    DraftFault.WORDS_OF_AN_IDEA: (
        "You want to write lyrics; from an idea the model writes them itself.",
        "Go on with the idea, or send /compose with tags instead of it.",
    ),
    DraftFault.SUNG_INSTRUMENTAL: (
        "You asked for an instrumental and gave lyrics.",
        "Choose one of the two.",
    ),
    DraftFault.TRACK_AND_FILE: ("You named a track and gave a file.", "Give one of the two."),
    DraftFault.NEITHER_TRACK_NOR_FILE: ("You named no track and gave no file.", "Do one of the two."),
    DraftFault.MADE_FROM_ANOTHER: (
        "#{number} was made from another sound, which says what it is and how long.",
        "Leave that out.",
    ),
    DraftFault.AS_EARLIER: (
        "With this seed, these tags and words it would come out just like an earlier round.",
        "Change one of them; an empty seed makes a new take.",
    ),
    DraftFault.NO_SUCH_LENGTH: ("That is not one of the lengths on offer.", "Choose one from the list."),
    DraftFault.NOT_FETCHED: ("I could not fetch it from Discord.", "Attach it again."),
    DraftFault.NOT_DISCORDS: ("It does not come from Discord.", "Attach it again."),
    DraftFault.CANNOT_LOOK: ("I cannot look at files just now.", "Attach it again in a few minutes."),
    DraftFault.LYRICS_FILE_TOO_LARGE: ("“{name}” is larger than {most} KiB.", "Attach a shorter text file."),
    DraftFault.SOUND_TOO_LARGE: (
        "“{name}” is larger than {most} MiB.",
        "Attach an MP3 of it, or a shorter piece.",
    ),
    DraftFault.SOUND_NOT_USABLE: _sound_not_usable,
}
