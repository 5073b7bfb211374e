"""Every call's outcome: done, refused, unknown and said so, or cancelled by us. Nothing else."""

import asyncio
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable
from random import Random
from typing import Final, Generic, Literal, TypeAlias, TypeVar

import anyio
import attrs

from benchmarks.soak.ledger import Call, Ledger, call_under_way
from connectycube import (
    ApiError,
    ConnectError,
    ConnectyCube,
    ConnectyCubeError,
    InvalidInputError,
)

T = TypeVar("T")
State: TypeAlias = Literal["ok", "refused", "unknown", "cancelled"]
Work: TypeAlias = Callable[[ConnectyCube], Awaitable[T]]

# What the contract says of these: a repeat may duplicate the effect.
NOT_TWICE: Final = {
    "sign_up": "POST /users",
    "reset_password": "POST /users/password/reset",
    "change_password": "PUT /users/{user_id}",
}
# An attempt that ended so did nothing; what the notes of an error tell of any other is doubt.
_DID_NOTHING: Final = (": 429", ": 503", ": ConnectError")
_TOLD: Final = 20


@attrs.frozen(kw_only=True)
class Told(Generic[T]):
    """What became of a call; it has a value only where it is ok."""

    call: Call
    state: State
    value: T | None = None
    error: Exception | None = None


@attrs.define(kw_only=True)
class Book:
    """
    Makes the calls, and writes down what became of them.

    Attributes:
        natively: some calls are cancelled as asyncio does it, not by a scope.
        second: how long a second of the soak lasts.
        problems: what must not be, the first of them in words.
        found: how many problems there are.
        is_calm: nobody is in a hurry, and nothing is cancelled.
    """

    ledger: Ledger
    random: Random
    natively: bool
    second: float
    started: int = 0
    outcomes: Counter[State] = attrs.field(factory=Counter[State])
    errors: Counter[str] = attrs.field(factory=Counter[str])
    duplicates: int = 0
    problems: list[str] = attrs.field(factory=list[str])
    found: int = 0
    is_calm: bool = False
    _unsettled: list[Call] = attrs.field(factory=list[Call])

    async def call(self, kind: str, actor: str, cube: ConnectyCube, work: Work[T]) -> Told[T]:
        """Make one call, some with little time and some cancelled half-way."""
        self.started += 1
        call = Call(number=self.started, kind=kind, actor=actor)
        call_under_way.set(call)
        told = await self._outcome(call, self._in_a_hurry(cube), work)
        self.ledger.settle()
        call.requests.clear()
        self.outcomes[told.state] += 1
        if told.error is not None:
            self.errors[type(told.error).__name__] += 1
        if kind in NOT_TWICE:
            self._unsettled.append(call)
        return told

    def check(self, told: Told[T], what: str, *, holds: bool) -> None:
        """Note what must hold after a call."""
        if not holds:
            error = "" if told.error is None else f" ({told.error!r}, {_notes(told.error)})"
            call = told.call
            self.problem(f"{call.kind}, call {call.number}: {told.state}{error}, but not {what}")

    def problem(self, text: str) -> None:
        self.found += 1
        if len(self.problems) < _TOLD:
            self.problems.append(text)

    def close_round(self) -> None:
        """Count what was done twice, now that every request of the round has arrived."""
        self.ledger.settle()
        for call in self._unsettled:
            if call.accepted(NOT_TWICE[call.kind]) > 1:
                self.duplicates += 1
                self.problem(f"{call.kind}, call {call.number}: done twice: {call.sent}")
        self._unsettled.clear()
        for text in self.ledger.mixed:
            self.problem(text)
        self.ledger.mixed.clear()
        self.ledger.forget()

    def _in_a_hurry(self, cube: ConnectyCube) -> ConnectyCube:
        if self.is_calm or self.random.random() > 0.06:  # noqa: PLR2004 - a share
            return cube
        return cube.with_options(timeout=self.random.uniform(0.05, 5.0) * self.second)

    async def _outcome(self, call: Call, cube: ConnectyCube, work: Work[T]) -> Told[T]:
        try:
            if self.is_calm or self.random.random() > 0.06:  # noqa: PLR2004 - a share
                return Told(call=call, state="ok", value=await work(cube))
            return await self._given_up(call, cube, work)
        except ConnectyCubeError as error:
            # Without its frames, which would keep half the client alive.
            plain = error.with_traceback(None)
            state: State = "refused" if did_nothing(plain) else "unknown"
            return Told(call=call, state=state, error=plain)
        except Exception as error:  # noqa: BLE001 - that there are none is what we are here to see
            self.problem(f"{call.kind}, call {call.number}: {traceback.format_exc()}")
            return Told(call=call, state="unknown", error=error.with_traceback(None))

    async def _given_up(self, call: Call, cube: ConnectyCube, work: Work[T]) -> Told[T]:
        seconds = min(self.random.expovariate(1 / 0.4), 20.0) * self.second
        if self.natively and self.random.random() < 0.5:  # noqa: PLR2004 - a share
            try:
                async with asyncio.timeout(seconds):
                    return Told(call=call, state="ok", value=await work(cube))
            except TimeoutError:
                return Told(call=call, state="cancelled")
        with anyio.move_on_after(seconds):
            return Told(call=call, state="ok", value=await work(cube))
        return Told(call=call, state="cancelled")


def did_nothing(error: ConnectyCubeError) -> bool:
    """Say whether an error promises that the service did nothing for this call."""
    if isinstance(error, InvalidInputError):
        return True
    if not all(note.endswith(_DID_NOTHING) for note in _notes(error)):
        return False
    return isinstance(error, ConnectError) or (
        isinstance(error, ApiError) and 400 <= error.status < 500  # noqa: PLR2004 - HTTP
    )


def _notes(error: Exception) -> list[str]:
    return getattr(error, "__notes__", [])
