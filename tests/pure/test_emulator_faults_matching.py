"""Whom scripted faults meet: sessions, every so many, by chance, and one after the other."""

from typing import Any

import pytest

from connectycube.emulator import Fault, Faults, Service, WireRequest
from connectycube.emulator.faults import Match


def asked(path: str = "/session", token: str = "", query: str = "") -> WireRequest:
    return WireRequest("GET", path, query, {"cb-token": token} if token else {})


def kinds(faults: Faults, count: int) -> list[str | None]:
    return [faults.meet(asked()).kind for _ in range(count)]


@pytest.mark.parametrize(
    ("match", "met"),
    [
        ({"after": 2}, [2]),
        ({"every": 3}, [2, 5, 8]),
        ({"every": 3, "times": 2}, [2, 5]),
        ({"every": 3, "after": 1}, [3, 6, 9]),
        ({"every": 1}, list(range(10))),
        ({"probability": 1}, list(range(10))),
        ({"probability": 0}, []),
        ({"probability": 1, "times": 2}, [0, 1]),
    ],
)
def test_calls_are_counted(match: Any, met: list[int]) -> None:
    """The third call, every third, at most twice: each word does its part."""
    faults = Faults()
    faults.drop(**match)

    assert met == [number for number, kind in enumerate(kinds(faults, 10)) if kind == "drop"]


def test_other_requests_are_not_counted() -> None:
    """Requests that do not match neither pass nor are met."""
    faults = Faults()
    faults.drop(path="/users/*", every=2)
    paths = ["/users/1", "/session", "/users/2", "/users/3", "/users/4.json"]

    assert [None, None, "drop", None, "drop"] == [faults.meet(asked(one)).kind for one in paths]


def test_one_session_is_met() -> None:
    """The token counts, in its header or in the query of an embedded URL."""
    faults = Faults()
    faults.drop(session="b", times=None)
    requests = [asked(), asked(token="a"), asked(token="b"), asked(query="x=1&token=b")]

    assert [None, None, "drop", "drop"] == [faults.meet(one).kind for one in requests]


def test_chance_is_the_same_each_time() -> None:
    """Emulators agree, a seed says what they agree on, and a reset goes back to the first."""
    service, other = Service(), Faults()

    def met(faults: Faults) -> list[str | None]:
        faults.clear()
        faults.drop(probability=0.25)
        return kinds(faults, 1000)

    first = met(other)
    assert first == met(service.faults) != met(service.faults)
    service.reset()
    assert first == met(service.faults)
    service.faults.seed(7)
    assert first != met(service.faults)
    assert 200 < first.count("drop") < 300


def test_random_delay_lies_between_its_bounds() -> None:
    """Delays differ, stay between the bounds, and repeat with the seed."""
    faults = Faults()
    faults.delay(1, up_to=2, times=None)
    delays = [faults.meet(asked()).delay for _ in range(100)]
    faults.seed()

    assert delays == [faults.meet(asked()).delay for _ in range(100)]
    assert (100, True) == (len(set(delays)), all(1 <= one <= 2 for one in delays))


@pytest.mark.parametrize(
    ("match", "met"),
    [
        ({}, ["drop", None, "cut", None, None, None, None]),
        ({"times": 2}, ["drop", None, "cut", "drop", None, "cut", None]),
        ({"times": None}, ["drop", None, "cut", "drop", None, "cut", "drop"]),
        ({"after": 1}, [None, "drop", None, "cut", None, None, None]),
        ({"every": 2}, [None, "drop", None, None, None, "cut", None]),
    ],
)
def test_script_goes_step_by_step(match: Any, met: list[str | None]) -> None:
    """Each step meets one request; `times` is how often the list plays."""
    faults = Faults()
    rule = faults.script([Fault.drop(), None, Fault.cut()], **match)

    assert "script" == rule.kind
    assert met == kinds(faults, 7)
    assert bool(faults.scripted) == (rule.remaining != 0)


def test_function_decides() -> None:
    """It sees each request that matches, and may let it pass."""
    faults = Faults()
    seen: list[str] = []

    def decide(request: WireRequest) -> Fault | None:
        seen.append(request.path)
        return Fault.status(503) if request.path == "/b" else None

    rule = faults.script(decide, method="get", times=3)
    met = [faults.meet(asked(path)).kind for path in ("/a", "/b", "/b", "/b")]

    assert ([None, "status", "status", None], ["/a", "/b", "/b"]) == (met, seen)
    assert "script" == rule.kind


def test_function_is_asked_for_ever() -> None:
    """Without `times` a function stays."""
    faults = Faults()
    faults.script(lambda _: Fault.drop())

    assert ["drop"] * 5 == kinds(faults, 5)


def test_step_waits_for_its_turn() -> None:
    """What an older fault takes is no step of a script; a delay of a step joins the rest."""
    faults = Faults()
    faults.status(500)
    faults.script([Fault.drop(), Fault.delay(1), Fault.expire()])

    assert ["status", "drop", "delay", "expire", None] == kinds(faults, 5)


@pytest.mark.parametrize(
    ("scripted", "kind"),
    [
        (("delay", "expire"), "expire"),
        (("expire", "delay", "drop"), "drop"),
        (("drop", "delay"), "drop"),
    ],
)
def test_record_names_what_counted_most(scripted: tuple[str, ...], kind: str) -> None:
    """Of several faults the record names the one that shaped the answer, then an expiry."""
    service = Service()
    steps = {"delay": Fault.delay(1), "expire": Fault.expire(), "drop": Fault.drop()}
    for name in scripted:
        service.faults.script([steps[name]])
    service.receive(asked())

    assert [(kind, kind != "drop")] == [(one.fault, one.processed) for one in service.requests]


@pytest.mark.parametrize(
    "match",
    [
        {"times": 0},
        {"after": -1},
        {"every": 0},
        {"probability": 1.5},
        {"probability": -0.1},
        {"probability": float("nan")},
        {"nth": 3},
    ],
)
def test_impossible_match_is_refused(match: Match) -> None:
    """Words that could never be meant are errors where they are written."""
    faults = Faults()

    with pytest.raises((ValueError, TypeError)):
        faults.hang(**match)
    assert (False, ()) == (faults.any_wait, faults.scripted)


def test_empty_script_is_refused() -> None:
    """A script without steps would say nothing."""
    with pytest.raises(ValueError, match="a script has steps"):
        Faults().script([])


@pytest.mark.parametrize(
    ("kind", "members"),
    [
        ("status", {"code": 99}),
        ("status", {"code": "503"}),
        ("answer", {"status": 600}),
        ("rate_limit", {"retry_after": -1}),
        ("rate_limit", {"retry_after": 0.5}),
        ("redirect", {"location": "/", "code": 304}),
        ("huge", {"mebibytes": 0}),
        ("huge", {"mebibytes": 0.5}),
        ("huge", {"mebibytes": 1, "status": 1000}),
        ("delay", {"seconds": -1}),
        ("delay", {"seconds": 2, "up_to": 1}),
        ("drop", {"processed": True, "read": False}),
        ("cut", {"at": 1}),
        ("stall", {"at": -0.1}),
        ("stall", {"seconds": -1}),
        ("drip", {"seconds": float("nan")}),
        ("drip", {"seconds": 1, "size": 0}),
        ("garble", {"spoiled": "xml"}),
    ],
)
def test_impossible_fault_is_refused(kind: str, members: Any) -> None:
    """The same for what is to happen, as a step and as a method."""
    with pytest.raises((ValueError, TypeError)):
        getattr(Fault, kind)(**members)
    with pytest.raises((ValueError, TypeError)):
        getattr(Faults(), kind)(**members)
