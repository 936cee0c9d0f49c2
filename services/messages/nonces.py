"""By what Discord knows for some minutes that a message is posted already.

The rule: a nonce is of all that tells one occasion from another. With a part of it that comes again, Discord
would answer with an earlier message, and what was to be said would not be there.
"""

from __future__ import annotations

import hashlib


def nonce_of(*occasion: object) -> str:
    """The same for every attempt at posting a message, in 24 of Discord's 25 characters.

    occasion: what is posted, and which posting of it this is.
    """
    told = " ".join(map(str, occasion))
    return hashlib.blake2s(told.encode(), digest_size=12).hexdigest()
