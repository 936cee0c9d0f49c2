"""A connection to a voice channel: what discord.py's own does not tell, or would do otherwise."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import discord
import structlog
from discord.voice_state import ConnectionFlowState, VoiceConnectionState

log = structlog.get_logger(__name__)

LEAVING = 2.0  # seconds for Discord to say that it was left


class Connection(VoiceConnectionState):
    """The same, but it ends when nobody listens to the gateway any more, whatever that ended of.

    discord.py only knows of a socket that was closed. After anything else (a change to the group that cannot
    be read, an answer that cannot be sent any more) it would stay, and be heard by nobody who comes later.
    """

    async def _poll_voice_ws(self, reconnect: bool) -> None:
        try:
            await super()._poll_voice_ws(reconnect)
        except Exception as error:  # noqa: BLE001  (it is joined anew, as after any end that is known)
            log.info("a voice connection is over", error=repr(error))
            if self.state is not ConnectionFlowState.disconnected:
                await self.disconnect()

    async def voice_state_update(self, data: Any) -> None:
        """Hears once that it has left: discord.py would leave again, and who leaves would wait for that."""
        left = data["channel_id"] is None and self.state is ConnectionFlowState.disconnected
        if left and not self._expecting_disconnect:
            self._disconnected.set()
        else:
            await super().voice_state_update(data)

    async def disconnect(self, *, force: bool = True, cleanup: bool = True, wait: bool = False) -> None:
        """Leaves; does not wait long for Discord to say so."""
        if wait:
            self.timeout = min(self.timeout, LEAVING)
        await super().disconnect(force=force, cleanup=cleanup, wait=wait)

    async def _connect(
        self, reconnect: bool, timeout: float, self_deaf: bool, self_mute: bool, resume: bool
    ) -> None:
        if resume:  # for which discord.py waits deaf, and in vain where Discord sends to no other server
            raise TimeoutError
        await super()._connect(reconnect, timeout, self_deaf, self_mute, resume)


class Voice(discord.VoiceClient):
    """A connection that knows whether somebody else ended it, and sends nothing that others could read."""

    leaving = False
    sent_away = False

    def __init__(self, client: discord.Client, channel: discord.abc.Connectable) -> None:
        super().__init__(client, channel)
        self._left = asyncio.Event()

    def create_connection_state(self) -> Connection:
        """What discord.py makes for each."""
        return Connection(self)

    @property
    def sealed(self) -> bool:
        """Whether what is sent is encrypted from end to end; never before somebody else is in the call."""
        return bool(self._connection.can_encrypt)

    def send_audio_packet(self, data: bytes, *, encode: bool = True) -> None:
        """Sends it, unless it would go out without that: discord.py would send it all the same."""
        if self.sealed:
            super().send_audio_packet(data, encode=encode)

    async def on_voice_state_update(self, data: Any) -> None:
        """Notes that the bot was taken out of the channel: it was in, and did not leave by itself.

        Where discord.py leaves for a moment, to join anew, it is not connected when it hears of that.
        """
        if data.get("channel_id") is None and self.is_connected() and not self.leaving:
            self.sent_away = True
        await super().on_voice_state_update(data)

    def cleanup(self) -> None:
        """Notes that it has left."""
        super().cleanup()
        self._left.set()

    async def disconnect(self, *, force: bool = False) -> None:
        """Leaves. Where it has left already, discord.py would wait for Discord to say that a second time."""
        if self.sent_away:  # discord.py leaves by itself then
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LEAVING):
                    await self._left.wait()
        if self._left.is_set():
            await out_of_voice(self.client, self.guild)
        else:
            await super().disconnect(force=force)


async def out_of_voice(client: discord.Client, guild: discord.Guild) -> None:
    """Waits until Discord knows that a broken connection is no more: who joins before is put out."""

    def is_out(member: discord.Member, _before: object, after: discord.VoiceState) -> bool:
        return member == guild.me and after.channel is None

    if guild.me.voice is not None:
        with contextlib.suppress(TimeoutError):
            await client.wait_for("voice_state_update", check=is_out, timeout=LEAVING)
