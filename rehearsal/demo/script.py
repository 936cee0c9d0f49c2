"""The acts of the demo: Ada, Ben and Cleo, an evening on The Porch.

The only hand behind the scenes is the one that holds a render still while the queue is looked at.
"""

from __future__ import annotations

from decimal import Decimal

from rehearsal.demo import proofs
from rehearsal.demo.album import an_album
from rehearsal.demo.contest import a_contest
from rehearsal.demo.evening import Evening
from rehearsal.demo.jam import a_jam
from rehearsal.demo.party import a_party
from rehearsal.demo.relay import a_relay, its_song
from rehearsal.demo.voices import own_voices
from rehearsal.discord.members.member import Json
from rehearsal.wavespeed import Fault

LYRICS = """\
Verse:
The rain came early and the street ran blue
We dragged the chairs in and the music too
Chorus:
Leave on the porch light, leave on the song
Somebody's coming who will sing along"""
MORE_LYRICS = "[verse]\nThe moon is up, the frogs keep time"


async def play(evening: Evening) -> None:
    """All of it. Raises MissingError where it cannot go on."""
    first, second = await two_songs(evening)
    await a_remix_while_others_wait(evening, first)
    evening.transcript.act("Two songs, sung with one's own voice")
    await own_voices(evening, first, second)
    evening.transcript.act("A jam: three members shape a track together, and one of them lends her voice")
    await a_jam(evening)
    evening.transcript.act("A contest: who made what is shown at the end")
    await a_contest(evening, first, second)
    evening.transcript.act("An album: what was made this evening, in an order of its own")
    await an_album(evening, first, second)
    evening.transcript.act("A relay: a line each, and only the last one shown")
    await evening.presses(evening.ben, await a_relay(evening), "Sing it now")
    evening.transcript.act("A party: two members listen together in a voice channel until it is sung")
    await a_party(evening)
    await its_song(evening)
    await a_budget_that_is_used_up(evening)
    await faults_told_at_once(evening)
    await the_money(evening)


async def two_songs(evening: Evening, seconds: int = 20) -> tuple[Json, Json]:
    evening.transcript.act("A song with words of one's own, and an instrumental beside it")
    form = await evening.types(
        evening.ben,
        "compose",
        tags="folk, acoustic guitar, warm vocals",
        duration=seconds,
        vocals="write lyrics",
    )
    bens = await evening.submits(evening.ben, form, lyrics=LYRICS, title="Porch Light")
    adas = await evening.types(
        evening.ada, "compose", tags="funk, brass, upbeat", duration=seconds, vocals="instrumental",
        title="Brass on the Stairs",
    )  # fmt: skip
    return (
        await evening.gets(evening.ben, bens, "Porch Light", seconds=seconds, lyrics=LYRICS),
        await evening.gets(evening.ada, adas, "Brass on the Stairs", seconds=seconds),
    )


async def a_remix_while_others_wait(evening: Evening, first: Json) -> None:
    evening.transcript.act("The same seed in other clothes, the queue, and a change of mind")
    ada, ben = evening.ada, evening.ben
    held = evening.wave.faults.add(Fault("render_held", tags="reggae"))
    remixing = await evening.types(
        ada, "remix-seed", track="Porch Light", tags="reggae, offbeat guitar, warm vocals",
        title="Porch Light Dub",
    )  # fmt: skip
    await held.reached()

    queue = await evening.reads(await evening.types(ada, "queue"), "being made")
    await evening.reads(await evening.presses(ada, queue, "Pause the queue"), "Paused")
    waiting = await evening.types(ben, "compose", tags="lo-fi, crickets", duration=10, title="Cricket Choir")
    await evening.reads(waiting, "is in the queue", "paused")
    listed = await evening.reads(await evening.types(ben, "queue"), "Porch Light Dub", "Cricket Choir")
    await evening.reads(await evening.chooses(ben, listed, "Cricket Choir"), "was cancelled", "free again")
    await evening.reads(waiting, "was cancelled")
    await evening.reads(await evening.presses(ada, queue, "Resume the queue"), "Resumed")
    held.release()

    remix = await evening.gets(ada, remixing, "Porch Light Dub", seconds=20, lyrics=LYRICS)
    if proofs.seed(remix) != proofs.seed(first):
        evening.faults.append("The remix has another seed than the track that it was made from.")
    if "Porch Light" not in proofs.remix_of(remix):
        evening.faults.append("The remix does not say what it is a remix of.")


async def a_budget_that_is_used_up(evening: Evening) -> None:
    evening.transcript.act("A budget that is used up")
    await evening.reads(await evening.types(evening.ada, "moderation budget", daily=0.02), "of $0.02")
    refused = await evening.types(evening.ben, "compose", tags="ska, trumpets", duration=60, title="Too Dear")
    await evening.reads(refused, "$0.012", "nothing was charged", "ska, trumpets", "[Edit]")


async def faults_told_at_once(evening: Evening) -> None:
    evening.transcript.act("Several mistakes, told at once")
    form = await evening.types(
        evening.ben, "compose", tags="banjo,\u200bswamp, moonlight", vocals="write lyrics"
    )
    refused = await evening.submits(
        evening.ben, form, lyrics=MORE_LYRICS, title="Frog Time", duration="forever", seed="lucky seven"
    )
    await evening.reads(refused, "Tags", "Duration", "Seed", "The moon is up", "forever", "[Edit]")
    again = await evening.presses(evening.ben, refused, "Edit")
    if again.modal is None or "The moon is up" not in again.text or "lucky seven" not in again.text:
        evening.faults.append("The form did not come back with what Ben had written in it.")


async def the_money(evening: Evening) -> None:
    evening.transcript.act("What it cost")
    answer = await evening.reads(await evening.types(evening.ada, "budget"), "This server, today")
    assert answer.message
    told = proofs.dollars(proofs.field(answer.message, "This server, today"))
    prices = sum((proofs.price(one.message) for one in evening.recordings), Decimal(0))
    billed = sum(e.micro * (1 if e.billing_type == "deduct" else -1) for e in evening.wave.bill)
    if told != prices:
        evening.faults.append(f"/budget says ${told} spent, and the tracks' prices add up to ${prices}.")
    if told * 1_000_000 != billed:
        evening.faults.append(
            f"/budget says ${told} spent, and WaveSpeed billed ${Decimal(billed) / 1_000_000}."
        )
