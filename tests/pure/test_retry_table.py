"""What is repeated and what never is: a table of the contract's, played to the real engine."""

import json
import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import NoneType
from typing import Any, Final

import anyio
import pytest
from trio.testing import MockClock

from connectycube import (
    Backoff,
    ConnectError,
    ConnectyCube,
    ConnectyCubeError,
    Endpoint,
    LoginPassword,
    Session,
    TransportError,
    api,
)
from connectycube import _object_store as object_store
from connectycube.auth import endpoints as session_calls
from connectycube.endpoint import Retry
from connectycube.http import Request
from connectycube.testing import Reply, ScriptedTransport

TABLE: Final = json.loads(Path(__file__).with_name("retry_table.json").read_text())
CELLS: Final[list[tuple[str, str, str]]] = [
    (kind, outcome, verdict)
    for group in TABLE["groups"]
    for outcome, *verdicts in group["rows"]
    for kind, verdict in zip(TABLE["classes"], verdicts, strict=True)
]
# What each verdict means: attempts, and the seconds between an answer and the next attempt.
VERDICTS: Final = {
    "stands": (1, []),
    "again": (3, [0.0, 0.0]),
    "after 7 s": (3, [7.0, 7.0]),
    "renewed": (2, [0.0]),
}
GONE: Final = {"errors": {"base": ["Required session does not exist"]}}
AT_ONCE: Final[dict[str, Reply | Exception]] = {
    "connect refused": ConnectError("refused"),
    "connect timeout": ConnectError("not connected in time"),
    "reset before the answer": TransportError("reset"),
    "cut in the body": Reply(200, TransportError("cut")),
    "refusal cut in the body": Reply(422, TransportError("cut")),
    "401 expired": Reply(401, GONE),
}
ANSWERED_AT: Final = "Mon, 10 Jun 2024 09:05:09 GMT"
SEVEN_LATER: Final = "Mon, 10 Jun 2024 09:05:16 GMT"


class Service:
    """Gives the same outcome to every attempt, and notes when it came and when it was over."""

    def __init__(self, outcome: str) -> None:
        self._outcome = outcome
        self.began: list[float] = []
        self.ended: list[float] = []
        self.sign_ins = 0

    async def answer(self, request: Request) -> Reply | Exception:
        if request.label == "POST /session":
            self.sign_ins += 1
            session = {"id": 1, "token": "canary-new", "user_id": 7}
            return Reply(201, {"session": session})
        self.began.append(anyio.current_time())
        try:
            return await self._answer()
        finally:
            self.ended.append(anyio.current_time())

    async def _answer(self) -> Reply | Exception:
        if self._outcome == "connect timeout":
            await anyio.sleep(10)
        elif self._outcome == "no answer in time":
            await anyio.sleep_forever()
        if self._outcome in AT_ONCE:
            return AT_ONCE[self._outcome]
        if self._outcome == "stalled in the body":
            return Reply(200, None, body_gate=anyio.Event())
        status, _, wait = self._outcome.partition(" Retry-After ")
        wait = SEVEN_LATER if wait == "date" else wait
        headers = {"Retry-After": wait, "Date": ANSWERED_AT} if wait else {}
        return Reply(int(status), {"errors": ["no"]} if status >= "400" else {}, headers=headers)


async def played(service: Service, method: str, retry: str) -> None:
    """Make one call of this class to the end that it comes to."""
    cube = ConnectyCube(
        21,
        "canary-key",
        auth=LoginPassword("mar", "canary-of-mar"),
        transport=ScriptedTransport(service.answer),
        retry=Backoff(uniform=lambda low, _high: low),
        timeout=None,
    )
    cube.set_session(Session.from_token("canary-old", user_id=7))
    kind = Retry(retry.removesuffix("*"))
    with anyio.move_on_after(1000) as scope:
        try:
            await cube.call(Endpoint(method, "/things", NoneType, retry=kind))
        except ConnectyCubeError:
            return
    assert not scope.cancelled_caught


@pytest.mark.parametrize(("kind", "outcome", "verdict"), CELLS)
def test_a_call_is_repeated_as_the_contract_says(kind: str, outcome: str, verdict: str) -> None:
    """By its class and by what became of its attempt; a pause that was asked for is kept."""
    service = Service(outcome)
    options = {"clock": MockClock(autojump_threshold=0)}
    method, retry = kind.split()
    anyio.run(played, service, method, retry, backend="trio", backend_options=options)
    attempts, pauses = VERDICTS[verdict]
    # A body is awaited after its answer came, and bounded by the attempt's own time.
    stalled = 15.0 if outcome == "stalled in the body" else 0.0
    waited = [
        round(began - ended - stalled, 3)
        for ended, began in zip(service.ended, service.began[1:], strict=False)
    ]

    assert attempts == len(service.began)
    assert pauses == waited
    assert (verdict == "renewed") == service.sign_ins


def test_the_table_is_large_enough_to_mean_something() -> None:
    """Every cell is written out, and none twice."""
    assert len(CELLS) >= 120
    assert len(CELLS) == len({(kind, outcome) for kind, outcome, _ in CELLS})


def endpoints() -> Iterator[Endpoint[Any]]:
    """Give every call that the package names."""
    names = [one.name for one in pkgutil.iter_modules(api.__path__, f"{api.__name__}.")]
    for module in (*map(import_module, names), session_calls, object_store):
        yield from (one for one in vars(module).values() if isinstance(one, Endpoint))


@pytest.mark.parametrize("endpoint", list(endpoints()), ids=lambda one: one.label)
def test_every_endpoint_has_the_class_that_the_contract_gives_it(endpoint: Endpoint[Any]) -> None:
    """Some have two, by what is asked of them."""
    told = TABLE["operations"][re.sub(r"\{\w+\}", "{}", endpoint.label)]

    assert endpoint.retry.value in {one.removesuffix("*") for one in told}


def test_every_class_that_occurs_is_in_the_table() -> None:
    """Of the whole contract, and so of the package."""
    occurring = {
        f"{label.split()[0]} {retry}"
        for label, retries in TABLE["operations"].items()
        for retry in retries
    }

    assert occurring == set(TABLE["classes"])
