"""
A local, independent emulator of the service.

It shares no code with the client, so that a misreading of the contract cannot agree with itself.
Everything but `Emulator` works without I/O and without aiohttp.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from .clock import Clock
from .faults import Faults
from .hosts import Hosts
from .messages import Outcome, RecordedRequest, WireRequest, WireResponse
from .records import Mail
from .service import Service
from .settings import Settings
from .world import World

if TYPE_CHECKING:
    from .server import Emulator

__all__ = [
    "Clock",
    "Emulator",
    "Faults",
    "Hosts",
    "Mail",
    "Outcome",
    "RecordedRequest",
    "Service",
    "Settings",
    "WireRequest",
    "WireResponse",
    "World",
]


def __getattr__(name: str) -> object:
    # Only the server needs aiohttp; the rest must load without it.
    if name == "Emulator":
        return import_module(f"{__name__}.server").Emulator
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
