"""What the tests of the numbered capabilities play on: the emulator, and clients of it."""

from typing import Any, Final, TypedDict, Unpack

from connectycube import ConnectyCube, LoginPassword, NoRetry
from connectycube.auth.strategy import AuthStrategy
from connectycube.emulator import Clock, RecordedRequest, Service
from connectycube.session import SessionExpiredHook
from connectycube.testing import EmulatorTransport, FakeClock

AUTH_KEY: Final = "canary-auth-key"
PASSWORD: Final = "canary-of-mar"
MAR: Final = LoginPassword("mar", PASSWORD)
SIM: Final = LoginPassword("sim", "canary-of-sim")


class More(TypedDict, total=False):
    """What a test may say about its client."""

    on_session_expired: SessionExpiredHook | None


class Seed:
    """A service in this process, with both clocks at hand."""

    def __init__(self) -> None:
        self.service = Service(auth_key=AUTH_KEY, clock=Clock(frozen=True))
        self.transport = EmulatorTransport(self.service)
        self.clock = FakeClock()

    def client(self, auth: AuthStrategy = MAR, /, **options: Unpack[More]) -> ConnectyCube:
        return ConnectyCube(
            21,
            AUTH_KEY,
            auth=auth,
            base_url="http://localhost",
            transport=self.transport,
            retry=NoRetry(),
            clock=self.clock.clock,
            **options,
        )

    def advance(self, seconds: float) -> None:
        """Let time pass for both sides."""
        self.clock.advance(seconds)
        self.service.clock.advance(seconds)

    @property
    def requests(self) -> list[RecordedRequest]:
        return self.service.requests

    @property
    def last(self) -> RecordedRequest:
        return self.service.requests[-1]

    @property
    def steps(self) -> list[str]:
        """Return the methods and paths of what was sent to the service."""
        return [f"{one.method} {one.path}" for one in self.service.requests]

    def bodies(self, path: str) -> list[dict[str, Any]]:
        """Return the JSON of what was sent to this path."""
        return [one.json for one in self.service.requests if one.path == path]


def token_of(cube: ConnectyCube) -> str | None:
    """Return the token that the client uses now."""
    return cube.session.token if cube.session else None
