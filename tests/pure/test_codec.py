"""Answers become values, or the errors that they are."""

import json
from datetime import UTC, datetime
from pathlib import Path
from types import NoneType
from typing import Any

import pytest

from connectycube.api.users import DELETE, FIND, RESET_PASSWORD, SIGN_UP, UPDATE
from connectycube.auth.endpoints import CREATE_SESSION, DESTROY_SESSION, GET_SESSION, LOGIN, LOGOUT
from connectycube.codec import Answer, decode
from connectycube.endpoint import Endpoint
from connectycube.errors import (
    ApiError,
    AuthenticationError,
    BadRequestError,
    ConnectError,
    DecodeError,
    ExternalAuthError,
    ForbiddenError,
    NotFoundError,
    RateLimitedError,
    RequestTimeoutError,
    ServerError,
    SessionExpiredError,
    TransportError,
    UnauthorizedError,
    UserNotFoundError,
    ValidationError,
)
from connectycube.http import Headers
from connectycube.models.page import Page
from connectycube.models.user import User
from connectycube.retry import Attempt
from connectycube.session import Session

WIRE = Path(__file__).parent.parent / "wire"
GET_USER = Endpoint("GET", "/users/{user_id}", User, envelope="user")
LIST_DIALOGS = Endpoint("GET", "/chat/Dialog", NoneType)
SAMPLES = {path.stem: path for path in sorted(WIRE.glob("*.json"))}
# Operations that have an endpoint, or the form of one.
ENDPOINTS: dict[str, Endpoint[Any]] = {
    "create_session": CREATE_SESSION,
    "get_session": GET_SESSION,
    "destroy_session": DESTROY_SESSION,
    "login": LOGIN,
    "logout": LOGOUT,
    "signup": SIGN_UP,
    "update_user": UPDATE,
    "delete_user": DELETE,
    "delete_user_by_external_id": DELETE,
    "reset_password": RESET_PASSWORD,
    "list_users": FIND,
    "list_users_v1": FIND,
    "get_user": GET_USER,
    "get_user_by_email": GET_USER,
    "get_user_by_external_id": GET_USER,
    "get_user_by_facebook_id": GET_USER,
    "get_user_by_login": GET_USER,
    "get_user_by_phone": GET_USER,
    "get_user_by_twitter_id": GET_USER,
    "list_dialogs": LIST_DIALOGS,
    "destroy_other_sessions": LIST_DIALOGS,
}
MARA = User(
    id=90211,
    login="mara.k",
    email="mara@example.org",
    full_name="Mara Kessler",
    phone="37120000001",
    tags=["team_red", "beta"],
    custom_data='{"theme":"dark"}',
    timezone=120,
    created_at=datetime(2024, 5, 2, 7, 41, 18, tzinfo=UTC),
    updated_at=datetime(2024, 6, 9, 18, 22, 40, tzinfo=UTC),
    last_request_at=datetime(2024, 6, 10, 9, 4, 57, tzinfo=UTC),
    extra={"_id": "66670c2a0000000000016063", "external_user_id": None},
)


def answer(
    endpoint: Endpoint[Any], body: Any, *, status: int = 200, headers: dict[str, str] | None = None
) -> Answer[Any]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return decode(endpoint, Attempt(1, endpoint, status, Headers(headers), content))


def recorded(name: str) -> tuple[Endpoint[Any], Attempt]:
    sample = json.loads(SAMPLES[name].read_text())
    endpoint, body = ENDPOINTS[sample["operation"]], sample["body"]
    if body is None:
        content = b""
    else:
        content = (body if isinstance(body, str) else json.dumps(body)).encode()
    headers = Headers(sample.get("headers"))
    return endpoint, Attempt(1, endpoint, sample["status"], headers, content)


def samples_of(*operations: str) -> list[str]:
    found = {name: json.loads(path.read_text()) for name, path in SAMPLES.items()}
    return [
        name
        for name, sample in found.items()
        if sample["operation"] in operations and ".error" not in name and name[:6] != "error."
    ]


# -- every recorded answer


