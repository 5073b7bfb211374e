"""
What the package costs a program that starts: `import connectycube` and the first client.

`python -m benchmarks.imports [--quick] [--check] [--json FILE]`

Beside `import aiohttp` and the first `ClientSession`, in fresh interpreters that take turns, by
medians. Nothing may be put off: the first call, which signs in, must import no module.
"""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from statistics import median
from typing import Final

from benchmarks.http_server import running
from benchmarks.report import Options, Report

MOST: Final = 1.25
OURS: Final = "connectycube"
BARE: Final = "aiohttp"
_OPENINGS: Final = {
    OURS: "connectycube.ConnectyCube(21, 'auth-key', auth=connectycube.LoginPassword('me', 'pw'))",
    BARE: "aiohttp.ClientSession()",
}
_TIMED: Final = """
import time
wall, cpu = time.perf_counter(), time.process_time()
import asyncio
import {library}

async def main():
    async with {opening}:
        print(time.perf_counter() - wall, time.process_time() - cpu, len(sys.modules))

import sys
asyncio.run(main())
"""
_FIRST_CALLS: Final = {
    OURS: """
import asyncio, sys
import connectycube

async def main():
    auth = connectycube.LoginPassword("me", "pw")
    async with connectycube.ConnectyCube(21, "k", auth=auth, base_url=sys.argv[1]) as cube:
        before = set(sys.modules)
        await cube.users.get(8881)
        print(*sorted(set(sys.modules) - before))

asyncio.run(main())
""",
    BARE: """
import asyncio, sys
import aiohttp

async def main():
    async with aiohttp.ClientSession() as http:
        before = set(sys.modules)
        async with http.get(sys.argv[1] + "/users/v2?id=8881&limit=1") as response:
            await response.json()
        print(*sorted(set(sys.modules) - before))

asyncio.run(main())
""",
}


def fresh(program: str, *arguments: str) -> list[str]:
    """Run a program in an interpreter of its own, and return the words that it prints."""
    command = [sys.executable, "-c", program, *arguments]
    # What is installed has its bytecode beside it; what is run from a checkout may write none.
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": _bytecode()}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run(  # noqa: S603 - ours
        command, capture_output=True, text=True, check=True, env=environment
    )
    return done.stdout.split()


@cache
def _bytecode() -> str:
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder)
    return folder


def run(report: Report, base_url: str, rounds: int) -> None:
    programs = {
        library: _TIMED.format(library=library, opening=opening)
        for library, opening in _OPENINGS.items()
    }
    for program in programs.values():
        fresh(program)  # the first finds no bytecode
    told: dict[str, list[list[float]]] = {library: [] for library in programs}
    for number in range(rounds):
        for library in list(programs)[:: 1 if number % 2 else -1]:
            told[library].append([float(word) for word in fresh(programs[library])])
    ratio = median(mine[1] / other[1] for mine, other in zip(told[OURS], told[BARE], strict=True))
    for library, rows in told.items():
        wall, cpu, modules = (median(column) for column in zip(*rows, strict=True))
        late = fresh(_FIRST_CALLS[library], base_url)
        report.add(
            library=library,
            **{"wall ms": wall * 1e3, "CPU ms": cpu * 1e3},
            **{"CPU/aiohttp": ratio if library == OURS else 1.0},
            modules=int(modules),
            **{"imported by the first call": late},
        )
        if library == OURS:
            report.bar(f"the first call imports nothing, not {' '.join(late)}", holds=not late)
    report.bar(
        f"the import and the first client take {ratio:.2f} of aiohttp's CPU, at most {MOST} "
        "(goal 1.15)",
        holds=ratio <= MOST,
    )


def main(rounds: int | None = None) -> int:
    report = Report("imports: a program that starts", Options.parse(__doc__ or ""))
    with running() as base_url:
        # By name, since a real call looks one up.
        run(
            report,
            base_url.replace("127.0.0.1", "localhost"),
            rounds or (9 if report.options.quick else 21),
        )
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
