"""Cancelled at any await that there is: nobody else suffers, and nothing stays behind."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import anyio
import anyio.lowlevel
import attrs
import pytest
import sniffio
import trio

from connectycube import Blob, ConnectyCube
from connectycube.http import Request, Response

from .stage import MAR, SIGN_IN, Hook, Task, Together, begin, rename
from .storage_stage import REMOVE, WHOLE, Files, Pieces, WatchedLine

pytestmark = pytest.mark.anyio

# Nothing here takes as many awaits, or as many seconds of the virtual clock.
_ENDLESS: Final = 1000
_TOO_LONG: Final = 300.0
Call = Callable[[], Awaitable[object]]


class Steps(trio.abc.Instrument):
    """Counts the awaits of all tasks, and cancels a scope at one of them."""

    def __init__(self, at: int, scope: anyio.CancelScope) -> None:
        self._at = at
        self._scope = scope
        self.taken = 0

    def after_task_step(self, task: object) -> None:  # noqa: ARG002 - trio's own form
        """Be told by trio that a task waits, or is over."""
        self.taken += 1
        if self.taken == self._at:
            self._scope.cancel()

    @contextmanager
    def counted(self) -> Generator[None]:
        """Count the awaits of all tasks that begin in here; on trio those of older ones too."""
        if sniffio.current_async_library() == "trio":
            trio.lowlevel.add_instrument(self)
            yield
            trio.lowlevel.remove_instrument(self)
            return
        loop = asyncio.get_running_loop()
        loop.set_task_factory(self._task)
        yield
        loop.set_task_factory(None)

    def _task(
        self, loop: asyncio.AbstractEventLoop, coro: Any, **options: Any
    ) -> "asyncio.Task[Any]":
        return asyncio.Task(self._stepping(coro), loop=loop, **options)

    async def _stepping(self, coro: Coroutine[Any, Any, Any]) -> object:
        return await _Stepping(coro, self)


class _Stepping:
    """A coroutine that is taken from one of its awaits to the next."""

    def __init__(self, coro: Coroutine[Any, Any, Any], steps: Steps) -> None:
        self._coro = coro
        self._steps = steps

    def __await__(self) -> Generator[Any, Any, object]:
        sent: Any = None
        error: BaseException | None = None
        while True:
            try:
                awaited = self._coro.send(sent) if error is None else self._coro.throw(error)
            except StopIteration as end:
                return end.value
            self._steps.after_task_step(self)
            sent = error = None
            try:
                sent = yield awaited
            except BaseException as thrown:  # noqa: BLE001 - it belongs to the coroutine
                error = thrown


class HardToClose:
    """An answer that is free when it was read to its end, or when its closing may take a moment."""

    def __init__(self, answer: Response) -> None:
        self._answer = answer
        self._is_read = False

    @property
    def status(self) -> int:
        return self._answer.status

    @property
    def headers(self) -> Mapping[str, str]:
        return self._answer.headers

    async def read(self) -> bytes:
        body = await self._answer.read()
        self._is_read = True
        return body

    async def iter_bytes(self) -> AsyncIterator[bytes]:
        async for chunk in self._answer.iter_bytes():
            yield chunk
        self._is_read = True

    async def aclose(self) -> None:
        if not self._is_read:
            await anyio.lowlevel.checkpoint()
        await self._answer.aclose()


class Line(WatchedLine):
    """A line whose connections are lost where closing them is broken off."""

    async def send(self, request: Request, /) -> Response:
        return HardToClose(await super().send(request))


def a_line() -> Files:
    files = Files()
    files.line = Line(files.stage)
    return files


@attrs.frozen(kw_only=True)
class Scene:
    """
    A client, a call of it that is cancelled, and one beside it that is not.

    Attributes:
        sign_ins: how often the client may have signed in when all is over.
        may_lose: a session may be made that nobody hears of, and which dies of age.
    """

    files: Files
    cube: ConnectyCube
    call: Call
    other: Call
    sign_ins: int = 0
    may_lose: bool = False


async def sign_in() -> Scene:
    files = a_line()
    cube = files.client()
    return Scene(
        files=files,
        cube=cube,
        call=cube.create_session,
        other=rename(cube, "Other"),
        sign_ins=2,
        may_lose=True,
    )


async def first_session() -> Scene:
    files = a_line()
    cube = files.client()
    return Scene(
        files=files,
        cube=cube,
        call=rename(cube, "Call"),
        other=rename(cube, "Other"),
        sign_ins=1,
    )


async def call() -> Scene:
    files = a_line()
    cube, _ = await files.signed_in()
    return Scene(files=files, cube=cube, call=rename(cube, "Call"), other=rename(cube, "Other"))


async def renewal() -> Scene:
    scene = await call()
    scene.files.stage.expire()
    return attrs.evolve(scene, sign_ins=1)


async def slow_renewal() -> Scene:
    """Slower than the grace of a cancelled worker, so that the other call starts afresh."""
    scene = await renewal()
    scene.files.stage.line.delay(SIGN_IN, 3.0)
    return attrs.evolve(scene, sign_ins=2, may_lose=True)


async def renewal_by_hook() -> Scene:
    files = a_line()
    hook = Hook(lambda expired: expired.renew())
    cube, _ = await files.signed_in(MAR, on_session_expired=hook)
    files.stage.expire()
    return Scene(
        files=files,
        cube=cube,
        call=rename(cube, "Call"),
        other=rename(cube, "Other"),
        sign_ins=1,
    )


async def upload() -> Scene:
    files = a_line()
    cube, _ = await files.signed_in()
    return Scene(
        files=files,
        cube=cube,
        call=lambda: cube.storage.upload(Pieces(b"123", b"456"), size=6),
        other=lambda: cube.storage.upload(Pieces(b"78", b"90"), size=4),
    )


async def slow_upload() -> Scene:
    scene = await upload()
    for label in (*WHOLE, REMOVE):
        scene.files.stage.line.delay(label, 0.3)
    return scene


async def upload_with_renewal() -> Scene:
    scene = await upload()
    scene.files.stage.expire()
    return attrs.evolve(scene, sign_ins=1)


async def download() -> Scene:
    files = a_line()
    cube, uid = await files.uploaded()
    return Scene(
        files=files,
        cube=cube,
        call=lambda: cube.storage.download(uid),
        other=lambda: cube.storage.download(uid),
    )


async def download_with_renewal() -> Scene:
    scene = await download()
    scene.files.stage.expire()
    return attrs.evolve(scene, sign_ins=1)


async def play(scene: Scene, at: int, *, is_first: bool) -> tuple[Task, Task, int]:
    """Run both calls at once, one of them cancelled at an await; return them and all awaits."""
    task = Task(scene.call)
    steps = Steps(at, task.scope)
    with anyio.fail_after(_TOO_LONG):
        async with Together() as group:
            with steps.counted():
                if is_first:
                    group.start_soon(task.run)
                other = begin(group, scene.other)
                if not is_first:
                    group.start_soon(task.run)
                await task.done.wait()
                await other.done.wait()
    return task, other, steps.taken


async def check(scene: Scene, task: Task, other: Task, kept: int) -> None:
    """Look for what may have stayed behind, or got lost."""
    files, cube, stage = scene.files, scene.cube, scene.files.stage
    files.check()
    assert [None, None] == [task.error, other.error]
    assert other.value is not None
    assert (task.value is None) == task.scope.cancelled_caught

    uploaded = [one.value for one in (task, other) if isinstance(one.value, Blob)]
    assert kept + len(uploaded) == len(files.records) == len(files.stored)

    assert "After" == (await cube.users.update(full_name="After")).full_name
    assert cube.session is not None
    assert cube.session.token in stage.live_tokens
    assert stage.service.world.users[0].id == cube.session.user_id
    assert scene.sign_ins >= stage.count(SIGN_IN)
    if not scene.may_lose:
        assert [cube.session.token] == stage.live_tokens


@pytest.mark.parametrize("is_first", [True, False], ids=["before the other", "after the other"])
@pytest.mark.parametrize(
    "make",
    [
        sign_in,
        first_session,
        call,
        renewal,
        slow_renewal,
        renewal_by_hook,
        upload,
        slow_upload,
        upload_with_renewal,
        download,
        download_with_renewal,
    ],
    ids=lambda make: make.__name__,
)
async def test_a_call_cancelled_at_any_await_concerns_itself_alone(
    make: Callable[[], Awaitable[Scene]], *, is_first: bool
) -> None:
    """The call beside it ends well, the session is right, and nothing is left open or behind."""
    cancelled = 0
    for at in range(1, _ENDLESS):
        scene = await make()
        kept = len(scene.files.records)
        tasks = {one.id for one in anyio.get_running_tasks()}
        try:
            task, other, awaits = await play(scene, at, is_first=is_first)
            await check(scene, task, other, kept)
            assert tasks == {one.id for one in anyio.get_running_tasks()}
        except BaseException as error:
            error.add_note(f"cancelled at await {at}")
            raise
        cancelled += task.scope.cancelled_caught
        if awaits < at:
            break
    else:
        pytest.fail("it never came to an end")

    assert None is not task.value
    assert cancelled > 5
