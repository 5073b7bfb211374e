"""Checking what arrived, and what a failed check says."""

import json
from typing import Any

import pytest

from connectycube.emulator import Calls, RecordedRequest, Service, WireRequest
from connectycube.testing import EmulatorTransport

KEYS = {"application_id": 21, "auth_key": "emulator-auth-key"}


@pytest.fixture
def service() -> Service:
    """Mara signed in, looked for users twice, and somebody unknown looked once."""
    service = Service(seed={"users": [{"login": "mara", "password": "canary-of-mara"}]})
    user = {"login": "mara", "password": "canary-of-mara"}
    token = send(service, "POST", "/session", KEYS | {"user": user})["session"]["token"]
    send(service, "GET", "/users/v2.json", query="limit=1&sort=a&sort=b", token=token)
    send(service, "GET", "/users/v2", query="limit=2", token=token)
    send(service, "GET", "/users/1001")
    return service


def send(
    service: Service,
    method: str,
    path: str,
    body: Any = None,
    *,
    query: str = "",
    token: str = "",
) -> Any:
    headers = {"CB-Token": token} if token else {}
    content = b"" if body is None else json.dumps(body).encode()
    response = service.receive(WireRequest(method, path, query, headers, content)).response
    assert response is not None
    return json.loads(response.body) if response.status < 300 else None


def numbers(service: Service, calls: Calls) -> list[int]:
    return [number for number, one in enumerate(service.requests, 1) if one in calls]


@pytest.mark.parametrize(
    ("place", "given", "found"),
    [
        ((), {}, [1, 2, 3, 4]),
        (("get",), {}, [2, 3, 4]),
        ((None, "/session"), {}, [1]),
        (("GET", "/users/v2"), {}, [2, 3]),
        (("GET", "/users/{user_id}"), {}, [2, 3, 4]),
        (("GET", "/users/*"), {}, [2, 3, 4]),
        (("GET", "/users"), {}, []),
        (("GET", "/users/v."), {}, []),
        (("GET", "/{anything}/v2/{more}"), {}, []),
        ((), {"user": "mara"}, [2, 3]),
        ((), {"user": 1001}, [2, 3]),
        ((), {"user": None}, [1, 4]),
        ((), {"query": {"limit": 2}}, [3]),
        ((), {"query": {"sort": ["a", "b"]}}, [2]),
        ((), {"query": {"sort": "a"}}, []),
        ((), {"query": {"limit": True}}, []),
        ((), {"query": {}, "json": {}}, [1]),
        ((), {"json": {"user": {"login": "mara"}}}, [1]),
        ((), {"json": {"user": {"login": "mara", "email": "x"}}}, []),
        ((), {"json": KEYS, "user": None}, [1]),
        ((), {"json": None}, [2, 3, 4]),
        ((), {"origin": "store"}, []),
    ],
)
def test_calls_are_told_apart_by(
    service: Service, place: tuple[str, ...], given: Any, found: list[int]
) -> None:
    """Method, path template, user, and parts of the query and the JSON."""
    assert found == numbers(service, service.calls(*place, **given))


def test_a_user_is_named_by_whatever_has_an_id(service: Service) -> None:
    """The user as the world, or a client, holds it."""
    assert 2 == len(service.calls(user=service.world.users[0]))


def test_a_list_in_json_is_compared_item_by_item() -> None:
    """Objects in it may hold more, but it may not be longer."""
    service = Service()
    send(service, "POST", "/a", {"items": [{"id": 1, "name": "x"}, {"id": 2}]})

    service.calls(json={"items": [{"id": 1}, {"id": 2}]}).once()
    service.calls(json={"items": [{"id": 1}]}).never()
    service.calls(json={"items": [{"id": 1}, {"id": 3}]}).never()


def test_checks_give_the_calls_that_they_checked(service: Service) -> None:
    """So that a test can go on with them."""
    calls = service.calls("GET", "/users/v2")

    assert "mara" == service.calls("POST", "/session").once().json["user"]["login"]
    assert ["1", "2"] == [one.query["limit"] for one in calls.times(2)]
    assert 2 == len(calls.at_least(1))
    assert isinstance(calls[0], RecordedRequest)
    assert calls[:] == list(calls)
    assert "<Calls GET /users/v2: 2 of 4>" == repr(calls)
    service.calls("DELETE").never()


def test_what_arrives_later_is_not_among_them(service: Service) -> None:
    """Calls are those that had arrived when they were asked for."""
    calls = service.calls("GET")
    send(service, "GET", "/users/1002")

    assert (3, 4) == (len(calls), len(service.calls("GET")))


def failure(check: Any, *args: Any) -> str:
    with pytest.raises(AssertionError) as failed:
        check(*args)
    return str(failed.value)


