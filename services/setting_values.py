"""What settings are made of: dollars, seconds, words and addresses, as people type them."""

from __future__ import annotations

import re
from decimal import ROUND_FLOOR, Decimal
from typing import Annotated, Any
from urllib.parse import urlsplit, urlunsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field

from services.addresses import host_and_port, of_this_machine

HERE = ("127.0.0.1", "localhost", "::1")
LONGEST = 10 * 365 * 24 * 3600.0  # seconds; with many more, a moment from now is none that there is
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
Seconds = Annotated[float, Field(gt=0, le=LONGEST, allow_inf_nan=False)]


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


def zone_name(value: Any) -> str:
    """A time zone's name. Raises ValueError."""
    try:
        return ZoneInfo(trimmed(value)).key
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError) as error:
        raise ValueError("must be a time zone's IANA name, such as UTC or Europe/Berlin") from error


PublicAddress = Annotated[str, AfterValidator(public_address)]
ListenAddress = Annotated[str, AfterValidator(listen_address)]
OwnAddress = Annotated[ListenAddress, BeforeValidator(of_this_machine)]
ZoneName = Annotated[str, BeforeValidator(zone_name)]
