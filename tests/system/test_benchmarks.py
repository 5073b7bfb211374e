"""The benchmarks that stand beside others run to their end, whichever peers are installed."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias
from xml.etree import ElementTree as ET

import pytest

from benchmarks import chart

ROOT = Path(__file__).parents[2]
Bench: TypeAlias = Callable[[str], list[dict[str, Any]]]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Run one benchmark, small and without its bars, and return the rows that it measured."""

    def bench(call: str) -> list[dict[str, Any]]:
        module = call.partition(".")[0]
        program = f"import sys; from benchmarks import {module}; sys.exit({call})"
        figures = tmp_path / "figures.json"
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", program, "--quick", "--json", figures],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        told = json.loads(figures.read_text(encoding="utf-8")) if not done.returncode else {}

        assert 0 == done.returncode, done.stderr
        assert told["benchmark"] == done.stdout.splitlines()[0]
        assert len(told["rows"]) <= len(done.stdout.splitlines()) - 2
        rows: list[dict[str, Any]] = told["rows"]
        return rows

    return bench


def reasoned(row: dict[str, Any]) -> bool:
    """Say whether a row has no figures and tells why."""
    return bool(row.get("why not"))


def test_refresh(bench: Bench) -> None:
    """A storm and each mishap cost one login, but for an outage, which the retry policy repeats."""
    rows = bench("refresh.main(sizes=(1, 20))")
    ours = {
        (row["case"], row["calls"]): row["logins"]
        for row in rows
        if row["client"] == "connectycube, calls"
    }

    assert {
        ("expired", 1): 1,
        ("expired", 20): 1,
        ("first cancelled", 100): 1,
        ("half cancelled", 100): 1,
        ("503 once", 20): 2,
        ("401 always", 20): 1,
    } == ours
    assert [True] == [reasoned(row) for row in rows if "JavaScript" in row["client"]]


def test_overhead(bench: Bench) -> None:
    """Ours, bare aiohttp and every peer that is installed have a row for each concurrency."""
    rows = bench("overhead.main(size=20, at_once=(1, 50))")
    at_once: dict[str, list[int]] = {}
    for row in rows:
        if not reasoned(row):
            at_once.setdefault(row["client"], []).append(row["at once"])

    assert {"aiohttp", "connectycube", "httpx2"} <= set(at_once)
    assert {(1, 50)} == {tuple(several) for several in at_once.values()}


def test_imports(bench: Bench) -> None:
    """When the first call is made, only Python's own name resolution is left to import."""
    ours, bare = bench("imports.main(rounds=1)")
    late = {name.partition(".")[0] for name in ours["imported by the first call"]}

    assert ("connectycube", "aiohttp") == (ours["library"], bare["library"])
    assert late <= sys.stdlib_module_names


def test_sessions(bench: Bench) -> None:
    """Clients that signed in are measured beside clients that did not, and beside aiohttp's."""
    rows = bench("sessions.main(clients=50)")

    assert [50, 50, 50] == [row["clients"] for row in rows]
    assert all(row["KiB each"] > 0 for row in rows)


@pytest.mark.long
def test_chat(bench: Bench) -> None:
    """Ours talks over both lines and runs bots; whoever else cannot run here says why."""
    few = "dict.fromkeys((chat.OURS, chat.PEER, chat.SDK), 5)"
    rows = bench(f"chat.main(chat.Amounts(50, 1, {few}, (1, 50)))")
    ours = [row for row in rows if row["client"] == "connectycube"]
    clients = {row["client"] for row in rows}
    talking = {row["client"] for row in rows if row.get("CPU us send")}

    assert [("TCP", 1), ("TCP", 50), ("TLS", 1), ("TLS", 50)] == [
        (row["line"], row["at once"]) for row in ours if "line" in row
    ]
    assert [5] == [row["bots"] for row in ours if "bots" in row]
    assert {"slixmpp", "official JavaScript SDK"} <= clients
    assert clients == talking | {row["client"] for row in rows if reasoned(row)}


def test_chart() -> None:
    """Clients with the same figures share a curve, and each is named; the floor has none."""
    rows = [
        {"case": "expired", "client": client, "calls": calls, "logins": logins}
        for client, several in {
            "floor: one future": (None, None),
            "hikari": (1, 1),
            "connectycube, calls": (1, 1),
            "google_auth": (1, 1000),
        }.items()
        for calls, logins in zip((1, 1000), several, strict=True)
    ]
    picture = ET.fromstring(chart.drawn(rows))  # noqa: S314 - ours
    words = [element.text for element in picture.iter("{http://www.w3.org/2000/svg}text")]

    assert {
        ((1, 1), (1000, 1)): ["connectycube", "hikari"],
        ((1, 1), (1000, 1000)): ["google-auth"],
    } == chart.curves(rows)
    assert ["connectycube: 1", "hikari: 1", "google-auth: 1,000"] == words[-3:]
