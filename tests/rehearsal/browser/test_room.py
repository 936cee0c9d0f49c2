"""The rehearsal room in a real browser, as a newcomer meets it: keyboard, phone, light and dark."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect
from room_page import LOUD, PHONE, TITLE, focused, picture, run, some_track, track, violations

Open = Callable[..., Page]
EDGED = """node => {
  const { outlineStyle, borderTopStyle, borderTopColor } = getComputedStyle(node);
  return outlineStyle !== "none" || (borderTopStyle !== "none" && borderTopColor !== "rgba(0, 0, 0, 0)");
}"""  # whether something can be seen around it
LISTENING, PARTY = "Listening Room", "Porch Party"


def test_a_track_is_composed_with_the_keyboard_alone(opened: Open) -> None:
    page = opened()
    page.keyboard.press("Tab")
    while page.evaluate("() => document.activeElement.id") != "line":
        assert focused(page) != "BODY", "Tab does not lead to the line"
        page.keyboard.press("Tab")
    page.keyboard.type("/comp")
    page.get_by_role("option", name="/compose ").wait_for()
    page.keyboard.press("Enter")
    expect(page.get_by_label("tags")).to_be_focused()
    page.keyboard.type("funk, ")
    page.locator(".listbox-option").first.wait_for()  # suggestions are open
    page.keyboard.press("Tab")
    assert focused(page) == "duration"
    page.keyboard.type("10")
    page.keyboard.press("Shift+Tab")
    assert focused(page) == "tags"
    page.keyboard.press("End")
    page.keyboard.type("brass")
    picture(page, "room-compose")
    page.keyboard.press("Enter")
    track(page, TITLE)


def test_the_sounds_time_moves(opened: Open) -> None:
    page = opened()
    song = some_track(page)
    song.get_by_role("button", name="Play").press("Enter")
    place = song.get_by_role("slider")
    expect(place).to_have_attribute("aria-valuetext", "0:01 of 0:10")
    picture(page, "room")
    song.get_by_role("button", name="Pause").press("Enter")
    place.fill("8")
    expect(place).to_have_attribute("aria-valuetext", "0:08 of 0:10")
    expect(song.get_by_role("button", name="Play")).to_be_visible()


def test_a_form_keeps_what_was_written_and_sends_it(opened: Open) -> None:
    page = opened()
    some_track(page).get_by_role("button", name="Remix seed").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Tags").fill("reggae, offbeat guitar")
    page.keyboard.press("Escape")
    form.get_by_role("button", name="Keep writing").press("Enter")
    assert violations(page) == []
    form.get_by_label("Title").fill("Answered")
    form.get_by_role("button", name="Submit").click()
    expect(form).to_have_count(0)
    expect(track(page, "Answered")).to_contain_text("reggae, offbeat guitar")


def test_enter_sends_also_from_a_list(opened: Open) -> None:
    page = opened()
    page.locator("#line").fill("/library tracks")
    page.keyboard.press("Enter")
    expect(page.get_by_label("order")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".command-form")).to_have_count(0)


def test_the_moderation_panel_opens_and_changes_a_rule(opened: Open) -> None:
    page = opened()
    run(page, "/moderation panel")
    panel = page.locator(".message.private").last
    panel.get_by_role("button").first.wait_for()
    assert violations(page) == []
    picture(panel.locator(".container"), "moderation")
    panel.get_by_role("button", name="Switch list on").click()
    panel.get_by_role("button", name="Switch list off").click()
    panel.get_by_role("button", name="Switch list on").wait_for()


@pytest.mark.parametrize("color_scheme", ["dark", "light"])
def test_axe_finds_nothing(opened: Open, color_scheme: str) -> None:
    page = opened(color_scheme=color_scheme)
    some_track(page)
    assert violations(page) == []
    page.locator("#line").fill("/compose")
    page.keyboard.press("Enter")
    page.get_by_label("tags").wait_for()
    assert violations(page) == []


def test_in_colours_of_the_systems_own_an_edge_shows_what_a_background_did(opened: Open) -> None:
    page = opened()
    song = some_track(page)
    page.emulate_media(forced_colors="active")
    page.locator("#line").fill("/comp")
    for one in (
        song.get_by_role("button", name="Remix seed"),
        page.locator(".channel[aria-current]"),
        page.get_by_role("option", name="/compose "),
    ):
        assert one.evaluate(EDGED)


def test_the_headings_of_a_jam_are_in_order(opened: Open) -> None:
    page = opened(channel="lounge")
    run(page, "/jam start theme: Headings")
    page.get_by_role("heading", name="Headings").first.wait_for()
    levels = page.locator("main").evaluate(
        "(main) => [...main.querySelectorAll('h1, [role=heading]')].map((one) => Number(one.ariaLevel ?? 1))"
    )
    assert levels[0] == 1
    assert all(level <= before + 1 for before, level in pairwise(levels)), levels
    assert violations(page) == []


def test_on_a_phone_the_drawer_opens_and_escape_closes_it(opened: Open) -> None:
    page = opened(viewport=PHONE)
    song = some_track(page)
    song.get_by_role("slider").focus()
    expect(page.get_by_role("heading", level=1)).to_be_in_viewport()
    song.locator("canvas[data-bars]").wait_for()  # its waveform is drawn
    picture(page, "room-phone")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]
    menu = page.locator("#menu")
    box = menu.bounding_box()
    assert box
    assert min(box["width"], box["height"]) >= 44
    menu.click()
    expect(page.get_by_role("button", name="lounge")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="lounge")).to_be_hidden()
    expect(menu).to_be_focused()


def test_two_tabs_are_two_people_who_see_each_other_type(opened: Open) -> None:
    ada = opened()
    ben = opened(member=None)
    ada_list, ben_list = ada.locator("#people-list"), ben.locator("#people-list")
    expect(ben_list).to_contain_text("Ben you")
    expect(ada_list.locator(".here")).to_have_count(3)  # Ada, Ben and the bot
    ben.locator("#line").press_sequentially("hello")
    expect(ada.locator("#typing")).to_have_text("Ben is typing…")
    ben.keyboard.press("Enter")
    expect(ada.locator(".message").last).to_contain_text("hello")
    expect(ada.locator("#typing")).to_be_empty()


def test_light_and_dark_can_be_switched_and_are_kept(opened: Open) -> None:
    page = opened(color_scheme="dark")
    back = "() => getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(back)
    page.get_by_label("Light or dark").select_option("Light")
    light = page.evaluate(back)
    assert light != dark
    page.reload()
    assert page.evaluate(back) == light


def test_the_console_disturbs_the_bot_and_starts_it_anew_while_the_page_stays_open(opened: Open) -> None:
    page = opened(color_scheme="light")
    page.get_by_role("button", name="Console").click()
    console = page.get_by_role("complementary", name="Console")
    expect(console.locator("#requests tr")).not_to_have_count(0)
    expect(console.locator("#billed")).to_contain_text("$")
    assert violations(page) == []
    console.get_by_label("WaveSpeed renders").select_option("20 times as fast")
    console.get_by_label("Every render fails").check()
    run(page, "/compose tags: ska duration: 10 title: Failing")
    expect(page.locator(".message.private").last).to_contain_text("could not")
    picture(page, "room-console")
    console.get_by_label("Every render fails").uncheck()
    console.get_by_role("button", name="Restart the bot").click()
    expect(console.get_by_text("The bot is being started anew.")).to_be_visible()
    expect(console.get_by_text("The bot is connected.")).to_be_visible()
    run(page, "/compose tags: ska duration: 10 title: After the restart")
    track(page, "After the restart")
    page.keyboard.press("Escape")


def write_a_line_each(page: Page) -> None:
    """Opens the tour's relay, writes the first line, which Ben and Cleo go on from, and goes on."""
    page.locator(".command-form").get_by_role("button", name="Send").click()
    expect(page.locator(".container").last).to_contain_text("Line 1 of 3")
    page.get_by_role("button", name="Write my line").last.click()
    page.get_by_role("dialog").get_by_label("Your line").fill("The gutters sing when nobody hears")
    page.get_by_role("dialog").get_by_role("button", name="Submit").click()
    expect(page.locator(".container").last).to_contain_text("Till the rain has run out of all its tears")
    page.get_by_role("button", name="Go on").click()


