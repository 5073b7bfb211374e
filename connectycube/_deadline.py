"""Our own time limits, told apart from a cancellation outside."""

import math
from types import TracebackType

import anyio

from connectycube.errors import RequestTimeoutError


class Deadline:
    """
    Bounds everything in its `with` block, and tells our own limit from a cancellation outside.

    Raises:
        RequestTimeoutError: the time was up.
    """

    __slots__ = ("_label", "_scope", "_timeout")

    def __init__(self, label: str, timeout: float | None) -> None:
        self._label = label
        self._timeout = math.inf if timeout is None else timeout

    def __enter__(self) -> None:
        self._scope = anyio.CancelScope(deadline=anyio.current_time() + self._timeout)
        self._scope.__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._scope.__exit__(kind, error, traceback)
        if self._scope.cancelled_caught:
            message = f"{self._label}: not done within {self._timeout:g} s"
            raise RequestTimeoutError(message) from None
