"""The chat of the official JavaScript SDK, which counts messages over WebSockets alone."""

from statistics import median
from typing import Any

import attrs

from benchmarks.chat_server import APP_ID, FLOOD, HOST, SINK, Ports
from benchmarks.peers.javascript import Sdk
from benchmarks.peers.talking import BODY, EXTRA


@attrs.frozen
class Told:
    """
    What it took.

    Attributes:
        spent: seconds of CPU for a message, by the way it went.
        kib: for one more connection, where some were wanted.
        connecting_cpu: milliseconds for one.
    """

    spent: dict[str, float]
    connections: int | None
    kib: float | None
    connecting_cpu: float | None


def measured(
    sdk: Sdk, ports: Ports, *, tls: bool, size: int, rounds: int, at_once: int, connections: int
) -> Told:
    """
    Let it talk.

    Raises:
        CannotRunError: the row stays empty.
    """
    port = ports.secure_websocket if tls else ports.websocket
    given = {
        "websocket": f"{'wss' if tls else 'ws'}://{HOST}:{port}/",
        "domain": HOST,
        "appId": APP_ID,
        "sink": SINK,
        "flood": FLOOD,
        "body": BODY,
        "extension": EXTRA,
        "size": size,
        "rounds": rounds,
        "atOnce": at_once,
        "connections": connections,
    }
    told: dict[str, Any] = sdk.run(
        "chat.mjs", given, "--expose-gc", NODE_EXTRA_CA_CERTS=str(ports.authority)
    )
    return Told(
        spent={way: median(rounds) / 1e6 for way, rounds in told["spent"].items()},
        connections=told.get("connections"),
        kib=told["bytes"] / 1024 if connections else None,
        connecting_cpu=told["connect"] / 1e3 if connections else None,
    )
