"""What the voice gateway says and reads of MLS: it proposes who is added to a group and who is removed.

It is no member of the group and has none of its keys.
Sources: RFC 9420; https://daveprotocol.com (External Sender, Voice Gateway Opcodes).
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

MLS10, PUBLIC_MESSAGE = 1, 1
MEMBER, EXTERNAL = 1, 2  # SenderType
PROPOSAL, COMMIT = 2, 3  # ContentType
ADD, REMOVE = 1, 3  # ProposalType
BASIC = 1  # CredentialType
REFERENCE = 2  # ProposalOrRefType
KEY_PACKAGE, BY_COMMIT = 1, 3  # LeafNodeSource


class NoCommitError(Exception):
    """The bytes are no commit."""


class ExternalSender:
    """The voice gateway as it signs its proposals."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        public = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.package = vector(public) + _uint(BASIC, 2) + vector(b"rehearsal")

    def add(self, group: int, epoch: int, key_package: bytes) -> bytes:
        """Proposes to add whose key package it is."""
        return self._proposed(group, epoch, _uint(ADD, 2) + key_package)

    def remove(self, group: int, epoch: int, leaf: int) -> bytes:
        """Proposes to remove who has that leaf."""
        return self._proposed(group, epoch, _uint(REMOVE, 2) + _uint(leaf, 4))

    def _proposed(self, group: int, epoch: int, proposal: bytes) -> bytes:
        sender = _uint(EXTERNAL, 1) + _uint(0, 4)
        content = vector(_uint(group, 8)) + _uint(epoch, 8) + sender + vector(b"")
        framed = _uint(MLS10, 2) + _uint(PUBLIC_MESSAGE, 2) + content + _uint(PROPOSAL, 1) + proposal
        signed = vector(b"MLS 1.0 FramedContentTBS") + vector(framed)
        return framed + vector(self._key.sign(signed, ec.ECDSA(hashes.SHA256())))


@dataclass(frozen=True)
class Commit:
    """`message` is all of it; `welcome` what stands behind, for whom it adds (empty where it adds nobody)."""

    epoch: int
    proposals: int
    message: bytes
    welcome: bytes


def read_commit(data: bytes) -> Commit:
    """Reads what op 28 carries: a commit as a PublicMessage, then the welcome. Raises NoCommitError."""
    reader = _Reader(data)
    try:
        if (reader.uint(2), reader.uint(2)) != (MLS10, PUBLIC_MESSAGE):
            raise NoCommitError
        reader.vector()  # the group's id
        epoch = reader.uint(8)
        if reader.uint(1) != MEMBER:
            raise NoCommitError
        reader.uint(4)  # whose leaf it is
        reader.vector()  # authenticated data
        if reader.uint(1) != COMMIT:
            raise NoCommitError
        proposals = _count_references(reader.vector())
        if reader.uint(1):  # with an UpdatePath
            _skip_leaf_node(reader)
            reader.vector()
        for _ in ("signature", "confirmation tag", "membership tag"):
            reader.vector()
    except IndexError:
        raise NoCommitError from None
    return Commit(epoch, proposals, data[: reader.at], data[reader.at :])


def _count_references(proposals: bytes) -> int:
    reader, count = _Reader(proposals), 0
    while reader.at < len(proposals):
        if reader.uint(1) != REFERENCE:  # only what the gateway proposed may be committed
            raise NoCommitError
        reader.vector()
        count += 1
    return count


def _skip_leaf_node(reader: _Reader) -> None:
    for _ in ("encryption key", "signature key"):
        reader.vector()
    reader.uint(2)
    reader.vector()  # the credential's identity
    for _ in ("versions", "cipher suites", "extensions", "proposals", "credentials"):
        reader.vector()
    source = reader.uint(1)
    if source == KEY_PACKAGE:
        reader.uint(8)
        reader.uint(8)
    elif source == BY_COMMIT:
        reader.vector()
    for _ in ("extensions", "signature"):
        reader.vector()


class _Reader:
    """Reads TLS presentation language. Raises IndexError where the bytes end too early."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0

    def uint(self, size: int) -> int:
        return int.from_bytes(self._take(size), "big")

    def vector(self) -> bytes:
        size = 1 << (self._data[self.at] >> 6)
        return self._take(self.uint(size) & ((1 << (8 * size - 2)) - 1))

    def _take(self, size: int) -> bytes:
        end = self.at + size
        if end > len(self._data):
            raise IndexError
        taken, self.at = self._data[self.at : end], end
        return taken


def vector(data: bytes) -> bytes:
    """With its length before it, in one byte, two or four (RFC 9420, section 2.1.2)."""
    size = len(data)
    if size < 1 << 6:
        return _uint(size, 1) + data
    if size < 1 << 14:
        return _uint(size | 1 << 14, 2) + data
    return _uint(size | 2 << 30, 4) + data


def _uint(value: int, size: int) -> bytes:
    return value.to_bytes(size, "big")
