"""Listening to entries and voting on them, in a private message of the member's own.

The rule: nothing in it tells who made what: entries go by their numbers, and their audio has neither tags nor
a name of its own. That somebody has listened is written down once Discord has the audio.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import discord
import structlog

from cogs.contests.post import CONTEST
from cogs.core.component_router import button, route, view
from cogs.core.elsewhere import Elsewhere
from cogs.core.fields import all_chosen, chosen
from cogs.core.guild_checks import is_age_restricted
from cogs.core.pages import Page
from cogs.core.responses import Interaction, answer, defer, hold
from cogs.core.rights import Who
from cogs.core.sights import sight_of
from cogs.texts.contests import voting as texts
from cogs.texts.contests.refusals import NoAudio
from services.audio.mpeg import behind_tags
from services.contests.contest import (
    CHOICES,
    Ballot,
    Entry,
    NoSuchEntry,
    NotHeardHere,
    NotOpenForVotes,
    Pair,
    Phase,
    Voting,
)
from services.delivery import AudioGone
from services.text.numbers import whole

log = structlog.get_logger(__name__)

NONE = "0"  # in a select: no entry
MARGIN = 256 * 1024  # bytes of the upload limit left to the rest of the request


@route(
    f"contest:ballot:{CONTEST}", Who.MEMBER, "Listen to entries and vote", sample="contest:ballot:{nobodys}"
)
async def open_ballot(interaction: Interaction, match: re.Match[str]) -> None:
    """The member's own message for this contest's vote; as often as they like."""
    await hold(interaction)
    ballot = await _ballot(interaction, match["contest"])
    await answer(interaction, **_parts(ballot, 0))


async def _ballot(interaction: Interaction, contest_id: str) -> Ballot:
    """Raises NoSuchContest, NotOpenForVotes."""
    contests, sight = interaction.client.studio.contests, await sight_of(interaction)
    ballot = await contests.ballot(sight, contest_id, interaction.user.id)
    if ballot.standing.contest.phase is not Phase.VOTING:
        raise NotOpenForVotes
    return ballot


def _parts(ballot: Ballot, page: int) -> dict[str, Any]:
    if ballot.standing.contest.voting is Voting.RANKING:
        return {"content": texts.ranking(ballot), "view": view(*_ranking(ballot))}
    return _pair_parts(ballot, page)


# a ranking ------------------------------------------------------------------------------------------------


def _ranking(ballot: Ballot) -> list[discord.ui.Select[Any]]:
    """One select to listen, three to choose with. One's own can be listened to, and not be chosen."""
    contest, entries = ballot.standing.contest, ballot.standing.in_vote
    numbers = sorted(one.number or 0 for one in entries)
    if not numbers:  # all have left
        return []
    listen = discord.ui.Select[Any](
        custom_id=f"contest:listen:{contest.id}",
        placeholder=str(texts.LISTEN),
        options=[_option(ballot, one) for one in numbers],
        max_values=min(CHOICES, len(numbers)),
    )
    made = [listen]
    given = ballot.choices.get(0, ())
    others = [one for one in numbers if one not in ballot.own]
    for place in range(min(CHOICES, len(others))):
        own = given[place] if place < len(given) else None
        options = [_option(ballot, one, default=one == own) for one in others]
        if own is not None and len(options) < 25:  # as many as a select takes
            options.append(discord.SelectOption(label=str(texts.NOTHING), value=NONE))
        made.append(
            discord.ui.Select[Any](
                custom_id=f"contest:rank:{contest.id}:{place + 1}",
                placeholder=str(texts.CHOICES[place]),
                options=options,
            )
        )
    return made


def _option(ballot: Ballot, number: int, *, default: bool = False) -> discord.SelectOption:
    heard = str(texts.HEARD) if number in ballot.heard else None
    return discord.SelectOption(
        label=texts.label(number), value=str(number), description=heard, default=default
    )


