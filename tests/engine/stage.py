"""A service, a line to it that can be held up, and clients over that line."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from types import TracebackType
from typing import Any, Final, TypedDict, TypeVar, Unpack

import anyio
import anyio.abc
import anyio.lowlevel
import attrs

from connectycube import (
    ConnectyCube,
    ExpiredSession,
    LoginPassword,
    NoRetry,
    RetryPolicy,
    Session,
    User,
)
from connectycube.auth.strategy import AuthStrategy
from connectycube.emulator import Clock, Service
from connectycube.http import Headers, Request, Response
from connectycube.session import SessionExpiredHook
from connectycube.testing import EmulatorTransport, FakeClock

T = TypeVar("T")

AUTH_KEY: Final = "canary-auth-key"
SIGN_IN: Final = "POST /session"
ASK: Final = "GET /session"
END: Final = "DELETE /session"
UPDATE: Final = "PUT /users/{user_id}"
DELETE: Final = "DELETE /users/{user_id}"
FIND: Final = "GET /users/v2"
MAR: Final = LoginPassword("mar", "canary-of-mar")
SIM: Final = LoginPassword("sim", "canary-of-sim")


@attrs.define(eq=False)
class Gate:
    """Holds requests up, or their answers back, until it is opened."""

    label: str
    answered: bool
    left: float
    arrived: int = 0
    _opened: anyio.Event = attrs.field(factory=anyio.Event)
    _changed: anyio.Event = attrs.field(factory=anyio.Event)

    def open(self) -> None:
        self._opened.set()

    async def reached(self, count: int = 1) -> None:
        """Wait until so many stand before it."""
        while self.arrived < count:
            await self._changed.wait()

    async def passed(self) -> None:
        self.arrived += 1
        self._changed.set()
        self._changed = anyio.Event()
        await self._opened.wait()


class EmptyAnswer:
    """A status, and nothing else."""

    def __init__(self, status: int) -> None:
        self.status = status
        self.headers = Headers()

    async def read(self) -> bytes:
        return b""

    async def iter_bytes(self) -> AsyncIterator[bytes]:
        yield b""

    async def aclose(self) -> None:
        pass


class Line:
    """A transport to the emulator on which a test says who waits, and for how long."""

    def __init__(self, service: Service) -> None:
        self._emulator = EmulatorTransport(service)
        self._gates: list[Gate] = []
        self._delays: dict[str, Callable[[], float]] = {}
        self._failures: dict[str, Exception] = {}
        self._instead: dict[str, int] = {}
        self.sent: list[Request] = []

    def answer_instead(self, label: str, status: int) -> None:
        """Let the next answer to this label be another one, as of a gateway that lost it."""
        self._instead[label] = status

    def fail(self, label: str, error: Exception) -> None:
        """Let requests of this label fail on the way to the service."""
        self._failures[label] = error

    def hold(self, label: str, *, answered: bool = False, times: float = 1) -> Gate:
        """Hold up the next requests of this label; `answered`: after the service did its work."""
        gate = Gate(label, answered, times)
        self._gates.append(gate)
        return gate

    def delay(self, label: str, seconds: Callable[[], float] | float) -> None:
        """Let answers to requests of this label arrive so much later."""
        self._delays[label] = seconds if callable(seconds) else lambda: seconds

    async def send(self, request: Request, /) -> Response:
        self.sent.append(request)
        gate = next((g for g in self._gates if g.label == request.label and g.left > 0), None)
        if gate is not None:
            gate.left -= 1
            if not gate.answered:
                await gate.passed()
        if request.label in self._failures:
            raise self._failures[request.label]
        answer: Response = await self._emulator.send(request)
        if gate is not None and gate.answered:
            await gate.passed()
        if request.label in self._instead:
            answer = EmptyAnswer(self._instead.pop(request.label))
        if request.label in self._delays:
            await anyio.sleep(self._delays[request.label]())
        return answer

    async def aclose(self) -> None:
        await self._emulator.aclose()


class More(TypedDict, total=False):
    """What a test may say about its client."""

    retry: RetryPolicy
    timeout: float | None
    on_session_expired: SessionExpiredHook | None


class Stage:
    """Everything that a test of sessions plays on; both clocks stand still unless moved."""

    def __init__(self) -> None:
        self.service = Service(auth_key=AUTH_KEY, clock=Clock(frozen=True))
        self.line = Line(self.service)
        self.clock = FakeClock()

    def client(self, auth: AuthStrategy = MAR, /, **options: Unpack[More]) -> ConnectyCube:
        """Return a client over the line; it does not repeat by itself unless told to."""
        chosen: More = {"retry": NoRetry(), **options}
        return ConnectyCube(
            21, AUTH_KEY, auth=auth, transport=self.line, clock=self.clock.clock, **chosen
        )

    async def signed_in(
        self, auth: AuthStrategy = MAR, /, **options: Unpack[More]
    ) -> tuple[ConnectyCube, Session]:
        """Return a client with its session."""
        cube = self.client(auth, **options)
        return cube, await cube.create_session()

    async def expired(
        self, auth: AuthStrategy = MAR, /, **options: Unpack[More]
    ) -> tuple[ConnectyCube, Session]:
        """Return a client whose session the service has just forgotten; nothing is counted yet."""
        cube, session = await self.signed_in(auth, **options)
        self.expire()
        self.line.sent.clear()
        return cube, session

    async def elsewhere(self, auth: AuthStrategy = MAR) -> Session:
        """Return a session that a client of somebody else's made."""
        return await ConnectyCube(21, AUTH_KEY, auth=auth, transport=self.line).create_session()

    def expire(self) -> None:
        """Let the service forget every session."""
        self.service.world.expire_sessions()

    def advance(self, seconds: float) -> None:
        """Let time pass for both sides."""
        self.clock.advance(seconds)
        self.service.clock.advance(seconds)

    def count(self, label: str) -> int:
        """Return how many requests of this label were sent."""
        return sum(request.label == label for request in self.line.sent)

    def tokens(self, label: str) -> list[str]:
        """Return the tokens that requests of this label carried."""
        return [r.headers.get("CB-Token", "") for r in self.line.sent if r.label == label]

    @property
    def labels(self) -> list[str]:
        return [request.label for request in self.line.sent]

    @property
    def logins(self) -> list[str | None]:
        """Return the logins of all users, the oldest first."""
        return [user.login for user in self.service.world.users]

    @property
    def live_tokens(self) -> list[str]:
        """Return the tokens that the service still knows."""
        return [session.token for session in self.service.world.sessions]


