"""Interactions of every kind, between a real discord.py bot and a member."""

from rehearsal.member import Member


async def test_a_slash_command_is_answered_privately(bot, ada: Member, ben: Member):
    answer = await ada.slash("hello", name="Ada", times=2)
    assert answer.text == "hello Ada hello Ada"
    assert answer.ephemeral
    assert answer.acknowledged_after is not None
    assert answer.acknowledged_after < 1
    assert [message["id"] for message in await ada.messages()] == [answer.message["id"]]
    assert await ben.messages() == []
