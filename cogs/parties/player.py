"""One party's voice: joins its channel, plays what its queue says, and notes how far that has got.

The rule: what is to be played is read from the tables before each step, so that a press, a restart or another
process says what happens next, and this only follows. What is away (a file, a database, Discord) is waited
for; what cannot be heard at all is passed.
"""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial
from pathlib import Path

import discord
import structlog

from cogs.core.client import Jamboree
from cogs.core.discord_errors import answering
from cogs.parties.audience import audience_of
from cogs.parties.sound import OpusFile
from cogs.parties.voice import LEAVING, Voice, out_of_voice
from cogs.texts.parties import party as texts
from services.audio.mastered import AudioError
from services.backoff import Backoff
from services.delivery import AudioGone, DeliveryUnavailable
from services.parties.party import Audience, Ended, Party, Standing
from services.parties.service import key_of
from services.tracks.track import Track
from services.workers import jobs
from services.workers.pool import WorkerEnded

log = structlog.get_logger(__name__)

JOINING = 10.0  # seconds that one attempt to join may take
ATTEMPTS = 5  # to join, one after the other, until it is given up
SEALING = 5.0  # seconds that encryption may take, after which it joins anew …
BETWEEN_LOOKS = 0.02  # … and between two looks at whether it is there: discord.py tells nobody
NOTED = 5.0  # seconds between two notes of how far it has got: as much may be heard again after a kill


class UnencryptedError(Exception):
    """The call has others in it, and is not encrypted from end to end."""


