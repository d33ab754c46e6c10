"""Which hosts tools may reach. Public addresses may; private ones only where the operator says so.

Three things together keep a runbook from reading what only this machine can reach: names
are resolved here and the connection goes to the very address that was checked, so a name
that changes its answer in between gains nothing; every redirect is checked like a first
request; and addresses that carry an IPv4 address inside are judged by that one too.
https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final

from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from runbot.domain.errors import InvalidInput, NotAllowed

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Lookup = Callable[[str, int], Awaitable[list[str]]]

MAX_URL: Final = 4096
_LAST_PORT: Final = 65535
# A last label made of digits, or hexadecimal after 0x, is an address to many resolvers.
# https://url.spec.whatwg.org/#ends-in-a-number-checker
_NUMBER_LIKE: Final = re.compile(r"(?:.*\.)?(?:\d+|0x[0-9a-f]*)\.?", re.IGNORECASE)
_HOST: Final = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?", re.IGNORECASE)
_NAT64: Final = ip_network("64:ff9b::/96")
_IPV4_COMPATIBLE: Final = ip_network("::/96")
_GLOBAL_V6: Final = ip_network("2000::/3")
# Not public although `is_global` of some Python versions says so, or public and yet the
# door to a cloud's own machinery (168.63.129.16 is Azure's).
_EXTRA: Final[tuple[Network, ...]] = tuple(
    ip_network(text)
    for text in (
        "100.64.0.0/10",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "168.63.129.16/32",
        "2001::/23",
        "2001:db8::/32",
        "3fff::/20",
    )
)


async def system_lookup(host: str, port: int) -> list[str]:
    """The addresses that this machine's resolver gives for a name."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(info[4][0]) for info in found))


def _inside(address: Address) -> tuple[IPv4Address, ...]:
    """The IPv4 addresses that an IPv6 address stands for, if any."""
    if isinstance(address, IPv4Address):
        return ()
    if address.ipv4_mapped:
        return (address.ipv4_mapped,)
    if address.sixtofour:
        return (address.sixtofour,)
    if address in _NAT64 or (address in _IPV4_COMPATIBLE and int(address) > 1):
        return (IPv4Address(int(address) & 0xFFFFFFFF),)
    return ()


def _kind(address: Address) -> str | None:
    """Why an address isn't public, in words, or None where it is."""
    special = any(address in network for network in _EXTRA) or (
        isinstance(address, IPv6Address) and address not in _GLOBAL_V6
    )
    for found, why in (
        (address.is_loopback, "it is this machine itself"),
        (address.is_link_local, "it is link-local, where clouds keep their credentials"),
        (address.is_multicast, "it is a multicast address"),
        (address.is_unspecified, "it is no address of a host"),
        (address.is_private or special, "it is in a private or special network"),
        (address.is_reserved, "it is reserved"),
    ):
        if found:
            return why
    return None


def refusal(address: Address) -> str | None:
    """Why an address may not be reached unless it is allowed, or None where it may."""
    if inner := _inside(address):
        return next((why for why in map(_kind, inner) if why), None)
    return _kind(address)


def _by_name(address: Address) -> bool:
    """Whether allowing a NAME is enough for this address: private and loopback ones only.

    A name that comes to point at a cloud's metadata address needs that address allowed.
    """
    return all(
        inner.is_loopback
        or (
            inner.is_private
            and not (inner.is_link_local or inner.is_unspecified or inner.is_reserved)
        )
        for inner in (_inside(address) or (address,))
    )


def _split(entry: str) -> tuple[str, int | None]:
    """Host and port of an entry such as `db.internal:8080` or `[::1]:80`."""
    found = re.fullmatch(r"\[([^\]]+)\](?::(\d+))?|([^:\s]+)(?::(\d+))?", entry)
    if not found:
        return entry, None
    port = found[2] or found[4]
    return found[1] or found[3], int(port) if port else None


