"""Sealing: what is secret is kept encrypted, and bound to whose it is.

The rule: what was sealed for one owner opens for nobody else, and without the host's secret for nobody.
"""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class Seal:
    """secrets: Fernet keys; the first one seals, the others still open what they sealed before."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(secret) for secret in secrets]) if secrets else None

    @property
    def can_seal(self) -> bool:
        """Whether there is a secret."""
        return self._fernet is not None

    def seal(self, owner: str, data: bytes) -> str:
        """The data, encrypted. owner: a word without spaces. Raises ValueError where there is no secret."""
        if self._fernet is None:
            raise ValueError("there is no secret to seal with")
        return self._fernet.encrypt(f"{owner} ".encode() + data).decode()

    def open(self, owner: str, sealed: str) -> bytes | None:
        """The data; None where it was sealed with another secret, or for another owner."""
        if self._fernet is None or not sealed:
            return None
        try:
            whose, _, data = self._fernet.decrypt(sealed).partition(b" ")
        except InvalidToken:
            return None
        return data if whose == owner.encode() else None
