"""What the environment says about proxies, and what it may not say."""

import ipaddress
import socket
from urllib.request import getproxies, proxy_bypass


def proxy_of_environment(scheme: str, host: str) -> str | None:
    """Return the URL of the proxy for a host; `None` for none, as for this machine itself."""
    if is_this_machine(host):
        return None
    proxies = getproxies()
    proxy = proxies.get(scheme) or proxies.get("all")
    if not proxy or proxy_bypass(host):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def is_this_machine(host: str) -> bool:
    """Say whether a name or address, however it is written, never leaves this machine."""
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    address = _address(name)
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address is not None and (address.is_loopback or address.is_unspecified)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    try:
        # Forms such as 127.1 and 0x7f000001, which the system takes for addresses.
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None
