"""What tests are made with: the emulator in process, and fakes that are public."""

from connectycube.testing.conformance import check_auth_strategy
from connectycube.testing.connector_check import check_connector
from connectycube.testing.conversation_store_check import check_conversation_store
from connectycube.testing.inprocess import EmulatorTransport
from connectycube.testing.scripted import FakeClock, Reply, ScriptedTransport
from connectycube.testing.scripted_frames import ScriptedFrames
from connectycube.testing.session_store_check import check_session_store
from connectycube.testing.transport_check import check_transport

__all__ = [
    "EmulatorTransport",
    "FakeClock",
    "Reply",
    "ScriptedFrames",
    "ScriptedTransport",
    "check_auth_strategy",
    "check_connector",
    "check_conversation_store",
    "check_session_store",
    "check_transport",
]
