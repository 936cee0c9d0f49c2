"""The world as it is when the stand-in starts: two guilds, four people.

Its ids are the same in every run, so that a bot's database and a page's address stay good.
"""

from rehearsal.discord.entities import VOICE
from rehearsal.discord.world import World

# Months apart and of different parity in milliseconds, so that two shards get one guild each.
PORCH_MADE, ROOFTOP_MADE = 1_718_000_000.0, 1_726_000_000.001
PEOPLE_MADE = 1_609_500_000.0


def first_world() -> World:
    """The Porch (Ada moderates; Ben, Cleo) and Rooftop (Dora, who hosts the bot, moderates; Ada)."""
    world = World()
    porch = world.add_guild("The Porch", made_at=PORCH_MADE).id
    for name, nsfw in (("music", False), ("lounge", False), ("after-dark", True), ("no-posting", False)):
        world.add_channel(porch, name, nsfw=nsfw, made_at=PORCH_MADE)
    world.add_channel(porch, "Listening Room", kind=VOICE, made_at=PORCH_MADE)
    world.set_permissions("no-posting", "bot", deny=["send_messages"])
    for name in ("Ada", "Ben", "Cleo"):
        world.add_member(porch, name, moderator=name == "Ada", made_at=PEOPLE_MADE)
    rooftop = world.add_guild("Rooftop", made_at=ROOFTOP_MADE).id
    world.add_channel(rooftop, "music", made_at=ROOFTOP_MADE)
    world.add_channel(rooftop, "Listening Room", kind=VOICE, made_at=ROOFTOP_MADE)
    for name in ("Ada", "Dora"):
        world.add_member(rooftop, name, moderator=name == "Dora", made_at=PEOPLE_MADE)
    world.host_id = world.user("Dora").id
    return world
