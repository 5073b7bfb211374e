"""Requests that await their answers, each until its time is over."""

import attrs

from connectycube.chat.element import Element
from connectycube.chat.jid import Addressing, bare
from connectycube.chat.outcome import Answered, Failed
from connectycube.chat.request import ChatRequest, UnreadableAnswerError
from connectycube.chat.stanza_error import stanza_error
from connectycube.errors import ChatClosedError, ChatTimeoutError, StanzaError


@attrs.define
class _Awaited:
    request: ChatRequest | None  # `None` where rooms know the answer
    until: float


class Asked:
    """The requests of one conversation; only who was asked can answer."""

    def __init__(self, addressing: Addressing, timeout: float) -> None:
        self._addressing = addressing
        self._timeout = timeout
        # All have equally long, so the first to come is the first to end.
        self._awaited: dict[str, _Awaited] = {}

    def add(self, request_id: str, request: ChatRequest | None, now: float) -> None:
        """Await the answer to a request."""
        self._awaited[request_id] = _Awaited(request, now + self._timeout)

    def awaits(self, request_id: str) -> bool:
        """Say whether an answer is awaited still."""
        return request_id in self._awaited

    def remove(self, request_id: str) -> None:
        """Await no answer any more."""
        self._awaited.pop(request_id, None)

    def deadline(self) -> float | None:
        """Return when the time of the first is over."""
        first = next(iter(self._awaited.values()), None)
        return None if first is None else first.until

    def answer(self, iq: Element, own_jid: str) -> Answered | Failed | None:
        """Return which request this answers and how, `None` where it is none of ours."""
        request_id = iq.get("id")
        awaited = self._awaited.get(request_id)
        if awaited is None or awaited.request is None:
            return None
        if not self._is_from(iq.get("from"), awaited.request.to, own_jid):
            return None
        del self._awaited[request_id]
        if iq.get("type") == "error":
            return Failed(request_id, stanza_error(iq))
        try:
            return Answered(request_id, awaited.request.read(iq))
        except UnreadableAnswerError as error:
            return Failed(request_id, StanzaError("undefined-condition", text=str(error)))

    def expire(self, now: float) -> list[Failed]:
        """Give up those whose time is over."""
        over = [key for key, awaited in self._awaited.items() if awaited.until <= now]
        error = "the request was not answered in time"
        return [self._fail(request_id, ChatTimeoutError(error)) for request_id in over]

    def fail_all(self, reason: str) -> list[Failed]:
        """Give up all of them: there is nobody left to answer."""
        return [self._fail(request_id, ChatClosedError(reason)) for request_id in [*self._awaited]]

    def _fail(self, request_id: str, error: ChatClosedError | ChatTimeoutError) -> Failed:
        del self._awaited[request_id]
        return Failed(request_id, error)

    def _is_from(self, sender: str, asked: str | None, own_jid: str) -> bool:
        """Say whether this comes from who was asked; the service answers for our account."""
        domain = self._addressing.domain.lower()
        if asked is None:
            return not sender or bare(sender) in {bare(own_jid), domain}
        if bare(asked) == domain and not sender:
            return True
        return bare(sender) == bare(asked)
