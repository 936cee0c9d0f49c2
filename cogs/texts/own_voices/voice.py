"""What members and moderators read of members' own voices: recording, hearing and forgetting them."""

from __future__ import annotations

from collections.abc import Mapping

from discord.utils import format_dt

from cogs.texts.formatting import mention, money, plain
from cogs.texts.sentences import Sentences
from cogs.texts.translation import Text, _
from services.audio.mastered import Flaw
from services.own_voices.service import (
    LONGEST,
    SHORTEST,
    AlreadyHeard,
    BeforeTheSentence,
    NotAsked,
    SomebodyElses,
)
from services.own_voices.singing import NotYourTrack, SomebodysVoice
from services.own_voices.voices import NotHeardYet, NotOffered, NoVoice, OwnVoice
from services.text.refusal import Refusal


class NotYourMessage(Refusal):
    """It is somebody else's message, or one that was passed on."""


class NoRecording(Refusal):
    """There is not exactly one recording with the message."""


_OFF_BY_HOST = Text("Whoever hosts me has not switched on that songs are sung with members' own voices.")
_OFF_HERE = Text(
    "In this server no songs are sung with members' own voices. Moderators switch it on with `/moderation "
    "panel`."
)


def _not_offered(refusal: NotOffered) -> str:
    return str(_OFF_BY_HOST if refusal.by_host else _OFF_HERE)


REFUSALS: Sentences = {
    NotOffered: _not_offered,
    NoVoice: Text("I have no recording of your voice in this server. `/voice record` makes one."),
    NotHeardYet: Text(
        "A moderator has not heard your recording yet. You can sing with it as soon as one of them has let "
        "it through."
    ),
    NotYourTrack: Text("You can sing over your own tracks only. Choose one that you made."),
    SomebodysVoice: Text(
        "This track is sung with a member's own voice, so only that member can make something else of its "
        "sound."
    ),
    NotAsked: Text(
        "There is no sentence that you could have said: it is too long ago, or you have given me the "
        "recording already. `/voice record` shows you a new one."
    ),
    BeforeTheSentence: Text(
        "This was recorded before I showed you the sentence. Please say that sentence in a new recording."
    ),
    SomebodyElses: Text("Somebody else has given me this very recording. Please record your own voice."),
    NotYourMessage: Text(
        "That is not your own message. Only a recording that you posted yourself can be your voice."
    ),
    NoRecording: Text(
        "There is no recording with that message, or more than one. Choose a message with one of yours."
    ),
    AlreadyHeard: Text("This recording has been decided on already, or its member has taken it back."),
}

# recording ------------------------------------------------------------------------------------------------

GIVE_FILE, FORGET_IT, KEEP_IT = Text("Give a file"), Text("Forget it"), Text("Keep it")
FORM_TITLE = Text("Your own voice")
FILE = Text("Your recording")
FILE_HINT = Text(
    "Only your own voice, saying the sentence; {shortest} to {longest} seconds",
    shortest=SHORTEST,
    longest=LONGEST,
)


def sentence(name: str, guild: str, numbers: str) -> str:
    """What a member says, this one time, to give their voice. numbers: made for it."""
    return _(
        "I am {name}, and this is my own voice. I let Jamboree sing with it in {guild}, in songs that I "
        "ask for or lend it to myself, and I can take that back whenever I like. The numbers of this "
        "recording are {numbers}.",
        name=name,
        guild=guild,
        numbers=numbers,
    )


def asked(voice: OwnVoice, price: int, *, reviewed: bool) -> str:
    """How a recording is made and given. price: of a song, in micro-dollars; reviewed: moderators hear it."""
    say = _(
        "**Say this aloud**, in a quiet place, and go on talking or singing until {shortest} seconds are "
        "over:\n"
        "> {sentence}",
        shortest=SHORTEST,
        sentence=plain(voice.sentence),
    )
    give = _(
        "**Then give it to me**, by {time} at the latest:\n"
        "- Record a voice message in Discord, then choose *Use as my voice* in that message's menu "
        "(*Apps*). Everybody in that channel can hear it; you can delete it right after.\n"
        "- Or press *Give a file* and choose a sound file that you recorded.",
        time=format_dt(voice.expires_at, "t"),
    )
    kept = _(
        "By giving it you allow what the sentence says. I keep the recording encrypted, for you in this "
        "server alone; for each song it goes to WaveSpeed, the music provider, which makes the song. "
        "Whoever pays there, my host or this server's moderators, could listen to it there. A song costs "
        "{price}; you see that and confirm it each time. `/voice forget` erases the recording at once.",
        price=money(price),
    )
    heard = _("In this server a moderator hears the recording first.")
    return "\n\n".join([kept, *([heard] if reviewed else []), give, say])


