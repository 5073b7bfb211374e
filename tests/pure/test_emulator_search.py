"""The users search of the emulator: operators, rules, pages, and the deprecated look-ups."""

import json
from datetime import UTC, datetime, timedelta
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


V1_FOUND = [
    ("/users/1002", "", "anders"),
    ("/users/by_login", "login=anders", "anders"),
    ("/users/by_email", "email=a%40example.org", "anders"),
    ("/users/by_facebook_id", "facebook_id=77", "cleo"),
    ("/users/phone", "phone=%2B4670", "anna"),
    ("/users/by_phone", "phone=%2B4670", "anna"),
    ("/users/external/x%2C2", "", "bert"),
]


@pytest.mark.parametrize(("path", "query", "login"), V1_FOUND)
def test_deprecated_look_up_needs_its_switch(
    service: Service, path: str, query: str, login: str
) -> None:
    """The V1 look-ups are off unless the application switched them on."""
    status, answer = ask(service, path, query)
    service.settings.v1_enabled = True

    assert 403 == status
    assert answer["errors"]["base"][0].startswith("Users retrieving forbidden in admin panel")
    assert login == ask(service, path, query)[1]["user"]["login"]


@pytest.mark.parametrize(
    ("path", "query"),
    [("/users/9", ""), ("/users/by_login", "login=x"), ("/users/by_twitter_id", "")],
)
def test_deprecated_look_up_without_a_match(service: Service, path: str, query: str) -> None:
    """No match is a 404."""
    service.settings.v1_enabled = True

    assert (404, {"errors": ["User not found"]}) == ask(service, path, query)


@pytest.mark.parametrize(
    ("path", "query", "found"),
    [
        ("/users/by_tags", "tags=vip,blue", ["anna", "cleo"]),
        ("/users/by_tags", "tags[]=vip&tags[]=blue", ["anna", "cleo"]),
        ("/users/by_tags", "tags=vip,blue&per_page=1&page=2", ["cleo"]),
        ("/users/by_full_name", "full_name=Cleo", ["cleo"]),
        ("/users/by_full_name", "", []),
    ],
)
def test_deprecated_lists_are_wrapped_pages(
    service: Service, path: str, query: str, found: list[str]
) -> None:
    """The V1 lists wrap each user and count pages from one."""
    service.settings.v1_enabled = True
    status, page = ask(service, path, query)

    assert 200 == status
    assert found == [item["user"]["login"] for item in page["items"]]


@pytest.mark.parametrize(
    ("path", "caller", "status"),
    [
        ("/chat/Dialog", "anna", 501),
        ("/chat/Dialog", None, 403),
        ("/users/online", "anna", 501),
        ("/admin/chat/list", None, 501),
    ],
)
def test_known_but_missing_operation_says_so(
    service: Service, path: str, caller: str | None, status: int
) -> None:
    """What the service has and the emulator lacks is a loud 501, after the usual check."""
    answered, answer = ask(service, path, login=caller)

    assert status == answered
    assert (status == 501) == (answer["errors"] == [f"Not emulated: GET {path}"])


def test_search_by_id_does_not_look_at_everybody(service: Service) -> None:
    """Ten thousand users do not slow the look-up of one."""
    for number in range(10_000):
        service.world.add_user(login=f"user-{number}")
    user = service.world.find_user(login="user-5000")
    assert user is not None
    began = datetime.now(UTC)

    for _ in range(200):
        assert [user.login] == logins(service, f"id={user.id}")

    assert datetime.now(UTC) - began < timedelta(seconds=1)
