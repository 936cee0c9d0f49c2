"""/privacy: a private copy of one's own data, and its deletion, which is asked for twice."""

import json

import pytest
from house import TIMEOUT, House, below, made, said

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_export_is_a_private_file_with_the_members_own_data(house: House) -> None:
    ben, cleo = await house.member("Ben"), await house.member("Cleo")
    await made(ben, "Mine", seed=5)
    await made(cleo, "Hers")
    answer = await said(await ben.slash("privacy export"), "All that I keep about you", "Only you see this")
    assert answer.message is not None
    found = json.loads(await ben.attachment(answer.message))
    assert found["member_id"] == ben.id
    assert [(one["title"], one["seed"]) for one in found["tracks"]] == [("Mine", 5)]
    assert "Hers" not in json.dumps(found)


async def test_deletion_asks_first_and_then_takes_words_music_and_messages(house: House) -> None:
    ada, cleo = await house.member("Ada"), await house.member("Cleo")
    message = await made(cleo, "Forget Me")
    remix = await ada.submit(await ada.press(message, "Remix seed"), tags="polka", title="Her Remix")
    await said(remix, "is finished")
    question = await said(await cleo.slash("privacy delete"), "no way back", "Goes", "Stays", "WaveSpeed")
    assert "Stays too" not in question.text
    await said(await cleo.press(question, "Keep it"), "Nothing was deleted")
    assert "Forget Me" in (await said(await cleo.slash("track", track="Forget Me"))).text

    await said(await ada.slash("member ban", member="Cleo", reason="Spam"))
    question = await said(await cleo.slash("privacy delete"), "Stays too", "may not make tracks")
    await (await cleo.press(question, "Delete my data")).until(
        lambda now: "Your data is deleted" in now.text, TIMEOUT
    )

    async def gone() -> bool:
        return message["id"] not in [one["id"] for one in await cleo.messages()]

    await cleo.until(gone, TIMEOUT, lambda: "The message stayed.")
    await said(await ada.slash("track", track="Forget Me"), "no such track")
    assert (await said(await ada.slash("track", track="Her Remix"))).message is not None
    await said(await cleo.slash("compose", tags="ska", duration=5, title="Again"), "may not make tracks")
    await said(await ada.slash("member pardon", member="Cleo"))


async def test_what_is_under_way_stands_in_the_way(house: House) -> None:
    held = house.hold("slowly")
    ben = await house.member("Ben")
    answer = await ben.slash("compose", tags="slowly", duration=5, title="Not Yet")
    await said(answer, "being rendered")
    question = await said(await ben.slash("privacy delete"), "no way back")
    await below(await ben.press(question, "Delete my data"), "Nothing was deleted", "Not Yet", "/queue")
    held.release()
    await said(answer, "is finished")


async def test_a_forged_press_deletes_nothing_and_changes_no_public_message(house: House) -> None:
    ada, ben = await house.member("Ada"), await house.member("Ben")
    message = await made(ben, "Untouched")
    await made(ada, "Ada's Own")
    for button in ("privacy:erase", "privacy:keep", "queue:page:0", f"track:keep:{'0' * 20}"):
        await said(await ada.press(message, button, forged=True), "no longer know this button")
    await said(await ada.slash("track", track="Ada's Own"), "Ada's Own")
    assert message in await ben.messages()
