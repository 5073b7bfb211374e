"""
CPU of a message, and what one more bot takes, beside slixmpp and the official SDK.

`python -m benchmarks.chat [--quick] [--check] [--json FILE]`

All talk to the same server, which runs elsewhere and does next to nothing. Everybody counts: a
message is sent when the server has said that it arrived, and what is heard is confirmed message by
message. So many senders wait at once, and so many messages come in one go. Ours and slixmpp share
one process and one loop, and take turns; every other round runs backwards. The SDK counts over
WebSockets alone, so those are its line.
"""

import asyncio
import gc
import ssl
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from statistics import median
from typing import Final

import attrs

from benchmarks import chat_bots
from benchmarks.chat_server import FLOOD, SINK, Ports, running
from benchmarks.peers import javascript_chat
from benchmarks.peers.javascript import NAME as SDK
from benchmarks.peers.javascript import CannotRunError, installed
from benchmarks.peers.shape import reason
from benchmarks.peers.talking import BODY, Counted, Place, Talker, context, opener
from benchmarks.report import Options, Report

OURS: Final = "connectycube"
PEER: Final = "slixmpp"
MODULES: Final = {OURS: "connectycube_chat", PEER: "slixmpp_chat"}
AT_ONCE: Final = (1, 50)
JUDGED: Final = 50
# Of slixmpp's CPU, by the line: at most, and the goal.
BARS: Final = {"TCP": (0.5, 0.33), "TLS": (0.9, 0.67)}
MOST_KIB: Final = 100.0
BOTS: Final = 1000


@attrs.frozen
class Amounts:
    """How much is measured."""

    messages: int
    rounds: int
    bots: Mapping[str, int]

    @classmethod
    def usual(cls, *, quick: bool) -> "Amounts":
        if quick:
            return cls(300, 5, {OURS: 200, PEER: 60, SDK: 60})
        return cls(1000, 11, {OURS: BOTS, PEER: BOTS, SDK: 300})


