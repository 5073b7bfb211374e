"""What tests are made with: the emulator in process, and fakes that are public."""

from connectycube.testing.inprocess import EmulatorTransport

__all__ = ["EmulatorTransport"]
