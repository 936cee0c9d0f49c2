"""A relay's messages: its post, and the one by which somebody hears that it is their line."""

from __future__ import annotations

from typing import Any

import discord

from cogs.core.client import Jamboree
from cogs.core.component_router import button, view
from cogs.core.pictures import COLOUR
from cogs.posts.kept_messages import Shown
from cogs.texts.relays import relay as texts
from services.messages.kept_messages import KeptMessage
from services.relays.relay import MOST_TAGS, STYLES, Phase, Relay
from services.tracks.track import Track

RELAY = "(?P<relay>[0-9a-z]{20})"
BLUE = discord.ButtonStyle.primary


async def write_post(bot: Jamboree, kept: KeptMessage) -> Shown | None:
    """The post as the relay is now; None where there is no such relay."""
    relay = await bot.studio.relays.find(kept.subject)
    if relay is None:
        return None
    track = await bot.studio.get(relay.track_id) if relay.track_id else None
    return Shown({"view": post(relay, track)}, anew=relay.phase is not Phase.ENDED)


async def write_turn(bot: Jamboree, kept: KeptMessage) -> Shown | None:
    """Tells whose line it is, who is pinged; None where that is over."""
    relay_id, _, turn = kept.subject.partition("-")
    relay = await bot.studio.relays.find(relay_id)
    if relay is None or relay.writer is None or relay.turn != int(turn):
        return None
    pinged = [relay.writer.member_id] if relay.writer.member_id > 0 else []
    writes = button(texts.WRITE, f"relay:write:{relay.id}", BLUE)
    # found by its nonce alone, and in its channel by this button's turn
    passes = button(texts.PASS, f"relay:pass:{kept.subject}")
    parts = {"content": texts.your_turn(relay), "view": view(writes, passes)}
    return Shown(parts, pinged=pinged, anew=False)


def post(relay: Relay, track: Track | None) -> discord.ui.LayoutView:
    """The message: what goes on, and what can be pressed."""
    container = discord.ui.Container[Any](accent_colour=COLOUR)
    for text in filter(None, [texts.heading(relay), *_texts(relay, track)]):
        container.add_item(discord.ui.TextDisplay(text))
    if relay.phase is Phase.VOTING:
        container.add_item(discord.ui.ActionRow[Any](_vote(relay)))
    buttons = _buttons(relay)
    if buttons:
        container.add_item(discord.ui.ActionRow[Any](*buttons))
    made = discord.ui.LayoutView(timeout=None)
    made.add_item(container)
    made.stop()
    return made


def _texts(relay: Relay, track: Track | None) -> list[str]:
    match relay.phase:
        case Phase.SEATS:
            return [texts.seats(relay)]
        case Phase.WRITING:
            return [texts.turn(relay), texts.rules(relay)]
        case Phase.VOTING:
            return [texts.words(relay), texts.vote(relay)]
        case Phase.MAKING:
            return [texts.words(relay), texts.refused(relay) if relay.refused else texts.being_sung(relay)]
        case Phase.ENDED:
            return [texts.words(relay), texts.ended(relay, track)]


def _buttons(relay: Relay) -> list[discord.ui.Button[Any]]:
    end = button(texts.END, f"relay:end:{relay.id}", discord.ButtonStyle.danger)
    match relay.phase:
        case Phase.SEATS:
            sit = button(texts.SIT, f"relay:sit:{relay.id}", BLUE)
            return [sit, button(texts.BEGIN, f"relay:begin:{relay.id}"), end]
        case Phase.WRITING:
            return [button(texts.WRITE, f"relay:write:{relay.id}", BLUE), end]
        case Phase.VOTING:
            return [button(texts.SING, f"relay:sing:{relay.id}"), end]
        case Phase.MAKING if relay.refused:
            return [button(texts.AGAIN, f"relay:sing:{relay.id}"), end]
        case _:
            return []


def _vote(relay: Relay) -> discord.ui.Select[Any]:
    return discord.ui.Select(
        custom_id=f"relay:vote:{relay.id}",
        placeholder=str(texts.VOTE),
        max_values=MOST_TAGS,
        options=[discord.SelectOption(label=tag, value=tag) for tag in STYLES],
    )
