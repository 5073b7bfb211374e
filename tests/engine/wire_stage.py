"""Calls to a service that gives the contract's answers, and the requests that they make."""

import json
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

import attrs
import orjson

from connectycube import ConnectyCube, NoRetry, RetryPolicy, Session
from connectycube.api.chat import Chat
from connectycube.api.whiteboards import Whiteboards
from connectycube.http import Request
from connectycube.testing import Reply, ScriptedTransport
from connectycube.testing.scripted import Script

T = TypeVar("T")
WIRE: Final = Path(__file__).parents[1] / "wire"
TOKEN: Final = "canary-token"
ME: Final = 90211


def _in_order(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted(pairs)


@attrs.frozen
class Sent:
    """A request, as the contract's samples tell them; pairs of a query in no order."""

    method: str
    path: str
    query: list[tuple[str, str]] = attrs.field(factory=list, converter=_in_order)
    json: Any = None


def sent(request: Request) -> Sent:
    """Read a request, which must be one of the session and of nothing else."""
    assert TOKEN == request.headers["CB-Token"]
    assert "CB-AuthKey" not in request.headers
    body = request.body
    assert body is None or isinstance(body, bytes)
    assert (body is not None) == (request.headers.get("Content-Type") == "application/json")
    parts = urlsplit(request.url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    content = None if body is None else orjson.loads(body)
    return Sent(request.method, unquote(parts.path), pairs, content)


def sample(name: str) -> Any:
    """Return one of the contract's examples."""
    return json.loads((WIRE / f"{name}.json").read_text())


def asked(name: str) -> Sent:
    """Return the request of one of the contract's examples."""
    told = sample(name)["request"]
    pairs = parse_qsl(told.get("query", ""), keep_blank_values=True)
    return Sent(told["method"], told["path"], pairs, told.get("json"))


def reply(name: str) -> Reply:
    """Return the answer of one of the contract's examples."""
    told = sample(name)
    return Reply(told["status"], told["body"], headers=told.get("headers", {}))


class Wire:
    """A client with a session, and what it sent."""

    def __init__(self, script: Script, retry: RetryPolicy = NoRetry()) -> None:  # noqa: B008
        self.transport = ScriptedTransport(script)
        self.cube = ConnectyCube(21, "canary-key", transport=self.transport, retry=retry)
        self.cube.set_session(Session.from_token(TOKEN, ME))

    @property
    def chat(self) -> Chat:
        return Chat(self.cube._caller)

    @property
    def whiteboards(self) -> Whiteboards:
        return Whiteboards(self.cube._caller, self.cube.hosts)

    @property
    def sent(self) -> list[Sent]:
        return [sent(one) for one in self.transport.requests]


async def played(name: str, call: Callable[[Wire], Awaitable[T]]) -> T:
    """Make a call that one of the contract's examples is of, and return what it comes to."""
    wire = Wire([reply(name)])
    try:
        return await call(wire)
    finally:
        assert [asked(name)] == wire.sent
