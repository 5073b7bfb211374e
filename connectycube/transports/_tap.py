"""What a transport around a transport listens with: bodies are heard as they pass, unchanged."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from typing import Protocol, Self

import attrs

from connectycube.http import Body, CallObserver, Response, Transport


class Listener(Protocol):
    """Hears one body; nothing more comes after it ended."""

    def feed(self, data: bytes, /) -> None:
        """Hear the next bytes."""
        ...

    def end(self, error: Exception | None, /) -> None:
        """Hear that the body is whole, or what cut it. One that nobody reads has no end."""
        ...


def observer_of(transport: Transport) -> CallObserver | None:
    """Return who watches the calls of a transport, for whoever stands around it to hand on."""
    return getattr(transport, "observer", None)


@attrs.frozen(eq=False)
class TappedBody:
    """A request's body that is heard as it is sent, each time by a listener of its own."""

    _body: Body = attrs.field(repr=False)
    _new_listener: Callable[[], Listener] = attrs.field(repr=False)

    @property
    def length(self) -> int:
        return self._body.length

    def open(self) -> AsyncIterator[bytes]:
        return _tapped(self._body.open(), self._new_listener())


class TappedResponse:
    """An open answer whose body a listener hears while somebody reads it."""

    def __init__(self, response: Response, listener: Listener) -> None:
        self._response = response
        self._listener = listener
        self._was_read = False

    @property
    def status(self) -> int:
        return self._response.status

    @property
    def headers(self) -> Mapping[str, str]:
        return self._response.headers

    async def read(self) -> bytes:
        try:
            body = await self._response.read()
        except Exception as error:
            self._listener.end(error)
            raise
        if not self._was_read:  # a body may be asked for again
            self._was_read = True
            self._listener.feed(body)
            self._listener.end(None)
        return body

    def iter_bytes(self) -> AsyncIterator[bytes]:
        return _tapped(self._response.iter_bytes(), self._listener)

    async def aclose(self) -> None:
        await self._response.aclose()


def _tapped(chunks: AsyncIterator[bytes], listener: Listener) -> AsyncIterator[bytes]:
    tap = _Tap(chunks, listener)
    # A generator ends with the first cancelled wait, and whoever reads must see that it is one.
    return _generated(chunks, tap) if isinstance(chunks, AsyncGenerator) else tap


async def _generated(
    chunks: AsyncGenerator[bytes, None], tap: AsyncIterator[bytes]
) -> AsyncGenerator[bytes, None]:
    try:
        async for chunk in tap:
            yield chunk
    finally:
        await chunks.aclose()


class _Tap:
    """Chunks as they come; a cancelled wait for one is no end."""

    def __init__(self, chunks: AsyncIterator[bytes], listener: Listener) -> None:
        self._chunks = chunks
        self._listener = listener

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        try:
            chunk = await anext(self._chunks)
        except StopAsyncIteration:
            self._listener.end(None)
            raise
        except Exception as error:
            self._listener.end(error)
            raise
        self._listener.feed(chunk)
        return chunk
