"""One packet of sound over UDP: how it is sealed on the way to the voice server.

Source: https://docs.discord.com/developers/topics/voice-connections#transport-encryption-modes
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_decrypt
from nacl.exceptions import CryptoError

OPUS = 0x78  # payload type
SUFFIX = 4  # bytes behind the sealed ones, from which the nonce is made
HEADER = 12


class NoSoundError(Exception):
    """The packet is no RTP, or is not sealed as agreed."""


@dataclass(frozen=True)
class Packet:
    """`timestamp`: samples at 48 kHz. `payload` may be sealed once more, end to end."""

    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes


def _open_aes(sealed: bytes, header: bytes, suffix: bytes, key: bytes) -> bytes:
    return AESGCM(key).decrypt(suffix + bytes(8), sealed, header)


def _open_xchacha(sealed: bytes, header: bytes, suffix: bytes, key: bytes) -> bytes:
    return crypto_aead_xchacha20poly1305_ietf_decrypt(sealed, header, suffix + bytes(20), key)


MODES: dict[str, Callable[[bytes, bytes, bytes, bytes], bytes]] = {
    "aead_aes256_gcm_rtpsize": _open_aes,
    "aead_xchacha20_poly1305_rtpsize": _open_xchacha,
}


def ssrc_of(data: bytes) -> int | None:
    """Whose packet of sound it is; None for what is none."""
    if len(data) <= HEADER + SUFFIX or data[0] >> 6 != 2 or data[1] & 0x7F != OPUS:
        return None
    return int.from_bytes(data[8:12], "big")


def opened(data: bytes, mode: str, key: bytes) -> Packet:
    """Raises NoSoundError."""
    extended = bool(data[0] & 0x10)
    size = HEADER + 4 * (data[0] & 0x0F) + (4 if extended else 0)
    header, sealed, suffix = data[:size], data[size:-SUFFIX], data[-SUFFIX:]
    try:
        payload = MODES[mode](sealed, header, suffix, key)
    except (InvalidTag, CryptoError, ValueError):
        raise NoSoundError from None
    if extended:  # the extension's words are sealed, and its length before them is not
        payload = payload[4 * int.from_bytes(header[-2:], "big") :]
    sequence, timestamp = int.from_bytes(data[2:4], "big"), int.from_bytes(data[4:8], "big")
    return Packet(sequence, timestamp, int.from_bytes(data[8:12], "big"), payload)
