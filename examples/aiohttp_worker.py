"""
An aiohttp service that takes notes at once and sends them in its own time, each exactly once.

Workers take jobs from a queue. What surely did not arrive is tried again, with growing pauses; what
may have arrived is looked for first, by the job's number, which each message carries. Told to stop
by Ctrl-C or SIGTERM, it takes no more jobs, finishes those it has, and says what it could not.
Run it as it stands: it serves itself, in front of an emulator that fails now and then, gives itself
jobs and tells itself to stop. It takes CONNECTYCUBE_APP_ID, _AUTH_KEY, _BASE_URL and
WORKER_PASSWORD from the environment where they are set.
"""

import asyncio
import json
import os
import re
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection
from urllib.parse import urlsplit

import aiohttp
import anyio
import attrs
from aiohttp import web

from connectycube import (
    ConnectError,
    ConnectyCube,
    ConnectyCubeError,
    LoginPassword,
    NoRetry,
    RateLimitedError,
    ServerError,
    TransportError,
)

WORKERS = 4
ATTEMPTS = 12
LONGEST_PAUSE = 1.0
ROOM = 1000
TIME_TO_FINISH = 20.0
JOBS = 40


@attrs.frozen
class Job:
    number: int
    to: int
    text: str


class Outbox:
    """Jobs, those who do them, and those that nobody could do."""

    def __init__(self, cube: ConnectyCube) -> None:
        # We try again ourselves: only we know how to find out what became of a message.
        self._cube = cube.with_options(retry=NoRetry(), timeout=5.0)
        self._jobs: asyncio.Queue[Job] = asyncio.Queue(ROOM)
        self._numbers = iter(range(1, sys.maxsize))
        self.failed: list[tuple[Job, str]] = []
        self.sent = self.repeats = 0

    def put(self, to: int, text: str) -> int:
        """Take a job; raises `asyncio.QueueFull` where there is no room."""
        job = Job(next(self._numbers), to, text)
        self._jobs.put_nowait(job)
        return job.number

    async def work(self) -> None:
        """Do jobs until cancelled."""
        while True:
            job = await self._jobs.get()
            try:
                await self._do(job)
            finally:
                self._jobs.task_done()

    async def finish(self) -> None:
        """Wait until all jobs are done, one way or the other."""
        await self._jobs.join()

    async def _do(self, job: Job) -> None:
        for attempt in range(ATTEMPTS):
            try:
                if attempt == 0 or not await self._arrived(job):
                    await self._cube.chat.messages.create(
                        job.to, job.text, send_to_chat=True, params={"job": f"{job.number}"}
                    )
            except (ConnectError, RateLimitedError, ServerError, TransportError) as error:
                self.repeats += 1
                told = getattr(error, "retry_after", None)
                pause = min(0.05 * 2**attempt, LONGEST_PAUSE)
                await asyncio.sleep(pause if told is None else told)
            except ConnectyCubeError as error:
                self.failed.append((job, type(error).__name__))  # asking again changes nothing
                return
            else:
                self.sent += 1
                return
        self.failed.append((job, f"gave up after {ATTEMPTS} attempts"))

    async def _arrived(self, job: Job) -> bool:
        """Look for a message whose answer was lost, among the last hundred to its recipient."""
        dialog = await self._cube.chat.dialogs.create_private(job.to)
        page = await self._cube.chat.messages.find(dialog, mark_as_read=False, sort="-date_sent")
        return any(message.params.get("job") == f"{job.number}" for message in page.items)


def make_app(outbox: Outbox) -> web.Application:
    async def take(request: web.Request) -> web.Response:
        body = await request.json()
        try:
            number = outbox.put(int(body["to"]), str(body["text"]))
        except asyncio.QueueFull:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "1"}) from None
        return web.json_response({"job": number}, status=202)

    app = web.Application()
    app.router.add_post("/notes", take)
    return app