@pytest.mark.parametrize(
    ("name", "kind", "messages"),
    [
        (
            "auth.create_session.error.external_refused",
            ExternalAuthError,
            [
                (
                    'Custom Identity Provider responded with an error = "Token invalid".'
                    " Status code = 404"
                )
            ],
        ),
        (
            "auth.create_session.error.external_status_200",
            ExternalAuthError,
            ["Custom Identity Provider uid is required"],
        ),
        (
            "auth.create_session.error.external_uid_missing",
            ExternalAuthError,
            ["Custom Identity Provider uid is required"],
        ),
        (
            "auth.create_session.error.firebase_params",
            ExternalAuthError,
            [
                (
                    "Bad Authentication data. Invalid input parameters provided: no "
                    "'firebase_phone[access_token]' and 'firebase_phone[project_id]' "
                    "parameters provided"
                )
            ],
        ),
        ("auth.create_session.error.signature", ValidationError, ["Unexpected signature"]),
        ("auth.create_session.error.signature_base", ValidationError, ["Unexpected signature"]),
        ("auth.create_session.error.unauthorized_old", AuthenticationError, ["Unauthorized"]),
        ("auth.create_session.error.user_not_found", UserNotFoundError, ["User not found"]),
        ("auth.create_session.error.wrong_password", AuthenticationError, ["Invalid password"]),
        (
            "auth.destroy_other_sessions.error.removed",
            NotFoundError,
            ["E_ROUTE_NOT_FOUND: Route not found DELETE /session/list"],
        ),
        (
            "auth.get_session.error.expired",
            SessionExpiredError,
            ["Required session does not exist"],
        ),
        ("auth.get_session.error.no_token", UnauthorizedError, ["Token is required"]),
        ("auth.login.error.blank_password", ValidationError, ["password cannot be blank"]),
        ("error.empty", ServerError, []),
        ("error.expired_session", SessionExpiredError, ["Required session does not exist"]),
        (
            "error.field_map",
            ValidationError,
            [
                "password is too short (minimum is 8 characters)",
                "login is too short (minimum is 3 characters)",
            ],
        ),
        ("error.legacy_code_message", SessionExpiredError, ["Required session does not exist"]),
        ("error.need_user", ForbiddenError, ["Forbidden. Need user."]),
        ("error.server", ServerError, ["Internal Server Error"]),
        ("error.string", BadRequestError, ["Bad request"]),
        ("error.too_many_requests", RateLimitedError, ["Too many requests"]),
        ("error.unavailable_html", ServerError, ["503 Service Temporarily Unavailable"]),
        ("users.get_user_by_facebook_id.error.not_found", NotFoundError, ["User not found"]),
        ("users.list_users.error.invalid_query", ValidationError, ["Invalid filter"]),
        (
            "users.list_users_v1.error.disabled",
            ForbiddenError,
            [
                (
                    "Users retrieving forbidden in admin panel, application settings. "
                    "Setup it here https://admin.example.org/apps/774/service/users/settings"
                )
            ],
        ),
        (
            "users.list_users_v1.error.field",
            ValidationError,
            ['Incorrect search field - "custom_data" for filter string "string custom_data eq 1"'],
        ),
        (
            "users.signup.error.no_identifier",
            ValidationError,
            ["Both user login and email can't be blank"],
        ),
        ("users.signup.error.taken", ValidationError, ["email must be unique"]),
        ("users.update_user.error.foreign", NotFoundError, ["Couldn't find user."]),
    ],
)
def test_recorded_refusals_are_raised(name: str, kind: type[ApiError], messages: list[str]) -> None:
    """A refusal that the service was seen to send is its error, with all that it said."""
    endpoint, attempt = recorded(name)
    with pytest.raises(kind) as caught:
        decode(endpoint, attempt)

    assert kind is caught.type
    assert messages == caught.value.messages
    assert attempt.status == caught.value.status
    assert endpoint.label == caught.value.label


