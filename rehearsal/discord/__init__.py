"""Discord on loopback: gateway, HTTP API v10 and the member's side of it. The bot cannot tell it from the real one."""

from rehearsal.discord.faults import Fault
from rehearsal.discord.server import DiscordStandIn, Request

__all__ = ["DiscordStandIn", "Fault", "Request"]