def test_the_tour_from_start_to_end(opened: Open) -> None:
    page = opened()
    page.get_by_role("button", name="Tour", exact=True).click()
    tour = page.get_by_role("region", name="A tour of two minutes")
    assert violations(page) == []
    for step in range(1, 10):
        expect(tour.locator("#tour-count")).to_have_text(f"{step} of 10")
        if step == 6:
            write_a_line_each(page)
        elif step in (2, 5):  # listen; lock in
            if step == 5:
                panel = page.locator(".container").last
                expect(panel).to_contain_text("Cleo")
                picture(panel, "jam")
            tour.locator("#tour-do").click()
        else:
            page.locator(".command-form").get_by_role("button", name="Send").click()
    expect(tour).to_contain_text("it is put back to what it was, and what you have opened is ended")
    for label in ("End the jam", "End it"):
        expect(page.get_by_role("button", name=label)).to_have_count(0)
    tour.get_by_role("button", name="End the tour").click()
    expect(tour).to_be_hidden()
    run(page, "/compose tags: ska duration: 10 title: As before")
    track(page, "As before")  # the limit is as it was


def test_a_party_is_started_heard_seen_and_stopped(opened: Open) -> None:
    page = opened(channel="music", member="Ben")
    run(page, f"/compose tags: funk, brass duration: 30 title: {PARTY}")
    track(page, PARTY)
    page = opened(viewport=PHONE, channel=LISTENING, member="Ben")
    bar = page.locator("#voice")
    bar.get_by_role("button", name="Join").click()
    run(page, f"/party start play: {PARTY}")
    panel = page.locator(".message", has_text="Listening together").last
    expect(panel).to_contain_text(PARTY)
    expect(bar).to_contain_text(f"♪ {PARTY}")
    page.evaluate(LOUD)
    assert violations(page) == []
    picture(panel.locator(".container"), "party")
    panel.get_by_role("button", name="Pause").click()
    expect(panel).to_contain_text("Paused at")
    panel.get_by_role("button", name="Go on").click()
    run(page, "/party stop")
    expect(panel).to_contain_text("The party was stopped")
    expect(bar).not_to_contain_text("Jamboree")


def test_everybody_reads_it_in_their_own_language(opened: Open) -> None:
    page = opened()
    with page.expect_response("**/set_locale"):
        page.get_by_label("Your Discord's language").select_option("de")
    page.locator("#line").fill("/compose")
    page.keyboard.press("Enter")
    form = page.locator(".command-form")
    expect(form).to_contain_text("Mach einen Song aus Tags")
    page.keyboard.press("Escape")
    run(page, "/queue")
    expect(page.locator(".message.private").last).to_contain_text("Warteschlange")
    run(page, "/budget")
    expect(page.locator(".message.private").last.locator(".moment").first).to_contain_text(
        re.compile("Stunde|Minute|Tag")
    )
    page.get_by_label("Your Discord's language").select_option("en-US")
