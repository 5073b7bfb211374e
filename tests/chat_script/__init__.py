"""
The scripted conversation: what two parties of any make say to each other over any server.

`play` plays it in both directions between two `Partner`s. `OurPartner` is this package's client;
other implementations bring partners of their own, and hear everything in the same words.
"""

import pytest

# Before they are imported, so that a step that fails says what it saw.
pytest.register_assert_rewrite(*(f"{__name__}.{name}" for name in ("talk", "rooms", "people")))

from .inbox import PATIENCE, Heard, Inbox  # noqa: E402
from .need import Need  # noqa: E402
from .ours import OurPartner  # noqa: E402
from .partner import Partner, Place  # noqa: E402
from .script import STEPS, Step, play  # noqa: E402
from .stage import Guest, Stage  # noqa: E402

__all__ = [
    "PATIENCE",
    "STEPS",
    "Guest",
    "Heard",
    "Inbox",
    "Need",
    "OurPartner",
    "Partner",
    "Place",
    "Stage",
    "Step",
    "play",
]
