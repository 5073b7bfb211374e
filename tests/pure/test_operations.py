"""The package and the emulator against the operations of the contract, one by one."""

import json
from http import HTTPStatus
from types import NoneType
from typing import Any, Final

import pytest

from connectycube import DecodeError, Endpoint
from connectycube.codec import decode
from connectycube.emulator.rest.routes import ROUTES
from connectycube.emulator.router import Route
from connectycube.retry import Attempt
from tests.operations import evidence
from tests.operations.__main__ import main, report
from tests.operations.evidence import samples
from tests.operations.reach import endpoints, reached
from tests.operations.table import ALL, OPERATIONS, REPEATS, Operation, labels, plain

ENDPOINTS: Final = {".".join(spot): endpoint for spot, endpoint in endpoints().items()}
ROUTE_CALLERS: Final = {
    "ANYONE": {"none", "app keys"},
    "AUTH_KEY_OR_SESSION": {"auth key"},
    "SESSION": {"any session"},
    "USER": {"user session"},
    "ADMIN": {"admin key"},
}
# Answered by the object store, in words of its own.
SERVED: Final = [one for one in OPERATIONS if not one.path.startswith("(")]


def as_attempt(endpoint: Endpoint[Any], sample: dict[str, Any]) -> Attempt:
    """Return a recorded success as the engine sees it."""
    body = sample["body"]
    text = body if isinstance(body, str) else "" if body is None else json.dumps(body)
    return Attempt(1, endpoint, sample["status"], {}, text.encode())


def can_read(endpoint: Endpoint[Any], sample: dict[str, Any]) -> bool:
    """Say whether a recorded success has a meaning for an endpoint."""
    try:
        decode(endpoint, as_attempt(endpoint, sample))
    except DecodeError:
        return False
    return True


@pytest.mark.parametrize("name", ENDPOINTS)
def test_every_endpoint_is_an_operation_of_the_contract(name: str) -> None:
    """None is made up, and each needs, repeats and answers what the contract says."""
    endpoint = ENDPOINTS[name]
    known = labels()[plain(endpoint.label)]
    repeats = {one.removesuffix("*") for one in REPEATS[plain(endpoint.label)]}

    assert endpoint.needs.value.replace("nothing", "none") in {c for o in known for c in o.caller}
    assert endpoint.retry.value in repeats
    expected = "empty" if endpoint.result is NoneType else "content"
    assert expected in {one.answer for one in known}


def test_every_endpoint_has_a_method_that_uses_it() -> None:
    """What is merely defined is of no use to anybody."""
    used = {spot for one in OPERATIONS for call in one.calls for spot in reached(call)}

    assert set() == endpoints().keys() - used


@pytest.mark.parametrize("one", OPERATIONS, ids=str)
def test_every_operation_has_methods_that_say_what_they_do(one: Operation) -> None:
    """Each uses an endpoint of the operation, and names the page of the documentation."""
    assert one.calls
    assert evidence.docstring(one) is not None


@pytest.mark.parametrize("one", OPERATIONS, ids=str)
def test_every_success_is_as_the_contract_says(one: Operation) -> None:
    """The recorded answer has the documented status."""
    _, first = samples(one)[0]

    assert one.status == first["status"]


@pytest.mark.parametrize("one", SERVED, ids=str)
def test_every_recorded_success_can_be_read(one: Operation) -> None:
    """By an endpoint that the operation's own methods use."""
    used = {spot: it for call in one.calls for spot, it in reached(call).items()}
    fitting = [it for it in used.values() if plain(it.label) in one.labels]
    for name, sample in samples(one):
        if sample["status"] < HTTPStatus.MULTIPLE_CHOICES:
            assert any(can_read(it, sample) for it in fitting), name


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_every_route_lets_in_whom_the_contract_lets_in(route: Route) -> None:
    """Where several operations share a path, whom one of them does."""
    label = plain(f"{route.method} {route.path}")
    known = [one for one in ALL if label in one.labels]

    assert known
    assert all(one.legacy is not None for one in known) == route.legacy
    callers = {caller for one in known for caller in one.caller}
    # Nobody says who was let in to what is gone.
    assert route.legacy or ROUTE_CALLERS[route.caller.name] & callers


def test_both_tables_list_the_same_calls() -> None:
    """What is repeated is known of every operation, and of nothing else."""
    assert set() == {one.label for one in OPERATIONS} - REPEATS.keys()
    assert set() == REPEATS.keys() - labels().keys()


def test_the_report_finds_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    """An operation that there is nothing for is told, column by column."""
    nothing = Operation(
        id="X1",
        area="nowhere",
        operation="go",
        method="GET",
        path="/nowhere",
        caller=["none"],
        status=200,
        answer="empty",
        calls=["api.users.Users.fly"],
        page="https://developers.connectycube.com/",
    )
    lines, complete = report([nothing])

    assert not complete
    assert 5 == lines[1].count("MISSING")
    assert lines[-1].endswith("0 of 1 operations are complete: 0.0 %")
    assert 0 == main([])
    assert f"of {len(OPERATIONS)} operations" in capsys.readouterr().out


def test_nothing_is_missing() -> None:
    """Every operation has its endpoint, handler, sample, vector and words."""
    lines, _ = report()

    assert [] == [line for line in lines if "MISSING" in line]
