"""What became of a track: what happened, why, what it cost, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping

from cogs.texts.formatting import given_reason, link, money, named, plain
from cogs.texts.translation import Text, _, dollars, plural
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
from services.workers.pool import TookTooLong, WorkerDied

_HAPPENED = {
    Failure.BAD_KEY: Text("the music provider does not accept the key that I was given"),
    Failure.NOT_PAID: Text(
        "the music provider says that there is no money for it, though the account has enough"
    ),
    Failure.BUSY: Text("the music provider had too much to do and turned me away for too long"),
    Failure.REFUSED: Text("the music provider refused these tags or lyrics"),
    Failure.PROVIDER_DOWN: Text("the music provider could not be reached"),
    Failure.ANSWER_LOST: Text(
        "the connection to the music provider broke, and it has no record of the request"
    ),
    Failure.ANSWER_UNKNOWN: Text(
        "the connection to the music provider broke; it cannot say if it got the request"
    ),
    Failure.RENDER_FAILED: Text("the music provider began it and failed"),
    Failure.MODERATED: Text("the music provider's own moderation stopped it"),
    Failure.NOT_ACCEPTED: Text("the music provider took the request and then found something wrong with it"),
    Failure.NOT_HEARD: Text("the music provider could not reach the sound that it was to be made from"),
    Failure.PROVIDER_TIMEOUT: Text("it took the music provider too long"),
    Failure.RENDER_TIMEOUT: Text("the music provider did not finish it in time"),
    Failure.NO_OUTPUT: Text(
        "the music provider says that it is finished, but names no address from which I can fetch it"
    ),
    Failure.NOT_AUDIO: Text("what the music provider sent back is not audio"),
    Failure.UNWORKABLE: Text("its sound crashed the process that was to finish it, twice"),
    Failure.OVERSIZED: Text("what the music provider sent back is larger than any song is"),
    Failure.TOO_SLOW: Text("the music provider has it, but it comes too slowly to be fetched"),
    Failure.TOO_LARGE: Text("it came out larger than this server lets me post, even at a lower bitrate"),
    Failure.GONE: Text("the music provider does not have it, or not yet"),
    Failure.UNTOLD: Text("the music provider does not say what became of it"),
    Failure.SOURCE_GONE: Text("what it was to be made from has been deleted or withheld meanwhile"),
    Failure.VOICE_GONE: Text(
        "the recording of your voice with which it was to be sung has been deleted meanwhile"
    ),
    Failure.VOICE_TAKEN_BACK: Text("the voice that was lent to it has been taken back"),
    Failure.VOICE_OFF: Text("songs are not sung with members' own voices here any more"),
    Failure.PRICE_WENT_UP: Text(
        "the music provider asks more for it now than the price to which you said yes"
    ),
    Failure.SOURCE_NOT_KEPT: Text("the audio of the track that it was to be made from is no longer kept"),
    Failure.NOT_UPLOADED: Text("the music provider does not take the sound that it was to be made from"),
    Failure.COSTS_MORE: Text("the music provider asks more for it than I reserved, and a limit forbids that"),
    Failure.KEY_REMOVED: Text(
        "a moderator took away the WaveSpeed key with which this server was to pay for it"
    ),
    Failure.INTERNAL: Text("something broke on my side"),
}

_TELL_HOST = Text("Please tell whoever hosts me; trying again does not help until they have seen to it.")
_TELL_MODERATORS = Text(
    "Please tell a moderator: this server pays with its own WaveSpeed key, and trying again does not help "
    "until one of them has seen to it."
)
_TRY_AGAIN = Text("Please try again.")
_LATER = Text("Please try again in a few minutes.")

_NEXT = {
    Failure.BAD_KEY: _TELL_HOST,
    Failure.NOT_PAID: _TELL_HOST,
    Failure.BUSY: _LATER,
    Failure.REFUSED: Text("Try other words, or fewer."),
    Failure.PROVIDER_DOWN: _LATER,
    Failure.ANSWER_LOST: _TRY_AGAIN,
    Failure.ANSWER_UNKNOWN: _TRY_AGAIN,
    Failure.RENDER_FAILED: Text("Please try again; another seed or other tags often help."),
    Failure.MODERATED: Text("Change the words or the tags; the same ones are stopped again."),
    Failure.NOT_ACCEPTED: Text("Try other words, or fewer; if it happens again, tell whoever hosts me."),
    Failure.NOT_HEARD: Text("Please try again: I will hand the sound over in another way."),
    Failure.PROVIDER_TIMEOUT: _LATER,
    Failure.RENDER_TIMEOUT: _LATER,
    Failure.NO_OUTPUT: Text("Please try again; if it happens again, tell whoever hosts me."),
    Failure.NOT_AUDIO: Text("Please try again; if it happens again, tell whoever hosts me."),
    Failure.UNWORKABLE: Text("Whoever hosts me has been told. Please try again; another seed often helps."),
    Failure.OVERSIZED: Text("Please try again; if it happens again, tell whoever hosts me."),
    Failure.TOO_SLOW: _LATER,
    Failure.TOO_LARGE: Text("Try a shorter duration."),
    Failure.GONE: _TRY_AGAIN,
    Failure.UNTOLD: _LATER,
    Failure.SOURCE_GONE: Text("Choose another track."),
    Failure.VOICE_GONE: Text("Record your voice again with `/voice record`."),
    Failure.VOICE_TAKEN_BACK: Text("It can be made without, or with a voice that is lent anew."),
    Failure.VOICE_OFF: Text("A moderator can tell you whether it will be switched on again."),
    Failure.PRICE_WENT_UP: Text("Ask again: you are shown the new price first."),
    Failure.SOURCE_NOT_KEPT: Text("Choose another track."),
    Failure.NOT_UPLOADED: Text("Please try again; if it happens again, tell whoever hosts me."),
    Failure.COSTS_MORE: Text("Choose a shorter track or passage, or wait until the limit starts afresh."),
    Failure.KEY_REMOVED: Text("Ask again: whoever hosts me pays now, within this server's limits."),
    Failure.INTERNAL: Text("Please try again; if it happens again, tell whoever hosts me."),
}


def was_charged(track: Track) -> bool:
    """Whether the track's price stays spent, as `PipelineSteps.fail` decides it."""
    submitted = track.prediction_id is not None or track.intent_at is not None
    return submitted and track.failure not in REFUNDED


