"""What became of a track: what happened, why, what it cost, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping

from cogs.texts.formatting import exact, link, money, named, plain
from cogs.texts.sentences import plural
from services.delivery import (
    BalanceBack,
    BalanceLow,
    BillDiffers,
    DiskLow,
    HostNews,
    KeyBack,
    KeyRefused,
    PriceDiffers,
    TracksUnreadable,
    TrackUnworkable,
)
from services.money.accounts import Hold
from services.tracks.fetchable import LOST
from services.tracks.track import REFUNDED, Failure, State, Track, WithheldBecause

_HAPPENED = {
    Failure.BAD_KEY: "the music provider does not accept the key that I was given",
    Failure.NOT_PAID: "the music provider says that there is no money for it, though the account has enough",
    Failure.BUSY: "the music provider had too much to do and turned me away for too long",
    Failure.REFUSED: "the music provider refused these tags or lyrics",
    Failure.PROVIDER_DOWN: "the music provider could not be reached",
    Failure.ANSWER_LOST: "the connection to the music provider broke, and it has no record of the request",
    Failure.ANSWER_UNKNOWN: "the connection to the music provider broke; it cannot say if it got the request",
    Failure.RENDER_FAILED: "the music provider began it and failed",
    Failure.MODERATED: "the music provider's own moderation stopped it",
    Failure.NOT_ACCEPTED: "the music provider took the request and then found something wrong with it",
    Failure.NOT_HEARD: "the music provider could not reach the sound that it was to be made from",
    Failure.PROVIDER_TIMEOUT: "it took the music provider too long",
    Failure.RENDER_TIMEOUT: "the music provider did not finish it in time",
    Failure.NOT_AUDIO: "what the music provider sent back is not audio",
    Failure.UNWORKABLE: "twice, its sound brought down the process that was to finish it",
    Failure.TOO_LARGE: "it came out larger than this server lets me post, even at a lower bitrate",
    Failure.GONE: "the music provider does not have it, or not yet",
    Failure.SOURCE_GONE: "what it was to be made from has been deleted or withheld meanwhile",
    Failure.SOURCE_NOT_KEPT: "the audio of the track that it was to be made from is no longer kept",
    Failure.NOT_UPLOADED: "the music provider does not take the sound that it was to be made from",
    Failure.COSTS_MORE: "the music provider asks more for it than I reserved, and a limit forbids that",
    Failure.KEY_REMOVED: "a moderator took away the WaveSpeed key with which this server was to pay for it",
    Failure.INTERNAL: "something broke on my side",
}

_TELL_HOST = "Please tell whoever hosts me; trying again does not help until they have seen to it."
_TRY_AGAIN = "Please try again."
_LATER = "Please try again in a few minutes."

_NEXT = {
    Failure.BAD_KEY: _TELL_HOST,
    Failure.NOT_PAID: _TELL_HOST,
    Failure.BUSY: _LATER,
    Failure.REFUSED: "Try other words, or fewer.",
    Failure.PROVIDER_DOWN: _LATER,
    Failure.ANSWER_LOST: _TRY_AGAIN,
    Failure.ANSWER_UNKNOWN: _TRY_AGAIN,
    Failure.RENDER_FAILED: "Please try again; another seed or other tags often help.",
    Failure.MODERATED: "Change the words or the tags; the same ones are stopped again.",
    Failure.NOT_ACCEPTED: "Try other words, or fewer; if it happens again, tell whoever hosts me.",
    Failure.NOT_HEARD: "Please try again: I hand the sound over in another way then.",
    Failure.PROVIDER_TIMEOUT: _LATER,
    Failure.RENDER_TIMEOUT: _LATER,
    Failure.NOT_AUDIO: "Please try again; if it happens again, tell whoever hosts me.",
    Failure.UNWORKABLE: "Whoever hosts me has been told. Please try again; another seed often helps.",
    Failure.TOO_LARGE: "Try a shorter duration.",
    Failure.GONE: _TRY_AGAIN,
    Failure.SOURCE_GONE: "Choose another track.",
    Failure.SOURCE_NOT_KEPT: "Choose another track.",
    Failure.NOT_UPLOADED: "Please try again; if it happens again, tell whoever hosts me.",
    Failure.COSTS_MORE: "Choose a shorter track or passage, or wait until the limit starts afresh.",
    Failure.KEY_REMOVED: "Ask again: whoever hosts me pays now, within this server's limits.",
    Failure.INTERNAL: "Please try again; if it happens again, tell whoever hosts me.",
}


def was_charged(track: Track) -> bool:
    """Whether the track's price stays spent, as `PipelineSteps.fail` decides it."""
    submitted = track.prediction_id is not None or track.intent_at is not None
    return submitted and track.failure not in REFUNDED


