"""Transports that break one promise each, all around a good one."""

import ssl
import zlib
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

import anyio
import anyio.lowlevel

from connectycube.errors import ClosedError, ConnectError, TransportError
from connectycube.http import Headers, Request, Response
from connectycube.transports.httpx2 import Httpx2Transport

TLS: Final = ssl.create_default_context()  # shared: one for each transport takes long to make


class Wrapped:
    """A transport around a good one, to be broken in one place."""

    def __init__(self) -> None:
        self.inner = Httpx2Transport(ssl_context=TLS)

    async def send(self, request: Request, /) -> Response:
        return await self.inner.send(request)

    async def aclose(self) -> None:
        await self.inner.aclose()


class Answer:
    """An answer around a good one."""

    def __init__(self, inner: Response) -> None:
        self.inner = inner

    @property
    def status(self) -> int:
        return self.inner.status

    @property
    def headers(self) -> Mapping[str, str]:
        return self.inner.headers

    async def read(self) -> bytes:
        return await self.inner.read()

    def iter_bytes(self) -> AsyncIterator[bytes]:
        return self.inner.iter_bytes()

    async def aclose(self) -> None:
        await self.inner.aclose()


def changed(request: Request, **parts: Any) -> Request:
    given = {name: getattr(request, name) for name in ("method", "url", "headers", "body", "label")}
    return Request(**{**given, **parts})


class TidiesAddresses(Wrapped):
    async def send(self, request: Request, /) -> Response:
        return await super().send(changed(request, url=request.url.replace("%2C", ",")))


class AsksForGzip(Wrapped):
    async def send(self, request: Request, /) -> Response:
        headers = Headers({**request.headers, "Accept-Encoding": "gzip"})
        return await super().send(changed(request, headers=headers))


class LowersHeaders(Wrapped):
    async def send(self, request: Request, /) -> Response:
        headers = Headers({name.lower(): value for name, value in request.headers.items()})
        return await super().send(changed(request, headers=headers))


class CutsBodies(Wrapped):
    async def send(self, request: Request, /) -> Response:
        body = request.body[:65536] if isinstance(request.body, bytes) else request.body
        return await super().send(changed(request, body=body))


