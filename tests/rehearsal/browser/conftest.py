"""The rehearsal room as `python -m rehearsal` opens it, and one Chromium in which all tests look at it.

The browser is the machine's (Debian's package `chromium-headless-shell`, or `chromium`): none is downloaded.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright
from playwright.sync_api import Request as PageRequest
from room_page import DESKTOP

ROOT = Path(__file__).parents[3]
CHROMIUMS = "chromium-headless-shell", "chromium", "chromium-browser"  # the lightest first
CHROMIUM = next(filter(None, map(shutil.which, CHROMIUMS)), None)
PATIENCE = 30_000  # milliseconds for anything that a test waits for
expect.set_options(timeout=PATIENCE)
OPENED = re.compile(r"Open +(http://127\.0\.0\.1:\d+)$")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = [item for item in items if item.path.is_relative_to(Path(__file__).parent)]
    for item in here:
        item.add_marker(pytest.mark.browser)
        if CHROMIUM is None:
            item.add_marker(pytest.mark.skip(reason=f"no Chromium here: apt-get install {CHROMIUMS[0]}"))


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a room that was just opened."""
    folder = tmp_path_factory.mktemp("room")
    (folder / ".env").write_text("")
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    process = subprocess.Popen(
        [sys.executable, "-m", "rehearsal", "--port", "0", "--data", str(folder / "data")],
        cwd=folder, env={**kept, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout
    try:
        printed = ""
        for line in process.stdout:
            printed += line
            if found := OPENED.search(line.rstrip()):
                hurry = Request(f"{found[1]}/rehearsal/console/speed", b'{"speed": 20.0}')  # noqa: S310
                urlopen(hurry, timeout=PATIENCE / 1000).close()  # noqa: S310
                yield found[1]
                break
        else:
            raise AssertionError(f"The room did not open: {printed}")
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE / 1000)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Ended with its file: as long as it lives, so does its event loop, and no other test can have one."""
    with sync_playwright() as playwright:
        # CI is root in a container, where Chromium's own sandbox cannot be had; it is shown loopback only.
        launched = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
        )
        yield launched
        launched.close()


@pytest.fixture
def opened(room: str, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens the room in a window of its own. At its end: no error in its console, no other host was asked."""
    pages: list[Page] = []
    problems: list[str] = []

    def asked(request: PageRequest) -> None:
        if urlsplit(request.url).hostname not in (urlsplit(room).hostname, None):
            problems.append(f"asked another host: {request.url}")

    def make(
        viewport: ViewportSize = DESKTOP,
        color_scheme: Literal["dark", "light"] = "dark",
        channel: str = "music",
        member: str | None = "Ada",
    ) -> Page:
        page = browser.new_context(viewport=viewport, color_scheme=color_scheme).new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: problems.append(f"error: {error}"))
        page.on("console", lambda told: problems.append(told.text) if told.type == "error" else None)
        page.on("request", asked)
        page.goto(room + (place(page, room, channel, member) if member else ""))
        page.locator("#hint:not([hidden]), #messages > li").first.wait_for()
        pages.append(page)
        return page

    yield make
    for page in pages:
        page.context.close()
    assert problems == []


def place(page: Page, room: str, channel: str, member: str) -> str:
    """The end of the address at which somebody looks at a channel of The Porch."""
    world = page.request.get(f"{room}/rehearsal/world").json()
    porch = next(guild for guild in world["guilds"] if guild["name"] == "The Porch")
    own = {one["name"]: one["id"] for one in [*porch["channels"], *porch["members"]]}
    return f"#{porch['id']}/{own[channel]}/{own[member]}"
