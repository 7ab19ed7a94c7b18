"""Decides which addresses the server may call for a user, so that nobody reaches its own network through it.

One `AddressJudge` serves every way out: it judges a URL before the call (scheme, port, userinfo, literal addresses and
their disguises) and every address that a name resolves to at the moment of connecting, which makes DNS rebinding moot.
Special-purpose ranges: IANA registries (RFC 6890 and its successors); addresses inside addresses: RFC 4291, 3056, 6052,
8215, 5214. Python's `is_global` is not enough: it lets multicast, NAT64 and 6to4 forms of loopback pass.
"""

import asyncio
import re
import socket
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

IpAddress = IPv4Address | IPv6Address
IpNetwork = IPv4Network | IPv6Network

DNS_DEADLINE_S = 5.0
DEFAULT_PORTS = frozenset({80, 443})

_REFUSED: tuple[IpNetwork, ...] = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's platform service answers on this public address
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/128",
        "::1/128",
        "::ffff:0:0/96",
        "100::/64",
        "2001::/32",
        "2001:2::/48",
        "2001:10::/28",
        "2001:db8::/32",
        "3fff::/20",
        "5f00::/16",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
    )
)
# Prefixes whose last four octets are an IPv4 address: compatible (RFC 4291), translated (RFC 2765), NAT64 (RFC 6052).
_IPV4_LAST = tuple(IPv6Network(text) for text in ("::/96", "::ffff:0:0:0/96", "64:ff9b::/96"))
_NAT64_LOCAL = IPv6Network("64:ff9b:1::/48")
_ISATAP_MARKS = (b"\x00\x00\x5e\xfe", b"\x02\x00\x5e\xfe")
# Where RFC 6052 puts the four octets for prefixes of 48, 56, 64 and 96 bits; octet 8 is always skipped.
_NAT64_LAYOUTS = ((6, 7, 9, 10), (7, 9, 10, 11), (9, 10, 11, 12), (12, 13, 14, 15))
_NUMERIC_LABEL = re.compile(r"\d+|0x[0-9a-f]*", re.IGNORECASE)
_UNSAFE_CHARACTER = re.compile(r"[\x00-\x20\x7f\\]")


class OutboundRefused(Exception):
    """The server will not call this address for a user; the text says why and names no internal address."""


@dataclass(frozen=True, slots=True)
class AddressJudge:
    """What may be called. Allowed hosts and networks are an admin's exceptions to every rule but the scheme.

    A host entry stands for itself and its subdomains (`example.com` covers `api.example.com`, not `badexample.com`);
    a denied host wins over an allowed one.
    """

    allowed_hosts: tuple[str, ...] = ()
    allowed_networks: tuple[IpNetwork, ...] = ()
    denied_hosts: tuple[str, ...] = ()
    ports: frozenset[int] = DEFAULT_PORTS

    def check_url(self, url: str) -> URL:
        """The URL as it will be called, or `OutboundRefused`. A name in it is judged again when it resolves."""
        parsed, host = parse_http_url(url)
        address = _literal(host)
        is_exempt = self._is_exempt(host, address)
        if not is_exempt and parsed.port not in self.ports:
            raise OutboundRefused(f"port {parsed.port} is not allowed")
        if not is_exempt and address is not None and not is_public(address):
            raise OutboundRefused(f"{host} is not a public address")
        return parsed

    def check_answers(self, host: str, answers: Sequence[str]) -> None:
        """Refuse a name if any address it resolves to is not public: one bad answer poisons the name."""
        if self._is_exempt(host, None):
            return
        if not answers:
            raise OutboundRefused(f"{host} has no address")
        if not all(self._admits(ip_address(answer.partition("%")[0])) for answer in answers):
            raise OutboundRefused(f"{host} does not resolve to a public address")

    def _is_exempt(self, host: str, address: IpAddress | None) -> bool:
        if _covers(self.denied_hosts, host):
            raise OutboundRefused(f"{host} is denied by the administrator")
        if address is not None:
            return _within(address, self.allowed_networks)
        return _covers(self.allowed_hosts, host)

    def _admits(self, address: IpAddress) -> bool:
        return _within(address, self.allowed_networks) or is_public(address)


class GuardedResolver(AbstractResolver):
    """An aiohttp resolver that hands out only addresses the judge admits; the connection goes to exactly those."""

    def __init__(self, judge: AddressJudge, inner: AbstractResolver | None = None) -> None:
        """`inner` does the looking up; by default the system's resolver, in a thread. Needs a running loop."""
        self._judge = judge
        self._inner = inner or ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        async with asyncio.timeout(DNS_DEADLINE_S):
            answers = await self._inner.resolve(host, port, family)
        self._judge.check_answers(host, [answer["host"] for answer in answers])
        return answers

    async def close(self) -> None:
        await self._inner.close()


def parse_http_url(url: str) -> tuple[URL, str]:
    """A URL and its host, read by the very parser that the HTTP client uses, so the two cannot differ.

    The host is lower case, in its ASCII form, without a trailing dot. Raises `OutboundRefused` for anything but a
    plain http(s) URL: other schemes, userinfo, control characters, backslashes, zone ids, and numbers in disguise.
    """
    if _UNSAFE_CHARACTER.search(url):
        raise OutboundRefused("the URL has a space, a control character or a backslash in it")
    try:
        parsed = URL(url)
        host = (parsed.raw_host or "").lower()
        port = parsed.port
    except ValueError as error:
        raise OutboundRefused("the URL cannot be read") from error
    if parsed.scheme not in ("http", "https"):
        raise OutboundRefused("only http and https are allowed")
    if not host or port is None or "%" in host or ".." in host:
        raise OutboundRefused("the URL names no usable host")
    if parsed.raw_user is not None or parsed.raw_password is not None:
        raise OutboundRefused("the URL carries a user name or password")
    host = host.removesuffix(".")
    if _literal(host) is None and _NUMERIC_LABEL.fullmatch(host.rpartition(".")[2]):
        raise OutboundRefused(f"{host} is a disguised address")
    return parsed, host


def is_public(address: IpAddress) -> bool:
    """Whether the address, and every IPv4 address hidden inside it, belongs to the public internet."""
    return not any(_within(form, _REFUSED) for form in _forms(address))


def _forms(address: IpAddress) -> Iterator[IpAddress]:
    yield address
    if isinstance(address, IPv4Address):
        return
    octets = address.packed
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    if address.sixtofour is not None:
        yield address.sixtofour
    if any(address in network for network in _IPV4_LAST) or octets[8:12] in _ISATAP_MARKS:
        yield IPv4Address(octets[12:])
    if address in _NAT64_LOCAL:
        yield from (IPv4Address(bytes(octets[place] for place in layout)) for layout in _NAT64_LAYOUTS)


def _literal(host: str) -> IpAddress | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _within(address: IpAddress, networks: Iterable[IpNetwork]) -> bool:
    return any(address.version == network.version and address in network for network in networks)


def _covers(entries: Iterable[str], host: str) -> bool:
    name = host.lower().removesuffix(".")
    wanted = (entry.lower().strip(".") for entry in entries)
    return any(name == entry or name.endswith(f".{entry}") for entry in wanted if entry)
