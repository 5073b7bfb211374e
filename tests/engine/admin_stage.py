"""Calls of an administrator to a service that gives the contract's answers."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson

from connectycube import NoRetry
from connectycube.admin import AdminClient
from connectycube.http import Request
from connectycube.testing import ScriptedTransport
from connectycube.testing.scripted import Script

from .wire_stage import Sent, asked, reply

T = TypeVar("T")
KEY: Final = "canary-admin-key"


def sent(request: Request) -> Sent:
    """Read a request, which must carry the administration key and no other."""
    assert KEY == request.headers["CB-Administration-API-Key"]
    assert not {"CB-Token", "CB-AuthKey"} & set(request.headers)
    assert KEY not in request.url
    body = request.body
    assert body is None or isinstance(body, bytes)
    parts = urlsplit(request.url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    content = None if body is None else orjson.loads(body)
    return Sent(request.method, unquote(parts.path), pairs, content)


class AdminWire:
    """An administrator's client, and what it sent."""

    def __init__(self, script: Script, **options: Any) -> None:
        self.transport = ScriptedTransport(script)
        options = {"retry": NoRetry(), **options}
        self.admin = AdminClient(KEY, transport=self.transport, **options)

    @property
    def sent(self) -> list[Sent]:
        return [sent(one) for one in self.transport.requests]


async def played(name: str, call: Callable[[AdminClient], Awaitable[T]]) -> T:
    """Make a call that one of the contract's examples is of, and return what it comes to."""
    wire = AdminWire([reply(name)])
    try:
        return await call(wire.admin)
    finally:
        assert [asked(name)] == wire.sent
