"""The deprecated users list and look-ups of the emulator, and who is online."""

import json
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
EVERYBODY = [person["login"] for person in PEOPLE]


@pytest.fixture
def service() -> Service:
    """Four users, ids 1001 to 1004, created a day apart at noon, and the old list switched on."""
    service = Service(clock=Clock(START, frozen=True))
    service.settings.v1_enabled = True
    service.clock.advance(43200)
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


def logins(service: Service, path: str, query: str) -> list[str]:
    status, page = ask(service, path, query)
    assert 200 == status
    return [item["user"]["login"] for item in page["items"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", EVERYBODY),
        ("filter[]=number+id+in+1001,1003", ["anna", "bert"]),
        ("filter%5B%5D=number%20id%20in%201001%2C%201003", ["anna", "bert"]),
        ("filter[]=integer+id+eq+1002", ["anders"]),
        ("filter[]=number+id+gt+1003", ["cleo"]),
        ("filter[gt]=number+id+gt+1003", ["cleo"]),
        ("filter=number+id+lt+1002", ["anna"]),
        ("filter[]=number+id+ge+1002&filter[]=number+id+le+1003", ["anders", "bert"]),
        ("filter[ge]=number+id+ge+1002&filter[le]=number+id+le+1003", ["anders", "bert"]),
        ("filter[]=number+id+ge+1002&filter[le]=number+id+le+1003", ["anders", "bert"]),
        ("filter[]=number+id+between+1002,1003", ["anders", "bert"]),
        ("filter[]=number+id+ne+1001", ["anders", "bert", "cleo"]),
        ("filter[]=number+timezone+lt+61", ["bert"]),
        ("filter[]=number+timezone+ne+60", ["anna", "anders", "cleo"]),
        ("filter[]=string+full_name+eq+Anna+Berg", ["anna"]),
        ("filter[]=string+login+in+anna,cleo,ghost", ["anna", "cleo"]),
        ("filter[]=string+login+gt+anna", ["bert", "cleo"]),
        ("filter[]=string+phone+eq+%2B4670", ["anna"]),
        ("filter[]=string+email+ne+a%40example.org", ["anna", "bert", "cleo"]),
        ("filter[]=string+user_tags+eq+red", ["anna", "anders"]),
        ("filter[]=string+user_tags+ne+red", ["bert", "cleo"]),
        ("filter[]=date+created_at+eq+2024-06-11", ["anders"]),
        ("filter[]=date+created_at+gt+2024.06.11", ["bert", "cleo"]),
        ("filter[]=date+created_at+between+2024-06-11,2024-06-12", ["anders", "bert"]),
        ("filter[]=date+created_at+in+2024-06-10,2024-06-13", ["anna", "cleo"]),
        ("filter[]=string+id+in+1001,1002", []),
        ("filter[]=string+id+ne+1001", []),
        ("filter[]=number+login+eq+1", []),
        ("order=desc+number+id", ["cleo", "bert", "anders", "anna"]),
        ("order=asc+integer+id", EVERYBODY),
        ("order=desc+string+id", ["cleo", "bert", "anders", "anna"]),
        ("order=asc+string+full_name", ["anders", "anna", "bert", "cleo"]),
        ("order=desc+date+created_at", ["cleo", "bert", "anders", "anna"]),
        ("order=asc+string+user_tags", ["bert", "cleo", "anders", "anna"]),
        ("order=desc+number+timezone", ["bert", "anna", "anders", "cleo"]),
        ("order=desc+number+id&per_page=3&page=2", ["anna"]),
    ],
)
def test_old_list_is_filtered_and_ordered(service: Service, query: str, found: list[str]) -> None:
    """Every filter must fit, in whatever brackets; a type that is not the field's fits nobody."""
    assert found == logins(service, "/users", query)