async def serve(outbox: Outbox, stop: asyncio.Event, ready: "asyncio.Future[str]") -> None:
    """Serve until told to stop, then finish what was taken."""
    runner = web.AppRunner(make_app(outbox), access_log=None)
    async with anyio.create_task_group() as group:
        for _ in range(WORKERS):
            group.start_soon(outbox.work)
        try:
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            ready.set_result(f"http://127.0.0.1:{runner.addresses[0][1]}")
            await stop.wait()
        finally:
            await runner.cleanup()  # from here on nobody is let in
        with anyio.move_on_after(TIME_TO_FINISH):
            await outbox.finish()
        group.cancel_scope.cancel()


async def main() -> None:
    password = os.environ.get("WORKER_PASSWORD") or secrets.token_hex(16)
    stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows ends processes otherwise
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with ConnectyCube.from_env(auth=LoginPassword("notes", password)) as cube:
        outbox = Outbox(cube)
        async with anyio.create_task_group() as group:
            group.start_soon(serve, outbox, stop, ready)
            await give_jobs(cube, await ready)
            signal.raise_signal(signal.SIGTERM) if os.name == "posix" else stop.set()
            print("told to stop")
        print(f"sent {outbox.sent}, failed {len(outbox.failed)}, tries beyond the first:", end=" ")
        print("some" if outbox.repeats else "none")
        for job, why in outbox.failed:
            print(f"  job {job.number}: {why}")
        await count(cube)


async def give_jobs(cube: ConnectyCube, url: str) -> None:
    reader = cube.with_auth(LoginPassword("reader", secrets.token_hex(16)))
    to = (await reader.create_session()).user_id
    async with aiohttp.ClientSession(url) as http:
        taken = 0
        for number in range(1, JOBS + 1):
            async with http.post("/notes", json={"to": to, "text": f"Note {number}"}) as response:
                taken += response.status == web.HTTPAccepted.status_code
        async with http.post("/notes", json={"to": 0, "text": "?"}) as response:
            taken += response.status == web.HTTPAccepted.status_code
    print(f"taken {taken}, one of them for nobody")


async def count(cube: ConnectyCube) -> None:
    """Say how many messages there are of each job."""
    [dialog] = [one async for one in cube.chat.dialogs.iterate() if one.last_message]
    found = [one.params["job"] async for one in cube.chat.messages.iterate(dialog)]
    print(f"messages {len(found)}, of as many jobs: {len(set(found))}")
    if not len(found) == len(set(found)) == JOBS:
        sys.exit(1)


@contextmanager
def service() -> Iterator[None]:
    """Use the service that the environment names, or else an emulator that fails now and then."""
    if "CONNECTYCUBE_APP_ID" in os.environ:
        yield
        return
    command = [sys.executable, "-m", "connectycube", "emulator", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            told = process.stdout.readline() if process.stdout else ""
            [base_url] = re.findall(r"http://\S+", told)
            for fault in (
                {"kind": "rate_limit", "retry_after": 0, "probability": 0.2},
                {"kind": "status", "code": 503, "probability": 0.1},
                {"kind": "drop", "probability": 0.1},
                {"kind": "drop", "processed": True, "probability": 0.2},
            ):
                post(base_url, "faults", {"method": "POST", "path": "/chat/Message", **fault})
            os.environ["CONNECTYCUBE_BASE_URL"] = base_url
            os.environ["CONNECTYCUBE_APP_ID"] = "21"
            os.environ["CONNECTYCUBE_AUTH_KEY"] = "emulator-auth-key"
            yield
        finally:
            process.terminate()


def post(base_url: str, what: str, members: dict[str, object]) -> None:
    """Tell the emulator itself something, beside the service that it plays."""
    with closing(HTTPConnection(urlsplit(base_url).netloc)) as http:
        http.request("POST", f"/_emulator/{what}", json.dumps(members))
        if (response := http.getresponse()).status != web.HTTPOk.status_code:
            raise RuntimeError(response.read())


if __name__ == "__main__":
    with service():
        anyio.run(main)