def failure_sentence(track: Track) -> str:
    """What became of a failed track."""
    failure = track.failure or Failure.INTERNAL
    if was_charged(track):
        cost = _("The provider may have billed it, so its {price} counts as spent.", price=money(track.price))
    else:
        cost = _given_back(track)
    kept = _("`/library track {number}` still has your tags and lyrics.", number=track.number)
    could_not = _("{track} could not be made: {reason}.", track=named(track), reason=_HAPPENED[failure])
    if failure in LOST:
        late = _("I keep looking for it for 7 days: if it was made after all, you get it.")
        if not was_charged(track):
            late = _(
                "I keep looking for it for 7 days: if it was made after all, you get it, and its price "
                "counts as spent then."
            )
        return f"{could_not} {cost} {late} {_next(track)} {kept}"
    if track.fetch_at is not None:
        looks = _(
            "I keep looking for it for 7 days: if it is there after all, you get it. *Fetch again* under "
            "`/library track {number}` looks at once; that costs nothing more.",
            number=track.number,
        )
        not_yet = _("{track} could not be made yet: {reason}.", track=named(track), reason=_HAPPENED[failure])
        return f"{not_yet} {cost} {looks}"
    return f"{could_not} {cost} {_next(track)} {kept}"


def _next(track: Track) -> Text:
    """What to do about a failed track: who has given the key hears of what is wrong with it."""
    said = _NEXT[track.failure or Failure.INTERNAL]
    return _TELL_MODERATORS if said is _TELL_HOST and track.key_id is not None else said


def _given_back(track: Track) -> str:
    return _("Nothing was charged: the {price} reserved for it is free again.", price=money(track.price))