def test_a_failed_check_names_the_nearest_call_and_what_it_differs_in(service: Service) -> None:
    """The right place with other words is nearer than the right words elsewhere."""
    wanted = {"user": {"login": "jonas", "password": "canary-of-jonas"}, "guest": 1}

    story = failure(service.calls("POST", "/session", json=wanted).once)

    shown = '{"user": {"login": "jonas", "password": "***"}, "guest": 1}'
    assert [
        f"expected 1 call of POST /session with json {shown}, but there was none",
        "The nearest other is 1. POST /session by no user:",
        '  json.user.login is "mara", not "jonas"',
        "  json.user.password is another one",
        "  json.guest is missing",
        "All that arrived (those meant are marked >):",
        "  1. POST /session by no user",
        "  2. GET /users/v2.json by mara",
        "  3. GET /users/v2 by mara",
        "  4. GET /users/1001 by no user",
    ] == story.splitlines()


@pytest.mark.parametrize(
    ("place", "given", "nearest", "difference"),
    [
        (("GET", "/user/{id}"), {}, 4, "the path is /users/1001, not /user/{id}"),
        (("PUT", "/session"), {}, 1, "the method is POST, not PUT"),
        (("GET", "/users/v2"), {"query": {"limit": 3}}, 3, 'query limit is "2", not "3"'),
        (("GET", "/users/v2"), {"query": {"page": 1}}, 3, "query page is missing"),
        (("GET", "/users/1001"), {"user": "mara"}, 4, "it is by no user, not by mara"),
    ],
)
def test_each_difference_is_told(
    service: Service, place: tuple[str, ...], given: Any, nearest: int, difference: str
) -> None:
    """Of those that are equally near it is the last: that is what the test has just done."""
    lines = failure(service.calls(*place, **given).once).splitlines()

    assert lines[1].startswith(f"The nearest other is {nearest}. ")
    assert f"  {difference}" == lines[2]


def test_too_many_calls_are_marked(service: Service) -> None:
    """Nobody asks for the nearest other then."""
    story = failure(service.calls("GET", "/users/v2").once)

    assert "expected 1 call of GET /users/v2, but there were 2" == story.splitlines()[0]
    assert ["> 2. ", "> 3. "] == [one[:5] for one in story.splitlines() if one[0] == ">"]
    assert "nearest" not in story


def test_an_unwanted_call_is_shown(service: Service) -> None:
    story = failure(service.calls("POST").never)

    assert "expected no call of POST *, but there was 1" == story.splitlines()[0]
    assert "> 1. POST /session by no user" in story


def test_at_least_says_how_many(service: Service) -> None:
    story = failure(service.calls(path="/users/v2").at_least, 3)

    assert story.startswith(
        "expected at least 3 calls of any method /users/v2, but there were 2\nThe nearest other is"
    )


def test_when_nothing_arrived_that_is_all_there_is_to_say() -> None:
    assert "expected 1 call of GET *, but there was none: nothing arrived at all" == failure(
        Service().calls("GET").once
    )


def test_a_long_story_is_cut_short(service: Service) -> None:
    """The last dozen is shown, and how many there were before."""
    for number in range(20):
        send(service, "GET", f"/later/{number}")

    lines = failure(service.calls("POST").times, 2).splitlines()

    assert "  … 12 calls before" in lines
    assert "  24. GET /later/19 by no user" == lines[-1]
    assert "The nearest other is" in lines[1]


def test_a_fault_that_a_call_met_is_told(service: Service) -> None:
    service.faults.status(500)
    service.receive(WireRequest("GET", "/users/7"))

    assert "GET /users/7 by no user, met by the fault status" in failure(
        service.calls("GET", "/users/8").once
    )


def test_what_could_never_be_meant_is_refused_at_once(service: Service) -> None:
    """A slip in a check must not pass for a call that was not made."""
    with pytest.raises(TypeError, match="calls are not told apart by jsn"):
        service.calls("GET", jsn={})  # type: ignore[call-arg]  # the slip is the subject
    with pytest.raises(ValueError, match="origin is api or store"):
        service.calls(origin="chat")  # type: ignore[arg-type]  # the same
    with pytest.raises(LookupError, match="there is no user 'jonas'"):
        service.calls(user="jonas")


def test_a_transport_without_a_socket_has_them_too(service: Service) -> None:
    EmulatorTransport(service).calls("POST", "/session").once()


# -- resets


def test_a_seed_given_to_a_reset_stays(service: Service) -> None:
    """It is what there is from then on, until another is given."""
    service.reset(seed={"users": [{"login": "jonas", "password": "canary-of-jonas"}]})
    service.world.add_user(login="pat")

    service.reset()

    assert ["jonas"] == [one.login for one in service.world.users]
    assert [] == service.requests
    service.reset(seed={})
    assert [] == service.world.users
