"""Scripted trouble, the clock and the reset of the emulator."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectycube.emulator.clock import Clock
from connectycube.emulator.faults import Faults
from connectycube.emulator.messages import Outcome, WireRequest
from connectycube.emulator.service import Service
from connectycube.emulator.settings import Settings

START = datetime(2024, 6, 10, 9, 0, tzinfo=UTC)
DATE = "Mon, 10 Jun 2024 09:00:00 GMT"


class Line:
    """A service with one session on it."""

    def __init__(self) -> None:
        self.service = Service(clock=Clock(START, frozen=True))
        self.faults = self.service.faults
        self.token = self.service.world.open_session(self.service.world.add_user(), ts=0).token

    def send(self, method: str = "GET", path: str = "/session") -> Outcome:
        return self.service.receive(WireRequest(method, path, "", {"CB-Token": self.token}))

    def status(self, method: str = "GET", path: str = "/session") -> int | None:
        return status_of(self.send(method, path))


def status_of(outcome: Outcome) -> int | None:
    return outcome.response.status if outcome.response else None


@pytest.fixture
def line() -> Line:
    return Line()


def test_status_replaces_the_handler_once(line: Line) -> None:
    """A scripted status meets one request, and that request changes nothing."""
    line.faults.status(503, headers={"Retry-After": "7"})

    response = line.send("DELETE").response

    assert response is not None
    assert (503, "7", DATE) == (
        response.status,
        response.headers["Retry-After"],
        response.headers["Date"],
    )
    assert b"503 Service Temporarily Unavailable" in response.body
    assert 200 == line.status()
    assert () == line.faults.scripted


@pytest.mark.parametrize(
    ("body", "kind", "content"),
    [
        (b"\x00", "application/octet-stream", b"\x00"),
        ("text", "text/plain; charset=utf-8", b"text"),
        ("<html>", "text/html; charset=utf-8", b"<html>"),
        ({"a": "ü"}, "application/json; charset=utf-8", '{"a": "ü"}'.encode()),
        (b"", None, b""),
    ],
)
def test_answer_is_sent_verbatim(line: Line, body: Any, kind: str | None, content: bytes) -> None:
    """Any bytes may be answered, with a fitting content type."""
    line.faults.answer(200, body=body)
    response = line.send().response

    assert response is not None
    assert (content, kind) == (response.body, response.headers.get("Content-Type"))


def test_given_content_type_wins(line: Line) -> None:
    """A header of the test's own replaces ours, in any case."""
    line.faults.answer(body="{}", headers={"content-type": "text/x"})
    response = line.send().response

    assert response is not None
    assert {"Date": DATE, "content-type": "text/x"} == response.headers


@pytest.mark.parametrize(
    ("match", "statuses"),
    [
        ({}, [500, 200, 200, 404]),
        ({"times": 2}, [500, 500, 200, 404]),
        ({"times": None}, [500] * 4),
        ({"after": 1}, [200, 500, 200, 404]),
        ({"method": "get", "after": 1, "times": None}, [200, 500, 500, 500]),
        ({"method": "PUT"}, [200, 200, 200, 404]),
        ({"path": "/session"}, [500, 200, 200, 404]),
        ({"path": "/session", "after": 1}, [200, 500, 200, 404]),
        ({"path": "/no*", "times": None}, [200, 200, 200, 500]),
        ({"path": "/No*"}, [200, 200, 200, 404]),
    ],
)
def test_fault_meets_the_requests_it_is_about(line: Line, match: Any, statuses: list[int]) -> None:
    """Method, path pattern without suffix, times and after choose the requests."""
    line.faults.status(500, **match)

    paths = ["/session.json", "/session", "/session", "/nowhere"]
    assert statuses == [line.status("GET", path) for path in paths]


def test_faults_take_turns(line: Line) -> None:
    """Of several answers each request meets the oldest."""
    line.faults.status(500)
    line.faults.status(502)

    assert [500, 502, 200] == [line.status() for _ in range(3)]


@pytest.mark.parametrize(
    ("origin", "statuses"), [("api", [500, 404]), ("store", [200, 500]), (None, [500, 404])]
)
def test_fault_may_be_about_one_origin(line: Line, origin: Any, statuses: list[int]) -> None:
    """A fault meets the API, the object store, or whichever request comes first."""
    line.faults.status(500, origin=origin)
    store = WireRequest("GET", "/no-bucket", origin="store")

    assert statuses == [line.status(), status_of(line.service.receive(store))]


def test_status_of_the_store_speaks_its_language(line: Line) -> None:
    """A scripted status for the store has an XML body."""
    line.faults.status(503, origin="store", headers={"Retry-After": "1"})
    request = WireRequest("POST", "/bucket", origin="store")
    response = line.service.receive(request).response

    assert response is not None
    assert b"<Error><Code>SlowDown</Code>" in response.body
    assert (503, "1", "application/xml") == (
        response.status,
        response.headers["Retry-After"],
        response.headers["Content-Type"],
    )


