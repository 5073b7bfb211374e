"""`check_transport` names the promise that a transport breaks."""

import zlib
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

import anyio
import anyio.lowlevel
import pytest

from connectycube.errors import ClosedError, ConnectError, TransportError
from connectycube.http import Headers, Request, Response
from connectycube.testing import check_transport
from connectycube.transports.httpx2 import Httpx2Transport

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"  # `check_transport` itself is tried on each


@pytest.fixture(autouse=True)
def check_canary() -> None:
    """Let be shown here what is shown on purpose."""


class Wrapped:
    """A transport around a good one, to be broken in one place."""

    def __init__(self) -> None:
        self.inner = Httpx2Transport()

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
            self.inner = Httpx2Transport()
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
    last: Response | None = None

    async def send(self, request: Request, /) -> Response:
        response = await super().send(request)
        earlier, self.last = self.last, response
        return earlier or response


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


CASES: Final = [
    (TidiesAddresses, "method, path and query go out as given"),
    (AsksForGzip, "no header is added"),
    (LowersHeaders, "each header goes out once, spelled as given"),
    (CutsBodies, "a body of bytes goes out whole"),
    (ReadsABodyOnce, "a Body goes out whole, from its start each time"),
    (FollowsRedirects, "a redirect is an answer, and not followed"),
    (KeepsCookies, "cookies are not kept"),
    (Repeats, "nothing is repeated"),
    (CallsEverythingUnsent, "a TransportError and no ConnectError"),
    (CallsNothingUnsent, "a refused connection is a ConnectError"),
    (LetsErrorsThrough, "a TransportError and no ConnectError: it was OSError"),
    (TellsTheAddress, "no repr and no error, nor its cause, shows"),
    (ShowsItsHeaders, "no repr and no error, nor its cause, shows"),
    (Inflates, "bodies come as they were on the line"),
    (MindsCase, "headers are found in any case"),
    (ForgivesCuts, "a cut body never passes for a whole one"),
    (HoldsBodiesBack, "a body comes in chunks as they arrive"),
    (ClosesOnce, "an answer may be closed twice"),
    (EndsQuietly, "after a cancelled wait the body goes on without a gap"),
    (Reopens, "send() after aclose() is a ClosedError"),
    (SwallowsCancellation, "cancel"),
    (MendsBodies, "a Body that raises ends its request"),
    (MixesAnswersUp, ""),
    (OneAtATime, "requests to one origin go out at once"),
]


@pytest.mark.parametrize(("kind", "promise"), CASES)
async def test_a_broken_promise_is_named(kind: type[Wrapped], promise: str) -> None:
    """Each way to break a transport is found, and told as what was promised."""
    with pytest.raises(AssertionError, match=r"^broken promise: ") as caught:
        await check_transport(kind)

    assert promise in str(caught.value)


@pytest.mark.parametrize("kind", [NeverCloses, LeavesAnswersOpen])
async def test_a_leak_is_found(kind: type[Wrapped]) -> None:
    made: list[Wrapped] = []

    def make() -> Wrapped:
        made.append(kind())
        return made[-1]

    with pytest.raises(AssertionError, match=r"^broken promise: "):
        await check_transport(make)
    for one in made:
        await one.inner.aclose()


async def test_a_good_wrapper_keeps_every_promise() -> None:
    """What the broken ones stand on is whole."""
    await check_transport(Wrapped)
