"""A service as cheap as one can be, inside the process: one turn of the loop a call."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Final

import attrs

from benchmarks.peers.shape import FailedLoginError
from connectycube import Headers, Request

_USER: Final = {"id": 7, "login": "cubeuser", "full_name": "Mar Sim", "email": None}
_PAGE: Final = json.dumps({"limit": 1, "skip": 0, "total_entries": 1, "items": [_USER]}).encode()
_GONE: Final = b'{"errors":{"base":["Required session does not exist"]}}'
_REFUSED: Final = b'{"errors":["Unauthorized"]}'


@attrs.define
class Tokens:
    """
    The token call of a service.

    Attributes:
        seconds: how long one takes.
        trouble: the statuses of the next ones that fail.
        logins: how many were begun.
    """

    seconds: float = 0.0
    trouble: Iterator[int] = attrs.field(factory=lambda: iter(()))
    logins: int = 0

    async def login(self) -> str:
        self.logins += 1
        token, failure = f"token-{self.logins}", next(self.trouble, None)
        await asyncio.sleep(self.seconds)
        if failure is not None:
            raise FailedLoginError(failure)
        return token


class Answer:
    """An answer that is there already."""

    def __init__(self, status: int, body: bytes) -> None:
        self.status = status
        self.headers: Mapping[str, str] = Headers({"Content-Length": str(len(body))})
        self._body = body

    async def read(self) -> bytes:
        return self._body

    async def iter_bytes(self) -> AsyncIterator[bytes]:
        yield self._body

    async def aclose(self) -> None:
        pass


class InstantService:
    """A transport that is its own service: sessions, and one user."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self.seen: Counter[str] = Counter()
        self._live: set[str] = set()

    async def send(self, request: Request, /) -> Answer:
        self.seen[request.label] += 1
        if request.label == "POST /session":
            return await self._session()
        await asyncio.sleep(0)
        if request.headers["CB-Token"] not in self._live:
            return Answer(401, _GONE)
        return Answer(200, _PAGE)

    async def aclose(self) -> None:
        pass

    def expire(self) -> None:
        """Forget every session."""
        self._live.clear()

    async def _session(self) -> Answer:
        try:
            token = await self.tokens.login()
        except FailedLoginError as failed:
            return Answer(failed.status, _REFUSED)
        self._live.add(token)
        session = {"token": token, "user_id": 7, "application_id": 21, "user": _USER}
        return Answer(201, json.dumps({"session": session}).encode())
