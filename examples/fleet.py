"""
Eight processes on one store: they sign in once, and when the session expires, once more.

Run it as it stands: it starts `connectycube emulator` as a process of its own, and the store is a
folder. With `--redis URL`, or `REDIS_URL` in the environment, the store is a Redis server; a URL
with a password belongs in the environment, since anybody on a machine sees its commands.
"""

import argparse
import json
import multiprocessing
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager, closing, contextmanager
from http.client import HTTPConnection
from multiprocessing.connection import Connection
from typing import Any
from urllib.parse import unquote, urlsplit

import anyio
from anyio import to_thread

import connectycube
from connectycube import ConnectyCube, FileStore, LoginPassword, SessionStore

PROCESSES = 8
CALLS = 5


async def work(line: Connection, base_url: str, place: str) -> None:
    """Be one of the fleet: at each word make calls, and tell where the session came from."""
    mara = LoginPassword("mara", "long-enough-1")
    async with (
        store_at(place) as store,
        ConnectyCube(21, "emulator-auth-key", auth=mara, base_url=base_url, store=store) as cube,
    ):
        happened: list[str] = []
        cube.on_session(lambda event: happened.append(event.kind))
        line.send("ready")
        while await to_thread.run_sync(line.recv) == "call":
            async with anyio.create_task_group() as calls:
                for _ in range(CALLS):
                    calls.start_soon(cube.users.get_by_login, "mara")
            line.send(happened[-1])
        await cube.destroy_session()  # leaves nothing in the store


@asynccontextmanager
async def store_at(place: str) -> AsyncIterator[SessionStore]:
    if "://" in place:
        # Loaded here, so that a folder does without the extra `redis`.
        async with aclosing(connectycube.RedisStore.from_url(place)) as store:
            yield store
    else:
        yield FileStore(place)


def run_worker(line: Connection, base_url: str, place: str) -> None:
    anyio.run(work, line, base_url, place)


@contextmanager
def fleet(base_url: str, place: str) -> Iterator[list[Connection]]:
    """Start the processes, and give a line to each."""
    spawning = multiprocessing.get_context("spawn")
    lines: list[Connection] = []
    processes = []
    for _ in range(PROCESSES):
        ours, theirs = spawning.Pipe()
        process = spawning.Process(target=run_worker, args=(theirs, base_url, place), daemon=True)
        process.start()
        theirs.close()  # so that the line ends where the process does
        lines.append(ours)  # pyright: ignore[reportArgumentType] - Windows has a like class
        processes.append(process)
    for line in lines:
        line.recv()  # ready, so that all begin at once
    yield lines
    for line in lines:
        line.send("end")
    for process in processes:
        process.join()


@contextmanager
def emulator() -> Iterator[str]:
    """Serve the emulator from another process, and give its address."""
    command = [sys.executable, "-m", "connectycube", "emulator", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            told = process.stdout.readline() if process.stdout else ""
            yield re.findall(r"http://\S+", told)[0]
        finally:
            process.terminate()


def control(base_url: str, method: str, what: str, **members: float) -> Any:
    """Ask the emulator itself, beside the service that it plays."""
    with closing(HTTPConnection(urlsplit(base_url).netloc)) as http:
        http.request(method, f"/_emulator/{what}", json.dumps(members) if members else None)
        return json.load(http.getresponse())


def logins(base_url: str) -> int:
    seen = control(base_url, "GET", "requests")
    return sum((one["method"], one["path"]) == ("POST", "/session") for one in seen)


def one_login(when: str, lines: Sequence[Connection], base_url: str) -> bool:
    """Let all call at once, say who signed in, and whether that was one process, once."""
    before = logins(base_url)
    for line in lines:
        line.send("call")
    sources = [line.recv() for line in lines]
    made = logins(base_url) - before
    who = [number for number, source in enumerate(sources, 1) if source != "restored"]
    print(f"{when}: process {', '.join(map(str, who))} of {len(lines)} signed in, logins: {made}")
    return made == len(who) == 1


def main(redis: str | None) -> int:
    with (
        emulator() as base_url,
        tempfile.TemporaryDirectory() as folder,
        fleet(base_url, redis or folder) as lines,
    ):
        first = one_login("first calls    ", lines, base_url)
        control(base_url, "POST", "clock", advance=3 * 60 * 60)
        second = one_login("session expired", lines, base_url)
    return 0 if first and second else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Eight processes on one store.")
    parser.add_argument("--redis", metavar="URL")
    given: str | None = parser.parse_args().redis
    if given and ("@" in unquote(given) or "password" in given):
        parser.error("a URL with a password belongs in REDIS_URL, not into the command line")
    sys.exit(main(given or os.environ.get("REDIS_URL")))
