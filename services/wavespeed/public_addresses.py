"""Addresses that a stranger names and we connect to: of the public Internet only, and over https.

The rule: what is looked at is what is connected to. A name is resolved once, by the resolver below, and the
connection goes to what that gave; each redirect is looked at like a first address. Where WaveSpeed itself is
configured on loopback (the rehearsal room), loopback is as good, also over http.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

_NAT64 = IPv6Network("64:ff9b::/96")  # IPv4 within IPv6, as resolvers of networks without IPv4 give it


class NotPublic(OSError):
    """The address leads into a private network, or is none to which we connect."""


def is_loopback(url: URL) -> bool:
    """Whether the address names this machine."""
    address = _literal(url.host or "")
    return url.host == "localhost" if address is None else _is_loopback(address)


def check_address(url: URL, *, loopback: bool) -> None:
    """Raises NotPublic where the address must not be connected to, as far as it tells itself.

    A name's addresses are looked at when it is resolved: PublicResolver.
    """
    here = loopback and is_loopback(url)
    if not url.host or (url.scheme != "https" and not (here and url.scheme == "http")):
        raise NotPublic("not an https address")
    address = _literal(url.host)
    if address is not None and not (here or _is_public(address)):
        raise NotPublic("an address in a private network")


class PublicResolver(AbstractResolver):
    """Resolves names as the system does, and gives public addresses only."""

    def __init__(self, *, loopback: bool, resolver: AbstractResolver | None = None) -> None:
        self._loopback = loopback
        self._resolver = resolver or ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Raises NotPublic where the name has no public address; OSError as the system does."""
        found = await self._resolver.resolve(host, port, family)
        good = [one for one in found if self._is_good(one["host"])]
        if found and not good:
            raise NotPublic("a name in a private network")
        return good

    def _is_good(self, host: str) -> bool:
        address = _literal(host)
        return address is not None and (_is_public(address) or (self._loopback and _is_loopback(address)))

    async def close(self) -> None:
        """Closes the resolver that is asked."""
        await self._resolver.close()


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    with suppress(ValueError):
        return ip_address(host)
    return None


def _is_loopback(address: IPv4Address | IPv6Address) -> bool:
    """Whether it is plainly so; an IPv4 address in IPv6 is to Python 3.13, and to none before it."""
    return address.is_loopback and not (isinstance(address, IPv6Address) and address.ipv4_mapped)


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether it is one host's of the Internet; of an IPv4 address in IPv6, whether that is."""
    if isinstance(address, IPv6Address):
        within = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if within is None and address in _NAT64:
            within = IPv4Address(int(address) & 0xFFFFFFFF)
        if within is not None:
            return _is_public(within)
        if address.is_site_local:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved)
