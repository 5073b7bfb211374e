"""The users search of the emulator: operators, rules and pages."""

import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from connectycube.emulator.clock import Clock
from connectycube.emulator.messages import WireRequest
from connectycube.emulator.service import Service

START = datetime(2024, 6, 10, tzinfo=UTC)
PEOPLE: list[dict[str, Any]] = [
    {"login": "anna", "full_name": "Anna Berg", "tags": ("red", "vip"), "phone": "+4670"},
    {"login": "anders", "full_name": "Anders Holm", "tags": ("red",), "email": "a@example.org"},
    {"login": "bert", "full_name": "Bert, the 2nd", "external_id": "x,2", "timezone": 60},
    {"login": "cleo", "full_name": "Cleo", "tags": ("blue",), "facebook_id": "77"},
]


@pytest.fixture
def service() -> Service:
    """Four users, ids 1001 to 1004, created a day apart."""
    service = Service(clock=Clock(START, frozen=True))
    for person in PEOPLE:
        service.world.add_user(**person)
        service.clock.advance(86400)
    return service


def ask(service: Service, path: str, query: str = "", login: str | None = "anna") -> Any:
    user = service.world.find_user(login=login)
    token = service.world.open_session(user, ts=0).token
    request = WireRequest("GET", path, query, {"CB-Token": token})
    response = service.receive(request).response
    assert response is not None
    return response.status, json.loads(response.body)


def logins(service: Service, query: str) -> list[str]:
    status, page = ask(service, "/users/v2", query)
    assert (200, len(page["items"])) == (status, min(page["total_entries"], page["limit"]))
    return [item["login"] for item in page["items"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("id=1002", ["anders"]),
        ("id[in][]=1004&id[in][]=1001&id[in][]=9", ["anna", "cleo"]),
        ("id%5Bin%5D%5B%5D=1002", ["anders"]),
        ("id%5bin%5d%5b%5d=1002", ["anders"]),
        ("id[in]=1001&id[in]=1002", ["anna", "anders"]),
        ("id[in]=1001,1002", ["anna", "anders"]),
        ("id[in]=1001%2C%201002", ["anna", "anders"]),
        ("login=anna", ["anna"]),
        ("login=ghost", []),
        ("email=a%40example.org", ["anders"]),
        ("phone=%2B4670", ["anna"]),
        ("full_name=Anna+Berg", ["anna"]),
        ("full_name=Bert%2C%20the%202nd", ["bert"]),
        ("external_id[in][]=x%2C2", ["bert"]),
        ("facebook_id=77", ["cleo"]),
        ("full_name[start_with]=Anna", ["anna"]),
        ("user_tags=red", ["anna", "anders"]),
        ("user_tags[in][]=vip&user_tags[in][]=blue", ["anna", "cleo"]),
        ("user_tags[]=vip&user_tags[]=blue", ["anna", "cleo"]),
        ("user_tags=red&user_tags[nin][]=vip", ["anders"]),
        ("user_tags=red&login[nin][]=anna", ["anders"]),
        ("user_tags=red&login=anna", ["anna"]),
        ("user_tags=red&created_at[gt]=2024-06-10T00:00:00Z", ["anders"]),
        ("user_tags=red&created_at[gte]=1717977600&created_at[lt]=1718064000", ["anna"]),
        ("user_tags=red&created_at=2024-06-11T00:00:00Z", ["anders"]),
        ("user_tags=red&created_at[in][]=2024-06-11T00:00:00Z", ["anders"]),
        ("user_tags=red&last_request_at[gt]=2024-01-01T00:00:00Z", ["anna"]),
        ("id[in][]=1001&id[in][]=1002&sort_desc=id", ["anders", "anna"]),
        ("id[in]=1001,1002,1003&sort_asc=full_name", ["anders", "anna", "bert"]),
        ("id[in]=1001,1002,1003&sort_desc=created_at", ["bert", "anders", "anna"]),
        ("login=anna&is_guest=true", ["anna"]),
        ("&limit=5&id=1001", ["anna"]),
    ],
)
def test_search_finds(service: Service, query: str, found: list[str]) -> None:
    """Every operator works in every spelling, filters join with AND, the order is by id."""
    assert found == logins(service, query)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "limit=5",
        "login[nin][]=anna",
        "created_at[gt]=2024-01-01T00:00:00Z",
        "created_at=2024-06-10T00:00:00Z",
        "last_request_at[gt]=1&updated_at[lt]=2",
        "id[gt]=5",
        "login=anna&id[lte]=5",
        "login[start_with]=ann",
        "login=anna&created_at[start_with]=2024",
        "id[start_with]=1001",
        "login[ne]=anna",
        "login[eq]=anna",
        "id=abc",
        "login=anna&updated_at[gt]=Fri%20Nov%2010%202017%2000%3A00%3A00%20GMT%2B0000",
        "login=anna&limit=0",
        "login=anna&limit=many",
        "login=anna&offset=-1",
        "login=anna&sort_asc=id&sort_desc=id",
        "login=anna&sort_asc=password",
        "login[in][a]=1",
        "login[start_with][]=anna",
    ],
)
def test_query_against_the_rules_is_refused(service: Service, query: str) -> None:
    """A query needs a stand-alone field with a primary operator and only known operators."""
    assert (422, {"errors": {"base": ["Invalid filter"]}}) == ask(service, "/users/v2", query)


