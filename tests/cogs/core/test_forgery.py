"""What is forged gains nothing: forms that nobody opened, other guilds' tracks, other people's messages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from bot_harness import TIMEOUT, VOICES, Harness, made, said, track_of
from known_rights import NOBODYS, RIGHTS, sample_of
from test_rights import MENU_ANSWERS, MENUS, OPTIONS, REFUSALS, SLASH, id_in, takes_a_track

from cogs.core.rights import Right, Who
from rehearsal.discord.members.member import Answer, Member
from rehearsal.discord.members.reading import text_of
from rehearsal.discord.start import first_world
from services.guilds.rules import Rules, fingerprint
from services.tracks.sight import everything_in

pytestmark = pytest.mark.asyncio(loop_scope="module")

Values = Mapping[str, Any]
SEEN = fingerprint(Rules(), "longest")
FORMS: dict[str, Values] = {
    "form:write:": {"tags": "ska", "lyrics": "La la la", "duration": "5"},
    "form:remix:{track}": {"tags": "ska", "lyrics": "La la la", "duration": "5"},
    "report:because:{track}": {"reason": "It is rude"},
    "review:because:{track}": {"reason": "Mine now"},
    f"moderation:form:length:{SEEN}": {"longest": "7"},
    "rework:form:extend:track:{track}": {},
    "key:form": {"key": "nobody's", "level": ["bronze"]},
    f"report:entered:{NOBODYS}:1": {"reason": "It is rude"},
    f"jam:tagged:{NOBODYS}": {"tags": "ska"},
    f"jam:set:{NOBODYS}": {},
    f"jam:text:{NOBODYS}:verse:1": {},
    f"jam:round:{NOBODYS}": {},
    "album:begin:{track}": {"title": "Forged"},
    f"album:named:{NOBODYS}": {"title": "Forged"},
    f"party:added:{NOBODYS}": {"track": "1"},
    f"relay:line:{NOBODYS}-00": {"line": "La la"},
    "voice:form": {},
}
QUESTIONS: dict[str, list[str]] = {  # what stands in a message that its member alone sees, with its values
    "track:deletenow:{track}": [],
    "queue:cancel:0": ["{track}"],
    "privacy:erase": [],
    "tracks:play": ["{track}"],
    f"variations:make:{NOBODYS}:{{track}}:2:24:9000": [],
    "ballot:vote:{track}": [],
    f"ballot:close:{NOBODYS}": [],
    f"jam:struck:{NOBODYS}": ["ska"],
    f"jam:chosen:{NOBODYS}": ["1"],
    f"jam:over:{NOBODYS}": [],
    "album:open": [NOBODYS],
    "album:list:0": [],
    "album:put:{track}": [NOBODYS],
    "album:new:{track}": [],
    f"album:page:{NOBODYS}:0": [],
    f"album:edit:{NOBODYS}:0": [],
    f"album:track:{NOBODYS}": [NOBODYS],
    f"album:move:{NOBODYS}:{NOBODYS}": ["0"],
    f"album:off:{NOBODYS}:{NOBODYS}": [],
    f"album:cover:{NOBODYS}:{NOBODYS}": [],
    f"album:draw:{NOBODYS}": [],
    f"album:share:{NOBODYS}": ["1"],
    f"album:rename:{NOBODYS}": [],
    f"album:delete:{NOBODYS}": [],
    f"album:deletenow:{NOBODYS}": [],
    f"contest:enter:{NOBODYS}": [],
    f"contest:into:{NOBODYS}:{{track}}": [],
    f"contest:leave:{NOBODYS}:{{track}}": [],
    f"contest:listen:{NOBODYS}": ["1"],
    f"contest:rank:{NOBODYS}:1": ["1"],
    f"contest:pair:{NOBODYS}:0": [],
    f"contest:both:{NOBODYS}:1:1": [],
    f"contest:vote:{NOBODYS}:1:1:1": [],
    f"contest:end:{NOBODYS}:voting:1": [],
    f"contest:cancel:{NOBODYS}": [],
    f"contest:keep:{NOBODYS}": [],
    f"album:publish:{NOBODYS}": [],
    f"album:where:{NOBODYS}": ["1"],
    f"album:print:{NOBODYS}:channel:1": [],
    f"album:renew:{NOBODYS}": [],
    f"album:unpublish:{NOBODYS}": [],
    f"relay:pass:{NOBODYS}-00": [],
    f"relay:vote:{NOBODYS}": ["folk"],
    f"report:entry:{NOBODYS}:1": [],
}
BUTTONS: dict[str, list[str]] = {
    sample_of(right, track="{track}"): [] for right in RIGHTS if right.sample
} | QUESTIONS
NO_TRACK = "no such track"
NOTHING_DONE = ("track:keep", "rework:cancel", "contest:keep")  # they look nothing up


@pytest.fixture(scope="module")
def changes() -> dict[str, Any]:
    host = int(first_world().guild("Rooftop").id)
    return {"host_guild_id": host, "member_waiting_limit": 100, **VOICES}


def right_of(custom_id: str) -> Right:
    """The right that stands behind it."""
    text = custom_id.replace("{track}", "0" * 20)
    return next(right for right in RIGHTS if ":" in right.handle and re.fullmatch(right.handle, text))


async def test_every_form_and_question_is_tried_here() -> None:
    unpressed = {right.handle for right in RIGHTS if right.handle[0] != "/" and not right.sample}
    tried = {right_of(one).handle for one in (*FORMS, *QUESTIONS)} | {right.handle for right in MENUS}
    assert unpressed == tried


async def heard(answer: Answer) -> str:
    """Everything that the answer says, in the end."""
    await answer.until(lambda now: now.state == "answered" or now.followups or now.error, TIMEOUT)
    await answer.until(lambda now: now.text or now.followups, TIMEOUT)
    return "\n".join([answer.text, *map(text_of, answer.followups)])


async def refused(answer: Answer, right: Right) -> None:
    await answer.until(
        lambda now: any(
            word in "\n".join([now.text, *map(text_of, now.followups)]) for word in REFUSALS[right.who]
        ),
        TIMEOUT,
    )


async def send(member: Member, form: str, track_id: str, on: Answer | None = None) -> Answer:
    """The form as nobody has opened it, below a message or below none."""
    message = {"message": on.message["id"]} if on and on.message else {}
    custom_id = form.replace("{track}", track_id)
    return await member.interact(
        kind="modal", forged=True, custom_id=custom_id, fields=FORMS[form], **message
    )


async def stands(harness: Harness, member: Member, message: dict[str, Any]) -> None:
    """The track and its message are as they were."""
    now = next(one for one in await member.messages() if one["id"] == message["id"])
    assert {**now, "revision": 0} == {**message, "revision": 0}
    assert harness.bot is not None
    track = await harness.bot.studio.get(id_in(message))
    assert track is not None
    assert (track.state, track.deleted_at) == ("delivered", None)
    assert await harness.bot.studio.reports.open(everything_in(track.guild_id)) == []


@pytest.mark.parametrize("form", FORMS)
async def test_forms_that_nobody_opened_refuse_whoever_is_less_and_serve_the_others(
    harness: Harness, form: str
) -> None:
    ada, ben, cleo = [await harness.member(name) for name in ("Ada", "Ben", "Cleo")]
    right, message = right_of(form), await made(ben, f"Formed by {form}")
    if right.who is Who.MODERATOR:
        for person in (ben, cleo):
            await refused(
                await send(person, form, id_in(message), await said(await person.slash("queue"), "Queue")),
                right,
            )
            bare = await heard(await send(person, form, id_in(message)))
            assert any(word in bare for word in (*REFUSALS[right.who], "no longer know"))
        await stands(harness, ben, message)
    person = ada if right.who is Who.MODERATOR else cleo
    on = await said(await person.slash("moderation panel" if person is ada else "queue"))
    text = await heard(await send(person, form, id_in(message), on))
    assert "Something broke" not in text
    assert not any(word in text for words in REFUSALS.values() for word in words)
    if form.startswith("report:because"):
        await said(await ada.slash("moderation reports"), "It is rude")
        await ada.press(
            await ada.slash("moderation reports"), f"report:dismiss:{id_in(message)}", forged=True
        )
    if form.startswith("moderation"):
        await said(on, "Saved: Longest track")
        back = fingerprint(Rules(longest=7), "longest")
        reset = {"custom_id": f"moderation:form:length:{back}", "fields": {"longest": ""}}
        await ada.interact(kind="modal", forged=True, message=on.message["id"], **reset)  # type: ignore[index]
        await said(on, "As long as I can")


async def test_another_guilds_track_does_not_exist(harness: Harness) -> None:
    ben, dora = await harness.member("Ben"), await harness.member("Dora", "Rooftop")
    message = await made(ben, "At Home")
    track_id = id_in(message)
    for custom_id, values in BUTTONS.items():
        if "{track}" in custom_id + "".join(values) and not custom_id.startswith(NOTHING_DONE):
            named = [value.replace("{track}", track_id) for value in values]
            on = await said(await dora.slash("queue"), "Queue")
            answer = await dora.press(on, custom_id.replace("{track}", track_id), named, forged=True)
            assert NO_TRACK in await heard(answer), custom_id
    for form in (one for one in FORMS if "{track}" in one):
        assert NO_TRACK in await heard(await send(dora, form, track_id)), form
    for right in (one for one in MENUS if one.handle.removeprefix("menu: ") not in MENU_ANSWERS):
        answer = await dora.context(right.handle.removeprefix("menu: "), message, forged=True)
        assert NO_TRACK in await heard(answer), right.handle
    for right in SLASH:
        if takes_a_track(harness, right):
            options = {**OPTIONS.get(right.handle, {}), "track": track_id}
            assert NO_TRACK in await heard(await dora.slash(right.handle, **options)), right.handle
    await stands(harness, ben, message)


async def test_no_press_changes_a_public_message_that_does_not_have_that_button(harness: Harness) -> None:
    ada, ben, cleo = [await harness.member(name) for name in ("Ada", "Ben", "Cleo")]
    dora = await harness.member("Dora", "Rooftop")
    hers, abroad = await made(cleo, "Untouched"), await made(dora, "Untouched Abroad")
    baits = {person: id_in(await made(person, f"A Bait of {person.name}")) for person in (ben, ada, dora)}
    held = harness.hold("slowly")
    for number in range(3):
        answer = await ben.slash("compose", tags="slowly", duration=5, title=f"Slow {number}")
        await said(answer, f"Slow {number}")
    last = await in_queue(harness, ben, "Slow 2")
    assert last is not None
    for person, on in ((ben, hers), (ada, hers), (dora, abroad)):
        for custom_id, values in BUTTONS.items():
            target = last if custom_id.startswith("track:cancel") else baits[person]
            named = [value.replace("{track}", last) for value in values]
            pressed = await person.press(on, custom_id.replace("{track}", target), named, forged=True)
            if ":vote:" not in custom_id:  # whose answer is the count on a message of its own
                await heard(pressed)
        await stands(harness, dora if on is abroad else cleo, on)
    assert await in_queue(harness, ben, "Slow 2") == last
    held.release()


async def in_queue(harness: Harness, member: Member, title: str) -> str | None:
    """The id of the track that waits or is made under that title."""
    assert harness.bot is not None
    queue = await harness.bot.studio.queue.view(everything_in(int(member.guild["id"])))
    return next((entry.track.id for entry in queue.entries if entry.track.title == title), None)


async def test_what_moderators_hold_back_is_told_to_nobody(harness: Harness) -> None:
    ada, ben, cleo = [await harness.member(name) for name in ("Ada", "Ben", "Cleo")]
    written = await ben.slash(
        "compose", tags="zither, hush", duration=5, vocals="write", title="Private Matter"
    )
    await said(await ben.submit(written, lyrics="[verse]\nNobody should read this"), "is finished")
    message = await track_of(ben, "Private Matter")
    track_id = id_in(message)
    form = await ada.press(message, f"review:withhold:{track_id}", forged=True)
    await said(await ada.submit(form, reason="Off topic"), "is withheld")
    texts: list[str] = []
    for custom_id, values in BUTTONS.items():
        if right_of(custom_id).who is Who.HOST or custom_id.startswith("privacy"):
            continue
        named = [value.replace("{track}", track_id) for value in values]
        on = await said(await cleo.slash("queue"), "Queue")
        texts.append(
            await heard(await cleo.press(on, custom_id.replace("{track}", track_id), named, forged=True))
        )
    for form in FORMS:
        on = await said(await cleo.slash("queue"), "Queue")
        texts.append(await heard(await send(cleo, form, track_id, on)))
    for right in SLASH:
        if takes_a_track(harness, right):
            options = {**OPTIONS.get(right.handle, {}), "track": track_id}
            texts.append(await heard(await cleo.slash(right.handle, **options)))
    for text in texts:
        assert not any(word in text for word in ("Private Matter", "zither", "Nobody should")), text
        assert "Something broke" not in text
