"""What tests are made with: the emulator in process, and fakes that are public."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from connectycube.testing.actor import Actor
    from connectycube.testing.conformance import check_auth_strategy
    from connectycube.testing.connector_check import check_connector
    from connectycube.testing.conversation_store_check import check_conversation_store
    from connectycube.testing.inprocess import EmulatorTransport
    from connectycube.testing.scripted import FakeClock, Reply, ScriptedTransport
    from connectycube.testing.scripted_frames import ScriptedFrames
    from connectycube.testing.session_store_check import check_session_store
    from connectycube.testing.staged_emulator import StagedEmulator
    from connectycube.testing.transport_check import check_transport

__all__ = [
    "Actor",
    "EmulatorTransport",
    "FakeClock",
    "Reply",
    "ScriptedFrames",
    "ScriptedTransport",
    "StagedEmulator",
    "check_auth_strategy",
    "check_connector",
    "check_conversation_store",
    "check_session_store",
    "check_transport",
]

# Loaded when first used (PEP 562): every pytest run loads the plugin beside this.
_HOME_OF = {
    "Actor": "actor",
    "EmulatorTransport": "inprocess",
    "FakeClock": "scripted",
    "Reply": "scripted",
    "ScriptedFrames": "scripted_frames",
    "ScriptedTransport": "scripted",
    "StagedEmulator": "staged_emulator",
    "check_auth_strategy": "conformance",
    "check_connector": "connector_check",
    "check_conversation_store": "conversation_store_check",
    "check_session_store": "session_store_check",
    "check_transport": "transport_check",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'connectycube.testing' has no attribute {name!r}")
    home = importlib.import_module(f"connectycube.testing.{_HOME_OF[name]}")
    value = globals()[name] = getattr(home, name)
    return value


def __dir__() -> list[str]:
    return __all__
