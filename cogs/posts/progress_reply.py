"""The private answer under the interaction that asked for a track; it changes as the track moves.

The rule: it is written when the track is asked for and when it has ended; in between only where its member
would do something else if they knew: the track is stopped, goes on, or waits for much longer. Always from
the track as it stands, one writer at a time for each track, so an older state never overwrites a newer one.
It is a courtesy: a track never fails because it could not be edited.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import discord
import structlog

from cogs.core.client import Jamboree
from cogs.core.component_router import view
from cogs.core.discord_errors import is_not_now
from cogs.core.hints import next_hint
from cogs.core.periodic_tasks import PeriodicTask
from cogs.core.responses import Interaction, answer_in_place, hold_now
from cogs.core.webhooks import NotAcknowledged, Webhooks
from cogs.languages.guild_languages import privately
from cogs.posts.buttons import track_button
from cogs.posts.message import not_posted, track_files
from cogs.texts import progress as texts
from cogs.texts.formatting import LONGEST_CONTENT, shortened
from cogs.texts.outcomes import ended_sentence
from cogs.texts.prompts.prompt import rushed
from services.backoff import Backoff
from services.money.limits import Line
from services.periodic_tasks import each
from services.pipeline.queue import Standstill, Taken
from services.pipeline.turns.outlook import Outlook
from services.prompts.prompt import PromptError, Rushed
from services.tracks.ballots import LETTERS
from services.tracks.track import ENDED, State, Track
from services.tracks.track_prompts import prompt_of

log = structlog.get_logger(__name__)

REPEATS = 7  # of an answer that could not be edited …
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 60.0  # … with so many seconds between two
AT_ONCE = Outlook(0, 0.0, 0.0)
KEPT = 100  # answers of which it is known that they have told an end
LATER, MUCH_LATER = 30.0, 1.5  # seconds and times by which a wait grows before its member is told


@dataclass(frozen=True, slots=True)
class _Stand:
    """How a track stands, as far as its member would act on it.

    ended: how, of a track of several that was delivered only once all have ended. waits: in line. stopped:
    what keeps it from starting. at: the moment of all that, by the loop's clock.
    """

    track: Track
    ended: State | None = None
    waits: bool = False
    stopped: str | None = None
    outlook: Outlook = AT_ONCE
    at: float = 0.0

    @property
    def _facts(self) -> tuple[object, ...]:
        return self.ended, self.track.failure, self.stopped, self.track.price

    def still_says(self, now: _Stand) -> bool:
        """Whether a member who reads this, and not how it stands now, misses nothing."""
        if self._facts != now._facts:
            return False
        left = max(0.0, self.outlook.wait - (now.at - self.at))
        return not now.waits or now.stopped is not None or now.outlook.wait <= LATER + MUCH_LATER * left


_Stands = dict[str, _Stand]
"""By track."""

_Standstills = dict[tuple[int, int | None], Standstill]
"""By guild and account: what keeps their tracks from starting."""


class ProgressReplies(PeriodicTask):
    """Gives every answer, and keeps it true for as long as it can be edited."""

    interval = 10.0  # seconds in which what waits is seen to be stopped, to go on, or to wait for longer

    def __init__(self, bot: Jamboree) -> None:
        super().__init__(bot, self.refresh_waiting)
        self._late: set[asyncio.Task[None]] = set()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        # by track or set: how its answer says that its tracks stand, its warnings, and its hint
        self._told: dict[str, _Stands] = {}
        self._warnings: dict[str, Sequence[Rushed]] = {}
        self._hints: dict[str, str] = {}
        self._took_over = False
        self._made: deque[str] = deque()  # those of them that have ended, but may be told so by another track

    async def cog_load(self) -> None:
        """Begins."""
        self.bot.studio.lost_commits.register(self.refresh_all)
        await super().cog_load()

    async def begin(
        self,
        interaction: Interaction,
        tracks: Sequence[Track],
        warnings: Sequence[Rushed],
        known: Taken | None,
    ) -> None:
        """Gives the answer of tracks that were just asked for together, before any of them starts.

        warnings: what their member should know of the prompt. known: of the tracks, where it is. Raises
        NotAcknowledged; whatever else goes wrong, the answer is given later.
        """
        together = _together(tracks[0])
        self._warnings[together] = warnings
        async with self._turn(together):
            try:
                whose = tracks[0].guild_id, tracks[0].key_id
                now = await self._stand(tracks, {whose: known.standstill} if known else {})
                if hint := await next_hint(interaction, LONGEST_CONTENT):
                    self._hints[together] = hint
                text, buttons = await self._render(together, now, known.lines if known else None)
                await answer_in_place(interaction, text, buttons)
                self._told[together] = now
            except NotAcknowledged:
                self._forget(together)
                raise
            except Exception as error:  # noqa: BLE001  (a courtesy; the tracks are made without it)
                log.info("answer not given", track=together, error=str(error) or type(error).__name__)
                await hold_now(interaction)
                self._try_later(tracks[0].id)

    async def refresh(self, track: Track) -> None:
        """Brings the answer of a track that was just read up to date, while its interaction can be answered.

        Raises nothing: where it fails it is tried again later, beside everything else.
        """
        if not await self._brought(track.id, track):
            self._try_later(track.id)

    async def refresh_waiting(self) -> None:
        """Brings answers up to date whose tracks wait and are stopped, go on or wait for much longer."""
        if not self._took_over:
            await self._take_over()
        await each([*self._told], partial(self._refresh_waiting, _Standstills()))

    async def refresh_all(self) -> None:
        """Brings answers up to date whose tracks nobody may know to have moved."""
        for stands in [*self._told.values()]:
            going_on = [one.track.id for one in stands.values() if one.ended is None]
            if going_on and not await self._brought(going_on[0]):
                self._try_later(going_on[0])

    async def _refresh_waiting(self, standstills: _Standstills, together: str) -> None:
        told = self._told.get(together, _Stands())
        waiting = [one.track for one in told.values() if one.waits]
        if not waiting:
            return
        with await privately(self.bot, waiting[0]):
            if _still_say(told, await self._stand(waiting, standstills)):
                return
        if not await self._brought(waiting[0].id):
            self._try_later(waiting[0].id)

    async def _take_over(self) -> None:
        """Brings the answers up to date that were given before this start: nobody knows what they say."""
        lifetime = timedelta(seconds=self.bot.settings.interaction_token_lifetime)
        for track in await self.bot.studio.queue.answerable(lifetime):
            if _together(track) not in self._told and self.bot.get_guild(track.guild_id) is not None:
                await self._brought(track.id)
        self._took_over = True

    def _try_later(self, track_id: str) -> None:
        task = asyncio.create_task(self._again(track_id))
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
                await self._bring(track, "", None, anyway=False)
        except Exception as error:  # noqa: BLE001  (a courtesy; the track is made without it)
            log.info("answer not edited", track=track_id, error=str(error) or type(error).__name__)
            return isinstance(error, discord.HTTPException) and not is_not_now(error)
        return True

    async def tell(self, track_id: str, more: str = "", mp3: Path | None = None) -> bool:
        """Brings the answer up to date; doing so twice is doing it once. False where there is none any more.

        more: said behind it. mp3: the finished track, given with it. What Discord has taken before counts,
        also where there is no answer any more by now. Raises what Discord answers.
        """
        track = await self.bot.studio.get(track_id)
        return track is not None and await self._bring(track, more, mp3, anyway=True)

    async def _bring(self, track: Track, more: str, mp3: Path | None, *, anyway: bool) -> bool:
        """Brings the track's answer up to date. anyway: also where a member would miss nothing."""
        together = _together(track)  # tracks that were asked for together share their answer
        if not anyway and self._goes_on(together, track):
            return True
        turn = self._turn(together)
        waits = turn.locked()
        async with turn:
            tracks = await self._asked_together(track) if waits or track.set_id else [track]
            webhook, told = webhook_of(self.bot, track), self._told.get(together)
            if webhook is None and told is None:
                self._forget(together)
                return False
            with await privately(self.bot, track):
                now = await self._stand(tracks)
                nothing_else = not anyway or (now[track.id].ended is not None and not more and mp3 is None)
                if told is not None and nothing_else and _still_say(told, now):
                    return True
                if webhook is None:
                    self._forget(together)
                    return False
                text, buttons = await self._render(together, now, more=more)
            files = discord.utils.MISSING if mp3 is None else await _with_files(webhook, track, mp3)
            original: Any = "@original"
            await webhook.edit_message(original, content=text, view=buttons, attachments=files)
            self._told[together] = now
            if all(one.ended for one in now.values()):
                self._made.append(together)
            if len(self._made) > KEPT:
                self._forget(self._made.popleft())
            return True

    def _goes_on(self, together: str, track: Track) -> bool:
        """Whether the track has begun, and nothing that its answer says is otherwise by that."""
        told = self._told.get(together, {})
        if track.state in ENDED or track.waits or track.id not in told:
            return False
        if told[track.id].track.price != track.price:
            return False
        told[track.id] = replace(told[track.id], track=track, waits=False)
        return told[track.id].stopped is None

    def _turn(self, together: str) -> asyncio.Lock:
        return self._turns.setdefault(together, asyncio.Lock())

    def _forget(self, together: str) -> None:
        self._told.pop(together, None)
        self._warnings.pop(together, None)
        self._hints.pop(together, None)

    async def _stand(self, tracks: Sequence[Track], standstills: _Standstills | None = None) -> _Stands:
        """How the tracks of one answer stand. standstills: known ones, of whose others more are added."""
        made, at = all(one.state in ENDED for one in tracks), asyncio.get_running_loop().time()
        standstills = {} if standstills is None else standstills
        queue, stands = self.bot.studio.queue, _Stands()
        for track in tracks:
            if track.state in ENDED:
                told = made or track.state is not State.DELIVERED
                stands[track.id] = _Stand(track, track.state if told else None)
                continue
            waits, stopped = track.waits, None
            if waits:
                whose = track.guild_id, track.key_id
                if whose not in standstills:
                    standstills[whose] = await queue.standstill(track)
                stopped = texts.why_it_waits(track, standstills[whose])
            stands[track.id] = _Stand(track, None, waits, stopped, await queue.outlook(track), at)
        return stands

    def _warned(self, together: str, track: Track) -> list[str]:
        """What its member should know about the prompt, for as long as they see the answer."""
        if together not in self._warnings:
            self._warnings[together] = _warnings_of(track)
        return [f"⚠️ {rushed(warning)}" for warning in self._warnings[together]]

    async def _asked_together(self, track: Track) -> list[Track]:
        """The track as it is now, and those that were asked for with it."""
        if track.set_id and (standing := await self.bot.studio.ballots.standing(track.set_id)):
            return [one.track for one in standing.choices]
        return [await self.bot.studio.get(track.id) or track]

    # what it says -----------------------------------------------------------------------------------

    async def _render(
        self, together: str, stands: _Stands, lines: Sequence[Line] | None = None, more: str = ""
    ) -> tuple[str, discord.ui.View | None]:
        """The answer's text, and what can be pressed below it.

        lines: what stands against the limits, where that is known; more: as in `tell`.
        """
        tracks = [one.track for one in stands.values()]
        apart = "\n" if len(tracks) == 1 else " "
        said = [await self._says(one, apart) for one in stands.values()]
        waiting = [track for track in tracks if track.state is State.WAITING]
        buttons = [track_button("cancel", track) for track in waiting]
        if len(tracks) > 1:
            lettered = [f"- **{letter}** {one}" for letter, one in zip(LETTERS, said, strict=False)]
            said = [texts.variations(len(tracks)), *lettered]
            for made, track in zip(buttons, waiting, strict=True):
                made.label = texts.cancel(track)
        if not all(one.ended for one in stands.values()):
            whose = tracks[0].guild_id, tracks[0].member_id
            lines = lines or await self.bot.studio.budgets.lines(*whose)
            price = texts.price(tracks[0]) if len(tracks) == 1 else texts.together(tracks)
            said += [f"{price} {texts.left(lines)}"]
            said += [str(texts.VOTE_FOLLOWS)] * (len(tracks) > 1)
        said += self._warned(together, tracks[0])
        if hint := self._hints.get(together):
            said.append(hint)
        text = shortened("\n".join(said) + more, LONGEST_CONTENT)
        return text, view(*buttons) if buttons else None

    async def _says(self, stand: _Stand, apart: str) -> str:
        """How one of the tracks stands. apart: what is between its sentences."""
        track = stand.track
        if (ending := await self._ending(track)) is not None:
            return ending
        if not stand.waits:
            return texts.rendering(track, stand.outlook)
        return f"{texts.in_queue(track)}{apart}{stand.stopped or texts.in_line(stand.outlook)}"

    async def _ending(self, track: Track) -> str | None:
        """What became of the track; None while it is made."""
        if track.publish_intent_at is not None and track.message_id is None:
            said = await self.bot.studio.announcements.find(not_posted(track))
            if said is not None and track.state in (State.DELIVERING, State.DELIVERED):
                return said.text
        return ended_sentence(track) if track.state in ENDED else None


def _together(track: Track) -> str:
    """What the answer of a track is known by, which tracks share that were asked for together."""
    return track.set_id or track.id


def _still_say(told: _Stands, now: _Stands) -> bool:
    return all(one in told and told[one].still_says(now[one]) for one in now)


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
    """The interaction that asked for the track, as long as Discord lets it be answered.

    By our own way to webhooks, also where a workflow asks, whose context DBOS makes in a thread of its own.
    """
    lifetime = timedelta(seconds=bot.settings.interaction_token_lifetime)
    if track.reply is None or discord.utils.utcnow() - track.reply.at >= lifetime:
        return None
    bot.part(Webhooks).use()
    data: Any = {"id": bot.application_id, "type": 3, "token": track.reply.token}
    state = bot._connection  # pyright: ignore[reportPrivateUsage]  (as Interaction.followup does)
    return discord.Webhook.from_state(data=data, state=state)


def _warnings_of(track: Track) -> Sequence[Rushed]:
    try:
        return prompt_of(track).warnings
    except PromptError:  # written down before the rules changed
        return ()