def test_unknown_field_is_refused_only_when_asked(service: Service) -> None:
    """What the service does with an unknown field is unknown, so there is a switch."""
    service.settings.refuse_unknown_filters = True

    assert 422 == ask(service, "/users/v2", "login=anna&is_guest=true")[0]


@pytest.mark.parametrize(
    ("query", "limit", "skip", "count"),
    [
        ("limit=2", 2, 0, 2),
        ("limit=2&offset=3", 2, 3, 1),
        ("offset=9", 100, 9, 0),
        ("limit=1000", 100, 0, 4),
        ("full_name[start_with]=Anna&limit=50", 5, 0, 1),
    ],
)
def test_page_is_told(service: Service, query: str, limit: int, skip: int, count: int) -> None:
    """The answer tells its page, with the limit that was really used."""
    _, page = ask(service, "/users/v2", f"id[in]=1001,1002,1003,1004&{query}")

    assert (limit, skip, count) == (page["limit"], page["skip"], len(page["items"]))
    assert (1 if "start_with" in query else 4) == page["total_entries"]


def test_search_takes_a_form_body_with_get(service: Service) -> None:
    """The documentation's samples put a form into the body of a GET; the query wins."""
    user = service.world.find_user(login="anna")
    token = service.world.open_session(user, ts=0).token
    headers = {"CB-TOKEN": token, "Content-Type": "application/x-www-form-urlencoded"}
    request = WireRequest("GET", "/users/v2", "limit=1", headers, b"user_tags=red&limit=9")
    response = service.receive(request).response
    assert response is not None
    page = json.loads(response.body)

    assert (1, 2) == (page["limit"], page["total_entries"])


def test_search_needs_a_user(service: Service) -> None:
    """An application session may not search."""
    refused = {"errors": {"base": ["Forbidden. Need user."]}}

    assert (403, refused) == ask(service, "/users/v2", "login=anna", login=None)


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("sort_asc=timezone", ["anna", "anders"]),
        ("sort_desc=timezone", ["bert", "anna"]),
        ("sort_asc=user_tags", ["bert", "cleo"]),
    ],
)
def test_null_sorts_below_every_value(service: Service, query: str, first: list[str]) -> None:
    """What is not there comes first in ascending order, last in descending order."""
    assert first == logins(service, f"id[in]=1001,1002,1003,1004&{query}")[:2]


def test_a_thousand_users_are_paged_at_once(service: Service) -> None:
    """A hundred pages of a hundred users take less than a second, and none is missed."""
    for number in range(1000):
        service.world.add_user(login=f"user-{number}", tags=("all",))
    began = time.process_time()
    pages = [
        logins(service, f"user_tags=all&sort_asc=id&limit=100&offset={offset}")
        for _ in range(10)
        for offset in range(0, 1000, 100)
    ]

    assert time.process_time() - began < 5  # it would be minutes if it grew with the square
    assert [f"user-{number}" for number in range(1000)] * 10 == [one for p in pages for one in p]


def test_many_ids_in_a_query_are_read_at_once(service: Service) -> None:
    """Ten thousand values of one list do not slow each other."""
    ids = "&".join(f"id[in][]={number}" for number in range(10_000))
    began = time.process_time()

    assert ["anna", "anders", "bert", "cleo"] == logins(service, ids)
    assert time.process_time() - began < 5  # it would be minutes if it grew with the square


def test_search_by_id_does_not_look_at_everybody(service: Service) -> None:
    """Ten thousand users do not slow the look-up of one."""
    for number in range(10_000):
        service.world.add_user(login=f"user-{number}")
    user = service.world.find_user(login="user-5000")
    assert user is not None
    began = time.process_time()

    for _ in range(200):
        assert [user.login] == logins(service, f"id={user.id}")

    assert time.process_time() - began < 5  # it would be minutes if it grew with the square
