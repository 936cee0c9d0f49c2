"""Rate limits as Discord announces and enforces them: a bucket for each route and place, and one over all.

Source: https://discord.com/developers/docs/topics/rate-limits. Discord does not publish the buckets' sizes;
these are what its headers have long said.
"""

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass

from rehearsal.discord.api.errors import KNOWN, ApiError

Limit = tuple[int, float]  # so many requests in so many seconds
GLOBAL: Limit = (50, 1.0)
OTHERS: Limit = (30, 10.0)
PLENTY: Limit = (1_000_000, 1.0)
LIMITS: dict[tuple[str, str], Limit] = {
    ("POST", "/channels/{channel_id}/messages"): (5, 5.0),
    ("PATCH", "/channels/{channel_id}/messages/{message_id}"): (5, 5.0),
    ("DELETE", "/channels/{channel_id}/messages/{message_id}"): (5, 1.0),
    ("POST", "/channels/{channel_id}/typing"): (5, 5.0),
    ("POST", "/webhooks/{webhook_id}/{webhook_token}"): (5, 2.0),
    ("PATCH", "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}"): (5, 2.0),
}
MAJOR = ("channel_id", "guild_id", "webhook_id", "webhook_token", "interaction_token")


@dataclass
class Bucket:
    limit: int
    per: float
    hash: str
    used: int = 0
    ends: float = 0.0

    def take(self) -> bool:
        """Takes one request; False when the window has no more."""
        now = time.time()
        if now >= self.ends:
            self.used, self.ends = 0, now + self.per
        self.used += 1
        return self.used <= self.limit

    @property
    def left(self) -> float:
        """Seconds until the window turns."""
        return max(0.0, self.ends - time.time())

    def headers(self) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(0, self.limit - self.used)),
            "X-RateLimit-Reset": f"{self.ends:.3f}",
            "X-RateLimit-Reset-After": f"{self.left:.3f}",
            "X-RateLimit-Bucket": self.hash,
        }


class RateLimits:
    """`limits` replaces or adds to LIMITS, by method and template.

    Not `enforced`: limits that nobody reaches, announced as such, for a bot holds itself to the headers.
    """

    def __init__(
        self, *, enforced: bool = True, limits: Mapping[tuple[str, str], Limit] | None = None
    ) -> None:
        self._limits = {**LIMITS, **(limits or {})} if enforced else {}
        self._others = OTHERS if enforced else PLENTY
        self._whole = Bucket(*(GLOBAL if enforced else PLENTY), "global")
        self._buckets: dict[tuple[str, ...], Bucket] = {}

    def take(self, method: str, template: str, params: Mapping[str, str]) -> dict[str, str]:
        """Counts a request and returns the headers of its answer. Raises ApiError 429."""
        # Answers to interactions are not bound to the global limit.
        exempt = "{webhook_token}" in template or "{interaction_token}" in template
        if not exempt and not self._whole.take():
            raise too_many(self._whole.left, scope="global")
        bucket = self._bucket(method, template, params)
        if not bucket.take():
            raise too_many(bucket.left, headers=bucket.headers())
        return bucket.headers()

    def _bucket(self, method: str, template: str, params: Mapping[str, str]) -> Bucket:
        key = (method, template, *(params.get(name, "") for name in MAJOR))
        if key not in self._buckets:
            if len(self._buckets) > 5000:
                self._buckets = {k: b for k, b in self._buckets.items() if b.left}
            digest = hashlib.blake2s(f"{method} {template}".encode(), digest_size=8).hexdigest()
            self._buckets[key] = Bucket(*self._limits.get((method, template), self._others), digest)
        return self._buckets[key]


def too_many(
    retry_after: float, *, scope: str = "user", code: int = 0, headers: Mapping[str, str] | None = None
) -> ApiError:
    """The 429 answer; `retry_after` in seconds, `scope` "user", "shared" or "global", `code` a known one."""
    own = {"Retry-After": str(max(1, round(retry_after))), "X-RateLimit-Scope": scope, "Via": "1.1 google"}
    if scope == "global":
        own["X-RateLimit-Global"] = "true"
    words = {"retry_after": round(retry_after, 3), "global": scope == "global"}
    message = KNOWN[code][1] if code else "You are being rate limited."
    return ApiError(429, code, message, headers={**(headers or {}), **own}, extra=words)