def test_every_recorded_refusal_has_its_test() -> None:
    """A new sample of a refusal by users or sessions needs its line above."""
    (table,) = (
        mark
        for mark in getattr(test_recorded_refusals_are_raised, "pytestmark")  # noqa: B009 - pytest's own
        if mark.name == "parametrize"
    )
    wanted = {
        name
        for name in SAMPLES
        if (".error." in name and name.startswith(("auth.", "users."))) or name.startswith("error.")
    }

    assert wanted == {row[0] for row in table.args[1]}


@pytest.mark.parametrize("name", samples_of("create_session", "get_session"))
def test_recorded_sessions_are_read(name: str) -> None:
    """Every recorded session has its token, and its user where it has one."""
    endpoint, attempt = recorded(name)
    session = decode(endpoint, attempt).value
    told = json.loads(attempt.body)["session"]

    assert isinstance(session, Session)
    assert told["token"] == session.token
    assert told["application_id"] == session.application_id
    assert (told["user_id"] or None) == session.user_id
    assert (told.get("user") or {}).get("id") == (session.user.id if session.user else None)


@pytest.mark.parametrize(
    "name",
    samples_of(
        "login",
        "signup",
        "update_user",
        "get_user",
        *(f"get_user_by_{key}" for key in ("email", "external_id", "facebook_id", "login")),
        *(f"get_user_by_{key}" for key in ("phone", "twitter_id")),
    ),
)
def test_recorded_users_are_read(name: str) -> None:
    """Every recorded user keeps each member, named or not."""
    endpoint, attempt = recorded(name)
    user = decode(endpoint, attempt).value
    told = json.loads(attempt.body)["user"]

    assert isinstance(user, User)
    assert told["id"] == user.id
    assert [told.get(key) for key in ("login", "email", "full_name", "avatar")] == [
        user.login,
        user.email,
        user.full_name,
        user.avatar,
    ]
    assert {key for key in told if not hasattr(user, key)} - {"user_tags"} == set(user.extra)


@pytest.mark.parametrize("name", samples_of("list_users"))
def test_recorded_pages_are_read(name: str) -> None:
    """Every recorded page has its users and its place in the whole."""
    endpoint, attempt = recorded(name)
    page = decode(endpoint, attempt).value
    told = json.loads(attempt.body)

    assert isinstance(page, Page)
    assert [user["id"] for user in told["items"]] == [user.id for user in page.items]
    assert [told["total_entries"], told["skip"], told["limit"]] == [
        page.total_entries,
        page.skip,
        page.limit,
    ]


@pytest.mark.parametrize(
    "name",
    samples_of(
        "destroy_session", "logout", "delete_user", "delete_user_by_external_id", "reset_password"
    ),
)
def test_recorded_answers_without_content_are_read(name: str) -> None:
    """Nothing, or a space, is a plain yes."""
    assert Answer(None) == decode(*recorded(name))


def test_a_recorded_user_is_read_in_full() -> None:
    """Each member lands in its field, in its kind."""
    assert MARA == decode(*recorded("auth.login")).value


def test_a_recorded_session_tells_its_lifetime() -> None:
    """The two dates of an answer are the lifetime that it grants."""
    answered = decode(*recorded("auth.create_session"))

    assert 7200.0 == answered.lifetime
    assert MARA == answered.value.user


# -- successes


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
@pytest.mark.parametrize("body", [b"", b" ", b"\r\n", b"null", b"{}", b'{"a":1}', b"[]"])
def test_where_nothing_is_promised_nothing_is_read(status: int, body: bytes) -> None:
    """Any 2xx is a yes, whatever little comes with it."""
    assert answer(DELETE, body, status=status).value is None


def test_a_page_of_something_else_is_no_success() -> None:
    """A 200 that is no JSON came from somebody else, even where no content is promised."""
    with pytest.raises(DecodeError, match=r"^DELETE /users/\{user_id\}: the answer is no JSON$"):
        answer(DELETE, b"<html>please log in to this network</html>")


def test_a_model_with_only_its_id() -> None:
    """A member that the service leaves out is nothing."""
    assert User(id=7) == answer(GET_USER, {"user": {"id": 7}}).value


