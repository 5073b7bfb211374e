"""What is tested runs for the time of a block, and what fails comes out as it is."""

from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Self

import anyio


class Running:
    """
    Runs something from when it is ready until the block is left, and cancels it then.

    What the block raises comes out of it as it is, in no group; so does what was run, where that
    fails first.
    """

    def __init__(self, run: Callable[..., Coroutine[Any, Any, object]]) -> None:
        self._run = run
        self._tasks = anyio.create_task_group()

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        try:
            await self._tasks.start(self._run)
        except BaseException as error:
            if not await self.__aexit__(type(error), error, error.__traceback__):
                raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        __tracebackhide__ = True
        self._tasks.cancel_scope.cancel()
        try:
            return await self._tasks.__aexit__(kind, error, traceback)
        except BaseExceptionGroup as group:
            cause, *others = group.exceptions
            if others:
                raise
        if cause is error:
            return False
        raise cause
