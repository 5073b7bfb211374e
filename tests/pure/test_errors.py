"""Error bodies become the narrowest error, and errors survive the ways Python moves them."""

import copy
import inspect
import pickle
import re
from typing import Any

import pytest

from connectycube import errors
from connectycube.errors import (
    ApiError,
    AuthenticationError,
    BadRequestError,
    ConnectyCubeError,
    DecodeError,
    ExternalAuthError,
    ForbiddenError,
    NotFoundError,
    RateLimitedError,
    ServerError,
    SessionExpiredError,
    UnauthorizedError,
    UserNotFoundError,
    ValidationError,
    api_error,
)

GONE = "Required session does not exist"
NO_UID = "Custom Identity Provider uid is required"
REFUSED = 'Custom Identity Provider responded with an error = "no". Status code = 404'


@pytest.mark.parametrize(
    ("body", "messages", "fields"),
    [
        ({"errors": ["Token is required"]}, ["Token is required"], {}),
        ({"errors": ["one", "two"]}, ["one", "two"], {}),
        ({"errors": {"base": [GONE]}}, [GONE], {}),
        ({"errors": {"base": GONE}}, [GONE], {}),
        (
            {"errors": {"password": ["cannot be blank"]}},
            ["password cannot be blank"],
            {"password": ["cannot be blank"]},
        ),
        (
            {"errors": {"login": ["is taken", "is short"], "base": ["no"], "email": "is odd"}},
            ["login is taken", "login is short", "no", "email is odd"],
            {"login": ["is taken", "is short"], "email": ["is odd"]},
        ),
        ({"errors": {"password": [8]}}, ["password 8"], {"password": ["8"]}),
        ({"errors": [7, " spaced "]}, ["7", "spaced"], {}),
        ({"errors": "Bad request"}, ["Bad request"], {}),
        ({"errors": {}}, [], {}),
        ({"errors": None}, [], {}),
        ({"code": None, "message": "no"}, ["no"], {}),
        ({"error": "no"}, ["no"], {}),
        ({"message": ["no", "never"]}, ["no", "never"], {}),
        ("E_ROUTE_NOT_FOUND: Route not found", ["E_ROUTE_NOT_FOUND: Route not found"], {}),
        ("<html><title>502\n Bad  Gateway</title><body>x</body></html>", ["502 Bad Gateway"], {}),
        ("<p>one\n\n  two</p>", ["<p>one two</p>"], {}),
        ("x" * 500, ["x" * 200], {}),
        ("", [], {}),
        (" \n", [], {}),
        (None, [], {}),
        ([], [], {}),
        ({"odd": 1}, [], {}),
        (5, [], {}),
    ],
)
def test_every_shape_is_read(body: Any, messages: list[str], fields: dict[str, list[str]]) -> None:
    """Whatever shape an error body has, its texts are one list, and its fields are known."""
    error = api_error("GET /x", 418, body)

    assert messages == error.messages
    assert fields == error.fields
    assert body == error.raw
    assert (418, "GET /x") == (error.status, error.label)


@pytest.mark.parametrize(
    ("status", "plain", "authenticating"),
    [
        (400, BadRequestError, BadRequestError),
        (401, UnauthorizedError, AuthenticationError),
        (403, ForbiddenError, ForbiddenError),
        (404, NotFoundError, UserNotFoundError),
        (422, ValidationError, ValidationError),
        (429, RateLimitedError, RateLimitedError),
        (500, ServerError, ServerError),
        (503, ServerError, ServerError),
        (599, ServerError, ServerError),
        (200, UnauthorizedError, AuthenticationError),
        (302, ApiError, ApiError),
        (418, ApiError, ApiError),
    ],
)
def test_the_status_decides(
    status: int, plain: type[ApiError], authenticating: type[ApiError]
) -> None:
    """A text that says nothing special leaves the choice to the status."""
    for kind, flag in ((plain, False), (authenticating, True)):
        error = api_error("GET /x", status, {"errors": ["no"]}, authenticating=flag)

        assert kind is type(error)
        assert status == error.status


@pytest.mark.parametrize(
    "body",
    [
        {"errors": [GONE]},
        {"errors": {"base": [GONE]}},
        {"errors": {"base": ["other", GONE]}},
        {"errors": GONE},
        {"error": GONE},
        {"message": GONE},
        {"code": None, "message": GONE},
        GONE,
        f" {GONE}\n",
    ],
)
@pytest.mark.parametrize("authenticating", [False, True])
def test_an_expired_session_is_known_in_every_shape(body: Any, authenticating: bool) -> None:  # noqa: FBT001 - a table's column
    """The text of a dead session tells it, in whatever shape it comes."""
    for status in (401, 200):
        error = api_error("GET /x", status, body, authenticating=authenticating)

        assert SessionExpiredError is type(error)
        assert [GONE] == error.messages[-1:]


@pytest.mark.parametrize(
    ("status", "text"), [(401, "Token is required"), (401, f"{GONE}!"), (403, GONE), (500, GONE)]
)
def test_other_refusals_are_no_expired_session(status: int, text: str) -> None:
    """Only a 401 with the very text drives recovery; anything else must not."""
    error = api_error("GET /x", status, {"errors": [text]})

    assert not isinstance(error, SessionExpiredError)


