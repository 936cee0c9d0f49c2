"""`python crash_bot.py`: the bot, which kills itself (SIGKILL) at one point in the life of one track.

KILL_AT: a point of `POINTS`. KILL_TITLE: the track's title. Nothing is cleaned up, as with `kill -9` or a
power cut: what was not committed is gone.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import bot
from cogs.parties import player
from cogs.parties.players import PartyPlayers
from cogs.posts import delivery
from cogs.posts.delivery import MembersDelivery
from cogs.posts.moderators_delivery import ModeratorsDelivery
from cogs.posts.progress_reply import ProgressReplies
from services.messages.announcements import Announcement
from services.messages.kept_messages import KeptMessage, KeptMessages
from services.money.ledger import Ledger
from services.own_voices.service import OwnVoices
from services.pipeline.dispatch import Dispatch
from services.pipeline.sources import Sources
from services.pipeline.steps import PipelineSteps
from services.relays.service import Relays
from services.tracks import tracks
from services.tracks.track import Track
from services.wavespeed.client import WaveSpeed

Method = Callable[..., Awaitable[Any]]

STEPS = ("submit", "render", "master", "deliver", "finish")
POINTS = (
    "before run",
    *(f"{when} {step}" for step in STEPS for when in ("before", "after")),
    "before POST",  # the intent is written down
    "after POST",  # the provider answered, and the answer is not written down
    "before download",
    "before publish",  # the intent is written down
    "after publish",  # the message is there, and that is not written down
    "before commit",  # settled, in a transaction that never ends
)

DANGEROUS = (  # where what is written down and what was done outside differ; between the steps all is alike
    "before run",
    "before POST",
    "after POST",
    "after render",
    "before publish",
    "after publish",
    "before commit",
)

REWORK_POINTS = (  # in the life of a track whose sound is uploaded first
    "before upload",
    "before PUT",  # of the sound
    "after PUT",  # it is there, and its address is not written down
    "after upload",
    "before POST",
    "after POST",
)
NOTED = 1.0  # seconds between two notes of how far a party has got
DANGEROUS_REWORK_POINTS = ("before upload", "after PUT", "after POST")


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def arm(point: str, title: str) -> None:
    """Puts the point into the one method that it belongs to."""

    async def is_it(self: PipelineSteps, which: Track | str, *_: Any, **__: Any) -> bool:
        if isinstance(which, Track):
            return which.title == title
        async with self.database.read() as connection:
            track = await tracks.get(connection, which)
        return track is not None and track.title == title

    def around(owner: type, name: str, of: Callable[..., Awaitable[bool]]) -> None:
        method: Method = getattr(owner, name)

        async def crashing(self: Any, *args: Any, **options: Any) -> Any:
            armed = await of(self, *args, **options)
            if armed and point.startswith("before"):
                die()
            result = await method(self, *args, **options)
            if armed:
                die()
            return result

        setattr(owner, name, crashing)

    async def by_title(_self: Any, track: Track, *_: Any) -> bool:
        return track.title == title

    async def by_inputs(_self: Any, _model: str, inputs: dict[str, Any], **_: Any) -> bool:
        return title in inputs["lyrics"]

    async def by_url(_self: Any, *_: Any, **__: Any) -> bool:
        return True

    async def by_settled(_self: Any, connection: Any, track_id: str, *_: Any) -> bool:
        track = await tracks.get(connection, track_id)
        return track is not None and track.title == title

    match point.split(" ", 1)[1]:
        case "run":  # it has begun, and its intent is written down
            run = Dispatch.run

            def die_or_run(self: Dispatch, track: Track) -> None:
                if track.title == title:
                    die()
                run(self, track)

            Dispatch.run = die_or_run
        case "answer":  # the track is written down, and its member is not told

            async def by_first(_self: Any, _interaction: Any, asked: Sequence[Track], *_: Any) -> bool:
                return asked[0].title == title

            around(ProgressReplies, "begin", by_first)
        case "POST":
            around(WaveSpeed, "submit", by_inputs)
        case "upload":
            around(Sources, "upload", by_title)
        case "PUT":
            uploading: set[str] = set()

            async def note(_self: Any, track: Track) -> bool:
                uploading.update({track.id} if track.title == title else ())
                return False

            async def by_name(_self: Any, _path: Any, name: str, _kind: str) -> bool:
                return name.partition(".")[0] in uploading

            around(Sources, "upload", note)
            around(WaveSpeed, "upload", by_name)
        case "voice":  # the recording is opened, and not uploaded yet
            around(OwnVoices, "recording", by_url)
        case "say":
            said = delivery.say_once

            async def say_and_die(channel: Any, announcement: Announcement, *args: Any, **parts: Any) -> Any:
                message = await said(channel, announcement, *args, **parts)
                if title in announcement.text:
                    die()
                return message

            delivery.say_once = say_and_die
        case "note":  # a kept message of that kind is there, and that is not written down

            async def by_kind(_self: Any, kept: KeptMessage, *_: Any) -> bool:
                return kept.kind == title

            around(KeptMessages, "posted", by_kind)
        case "asked_for":  # a relay's song is, and that is not written down
            around(Relays, "asked_for", by_url)
        case "nothing":
            pass
        case "download":
            around(PipelineSteps, "_fetch", by_title)
        case "publish":
            around(MembersDelivery, "publish", by_title)
        case "take_down" | "show" as method:  # moderators' affairs; not points of every track's life
            around(ModeratorsDelivery, method, by_title)
        case "commit":
            settle = Ledger.settle

            async def settle_and_die(self: Ledger, connection: Any, track_id: str, note: str = "") -> bool:
                settled = await settle(self, connection, track_id, note)
                if await by_settled(self, connection, track_id):
                    die()
                return settled

            Ledger.settle = settle_and_die
        case step:
            around(PipelineSteps, step, is_it)


if __name__ == "__main__":
    PartyPlayers.interval = 0.5  # the others' pauses are short already (preloaded.py)
    player.NOTED = NOTED
    arm(os.environ["KILL_AT"], os.environ["KILL_TITLE"])
    sys.exit(bot.main())
