"""A party in the rehearsal room's page: a member starts it, hears it, sees its panel, and stops it."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect
from room_page import LOUD, picture, run, track, violations

Open = Callable[..., Page]
ROOM, TITLE = "Listening Room", "Porch Party"


def test_a_party_is_started_heard_seen_and_stopped(opened: Open) -> None:
    page = opened(channel="music", member="Ben")
    run(page, f"/compose tags: funk, brass duration: 60 title: {TITLE}")
    track(page, TITLE)
    page = opened(channel=ROOM, member="Ben")
    bar = page.locator("#voice")
    bar.get_by_role("button", name="Join").click()
    run(page, f"/party start play: {TITLE}")
    panel = page.locator(".message", has_text="Listening together").last
    expect(panel).to_contain_text(TITLE)
    expect(bar).to_contain_text(f"♪ {TITLE}")
    page.evaluate(LOUD)
    assert violations(page) == []
    picture(panel, "party")
    panel.get_by_role("button", name="Pause").click()
    expect(panel).to_contain_text("Paused at")
    panel.get_by_role("button", name="Go on").click()
    run(page, "/party stop")
    expect(panel).to_contain_text("The party was stopped")
    expect(bar).not_to_contain_text("Jamboree")