def failure_sentence(track: Track) -> str:
    """What became of a failed track."""
    failure = track.failure or Failure.INTERNAL
    if was_charged(track):
        cost = f"The provider may have billed it, so its {money(track.price)} counts as spent."
    else:
        cost = _given_back(track)
    kept = f"`/library track {track.number}` still has your tags and lyrics."
    could_not = f"{named(track)} could not be made: {_HAPPENED[failure]}. {cost}"
    if failure in LOST:
        late = "I keep looking for it for 7 days: if it was made after all, you get it."
        if not was_charged(track):
            late = (
                "I keep looking for it for 7 days: if it was made after all, you get it, and its price "
                "counts as spent then."
            )
        return f"{could_not} {late} {_NEXT[failure]} {kept}"
    if track.fetch_at is not None:
        looks = (
            "I keep looking for it for 7 days: if it is there after all, you get it. *Fetch again* under "
            f"`/library track {track.number}` looks at once; that costs nothing more."
        )
        return f"{named(track)} could not be made yet: {_HAPPENED[failure]}. {cost} {looks}"
    return f"{could_not} {_NEXT[failure]} {kept}"


def _given_back(track: Track) -> str:
    return f"Nothing was charged: the {money(track.price)} reserved for it is free again."


_WITHHELD_BECAUSE: Mapping[str, str] = {
    WithheldBecause.NO_REVIEW: (
        "the channel in which moderators hear tracks first is gone, or I may not post there"
    ),
    WithheldBecause.NOT_KEPT: "its audio is no longer kept",
    WithheldBecause.BROKE: "something broke on my side while it was being posted",
}


def why_withheld(track: Track) -> str:
    """Why no moderator but the bot withholds a track, as the end of a sentence."""
    kept = track.withheld_because or "it is marked explicit"
    return _WITHHELD_BECAUSE.get(kept, kept)  # an older version kept the words


def withheld_sentence(track: Track) -> str:
    """Why a track is kept and not posted: by a moderator, or because it is explicit."""
    if track.withheld_because is not None:
        return _held_back(track)
    return (
        f"{named(track)} is finished, but the music provider marked it explicit and <#{track.channel_id}> is "
        f"not age-restricted, so I did not post it. It is kept: `/library track {track.number}` plays it to "
        f"you in an age-restricted channel. It was rendered, so its {money(track.price)} is spent."
    )


def _held_back(track: Track) -> str:
    spent = f"It was rendered, so its {money(track.price)} is spent."
    if track.withheld_by is None:
        return (
            f"{named(track)} is finished, but it is withheld: {why_withheld(track)}. Ask a moderator of this "
            f"server to publish it; `/library track {track.number}` gives them the button. {spent}"
        )
    reason = plain(track.withheld_because or "")
    return (
        f"{named(track)} was withheld by a moderator of this server, who gave this reason: “{reason}” Nobody "
        "else hears it now; it is kept, and a moderator can publish it again. If you think that it is a "
        f"mistake, ask one of them. {spent}"
    )


def in_review_sentence(track: Track) -> str:
    """What its maker hears of a track that moderators hear first."""
    return (
        f"{named(track)} is finished. In this server a moderator listens first: when one of them publishes "
        f"it, it appears in <#{track.channel_id}> and I tell you there; if they do not let it through, I "
        "tell you why. There is nothing for you to do."
    )


def ended_sentence(track: Track) -> str:
    """What became of a track that has ended, in whatever way."""
    match track.state:
        case State.DELIVERED if address := link(track):
            return f"{named(track)} is finished: {address}"
        case State.DELIVERED:
            return (
                f"{named(track)} is finished, but is not in the channel. `/library track {track.number}` "
                "plays it."
            )
        case State.CANCELLED:
            return f"{named(track)} was cancelled. {_given_back(track)}"
        case State.IN_REVIEW:
            return in_review_sentence(track)
        case State.WITHHELD:
            return withheld_sentence(track)
        case _:
            return failure_sentence(track)


