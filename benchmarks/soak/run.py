"""The run: many workers on one line, round after round, and what they leave behind."""

import gc
import sys
from collections.abc import Awaitable, Callable, Container, Sequence
from pathlib import Path
from random import Random
from statistics import fmean
from typing import Final

import anyio
import attrs

from benchmarks.soak.acts import Actor, Acts
from benchmarks.soak.book import Book
from benchmarks.soak.clock import CLIENT_CLOCK
from benchmarks.soak.ledger import Ledger
from benchmarks.soak.life import Lives
from benchmarks.soak.mixture import stir
from connectycube import AppOnly, Backoff, Clock, ConnectyCube, LoginPassword, Session, Transport
from connectycube.emulator import Service, rendering

_ACTORS: Final = 12
_CALM_TO_STORMY: Final = (1.0, 0.3, 3.0, 1.0, 6.0)
_PLAIN_CALLS: Final = 20
_RESERVE: Final = 20
_SHARE: Final = 0.1
_PAGE: Final = 4096


@attrs.frozen(kw_only=True)
class Plan:
    """
    How long a soak is, and how quick.

    Attributes:
        pause: mean seconds before each thing that a worker does.
        second: how long a second of the faults lasts.
    """

    calls: int
    rounds: int
    seed: int
    natively: bool = False
    workers: int = 32
    pause: float = 0.6
    second: float = 1.0
    timeout: float = 30.0
    attempt_timeout: float = 15.0
    base: float = 0.05
    rate_limit_base: float = 1.0
    clock: Clock = CLIENT_CLOCK
    base_url: str = "https://api.connectycube.com"


@attrs.frozen
class Sample:
    """
    What is in use after so many calls.

    Attributes:
        blocks: of Python's own allocator, which holds all that is small.
        resident: bytes of the process, whole pages of them empty at times; 0 where nobody tells.
    """

    calls: int
    blocks: int
    resident: int