@pytest.mark.parametrize(
    ("query", "error"),
    [
        (
            "filter[]=string+custom_data+eq+1",
            'Incorrect search field - "custom_data" for filter string "string custom_data eq 1"',
        ),
        (
            "filter[]=string+password+eq+1",
            'Incorrect search field - "password" for filter string "string password eq 1"',
        ),
        ("filter[]=", 'Incorrect search field - "" for filter string ""'),
        ("filter[]=text+login+eq+1", 'Incorrect filter string "text login eq 1"'),
        ("filter[]=string+login+like+1", 'Incorrect filter string "string login like 1"'),
        ("filter[]=number+id+eq+one", 'Incorrect filter string "number id eq one"'),
        ("filter[]=integer+id+eq+1.5", 'Incorrect filter string "integer id eq 1.5"'),
        ("filter[]=number+id+eq", 'Incorrect filter string "number id eq"'),
        ("filter[]=number+id+between+1", 'Incorrect filter string "number id between 1"'),
        ("filter[]=date+created_at+gt+soon", 'Incorrect filter string "date created_at gt soon"'),
        ("order=up+number+id", 'Incorrect order "up number id"'),
        ("order=asc+string+custom_data", 'Incorrect order "asc string custom_data"'),
        ("order=asc", 'Incorrect order "asc"'),
    ],
)
def test_unfit_filter_of_the_old_list_is_refused(service: Service, query: str, error: str) -> None:
    """Fields, types, operators and values are checked."""
    assert (422, {"errors": [error]}) == ask(service, "/users", query)


def test_old_list_comes_in_pages(service: Service) -> None:
    """Ten users a page unless asked for more, and never more than a hundred."""
    sizes = [
        ask(service, "/users", query)[1] for query in ("", "per_page=2&page=9", "per_page=999")
    ]

    assert [(1, 10, 4, 4), (9, 2, 4, 0), (1, 100, 4, 4)] == [
        (page["current_page"], page["per_page"], page["total_entries"], len(page["items"]))
        for page in sizes
    ]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/users", ""),
        ("/users", "filter[]=string+custom_data+eq+1"),
        ("/users/by_full_name", "full_name=Cleo"),
        ("/users/by_tags", "tags=red"),
    ],
)
def test_old_lists_need_their_switch(service: Service, path: str, query: str) -> None:
    """Switched off, they are refused before anything else is looked at."""
    service.settings.v1_enabled = False
    place = "https://admin.example.org/apps/21/service/users/settings"
    text = "Users retrieving forbidden in admin panel, application settings. Setup it here"

    assert (403, {"errors": {"base": [f"{text} {place}"]}}) == ask(service, path, query)


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
    service.settings.v1_enabled = False
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
    assert found == logins(service, path, query)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["anna", "anders", "cleo"]),
        ("limit=2", ["anna", "anders"]),
        ("limit=2&offset=1", ["anders", "cleo"]),
        ("offset=9", []),
        ("limit=0", ["anna"]),
        (f"limit={'9' * 5000}", ["anna", "anders", "cleo"]),
        ("limit=many&offset=-1", ["anna", "anders", "cleo"]),
        ("count=0", ["anna", "anders", "cleo"]),
    ],
)
def test_online_users_are_listed(service: Service, query: str, found: list[str]) -> None:
    """Who was put online is shown, the oldest first and without wrapping."""
    for login in ("cleo", "anna", "anders", "bert"):
        put_online(service, login)
    put_online(service, "bert", online=False)
    service.settings.v1_enabled = False
    status, answer = ask(service, "/users/online", query)

    assert 200 == status
    assert found == [user["login"] for user in answer["users"]]


def test_at_most_a_hundred_online_users_are_listed(service: Service) -> None:
    """The most that one answer shows is inferred to be as in the search."""
    for _ in range(101):
        service.world.set_online(service.world.add_user().id)

    shown = [len(ask(service, "/users/online", q)[1]["users"]) for q in ("", "limit=101")]
    assert [100, 100] == shown
    assert {"count": 101} == ask(service, "/users/online", "count=1")[1]


@pytest.mark.parametrize("query", ["count=1", "count=true", "count=true&limit=1&offset=1"])
def test_online_users_are_counted(service: Service, query: str) -> None:
    """The count is of all, whatever page is asked for, and a deleted user is not in it."""
    for login in ("anna", "anders", "cleo"):
        put_online(service, login)
    service.world.remove_user(1004)

    assert (200, {"count": 2}) == ask(service, "/users/online", query)


def test_online_users_are_for_users(service: Service) -> None:
    """An application session sees nobody, and nobody unknown can be online."""
    refused = {"errors": {"base": ["Forbidden. Need user."]}}

    assert (403, refused) == ask(service, "/users/online", login=None)
    with pytest.raises(KeyError, match="no user has the id 9"):
        service.world.set_online(9)


def put_online(service: Service, login: str, *, online: bool = True) -> None:
    user = service.world.find_user(login=login)
    assert user is not None
    service.world.set_online(user.id, online=online)
