"""Bad input in what members do together: albums, relays, parties; and where they give their voices.

Each is a real one, in which the sender may do something, though not this.
"""

from __future__ import annotations

from fuzzing import Attempt, Fuzzer, Json, Place

from rehearsal.discord.members.member import Answer, Member


async def album(fuzzer: Fuzzer, ben: Member, place: Place) -> Answer:
    """Of an album that the sender fills and does not own, and beginning one with another's track."""
    own, chance = place.album, fuzzer.chance
    words = {"title": fuzzer.bad_title(100), "description": fuzzer.text(3900)}
    if chance.random() < 0.5:
        begun = f"album:{chance.choice([f'begin:{place.theirs}', f'named:{own}'])}"
        return await _sent(ben, place, begun, words)
    pressed = [
        *(f"album:{verb}:{own}" for verb in ("rename", "share", "delete", "deletenow", "publish", "where")),
        *(f"album:{verb}:{own}" for verb in ("renew", "unpublish", "track")),
        *(f"album:{verb}:{own}:{fuzzer.nobodys()}" for verb in ("move", "off", "cover")),
        f"album:print:{own}:{chance.choice(['channel', 'thread', 'forum'])}:{'9' * 20}",
        f"album:page:{own}:999",
        f"album:put:{place.theirs}",
        "album:open",
    ]
    return await ben.press(place.private, chance.choice(pressed), [fuzzer.text(90)], forged=True)


async def relay(fuzzer: Fuzzer, ben: Member, place: Place) -> Answer:
    """In a relay where it is the sender's line."""
    own = place.relay
    if fuzzer.chance.random() < 0.6:
        turn, line = fuzzer.chance.choice([("01", fuzzer.bad_title(90)), ("00", "La"), ("99", "La")])
        fields = fuzzer.chance.choice([{"line": line}, {"line": line, "x": "y"}, {}])
        return await _sent(ben, place, f"relay:line:{own}-{turn}", fields)
    pressed = [f"relay:pass:{own}-00", f"relay:vote:{own}"]
    pressed += [f"relay:{verb}:{own}" for verb in ("sit", "begin", "sing", "end")]
    return await ben.press(place.private, fuzzer.chance.choice(pressed), [fuzzer.text(90)], forged=True)


async def party(fuzzer: Fuzzer, ben: Member, place: Place) -> Answer:
    """In a party that the sender listens to."""
    own = place.party
    if fuzzer.chance.random() < 0.6:
        fields = fuzzer.chance.choice([{"track": fuzzer.text(3900)}, {"x": "Hers"}, {}])
        return await _sent(ben, place, f"party:added:{own}", fields)
    pressed = [f"party:{verb}:{own}" for verb in ("pause", "resume", "stop")]
    pressed += [f"party:skip:{own}:{10**6 - 1}", f"track:voice:{fuzzer.nobodys()}"]
    return await ben.press(place.private, fuzzer.chance.choice(pressed), forged=True)


async def voice(fuzzer: Fuzzer, ben: Member, place: Place) -> Answer:
    """A recording that is none, where one was asked for."""
    chance = fuzzer.chance
    if chance.random() < 0.5:
        fields = chance.choice([{}, {"recording": []}, {"recording": ["1"]}, {"recording": fuzzer.text(90)}])
        return await _sent(ben, place, "voice:form", fields)
    form = await ben.press(place.private, "voice:file", forged=True)
    junk = chance.choice([b"", b"RIFF", b"ID3" + bytes(400), fuzzer.text().encode(), b"\xff\xfb" * 99])
    return await ben.submit(form, forged=True, files={"recording": [("../voice.mp3", junk)]})


async def _sent(ben: Member, place: Place, custom_id: str, fields: Json) -> Answer:
    """A form that nobody opened, below a message that the sender alone sees."""
    assert place.private.message is not None
    below = place.private.message["id"]
    return await ben.interact(kind="modal", forged=True, custom_id=custom_id, fields=fields, message=below)


EVENINGS: tuple[Attempt, ...] = (album, relay, party, voice)
