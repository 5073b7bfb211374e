"""What a message costs several clients that share one process, one loop and one server."""

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from statistics import median
from typing import Final

import attrs

from benchmarks.chat_server import FLOOD, SINK
from benchmarks.peers.talking import BODY, Counted, Place, Talker, opener

SEND: Final = "send"
HEAR: Final = "hear"
BURST: Final = "hear a burst"  # with one question behind all of it


@attrs.frozen
class Client:
    """
    One that is connected.

    Attributes:
        spent: seconds of CPU for one message, by the way it went, round by round.
    """

    talker: Talker
    counted: Counted
    spent: dict[str, list[float]] = attrs.field(factory=dict[str, list[float]])

    def cost(self, way: str) -> float | None:
        """Return what a message costs; `None` where that was not measured."""
        return median(self.spent[way]) if way in self.spent else None

    def ratio(self, way: str, other: "Client") -> float | None:
        """Compare it with another's, which was measured beside it."""
        if way not in self.spent:
            return None
        pairs = zip(self.spent[way], other.spent[way], strict=True)
        return median(mine / theirs for mine, theirs in pairs)

    def ratio_of_both(self, other: "Client") -> float:
        """Compare what a message costs that is sent and received."""
        pairs = zip(self.spent_on_both(), other.spent_on_both(), strict=True)
        return median(mine / theirs for mine, theirs in pairs)

    def spent_on_both(self) -> list[float]:
        """Return what each round cost a message that is sent and received."""
        return [sum(both) for both in zip(self.spent[SEND], self.spent[HEAR], strict=True)]

    async def round(self, size: int, at_once: int) -> None:
        """Let so many messages go each way, so many at once."""
        await self._measure(SEND, lambda: self._send(size, at_once), size)
        await self._measure(HEAR, lambda: self._hear(size, at_once, 1), size)
        if at_once > 1:
            await self._measure(BURST, lambda: self._hear(size, at_once, at_once), size)

    async def _measure(self, way: str, work: Callable[[], Awaitable[None]], size: int) -> None:
        gc.collect()  # each pays for its own garbage
        started = time.process_time()
        await work()
        self.spent.setdefault(way, []).append((time.process_time() - started) / size)

    async def _send(self, size: int, at_once: int) -> None:
        async def one_after_the_other() -> None:
            for _ in range(size // at_once):
                await self.talker.send(SINK, BODY)

        async with asyncio.TaskGroup() as tasks:
            for _ in range(at_once):
                tasks.create_task(one_after_the_other())

    async def _hear(self, size: int, at_once: int, each: int) -> None:
        asked = f"{size} {at_once} {each}"
        await self.counted.after(lambda: self.talker.send(FLOOD, asked), size)


async def measured(
    peers: Mapping[str, str], place: Place, several: Sequence[int], *, size: int, rounds: int
) -> dict[int, dict[str, Client]]:
    """
    Let clients take turns, and return them by how many messages went at once.

    Args:
        peers: what to open, by what it is called.
        size: how many messages go each way in a round; fewer, where they go one by one.
    """
    found: dict[int, dict[str, Client]] = {}
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as tasks:
        clients: dict[str, Client] = {}
        for name, peer in peers.items():
            counted = Counted()
            talker = await stack.enter_async_context(opener(peer)(place, counted.hear))
            clients[name] = Client(talker, counted)
        listening = [tasks.create_task(each.talker.listen()) for each in clients.values()]
        gc.freeze()  # nobody pays for anybody's modules
        for at_once in several:
            whole = max(size if at_once > 1 else size // 5, at_once)
            for client in clients.values():
                await client.round(whole, at_once)
            now = {name: Client(old.talker, old.counted) for name, old in clients.items()}
            for number in range(rounds):
                for name in list(now)[:: 1 if number % 2 else -1]:
                    await now[name].round(whole, at_once)
            found[at_once] = now
        for each in listening:
            each.cancel()
    return found
