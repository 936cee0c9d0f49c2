"""What whoever hosts the bot reads: `/host`, and when the bot is added to a server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cogs.texts.formatting import LONGEST_DESCRIPTION, in_quotes, plain, shortened
from cogs.texts.sentences import Sentences
from cogs.texts.translation import Text, _, dollars, plural
from services.hosting import GuildSpending, Overview
from services.money.reconcile import Comparison, Standing
from services.storage.host_state import Value
from services.text.refusal import Refusal

LISTED = 15  # differences in one message; all of them are in the file

PAUSED = Text(
    "Paused everywhere. Tracks that have begun are finished; those that wait keep their places until "
    "`/host resume`."
)
NO_CEILING_GIVEN = Text(
    "Nothing was changed: give `{daily}`, `{monthly}` or both.", daily=Text("daily"), monthly=Text("monthly")
)
CHANGED = Text(
    "Nothing was written: bill or ledger have changed since you were shown them. This is how they are now."
)


class NoSuchServer(Refusal):
    """The bot is in no server of that name."""


class SeveralServers(Refusal):
    """The bot is in several servers of that name."""


REFUSALS: Sentences = {
    NoSuchServer: Text(
        "Nothing was changed: I know no such server. Choose one from the list, or type its id, which has "
        "digits only; `/host status` lists all of them."
    ),
    SeveralServers: Text(
        "Nothing was changed: several servers have that name. Choose one from the list, or type its id, "
        "which has digits only."
    ),
}


def resumed(waiting: int) -> str:
    """Says that so many tracks go on."""
    return plural(
        waiting, "Resumed. {count} waiting track goes on.", "Resumed. {count} waiting tracks go on."
    )


def access_set(name: str | None, guild_id: int, access: str) -> str:
    """Says what a server may do now. access: "allowed" or "blocked"."""
    return let_in(name, guild_id) if access == "allowed" else kept_out(name, guild_id)


def ceilings_set(name: str | None, guild_id: int, daily: int | None, monthly: int | None) -> str:
    """Says how high its moderators can go now, in micro-dollars; None: as high as before."""
    server = _called(name, guild_id)
    if monthly is None:
        return _(
            "The moderators of {server} can now set limits of up to {daily} a day with `/moderation budget`.",
            server=server,
            daily=dollars(daily or 0),
        )
    if daily is None:
        return _(
            "The moderators of {server} can now set limits of up to {monthly} a month with "
            "`/moderation budget`.",
            server=server,
            monthly=dollars(monthly),
        )
    return _(
        "The moderators of {server} can now set limits of up to {daily} a day and {monthly} a month with "
        "`/moderation budget`.",
        server=server,
        daily=dollars(daily),
        monthly=dollars(monthly),
    )


# /host status -----------------------------------------------------------------------------------------------

STATUS_TITLE = Text("How everything stands")
BALANCE = Text("Balance at WaveSpeed")
TODAY = Text("Today, all servers")
_STOPPED = {
    Value.PAUSED: Text("**Everything is paused** by you; `/host resume` lets it go on."),
    Value.BAD_KEY: Text("**Nothing starts**: WaveSpeed does not accept the key in WAVESPEED_API_KEY."),
    Value.LOW_BALANCE: Text("**Nothing starts**: the balance does not pay for the next track."),
}
_ACCESS = {"allowed": Text("allowed"), "blocked": Text("blocked")}


def status(overview: Overview, shown: Sequence[GuildSpending]) -> str:
    """What keeps everything from starting, and some of the servers."""
    stopped = [str(_STOPPED[overview.stopped]), ""] if overview.stopped is not None else []
    servers = list(map(_spending, shown)) or [_("I am in no server yet.")]
    title = _("Servers")
    return shortened("\n".join([*stopped, f"**{title}**", *servers]), LONGEST_DESCRIPTION)


def balance(micro: int | None) -> str:
    """None where WaveSpeed does not say."""
    return _("WaveSpeed does not say") if micro is None else dollars(micro)


def today(overview: Overview) -> str:
    """What all servers spent together."""
    spent, reserved, limit = dollars(overview.today), dollars(overview.reserved), dollars(overview.limit)
    return _("{spent} spent, {reserved} reserved, of {limit}", spent=spent, reserved=reserved, limit=limit)


def footer(page: str, servers: int) -> str:
    """Which page it is, of how many servers."""
    count = plural(servers, "{count} server", "{count} servers")
    return f"{page} · {count}"


def _spending(one: GuildSpending) -> str:
    access = str(_ACCESS.get(one.guild.access or "", "" if one.admitted else _("not let in")))
    pays = _("pays itself") if one.guild.key_id is not None else ""
    waiting = plural(one.waiting, "{count} waiting", "{count} waiting") if one.waiting else ""
    name = plain(shortened(one.name or _("not yet named"), 30))
    server = " · ".join(filter(None, (f"{name} `{one.guild.guild_id}`", access, pays, waiting)))
    today, daily = dollars(one.today), dollars(one.daily_limit)
    month, monthly = dollars(one.month), dollars(one.monthly_limit)
    return _(
        "{server}: {today} of {daily} today, {month} of {monthly} this month",
        server=server,
        today=today,
        daily=daily,
        month=month,
        monthly=monthly,
    )


# /host reconcile --------------------------------------------------------------------------------------------

COMPARISON_TITLE = Text("Ledger and bill, the last 7 days")
LEDGER = Text("Ledger")
BILL = Text("Bill")
TO_LOOK_AT = Text("To look at")
NOTHING_MADE = Text("Nothing was made in these 7 days.")
CORRECT = Text("Write correcting entries")
WHAT_CORRECTING_DOES = Text(
    "A correcting entry makes the ledger say what the bill says; none is written yet."
)
_STANDINGS = {
    Standing.MATCHED: Text("the same in both"),
    Standing.MISSING: Text("in the ledger, not on the bill"),
    Standing.DIFFERENT: Text("different amounts"),
    Standing.REFUNDED: Text("given back by the provider"),
    Standing.REFUND_DUE: Text("failed, the provider's refund is still to come"),
    Standing.UNKNOWN: Text("on the bill, but no track of mine"),
}
_IN_TABLE = {
    Standing.MATCHED: Text("matched"),
    Standing.MISSING: Text("missing"),
    Standing.DIFFERENT: Text("different"),
    Standing.REFUNDED: Text("refunded"),
    Standing.REFUND_DUE: Text("refund due"),
    Standing.UNKNOWN: Text("unknown"),
}
"""The same in a word, for the last column."""


def no_bill(reason: str) -> str:
    """Says that there is nothing to compare with. reason: the provider's."""
    return _("WaveSpeed gives me no bill ({reason}). Try again in a few minutes.", reason=plain(reason))


