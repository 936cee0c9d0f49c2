"""Voice in the rehearsal room's page: a member joins, hears what the bot plays, and leaves."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from room_page import DESKTOP, LOUD, PHONE, violations

Open = Callable[..., Page]
ROOM = "Listening Room"


@pytest.fixture(scope="module")
def room() -> Iterator[str]:
    """A room in which a tone is played."""
    process = subprocess.Popen(
        [sys.executable, Path(__file__).with_name("voice_room.py")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout
    yield process.stdout.readline().strip()
    process.communicate()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_join_hear_and_leave_with_the_keyboard(opened: Open, size: dict[str, int]) -> None:
    page = opened(viewport=size, channel=ROOM, member="Ben")
    bar = page.locator("#voice")
    expect(bar).to_contain_text("♪ A tone")
    expect(bar).to_contain_text("Here: Jamboree")
    bar.get_by_role("button", name="Join").focus()
    page.keyboard.press("Enter")
    expect(bar).to_contain_text("Here: Jamboree, Ben")
    page.evaluate(LOUD)
    assert violations(page) == []
    assert page.evaluate("() => document.body.scrollWidth <= innerWidth")
    bar.get_by_role("button", name="Leave").focus()
    page.keyboard.press("Enter")
    expect(bar).to_contain_text("Here: Jamboree")
    expect(bar).not_to_contain_text("Ben")
    expect(page.locator("#voice-loudness")).to_be_hidden()


def test_who_is_in_a_voice_channel_stands_below_its_name_for_everybody(opened: Open) -> None:
    ada = opened(channel="music", member="Ada")
    expect(ada.locator("#voice")).to_be_hidden()
    channel = ada.locator("#channels > li", has_text=ROOM)
    expect(channel).to_contain_text("♪ A tone")
    cleo = opened(channel=ROOM, member="Cleo")
    cleo.get_by_role("button", name="Join").click()
    expect(channel.locator(".in-voice")).to_contain_text("Cleo")
    cleo.get_by_role("button", name="music").click()
    expect(cleo.locator("#voice")).to_contain_text(ROOM)  # one hears on while one reads elsewhere
    cleo.close()
    expect(channel.locator(".in-voice")).not_to_contain_text("Cleo")


def test_why_one_is_out_is_said(opened: Open) -> None:
    page = opened(channel=ROOM, member="Ben")
    page.get_by_role("button", name="Join").click()
    expect(page.get_by_role("button", name="Leave")).to_be_visible()
    where = page.url.split("#")[0]
    who = page.url.rsplit("/", 1)[1]
    page.request.post(f"{where}rehearsal/voice/leave", data={"member": who})
    expect(page.locator("#voice-trouble")).to_have_text("You are no longer in this voice channel.")
    page.request.post(
        f"{where}rehearsal/world/set_permissions", data={"channel": ROOM, "who": "Ben", "deny": ["connect"]}
    )
    page.get_by_role("button", name="Join").click()
    expect(page.locator("#voice-trouble")).to_contain_text("permission")