def test_delay_joins_with_other_trouble(line: Line) -> None:
    """Delays add up and the request still meets the rest."""
    line.faults.delay(0.5, times=None)
    line.faults.delay(0.25)
    line.faults.drop()

    assert Outcome(delay=0.75) == line.send()
    assert 0.5 == line.send().delay


def test_hang_never_answers(line: Line) -> None:
    """A hanging request is not handled and has no end."""
    line.faults.hang()

    assert Outcome(delay=math.inf) == line.send("DELETE")
    assert 200 == line.status()


@pytest.mark.parametrize(("processed", "status"), [(False, 200), (True, 401)])
def test_drop_comes_before_or_after_the_handler(
    *, line: Line, processed: bool, status: int
) -> None:
    """A dropped request may have had its effect."""
    line.faults.drop(processed=processed)

    assert Outcome() == line.send("DELETE")
    assert status == line.status()


@pytest.mark.parametrize("at", [0, 0.5, 0.999])
def test_cut_breaks_off_inside_the_body(line: Line, at: float) -> None:
    """A cut answer is the real one with a part of its body missing."""
    line.faults.cut(at=at)
    outcome = line.send()

    assert outcome.response is not None
    assert int(len(outcome.response.body) * at) == outcome.cut_at
    assert 200 == outcome.response.status


def test_cut_of_an_empty_answer_is_a_drop(line: Line) -> None:
    """An answer without a body has no inside."""
    line.faults.cut()

    assert Outcome() == line.send("DELETE")


def test_stall_of_an_empty_answer_keeps_it_back(line: Line) -> None:
    """An answer without a body comes late and whole, or never."""
    line.faults.stall(seconds=3)
    outcome = line.send("DELETE")

    assert (3, 200, None) == (outcome.delay, status_of(outcome), outcome.flow)


def test_garble_of_an_empty_answer_changes_nothing(line: Line) -> None:
    """Without a body there is nothing to damage."""
    line.faults.garble()
    response = line.send("DELETE").response

    assert response is not None
    assert (200, b"") == (response.status, response.body)


def test_status_with_a_body_of_its_own(line: Line) -> None:
    """What a test says itself is sent as it is."""
    line.faults.status(422, body={"errors": {"name": ["is bad"]}})
    response = line.send().response

    assert response is not None
    assert (422, b'{"errors": {"name": ["is bad"]}}') == (response.status, response.body)


def test_expire_ends_the_session_under_the_request(line: Line) -> None:
    """The request whose session expires gets the real 401, and so do its followers."""
    line.faults.expire(method="GET", after=1)

    assert [200, 401, 401] == [line.status() for _ in range(3)]


def test_expire_leaves_other_sessions_alone(line: Line) -> None:
    """Only the session that the request carries expires."""
    other = line.service.world.open_session(None, ts=0)
    line.faults.expire()
    line.send()

    assert [other.token] == [session.token for session in line.service.world.sessions]


@pytest.mark.parametrize(
    "members", [{"times": 0}, {"at": 1}, {"at": -0.1}, {"tmies": 2}, {"origin": "shop"}]
)
def test_impossible_fault_is_refused(members: Any) -> None:
    """A fault that could never be meant is an error where it is written."""
    with pytest.raises((ValueError, TypeError)):
        Faults().cut(**members)


def test_clear_forgets_all_faults(line: Line) -> None:
    """Cleared faults meet nobody."""
    line.faults.hang(times=None)
    line.faults.clear()

    assert 200 == line.status()


def test_clock_runs_on_from_its_start_and_can_be_moved() -> None:
    """A clock runs in real time; a frozen one only when it is moved."""
    running, frozen = Clock(START), Clock(START, frozen=True)
    running.advance(3600)
    frozen.advance(-1.5)

    assert timedelta() <= running.now() - START - timedelta(hours=1) < timedelta(seconds=30)
    assert START - timedelta(seconds=1.5) == frozen.now()
    frozen.reset()
    assert START == frozen.now()


def test_reset_goes_back_to_the_start_in_the_same_objects(line: Line) -> None:
    """After a reset nothing is left, and held references stay good."""
    service = line.service
    held = (service.world, service.clock, service.faults, service.requests, service.settings)
    line.send()
    line.faults.hang()
    service.settings.v1_enabled = True
    service.clock.advance(60)
    service.world.send_mail(service.world.users[0], subject="", link="")

    service.reset()

    assert held == (
        service.world,
        service.clock,
        service.faults,
        service.requests,
        service.settings,
    )
    assert ([], [], []) == (service.world.users, service.world.sessions, service.world.mails)
    assert ((), [], START) == (line.faults.scripted, service.requests, service.clock.now())
    assert Settings() == service.settings
    assert 401 == line.status()


def test_reset_keeps_the_settings_of_the_start() -> None:
    """A reset brings back the switches that the service was built with."""
    service = Service(settings=Settings(legacy=True))
    service.settings.legacy = False
    service.reset()

    assert service.settings.legacy
