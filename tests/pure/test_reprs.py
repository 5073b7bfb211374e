"""No repr of ours shows a secret, and each still says what it is of."""

from types import NoneType
from typing import Any

import attrs
import pytest

from connectycube.auth.existing import ExistingSession
from connectycube.auth.password import EmailPassword, Guest, LoginPassword
from connectycube.auth.strategy import Credentials
from connectycube.auth.token import (
    CustomIdentity,
    Facebook,
    FirebaseEmail,
    FirebasePhone,
    Twitter,
)
from connectycube.client import ConnectyCube
from connectycube.codec import Answer, encode
from connectycube.endpoint import Endpoint, Needs
from connectycube.errors import SessionExpiredError
from connectycube.fields import UNSET
from connectycube.http import Headers, Request
from connectycube.retry import Attempt
from connectycube.session import App, ExpiredSession, Session
from connectycube.testing import Reply, ScriptedTransport
from connectycube.transports.aiohttp import AiohttpTransport

CANARY = "canary"
SESSION = Session(token=CANARY, user_id=7)
APP = App(app_id=7, auth_key=CANARY, auth_secret=CANARY)
CALL = Endpoint("POST", "/users/{user_id}", NoneType, needs=Needs.AUTH_KEY)


async def canary() -> Any:
    """Stand for a callable secret: even its name is not shown."""
    return SESSION


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (APP, "App(app_id=7"),
        (SESSION, "Session(token=***, user_id=7"),
        (Session.from_token(CANARY), "Session("),
        (Credentials(login="mara", password=CANARY), "Credentials(login=***"),
        (LoginPassword("mara", CANARY), "LoginPassword(login='mara', password=***)"),
        (LoginPassword("mara", canary), "LoginPassword(login='mara', password=***)"),
        (EmailPassword("m@example.org", CANARY), "EmailPassword(email='m@example.org'"),
        (
            Credentials(provider="facebook", provider_keys={"token": CANARY}),
            "provider='facebook', provider_keys=***",
        ),
        (CustomIdentity(CANARY), "CustomIdentity(token=***)"),
        (Facebook(canary), "Facebook(token=***)"),
        (Twitter(token=CANARY, secret=canary), "Twitter(token=***, secret=***)"),
        (FirebaseEmail(project_id="p", access_token=CANARY), "FirebaseEmail(project_id='p'"),
        (FirebasePhone(project_id="p", access_token=CANARY), "FirebasePhone(project_id='p'"),
        (Guest("Mara"), "Guest(full_name='Mara')"),
        (ExistingSession(CANARY), "ExistingSession(session=Session("),
        (ExistingSession(SESSION, renew=canary), "user_id=7"),
        (
            ExpiredSession(session=SESSION, error=SessionExpiredError("gone"), renew=canary),
            "ExpiredSession(session=Session(",
        ),
        (Headers({"CB-Token": CANARY, "CB-SDK": "Python 1"}), "CB-Token: ***, CB-SDK: Python 1"),
        (Headers({"authorization": CANARY, "X-Any": CANARY}), "authorization: ***, X-Any: ***"),
        (Headers({"Set-Cookie": CANARY, "Location": CANARY}), "Set-Cookie: ***"),
        (
            Request(method="GET", url=f"http://x/?token={CANARY}", label="GET /x"),
            "label='GET /x'",
        ),
        (
            encode(APP, "http://x", CALL, path={"user_id": CANARY}, body={"password": CANARY}),
            "label='POST /users/{user_id}'",
        ),
        (
            encode(APP, "http://x", CALL, token=CANARY, path={"user_id": 7}, query={"q": CANARY}),
            "CB-Token: ***",
        ),
        (Answer(SESSION, 7200.0), "lifetime=7200.0"),
        (
            Attempt(1, CALL, 401, Headers({"CB-Token": CANARY}), CANARY.encode()),
            "status=401",
        ),
        (ConnectyCube(7, CANARY, auth_secret=CANARY), "<ConnectyCube app 7>"),
        (ConnectyCube(7, CANARY, auth=LoginPassword("mara", CANARY)), "<ConnectyCube app 7>"),
        (AiohttpTransport(proxy=f"http://user:{CANARY}@localhost:1"), "AiohttpTransport"),
        (ScriptedTransport([Reply(200, {"token": CANARY})]), "ScriptedTransport"),
        (UNSET, "UNSET"),
    ],
)
def test_a_repr_shows_no_secret(value: object, shown: str) -> None:
    """Tokens, keys, passwords, bodies and addresses stay inside."""
    for text in (repr(value), str(value), f"{value!r:>1}", f"{[value]}"):
        assert CANARY not in text
        assert shown in text


def test_the_values_hold_what_they_hide() -> None:
    """Hiding is for readers; the values are whole."""
    assert [CANARY] * 4 == [
        SESSION.token,
        Credentials(login="mara", password=CANARY).password,
        Headers({"CB-Token": CANARY})["cb-token"],
        attrs.asdict(APP)["auth_key"],
    ]


def test_headers_are_looked_up_in_any_case_and_spelled_as_given() -> None:
    """A header's name has no case; what was given is what goes out."""
    headers = Headers({"CB-Token": CANARY, "accept": "x"})

    assert CANARY == headers["cb-token"] == headers["CB-TOKEN"]
    assert ["CB-Token", "accept"] == list(headers)
    assert 2 == len(headers)
    assert "Missing" not in headers
    assert "ACCEPT" in headers
    assert headers.get("missing") is None


def test_headers_do_not_follow_the_mapping_they_came_from() -> None:
    """Headers are a value, whatever happens to the dict they were made of."""
    source = {"A": "1"}
    headers = Headers(source)
    source["A"] = "2"

    assert "1" == headers["a"]


def test_nothing_given_is_false() -> None:
    """`UNSET` is falsy, and is not `None`."""
    assert not UNSET
    assert UNSET is not None