class NetworkPolicy:
    """What may be reached. `allow` holds hosts, host:port and networks such as 10.0.0.0/8."""

    def __init__(self, allow: Iterable[str] = (), *, lookup: Lookup = system_lookup) -> None:
        self._networks: list[tuple[Network, int | None]] = []
        self._hosts: set[tuple[str, int | None]] = set()
        self._lookup = lookup
        for entry in filter(None, (text.strip() for text in allow)):
            self._allow(entry)

    def _allow(self, entry: str) -> None:
        host, port = _split(entry)
        try:
            self._networks.append((ip_network(host, strict=False), port))
        except ValueError:
            wrong_port = port is not None and not 0 < port <= _LAST_PORT
            if wrong_port or not _HOST.fullmatch(host):
                raise InvalidInput(
                    f'RUNBOT_ALLOW_HOSTS has "{entry}", which is no host or network.',
                    do="Write for example: db.internal, localhost:8080, 10.0.0.0/8.",
                ) from None
            self._hosts.add((_plain(host), port))

    def check_url(self, text: str | URL) -> URL:
        """The address as it will be requested, or `InvalidInput`/`NotAllowed` with a sentence.

        Names are checked later, when they are resolved to connect.
        """
        url = _parsed(text)
        host = url.raw_host or ""
        try:
            address = ip_address(host)
        except ValueError:
            if _NUMBER_LIKE.fullmatch(host):
                raise NotAllowed(
                    f"{host} is an unusual way to write an address, which Runbot doesn't follow.",
                    do="Write the host's name, or the address as four numbers.",
                ) from None
            if not _HOST.fullmatch(host):
                raise _incomplete() from None
        else:
            self.check_address(host, url.port or 0, address)
        return url

    def check_address(self, host: str, port: int, address: Address) -> None:
        """Refuse with `NotAllowed` unless this address may be reached under this name."""
        why = refusal(address)
        if why is None:
            return
        for network, allowed_port in self._networks:
            if allowed_port in {None, port} and any(
                one in network for one in (address, *_inside(address))
            ):
                return
        if _by_name(address) and {(_plain(host), None), (_plain(host), port)} & self._hosts:
            return
        target = host if host == str(address) else f"{host} ({address})"
        add = host if _by_name(address) else str(address)
        raise NotAllowed(
            f"Tools may not reach {target}: {why}.",
            do=f"If that is wanted, the operator adds {add} to RUNBOT_ALLOW_HOSTS.",
        )

    async def addresses(self, host: str, port: int) -> list[Address]:
        """Where a name leads, all of it checked; `OSError` where it leads nowhere."""
        found: list[Address] = []
        for text in await self._lookup(host, port):
            address = ip_address(text)
            self.check_address(host, port, address)
            found.append(address)
        if not found:
            raise OSError(f"No address for {host}")
        return found


def _plain(host: str) -> str:
    return host.rstrip(".").lower()


def _parsed(text: str | URL) -> URL:
    try:
        url = URL(text)
        usable = url.absolute and url.raw_host and url.port and len(str(url)) <= MAX_URL
    except ValueError:
        usable, url = None, URL()
    if url.scheme and url.scheme not in {"http", "https"}:
        raise NotAllowed(
            f"Tools reach web addresses only with http or https, not with {url.scheme[:20]}."
        )
    if not usable:
        raise _incomplete()
    if url.raw_user is not None or url.raw_password is not None:
        raise NotAllowed(
            "The web address has a user name or password in it, which would be shown to everyone.",
            do="Leave it out.",
        )
    return url


def _incomplete() -> InvalidInput:
    return InvalidInput(
        "That is not a complete web address.",
        do="Write it in full, for example https://app.example.com/health.",
    )


class CheckedResolver(AbstractResolver):
    """Gives aiohttp only addresses that the policy has checked, so it connects to those."""

    def __init__(self, policy: NetworkPolicy) -> None:
        self._policy = policy

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The checked addresses of a name, as aiohttp wants them."""
        versions = {
            4: socket.AF_INET,
            6: socket.AF_INET6,
        }
        return [
            ResolveResult(
                hostname=host,
                host=str(address),
                port=port,
                family=versions[address.version],
                proto=0,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for address in await self._policy.addresses(host, port)
            if family in {socket.AF_UNSPEC, versions[address.version]}
        ]

    async def close(self) -> None:
        """Nothing is held open."""
