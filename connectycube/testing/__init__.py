"""What tests are made with: the emulator in process, and fakes that are public."""

from connectycube.testing.inprocess import EmulatorTransport
from connectycube.testing.scripted import FakeClock, Reply, ScriptedTransport

__all__ = ["EmulatorTransport", "FakeClock", "Reply", "ScriptedTransport"]