@route(f"contest:listen:{CONTEST}", Who.MEMBER, "Listen to entries, by number", private=True)
async def listen(interaction: Interaction, match: re.Match[str]) -> None:
    """Gives the chosen entries' audio, privately, below the member's ballot."""
    await interaction.response.defer()
    ballot = await _ballot(interaction, match["contest"])
    entries = [ballot.standing.numbered(whole(one) or 0) for one in all_chosen(interaction)[:CHOICES]]
    if not entries:
        raise NoSuchEntry
    await _play_below(interaction, ballot, entries)
    after = await _ballot(interaction, match["contest"])
    await interaction.edit_original_response(**_parts(after, 0))


@route(
    rf"contest:rank:{CONTEST}:(?P<choice>[1-{CHOICES}])",
    Who.MEMBER,
    "Choose an entry in a contest's vote; not one's own",
    private=True,
    first=defer,
    decides=True,
)
async def rank(interaction: Interaction, match: re.Match[str]) -> None:
    """Writes the choice down, and shows what is chosen by now; also where it was refused."""
    bot, sight = interaction.client, await sight_of(interaction)
    number = whole(chosen(interaction)) or None
    try:
        await bot.studio.contests.rank(
            sight, match["contest"], int(match["choice"]), number, interaction.user.id
        )
        bot.dispatch("contest_changed", match["contest"])
    finally:
        ballot = await _ballot(interaction, match["contest"])
        await interaction.edit_original_response(**_parts(ballot, 0))


# two against each other -----------------------------------------------------------------------------------


def _pair_parts(ballot: Ballot, page: int) -> dict[str, Any]:
    """The pair on that page; files of another one go."""
    contest, pairs = ballot.standing.contest, ballot.standing.open_pairs
    if not pairs:
        return {"content": texts.no_pair(contest), "view": None}
    at = Page.of(page, len(pairs))
    pair, first, second = pairs[at.number]
    numbers = [first.number or 0, second.number or 0]
    place = f"{contest.id}:{contest.round}:{pair.pair}"
    heard = ballot.heard | ballot.own
    buttons = [button(texts.LISTEN_TO_BOTH, f"contest:both:{place}", discord.ButtonStyle.primary)]
    for number in numbers:
        mine = ballot.choices.get(pair.pair) == (number,)
        style = discord.ButtonStyle.success if mine else discord.ButtonStyle.secondary
        label = texts.voted_for(number) if mine else texts.vote_for(number)
        shut = number in ballot.own or not heard.issuperset(numbers)
        buttons.append(button(label, f"contest:vote:{place}:{number}", style, disabled=shut))
    turn = at.buttons(lambda number: f"contest:pair:{contest.id}:{number}")
    if heard.issuperset(numbers):
        turn += [_report(ballot, one) for one in (first, second) if one.number not in ballot.own]
    text = texts.pair(ballot, pair, first, second, at.number + 1, len(pairs))
    return {"content": text, "view": view(*buttons, *turn)}


@route(
    rf"contest:pair:{CONTEST}:(?P<page>\d{{1,2}})",
    Who.MEMBER,
    "Turn to another pair of a round",
    private=True,
)
async def turn_pair(interaction: Interaction, match: re.Match[str]) -> None:
    """Another pair."""
    await interaction.response.defer()
    ballot = await _ballot(interaction, match["contest"])
    await interaction.edit_original_response(attachments=[], **_parts(ballot, int(match["page"])))


PAIR = rf"{CONTEST}:(?P<round>\d{{1,2}}):(?P<pair>\d{{1,2}})"


@route(
    f"contest:both:{PAIR}", Who.MEMBER, "Listen to two entries that stand against each other", private=True
)
async def listen_to_both(interaction: Interaction, match: re.Match[str]) -> None:
    """Both players in the member's ballot, side by side; below it where Discord takes no two at once."""
    await interaction.response.defer()
    ballot = await _ballot(interaction, match["contest"])
    page, _pair, *both = _on_page(ballot, match)
    files = await _audio(interaction, both)
    if sum(size for _file, size in files) <= await _limit(interaction):
        await interaction.edit_original_response(attachments=[file for file, _size in files])
        await _heard(interaction, ballot, both)
    else:
        await _play_below(interaction, ballot, both)
    after = await _ballot(interaction, match["contest"])
    await interaction.edit_original_response(**_parts(after, page))


