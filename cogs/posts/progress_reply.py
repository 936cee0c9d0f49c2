"""The private answer under the interaction that asked for a track; it changes as the track moves.

The rule: it is always written from the track as it stands, one writer at a time for each track, so an older
state never overwrites a newer one. It is a courtesy: a track never fails because it could not be edited.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

import discord
import structlog

from cogs.core.component_router import view
from cogs.posts.buttons import track_button
from cogs.posts.message import not_posted, track_files
from cogs.texts import progress as texts
from cogs.texts.formatting import LONGEST_CONTENT, money, shortened
from cogs.texts.outcomes import ended_sentence
from cogs.texts.prompts.prompt import rushed
from services.backoff import Backoff
from services.prompts.prompt import PromptError, Rushed
from services.tracks.ballots import LETTERS
from services.tracks.track import State, Track
from services.tracks.track_prompts import prompt_of

if TYPE_CHECKING:
    from cogs.core.client import Jamboree

log = structlog.get_logger(__name__)

REPEATS = 7  # of an answer that could not be edited …
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 60.0  # … with so many seconds between two


class ProgressReplies:
    """Keeps every answer that can still be edited up to date."""

    def __init__(self, bot: Jamboree) -> None:
        self.bot = bot
        self._late: set[asyncio.Task[None]] = set()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        # by track or set, until it ends: what its answer says of each track, to save edits; and its warnings
        self._shown: dict[str, list[tuple[str, str, str | None]]] = {}
        self._warnings: dict[str, Sequence[Rushed]] = {}

    async def refresh(self, track: Track, warnings: Sequence[Rushed] | None = None) -> None:
        """Brings the answer of a track that was just read up to date, while its interaction can be answered.

        warnings: what its member should know of the prompt, where that is in hand. Raises nothing: where it
        fails it is tried again later, beside everything else.
        """
        if warnings is not None:
            self._warnings[track.set_id or track.id] = warnings
        if not await self._brought(track.id, track):
            task = asyncio.create_task(self._again(track.id))
            self._late.add(task)
            task.add_done_callback(self._late.discard)

    async def _again(self, track_id: str) -> None:
        backoff = Backoff(FIRST_PAUSE, LONGEST_PAUSE)
        for _ in range(REPEATS):
            await backoff.wait()
            if await self._brought(track_id):
                return

    async def _brought(self, track_id: str, track: Track | None = None) -> bool:
        """False where trying again may help. track: as it was just read."""
        try:
            track = track or await self.bot.studio.get(track_id)
            if track is not None:
                await self._bring(track, None, anyway=False)
        except Exception as error:  # noqa: BLE001  (a courtesy; the track is made without it)
            log.info("answer not edited", track=track_id, error=str(error) or type(error).__name__)
            return isinstance(error, discord.HTTPException) and error.status < 500 and error.status != 429
        return True

    async def tell(self, track_id: str, mp3: Path | None = None) -> bool:
        """Brings the answer up to date; doing so twice is doing it once. False where there is none any more.

        mp3: the finished track, given with it. Raises what Discord answers.
        """
        track = await self.bot.studio.get(track_id)
        return track is not None and await self._bring(track, mp3, anyway=True)

    async def _bring(self, track: Track, mp3: Path | None, *, anyway: bool) -> bool:
        """anyway: also where a member would see no difference."""
        together = track.set_id or track.id  # tracks that were asked for together share their answer
        turn = self._turns.setdefault(together, asyncio.Lock())
        waits = turn.locked()
        async with turn:
            tracks = await self._together(track) if waits or track.set_id else [track]
            if (webhook := webhook_of(self.bot, track)) is None:
                self._forget(together)
                return False
            stopped = await self._stopped(tracks)
            phases = [(_phase(one.state), money(one.price), stopped) for one in tracks]
            if self._shown.get(together) == phases and not anyway:
                return True
            text, buttons = await self._render(tracks, stopped)
            files = discord.utils.MISSING if mp3 is None else await _with_files(webhook, track, mp3)
            original: Any = "@original"
            await webhook.edit_message(
                original, content=shortened(text, LONGEST_CONTENT), view=buttons, attachments=files
            )
            if all(one.state.ended for one in tracks):
                self._forget(together)
            else:
                self._shown[together] = phases
            return True

    def _forget(self, together: str) -> None:
        self._shown.pop(together, None)
        self._warnings.pop(together, None)

    def _warned(self, track: Track) -> list[str]:
        """What its member should know about the prompt, for as long as they see the answer."""
        together = track.set_id or track.id
        if together not in self._warnings:
            self._warnings[together] = _warnings_of(track)
        return [f"⚠️ {rushed(warning)}" for warning in self._warnings[together]]

    async def _together(self, track: Track) -> list[Track]:
        """The track as it is now, and those that were asked for with it."""
        if track.set_id and (standing := await self.bot.studio.ballots.standing(track.set_id)):
            return [one.track for one in standing.choices]
        return [await self.bot.studio.get(track.id) or track]

    async def _stopped(self, tracks: list[Track]) -> str | None:
        """What keeps those of them that wait from starting: they are of one guild, and one account pays."""
        waiting = next((track for track in tracks if track.state is State.WAITING), None)
        return waiting and texts.why_nothing_starts(await self.bot.studio.queue.standstill(waiting))

    async def _render(self, tracks: list[Track], stopped: str | None) -> tuple[str, discord.ui.View | None]:
        if len(tracks) == 1:
            return await self._render_one(tracks[0], stopped)
        said = [texts.variations(len(tracks))]
        for letter, track in zip(LETTERS, tracks, strict=False):
            said.append(f"- **{letter}** {await self._stands(track, stopped)}")
        if any(not track.state.ended for track in tracks):
            first = tracks[0]
            lines = await self.bot.studio.budgets.lines(first.guild_id, first.member_id)
            said.append(f"{texts.together(tracks)} {texts.left(lines)}")
            said.append(texts.VOTE_FOLLOWS)
        waiting = [track for track in tracks if track.state is State.WAITING]
        buttons = [track_button("cancel", track) for track in waiting]
        for made, track in zip(buttons, waiting, strict=True):
            made.label = texts.cancel(track)
        return "\n".join([*said, *self._warned(tracks[0])]), view(*buttons) if buttons else None

    async def _stands(self, track: Track, stopped: str | None) -> str:
        if (ending := await self._ending(track)) is not None:
            return ending
        outlook = await self.bot.studio.queue.outlook(track)
        if track.state is not State.WAITING:
            return texts.rendering(track, outlook)
        return f"{texts.in_queue(track)} {stopped or texts.in_line(outlook)}"

    async def _render_one(self, track: Track, stopped: str | None) -> tuple[str, discord.ui.View | None]:
        if (ending := await self._ending(track)) is not None:
            return "\n".join([ending, *self._warned(track)]), None
        studio = self.bot.studio
        outlook = await studio.queue.outlook(track)
        lines = await studio.budgets.lines(track.guild_id, track.member_id)
        costs = f"{texts.price(track)} {texts.left(lines)}"
        if track.state is not State.WAITING:
            stands = texts.rendering(track, outlook)
            return "\n".join([stands, costs, *self._warned(track)]), None
        stands = f"{texts.in_queue(track)}\n{stopped or texts.in_line(outlook)}"
        return "\n".join([stands, costs, *self._warned(track)]), view(track_button("cancel", track))

    async def _ending(self, track: Track) -> str | None:
        """What became of the track; None while it is made."""
        if track.publish_intent_at is not None and track.message_id is None:
            said = await self.bot.studio.announcements.find(not_posted(track))
            if said is not None and track.state in (State.DELIVERING, State.DELIVERED):
                return said.text
        return ended_sentence(track) if track.state.ended else None


async def _with_files(webhook: discord.Webhook, track: Track, mp3: Path) -> list[Any]:
    """The track's files, behind those of tracks that share its answer."""
    files = await track_files(track, mp3)
    if track.set_id is None:
        return files
    original: Any = "@original"
    shown = await webhook.fetch_message(original)
    there = any(one.filename == files[0].filename for one in shown.attachments)
    return [*shown.attachments, *([] if there else files)]


def webhook_of(bot: Jamboree, track: Track) -> discord.Webhook | None:
    """The interaction that asked for the track, as long as Discord lets it be answered."""
    lifetime = timedelta(seconds=bot.settings.interaction_token_lifetime)
    if track.reply is None or discord.utils.utcnow() - track.reply.at >= lifetime:
        return None
    data: Any = {"id": bot.application_id, "type": 3, "token": track.reply.token}
    state = bot._connection  # pyright: ignore[reportPrivateUsage]  (as Interaction.followup does)
    return discord.Webhook.from_state(data=data, state=state)


def _phase(state: State) -> str:
    """States between which a member sees no difference."""
    if state.ended:
        return state.value
    return "waiting" if state is State.WAITING else "running"


def _warnings_of(track: Track) -> Sequence[Rushed]:
    try:
        return prompt_of(track).warnings
    except PromptError:  # written down before the rules changed
        return ()
