"""HTTP on an address of the bot's own, for whoever tells or asks it something from outside."""

from __future__ import annotations

from aiohttp import web

from services.addresses import host_and_port


class CannotListen(Exception):
    """The address is taken, or not this machine's. str() names its setting."""


class Listener:
    """One address, with what is answered there. setting: the name of the setting that says which address."""

    def __init__(self, app: web.Application, setting: str, address: str) -> None:
        self._runner = web.AppRunner(
            app,
            access_log=None,
            handle_signals=False,
            shutdown_timeout=1.0,
            auto_decompress=False,  # a body is what came: nobody has us unpack anything
        )
        self._setting = setting
        self._address = address

    async def open(self) -> None:
        """Begins to listen. Raises CannotListen."""
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, *host_and_port(self._address)).start()
        except OSError as error:
            await self.close()
            reason = error.strerror or str(error)
            raise CannotListen(f"{self._setting}: cannot listen on {self._address} ({reason})") from error

    async def close(self) -> None:
        """Listens no more."""
        await self._runner.cleanup()