def token_of(cube: ConnectyCube) -> str | None:
    """Return the token that the client uses now."""
    return cube.session.token if cube.session else None


async def outcomes(calls: Iterable[Callable[[], Awaitable[T]]]) -> list[T | Exception]:
    """Make all calls at once and return what each came to."""
    results: dict[int, T | Exception] = {}

    async def note(number: int, call: Callable[[], Awaitable[T]]) -> None:
        try:
            results[number] = await call()
        except Exception as error:  # noqa: BLE001 - what it came to is the subject
            results[number] = error

    async with anyio.create_task_group() as group:
        for number, call in enumerate(calls):
            group.start_soon(note, number, call)
    return [results[number] for number in range(len(results))]


class Together:
    """A task group that lets every error through, as type checkers can see."""

    def __init__(self) -> None:
        self._group = anyio.create_task_group()

    async def __aenter__(self) -> anyio.abc.TaskGroup:
        return await self._group.__aenter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._group.__aexit__(kind, error, traceback)


class Hook:
    """Answers with what it is given, and counts how often it is asked."""

    def __init__(self, answer: SessionExpiredHook) -> None:
        self._answer = answer
        self.asked: list[ExpiredSession] = []

    async def __call__(self, expired: ExpiredSession) -> Session | None:
        self.asked.append(expired)
        assert len(self.asked) < 20, "asked without end"
        await anyio.lowlevel.checkpoint()
        return await self._answer(expired)


class Task:
    """A call under way, and what it came to."""

    def __init__(self, call: Callable[[], Awaitable[Any]]) -> None:
        self._call = call
        self.done = anyio.Event()
        self.scope = anyio.CancelScope()
        self.value: Any = None
        self.error: Exception | None = None

    async def run(self) -> None:
        with self.scope:
            try:
                self.value = await self._call()
            except Exception as error:  # noqa: BLE001 - what it came to is the subject
                self.error = error
        self.done.set()


def begin(group: anyio.abc.TaskGroup, call: Callable[[], Awaitable[Any]]) -> Task:
    """Start a call in the background."""
    task = Task(call)
    group.start_soon(task.run)
    return task


def rename(cube: ConnectyCube, name: str = "Mar Sim") -> Callable[[], Awaitable[User]]:
    """Return a call that any signed in user may make, recognisable by its name."""
    return lambda: cube.users.update(full_name=name)
