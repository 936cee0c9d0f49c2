"""Lending one's own voice to a round of a jam, and taking it back.

The rule: whose voice it is, Discord says: who pressed. What a custom_id says is the jam, the round and the
price that its owner was shown, and all of it is looked at anew.
"""

from __future__ import annotations

import re
from functools import partial

from cogs.core.component_router import button, route, view
from cogs.core.guild_checks import asker_of, automod_for
from cogs.core.responses import Interaction, answer_in_place, defer, hold
from cogs.core.rights import Who
from cogs.core.sights import sight_of
from cogs.jams.acts import JAM, Shaped, act, source_to_sing_over
from cogs.texts.jams import lending as texts
from services.guilds.checks import check_jams
from services.jams import lending
from services.jams.jams import Phase
from services.jams.storage import Session
from services.own_voices.singing import check_voice_in
from services.pipeline.queue import NotWaiting
from services.text.faults import PromptError


@route(
    f"jam:lend:{JAM}",
    Who.MEMBER,
    "Be asked whether to lend one's own voice to a jam's round; who is in",
    sample="jam:lend:{nobodys}",
    first=hold,
)
async def ask_to_lend(interaction: Interaction, match: re.Match[str]) -> None:
    """Shows what it would be sung over, and for how much; or says why that cannot be."""
    await _propose(interaction, await _session(interaction, match["jam"]))


async def _propose(interaction: Interaction, session: Session, shown: int | None = None) -> int | None:
    """Asks the member, where they have not said yes to that price; returns the price where they have."""
    bot, member_id, number = interaction.client, interaction.user.id, session.jam.number
    lending.check_may_lend(session.jam, member_id)
    await bot.studio.own_voices.check_may_lend(session.guild_id, member_id)
    source = await source_to_sing_over(bot, session)
    check_voice_in(source, member_id)
    asker = await asker_of(interaction)
    automod, shaped = await automod_for(bot, asker), Shaped(session.jam, source)
    try:
        prompt = (await bot.studio.requests.approve_round(asker, automod, shaped, ())).prompt
    except PromptError as refusal:
        await answer_in_place(interaction, texts.cannot_yet(refusal), None)
        return None
    price = bot.studio.prices.price(prompt)
    if shown is not None and price <= shown:
        return price
    below = prompt.rework is not None and prompt.rework.below
    text = texts.question(source, price, number, below=below)
    if shown is not None:
        text = f"{texts.went_up(price)}\n{text}"
    lend = button(texts.LEND_IT, f"jam:lent:{session.id}:{number}:{price}")
    await answer_in_place(interaction, text, view(lend))
    return None


@route(
    rf"jam:lent:{JAM}:(?P<round>\d{{1,4}}):(?P<price>\d{{1,9}})",
    Who.MEMBER,
    "Lend one's own voice to a jam's round; who is in",
    sample="jam:lent:{nobodys}:2:350000",
    private=True,
    first=defer,
)
async def lend(interaction: Interaction, match: re.Match[str]) -> None:
    """Lends the voice of whoever presses to that round."""
    session, number, shown = (
        await _session(interaction, match["jam"]),
        int(match["round"]),
        int(match["price"]),
    )
    if session.jam.number != number:
        raise lending.AnotherRound
    price = await _propose(interaction, session, shown)
    if price is None:
        return
    change = partial(lending.lend, member_id=interaction.user.id, number=number, price=price)
    await act(interaction, session.id, change)
    await answer_in_place(interaction, texts.LENT, None)


@route(
    f"jam:unlend:{JAM}",
    Who.MEMBER,
    "Take a lent voice back from a jam's round: its owner, or who leads the jam",
    sample="jam:unlend:{nobodys}",
    first=hold,
)
async def take_back(interaction: Interaction, match: re.Match[str]) -> None:
    """Takes it back; a track that waits to be sung with it is not made."""
    session = await _session(interaction, match["jam"])
    if session.jam.phase is Phase.MAKING:
        await _stop(interaction, session)
        return
    await act(interaction, session.id, partial(lending.take_back, member_id=interaction.user.id))
    await answer_in_place(interaction, texts.TAKEN_BACK, None)


async def _stop(interaction: Interaction, session: Session) -> None:
    """Cancels the round's track, where it has not begun. Raises NotLent."""
    bot, member_id = interaction.client, interaction.user.id
    track = await bot.studio.get(session.jam.track_id or "")
    if track is None or track.singer_id is None or member_id not in (track.singer_id, session.jam.lead_id):
        raise lending.NotLent
    try:
        sight = await sight_of(interaction)
        await bot.studio.queue.cancel(sight, track.id, member_id, moderator=False)
    except NotWaiting:
        await answer_in_place(interaction, texts.TOO_LATE, None)
        return
    bot.dispatch("jam_changed", session.id)
    await answer_in_place(interaction, texts.TAKEN_BACK, None)


async def _session(interaction: Interaction, jam_id: str) -> Session:
    """The jam that the member sees. Raises NoSuchJam, NotForJams."""
    check_jams(await asker_of(interaction))
    found = await interaction.client.studio.jams.find(await sight_of(interaction), jam_id)
    return await interaction.client.studio.jams.now(found.id)
