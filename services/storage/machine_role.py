"""The key of the role that this machine has, where the machine tells it (Amazon's EC2: IMDSv2).

The rule: it is asked at the address that AWS_METADATA_URL names, and nobody is where there is none. What it
tells is good for hours, is asked for anew before it ends, and is said to nobody but the store.

Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import aiohttp

if TYPE_CHECKING:  # obstore has it as a type alone
    from obstore.store import S3Credential

ROLES = "/latest/meta-data/iam/security-credentials/"
PATIENCE = aiohttp.ClientTimeout(total=10)  # seconds for all of it
SESSION = {"X-aws-ec2-metadata-token-ttl-seconds": "60"}
BEFORE = timedelta(minutes=5)  # its end, from when on it is used no more; there is another by then


class MachineRole:
    """Gives the key, for as long as it is good; `url` is of the machine's metadata."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._key: S3Credential | None = None
        self._until = datetime.min.replace(tzinfo=UTC)  # when another is asked for

    async def __call__(self) -> S3Credential:
        """Raises aiohttp.ClientError, TimeoutError; ValueError or KeyError where it tells no key."""
        if self._key is None or self._until <= datetime.now(UTC):
            told = await self._told()
            ends = datetime.fromisoformat(told["Expiration"])
            self._until = ends - 2 * BEFORE
            self._key = {
                "access_key_id": told["AccessKeyId"],
                "secret_access_key": told["SecretAccessKey"],
                "token": told["Token"],
                "expires_at": ends - BEFORE,
            }
        return self._key

    async def _told(self) -> dict[str, str]:
        async with aiohttp.ClientSession(timeout=PATIENCE, raise_for_status=True) as session:
            async with session.put(f"{self._url}/latest/api/token", headers=SESSION) as answer:
                asking = {"X-aws-ec2-metadata-token": await answer.text()}
            async with session.get(self._url + ROLES, headers=asking) as answer:
                role = (await answer.text()).split()[0]
            async with session.get(f"{self._url}{ROLES}{role}", headers=asking) as answer:
                return json.loads(await answer.text())
