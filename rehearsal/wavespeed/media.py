"""Files: outputs to download, and uploads (a ticket, a PUT, an address). Read without a key, as on a CDN."""

from __future__ import annotations

import asyncio
import mimetypes
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from aiohttp import web

from rehearsal.wavespeed.answers import ApiError, CutError, moment, success, whole_number
from rehearsal.wavespeed.rendering import TYPES

if TYPE_CHECKING:
    from rehearsal.wavespeed.api import Call
    from rehearsal.wavespeed.predictions import Prediction
    from rehearsal.wavespeed.server import WaveSpeedStandIn

LARGEST_UPLOAD = 200 * 2**20  # bytes (the official SDK's limit)
CHUNK = 64 * 1024  # bytes
KEPT = (
    7 * 86400.0
)  # seconds for which there are outputs, uploads and predictions (docs-common-api/predictions)
OPEN = 3600.0  # seconds within which an announced upload is to be made


@dataclass
class Upload:
    filename: str
    size: int
    content_type: str
    announced: float
    made: bool = False


class Media:
    def __init__(self, wave: WaveSpeedStandIn) -> None:
        self._wave = wave
        self.uploads: dict[str, Upload] = {}

    async def ticket(self, call: Call) -> web.Response:
        """Where to PUT a file, and where it will be read from."""
        filename = call.body.get("filename")
        if not isinstance(filename, str) or not filename:
            raise ApiError(400, 'property "filename" must be a string')
        size = whole_number(call.body, "size", 1, LARGEST_UPLOAD)
        guessed = mimetypes.guess_type(filename)[0] or "application/octet-stream"
        content_type = str(call.body.get("content_type") or guessed)
        token, now = secrets.token_hex(12), self._wave.now()
        self.uploads = {name: old for name, old in self.uploads.items() if old.announced > now - KEPT}
        self.uploads[token] = Upload(filename, size, content_type, now)
        instruction = {
            "method": "PUT",
            "url": f"{self._wave.url}/uploads/{token}",
            "headers": {"Content-Type": content_type},
            "expires_at": moment(now + OPEN),
        }
        address = f"{self._wave.url}/media/{token}/{quote(filename, safe='')}"
        return success({"upload": instruction, "download_url": address})

    async def put(self, request: web.Request) -> web.Response:
        self._wave.trap.look_at(request)
        upload = self.uploads.get(request.match_info["token"])
        if upload is None or upload.made:
            raise ApiError(404 if upload is None else 403, "There is no upload to be made here.")
        if upload.announced < self._wave.now() - OPEN:
            raise ApiError(403, "The upload was not made in time: announce it anew.")
        if request.headers.get("Content-Type") != upload.content_type:
            raise ApiError(403, "The Content-Type is not the one that the upload was signed for.")
        data = bytearray()
        async for chunk in request.content.iter_any():
            data += chunk
            if len(data) > upload.size:
                break
        if len(data) != upload.size:
            raise ApiError(400, f"The upload was announced with {upload.size} bytes.")
        upload.made = True
        await asyncio.to_thread(self._wave.sources.put, request.match_info["token"], bytes(data))
        return web.Response()

    async def read(self, request: web.Request) -> web.Response:
        upload = self._upload(token := request.match_info["token"])
        if upload is None:
            raise ApiError(404, "There is no such file.")
        data = await asyncio.to_thread(self._wave.sources.get, token)
        return web.Response(body=data, headers={"Content-Type": upload.content_type})

    async def download(self, request: web.Request) -> web.StreamResponse:
        """An output; made now if it was not yet."""
        self._wave.trap.look_at(request)
        prediction = self._output(request.match_info["file"])
        if prediction is None:
            raise ApiError(404, "There is no such file.")
        try:
            data = await self._wave.sound.of(prediction.order)
        except FileNotFoundError:  # what it is made from
            raise ApiError(404, "The file is no longer kept.") from None
        headers = {"Content-Type": TYPES[prediction.extension]}
        if self._wave.faults.strike("file", "download", prediction.inputs, prediction.key):
            await self._cut_short(request, data, headers)
        return web.Response(body=data, headers=headers)

    async def data(self, path: str) -> bytes | None:
        """What is at a path of this server, for those who need not ask over a socket; None for nothing."""
        match path.split("/"):
            case ["", "media", token, _]:
                there = self._upload(token) is not None
                return await asyncio.to_thread(self._wave.sources.get, token) if there else None
            case ["", "outputs", file] if (prediction := self._output(file)) is not None:
                return await self._wave.sound.of(prediction.order)
            case _:
                return None

    def inputs_of(self, file: str) -> dict[str, Any]:
        """What the output was asked for with; for faults that look at that."""
        prediction = self._output(file)
        return prediction.inputs if prediction else {}

    def _output(self, file: str) -> Prediction | None:
        prediction = self._wave.predictions.get(file.partition(".")[0])
        if prediction is None or prediction.status != "completed" or prediction.file != file:
            return None
        if prediction.form == "none":
            return None
        if prediction.late and self._wave.now() < prediction.ends_at + prediction.late:
            return None
        return prediction if prediction.created_at > self._wave.now() - KEPT else None

    def _upload(self, token: str) -> Upload | None:
        upload = self.uploads.get(token)
        there = upload is not None and upload.made and upload.announced > self._wave.now() - KEPT
        return upload if there else None

    async def _cut_short(self, request: web.Request, data: bytes, headers: dict[str, str]) -> None:
        """Half of the file, under the Content-Length of the whole. Always raises CutError."""
        response = web.StreamResponse(headers=headers)
        response.content_length = len(data)
        await response.prepare(request)
        half = data[: len(data) // 2]
        for start in range(0, len(half), CHUNK):
            await response.write(half[start : start + CHUNK])
        raise CutError
