"""Which hosts are nobody's business but one's own: this machine, and private networks."""

import ipaddress
import re
import socket
from typing import Final

_LOCAL_NAMES: Final = ("localhost", "local", "internal", "localdomain", "lan")
# NAT64, and the old "compatible" form.
_WRAPPED: Final = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("::/96"))
# Compiled at its first use, since every import would pay for it.
_NUMERIC: Final = r"(0[xX][0-9a-fA-F]*|[0-9]+)(\.(0[xX][0-9a-fA-F]*|[0-9]+))*"


def is_this_machine(host: str) -> bool:
    """Say whether a host, as a URL spells it, is this machine by its name or address."""
    name = _bare(host)
    address = _address(name)
    if address is None:
        return name == "localhost" or name.endswith(".localhost")
    return address.is_loopback


def is_private(host: str) -> bool:
    """
    Say whether a host, as a URL spells it, is not one of the open Internet.

    Addresses count in every spelling that a resolver takes, such as `127.1` and `0x7f000001`.
    Names are not looked up.
    """
    name = _bare(host)
    address = _address(name)
    if address is None:
        return name.rpartition(".")[2] in _LOCAL_NAMES or name.endswith(".home.arpa")
    if isinstance(address, ipaddress.IPv6Address):
        if address.is_site_local:
            return True
        address = _within(address) or address
    return not address.is_global or address.is_multicast


def _within(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the older address that this one leads to."""
    if any(address in network for network in _WRAPPED):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.sixtofour


def _bare(host: str) -> str:
    return host.strip("[]").rstrip(".").lower()


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    if re.fullmatch(_NUMERIC, name):
        try:
            return ipaddress.IPv4Address(socket.inet_aton(name))
        except OSError:
            return ipaddress.IPv4Address(0)  # no address, and no name either
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        return address.ipv4_mapped or address
    return address