class Soak:
    """
    One soak over one line.

    Args:
        around: puts something between the clients and the ledger.

    Attributes:
        seconds: how long it took, by the clock of its event loop.
        plain: how many of the plain calls at the end succeeded.
        leaks: answers, tasks and descriptors that were left behind.
    """

    def __init__(
        self,
        plan: Plan,
        service: Service,
        line: Transport,
        around: Callable[[Transport], Transport] = lambda line: line,
    ) -> None:
        self.plan = plan
        self.service = service
        self.samples: list[Sample] = []
        self.seconds = 0.0
        self.plain = 0
        self.leaks = 0
        self.random = Random(plan.seed)  # noqa: S311 - a dice, no secret
        self.ledger = Ledger(line, service)
        self.book = Book(
            ledger=self.ledger, random=self.random, natively=plan.natively, second=plan.second
        )
        self.lobby = ConnectyCube(
            self.service.app_id,
            self.service.auth_key,
            auth=AppOnly(),
            base_url=plan.base_url,
            transport=around(self.ledger),
            timeout=plan.timeout,
            clock=plan.clock,
            retry=Backoff(
                base=plan.base,
                rate_limit_base=plan.rate_limit_base,
                attempt_timeout=plan.attempt_timeout,
                uniform=self.random.uniform,
            ),
        )
        self.actors = [self._actor(f"soaker-{number}") for number in range(_ACTORS)]

    async def run(self) -> None:
        """Soak, and see that the line is as good as new."""
        plan, began = self.plan, anyio.current_time()
        acts = Acts(self.book, self.service.world, self.actors, self.random)
        lives = Lives(self.book, self.service.world, self.lobby, self.random)
        tasks = len(anyio.get_running_tasks())
        for number in range(plan.rounds):
            scale = _CALM_TO_STORMY[number % len(_CALM_TO_STORMY)]
            stir(self.service, seed=plan.seed + number, scale=scale, second=plan.second)
            most = plan.calls * (number + 1) // plan.rounds
            async with anyio.create_task_group() as group:
                for _ in range(plan.workers):
                    group.start_soon(self._work, acts, lives, most)
            self.service.faults.clear()
            await self._settled()
            self.book.close_round()
            self._check_leaks(len(anyio.get_running_tasks()) - tasks)
            self._tidy(lives.late)
            self._sample()
        self.seconds = anyio.current_time() - began
        await self._plain_calls()
        self._check_load()

    async def _work(self, acts: Acts, lives: Lives, most: int) -> None:
        while self.book.started < most:
            await anyio.sleep(self.random.expovariate(1 / self.plan.pause))
            dice = self.random.random()
            act: Callable[[], Awaitable[None]] = acts.one
            if dice < 0.4:  # noqa: PLR2004 - a share
                act = acts.one_with_files
            elif dice < 0.43:  # noqa: PLR2004 - a share
                act = lives.one
            await act()

    async def _settled(self) -> None:
        """Wait until the service has worked on whatever still was on the line."""
        seen = -1
        while seen != (arrived := len(self.service.requests) + len(self.service.store_requests)):
            seen = arrived
            await anyio.sleep(0.1 if self.plan.second < 1 else 0)

    def _tidy(self, late: Container[str | None]) -> None:
        """Take away what was made, so that what grows is the client; every session ends, too."""
        world = self.service.world
        kept = {file.blob.uid for actor in self.actors for file in actor.files}
        for actor in self.actors:
            user = world.user(actor.id)
            if user is None:
                self.book.problem(f"{actor.name} is gone")
            elif user.avatar is not None:
                kept.add(user.avatar)
                shown = world.files.find(uid=user.avatar)
                if shown is None or shown.completed_at is None:
                    self.book.problem(f"{actor.name} shows an avatar that is not there")
        for file in world.files:
            if file.uid not in kept:
                world.files.remove(file)
                world.store.remove(file.uid)
        ours = {actor.id for actor in self.actors}
        for user in world.users:
            if user.id not in ours:
                if user.login not in late:
                    self.book.problem(f"{user.login} was left behind")
                world.remove_user(user.id)
        world.mails.clear()
        world.expire_sessions()

    def _sample(self) -> None:
        rendering.iso.cache_clear()  # the emulator's memory of dates grows for long
        gc.collect()
        self.samples.append(Sample(self.book.started, sys.getallocatedblocks(), _resident()))

    async def _plain_calls(self) -> None:
        """Without faults and haste, everybody is served."""
        self.book.is_calm = True
        for number in range(_PLAIN_CALLS):
            actor = self.actors[number % _ACTORS]
            if number < _ACTORS:  # some are signed out
                await self.book.call("create_session", actor.name, actor.cube, _sign_in)
            told = await self.book.call("get_session", actor.name, actor.cube, _ask)
            self.plain += told.value is not None and told.value.user_id == actor.id

    def _check_leaks(self, tasks: int) -> None:
        if tasks > 0 or self.ledger.open_answers > 0:
            self.leaks += tasks + self.ledger.open_answers
            self.book.problem(
                f"by call {self.book.started} {self.ledger.open_answers} answers and {tasks} tasks "
                "were left behind"
            )

    def _check_load(self) -> None:
        most = _RESERVE + _SHARE * self.ledger.first
        if self.ledger.repeats > most:
            self.book.problem(
                f"{self.ledger.repeats} repeats of {self.ledger.first} requests, at most {most:.0f}"
            )
        if self.plain < _PLAIN_CALLS:
            self.book.problem(f"{self.plain} of {_PLAIN_CALLS} plain calls succeeded after it all")

    def _actor(self, name: str) -> Actor:
        user = self.service.world.add_user(login=name, password=f"password-of-{name}")
        auth = LoginPassword(name, f"password-of-{name}")
        return Actor(name, user.id, self.lobby.with_auth(auth))


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Return how much the second number grows with the first: the line of the least squares."""
    middle, height = (fmean(numbers) for numbers in zip(*points, strict=True))
    above = sum((x - middle) * (y - height) for x, y in points)
    return above / sum((x - middle) ** 2 for x, _ in points)


def _sign_in(cube: ConnectyCube) -> Awaitable[Session]:
    return cube.create_session()


def _ask(cube: ConnectyCube) -> Awaitable[Session]:
    return cube.get_session()


def _resident() -> int:
    told = Path("/proc/self/statm")
    return int(told.read_text().split()[1]) * _PAGE if told.exists() else 0
