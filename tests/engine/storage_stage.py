"""What tests of files play on: a stage with an object store, and a line that misses nothing."""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Final, Unpack

import anyio.lowlevel
import pytest

from connectycube import ConnectyCube, NoRetry, Session
from connectycube.auth.strategy import AuthStrategy
from connectycube.emulator import RecordedRequest, Service
from connectycube.emulator.records import File
from connectycube.http import Request, Response

from .stage import AUTH_KEY, MAR, More, Stage

STORE: Final = "https://store.example"
CREATE: Final = "POST /blobs"
CONTENT: Final = "POST (object store)"
COMPLETE: Final = "PUT /blobs/{blob_id}/complete"
REMOVE: Final = "DELETE /blobs/{blob_id}"
DOWNLOAD: Final = "GET /blobs/{uid}/download"
FETCH: Final = "GET (object store)"
WHOLE: Final = [CREATE, CONTENT, COMPLETE]
# Files are read in threads, which a clock that jumps would outrun.
REAL_TIME: Final = [
    pytest.mark.anyio,
    pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"]),
]


class WatchedLine:
    """A transport around the stage's, which counts open answers and tells of every moment."""

    def __init__(self, stage: Stage) -> None:
        self._line = stage.line
        self.open_answers = 0
        self.moment: Callable[[str], None] = lambda _: None

    async def send(self, request: Request, /) -> Response:
        self.moment(f"{request.label}: sending")
        await anyio.lowlevel.checkpoint()
        answer = await self._line.send(request)
        self.open_answers += 1
        self.moment(f"{request.label}: answered")
        return WatchedAnswer(answer, request.label, self)

    async def aclose(self) -> None:
        await self._line.aclose()


class WatchedAnswer:
    """An answer that is counted until it is closed; reading and closing are checkpoints."""

    def __init__(self, answer: Response, label: str, line: WatchedLine) -> None:
        self._answer = answer
        self._label = label
        self._line = line
        self._closed = False

    @property
    def status(self) -> int:
        return self._answer.status

    @property
    def headers(self) -> Mapping[str, str]:
        return self._answer.headers

    async def read(self) -> bytes:
        body = await self._answer.read()
        self._line.moment(f"{self._label}: read")
        return body

    async def iter_bytes(self) -> AsyncIterator[bytes]:
        async for chunk in self._answer.iter_bytes():
            yield chunk
        self._line.moment(f"{self._label}: read")

    async def aclose(self) -> None:
        if not self._closed:
            self._closed = True
            self._line.open_answers -= 1
        await anyio.lowlevel.checkpoint()
        await self._answer.aclose()


class Files:
    """A stage for files, with an object store behind `https`."""

    def __init__(self) -> None:
        self.stage = Stage()
        self.service.store_url = STORE
        self.line = WatchedLine(self.stage)

    @property
    def service(self) -> Service:
        return self.stage.service

    def client(self, auth: AuthStrategy = MAR, /, **options: Unpack[More]) -> ConnectyCube:
        chosen: More = {"retry": NoRetry(), **options}
        clock = self.stage.clock.clock
        return ConnectyCube(21, AUTH_KEY, auth=auth, transport=self.line, clock=clock, **chosen)

    async def signed_in(
        self, auth: AuthStrategy = MAR, /, **options: Unpack[More]
    ) -> tuple[ConnectyCube, Session]:
        """Return a client with its session; nothing is counted yet."""
        cube = self.client(auth, **options)
        session = await cube.create_session()
        self.stage.line.sent.clear()
        return cube, session

    async def uploaded(
        self, content: bytes = b"content", **options: Unpack[More]
    ) -> tuple[ConnectyCube, str]:
        """Return a client and the uid of a private file; nothing is counted yet."""
        cube, _ = await self.signed_in(**options)
        blob = await cube.storage.upload(Pieces(content), size=len(content), name="a.bin")
        self.stage.line.sent.clear()
        return cube, blob.uid

    @property
    def steps(self) -> list[str]:
        """Return the labels of what was sent."""
        return self.stage.labels

    @property
    def records(self) -> list[File]:
        return list(self.service.world.files)

    @property
    def stored(self) -> list[bytes]:
        """Return the contents that the store holds."""
        return [one.content for one in self.service.world.store.objects.values()]

    @property
    def at_store(self) -> list[RecordedRequest]:
        return self.service.store_requests

    def check(self) -> None:
        """Nothing of the session reached the store, and no answer was left open."""
        ours = [
            name for one in self.at_store for name in one.headers if name.lower().startswith("cb-")
        ]
        assert [] == ours
        assert 0 == self.line.open_answers


class Pieces:
    """An async iterable that can be read again and again."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = pieces
        self.readings = 0

    def __aiter__(self) -> AsyncIterator[bytes]:
        self.readings += 1
        return OneReading(list(self.pieces))


class OneReading:
    """An async iterator: once read, it is over. An exception among its pieces is raised."""

    def __init__(self, pieces: list[Any]) -> None:
        self._pieces = pieces
        self.taken = 0

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        await anyio.lowlevel.checkpoint()
        if self.taken == len(self._pieces):
            raise StopAsyncIteration
        piece = self._pieces[self.taken]
        self.taken += 1
        if isinstance(piece, Exception):
            raise piece
        assert isinstance(piece, bytes)
        return piece


class FailingPieces(Pieces):
    """The same, which raises after its pieces each time it is read."""

    def __init__(self, error: Exception, *pieces: bytes) -> None:
        super().__init__(*pieces)
        self.error = error

    def __aiter__(self) -> AsyncIterator[bytes]:
        self.readings += 1
        return OneReading([*self.pieces, self.error])
