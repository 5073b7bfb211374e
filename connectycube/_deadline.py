"""Our own time limits, told apart from a cancellation outside."""

import math
from collections.abc import Callable
from types import TracebackType

import anyio

from connectycube.errors import RequestTimeoutError


class Deadline:
    """
    Bounds a whole call from its making on, and tells our own limit from a cancellation outside.

    It holds for what runs in its `with` blocks, however many, and for whoever looks at `until`.

    Raises:
        RequestTimeoutError: the time was up.
    """

    __slots__ = ("_label", "_scope", "_timeout", "until")

    def __init__(
        self, label: str, timeout: float | None, now: Callable[[], float] = anyio.current_time
    ) -> None:
        self._label = label
        self._timeout = timeout
        self.until: float = math.inf if timeout is None else now() + timeout

    def error(self) -> RequestTimeoutError:
        return RequestTimeoutError(f"{self._label}: not done within {self._timeout:g} s")

    def __enter__(self) -> None:
        self._scope = anyio.CancelScope(deadline=self.until)
        self._scope.__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._scope.__exit__(kind, error, traceback)
        if self._scope.cancelled_caught:
            raise self.error() from None
