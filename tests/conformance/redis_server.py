"""A Redis server for one test run, on a socket in a folder of its own."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NoReturn

import pytest

_STARTS_WITHIN: Final = 30.0


@contextmanager
def redis_server() -> Iterator[str]:
    """Start a server that keeps nothing on disk; gives its URL."""
    found = shutil.which("redis-server")
    if found is None:
        _cannot_run("the store in Redis needs a `redis-server`, and there is none here")
    # Not in pytest's folder: the path of a socket must be short.
    with tempfile.TemporaryDirectory(prefix="redis") as folder:
        socket = Path(folder, "redis.sock")
        command = [found, "--port", "0", "--unixsocket", f"{socket}", "--dir", folder, "--save", ""]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
            try:
                _wait_for(socket, server)
                yield f"unix://{socket}"
            finally:
                server.terminate()


def _wait_for(socket: Path, server: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + _STARTS_WITHIN
    while not socket.exists():
        if server.poll() is not None or time.monotonic() > give_up:
            _cannot_run("redis-server does not start here")
        time.sleep(0.01)


def _cannot_run(reason: str) -> NoReturn:
    """Skip at a desk that lacks something; CI lacks nothing, so there it is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