def not_written(reason: str) -> str:
    """The same, to whoever wanted to correct."""
    said = _("Nothing was written.")
    return f"{said} {no_bill(reason)}"


def counts(found: Mapping[Standing, int]) -> str:
    """How many tracks stand how."""
    counted = [f"{found[one]} · {standing}" for one, standing in _STANDINGS.items() if found[one]]
    return "\n".join(counted) or str(NOTHING_MADE)


def table(differences: Sequence[Comparison]) -> str:
    """The first differences, in columns."""
    track, ledger, bill = _("track"), _("ledger"), _("bill")
    rows = [f"{track:<16}{ledger:>10}{bill:>10}  "]
    for one in differences[:LISTED]:
        standing = _IN_TABLE[one.standing]
        rows.append(f"{_named(one):<16}{dollars(one.ledger):>10}{dollars(one.bill):>10}  {standing}")
    if len(differences) > LISTED:
        more = len(differences) - LISTED
        rows.append(plural(more, "… and {count} more in the file", "… and {count} more in the file"))
    return shortened("```\n" + "\n".join(rows), 1020) + "\n```"


def corrected(written: Sequence[Comparison]) -> str:
    """What was written, the first of many."""
    if not written:
        return _("Nothing is left to correct.")
    said = plural(
        len(written), "{count} correcting entry was written:", "{count} correcting entries were written:"
    )
    lines = [f"- {_named(one)}: {_signed(one.correction)}" for one in written[:LISTED]]
    if len(written) > LISTED:
        lines.append(plural(len(written) - LISTED, "… and {count} more", "… and {count} more"))
    return "\n".join([said, *lines])


def _named(one: Comparison) -> str:
    """The track; where it is none of mine the beginning of the prediction's id, which ends no code block."""
    if one.number is not None:
        return f"{str(one.guild_id)[-4:]} #{one.number}"
    return one.prediction_id[:14].replace("`", "'") or _("no prediction")


def _signed(amount: int) -> str:
    return dollars(amount) if amount < 0 else f"+{dollars(amount)}"


# the bot is added to a server -------------------------------------------------------------------------------

ALLOW = Text("Allow")
BLOCK = Text("Block")


def added_to(name: str, guild_id: int, members: int) -> str:
    """Asks whether the server is let in."""
    return plural(
        members,
        "I was added to the server “{name}” (`{guild_id}`, {count} member), which is not one of yours. It "
        "can make tracks at your cost only if you let it in.",
        "I was added to the server “{name}” (`{guild_id}`, {count} members), which is not one of yours. It "
        "can make tracks at your cost only if you let it in.",
        name=plain(shortened(name, 80)),
        guild_id=guild_id,
    )


def let_in(name: str | None, guild_id: int) -> str:
    """Says that the server is let in. name: None where this process does not know it."""
    return _(
        "{server} may make tracks now, within its limits (`/host ceiling`).", server=_called(name, guild_id)
    )


def kept_out(name: str | None, guild_id: int) -> str:
    """Says that it is not."""
    return _(
        "{server} cannot ask for tracks now. Those that it has in the queue are still made.",
        server=_called(name, guild_id),
    )


def _called(name: str | None, guild_id: int) -> str:
    if name is None:
        return _("Server `{guild_id}`", guild_id=guild_id)
    return in_quotes(plain(shortened(name, 80)))
