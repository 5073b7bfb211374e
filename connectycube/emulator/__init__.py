"""
A local, independent emulator of the service.

It shares no code with the client, so that a misreading of the contract cannot agree with itself.
Everything but `Emulator` and `HttpVerify` works without I/O and without aiohttp.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from .calls import Calls
from .calls_wanted import CallFilter
from .clock import Clock
from .fault import Fault
from .faults import Faults
from .hosts import Hosts
from .identity import IdentityProvider
from .messages import Outcome, RecordedRequest, WireRequest, WireResponse
from .records import Mail
from .seeding_place import SeedError
from .service import Service
from .settings import Settings
from .world import World

if TYPE_CHECKING:
    from .http_verify import HttpVerify
    from .local import Emulator

__all__ = [
    "CallFilter",
    "Calls",
    "Clock",
    "Emulator",
    "Fault",
    "Faults",
    "Hosts",
    "HttpVerify",
    "IdentityProvider",
    "Mail",
    "Outcome",
    "RecordedRequest",
    "SeedError",
    "Service",
    "Settings",
    "WireRequest",
    "WireResponse",
    "World",
]

_LAZY = {"Emulator": "local", "HttpVerify": "http_verify"}


def __getattr__(name: str) -> object:
    # Only the server needs aiohttp, and only a real verify URL urllib's client; the rest must load
    # without them.
    if name in _LAZY:
        return getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
