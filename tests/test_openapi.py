"""Whether what the bot sends is held against Discord's own description in this run; skipped where not."""

from types import SimpleNamespace

import openapi


def test_what_the_bot_sends_is_held_against_discords_description() -> None:
    openapi.needed()
    request = SimpleNamespace(method="POST", path="/channels/1/messages", multipart=False, status=200)
    request.json = {"content": "la", "allowed_mentions": {"parse": []}}
    assert openapi.check(request) == []
    request.json = {"content": "la" * 4000, "allowed_mentions": {"parse": ["nobody"]}}
    assert len(openapi.check(request)) == 2
    request.json = None
    assert len(openapi.check(request)) == 1
    request.status = None  # cut off on its way: nobody knows what was in it
    assert openapi.check(request) == []
