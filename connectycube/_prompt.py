"""Blocking calls that are mostly too short for a thread."""

from collections.abc import Callable
from time import perf_counter
from typing import Final, TypeVar, TypeVarTuple

from anyio import to_thread

T = TypeVar("T")
Arguments = TypeVarTuple("Arguments")

# Asking a thread costs about as much as moving a megabyte that the system has in memory.
_PROMPT: Final = 0.005


class Promptly:
    """
    Makes blocking calls here as long as they are short, and in a thread once one was not.

    A file that the system has in memory, or a disk that takes what it is given, answers within a
    millisecond; waking a thread for that halves the speed of a transfer. The first call that takes
    longer than a few milliseconds is the last one made here.
    """

    def __init__(self) -> None:
        self.is_slow = False

    async def call(self, function: Callable[[*Arguments], T], *arguments: *Arguments) -> T:
        if self.is_slow:
            return await to_thread.run_sync(function, *arguments)
        began = perf_counter()
        try:
            return function(*arguments)
        finally:
            self.is_slow = perf_counter() - began > _PROMPT
