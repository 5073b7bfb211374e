"""How the snippets of a page are run, each in a process of its own."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NoReturn

import pytest

from .pages import Block, Page
from .session import MARK

_STRICT: Final = (sys.executable, "-W", "error")
_HERE: Final = Path(__file__).parent
# What stands in commands, and is some free port here.
PORT: Final = "8787"
CALL: Final = """

import anyio
from connectycube import LoginPassword
from connectycube.testing import EmulatorTransport


async def called() -> None:
    mara, url = LoginPassword("mara", "long-enough-1"), "http://localhost"
    transport = EmulatorTransport()
    key = transport.service.auth_key
    async with ConnectyCube(21, key, auth=mara, base_url=url, transport=transport) as cube:
        await {name}(cube)
    assert transport.service.requests


anyio.run(called)
"""


def cannot_run(reason: str) -> NoReturn:
    """Skip at a desk that lacks something; CI lacks nothing, so there it is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def complete(block: Block) -> str:
    """Return a program that calls what it defines, where nobody else does."""
    if "anyio.run(" in block.code or block.takes_a_client is None:
        return block.code
    return block.code + CALL.format(name=block.takes_a_client)


def lay_out(page: Page, folder: Path) -> None:
    """Write the files of a page, by their titles."""
    for block in page.blocks:
        if block.title is not None:
            path = folder / block.title
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.code, encoding="utf-8")


def run_program(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    script = folder / "pasted.py"
    script.write_text(code, encoding="utf-8")
    return _run([*_STRICT, script.name], folder)


def play_session(steps: Sequence[Block], folder: Path) -> tuple[list[list[str]], str]:
    """Play the steps of a page, and return what each printed, and what went wrong."""
    told = [{"code": step.padded, "page": str(step.page)} for step in steps]
    script = folder / "session.json"
    script.write_text(json.dumps(told), encoding="utf-8")
    done = _run([*_STRICT, str(_HERE / "session.py"), script.name], folder)
    parts = done.stdout.split(f"{MARK}\n")
    trouble = done.stderr or ("" if done.returncode == 0 else f"status {done.returncode}")
    return [part.splitlines() for part in parts[:-1]], trouble


def run_tests(block: Block, folder: Path) -> subprocess.CompletedProcess[str]:
    """Let pytest run a file that a reader made of the block, with no settings but one."""
    name = block.title or "test_pasted.py"
    (folder / name).write_text(block.code, encoding="utf-8")
    if not (folder / "pyproject.toml").exists():
        # It looks no further for settings; without this one pytest-asyncio itself warns.
        told = "[pytest]\nasyncio_default_fixture_loop_scope = function\n"
        (folder / "pytest.ini").write_text(told, encoding="utf-8")
    options = ["-q", "-W", "error", "-p", "no:cacheprovider"]
    return _run([sys.executable, "-m", "pytest", *options, name], folder)


@contextmanager
def commands(folder: Path) -> Iterator["Commands"]:
    shell = shutil.which("bash")
    if shell is None or shutil.which("curl") is None:
        cannot_run("the commands of the documentation need bash and curl")
    place = Commands(shell, folder)
    try:
        yield place
    finally:
        place.stop()


class Commands:
    """The terminals of a page: commands run in order, and servers beside them."""

    def __init__(self, shell: str, folder: Path) -> None:
        self._shell = shell
        self._folder = folder
        self._servers: list[subprocess.Popen[str]] = []
        self._port = PORT
        # What a reader has who made a virtual environment, activated it, and set nothing else up.
        known = {name: value for name, value in os.environ.items() if "CONNECTYCUBE" not in name}
        scripts = Path(sys.executable).parent
        places = {name: str(folder / "home") for name in ("HOME", "XDG_CONFIG_HOME")}
        places["XDG_STATE_HOME"] = places["HOME"]
        path = f"{scripts}{os.pathsep}{os.environ['PATH']}"
        self._env = {**known, **places, "PATH": path}
        (folder / "home").mkdir()
        # What one block exports the next one knows.
        self._exports = folder / "home" / "exports"
        self._exports.touch()

    def run(self, block: Block) -> subprocess.CompletedProcess[str]:
        """Run a block; a server is started, and gives its words up to where it waits."""
        if block.code.lstrip().startswith("connectycube emulator"):
            return self._serve(block)
        keep = shlex.quote(str(self._exports))
        code = f". {keep}\n{block.code.replace(PORT, self._port)}export -p > {keep}\n"
        return _run([self._shell, "-euo", "pipefail", "-c", code], self._folder, self._env)

    def stop(self) -> None:
        for server in self._servers:
            server.terminate()
            server.communicate(timeout=30)

    def _serve(self, block: Block) -> subprocess.CompletedProcess[str]:
        [line] = block.code.strip().splitlines()
        free = line.replace(f"--port {PORT}", "--port 0") if PORT in line else f"{line} --port 0"
        server = subprocess.Popen(
            [self._shell, "-c", f"exec {free}"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=self._folder,
            env=self._env,
        )
        self._servers.append(server)
        assert server.stdout is not None
        told = ""
        while "Ctrl-C" not in told:
            line = server.stdout.readline()
            assert line, f"{block.place}: the server ended, saying {told}"
            told += line
        [self._port] = re.findall(r"emulator on http://127\.0\.0\.1:(\d+)", told)
        return subprocess.CompletedProcess(free, 0, told, "")


def type_check(
    pages: Sequence[Page], folder: Path, cache: Path
) -> subprocess.CompletedProcess[str]:
    """Let mypy read everything that is Python, with each line where it is in its page."""
    for page in pages:
        stem = re.sub(r"\W", "_", page.name.removesuffix(".md"))
        for block in page.blocks:
            if block.kind in {"program", "test", "file"}:
                path = folder / (block.title or f"{stem}_{block.line}.py")
                assert not path.exists(), f"{block.place}: another page has such a file"
                # Fixtures come without their types, as in most tests that people write.
                note = "# mypy: allow-untyped-defs" if block.kind == "test" else ""
                path.write_text(note + block.padded, encoding="utf-8")
        if steps := page.of_kind("session"):
            (folder / f"{stem}.py").write_text(_as_function(steps), encoding="utf-8")
    options = ["--strict", "--config-file=", f"--cache-dir={cache}"]
    command = [sys.executable, "-m", "mypy", *options, *sorted(map(str, folder.glob("*.py")))]
    return _run(command, folder, timeout=400)


def _as_function(steps: Sequence[Block]) -> str:
    """Put the steps into one function, for a checker that knows no prompt."""
    lines = ["async def session() -> None:"]
    for step in steps:
        lines += [""] * (step.line - 1 - len(lines))
        lines += [f"    {line}" if line else "" for line in step.code.splitlines()]
    return "\n".join(lines) + "\n"


def _run(
    command: Sequence[str],
    folder: Path,
    env: dict[str, str] | None = None,
    timeout: float = 120,
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        cwd=folder,
        env=env,
    )
