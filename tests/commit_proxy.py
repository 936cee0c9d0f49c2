"""A way to PostgreSQL on which the answer to a COMMIT is lost: what it ends is done, and nobody hears so."""

from __future__ import annotations

import asyncio
import contextlib

from tcp_proxy import Proxy

COMMIT = b"Q\x00\x00\x00\x0bCOMMIT\x00"  # PostgreSQL, Message Formats: a simple query


class CommitProxy(Proxy):
    """Loses the answer to the next transaction in which `losing` was said; then it loses no more.

    late: seconds after which the server hears of the COMMIT, once its client was cut off.
    """

    losing: bytes | None = None
    late = 0.0

    async def _lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_unix_connection(str(self.target))
        self.ends |= {writer, forth}
        answers = asyncio.create_task(self._pipe(back, writer))
        said = bytearray()
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                if data == COMMIT and self.losing is not None and self.losing in said:
                    self.losing = None
                    answers.cancel()
                    await asyncio.wait({answers})
                    if self.late:
                        writer.transport.abort()
                        await asyncio.sleep(self.late)
                    forth.write(data)
                    await back.read(65536)
                    break
                if data == COMMIT:
                    said.clear()
                said += data
                forth.write(data)
        for end in (writer, forth):
            end.transport.abort()