def test_nulls_are_nothing() -> None:
    """A member that is null is as good as left out."""
    names = (
        *("login", "email", "full_name", "phone", "website", "user_tags", "custom_data"),
        *("avatar", "external_id", "facebook_id", "twitter_id", "timezone", "is_guest"),
        *("created_at", "updated_at", "last_request_at"),
    )

    assert User(id=7) == answer(GET_USER, {"user": {"id": 7, **dict.fromkeys(names)}}).value


def test_unknown_members_are_kept() -> None:
    """What this package does not name is kept as it came, one named `extra` too."""
    members = {"_id": "5f", "blob": {"a": [1, None]}, "extra": 1, "tags": 2}
    user = answer(GET_USER, {"user": {"id": 7, **members}}).value

    assert members == user.extra
    assert [] == user.tags


def test_known_members_are_not_kept_twice() -> None:
    """`extra` holds only what has no field."""
    assert {} == answer(GET_USER, {"user": {"id": 7, "user_tags": "a", "login": "m"}}).value.extra


def test_extras_are_not_shared() -> None:
    """Two values never share a mutable default."""
    one, other = (answer(GET_USER, {"user": {"id": 7}}).value for _ in range(2))
    one.extra["a"] = 1

    assert {} == other.extra


@pytest.mark.parametrize(
    ("member", "value", "field", "read"),
    [
        ("id", "7", "id", 7),
        ("timezone", "120", "timezone", 120),
        ("timezone", -300, "timezone", -300),
        ("timezone", "-300", "timezone", -300),
        ("external_id", 4410, "external_id", "4410"),
        ("facebook_id", 77120, "facebook_id", "77120"),
        ("external_id", "crm-1", "external_id", "crm-1"),
        ("is_guest", True, "is_guest", True),
        ("is_guest", False, "is_guest", False),
        ("user_tags", "a,b", "tags", ["a", "b"]),
        ("user_tags", " a , b,", "tags", ["a", "b"]),
        ("user_tags", "", "tags", []),
        ("user_tags", ["a", "b"], "tags", ["a", "b"]),
        ("user_tags", [1, " b "], "tags", ["1", "b"]),
        ("user_tags", [], "tags", []),
    ],
)
def test_kinds_are_forgiven(member: str, value: Any, field: str, read: Any) -> None:
    """Numbers come as text, texts as numbers, lists joined by commas: each is read."""
    user = answer(GET_USER, {"user": {"id": 7, member: value}}).value

    assert read == getattr(user, field)


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("2024-06-10T09:05:09Z", datetime(2024, 6, 10, 9, 5, 9, tzinfo=UTC)),
        ("2024-06-10T09:05:09.123Z", datetime(2024, 6, 10, 9, 5, 9, 123000, tzinfo=UTC)),
        ("2024-06-10T11:05:09+02:00", datetime(2024, 6, 10, 9, 5, 9, tzinfo=UTC)),
        ("2024-06-10T09:05:09", datetime(2024, 6, 10, 9, 5, 9, tzinfo=UTC)),
        ("2024-06-10 09:05:09", datetime(2024, 6, 10, 9, 5, 9, tzinfo=UTC)),
        (1718010309, datetime(2024, 6, 10, 9, 5, 9, tzinfo=UTC)),
        (1718010309.5, datetime(2024, 6, 10, 9, 5, 9, 500000, tzinfo=UTC)),
        ("1718010309", datetime(2024, 6, 10, 9, 5, 9, tzinfo=UTC)),
        ("1718010309.5", datetime(2024, 6, 10, 9, 5, 9, 500000, tzinfo=UTC)),
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
def test_dates_are_read_in_every_form(value: Any, read: datetime) -> None:
    """ISO 8601 with or without a fraction, unix seconds, as text too: always an aware moment."""
    moment = answer(GET_USER, {"user": {"id": 7, "created_at": value}}).value.created_at

    assert read == moment
    assert moment.tzinfo is not None


@pytest.mark.parametrize(
    ("told", "user_id"), [({"user_id": 0}, None), ({"user_id": None}, None), ({}, None)]
)
def test_a_session_without_a_user(told: dict[str, Any], user_id: int | None) -> None:
    """Older backends say 0 where newer ones say null; both mean the application alone."""
    session = answer(GET_SESSION, {"session": {"token": "canary-t", **told}}).value

    assert user_id == session.user_id