_WITHHELD_BECAUSE: Mapping[str, Text] = {
    WithheldBecause.NO_REVIEW: Text(
        "the channel in which moderators hear tracks first is gone, or I may not post there"
    ),
    WithheldBecause.NOT_KEPT: Text("its audio is no longer kept"),
    WithheldBecause.BROKE: Text("something broke on my side while it was being posted"),
}


def why_withheld(track: Track) -> str:
    """Why no moderator but the bot withholds a track, as the end of a sentence."""
    kept = track.withheld_because or _("it is marked explicit")
    return str(_WITHHELD_BECAUSE.get(kept, kept))  # an older version kept the words


def withheld_sentence(track: Track) -> str:
    """Why a track is kept and not posted: by a moderator, or because it is explicit."""
    if track.withheld_because is not None:
        return _held_back(track)
    return _(
        "{track} is finished, but the music provider marked it explicit and <#{channel_id}> is not "
        "age-restricted, so I did not post it. It is kept: `/library track {number}` plays it to you in an "
        "age-restricted channel. It was rendered, so its {price} is spent.",
        track=named(track),
        channel_id=track.channel_id,
        number=track.number,
        price=money(track.price),
    )


def _held_back(track: Track) -> str:
    if track.withheld_by is None:
        withheld = _(
            "{track} is finished, but it is withheld: {reason}. Ask a moderator of this server to publish "
            "it; `/library track {number}` gives them the button.",
            track=named(track),
            reason=why_withheld(track),
            number=track.number,
        )
    else:
        withheld = _(
            "{track} was withheld by a moderator of this server, who gave this reason: “{reason}”. Nobody "
            "else hears it now; it is kept, and a moderator can publish it again. If you think that it is a "
            "mistake, ask one of them.",
            track=named(track),
            reason=given_reason(track.withheld_because),
        )
    spent = _("It was rendered, so its {price} is spent.", price=money(track.price))
    return f"{withheld} {spent}"


def in_review_sentence(track: Track) -> str:
    """What its maker hears of a track that moderators hear first."""
    return _(
        "{track} is finished. In this server a moderator listens first: when one of them publishes it, "
        "it appears in <#{channel_id}> and I tell you there; if they do not let it through, I tell you "
        "why. There is nothing for you to do.",
        track=named(track),
        channel_id=track.channel_id,
    )


def ended_sentence(track: Track) -> str:
    """What became of a track that has ended, in whatever way."""
    match track.state:
        case State.DELIVERED if address := link(track):
            return _("{track} is finished: {address}", track=named(track), address=address)
        case State.DELIVERED:
            return _(
                "{track} is finished, but is not in the channel. `/library track {number}` plays it.",
                track=named(track),
                number=track.number,
            )
        case State.CANCELLED:
            cancelled = _("{track} was cancelled.", track=named(track))
            return f"{cancelled} {_given_back(track)}"
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
            asked, setting = f"{quote.quoted.normalize():f}", quote.model.price.upper()
            if quote.model.by_run:
                return _(
                    "WaveSpeed asks {asked} micro-dollars for a song by {model}; {setting} says {price}. I "
                    "reserve the higher of the two. Set {setting} to the price that holds.",
                    asked=asked,
                    model=quote.model.name,
                    setting=setting,
                    price=quote.setting,
                )
            return _(
                "WaveSpeed asks {asked} micro-dollars for a second of {model}; {setting} says {price}. I "
                "reserve the higher of the two. Set {setting} to the right price.",
                asked=asked,
                model=quote.model.name,
                setting=setting,
                price=quote.setting,
            )
        case BalanceLow(balance=balance, needed=needed, held=held):
            low, top_up = _balance_low(balance, needed), _("Top up the account.")
            if not held:
                return f"{low} {top_up}"
            waits = _("Nothing starts until there is more, and nothing fails because of it.")
            return f"{low} {waits} {top_up}"
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
                balance=dollars(balance),
            )
        case BillDiffers(reconciliation=found):
            return plural(
                len(found.differences),
                "WaveSpeed's bill of the last 7 days differs from my ledger in {count} track: the bill says "
                "{bill}, the ledger {ledger}. `/host reconcile` shows it; nothing was changed.",
                "WaveSpeed's bill of the last 7 days differs from my ledger in {count} tracks: the bill says "
                "{bill}, the ledger {ledger}. `/host reconcile` shows them; nothing was changed.",
                bill=dollars(found.bill),
                ledger=dollars(found.ledger),
            )
        case DiskLow(room=room) if room.lacks_files:
            return _(
                "The disk that `{folder}` is on has room for {files:,} more files (`df -i` shows it). When "
                "it has none, tracks wait; none is lost. Delete files there (a smaller KEEP_AUDIO_DAYS "
                "does), or move that folder to another disk.",
                folder=room.folder,
                files=room.files or 0,
            )
        case DiskLow(room=room):
            return _(
                "The disk that `{folder}` is on has {free:,.0f} MiB left. When it is full, tracks wait; none "
                "is lost. Make room (a smaller KEEP_AUDIO_DAYS does), or move that folder to a larger disk.",
                folder=room.folder,
                free=room.free / 2**20,
            )
        case KeyRefused():
            return _(
                "WaveSpeed does not accept my key any more. Nothing starts until it does, and nothing fails "
                "because of it. Check the key at wavespeed.ai/accesskey; to use another one, set "
                "WAVESPEED_API_KEY and restart me."
            )
        case KeyBack():
            return _("WaveSpeed accepts my key again: what waited goes on.")
        case TracksUnreadable(ids=ids):
            first = f"`{ids[0]}`"
            return plural(
                len(ids),
                "I cannot read a waiting track in my database (id {first}): it is damaged, or from a newer "
                "version of me. It keeps its place and its reservation, and all others go on. My log says "
                "what is wrong with it; once that is mended, restart me.",
                "I cannot read {count} waiting tracks in my database (the first one's id: {first}): they are "
                "damaged, or from a newer version of me. They keep their places and reservations, and all "
                "others go on. My log says what is wrong with each; once that is mended, restart me.",
                first=first,
            )
        case TrackUnworkable():
            return _unworkable(news)


