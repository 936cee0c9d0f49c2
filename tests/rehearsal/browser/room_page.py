"""What the browser's tests do and see on the room's page."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, ViewportSize

DESKTOP, PHONE = ViewportSize(width=1280, height=800), ViewportSize(width=390, height=800)
HIGH = 1800  # pixels
TITLE = "Funk & Brass"  # of what has none and those tags
SOME_TITLE = "Second Line"
LOUD = """() => new Promise((done) => {
    const level = document.getElementById("voice-level");
    const look = () => (level.value > 0.1 ? done() : requestAnimationFrame(look));
    look();
})"""
"""Waits until the page plays something that can be heard."""


def run(page: Page, line: str) -> None:
    """Writes a command's line, and sends the form that it opens."""
    page.locator("#line").fill(line)
    page.keyboard.press("Enter")
    page.locator(".command-form").wait_for()
    page.keyboard.press("Enter")


def track(page: Page, title: str) -> Locator:
    """A track's message, once it plays."""
    message = page.locator(".message", has=page.locator(".embed-title", has_text=title)).last
    message.locator("audio").wait_for(state="attached")
    return message


_with_some_track: set[str] = set()  # a page that has just been opened may not show its tracks yet


def some_track(page: Page) -> Locator:
    """One that the room has, or that is made now: the tests share their room."""
    room = urlsplit(page.url).netloc
    if room not in _with_some_track:
        run(page, f"/compose tags: funk, brass duration: 10 title: {SOME_TITLE}")
        _with_some_track.add(room)
    return track(page, SOME_TITLE)


def violations(page: Page) -> list[str]:
    """What axe-core has against the page as it is now."""
    page.evaluate("() => Promise.all(document.getAnimations().map((one) => one.finished.catch(() => {})))")
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['target']} {node['html']}" for one in found for node in one["nodes"]]


def picture(seen: Page | Locator, name: str) -> None:
    """Keeps what is seen, for README and docs, where `make pictures` says in which folder.

    A part of the page is seen whole: the window is high enough for as long.
    """
    if not (folder := os.environ.get("PICTURES")):
        return
    page = seen if isinstance(seen, Page) else seen.page
    window = page.viewport_size
    assert window is not None
    if page is not seen:
        page.set_viewport_size(ViewportSize(width=window["width"], height=HIGH))
    seen.screenshot(path=Path(folder) / f"{name}.png")
    page.set_viewport_size(window)


def focused(page: Page) -> str:
    """The name of the field that has the focus, or the tag of what has it."""
    return page.evaluate(
        "() => document.activeElement.labels?.[0]?.firstChild.data ?? document.activeElement.tagName"
    )
