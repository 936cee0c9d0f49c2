"""What settings are made of: dollars, seconds, words and addresses, as people type them."""

from __future__ import annotations

import re
from decimal import ROUND_FLOOR, Decimal
from typing import Annotated, Any
from urllib.parse import urlsplit, urlunsplit

from pydantic import AfterValidator, Field

HERE = ("127.0.0.1", "localhost", "::1")
LARGEST_LIMIT = 1_000_000  # dollars; keeps every sum of micro-dollars far inside 64 bits


def micro(usd: Decimal) -> int:
    """Dollars as whole micro-dollars; what is less than one is dropped, so no limit ever grows."""
    return int((usd * 1_000_000).to_integral_value(ROUND_FLOOR))


def trimmed(value: Any) -> Any:
    """Without the space around it."""
    return value.strip() if isinstance(value, str) else value


def lower(value: Any) -> Any:
    """The same in small letters."""
    return value.strip().lower() if isinstance(value, str) else value


def upper(value: Any) -> Any:
    """The same in capital letters."""
    return value.strip().upper() if isinstance(value, str) else value


Dollars = Annotated[Decimal, Field(ge=0, le=LARGEST_LIMIT)]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


def host_and_port(value: str) -> tuple[str, int]:
    """The two parts of an address to listen on, such as 127.0.0.1:8790 or [::]:8790. Raises ValueError."""
    wrong = "must be a host and a port, such as 127.0.0.1:8790"
    try:
        url = urlsplit(f"//{value.strip()}")
        host, port = url.hostname, url.port
    except ValueError as error:
        raise ValueError(wrong) from error
    if not host or not port or url.path or url.query or url.fragment or url.username is not None:
        raise ValueError(wrong)
    return host, port


def web_address(value: str) -> str:
    """An http(s) address without a slash at its end. Raises ValueError."""
    wrong = "must be an address that starts with http:// or https:// and holds no ? or #"
    try:
        url = urlsplit(value.strip())
        port_is_fine = url.port is None or url.port > 0
    except ValueError as error:
        raise ValueError(wrong) from error
    if url.scheme not in ("http", "https") or not url.hostname or not port_is_fine:
        raise ValueError(wrong)
    if url.query or url.fragment or re.search(r"\s", value.strip()):
        raise ValueError(wrong)
    return urlunsplit((url.scheme, url.netloc, url.path.rstrip("/"), "", ""))


def public_address(value: str) -> str:
    """The same, encrypted: http only where it is this machine. Raises ValueError."""
    address = web_address(value)
    if not address.startswith("https://") and urlsplit(address).hostname not in HERE:
        raise ValueError("must be an address that starts with https://")
    return address


def listen_address(value: str) -> str:
    """A host and a port to listen on. Raises ValueError."""
    host_and_port(value)
    return value.strip()


PublicAddress = Annotated[str, AfterValidator(public_address)]
ListenAddress = Annotated[str, AfterValidator(listen_address)]
