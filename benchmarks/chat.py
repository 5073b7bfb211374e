"""
CPU of a message, and what one more bot takes, beside slixmpp and the official SDK.

`python -m benchmarks.chat [--quick] [--check] [--json FILE]`

All talk to the same server, which runs elsewhere and does next to nothing. Everybody counts: a
message is sent when the server has said that it arrived, and what is heard is confirmed message by
message, or burst by burst. So many senders wait at once, and so many messages come in one go. Ours
and slixmpp share one process and one loop, and take turns; every other round runs backwards.
slixmpp is compared as it comes, and asking as sparingly as we do. The SDK counts over WebSockets
alone, so those are its line.
"""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from benchmarks import chat_bots, chat_messages
from benchmarks.chat_messages import BURST, HEAR, SEND, Client
from benchmarks.chat_server import Ports, running
from benchmarks.peers import javascript_chat
from benchmarks.peers.javascript import NAME as SDK
from benchmarks.peers.javascript import CannotRunError, installed
from benchmarks.peers.shape import reason
from benchmarks.peers.talking import Place, context, opener
from benchmarks.report import Options, Report

OURS: Final = "connectycube"
PEER: Final = "slixmpp"
SPARING: Final = "slixmpp, sparing"
PEERS: Final = {
    OURS: "connectycube_chat",
    PEER: "slixmpp_chat",
    SPARING: "slixmpp_chat.sparing",
}
AT_ONCE: Final = (1, 50)
JUDGED: Final = 50
# Of slixmpp's CPU, by the line: at most, and the goal.
BARS: Final = {"TCP": (0.5, 0.33), "TLS": (0.9, 0.67)}
MOST_KIB: Final = 100.0
BOTS: Final = 1000


@attrs.frozen
class Amounts:
    """How much is measured: messages of a round, rounds, and bots by who runs them."""

    messages: int
    rounds: int
    bots: Mapping[str, int]
    at_once: Sequence[int] = AT_ONCE

    @classmethod
    def usual(cls, *, quick: bool) -> "Amounts":
        if quick:
            return cls(300, 5, {OURS: 200, PEER: 50, SDK: 50}, (JUDGED,))
        return cls(1000, 11, {OURS: BOTS, PEER: BOTS, SDK: 300})


def missing() -> dict[str, str]:
    """Say why some cannot run here."""
    found: dict[str, str] = {}
    for name, peer in PEERS.items():
        try:
            opener(peer)
        except ImportError as error:
            found[name] = reason(error)
    return found


def tell(report: Report, line: str, at_once: int, clients: Mapping[str, Client]) -> None:
    """Show what messages cost on one line, and hold ours against slixmpp's."""
    peer = clients.get(PEER)
    for name, client in clients.items():
        ways = (SEND, HEAR, BURST)
        costs = {f"CPU us {way}": _micro(client.cost(way)) for way in ways}
        ratios = {} if peer is None else {way: client.ratio(way, peer) for way in ways}
        report.add(
            **{"client": name, "line": line, "at once": at_once, **costs},
            **{f"{way}/{PEER}": ratio for way, ratio in ratios.items()},
            **{f"both/{PEER}": None if peer is None else client.ratio_of_both(peer)},
            **{"why not": None},
        )
        if name == OURS and at_once == JUDGED and peer is not None:
            most, goal = BARS[line]
            ratio = client.ratio_of_both(peer)
            report.bar(
                f"a message sent and received over {line} takes {ratio:.2f} of {PEER}'s CPU, at "
                f"most {most} (goal {goal})",
                holds=ratio <= most,
            )


def _micro(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1e6


def bots(report: Report, ports: Ports, amounts: Amounts, without: Mapping[str, str]) -> None:
    """Run many of each over TLS."""
    for name in (OURS, PEER):
        if name in without:
            continue
        told = chat_bots.measured(PEERS[name], amounts.bots[name], ports)
        report.add(
            **{"client": name, "bots": told.connected, "KiB for one more": told.kib},
            **{"CPU ms to connect": told.connecting_cpu, "s until all are": told.connecting},
            **{"ms to hear one": told.heard, "99 %": told.heard_late},
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
    without = missing()
    peers = {name: peer for name, peer in PEERS.items() if name not in without}
    for line, tls in {"TCP": None, "TLS": context(ports.authority)}.items():
        place = Place(ports.of_stream(tls=tls is not None), tls)
        found = asyncio.run(
            chat_messages.measured(
                peers, place, amounts.at_once, size=amounts.messages, rounds=amounts.rounds
            )
        )
        for at_once, clients in found.items():
            tell(report, line, at_once, clients)
    told: Mapping[str, javascript_chat.Told] = {}
    try:
        told = sdk(ports, amounts)
    except CannotRunError as error:
        without[SDK] = str(error)
    for line, one in told.items():
        costs = {f"CPU us {way}": cost * 1e6 for way, cost in one.spent.items()}
        report.add(**{"client": SDK, "line": line, "at once": JUDGED, **costs})
    _tell_why_not(report, without)
    report.table()
    bots(report, ports, amounts, without)
    for one in told.values():
        if one.connections is not None:
            report.add(
                **{"client": SDK, "bots": one.connections, "KiB for one more": one.kib},
                **{"CPU ms to connect": one.connecting_cpu},
            )
    _tell_why_not(report, without)


def _tell_why_not(report: Report, without: Mapping[str, str]) -> None:
    for name, why in without.items():
        report.add(**{"client": name, "why not": why})


def main(amounts: Amounts | None = None) -> int:
    report = Report("chat: CPU of a message, and many bots", Options.parse(__doc__ or ""))
    with running() as ports:
        run(report, ports, amounts or Amounts.usual(quick=report.options.quick))
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
