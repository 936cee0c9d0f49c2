"""Files that came with messages and interactions: on disk while the stand-in runs, served like a CDN."""

from __future__ import annotations

import mimetypes
import re
import struct
import tempfile
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

from aiohttp import web
from PIL import Image, UnidentifiedImageError

from rehearsal.discord.api.http import Upload
from rehearsal.discord.snowflake import Snowflakes

Json = dict[str, Any]


class Attachments:
    def __init__(self, snowflakes: Snowflakes) -> None:
        self._snowflakes = snowflakes
        self._folder = tempfile.TemporaryDirectory(prefix="rehearsal-discord-")
        self.base_url = ""

    def store(self, channel: str, upload: Upload, *, ephemeral: bool = False, **given: Any) -> Json:
        """Keeps a file; returns Discord's attachment object. `given`: description and title, if any."""
        own_id = self._snowflakes.next()
        name = re.sub(r"[^\w.\-]", "_", upload.filename) or "file"
        place = Path(self._folder.name, channel, own_id)
        place.mkdir(parents=True)
        (place / name).write_bytes(upload.data)
        url = f"{self.base_url}/attachments/{channel}/{own_id}/{name}"
        made: Json = {"id": own_id, "filename": name, "size": len(upload.data), "url": url, "proxy_url": url}
        made["content_type"] = content_type(name)
        if upload.data.startswith(b"\x89PNG\r\n\x1a\n"):
            made["width"], made["height"] = struct.unpack(">II", upload.data[16:24])
        elif str(made["content_type"]).startswith("image/"):
            with suppress(UnidentifiedImageError), Image.open(BytesIO(upload.data)) as picture:
                made["width"], made["height"] = picture.size
        made |= {key: value for key, value in given.items() if value is not None}
        return made | ({"ephemeral": True} if ephemeral else {})

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """GET /attachments/{channel}/{id}/{filename}, with ranges."""
        path = self._path(*(request.match_info[part] for part in ("channel", "id", "filename")))
        if path is None:
            return web.Response(status=404, text="This content is no longer available.")
        headers = {"Content-Type": content_type(path.name), "Access-Control-Allow-Origin": "*"}
        return web.FileResponse(path, headers=headers)

    def _path(self, channel: str, own_id: str, filename: str) -> Path | None:
        root = Path(self._folder.name).resolve()
        path = (root / channel / own_id / filename).resolve()
        return path if path.is_file() and root in path.parents else None

    def close(self) -> None:
        self._folder.cleanup()


def content_type(filename: str) -> str:
    kind = mimetypes.guess_type(filename)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