def host_sentence(news: HostNews) -> str:
    """What whoever hosts the bot should know, and what they can do."""
    match news:
        case PriceDiffers(quote=quote):
            asked, name = f"{quote.quoted.normalize():f}", quote.model.price.upper()
            return (
                f"WaveSpeed asks {asked} micro-dollars for a second of {quote.model.name}; {name} says "
                f"{quote.setting}. I reserve the higher of the two. Set {name} to the price that holds."
            )
        case BalanceLow(balance=balance, needed=needed, held=held):
            said = [_balance_low(balance, needed)]
            if held:
                said.append("Nothing starts until there is more, and nothing fails because of it.")
            return " ".join([*said, "Top up the account."])
        case BalanceBack(balance=balance, waiting=waiting):
            if balance is None:
                return plural(
                    waiting,
                    "WaveSpeed has money for me again: {count} waiting track goes on.",
                    "WaveSpeed has money for me again: {count} waiting tracks go on.",
                )
            return plural(
                waiting,
                "WaveSpeed has money for me again ({balance}): {count} waiting track goes on.",
                "WaveSpeed has money for me again ({balance}): {count} waiting tracks go on.",
                balance=exact(balance),
            )
        case BillDiffers(reconciliation=found):
            return plural(
                len(found.differences),
                "WaveSpeed's bill of the last 7 days differs from my ledger in {count} track: the bill says "
                "{bill}, the ledger {ledger}. `/host reconcile` shows it; nothing was changed.",
                "WaveSpeed's bill of the last 7 days differs from my ledger in {count} tracks: the bill says "
                "{bill}, the ledger {ledger}. `/host reconcile` shows them; nothing was changed.",
                bill=exact(found.bill),
                ledger=exact(found.ledger),
            )
        case DiskLow(free=free, folder=folder):
            return (
                f"The disk that `{folder}` is on has {free / 2**20:,.0f} MiB left. When it is full, tracks "
                "wait; none is lost. Make room (KEEP_AUDIO_DAYS does), or move that folder to a larger disk."
            )
        case KeyRefused():
            return (
                "WaveSpeed does not accept my key any more. Nothing starts until it does, and nothing fails "
                "because of it. Check the key at wavespeed.ai/accesskey; to use another one, set "
                "WAVESPEED_API_KEY and restart me."
            )
        case KeyBack():
            return "WaveSpeed accepts my key again: what waited goes on."
        case TracksUnreadable(ids=ids):
            return plural(
                len(ids),
                "I cannot read a waiting track in my database (id {first}): it is damaged, or from a newer "
                "version of me. It keeps its place and its reservation, and all others go on. My log says "
                "what is wrong with it; once that is mended, restart me.",
                "I cannot read {count} waiting tracks in my database (the first one's id: {first}): they are "
                "damaged, or from a newer version of me. They keep their places and reservations, and all "
                "others go on. My log says what is wrong with each; once that is mended, restart me.",
                first=f"`{ids[0]}`",
            )
        case TrackUnworkable(track=track, how=how):
            return (
                f"**#{track.number}** of {plain(track.guild_name)} was given up: twice, the process that was "
                f"to make its MP3 ended ({how}). Its maker was told, and nothing else was touched. It was "
                f"rendered, so its {money(track.price)} is spent. WaveSpeed keeps the sound for 7 days, as "
                f"prediction `{track.prediction_id}`: whoever maintains me would like to have it."
            )


def _balance_low(balance: int | None, needed: int) -> str:
    """balance: None where the provider refused a track. needed: for what waits; all in micro-dollars."""
    if balance is None and needed:
        return f"WaveSpeed refused a track for lack of money, and what waits costs {exact(needed)}."
    if balance is None:
        return "WaveSpeed refused a track for lack of money."
    if needed:
        return f"WaveSpeed has {exact(balance)} left for me, and what waits costs {exact(needed)}."
    return f"WaveSpeed has {exact(balance)} left for me."


def held_sentence(why: Hold) -> str:
    """Why nothing starts, and what moderators can do."""
    if why is Hold.NO_BALANCE:
        return (
            "**Nothing starts:** this server's own WaveSpeed account is short of money. Top it up, and what "
            "waits goes on by itself; or remove the key with `/moderation key remove`."
        )
    return (
        "**Nothing starts:** WaveSpeed does not accept this server's own key any more. Give me a good one "
        "with `/moderation key set`, and what waits goes on; or remove the key with `/moderation key remove`."
    )