@pytest.mark.parametrize(
    ("told", "page"),
    [
        ({"items": []}, Page(items=[])),
        ({"items": [{"id": 1}]}, Page(items=[User(id=1)])),
        ({"items": [], "skip": 5, "limit": 10}, Page(items=[], skip=5, limit=10)),
        ({"items": [], "total_entries": 0, "skip": None}, Page(items=[], total_entries=0)),
        (
            {"items": [], "total_entries": "2", "skip": "1", "limit": "3"},
            Page(items=[], total_entries=2, skip=1, limit=3),
        ),
    ],
)
def test_a_page_says_what_it_was_told(told: dict[str, Any], page: Page[User]) -> None:
    """Counts are numbers where the service gave them, as text too, and nothing where not."""
    assert page == answer(FIND, told).value


# -- successes that cannot be read


@pytest.mark.parametrize(
    ("user", "problems"),
    [
        ({}, ["missing @ answer.id"]),
        ({"id": None}, ["wrong kind of value (expected an integer) @ answer.id"]),
        ({"id": "canary"}, ["wrong kind of value (expected an integer) @ answer.id"]),
        ({"id": True}, ["wrong kind of value (expected an integer) @ answer.id"]),
        ({"id": 1.5}, ["wrong kind of value (expected an integer) @ answer.id"]),
        ({"login": [], "created_at": {}}, ["missing @ answer.id"]),
    ],
)
def test_an_unreadable_member_is_named(user: dict[str, Any], problems: list[str]) -> None:
    """The error says what is wrong and where, and never shows a value."""
    with pytest.raises(DecodeError) as caught:
        answer(GET_USER, {"user": user})

    assert problems == caught.value.problems
    assert f"GET /users/{{user_id}}: unreadable answer: {'; '.join(problems)}" == str(caught.value)


@pytest.mark.parametrize(
    "told",
    [
        *({"login": ["canary"]}, {"login": True}, {"is_guest": "canary"}, {"user_tags": 5}),
        *({"user_tags": {"a": 1}}, {"created_at": "canary"}, {"created_at": True}),
        *({"created_at": 99999999999999}, {"created_at": "9" * 30}, {"timezone": {}}),
        {"login": [], "created_at": {}},
    ],
)
def test_what_is_optional_and_unreadable_is_kept(told: dict[str, Any]) -> None:
    """A member in a form that nobody knows hides neither the others nor itself."""
    user = answer(GET_USER, {"user": {"id": 7, "full_name": "Mara", **told}}).value

    assert User(id=7, full_name="Mara", extra=told) == user


@pytest.mark.parametrize("told", [{"skip": "canary"}, {"total_entries": []}, {"limit": {"a": 1}}])
def test_unreadable_numbers_of_a_page_are_none(told: dict[str, Any]) -> None:
    """They do not hide what is on it."""
    page = answer(FIND, {"items": [{"id": 1}], **told}).value

    assert Page(items=[User(id=1)]) == page


@pytest.mark.parametrize("user", ["canary", 5, [], ["canary"], None, True])
def test_something_else_than_a_model(user: Any) -> None:
    """A value that is no object at all is as unreadable, and not shown either."""
    with pytest.raises(DecodeError, match=r"unreadable answer: .+ @ answer"):
        answer(GET_USER, {"user": user})


@pytest.mark.parametrize(
    ("page", "path"),
    [
        ({}, "answer.items"),
        ({"items": None}, "answer.items"),
        ({"items": "canary"}, "answer.items"),
        ({"items": {}}, "answer.items"),
        ({"items": [{"id": 1}, {}]}, "answer.items[1].id"),
        ({"items": [{"id": "canary"}]}, "answer.items[0].id"),
    ],
)
def test_an_unreadable_page_is_named(page: Any, path: str) -> None:
    """What is wrong in a page is found by its path."""
    with pytest.raises(DecodeError) as caught:
        answer(FIND, page)

    assert [path] == [problem.partition(" @ ")[2] for problem in caught.value.problems]


