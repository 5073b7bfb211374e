"""Sending content to the object store: a signed form around a source."""

import math
from collections.abc import AsyncIterator, Callable
from typing import Final, Self
from urllib.parse import parse_qsl

import anyio
import attrs

from connectycube._gateway import Gateway, read
from connectycube._object_store import UPLOAD_CONTENT, checked_url, failure
from connectycube._source import OpenSource, Reading
from connectycube.errors import InvalidInputError, RequestTimeoutError
from connectycube.http import Headers, Request
from connectycube.models.blob import Progress, ProgressHook
from connectycube.multipart import Form, form
from connectycube.retry import Attempt, RetryPolicy

_CLOSE_GRACE: Final = 1.0


async def upload(
    gateway: Gateway,
    params: str,
    source: OpenSource,
    *,
    filename: str,
    content_type: str,
    stall: float | None,
    progress: ProgressHook | None,
) -> None:
    """
    Send content to the object store by the signed form that the service gave.

    Args:
        params: URL whose query holds the form's fields.
        stall: seconds without a byte moving before an attempt is given up.

    Raises:
        TransportError: the store gave no usable answer.
        ApiError: the store refused.
        InvalidInputError: the source does not hold the bytes it promised.
    """
    target = checked_url(params, gateway, UPLOAD_CONTENT)
    # A plus sign is itself here: policy and signature are base64.
    fields = parse_qsl(target.query.replace("+", "%2B"), keep_blank_values=True)
    body = _FormBody(
        form(dict(fields), filename=filename, content_type=content_type), source, progress
    )
    request = Request(
        method="POST",
        url=target._replace(query="", fragment="").geturl(),
        headers=Headers(
            {"Content-Type": body.form.content_type, "Content-Length": str(body.length)}
        ),
        body=body,
        label=UPLOAD_CONTENT.label,
    )

    async def send(number: int) -> Attempt:
        ends = math.inf if stall is None else anyio.current_time() + stall
        with anyio.CancelScope(deadline=ends) as scope:
            body.moved = lambda: _postpone(scope, stall)
            try:
                response = await gateway.transport.send(request)
                return await read(response, UPLOAD_CONTENT, number)
            finally:
                with anyio.move_on_after(_CLOSE_GRACE, shield=True):
                    await body.aclose()
        raise RequestTimeoutError(f"{UPLOAD_CONTENT.label}: nothing moved for {stall:g} s")

    retry = _WhileReadable(gateway.retry, body, stall)
    attempt = await gateway.with_retry(retry).repeat(UPLOAD_CONTENT, send, timeout=None)
    if body.error is not None:
        raise body.error
    if attempt.error is not None or not 200 <= attempt.status < 300:  # noqa: PLR2004 - HTTP
        raise failure(UPLOAD_CONTENT, attempt)


class _FormBody:
    """
    A form around a source, which counts what goes out.

    Attributes:
        error: what the source raised. A transport may tell it as it likes; the caller gets it raw.
        moved: called when a piece was taken.
    """

    def __init__(self, form: Form, source: OpenSource, progress: ProgressHook | None) -> None:
        self.form = form
        self.source = source
        self.progress = progress
        self.length = len(form.head) + source.length + len(form.tail)
        self.error: Exception | None = None
        self.moved: Callable[[], None] = lambda: None
        self._reading: Reading | None = None

    def open(self) -> AsyncIterator[bytes]:
        self.error = None
        self._reading = self.source.open()
        return _FormPieces(self, self._reading)

    async def aclose(self) -> None:
        """End the reading that an attempt began."""
        if self._reading is not None:
            await self._reading.aclose()


class _FormPieces:
    """The head of a form, the pieces of its file, and its tail."""

    def __init__(self, body: _FormBody, reading: Reading) -> None:
        self._body = body
        self._pieces = reading
        self._sent = -1  # the head stands before the first byte
        self._ended = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self._ended:
            raise StopAsyncIteration
        if self._sent < 0:
            self._sent = 0
            return self._body.form.head
        try:
            return await self._next_piece()
        except Exception as error:
            self._body.error = error
            raise

    async def _next_piece(self) -> bytes:
        self._body.moved()
        total = self._body.source.length
        piece = await anext(self._pieces, None)
        if piece is None:
            if self._sent < total:
                raise InvalidInputError(f"the source held {self._sent} bytes, not {total}")
            self._ended = True
            return self._body.form.tail
        self._sent += len(piece)
        if self._sent > total:
            raise InvalidInputError(f"the source holds more than its {total} bytes")
        if self._body.progress is not None:
            self._body.progress(Progress(self._sent, total))
        return piece


@attrs.frozen(eq=False, repr=False)
class _WhileReadable:
    """A policy that ends where the source cannot be read again, or a pause would be a stall."""

    _policy: RetryPolicy
    _body: _FormBody
    _stall: float | None

    def delay(self, attempt: Attempt, /) -> float | None:
        readable = self._body.error is None and self._body.source.can_reopen
        delay = self._policy.delay(attempt) if readable else None
        # Nothing moves during a pause either.
        too_long = delay is not None and self._stall is not None and delay > self._stall
        return None if too_long else delay


def _postpone(scope: anyio.CancelScope, stall: float | None) -> None:
    # Moving a deadline costs as much as sending a piece, so it is moved now and then.
    if stall is not None and (now := anyio.current_time()) > scope.deadline - stall * 0.9:
        scope.deadline = now + stall
