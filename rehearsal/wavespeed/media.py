"""Files: outputs to download, and uploads (a ticket, a PUT, an address). Read without a key, as on a CDN."""

from __future__ import annotations

import mimetypes
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from aiohttp import web

from rehearsal.wavespeed.answers import ApiError, CutError, success, whole_number
from rehearsal.wavespeed.rendering import TYPES

if TYPE_CHECKING:
    from rehearsal.wavespeed.api import Call
    from rehearsal.wavespeed.predictions import Prediction
    from rehearsal.wavespeed.server import WaveSpeedStandIn

LARGEST_UPLOAD = 200 * 2**20  # bytes (the official SDK's limit)
CHUNK = 64 * 1024  # bytes


@dataclass
class Upload:
    filename: str
    size: int
    content_type: str
    data: bytes | None = None


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
        token = secrets.token_hex(12)
        self.uploads[token] = Upload(filename, size, content_type)
        instruction = {
            "method": "PUT",
            "url": f"{self._wave.url}/uploads/{token}",
            "headers": {"Content-Type": content_type},
        }
        address = f"{self._wave.url}/media/{token}/{quote(filename, safe='')}"
        return success({"upload": instruction, "download_url": address})

    async def put(self, request: web.Request) -> web.Response:
        upload = self.uploads.get(request.match_info["token"])
        if upload is None or upload.data is not None:
            raise ApiError(404 if upload is None else 403, "There is no upload to be made here.")
        if request.headers.get("Content-Type") != upload.content_type:
            raise ApiError(403, "The Content-Type is not the one that the upload was signed for.")
        data = bytearray()
        async for chunk in request.content.iter_any():
            data += chunk
            if len(data) > upload.size:
                break
        if len(data) != upload.size:
            raise ApiError(400, f"The upload was announced with {upload.size} bytes.")
        upload.data = bytes(data)
        return web.Response()

    async def read(self, request: web.Request) -> web.Response:
        upload = self.uploads.get(request.match_info["token"])
        if upload is None or upload.data is None:
            raise ApiError(404, "There is no such file.")
        return web.Response(body=upload.data, headers={"Content-Type": upload.content_type})

    async def download(self, request: web.Request) -> web.StreamResponse:
        """An output; made now if it was not yet."""
        prediction = self._output(request.match_info["file"])
        if prediction is None:
            raise ApiError(404, "There is no such file.")
        data = await self._wave.sound.of(prediction.order)
        headers = {"Content-Type": TYPES[prediction.extension]}
        if self._wave.faults.strike("file", "download", prediction.inputs, prediction.key):
            await self._cut_short(request, data, headers)
        return web.Response(body=data, headers=headers)

    def inputs_of(self, file: str) -> dict[str, Any]:
        """What the output was asked for with; for faults that look at that."""
        prediction = self._output(file)
        return prediction.inputs if prediction else {}

    def _output(self, file: str) -> Prediction | None:
        prediction = self._wave.predictions.get(file.partition(".")[0])
        there = prediction is not None and prediction.status == "completed" and prediction.file == file
        return prediction if there else None

    async def _cut_short(self, request: web.Request, data: bytes, headers: dict[str, str]) -> None:
        """Half of the file, under the Content-Length of the whole. Always raises CutError."""
        response = web.StreamResponse(headers=headers)
        response.content_length = len(data)
        await response.prepare(request)
        half = data[: len(data) // 2]
        for start in range(0, len(half), CHUNK):
            await response.write(half[start : start + CHUNK])
        raise CutError
