"""What the provider signs: a webhook, with the secret of the account whose prediction it tells of.

The rule: what cannot be checked is not signed. Documented at wavespeed.ai/docs/verify-webhooks.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping

OLDEST = 300.0  # seconds by which a timestamp may differ from our clock
_TIMESTAMP = re.compile(r"[0-9]{1,12}")


class NotSigned(Exception):
    """The account did not sign that, or not lately. str() says which, for the log."""


def check_signature(secret: str, headers: Mapping[str, str], body: bytes, at: float) -> str:
    """Returns the signature of a webhook that the account signed just now. Raises NotSigned.

    at: our clock, in seconds since the epoch. What is behind "whsec_" is the key as it is, not base64.
    """
    timestamp = headers.get("webhook-timestamp", "")
    if not _TIMESTAMP.fullmatch(timestamp):
        raise NotSigned("it has no timestamp")
    if abs(at - int(timestamp)) > OLDEST:
        raise NotSigned("its timestamp is too old, or of the future")
    key = secret.removeprefix("whsec_").encode()
    signed = f"{headers.get('webhook-id', '')}.{timestamp}.".encode("utf-8", "replace") + body
    signature = "v3," + hmac.new(key, signed, hashlib.sha256).hexdigest()
    given = headers.get("webhook-signature", "").encode("utf-8", "replace")
    if not hmac.compare_digest(signature.encode(), given):
        raise NotSigned("the signature is another")
    return signature