@route(
    rf"contest:vote:{PAIR}:(?P<number>\d{{1,2}})",
    Who.MEMBER,
    "Vote for one of two entries; not one's own",
    private=True,
    first=defer,
    decides=True,
)
async def vote(interaction: Interaction, match: re.Match[str]) -> None:
    """Gives, moves or takes back the member's vote in that pair."""
    bot, sight, pair = interaction.client, await sight_of(interaction), int(match["pair"])
    before = await _ballot(interaction, match["contest"])
    page = _on_page(before, match)[0]
    number, shown_in = int(match["number"]), int(match["round"])
    ballot = await bot.studio.contests.vote(
        sight, match["contest"], pair, number, interaction.user.id, shown_in
    )
    bot.dispatch("contest_changed", match["contest"])
    await interaction.edit_original_response(**_parts(ballot, page))


def _on_page(ballot: Ballot, match: re.Match[str]) -> tuple[int, Pair, Entry, Entry]:
    """The pair of that round that was pressed on, and its page. Raises NotOpenForVotes where it is over."""
    wanted = int(match["round"]), int(match["pair"])
    for page, (pair, first, second) in enumerate(ballot.standing.open_pairs):
        if (pair.round, pair.pair) == wanted:
            return page, pair, first, second
    raise NotOpenForVotes


# audio ----------------------------------------------------------------------------------------------------


async def _play_below(interaction: Interaction, ballot: Ballot, entries: Sequence[Entry]) -> None:
    """Gives the entries' audio below, in one message where that takes them all."""
    limit, files = await _limit(interaction), await _audio(interaction, entries)
    together = sum(size for _file, size in files) <= limit
    parts = [range(len(files))] if together else [range(at, at + 1) for at in range(len(files))]
    for part in parts:
        given = [entries[at] for at in part]
        text = texts.now_playing([one.number or 0 for one in given])
        reports = [_report(ballot, one) for one in given if one.number not in ballot.own]
        buttons = {"view": view(*reports)} if reports else {}
        await answer(interaction, text, files=[files[at][0] for at in part], **buttons)
        await _heard(interaction, ballot, given)


def _report(ballot: Ballot, entry: Entry) -> discord.ui.Button[Any]:
    """By its number, so that nobody learns from it which track it is; cogs/moderating/reports.py takes it."""
    custom_id = f"report:entry:{ballot.standing.contest.id}:{entry.number}"
    return button(texts.report(entry.number or 0), custom_id)


async def _heard(interaction: Interaction, ballot: Ballot, entries: Sequence[Entry]) -> None:
    contest_id = ballot.standing.contest.id
    numbers = [one.number or 0 for one in entries]
    contests, sight = interaction.client.studio.contests, await sight_of(interaction)
    await contests.heard(sight, contest_id, numbers, interaction.user.id)


async def _limit(interaction: Interaction) -> int:
    guild_id = interaction.guild_id or 0
    return await interaction.client.part(Elsewhere).upload_limit(guild_id) - MARGIN


async def _audio(interaction: Interaction, entries: Sequence[Entry]) -> list[tuple[discord.File, int]]:
    """The entries' audio, and its size in bytes. Raises NotHeardHere, and NoAudio where it cannot be had."""
    explicit = [one.number or 0 for one in entries if one.track.explicit]
    if explicit and not is_age_restricted(interaction.channel):
        raise NotHeardHere(explicit)
    found: list[tuple[discord.File, int]] = []
    for entry in entries:
        try:
            path = await interaction.client.studio.audio.get(entry.track)
        except (AudioGone, OSError) as error:
            log.warning("an entry cannot be heard", track=entry.track.id, error=repr(error))
            raise NoAudio from error
        found.append(await asyncio.to_thread(partial(_nameless, path, f"{entry.number}.mp3")))
    return found


def _nameless(path: Path, name: str) -> tuple[discord.File, int]:
    """The sound in the file, without the tags before it, which name its maker. Blocks."""
    file = path.open("rb")
    start = behind_tags(file)
    size = path.stat().st_size - start
    file.seek(start)  # where discord.py begins to send, each time
    return discord.File(file, name), size
