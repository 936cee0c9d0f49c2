"""Addresses to listen on, as people write them. It needs no library, for the container's check of health."""

from __future__ import annotations

from urllib.parse import urlsplit

LOOPBACK = "127.0.0.1"
_EVERYWHERE = {"0.0.0.0": LOOPBACK, "::": "::1"}  # noqa: S104  (what stands there is looked for, not used)


def host_and_port(value: str) -> tuple[str, int]:
    """The two parts of an address to listen on, such as 127.0.0.1:8790 or [::]:8790. Raises ValueError."""
    wrong = "must be a host and a port up to 65535, such as 127.0.0.1:8790"
    try:
        url = urlsplit(f"//{value.strip()}")
        host, port = url.hostname, url.port
    except ValueError as error:
        raise ValueError(wrong) from error
    if not host or not port or url.path or url.query or url.fragment or url.username is not None:
        raise ValueError(wrong)
    return host, port


def of_this_machine(value: str) -> str:
    """The same address, on this machine alone where only a port is named: `9090` or `:9090`."""
    value = value.strip()
    return f"{LOOPBACK}:{value.removeprefix(':')}" if value.removeprefix(":").isdecimal() else value


def seen_from_here(value: str) -> str:
    """What a program on this machine asks, where that is listened on. Raises ValueError."""
    host, port = host_and_port(of_this_machine(value))
    host = _EVERYWHERE.get(host, host)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
