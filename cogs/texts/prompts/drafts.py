"""What can be wrong with what was typed, chosen or attached, before there is a prompt to be looked at."""

from __future__ import annotations

from enum import auto

from cogs.texts.prompts.sentences import FaultSentences, Said, filled
from cogs.texts.translation import Text
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
    Flaw.EMPTY: Text("I cannot use “{name}”: the file is empty."),
    Flaw.NOT_AUDIO: Text("I cannot use “{name}”: it is not a kind of audio that I know."),
    Flaw.WEB_PAGE: Text("I cannot use “{name}”: it is a web page or XML."),
    Flaw.JSON: Text("I cannot use “{name}”: it is JSON."),
    Flaw.NO_SOUND: Text("I cannot use “{name}”: there is no sound in it that I know."),
    Flaw.NOT_NUMBERS: Text("I cannot use “{name}”: it holds samples that are not numbers."),
    Flaw.DAMAGED: Text("I cannot use “{name}”: it is damaged, and too much of it cannot be read."),
    Flaw.CUT_OFF: Text("I cannot use “{name}”: it is cut off, and plays shorter than it says."),
    Flaw.CHANGING_CHANNELS: Text("I cannot use “{name}”: its channels change while it is read."),
    Flaw.TOO_SHORT: Text(
        "I cannot use “{name}”: it is {seconds:.1f} s long; I can rework {shortest} to {longest} s.",
        shortest=SHORTEST,
        longest=LONGEST,
    ),
    Flaw.TOO_LONG: Text(
        "I cannot use “{name}”: it is longer than {longest} s, the most that I can rework.", longest=LONGEST
    ),
    Flaw.TOO_MUCH_MEMORY: Text("I cannot use “{name}”: it takes too much memory to read."),
    Flaw.UNREADABLE: Text("I cannot use “{name}”: I could not read it."),
}


_ATTACH_AUDIO = Text(
    "Attach an MP3, WAV, FLAC, Ogg, M4A or AAC file that plays from {shortest} to {longest} seconds.",
    shortest=SHORTEST,
    longest=LONGEST,
)


def _sound_not_usable(fault: Fault) -> Said:
    return filled((_NOT_USABLE[fault.values["flaw"]], _ATTACH_AUDIO), fault)


FAULTS: FaultSentences = {
    DraftFault.LYRICS_TWICE: (
        Text("You gave lyrics and a file with lyrics."),
        Text("Give only one of the two."),
    ),
    DraftFault.WORDS_OF_AN_IDEA: (
        Text("You want to write lyrics, but from an idea the model writes them itself."),
        Text("Go on with the idea, or send /compose with tags instead of it."),
    ),
    DraftFault.SUNG_INSTRUMENTAL: (
        Text("You asked for an instrumental and gave lyrics."),
        Text("Choose one of the two."),
    ),
    DraftFault.TRACK_AND_FILE: (
        Text("You named a track and gave a file."),
        Text("Give only one of the two."),
    ),
    DraftFault.NEITHER_TRACK_NOR_FILE: (
        Text("You named no track and gave no file."),
        Text("Name a track or give a file."),
    ),
    DraftFault.MADE_FROM_ANOTHER: (
        Text("#{number} was made from another sound, which sets what it is like and how long."),
        Text("Leave that out."),
    ),
    DraftFault.AS_EARLIER: (
        Text("With this seed, these tags and words it would come out just like an earlier round."),
        Text("Change one of them; an empty seed makes a new take."),
    ),
    DraftFault.NO_SUCH_LENGTH: (
        Text("That is not one of the lengths in the list."),
        Text("Choose one from the list."),
    ),
    DraftFault.NOT_FETCHED: (Text("I could not fetch it from Discord."), Text("Attach it again.")),
    DraftFault.NOT_DISCORDS: (Text("It does not come from Discord."), Text("Attach it again.")),
    DraftFault.CANNOT_LOOK: (
        Text("I cannot look at files just now."),
        Text("Attach it again in a few minutes."),
    ),
    DraftFault.LYRICS_FILE_TOO_LARGE: (
        Text("“{name}” is larger than {most} KiB."),
        Text("Attach a shorter text file."),
    ),
    DraftFault.SOUND_TOO_LARGE: (
        Text("“{name}” is larger than {most} MiB."),
        Text("Attach an MP3 of it, or a shorter piece."),
    ),
    DraftFault.SOUND_NOT_USABLE: _sound_not_usable,
}
