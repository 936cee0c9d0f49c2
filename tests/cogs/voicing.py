"""What the tests of one's own voice share: a recording, given as its member would."""

from __future__ import annotations

from typing import Any

from bot_harness import said
from sounds import tone

from rehearsal.discord.members.member import Answer, Member

SONG = "minimax/music-01"


async def spoken(member: Member, seconds: float = 16, name: str = "voice-message.mp3") -> dict[str, Any]:
    """A voice message of theirs."""
    return await member.say("", files=[(name, tone(seconds))], voice=seconds)


async def recorded(member: Member, seconds: float = 16) -> Answer:
    """Has a voice, given as they would."""
    await said(await member.slash("voice record"), "Say this aloud")
    given = await member.context("Use as my voice", await spoken(member, seconds))
    return await said(given, "I have your recording")