@pytest.mark.parametrize(
    ("status", "text", "provider_status"),
    [
        (422, NO_UID, None),
        (200, NO_UID, None),
        (422, REFUSED, 404),
        (422, 'Custom Identity Provider responded with an error = "x". Status=503', 503),
        (422, "Bad Authentication data. Invalid input parameters provided", None),
        (401, "Bad Authentication data", None),
    ],
)
def test_a_provider_that_refuses_is_told_apart(
    status: int, text: str, provider_status: int | None
) -> None:
    """An identity provider's refusal is its own error, with the provider's status if known."""
    for body in ({"errors": [text]}, {"errors": {"base": [text]}}, text):
        error = api_error("POST /session", status, body, authenticating=True)

        assert ExternalAuthError is type(error)
        assert isinstance(error, ExternalAuthError)
        assert provider_status == error.provider_status
        assert status == error.status


def test_a_provider_text_elsewhere_is_an_ordinary_refusal() -> None:
    """Only calls that present credentials speak of providers."""
    assert ValidationError is type(api_error("PUT /x", 422, {"errors": [REFUSED]}))


def test_a_message_names_the_call_the_status_and_the_texts() -> None:
    """What is printed says which call was refused and why."""
    error = api_error("GET /x", 404, {"errors": ["no", "never"]})

    assert "GET /x: 404 no; never" == str(error)
    assert "GET /x: 502" == str(api_error("GET /x", 502, ""))


@pytest.mark.parametrize(
    ("kind", "status"),
    [(SessionExpiredError, 401), (ForbiddenError, 403), (ExternalAuthError, 422), (ApiError, 0)],
)
def test_an_error_of_our_own_has_its_class_status(kind: type[ApiError], status: int) -> None:
    """Raised without an answer, an error carries the status that it stands for."""
    error = kind("words")

    assert (status, "words", ["words"]) == (error.status, str(error), error.messages)


def every_class(kind: type[ConnectyCubeError] = ConnectyCubeError) -> list[type[ConnectyCubeError]]:
    children = [each for each in kind.__subclasses__() if each.__module__ == errors.__name__]
    return [kind] + [found for child in children for found in every_class(child)]


def one_of(kind: type[ConnectyCubeError]) -> ConnectyCubeError:
    error: ConnectyCubeError
    if issubclass(kind, ApiError):
        error = kind(
            label="GET /x",
            status=499,
            messages=["one", "login two"],
            fields={"login": ["two"]},
            raw={"errors": ["one"]},
        )
    elif issubclass(kind, DecodeError):
        error = kind("unreadable", problems=["missing @ answer.id"])
    else:
        error = kind("no answer")
    if isinstance(error, RateLimitedError):
        error.retry_after = 2.5
    if isinstance(error, ExternalAuthError):
        error.provider_status = 404
    error.add_note("attempt 1: 503")
    return error


@pytest.mark.parametrize("kind", every_class())
def test_every_error_survives_pickle_and_copy(kind: type[ConnectyCubeError]) -> None:
    """A copy has the class, the text, every attribute and the notes of the original."""
    error = one_of(kind)

    for twin in (
        copy.copy(error),
        copy.deepcopy(error),
        *(pickle.loads(pickle.dumps(error, n)) for n in range(2, pickle.HIGHEST_PROTOCOL + 1)),  # noqa: S301 - our own bytes
    ):
        assert type(error) is type(twin)
        assert twin is not error
        assert str(error) == str(twin)
        assert error.args == twin.args
        assert vars(error) == vars(twin)
        assert ["attempt 1: 503"] == twin.__notes__


def test_the_tree_is_as_it_is_drawn() -> None:
    """The picture at the top of the module shows every class, under its parent."""
    drawn: dict[str, str] = {}
    path: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        names = re.findall(r"\b[A-Z]\w*Error\b", line)
        if not names:
            continue
        depth = (len(line) - len(re.sub(r"^[\s│├└─]+", "", line)) - 4) // 3
        path[depth:] = [names[0]]
        # "also ValueError" is a second base, and a line of siblings shares its parent.
        for name in names:
            if hasattr(errors, name):
                drawn[name] = path[depth - 1] if depth else "Exception"

    assert drawn == {kind.__name__: kind.__bases__[0].__name__ for kind in every_class()}


def test_every_error_class_says_what_it_means() -> None:
    """Each class has a docstring, and none is inherited by accident."""
    assert [] == [kind for kind in every_class() if not inspect.cleandoc(vars(kind)["__doc__"])]


def test_refused_input_is_a_value_error() -> None:
    """Code that expects `ValueError` from bad input keeps working."""
    for kind in (errors.InvalidInputError, errors.InvalidQueryError):
        assert issubclass(kind, ValueError)


def test_a_message_without_end_is_shortened() -> None:
    """An error that is printed must not fill the log; all of it is in `raw`."""
    text = "x" * 100_000
    error = api_error("GET /x", 422, {"errors": [text]})

    assert 10_100 > len(str(error))
    assert {"errors": [text]} == error.raw
