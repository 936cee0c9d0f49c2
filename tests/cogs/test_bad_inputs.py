"""Bad input of every kind, also from a forged client: answered privately, never charged, nobody pinged."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
import sqlalchemy as sa
from house import House

from rehearsal.member import Answer, Member
from services.database import entries
from services.database import tracks as track_table

NewHouse = Callable[..., AbstractAsyncContextManager[House]]
FEW, MANY = 400, 10_000

HIDDEN = "\u200b\u200d\u2060\ufeff\u202e\u2066\u00ad\x00\x07\x1b\x7f\u0085\u2028"
PINGS = (
    "@everyone",
    "@here",
    "<@&1>",
    "<@{other}>",
    "<#1>",
    "</compose:1>",
    "<t:1:R>",
    "[x](http://127.0.0.1)",
)
ODD = (
    *("𝕱𝖚𝖓𝖐", "f\u0301" * 300, "🎷" * 40, "ﷺ" * 30, "Ω≈ç√", "السلام", "null", "None", "NaN", "-0", "1e309"),
    *("{{7*7}}", "'; DROP TABLE tracks; --", "${jndi:ldap://127.0.0.1}", "../../etc/passwd", "%s%n%x", "\\"),
    *("```", "**__~~||`", '{"tags": ["a", {"b": null}]}', "[verse]", "١٢٣", "९", "0x10", "9" * 400, "  "),
    *("\n\n", ",,,", "-", "#" * 5000),
)


class Liar:
    """Makes things up; the same seed, the same things."""

    def __init__(self, seed: int, other: str) -> None:
        self.chance = random.Random(seed)
        self.other = other

    def text(self, most: int = 400) -> str:
        words = [
            self.chance.choice(
                [
                    self.chance.choice(ODD),
                    self.chance.choice(PINGS).format(other=self.other),
                    "".join(
                        chr(self.chance.randrange(1, 0x2FFF)) for _ in range(self.chance.randrange(1, 12))
                    ),
                    self.chance.choice(HIDDEN).join("funk"),
                ]
            )
            for _ in range(self.chance.randrange(1, 6))
        ]
        return (
            self.chance.choice([" ", ", ", "\n", ""]).join(words)[:most].encode("utf-8", "replace").decode()
        )

    def bad_tags(self) -> str:
        """Tags that cannot be taken: something hidden is in them, or too much of everything."""
        return self.chance.choice(
            [
                self.text() + self.chance.choice("\u200b\u202e\x07"),
                ", ".join(f"tag{number}" for number in range(self.chance.randrange(21, 90))),
                "x" * self.chance.randrange(51, 900),
                self.chance.choice(["", " ", ",", ", ,", "\u3000"]),
            ]
        )

    def bad_number(self) -> Any:
        return self.chance.choice(
            [-1, 0, 4, 241, 2**31, 2**53, 10**30, -(2**63), "60", "NaN", 1.5, True, None, [], {}]
        )


async def slash(liar: Liar, ben: Member, _queue: Answer) -> Answer:
    options: dict[str, Any] = {"tags": liar.bad_tags(), "title": liar.text(300)}
    if liar.chance.random() < 0.5:
        options[liar.chance.choice(["duration", "seed"])] = liar.bad_number()
    return await ben.slash("compose", forged=True, **options)


async def form(liar: Liar, ben: Member, _queue: Answer) -> Answer:
    opened = await ben.slash("compose", tags="funk", vocals="write", title="A Form")
    fields: dict[str, Any] = {name: liar.text(3900) for name in ("lyrics", "title", "duration", "seed")}
    fields["tags"] = liar.bad_tags()
    return await ben.submit(opened, forged=True, **fields)


async def reference(liar: Liar, ben: Member, _queue: Answer) -> Answer:
    command = liar.chance.choice(["track", "remix-seed"])
    tags = liar.text(200) if command == "remix-seed" and liar.chance.random() < 0.5 else None
    return await ben.slash(command, forged=True, track=liar.text(300) or "x", tags=tags)


async def button(liar: Liar, ben: Member, queue: Answer) -> Answer:
    track = "".join(liar.chance.choice("0123456789abcdefghjkmnpqrstvwxyz") for _ in range(20))
    verb = liar.chance.choice(
        ["vote", "again", "more", "family", "variations", "delete", "deletenow", "cancel", "remix", "steal"]
    )
    custom_id = liar.chance.choice(
        [
            f"track:{verb}:{track}",
            f"queue:{liar.chance.choice(['pause', 'resume'])}:0",
            f"queue:page:{liar.chance.randrange(10**5)}",
            "queue:cancel:0",
            "host:correct",
            f"draft:edit:{track}",
            json.dumps({"track": liar.text(40)})[:100],
            liar.text(90) or "x",
        ]
    )
    return await ben.press(queue, custom_id, [liar.text(90)], forged=True)


async def limits(liar: Liar, ben: Member, _queue: Answer) -> Answer:
    given = {"daily": liar.bad_number(), "monthly": liar.bad_number(), "timezone": liar.text(60)}
    return await ben.slash("budget set", forged=True, **given)


async def music(liar: Liar, ben: Member, queue: Answer) -> Answer:
    """Searches for anything at all, and turns pages and ends votes that there never were."""
    track = "".join(liar.chance.choice("0123456789abcdefghjkmnpqrstvwxyz") for _ in range(20))
    if liar.chance.random() < 0.5:
        tag, text, order = liar.text(40), liar.text(60), liar.chance.choice(["newest", "x"])
        return await ben.slash("tracks", forged=True, tag=tag, text=text, order=order)
    custom_id = liar.chance.choice(
        [
            f"tracks:page:{liar.chance.randrange(10**4)}:voted:{10**19 + 7}:{liar.text(10)}:{liar.text(30)}",
            "tracks:play",
            f"ballot:vote:{track}",
            f"ballot:close:{track}",
            f"variations:make:{track}:{track}:4:999:{10**11}",
        ]
    )
    return await ben.press(queue, custom_id[:100], [liar.text(90)], forged=True)


LIES = (slash, form, reference, button, limits, music)


async def told_lies(house: House, count: int, seed: int) -> None:
    await house.start()
    assert house.bot is not None
    ben, cleo = await house.member("Ben"), await house.member("Cleo")
    liar = Liar(seed, cleo.id)
    queue = await ben.slash("queue")
    await queue.until(lambda now: now.text, 10)
    for number in range(count):
        lie = LIES[number % len(LIES)]
        answer = await lie(liar, ben, queue)
        told = f"{lie.__name__} number {number} of seed {seed}"
        await answer.until(lambda now: now.text or now.followups, 10)
        assert answer.error is None, f"{told}: {answer.error}"
        for message in (answer.message, *answer.followups):
            if message is not None:
                assert message.get("ephemeral"), f"{told}: {message}"
                pinged = {user["id"] for user in message["mentions"]}
                assert pinged <= {ben.id}, told
                assert not message.get("mention_everyone"), told
                assert not message.get("mention_roles"), told
    async with house.bot.studio.database.read() as connection:
        for table in (entries, track_table):
            assert await connection.scalar(sa.select(sa.func.count()).select_from(table)) == 0
    assert not [one for one in await ben.messages() if not one.get("ephemeral")]


async def test_bad_input_is_answered_and_costs_nothing(new_house: NewHouse) -> None:
    async with new_house() as house:
        await told_lies(house, FEW, seed=1)


@pytest.mark.soak
async def test_ten_thousand_bad_inputs(new_house: NewHouse) -> None:
    async with new_house() as house:
        await told_lies(house, MANY, seed=int(os.environ.get("SOAK_SEED", "2")))
