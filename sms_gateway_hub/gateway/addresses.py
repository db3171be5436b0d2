"""Which addresses a gateway may live at.

A base URL is typed by a person and called by the server, so it must not open a way
into the own network. Names are checked twice: here, to tell the person at once, and
by the transport on the connection itself, because a name can change what it means.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterator
from urllib.parse import SplitResult, urlsplit

from .errors import ConfigurationError

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

#: IPv6 prefixes that carry an IPv4 address somewhere else to decide about.
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
#: Tunnels whose far end cannot be judged.
_TUNNELS = (
    ipaddress.IPv6Network("2001::/32"),
    ipaddress.IPv6Network("2002::/16"),
)


def is_public(address: str) -> bool:
    """Say whether an IP address belongs to the public internet.

    Loopback, private, link-local, cloud metadata, unique local, multicast, reserved
    and tunnelled addresses do not, also when they are written as IPv6.
    """
    ip: _Address = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if any(ip in tunnel for tunnel in _TUNNELS):
            return False
        if ip in _NAT64:
            ip = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        elif ip.ipv4_mapped:
            ip = ip.ipv4_mapped
    return ip.is_global and not ip.is_multicast


def check_base_url(url: str, allow_private: bool = False) -> None:
    """Accept a base URL a gateway may have, resolving its name.

    :param allow_private: also accept hosts of the own network, there without TLS too.
    :raises ConfigurationError: with a sentence that says what to do.
    """
    parts = parse_base_url(url)
    for address in _resolve(parts):
        check_peer(parts.scheme, address, allow_private)


def parse_base_url(url: str) -> SplitResult:
    """Return the parts of a base URL without looking its name up.

    :raises ConfigurationError: when it is not one.
    """
    unreadable = ConfigurationError(
        "The base URL cannot be read: it should look like https://example.com."
    )
    try:
        parts = urlsplit(url.strip())
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise unreadable from None
    if re.search(r"\s", url.strip()):
        raise unreadable
    if parts.scheme not in ("https", "http") or not host:
        raise ConfigurationError(
            "The base URL must begin with https:// and name a host."
        )
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ConfigurationError(
            "The base URL must not contain a login, a question mark or a hash sign: "
            "enter the key in its own field."
        )
    return parts


def check_peer(scheme: str, address: str, allow_private: bool) -> None:
    """Accept the address at the other end of a connection.

    Plain HTTP never leaves the own network, since the key would be readable on the way.

    :raises ConfigurationError: when nothing may be sent there.
    """
    if is_public(address):
        if scheme != "https":
            raise ConfigurationError(
                "The base URL must begin with https://, or anyone on the way could "
                "read the key."
            )
    elif not allow_private:
        raise ConfigurationError(
            "The base URL leads into a private network. Enter the public address of "
            "the gateway, or allow private hosts for this gateway if it is meant."
        )


def _resolve(parts: SplitResult) -> Iterator[str]:
    """Yield every IP address the host of a URL stands for."""
    try:
        found = socket.getaddrinfo(
            parts.hostname, parts.port or 443, type=socket.SOCK_STREAM
        )
    except (OSError, UnicodeError):
        raise ConfigurationError(
            "The host of the base URL was not found: check its spelling."
        ) from None
    return (str(entry[4][0]) for entry in found)