@attrs.frozen
class _Client:
    """One that is connected, and what each round cost by the way the messages went."""

    talker: Talker
    counted: Counted
    send: list[float] = attrs.field(factory=list[float])
    hear: list[float] = attrs.field(factory=list[float])

    async def sending(self, size: int, at_once: int) -> None:
        async def one_after_the_other() -> None:
            for _ in range(size // at_once):
                await self.talker.send(SINK, BODY)

        async with asyncio.TaskGroup() as tasks:
            for _ in range(at_once):
                tasks.create_task(one_after_the_other())

    async def hearing(self, size: int, at_once: int) -> None:
        await self.counted.after(lambda: self.talker.send(FLOOD, f"{size} {at_once}"), size)

    def forget(self) -> None:
        """Forget what was measured."""
        self.send.clear()
        self.hear.clear()

    async def round(self, size: int, at_once: int) -> None:
        self.send.append(await _spent(lambda: self.sending(size, at_once)) / size)
        self.hear.append(await _spent(lambda: self.hearing(size, at_once)) / size)


async def _spent(work: Callable[[], Awaitable[None]]) -> float:
    gc.collect()  # each pays for its own garbage
    started = time.process_time()
    await work()
    return time.process_time() - started


async def messages(
    report: Report, place: Place, line: str, amounts: Amounts, missing: dict[str, str]
) -> None:
    """Let them take turns on one line."""
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as tasks:
        clients = await _opened(stack, place, missing)
        listening = [tasks.create_task(each.talker.listen()) for each in clients.values()]
        gc.freeze()  # nobody pays for anybody's modules
        for at_once in AT_ONCE:
            size = amounts.messages if at_once == JUDGED else max(amounts.messages // 5, 20)
            for client in clients.values():
                await client.round(size, at_once)
                client.forget()
            for number in range(amounts.rounds):
                for name in list(clients)[:: 1 if number % 2 else -1]:
                    await clients[name].round(size, at_once)
            _tell(report, clients, line, at_once)
        for each in listening:
            each.cancel()


def _tell(report: Report, clients: Mapping[str, _Client], line: str, at_once: int) -> None:
    peer = clients.get(PEER)
    for name, client in clients.items():
        ratios = {} if peer is None else _ratios(client, peer)
        report.add(
            **{"client": name, "line": line, "at once": at_once},
            **{f"CPU us {way}": median(getattr(client, way)) * 1e6 for way in ("send", "hear")},
            **{f"{way}/{PEER}": ratio for way, ratio in ratios.items()},
            **{"why not": None},
        )
        if name == OURS and at_once == JUDGED:
            most, goal = BARS[line]
            for way, ratio in ratios.items():
                report.bar(
                    f"to {way} over {line} takes {ratio:.2f} of {PEER}'s CPU, at most {most} "
                    f"(goal {goal})",
                    holds=ratio <= most,
                )


def _ratios(mine: _Client, other: _Client) -> dict[str, float]:
    return {
        way: median(
            one / two for one, two in zip(getattr(mine, way), getattr(other, way), strict=True)
        )
        for way in ("send", "hear")
    }


async def _opened(
    stack: AsyncExitStack, place: Place, missing: dict[str, str]
) -> dict[str, _Client]:
    clients: dict[str, _Client] = {}
    for name, module in MODULES.items():
        try:
            opening = opener(module)
        except ImportError as error:
            missing[name] = reason(error)
            continue
        counted = Counted()
        talker = await stack.enter_async_context(opening(place, counted.hear))
        clients[name] = _Client(talker, counted)
    return clients


def bots(report: Report, ports: Ports, amounts: Amounts, missing: Mapping[str, str]) -> None:
    """Run many of each over TLS."""
    for name, module in MODULES.items():
        if name in missing:
            continue
        told = chat_bots.measured(module, amounts.bots[name], ports)
        report.add(
            **{"client": name, "bots": told.connected, "KiB for one more": told.kib},
            **{"CPU ms to connect": told.connecting_cpu},
            **{"s until all are connected": told.connecting},
            **{"ms to hear one alone": told.heard, "99 %": told.heard_late},
            **{"ms until all heard one": told.all_heard, "why not": None},
        )
        if name == OURS:
            asked = amounts.bots[name]
            report.bar(
                f"{told.connected} of {asked} bots are connected", holds=told.connected == asked
            )
            report.bar(
                f"one more connection takes {told.kib:.0f} KiB, at most {MOST_KIB:.0f}",
                holds=told.kib <= MOST_KIB,
            )


def sdk(ports: Ports, amounts: Amounts) -> dict[str, javascript_chat.Told]:
    """
    Let the official SDK do the same.

    Raises:
        CannotRunError: it cannot run here.
    """
    with installed() as installation:
        return {
            line: javascript_chat.measured(
                installation,
                ports,
                tls=line == "wss",
                size=amounts.messages,
                rounds=amounts.rounds,
                at_once=JUDGED,
                connections=amounts.bots[SDK] if line == "wss" else 0,
            )
            for line in ("ws", "wss")
        }


def run(report: Report, ports: Ports, amounts: Amounts) -> None:
    missing: dict[str, str] = {}
    lines: dict[str, ssl.SSLContext | None] = {"TCP": None, "TLS": context(ports.authority)}
    for line, tls in lines.items():
        place = Place(ports.of_stream(tls=tls is not None), tls)
        asyncio.run(messages(report, place, line, amounts, missing))
    told: Mapping[str, javascript_chat.Told] = {}
    try:
        told = sdk(ports, amounts)
    except CannotRunError as error:
        missing[SDK] = str(error)
    for line, one in told.items():
        report.add(
            **{"client": SDK, "line": line, "at once": JUDGED},
            **{"CPU us send": one.send * 1e6, "CPU us hear": one.hear * 1e6},
        )
    for name, why in missing.items():
        report.add(**{"client": name, "why not": why})
    report.table()
    bots(report, ports, amounts, missing)
    for one in told.values():
        if one.connections is not None and one.connecting_cpu is not None:
            report.add(
                **{"client": SDK, "bots": one.connections, "KiB for one more": one.kib},
                **{"CPU ms to connect": one.connecting_cpu * 1e3},
            )
    for name, why in missing.items():
        report.add(**{"client": name, "why not": why})


def main(amounts: Amounts | None = None) -> int:
    report = Report("chat: CPU of a message, and many bots", Options.parse(__doc__ or ""))
    with running() as ports:
        run(report, ports, amounts or Amounts.usual(quick=report.options.quick))
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
