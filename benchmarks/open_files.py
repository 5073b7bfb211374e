"""How many connections a process may hold."""

import sys
from typing import Final

_OTHERS: Final = 100  # files that are open besides


def allow(connections: int) -> int:
    """Raise this process's own limit as far as needed, and return how many it lets through."""
    if sys.platform == "win32":
        return connections
    import resource  # noqa: PLC0415 - Windows has neither it nor the limit

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _OTHERS
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return connections
    limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    return min(connections, limit - _OTHERS)
