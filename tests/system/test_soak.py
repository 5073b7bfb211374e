"""A short soak under every fault, and that it would see what it looks for."""

from collections.abc import Callable
from typing import Final

import anyio
import attrs
import pytest

from benchmarks.soak.book import did_nothing
from benchmarks.soak.clock import LoopClock, jumping
from benchmarks.soak.legs import Leg, in_process, over_sockets
from benchmarks.soak.run import Plan, Soak, slope
from connectycube import Headers, RateLimitedError, Request, Response, Transport, TransportError
from connectycube.emulator import Service
from connectycube.testing import EmulatorTransport

CALLS: Final = 500


def accounted(soak: Soak) -> int:
    return soak.book.outcomes.total()


@pytest.mark.parametrize("backend", ["asyncio", pytest.param("trio", marks=pytest.mark.long)])
def test_every_outcome_is_accounted_for(backend: str) -> None:
    """In minutes of virtual time, with every fault, nothing is done twice and nothing is left."""
    soak = in_process(Leg(f"in process, {backend}", CALLS), seed=2)

    assert [] == soak.book.problems
    assert soak.book.started == accounted(soak) >= CALLS
    assert {"ok", "refused", "unknown", "cancelled"} == set(soak.book.outcomes)
    assert (0, 0, 20) == (soak.book.duplicates, soak.leaks, soak.plain)
    assert soak.seconds > 60


@pytest.mark.long
@pytest.mark.parametrize("line", ["aiohttp", "httpx2, trio"])
def test_real_connections_are_all_given_back(line: str) -> None:
    soak = over_sockets(Leg(line, 80), seed=1)

    assert [] == soak.book.problems
    assert soak.book.started == accounted(soak) >= 80
    assert (0, 0, 20) == (soak.book.duplicates, soak.leaks, soak.plain)


class Meddler:
    """A transport that meddles with what goes through it."""

    def __init__(self, line: Transport) -> None:
        self.line = line

    async def send(self, request: Request, /) -> Response:
        return await self.line.send(request)

    async def aclose(self) -> None:
        await self.line.aclose()


class Repeating(Meddler):
    """Sends mails twice, as a client would that repeats what it must not."""

    async def send(self, request: Request, /) -> Response:
        if request.label == "POST /users/password/reset":
            await (await self.line.send(request)).aclose()
        return await self.line.send(request)


class Forgetful(Meddler):
    """Leaves answers to searches open."""

    async def send(self, request: Request, /) -> Response:
        if request.label == "GET /users/v2":
            await self.line.send(request)
        return await self.line.send(request)


class Mixing(Meddler):
    """Sends everybody's calls with the first session that it sees."""

    token: str | None = None

    async def send(self, request: Request, /) -> Response:
        if (token := request.headers.get("CB-Token")) is not None:
            self.token = self.token or token
            headers = Headers({**request.headers, "CB-Token": self.token})
            request = attrs.evolve(request, headers=headers)
        return await self.line.send(request)


class Lying(Meddler):
    """Only looks at the files that it is to delete."""

    async def send(self, request: Request, /) -> Response:
        if request.label == "DELETE /blobs/{blob_id}":
            request = attrs.evolve(request, method="GET")
        return await self.line.send(request)


class Failing(Meddler):
    """Raises what no transport may."""

    async def send(self, request: Request, /) -> Response:
        if request.label == "PUT /users/{user_id}":
            raise OSError("the line is down")
        return await self.line.send(request)


@pytest.mark.parametrize(
    ("meddler", "words"),
    [
        (Repeating, "done twice"),
        (Forgetful, "answers and 0 tasks were left behind"),
        (Mixing, "with a session of somebody else"),
        (Lying, "delete_file"),
        (Failing, "OSError: the line is down"),
    ],
)
def test_a_client_that_did_wrong_would_be_seen(
    meddler: Callable[[Transport], Transport], words: str
) -> None:
    """What stands between the clients and the line does wrong in their place."""

    async def soak_it() -> Soak:
        service = Service(clock=LoopClock(), store_url="https://store.example")
        plan = Plan(calls=200, rounds=1, seed=1)
        soak = Soak(plan, service, EmulatorTransport(service), around=meddler)
        await soak.run()
        return soak

    soak = anyio.run(soak_it, **jumping("asyncio"))

    assert any(words in problem for problem in soak.book.problems)


def test_a_refusal_promises_that_nothing_was_done() -> None:
    """An attempt before it whose answer was lost leaves a doubt."""
    refused = RateLimitedError("no")
    doubtful = RateLimitedError("no")
    doubtful.add_note("attempt 1: TransportError")

    assert (True, False) == (did_nothing(refused), did_nothing(doubtful))
    assert not did_nothing(TransportError("lost"))


def test_the_slope_is_that_of_the_nearest_line() -> None:
    assert pytest.approx(1.9) == slope([(0, 1), (1, 4), (2, 4), (3, 7), (4, 9)])
