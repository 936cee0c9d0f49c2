"""The select below a list of tracks that plays one of them again; `cogs.library.tracks` answers it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord

from cogs.texts.formatting import makers, shortened, titled
from cogs.texts.library import tracks as texts
from services.tracks.browse import Listed


def play_select(listed: Sequence[Listed], below: str = "") -> discord.ui.Select[Any]:
    """Chooses one of up to 25 tracks, to be played again. below: names the message that is found by it."""
    options = [
        discord.SelectOption(
            label=shortened(f"#{one.track.number} {titled(one.track)}", 100),
            description=shortened(f"{makers(one.track)} · {one.track.sound}", 100),
            value=one.track.id,
        )
        for one in listed
    ]
    custom_id = f"tracks:play:{below}" if below else "tracks:play"
    return discord.ui.Select(custom_id=custom_id, placeholder=str(texts.PLAY), options=options)
