"""How often bots of tests look for what is due, and for how little they wait: tests wait for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cogs.albums.posting import AlbumPosting
from cogs.contests.keeper import ContestKeeper
from cogs.core.coalesced_edits import CoalescedEdits
from cogs.core.periodic_tasks import PeriodicTask
from cogs.jams.panels import JamPanels
from cogs.moderating.log_channel import LogChannel
from cogs.posts.ballots import BallotBox
from cogs.posts.kept_messages import KeptMessages
from cogs.relays.keeper import RelayKeeper
from services.backoff import Backoff
from services.pipeline import kept_audio

INTERVALS: Mapping[type[PeriodicTask], float] = {
    AlbumPosting: 0.3,
    BallotBox: 0.5,
    ContestKeeper: 0.5,
    JamPanels: 0.5,
    KeptMessages: 0.5,
    LogChannel: 0.5,
    RelayKeeper: 0.5,
}  # seconds; 20 looks a second cost


def shorten(change: Callable[[Any, str, float], None], own: Mapping[type[PeriodicTask], float]) -> None:
    """Less between two tasks of a cog, two edits of a message, and two tries of what failed.

    change: sets an attribute. own: seconds between two tasks of cogs for which a test wants others.
    """
    change(CoalescedEdits, "interval", 0.2)
    change(Backoff, "pace", 0.3)
    change(kept_audio, "BETWEEN_ASKS", 0.1)
    for cog, interval in {**INTERVALS, **own}.items():
        change(cog, "interval", interval)
