"""The throw-away certificate of the voice gateway: discord.py speaks to voice over TLS and nothing else.

One for each process that plays Discord; it is good on loopback, and is gone when the process ends.
"""

from __future__ import annotations

import ipaddress
import ssl
import tempfile
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import aiohttp.connector
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

LIFETIME = timedelta(days=30)


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """Taken away at exit."""
    return tempfile.TemporaryDirectory(prefix="rehearsal-voice-")


@cache
def certificate() -> Path:
    """The file with the certificate and its key (PEM). A bot trusts it by SSL_CERT_FILE."""
    key, serial = ec.generate_private_key(ec.SECP256R1()), x509.random_serial_number()
    # A name of its own: one process may trust several, and the right one is found by its name.
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Rehearsal {serial:x}"[:64])])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), serial)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + LIFETIME)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = Path(_folder().name) / "certificate.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(made.public_bytes(Encoding.PEM) + private)
    return file


def server_context() -> ssl.SSLContext:
    """What the voice gateway shows of itself."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate())
    return context


def trust() -> None:
    """Lets aiohttp in this process trust it: a bot that runs beside the stand-in has read, when aiohttp was
    imported, whom to trust, and reads no SSL_CERT_FILE any more."""
    aiohttp.connector._SSL_CONTEXT_VERIFIED.load_verify_locations(certificate())  # pyright: ignore[reportPrivateUsage]
