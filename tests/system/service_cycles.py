"""
A program that starts and stops `examples/fastapi_service.py` many times, and says what is left.

`python service_cycles.py bare 1000`: by hand, as any ASGI server does; `uvicorn`: by that server.
The service that it stands in front of is in the environment. It prints, as JSON, what there was
after the first cycles, when everything has been loaded and every cache is full, and at the end.
"""

import asyncio
import gc
import json
import socket
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeAlias

import aiohttp
import uvicorn

sys.path.insert(0, f"{Path(__file__).parents[2]}")

from tests.examples import load

SERVICE: Final = load("fastapi_service")
WARM: Final = 30
DESCRIPTORS: Final = Path("/proc/self/fd")
PATIENCE: Final = 10.0  # seconds for threads of libraries that close files behind our back
MARA: Final = {"login": "mara", "password": "canary-of-mara"}
App: TypeAlias = Callable[[Any, Any, Any], Coroutine[Any, Any, None]]
Call: TypeAlias = Callable[[str, str, Any, str], Awaitable[tuple[int, Any]]]


async def use(call: Call) -> None:
    """Sign in, do something, and be refused something, as users do."""
    status, told = await call("POST", "/session", MARA, "")
    assert status == 201, told
    statuses = [(await call("GET", "/me", None, token))[0] for token in (told["token"], "x", "")]
    assert statuses == [200, 401, 401], statuses


async def cycle_bare() -> None:
    """Start, use and stop the service without any server."""
    app: App = SERVICE.make_app()
    inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    outbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    state: dict[str, Any] = {}
    about = {"asgi": {"version": "3.0", "spec_version": "2.0"}, "state": state}

    async def call(method: str, path: str, body: Any, token: str) -> tuple[int, Any]:
        headers = [(b"content-type", b"application/json")]
        headers += [(b"authorization", f"Bearer {token}".encode())] if token else []
        scope = {
            **about,
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": headers,
            "client": None,
            "server": None,
            "state": state.copy(),
        }
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": json.dumps(body).encode(), "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await app(scope, receive, send)
        content = b"".join(message.get("body", b"") for message in sent)
        return sent[0]["status"], json.loads(content or b"null")

    async with asyncio.TaskGroup() as group:
        group.create_task(app({**about, "type": "lifespan"}, inbox.get, outbox.put))
        for step in ("startup", "shutdown"):
            await inbox.put({"type": f"lifespan.{step}"})
            assert (await outbox.get())["type"] == f"lifespan.{step}.complete"
            if step == "startup":
                await use(call)


async def cycle_uvicorn() -> None:
    """Start, use and stop the service behind a server and a socket."""
    options = uvicorn.Config(
        SERVICE.make_app(), lifespan="on", ws="none", access_log=False, log_level="warning"
    )
    server = uvicorn.Server(options)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        async with asyncio.TaskGroup() as group:
            group.create_task(server.serve([listening]))
            async with aiohttp.ClientSession(url) as http:

                async def call(method: str, path: str, body: Any, token: str) -> tuple[int, Any]:
                    headers = {"Authorization": f"Bearer {token}"} if token else {}
                    async with http.request(method, path, json=body, headers=headers) as response:
                        return response.status, await response.json()

                await use(call)
            server.should_exit = True


def counted() -> dict[str, int]:
    """Return what there is of all that could be left behind."""
    gc.collect()
    gc.collect()
    return {
        "objects": len(gc.get_objects()),
        "blocks": sys.getallocatedblocks(),
        "tasks": len(asyncio.all_tasks()),
        "threads": threading.active_count(),
        "files": files(),
    }


def files() -> int:
    return len(list(DESCRIPTORS.iterdir())) if DESCRIPTORS.exists() else 0


async def settled(most: int) -> None:
    """Wait until there are no more than so many files, or for long enough."""
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while files() > most:  # noqa: ASYNC110 - no event tells of it
                await asyncio.sleep(0.05)


async def main(cycle: Callable[[], Awaitable[None]], times: int) -> None:
    first: dict[str, int] = {}
    before = files()
    for number in range(1, times + 1):
        await cycle()
        if number == min(WARM, times):
            await settled(before)
            first = counted()
    await settled(first["files"])
    sys.stdout.write(json.dumps({"first": first, "last": counted()}))


if __name__ == "__main__":
    cycles = {"bare": cycle_bare, "uvicorn": cycle_uvicorn}
    asyncio.run(main(cycles[sys.argv[1]], int(sys.argv[2])))
