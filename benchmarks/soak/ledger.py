"""What went over the line, and for which call: a transport around a transport."""

from collections.abc import AsyncIterator, Mapping
from contextvars import ContextVar
from typing import Final

import attrs

from connectycube import Headers, Request, Response, Transport
from connectycube.emulator import Service

TAG: Final = "X-Soak"


@attrs.define(eq=False)
class Sent:
    """
    One request of a call.

    Attributes:
        is_repeat: it is the very request that was sent before.
        status: of the answer; 0 where none came.
        was_processed: the service worked on it, whatever became of the answer.
    """

    label: str
    is_repeat: bool
    status: int = 0
    was_processed: bool = False


@attrs.define(eq=False)
class Call:
    """One call of the soak, and what it sent."""

    number: int
    kind: str
    actor: str
    sent: list[Sent] = attrs.field(factory=list[Sent])
    requests: list[Request] = attrs.field(factory=list[Request])

    def accepted(self, label: str) -> int:
        """Count the requests that may have had their effect: processed, and not refused to us."""
        return sum(
            one.label == label and one.was_processed and not 400 <= one.status < 500  # noqa: PLR2004 - HTTP
            for one in self.sent
        )


call_under_way: ContextVar[Call] = ContextVar("call_under_way")


class Ledger:
    """
    A transport that tags each request with its call, and counts.

    Attributes:
        first: requests that were sent for the first time.
        repeats: those that were sent again.
        open_answers: answers that nobody has closed.
        mixed: calls that went out with the session of somebody else.
    """

    def __init__(self, inner: Transport, service: Service) -> None:
        self._inner = inner
        self._service = service
        self._by_tag: dict[str, Sent] = {}
        self._owners: dict[str, str] = {}
        self.first = 0
        self.repeats = 0
        self.open_answers = 0
        self.mixed: list[str] = []

    async def send(self, request: Request, /) -> Response:
        call = call_under_way.get()
        sent = Sent(request.label, is_repeat=any(one is request for one in call.requests))
        call.sent.append(sent)
        call.requests.append(request)
        self.repeats += sent.is_repeat
        self.first += not sent.is_repeat
        self._check_owner(request, call)
        tag = f"{call.number}.{len(call.sent)}"
        self._by_tag[tag] = sent
        tagged = attrs.evolve(request, headers=Headers({**request.headers, TAG: tag}))
        answer = await self._inner.send(tagged)
        sent.status = answer.status
        self.open_answers += 1
        return _Answer(answer, self)

    async def aclose(self) -> None:
        await self._inner.aclose()

    def settle(self) -> None:
        """Enter what the service has worked on since; its records would grow for ever."""
        for records in (self._service.requests, self._service.store_requests):
            arrived = records[:]
            del records[: len(arrived)]
            for record in arrived:
                self._by_tag[record.headers[TAG]].was_processed = record.processed

    def forget(self) -> None:
        """Close the books of a round: every request of it has been settled."""
        self._by_tag.clear()
        alive = {one.token for one in self._service.world.sessions}
        self._owners = {token: who for token, who in self._owners.items() if token in alive}

    def _check_owner(self, request: Request, call: Call) -> None:
        token = request.headers.get("CB-Token")
        if token is not None and self._owners.setdefault(token, call.actor) != call.actor:
            self.mixed.append(f"call {call.number}, {call.kind}, with a session of somebody else")


class _Answer:
    """An answer that is counted until it is closed."""

    def __init__(self, answer: Response, ledger: Ledger) -> None:
        self._answer = answer
        self._ledger = ledger
        self._is_open = True

    @property
    def status(self) -> int:
        return self._answer.status

    @property
    def headers(self) -> Mapping[str, str]:
        return self._answer.headers

    async def read(self) -> bytes:
        return await self._answer.read()

    def iter_bytes(self) -> AsyncIterator[bytes]:
        return self._answer.iter_bytes()

    async def aclose(self) -> None:
        self._ledger.open_answers -= self._is_open
        self._is_open = False
        await self._answer.aclose()