@pytest.mark.parametrize("body", [[], ["canary"], "canary", 5, None])
def test_something_else_than_a_page(body: Any) -> None:
    """A body that is no page is unreadable."""
    with pytest.raises(DecodeError, match=r"^GET /users/v2: "):
        answer(FIND, body)


@pytest.mark.parametrize("body", [b"", b" ", b"{}", b"[]", b"null", b'"user"', b'{"users":1}'])
def test_a_missing_envelope_is_named(body: bytes) -> None:
    """A success without the member that was promised is unreadable."""
    with pytest.raises(DecodeError, match=r"no member 'user' in the answer"):
        answer(GET_USER, body)


@pytest.mark.parametrize("body", [b"canary", b"<html>canary</html>", b"{", b"\xff\xfe"])
def test_text_is_no_answer(body: bytes) -> None:
    """A success that is no JSON is unreadable, and its text is not shown."""
    with pytest.raises(DecodeError, match=r"^GET /users/\{user_id\}: the answer is no JSON$"):
        answer(GET_USER, body)


def test_a_session_without_a_token_is_unreadable() -> None:
    """A session is its token."""
    with pytest.raises(DecodeError, match=r"missing @ answer.token"):
        answer(CREATE_SESSION, {"session": {"user_id": 7}})


# -- refusals


@pytest.mark.parametrize(
    "body", [{"errors": ["no"]}, {"errors": {"base": ["no"]}}, {"errors": "no"}]
)
@pytest.mark.parametrize("endpoint", [GET_USER, FIND, DELETE])
def test_a_success_of_errors_alone_is_a_refusal(endpoint: Endpoint[Any], body: Any) -> None:
    """A 200 whose only member is `errors` is no success, and its status is kept."""
    with pytest.raises(UnauthorizedError) as caught:
        answer(endpoint, body)

    assert 200 == caught.value.status
    assert body == caught.value.raw


def test_errors_beside_content_are_content() -> None:
    """Partial failures are no errors."""
    assert User(id=7) == answer(GET_USER, {"user": {"id": 7}, "errors": ["one failed"]}).value


@pytest.mark.parametrize("status", [100, 199, 300, 302, 304, 400, 500])
def test_only_2xx_is_a_success(status: int) -> None:
    """A redirect is not followed, and nothing outside 2xx is a yes."""
    with pytest.raises(ApiError) as caught:
        answer(GET_USER, {"user": {"id": 7}}, status=status)

    assert status == caught.value.status


@pytest.mark.parametrize(
    ("body", "raw", "messages"),
    [
        (b'"quoted"', "quoted", ["quoted"]),
        (b"plain", "plain", ["plain"]),
        (b"caf\xe9", "caf\N{REPLACEMENT CHARACTER}", ["caf\N{REPLACEMENT CHARACTER}"]),
        (b"", None, []),
        (b" ", None, []),
        (b'{"errors":["a"]}', {"errors": ["a"]}, ["a"]),
    ],
)
def test_raw_is_the_body(body: bytes, raw: Any, messages: list[str]) -> None:
    """`raw` is the JSON value, or plain text; a text is no class of ours."""
    with pytest.raises(ApiError) as caught:
        answer(GET_USER, body, status=400)

    assert raw == caught.value.raw
    assert type(raw) is type(caught.value.raw)
    assert messages == caught.value.messages


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({}, None), ({"Retry-After": "3"}, 3.0), ({"retry-after": "soon"}, None)],
)
def test_a_rate_limit_says_how_long(headers: dict[str, str], seconds: float | None) -> None:
    """`retry_after` is what the service asked for, where it did."""
    with pytest.raises(RateLimitedError) as caught:
        answer(GET_USER, {"errors": ["Too many requests"]}, status=429, headers=headers)

    assert seconds == caught.value.retry_after


@pytest.mark.parametrize("error", [ConnectError("no"), RequestTimeoutError("late")])
def test_an_attempt_without_an_answer_raises_its_error(error: TransportError) -> None:
    """What came in place of an answer is raised as it is."""
    with pytest.raises(TransportError) as caught:
        decode(GET_USER, Attempt(1, GET_USER, error=error))

    assert error is caught.value