class Player:
    """Plays one party, from joining to leaving."""

    def __init__(self, bot: Jamboree, party: Party) -> None:
        self.bot = bot
        self.party = party
        self._news = asyncio.Event()
        self._voice: Voice | None = None
        self._sound: OpusFile | None = None
        self._place = -1  # of what `_sound` is
        self._status: str | None = None  # "": nobody knows
        self._failed = 0  # attempts to join, in a row
        self._preparing: asyncio.Task[None] | None = None
        self._naming: asyncio.Task[None] | None = None  # what the channel says of the song

    def wake(self) -> None:
        """Has it read anew what is to be played."""
        self._news.set()

    def played(self, place: int) -> int | None:
        """Milliseconds of the track at that place that were heard; None where another plays."""
        return self._sound.played if self._sound is not None and self._place == place else None

    @property
    def is_there(self) -> bool:
        """Whether it is in its channel."""
        return self._voice is not None and self._voice.is_connected()

    async def play(self) -> None:
        """Plays until the party is over. When it is cancelled, the next process goes on from here."""
        backoff = Backoff()
        try:
            while True:
                self._news.clear()
                try:
                    if not await self._step():
                        return
                    backoff.reset()
                except Exception as error:  # noqa: BLE001  (whatever it is, the party goes on when it is over)
                    if not self.bot.open:
                        return
                    log.warning("a party stands still", party=self.party.id, error=repr(error))
                    await backoff.wait()
        finally:
            await self._leave()

    async def _step(self) -> bool:
        """Does what is due, and waits until something else may be; False where the party is over."""
        parties = self.bot.studio.parties
        standing = await parties.standing(self.party.id, self._audience())
        self.party = party = standing.party
        if party.ended_at is not None:
            return False
        voice = await self._joined(party)
        if voice is None:
            return True
        if standing.now is None or standing.now.track is None:
            await parties.ended(party.id, party.place)
            return True
        if not self._is_on(voice, party):
            await self._begin(voice, standing, standing.now.track)
        self._follow_pause(voice, paused=party.paused)
        await self._wait()
        await self._note(party)
        return True

    def _is_on(self, voice: Voice, party: Party) -> bool:
        """Whether what is to play does; discord.py's thread ends where a connection was away for long."""
        if self._sound is None or self._place != party.place:
            return False
        return self._sound.over or voice.is_playing() or voice.is_paused()

    def _audience(self) -> Audience:
        return audience_of(self.bot, self.party.guild_id, self.party.channel_id)

    # the channel ------------------------------------------------------------------------------------

    async def _joined(self, party: Party) -> Voice | None:
        """The connection; None where there is none, and the party has ended for it or tries again."""
        voice = self._voice
        if voice is not None and voice.sent_away:
            await self._end(Ended.SENT_AWAY)
            return None
        if voice is not None and voice.guild.voice_client is voice:
            if voice.channel.id != party.channel_id:
                await self._follow(party, voice.channel.id)
                return None
            return await self._encrypted(voice)
        self._forget_sound()
        channel = self.bot.get_channel(party.channel_id)
        if not isinstance(channel, discord.VoiceChannel):
            await self._end(Ended.SENT_AWAY)
            return None
        may = channel.permissions_for(channel.guild.me)
        if not (may.view_channel and may.connect and may.speak):
            await self._end(Ended.NOT_LET_IN)
            return None
        if isinstance(left := channel.guild.voice_client, discord.VoiceClient):
            await left.disconnect(force=True)
        if self._voice is not None:
            await out_of_voice(self.bot, channel.guild)
            await self._show()
        try:
            self._voice = await channel.connect(cls=Voice, timeout=JOINING, reconnect=False, self_deaf=True)
        except (discord.DiscordException, TimeoutError, OSError) as error:
            await self._failed_to_join(error, Ended.REFUSED)
            return None
        self._status = None
        return await self._encrypted(self._voice)

    async def _encrypted(self, voice: Voice) -> Voice | None:
        """The connection, once its call is encrypted from end to end; None where it does not become so.

        A call without anybody else never is, and one that broke is not before discord.py has joined it anew.
        Nothing is sent before, so that what began meanwhile would be heard from its middle on.
        """
        clock = asyncio.get_running_loop().time
        until = clock() + SEALING
        while voice.is_connected() and not voice.sealed and set(voice.channel.voice_states) - {voice.user.id}:
            if clock() >= until:
                await voice.disconnect(force=True)
                await self._failed_to_join(UnencryptedError(), Ended.UNENCRYPTED)
                return None
            await asyncio.sleep(BETWEEN_LOOKS)
        self._failed = 0
        return voice

    async def _failed_to_join(self, error: Exception, because: Ended) -> None:
        """Ends the party, where that was the last attempt. Raises the error where there will be another."""
        self._failed += 1
        party = self.party
        log.warning(
            "a voice channel is not joined", party=party.id, channel=party.channel_id, error=repr(error)
        )
        if self._failed < ATTEMPTS:
            raise error
        await self._end(because)

    async def _follow(self, party: Party, channel_id: int) -> None:
        """Somebody took the bot to another channel: the party goes on there, where moderators want any."""
        rules = await self.bot.studio.rules.of(party.guild_id)
        if rules.party_channels and channel_id not in rules.party_channels:
            await self._end(Ended.RULES)
        else:
            await self.bot.studio.parties.moved(party.id, channel_id)
            self.bot.dispatch("kept_message_changed", key_of(party.id))

    async def _leave(self) -> None:
        for under_way in (self._preparing, self._naming):
            if under_way is not None:
                under_way.cancel()
        voice, self._voice = self._voice, None
        if voice is not None:
            voice.leaving = True
            voice.stop()  # first: what is heard while it is written down would be heard again
        try:
            await self._note(self.party)
        except Exception as error:  # noqa: BLE001  (the next process goes on from the note before)
            log.warning("how far a party has got is not noted", party=self.party.id, error=repr(error))
        if voice is not None:
            if self.party.ended_at is not None:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LEAVING):
                        await self._show_status(voice, None)
            await voice.disconnect(force=True)

    async def _end(self, because: Ended) -> None:
        await self.bot.studio.parties.end(self.party.id, because)
        self.bot.dispatch("kept_message_changed", key_of(self.party.id))

    async def _show(self) -> None:
        """Has the panel say whether the bot is there, and how far what plays has got."""
        await self.bot.studio.parties.touch(self.party.id)
        self.bot.dispatch("kept_message_changed", key_of(self.party.id))

    # the sound --------------------------------------------------------------------------------------

    async def _begin(self, voice: Voice, standing: Standing, track: Track) -> None:
        """Plays what is on now, from where it was."""
        party = standing.party
        start = self.played(party.place) or party.played
        self._forget_sound()
        try:
            path = await self._opus(track)
        except (AudioGone, AudioError, WorkerEnded) as error:
            log.warning("a party passes a track", party=party.id, track=track.id, error=repr(error))
            await self.bot.studio.parties.ended(party.id, party.place)
            self.wake()
            return
        self._sound = sound = await asyncio.to_thread(OpusFile, path, start)
        self._place = party.place
        loop = asyncio.get_running_loop()
        voice.play(sound, after=lambda _error: loop.call_soon_threadsafe(self.wake))
        self._follow_pause(voice, paused=party.paused)
        await self._show()
        if self._naming is not None:
            self._naming.cancel()
        naming = self._show_status(voice, texts.status(track))
        self._naming = asyncio.create_task(naming)  # no press waits for Discord to take that
        if standing.coming and (coming := standing.coming[0].track) is not None:
            self._preparing = asyncio.create_task(self._prepare(coming))

    async def _opus(self, track: Track) -> Path:
        studio = self.bot.studio
        encode = partial(studio.workers.run, jobs.ENCODING, jobs.encode_opus)
        return await studio.audio.opus(track, encode)

    async def _prepare(self, track: Track) -> None:
        """Makes what comes next while something else plays, so that there is no pause between them."""
        try:
            await self._opus(track)
        except Exception as error:  # noqa: BLE001  (it is tried again, and told, when it is to be played)
            log.info("a track is not prepared", track=track.id, error=repr(error))

    def _forget_sound(self) -> None:
        if self._voice is not None and self._sound is not None:
            self._voice.stop()
        self._sound, self._place = None, -1

    def _follow_pause(self, voice: Voice, *, paused: bool) -> None:
        if paused and voice.is_playing():
            voice.pause()
        elif not paused and voice.is_paused():
            voice.resume()

    async def _wait(self) -> None:
        """Until something is pressed, the track is over, or it is time to note how far it has got."""
        try:
            async with asyncio.timeout(NOTED):
                await self._news.wait()
        except TimeoutError:
            pass

    async def _note(self, party: Party) -> None:
        """Writes down how far it has got, or that it is over."""
        parties, sound = self.bot.studio.parties, self._sound
        if sound is None or self._place != party.place:
            return
        if sound.over:
            self._forget_sound()
            await parties.ended(party.id, party.place)
        elif sound.played != party.played:
            await parties.note_played(party.id, party.place, sound.played)

    async def _show_status(self, voice: Voice, words: str | None) -> None:
        """Has the channel name the song, where the bot may."""
        channel = voice.channel
        if words == self._status or not isinstance(channel, discord.VoiceChannel):
            return
        own = channel.guild.me
        inside = voice.is_connected() and own.voice is not None and own.voice.channel == channel
        if not (inside and channel.permissions_for(own).set_voice_channel_status):
            return
        self._status = ""
        try:
            async with answering():
                await channel.edit(status=words)
            self._status = words
        except (DeliveryUnavailable, discord.HTTPException) as refusal:
            log.info("a voice channel does not name the song", party=self.party.id, error=str(refusal))