def _unworkable(news: TrackUnworkable) -> str:
    track, server = news.track, plain(news.track.guild_name)
    if isinstance(news.ended, TookTooLong):
        given_up = _(
            "I gave up **#{number}** of {server}: its MP3 could not be made in two attempts. The second one "
            "was not done after {seconds:.0f} s.",
            number=track.number,
            server=server,
            seconds=news.ended.seconds,
        )
    else:
        given_up = _(
            "I gave up **#{number}** of {server}: its MP3 could not be made in two attempts. In the second "
            "one, the process that was to make it crashed (`{how}`).",
            number=track.number,
            server=server,
            how=news.ended.how if isinstance(news.ended, WorkerDied) else "?",
        )
    kept = _(
        "Its maker was told, and nothing else was touched. It was rendered, so its {price} is spent. "
        "WaveSpeed keeps the sound for 7 days, as prediction `{prediction}`; whoever maintains me would "
        "like to have it.",
        price=money(track.price),
        prediction=track.prediction_id,
    )
    return f"{given_up} {kept}"


def _balance_low(balance: int | None, needed: int) -> str:
    """balance: None where the provider refused a track. needed: for what waits; all in micro-dollars."""
    if balance is None and needed:
        return _(
            "WaveSpeed refused a track for lack of money, and what waits costs {needed}.",
            needed=dollars(needed),
        )
    if balance is None:
        return _("WaveSpeed refused a track for lack of money.")
    if needed:
        return _(
            "WaveSpeed has {balance} left for me, and what waits costs {needed}.",
            balance=dollars(balance),
            needed=dollars(needed),
        )
    return _("WaveSpeed has {balance} left for me.", balance=dollars(balance))


def held_sentence(why: Hold) -> str:
    """Why nothing starts, and what moderators can do."""
    if why is Hold.NO_BALANCE:
        return _(
            "**Nothing starts:** this server's own WaveSpeed account is short of money. Top it up, and what "
            "waits goes on by itself; or remove the key with `/moderation key remove`."
        )
    return _(
        "**Nothing starts:** WaveSpeed does not accept this server's own key any more. Give me a good one "
        "with `/moderation key set`, and what waits goes on; or remove the key with `/moderation key remove`."
    )
