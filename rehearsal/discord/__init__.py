"""Discord on loopback: gateway, HTTP API v10 and the members' side. No bot can tell it from the real one."""

from rehearsal.discord.faults import Fault
from rehearsal.discord.server import DiscordStandIn, Request

__all__ = ["DiscordStandIn", "Fault", "Request"]
