"""What members read of parties: the panel, what was done, and why something is not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cogs.texts.formatting import by, length, mention, moment, named, plain, shortened, titled
from cogs.texts.permissions import named_permissions
from cogs.texts.sentences import Sentences, all_of
from cogs.texts.translation import Text, _, plural
from services.guilds.checks import NotForParties
from services.parties import party as parties
from services.parties.party import Ended, Queued, Standing, skips_missing
from services.tracks.track import Track

LONGEST_STATUS = 500  # characters (Discord: Set Voice Channel Status)
COMING = 5  # tracks of the queue that the panel names

SKIP, ADD, PAUSE, GO_ON, STOP = Text("Skip"), Text("Add"), Text("Pause"), Text("Go on"), Text("Stop")
ADD_TITLE = Text("Add to the party")
ADD_WHAT, ADD_HINT = Text("Which track"), Text("Its number, or words of its title")
RULES = Text(
    "-# Half of those who listen skip together. Whoever started the party, and moderators, skip at once, "
    "pause and stop."
)
WHO_GOES_ON = Text("-# Who started it does not listen now, so all who do can let it go on.")
CHARTS = Text("The charts of the last 7 days")
FAMILY = Text("Family of {track}")
JAM = Text("Rounds of the jam {theme}")
RECORDED = Text("All rounds of the jam that made {track}")
ALBUM = Text("Album {album}")
CONTEST = Text("Entries of the contest {theme}")

NOT_IN_VOICE = Text("Join a voice channel first; I come to the one that you are in.")
NO_STAGE = Text("I play in voice channels, and not on a stage. Join a voice channel first.")
IS_FULL = Text("That voice channel is full. Make room for one more, or choose another.")


def status(track: Track) -> str:
    """What the voice channel says of itself while the track plays."""
    return shortened(f"♪ {titled(track)}", LONGEST_STATUS)


def heading(standing: Standing) -> str:
    """Whose party it is, and where."""
    party = standing.party
    who, where = mention(party.starter_id), f"<#{party.channel_id}>"
    return _("## Listening together\n-# In {channel} · started by {member}", channel=where, member=who)


def now_playing(track: Track, votes: int) -> str:
    """What plays, who made it, and how it is liked."""
    return _("**{title}**\n#{number} · {makers} · ♥ {votes}", **_of(track), votes=votes)


def _of(track: Track) -> dict[str, object]:
    return {"title": plain(shortened(titled(track), 200)), "number": track.number, "makers": by(track)}


def how_far(track: Track, began: datetime, until: datetime) -> str:
    """How far it is, as moments that Discord counts up and down from by itself."""
    times = {"began": moment(began), "over": moment(until), "length": length(track.seconds or track.duration)}
    return _("-# Began {began} · over {over} · {length}", **times)


def paused(track: Track, played: float) -> str:
    """Where it was paused. played: seconds."""
    whole = length(track.seconds or track.duration)
    return _("-# Paused at {played} of {length}", played=length(played), length=whole)


def joining(track: Track, played: float) -> str:
    """Where it is while nobody hears it, because the bot is not in the channel. played: seconds."""
    whole = length(track.seconds or track.duration)
    return _("-# I am joining the channel · {played} of {length} played", played=length(played), length=whole)


def coming(queue: Sequence[Queued]) -> str:
    """What is next; of many, the first ones."""
    tracks = [one.track for one in queue if one.track is not None]
    if not tracks:
        return _("**Next** nothing yet. Press *{add}*.", add=ADD)
    lines = [f"{at}. {named(track)} · {by(track, 3)}" for at, track in enumerate(tracks[:COMING], 1)]
    if len(tracks) > COMING:
        lines.append(plural(len(tracks) - COMING, "-# and one more", "-# and {count} more"))
    return "\n".join([_("**Next**"), *lines])


def skipping(standing: Standing, listeners: set[int]) -> str | None:
    """How many more must want to skip; None where nobody does."""
    if not standing.skips & listeners:
        return None
    return plural(
        skips_missing(standing.skips, listeners),
        "-# Skipping? One more has to want it.",
        "-# Skipping? {count} more have to want it.",
    )


PASSED = Text("What was playing cannot be played here any more. The next track follows.")
_ENDED = {
    Ended.STOPPED: Text("The party was stopped."),
    Ended.PLAYED: Text("That was all. `/party start` begins another."),
    Ended.ALONE: Text("Nobody was listening any more, so I left. `/party start` begins another."),
    Ended.SENT_AWAY: Text(
        "I was disconnected, or the channel is gone, so the party is over. `/party start` begins another."
    ),
    Ended.NOT_LET_IN: Text(
        "I could not join the channel, or could not speak there, so the party is over. Moderators can give "
        "me *View Channel*, *Connect* and *Speak* there; then `/party start` begins another."
    ),
    Ended.REFUSED: Text(
        "Discord did not let me into the call, time after time, so the party is over. `/party start` tries "
        "again."
    ),
    Ended.UNENCRYPTED: Text(
        "The call was not encrypted from end to end, time after time, and into such a call I play nothing, "
        "so the party is over. `/party start` tries again."
    ),
    Ended.MOVED: Text("I was moved to another voice channel. The party goes on there."),
    Ended.RULES: Text(
        "I was moved to a voice channel in which moderators want no parties, so it is over. `/party start` "
        "begins another."
    ),
}


def over(because: Ended | None) -> str:
    """Why the party is over."""
    return str(_ENDED[because or Ended.STOPPED])


def started(channel_id: int, count: int) -> str:
    """The private answer of whoever starts one."""
    return plural(
        count,
        "I am coming to <#{channel_id}>, with {count} track.",
        "I am coming to <#{channel_id}>, with {count} tracks.",
        channel_id=channel_id,
    )


def added(tracks: Sequence[Track], channel_id: int) -> str:
    """The private answer of whoever adds something."""
    if len(tracks) == 1:
        return _(
            "{track} is in the queue of the party in <#{channel}>.",
            track=named(tracks[0]),
            channel=channel_id,
        )
    return plural(
        len(tracks),
        "{count} track is in the queue of the party in <#{channel}>.",
        "{count} tracks are in the queue of the party in <#{channel}>.",
        channel=channel_id,
    )


PANEL = Text("Its chat has the panel.")


def no_panel() -> str:
    """Below it, where there can be no panel."""
    return _(
        "I may not write in its chat, so there is no panel: `/party add`, `/party skip` and `/party stop` do "
        "what it would. A moderator can give me {missing} there.",
        missing=named_permissions(["send_messages"]),
    )


STOPPED = Text("The party is over.")
SKIPPED = Text("Skipped.")
WANTED = Text("Noted. It is skipped as soon as half of those who listen want it.")


def may_not(channel_id: int, missing: Sequence[str]) -> str:
    """What the bot lacks in a voice channel, before it comes."""
    return _(
        "I cannot play in <#{channel_id}>. A moderator can give me {missing} there; then ask again.",
        channel_id=channel_id,
        missing=named_permissions(missing),
    )


def _there(refusal: parties.PartyThere) -> str:
    return _(
        "There is a party in <#{channel_id}> already, and a server has one at a time. Join it, and add with "
        "`/party add`.",
        channel_id=refusal.party.channel_id,
    )


def _not_listening(refusal: parties.NotListening) -> str:
    return _(
        "Only those who listen have a say. Join <#{channel_id}> first.", channel_id=refusal.party.channel_id
    )


def _not_yours(refusal: parties.NotYourParty) -> str:
    who = mention(refusal.party.starter_id)
    return _("Only {member}, who started the party, and moderators can do that.", member=who)


def _full(refusal: parties.QueueFull) -> str:
    return _(
        "A party plays {most} tracks at the most, and those would be more. Stop it and start another, or add "
        "fewer.",
        most=refusal.most,
    )


def _not_for_parties(refusal: NotForParties) -> str:
    if refusal.channels:
        where = all_of([f"<#{one}>" for one in refusal.channels])
        return _("In this server parties are held in {channels}. Join one of them first.", channels=where)
    if refusal.roles:
        roles = all_of([f"<@&{one}>" for one in refusal.roles])
        return _("In this server only members with one of these roles start parties: {roles}.", roles=roles)
    return _("In this server only moderators start parties. Ask one of them.")


REFUSALS: Sentences = {
    parties.NoSuchParty: Text("There is no party in this server now. `/party start` begins one."),
    parties.NothingToPlay: Text(
        "None of that can be played there. I play finished tracks that everybody who may join the voice "
        "channel may see."
    ),
    parties.PartyThere: _there,
    parties.NotListening: _not_listening,
    parties.NotYourParty: _not_yours,
    parties.QueueFull: _full,
    NotForParties: _not_for_parties,
}
