"""Discord's ids: milliseconds since 2015 in the high 42 bits, so that they sort by time."""

import time

EPOCH_MS = 1_420_070_400_000  # 2015-01-01T00:00:00Z


class Snowflakes:
    """Gives ids that only grow. An id for a moment of the past (`at`) is the same in every run.

    ahead: seconds by which Discord's clock is ahead of this machine's.
    """

    def __init__(self) -> None:
        self.ahead = 0.0
        self._last = 0

    def now(self) -> float:
        """What Discord's clock shows (Unix seconds)."""
        return time.time() + self.ahead

    def next(self) -> str:
        now = (int(self.now() * 1000) - EPOCH_MS) << 22
        self._last = max(now, self._last + 1)
        return str(self._last)

    @staticmethod
    def at(seconds: float, increment: int = 0) -> str:
        """The id of something made at that time (Unix seconds)."""
        return str(((round(seconds * 1000) - EPOCH_MS) << 22) + increment)


def shard_of(guild: str, shards: int) -> int:
    """Which shard carries a guild (https://discord.com/developers/docs/events/gateway#sharding)."""
    return (int(guild) >> 22) % shards
