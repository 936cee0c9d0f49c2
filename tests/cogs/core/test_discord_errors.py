"""Who said no: Discord, or what stands before it. The one is the last word, the other is for just now."""

from __future__ import annotations

import ast
from pathlib import Path

import aiohttp
import discord
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from discord.http import json_or_text

from cogs.core.discord_errors import is_not_now

COGS = Path(__file__).parents[3] / "cogs"
OWN = '{"message": "Unknown Message", "code": 10008}'
SWITCHED_OFF = '{"message": "Send messages has been temporarily disabled", "code": 40004}'
CLOUDFLARE = '{"message": "internal network error", "code": 40333}'
NO_TOKEN = '{"message": "401: Unauthorized", "code": 0}'
NO_WEBHOOK = '{"message": "Invalid Webhook Token", "code": 50027}'
UNSAID = "application/octet-stream"  # what is taken for it where an answer names no type
PAGE = "<!DOCTYPE html><html></html>"


@pytest.mark.parametrize(
    ("status", "kind", "body", "later"),
    [
        (404, "application/json", OWN, False),
        (404, "text/plain", OWN, False),
        (404, UNSAID, OWN, False),
        (404, "text/html", PAGE, True),
        (403, UNSAID, PAGE, True),
        (403, "text/plain", "error code: 1020", True),
        (403, UNSAID, "", True),
        (404, "application/json", '{"message": "404: Not Found", "code": 0}', False),
        (404, "application/json", '{"message": "no Route matched with those values"}', True),
        (403, "application/json", '{"error": "blocked by policy"}', True),
        (403, "application/json", '{"code": 403, "message": "Forbidden"}', True),
        (404, "text/plain", '{"code": "no_route", "message": "Not Found"}', True),
        (404, "application/json", '["no such route"]', True),
        (400, "application/json", '{"content": ["This field is required"]}', False),
        (413, "text/html", PAGE, False),
        (408, "application/json", OWN, True),
        (400, "application/json", SWITCHED_OFF, True),
        (403, "application/json", CLOUDFLARE, True),
        (401, "application/json", NO_TOKEN, True),
        (401, "application/json", NO_WEBHOOK, False),
    ],
)
@pytest.mark.asyncio
async def test_discords_own_no_is_told_by_its_code(status: int, kind: str, body: str, later: bool) -> None:
    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, body=body.encode(), headers={"Content-Type": kind})

    app = web.Application()
    app.router.add_get("/", answer)
    async with (
        TestServer(app) as server,
        aiohttp.ClientSession() as session,
        session.get(server.make_url("/")) as response,
    ):
        error = discord.HTTPException(response, await json_or_text(response))
    assert is_not_now(error) is later


def test_a_page_is_nowhere_taken_for_the_last_word() -> None:
    """Who catches Discord's "not found" or "forbidden" has asked whether it was Discord that said so."""
    unasked = list[str]()
    for path in COGS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Try) and not _answering(node.body):
                for one in node.handlers:
                    caught = ast.unparse(one.type) if one.type else ""
                    asked = "is_not_now" in ast.unparse(one)
                    if ("discord.NotFound" in caught or "discord.Forbidden" in caught) and not asked:
                        unasked.append(f"{path.relative_to(COGS)}:{one.lineno}")
    assert not unasked


def _answering(body: list[ast.stmt]) -> bool:
    """Whether nothing but what is within `answering()` is tried."""
    return all(
        isinstance(one, ast.AsyncWith) and "answering()" in ast.unparse(one.items[0]) for one in body[:1]
    )
