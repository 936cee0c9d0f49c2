"""From a finished round to the next, and to the end: the lead's presses.

The rule: who leads is asked again in the transaction that changes the jam; a moderator may do it for each.
"""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import discord

from cogs.core.component_router import button, route, subject, view
from cogs.core.fields import filled_in, typed_in
from cogs.core.responses import Interaction, answer, defer, hold, in_time, is_moderator
from cogs.core.rights import Who
from cogs.core.sights import sight_of
from cogs.jams.acts import JAM, act, check_kept
from cogs.texts.formatting import shortened, titled
from cogs.texts.jams import presses as texts
from services.jams import rounds as jams_rounds
from services.jams.jams import NotNow, Phase
from services.jams.rounds import winner
from services.jams.storage import Session
from services.tracks.track import Track

MOST_OFFERED = 10  # rounds in a form (Discord: Radio Group)


# the next round -------------------------------------------------------------------------------------------


@route(
    f"jam:next:{JAM}", Who.MAKER, "Open the form of a jam's next round", sample="jam:next:{jam}", decides=True
)
async def ask_for_next(interaction: Interaction, _match: re.Match[str]) -> None:
    """Opens the form that asks from which round to go on, and what to keep of it."""
    found = await in_time(interaction, _heard(interaction))
    if found is None:
        return
    session, tracks, votes = found
    best = winner(session.jam, votes)
    form = discord.ui.Modal(title=str(texts.NEXT_ROUND), custom_id=f"jam:round:{session.id}", timeout=None)
    offered = [(number, one) for number, one in enumerate(session.jam.rounds, 1) if one.track_id in tracks]
    offered = offered[-MOST_OFFERED:]
    if len(offered) > 1:
        options = [
            discord.RadioGroupOption(
                label=shortened(texts.round_named(number, titled(tracks[one.track_id])), 100),
                value=one.track_id,
                description=texts.votes(votes.get(one.track_id, 0)),
                default=one is best,
            )
            for number, one in offered
        ]
        group = discord.ui.RadioGroup[Any](custom_id="from", options=options)
        form.add_item(
            discord.ui.Label(
                text=str(texts.GO_ON_FROM), description=str(texts.GO_ON_FROM_HINT), component=group
            )
        )
    kept = [
        discord.CheckboxGroupOption(label=str(text), value=name, default=True)
        for name, text in texts.KEPT.items()
    ]
    boxes = discord.ui.CheckboxGroup[Any](custom_id="keep", options=kept, min_values=0, required=False)
    form.add_item(discord.ui.Label(text=str(texts.KEEP), description=str(texts.KEEP_HINT), component=boxes))
    form.stop()
    await interaction.response.send_modal(form)


@route(f"jam:round:{JAM}", Who.MAKER, "Begin a jam's next round", first=defer, form=True, decides=True)
async def next_submitted(interaction: Interaction, _match: re.Match[str]) -> None:
    """Begins the round, on a panel of its own below all that was posted."""
    session, tracks, votes = await _heard(interaction)
    chosen, keep = typed_in(interaction).get("from"), _kept(interaction)
    of = next((one for one in session.jam.rounds if one.track_id == chosen), winner(session.jam, votes))
    track = tracks.get(of.track_id) if of else None
    assert of is not None
    go_on = partial(
        jams_rounds.go_on,
        member_id=interaction.user.id,
        of=of,
        moderator=is_moderator(interaction),
        tags="tags" in keep,
        words="words" in keep,
        seed=track.seed if track is not None and "seed" in keep else None,
    )
    await check_kept(interaction, go_on(session.jam))
    await act(interaction, session.id, go_on, below=True)


def _kept(interaction: Interaction) -> set[str]:
    boxes: list[str] = filled_in(interaction).get("keep") or []
    return set(boxes)


async def _heard(interaction: Interaction) -> tuple[Session, dict[str, Track], dict[str, int]]:
    """The jam that the member leads, while it listens, with its rounds' tracks and votes. Raises NotNow."""
    session = subject(interaction, Session)
    if session.jam.phase is not Phase.LISTENING:
        raise NotNow(session.jam.phase)
    return session, *await interaction.client.studio.jams.rounds_of(session)


# the end --------------------------------------------------------------------------------------------------


@route(
    f"jam:end:{JAM}",
    Who.MAKER,
    "Be asked whether to end a jam",
    sample="jam:end:{jam}",
    first=hold,
    decides=True,
)
async def ask_whether_to_end(interaction: Interaction, _match: re.Match[str]) -> None:
    """Asks privately whether to end the jam."""
    await question_of_end(interaction, subject(interaction, Session))


async def question_of_end(interaction: Interaction, session: Session) -> None:
    """Asks first: there is no way back."""
    await answer(
        interaction,
        texts.question_of_end(session.jam),
        view=view(
            button(texts.END_IT, f"jam:over:{session.id}", discord.ButtonStyle.danger),
            button(texts.GO_ON, "jam:stay"),
        ),
    )


@route(f"jam:over:{JAM}", Who.MAKER, "End a jam", first=defer, private=True, decides=True)
async def end(interaction: Interaction, match: re.Match[str]) -> None:
    """Ends the jam, or has it end with the track that is in the making."""
    bot = interaction.client
    session = await bot.studio.jams.end(
        await sight_of(interaction), match["jam"], interaction.user.id, moderator=is_moderator(interaction)
    )
    bot.dispatch("jam_changed", session.id)
    said = texts.ENDS_WITH_TRACK if session.jam.ending else texts.ENDED
    await interaction.edit_original_response(content=str(said), view=None)


@route(r"jam:stay", Who.MEMBER, "Not end a jam after all", sample="jam:stay", private=True)
async def stay(interaction: Interaction, _match: re.Match[str]) -> None:
    """Lets the jam go on."""
    await interaction.response.edit_message(content=texts.GOES_ON, view=None)
