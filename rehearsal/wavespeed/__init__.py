"""WaveSpeed on loopback: its contract, real (synthesised) music, every fault that a client must survive."""

from rehearsal.wavespeed.faults import Fault
from rehearsal.wavespeed.server import WaveSpeedStandIn

__all__ = ["Fault", "WaveSpeedStandIn"]
