"""
What every test runs under: both event loops, and the canary.

The canary: a secret in a test (a key, a password, a token) holds the word `canary`. A test fails
where the word shows up in a log, or in anything that an error of ours shows of itself.

Async tests are marked `@pytest.mark.anyio` and run on asyncio and on trio; where asyncio itself is
the subject they are marked `@pytest.mark.asyncio`.
"""

import gc
import logging
import os
import traceback
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest

from connectycube.errors import ConnectyCubeError

CANARY: Final = "canary"
pytest_plugins = ["pytester"]


def pytest_xdist_auto_num_workers() -> int:
    """Let some more tests run at once than there are processors: many of them wait."""
    return (os.cpu_count() or 1) * 3 // 2


def pytest_collection_finish() -> None:
    """Leave what is here for good out of each later search for garbage: many tests make one."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module", params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    backend: str = request.param
    return backend


@pytest.fixture(autouse=True)
def check_canary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """
    Watch for secrets; checked after each test, and whenever a test calls it.

    A check forgets what it has seen, and with it the frames that the errors hold.
    """
    lines: list[str] = []
    errors: list[ConnectyCubeError] = []

    def check() -> None:
        told = [*lines, *(text for error in errors for text in (repr(error), str(error)))]
        told += [_told_by(error) for error in errors]
        lines.clear()
        errors.clear()
        leaks = [text for text in told if CANARY in text.lower()]
        assert not leaks, f"a secret shows up in: {leaks}"

    def record(kind: type[ConnectyCubeError], *args: Any, **_: Any) -> ConnectyCubeError:
        error = super(ConnectyCubeError, kind).__new__(kind, *args)
        errors.append(error)
        return error

    monkeypatch.setattr(ConnectyCubeError, "__new__", record)
    handler = _Lines(lines)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield check
    root.setLevel(level)
    root.removeHandler(handler)
    check()


class _Lines(logging.Handler):
    """Formats each record at once, as a log would."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__()
        self._lines = lines
        self.setFormatter(_Formatter("%(name)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(self.format(record))


class _Formatter(logging.Formatter):
    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's own name
        return _told_by(ei[1])


def _told_by(error: BaseException | None) -> str:
    """Format an error, its notes and its causes, without source lines: ours hold the secrets."""
    if error is None:
        return ""
    top = traceback.TracebackException.from_exception(error)
    pending = [top]
    while pending:
        told = pending.pop()
        told.stack.clear()
        pending += told.exceptions or []
        pending += [other for other in (told.__cause__, told.__context__) if other is not None]
    return "".join(top.format())
