"""
N calls meet one expired session: what do they cost beside the same calls on a live one?

`python -m benchmarks.refresh [--quick] [--check] [--json FILE]`

The floor is N tasks that await one future, with nothing else to do: what any coalescing costs.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from statistics import median
from typing import Final

from benchmarks.report import Options, Report
from connectycube import ConnectyCube, Headers, LoginPassword, NoRetry, Request

SIZES: Final = (1, 100, 1_000, 10_000)
# An expired call is sent twice, so twice the price of a fresh one is the least; the rest is what
# waiting for the one renewal may cost.
MOST_BESIDE_FRESH: Final = 4.0
_GONE: Final = b'{"errors":{"base":["Required session does not exist"]}}'
_USER: Final = {"id": 7, "login": "cubeuser", "full_name": "Mar Sim", "email": None}
_PAGE: Final = json.dumps({"limit": 1, "skip": 0, "total_entries": 1, "items": [_USER]}).encode()


class Answer:
    """An answer that is there already."""

    headers: Mapping[str, str] = Headers()

    def __init__(self, status: int, body: bytes) -> None:
        self.status = status
        self._body = body

    async def read(self) -> bytes:
        return self._body

    async def iter_bytes(self) -> AsyncIterator[bytes]:
        yield self._body

    async def aclose(self) -> None:
        pass


class InstantService:
    """A transport that is its own service, as cheap as one can be: one turn of the loop a call."""

    def __init__(self) -> None:
        self.token = 0
        self.seen: Counter[str] = Counter()

    async def send(self, request: Request, /) -> Answer:
        await asyncio.sleep(0)
        self.seen[request.label] += 1
        if request.label == "POST /session":
            self.token += 1
            session = {"token": str(self.token), "user_id": 7, "application_id": 21, "user": _USER}
            return Answer(201, json.dumps({"session": session}).encode())
        if request.headers["CB-Token"] != str(self.token):
            return Answer(401, _GONE)
        return Answer(200, _PAGE)

    async def aclose(self) -> None:
        pass

    def expire(self) -> None:
        self.token += 1
        self.seen.clear()


async def floor(size: int) -> float:
    """Time N tasks that await one future."""
    future = asyncio.get_running_loop().create_future()

    async def wait() -> None:
        await asyncio.shield(future)

    started = time.perf_counter()
    tasks = [asyncio.ensure_future(wait()) for _ in range(size)]
    await asyncio.sleep(0)
    future.set_result(None)
    await asyncio.gather(*tasks)
    return time.perf_counter() - started


async def calls(cube: ConnectyCube, size: int) -> float:
    """Time N calls at once."""
    started = time.perf_counter()
    users = await asyncio.gather(*(cube.users.get(7) for _ in range(size)))
    took = time.perf_counter() - started
    if len(users) != size:
        raise AssertionError("a call was lost")
    return took


async def measure(report: Report, size: int, rounds: int) -> None:
    service = InstantService()
    times: dict[str, list[float]] = {"floor": [], "fresh": [], "expired": []}
    login, key = LoginPassword("cubeuser", "awesomepwd"), "auth-key"
    async with ConnectyCube(21, key, auth=login, transport=service, retry=NoRetry()) as cube:
        await cube.create_session()
        logins = sent = 0
        for _ in range(rounds):
            times["floor"].append(await floor(size))
            times["fresh"].append(await calls(cube, size))
            service.expire()
            times["expired"].append(await calls(cube, size))
            logins = max(logins, service.seen["POST /session"])
            sent = max(sent, service.seen["GET /users/v2"])
    each = {name: median(seconds) / size * 1e6 for name, seconds in times.items()}
    beside_fresh = each["expired"] / each["fresh"]
    report.add(
        calls=size,
        **{f"{name} us/call": value for name, value in each.items()},
        **{"expired/fresh": beside_fresh},
        **{"expired/floor": each["expired"] / each["floor"]},
        logins=logins,
        sent=sent,
    )
    report.bar(f"{size:,} calls cost one login, not {logins}", holds=logins == 1)
    report.bar(f"{size:,} calls are sent at most twice each", holds=sent <= 2 * size)
    if size > 1:
        report.bar(
            f"{size:,} expired calls cost {beside_fresh:.2f} of fresh ones, "
            f"at most {MOST_BESIDE_FRESH}",
            holds=beside_fresh <= MOST_BESIDE_FRESH,
        )


async def run(report: Report) -> None:
    for size in SIZES:
        await measure(report, size, rounds=3 if report.options.quick else 9)


def main() -> int:
    report = Report("refresh: N calls meet one expired session", Options.parse(__doc__ or ""))
    asyncio.run(run(report))
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