def taken(*, reviewed: bool) -> str:
    """What happens with a recording that was given."""
    if reviewed:
        return _(
            "I have your recording, encrypted. A moderator hears it first; I tell you when that is done. "
            "You can delete your message now."
        )
    return _(
        "I have your recording, encrypted. *Sing it yourself*, behind *More* below your own tracks, and "
        "`/rework voice` sing with it. You can delete your message now."
    )


_NOT_USABLE: Mapping[Flaw, Text] = {
    Flaw.TOO_LONG: Text(
        "Your recording plays longer than {longest} seconds. Make a shorter one.", longest=LONGEST
    ),
    Flaw.NO_SOUND: Text("There is nothing to be heard in your recording. Make another one."),
    Flaw.EMPTY: Text("There is nothing in that file. Make another recording."),
}
_NOT_READABLE = Text(
    "I cannot read that file as sound. Give me a voice message, or an MP3, WAV, Ogg or M4A file."
)


def not_usable(flaw: Flaw, seconds: float) -> str:
    """Why a recording is not taken. seconds: how long it plays, where that is why."""
    if flaw is Flaw.TOO_SHORT:
        return _(
            "Your recording plays {seconds:.1f} seconds; I need at least {shortest}. Say the sentence and "
            "go on talking.",
            seconds=seconds,
            shortest=SHORTEST,
        )
    return str(_NOT_USABLE.get(flaw, _NOT_READABLE))


def too_large(most: int) -> str:
    """The file has more MiB than are taken."""
    return _("That file is larger than {most} MiB. Give me a shorter recording.", most=most)


NOT_FETCHED = Text("I could not get the recording from Discord. Please try again.")
CANNOT_LOOK = Text("I cannot listen to recordings just now. Please try again in a few minutes.")

# forgetting -----------------------------------------------------------------------------------------------

FORGET = Text(
    "Forget your voice? Its recording is erased here at once, and the songs that WaveSpeed made with it "
    "are deleted there. What was posted stays; you can delete your own tracks."
)
FORGOTTEN = Text(
    "Your recording is erased. The songs that WaveSpeed made with it are being deleted there; what was "
    "uploaded for them WaveSpeed deletes by itself, after about a week."
)
KEPT = Text("I keep your recording.")

# moderators -----------------------------------------------------------------------------------------------

ALLOW, REFUSE = Text("Let it through"), Text("Do not let it through")


def to_be_heard(voice: OwnVoice) -> str:
    """What moderators read above a recording."""
    return _(
        "{member} wants to have songs sung with their own voice, and gives this recording. Is it their own "
        "voice, and do they say this?\n"
        "> {sentence}",
        member=mention(voice.member_id),
        sentence=plain(voice.sentence),
    )


def allowed(voice: OwnVoice) -> str:
    """What the moderator reads who let it through."""
    return _("{member} can have songs sung with their own voice now.", member=mention(voice.member_id))


def refused(voice: OwnVoice) -> str:
    """What the moderator reads who did not."""
    return _("The recording is erased, and {member} is told.", member=mention(voice.member_id))


YOU_MAY_SING = Text(
    "A moderator has heard your recording: you can sing with your own voice now, with *Sing it yourself* "
    "behind *More* below your own tracks."
)
YOU_MAY_NOT = Text(
    "A moderator did not let the recording of your voice through, and it is erased. You can make another "
    "one with `/voice record`."
)
MESSAGE_GONE = Text(
    "No moderator will hear the recording of your voice: its message in their channel was deleted, so it is "
    "erased. Please ask a moderator; then make another one with `/voice record`."
)
NOBODY_HEARD = Text(
    "No moderator could hear the recording of your voice, because I cannot post in their channel, so it is "
    "erased. Please tell a moderator; then make another one with `/voice record`."
)
UNOPENED = Text(
    "A member's recording of their own voice cannot be opened any more, because my host has changed the "
    "secret that it was encrypted with. It is erased, and the member is asked to make another one."
)
YOURS_UNOPENED = Text(
    "The recording of your voice cannot be opened any more, because my host has changed the secret that it "
    "was encrypted with, so it is erased. Please make another one with `/voice record`."
)