class ReadsABodyOnce(Wrapped):
    """Keeps the iterator of a body, as if it were the body."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: dict[int, AsyncIterator[bytes]] = {}

    async def send(self, request: Request, /) -> Response:
        body = request.body
        if body is None or isinstance(body, bytes):
            return await super().send(request)
        pieces = self.opened.setdefault(id(body), body.open())
        parts = b"".join([piece async for piece in pieces])
        headers = Headers({**request.headers, "Content-Length": str(len(parts))})
        return await super().send(changed(request, body=parts, headers=headers))


class FollowsRedirects(Wrapped):
    async def send(self, request: Request, /) -> Response:
        response = await super().send(request)
        if "Location" not in response.headers:
            return response
        await response.aclose()
        return await super().send(changed(request, url=request.url + "&elsewhere"))


class KeepsCookies(Wrapped):
    cookie = ""

    async def send(self, request: Request, /) -> Response:
        if self.cookie:
            headers = Headers({**request.headers, "Cookie": self.cookie})
            request = changed(request, headers=headers)
        response = await super().send(request)
        self.cookie = response.headers.get("Set-Cookie", "")
        return response


class Repeats(Wrapped):
    async def send(self, request: Request, /) -> Response:
        try:
            return await super().send(request)
        except ConnectError:
            raise
        except TransportError:
            return await super().send(request)


class CallsEverythingUnsent(Wrapped):
    async def send(self, request: Request, /) -> Response:
        try:
            return await super().send(request)
        except TransportError as error:
            raise ConnectError(str(error)) from None


class CallsNothingUnsent(Wrapped):
    async def send(self, request: Request, /) -> Response:
        try:
            return await super().send(request)
        except ConnectError as error:
            raise TransportError(str(error)) from None


class LetsErrorsThrough(Wrapped):
    async def send(self, request: Request, /) -> Response:
        try:
            return await super().send(request)
        except ConnectError:
            raise
        except TransportError as error:
            raise OSError(str(error)) from None


class TellsTheAddress(Wrapped):
    async def send(self, request: Request, /) -> Response:
        try:
            return await super().send(request)
        except ConnectError as error:
            raise ConnectError(f"{error}: {request.url}") from None


class ShowsItsHeaders(Wrapped):
    shown: object = None

    async def send(self, request: Request, /) -> Response:
        self.shown = dict(request.headers)
        return await super().send(request)

    def __repr__(self) -> str:
        return f"<ShowsItsHeaders {self.shown}>"


class Answers(Wrapped):
    """Gives answers of a broken kind."""

    kind: type[Answer] = Answer

    async def send(self, request: Request, /) -> Response:
        return self.kind(await super().send(request))


class Inflates(Answers):
    class kind(Answer):  # noqa: N801 - stands for a value
        async def read(self) -> bytes:
            body = await super().read()
            return zlib.decompress(body) if "Content-Encoding" in self.headers else body


class MindsCase(Answers):
    class kind(Answer):  # noqa: N801 - stands for a value
        @property
        def headers(self) -> Mapping[str, str]:
            return dict(super().headers)


class ForgivesCuts(Answers):
    class kind(Answer):  # noqa: N801 - stands for a value
        async def read(self) -> bytes:
            try:
                return await super().read()
            except TransportError:
                return b""


class HoldsBodiesBack(Answers):
    class kind(Answer):  # noqa: N801 - stands for a value
        async def _all_at_once(self) -> AsyncIterator[bytes]:
            yield await self.read()

        def iter_bytes(self) -> AsyncIterator[bytes]:
            return self._all_at_once()


class ClosesOnce(Answers):
    class kind(Answer):  # noqa: N801 - stands for a value
        closed = False

        async def aclose(self) -> None:
            if self.closed:
                raise RuntimeError("closed already")
            self.closed = True
            await super().aclose()


class LeavesAnswersOpen(Answers):
    class kind(Answer):  # noqa: N801 - stands for a value
        async def aclose(self) -> None:
            await anyio.lowlevel.checkpoint()


class EndsQuietly(Answers):
    class kind(Answer):  # noqa: N801 - stands for a value
        def iter_bytes(self) -> AsyncIterator[bytes]:
            return EndingQuietly(self.inner.iter_bytes())


class EndingQuietly:
    """After a cancelled wait it says that the body is over."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self.chunks = chunks
        self.is_broken = False

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if self.is_broken:
            raise StopAsyncIteration
        try:
            return await anext(self.chunks)
        except anyio.get_cancelled_exc_class():
            self.is_broken = True
            raise


class Reopens(Wrapped):
    async def send(self, request: Request, /) -> Response:
        try:
            return await super().send(request)
        except ClosedError:
            self.inner = Httpx2Transport(ssl_context=TLS)
            return await super().send(request)


class NeverCloses(Wrapped):
    """Says that it is closed, and keeps its connections."""

    closed = False

    async def send(self, request: Request, /) -> Response:
        if self.closed:
            raise ClosedError
        return await super().send(request)

    async def aclose(self) -> None:
        self.closed = True
        await anyio.lowlevel.checkpoint()


class SwallowsCancellation(Wrapped):
    async def send(self, request: Request, /) -> Response:
        try:
            return await super().send(request)
        except anyio.get_cancelled_exc_class():
            raise TransportError("cancelled") from None


class OneAtATime(Wrapped):
    """Waits for each answer's head before it sends the next request."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = anyio.Lock()

    async def send(self, request: Request, /) -> Response:
        async with self.lock:
            return await super().send(request)


class MixesAnswersUp(Wrapped):
    """Hands out in the wrong order the answers that are awaited at the same time."""

    def __init__(self) -> None:
        super().__init__()
        self.awaited = 0
        self.arrived: list[Response] = []

    async def send(self, request: Request, /) -> Response:
        self.awaited += 1
        self.arrived.append(await super().send(request))
        while len(self.arrived) < self.awaited:
            await anyio.lowlevel.checkpoint()
        self.awaited -= 1
        return self.arrived.pop()


class MendsBodies(Wrapped):
    """Pads a body that broke, as if nothing were wrong."""

    async def send(self, request: Request, /) -> Response:
        body = request.body
        if body is None or isinstance(body, bytes):
            return await super().send(request)
        parts = b""
        try:
            async for piece in body.open():
                parts += piece
        except (OSError, KeyError):
            parts = parts.ljust(body.length)
        return await super().send(changed(request, body=parts, url=request.url + "&mended"))
