"""What the calls of one webhook address are judged by: kept between calls."""

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

from . import vault

#: How long the secret before the current one is still accepted.
OVERLAP = timedelta(hours=72)


@dataclass(frozen=True, slots=True)
class Door:
    """Where one gateway's platform calls; its secrets are kept as they are stored.

    :param is_open: whether anybody may call at all
    :param secret: encrypted, as the other two
    :param set_at: since when the secret holds, naive UTC
    :param addresses: one address or network per line; empty: any
    :param api_key: which no stored call may show
    """

    gateway_id: int
    is_open: bool
    secret: str | None
    old_secret: str | None
    set_at: datetime | None
    addresses: str
    api_key: str | None

    def live_secrets(self, now):
        """Return the secrets that are live: the current one, and the one before it.

        :param now: naive UTC
        :raise VaultError: when the key at hand cannot open them
        """
        tokens = [self.secret]
        if self.set_at and now - self.set_at < OVERLAP:
            tokens.append(self.old_secret)
        return [vault.decrypt(token) for token in tokens if token]

    def admits(self, address):
        """Tell whether the platform may call from this address."""
        allowed = networks(self.addresses)
        if not allowed:
            return True
        try:
            found = ipaddress.ip_address(address or "")
        except ValueError:
            return False
        # a server that listens on both writes IPv4 addresses as IPv6 ones
        found = getattr(found, "ipv4_mapped", None) or found
        return any(found in network for network in allowed)


def networks(addresses):
    """Return the networks of a text that lists one address or network per line.

    :raise ValueError: when a line is neither
    """
    return [
        ipaddress.ip_network(line.strip(), strict=False)
        for line in addresses.splitlines()
        if line.strip()
    ]
