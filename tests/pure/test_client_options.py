"""Options of the client that cannot be right are refused where the client is made."""

import pydoc
from typing import Any

import pytest

from connectycube import LoginPassword
from connectycube._client_options import BASE_URL
from connectycube.client import ConnectyCube
from connectycube.errors import InvalidInputError
from connectycube.testing import ScriptedTransport

KEY = "canary-key"
VARIABLES = ("APP_ID", "AUTH_KEY", "AUTH_SECRET", "BASE_URL")


def client(app_id: Any = 7, auth_key: Any = KEY, **options: Any) -> ConnectyCube:
    return ConnectyCube(app_id, auth_key, transport=ScriptedTransport(), **options)


@pytest.mark.parametrize(("given", "app_id"), [(7, 7), ("7", 7), ("007", 7)])
def test_an_application_has_a_number(given: Any, app_id: int) -> None:
    """The id is a number, also where it comes as text from an environment."""
    assert f"<ConnectyCube app {app_id}>" == repr(client(given))


@pytest.mark.parametrize("app_id", [0, -1, True, None, "", "x", "-1", "7 ", "٣", 7.0])
def test_an_application_without_a_number_is_refused(app_id: Any) -> None:
    """Nothing else is an id."""
    with pytest.raises(InvalidInputError, match=r"^app_id must be a positive integer$"):
        client(app_id)


@pytest.mark.parametrize("key", ["", 5, b"canary", "canary\n", "canaryé", "\ud800"])
@pytest.mark.parametrize("name", ["auth_key", "auth_secret"])
def test_a_key_that_cannot_be_sent_is_refused(name: str, key: Any) -> None:
    """A key is text that a header can carry; the line end of a file does not belong to it."""
    with pytest.raises(InvalidInputError, match=f"^{name} must be "):
        client(**{name: key})


@pytest.mark.parametrize(
    ("url", "base_url"),
    [
        (BASE_URL, BASE_URL),
        ("https://api.example.org/", "https://api.example.org"),
        ("https://api.example.org:8443/v1/", "https://api.example.org:8443/v1"),
        ("HTTPS://api.example.org", "HTTPS://api.example.org"),
        ("http://localhost:8787", "http://localhost:8787"),
        ("http://LOCALHOST:8787", "http://LOCALHOST:8787"),
        ("http://127.0.0.1", "http://127.0.0.1"),
        ("http://127.8.8.8:1", "http://127.8.8.8:1"),
        ("http://[::1]:8787", "http://[::1]:8787"),
    ],
)
def test_an_address_is_taken(url: str, base_url: str) -> None:
    """Any `https://` address serves, and `http://` on this machine."""
    assert base_url == client(base_url=url)._caller.gateway.base_url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.example.org",
        "ftp://api.example.org",
        "https://",
        "https:///users",
        "http://api.example.org",
        "http://localhost.example.org",
        "http://10.0.0.1",
        "http://0.0.0.0",
        "http://127.0.0.1.example.org",
        "http://localhost@example.org",
        "https://user:canary@example.org",
        "https://example.org?a=canary",
        "https://example.org#a",
        "https://example.org:port",
        "https://example.org:99999",
        "https://[::1",
        "https://exa mple.org",
        "https://example.org/a b",
        "https://example.org/\n",
    ],
)
def test_an_address_that_would_not_do_is_refused(url: str) -> None:
    """Tokens travel in requests, so they leave this machine over TLS alone, and nowhere odd."""
    with pytest.raises(InvalidInputError, match=r"^base_url "):
        client(base_url=url)


@pytest.mark.parametrize("timeout", [0, -1, 0.0, float("nan")])
def test_a_timeout_that_allows_nothing_is_refused(timeout: float) -> None:
    """A limit is positive, or `None`; the same goes for another view of the client."""
    with pytest.raises(InvalidInputError, match=r"^timeout must be positive"):
        client(timeout=timeout)
    with pytest.raises(InvalidInputError, match=r"^timeout must be positive"):
        client().with_options(timeout=timeout)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in VARIABLES:
        monkeypatch.delenv(f"CONNECTYCUBE_{name}", raising=False)
    return monkeypatch


def test_a_client_from_the_environment(environment: pytest.MonkeyPatch) -> None:
    """Keys and address come from the environment, read when asked for; overrides win."""
    environment.setenv("CONNECTYCUBE_APP_ID", "7")
    environment.setenv("CONNECTYCUBE_AUTH_KEY", KEY)
    environment.setenv("CONNECTYCUBE_AUTH_SECRET", "canary-secret")
    environment.setenv("CONNECTYCUBE_BASE_URL", "http://localhost:1")
    gateway = ConnectyCube.from_env(transport=ScriptedTransport())._caller.gateway
    other = ConnectyCube.from_env(transport=ScriptedTransport(), base_url="http://localhost:2")

    assert (7, KEY, "canary-secret") == (
        gateway.app.app_id,
        gateway.app.auth_key,
        gateway.app.auth_secret,
    )
    assert "http://localhost:1" == gateway.base_url
    assert "http://localhost:2" == other._caller.gateway.base_url


def test_an_environment_with_the_least(environment: pytest.MonkeyPatch) -> None:
    """Only the application's id is needed; what is set to nothing is not set."""
    environment.setenv("CONNECTYCUBE_APP_ID", "7")
    environment.setenv("CONNECTYCUBE_AUTH_KEY", "")
    gateway = ConnectyCube.from_env(transport=ScriptedTransport())._caller.gateway

    assert gateway.app.auth_key is None
    assert BASE_URL == gateway.base_url


@pytest.mark.parametrize("app_id", [None, "", "x"])
def test_an_environment_without_an_application(
    environment: pytest.MonkeyPatch, app_id: str | None
) -> None:
    """A missing id is told by the name of its variable or its option."""
    if app_id is not None:
        environment.setenv("CONNECTYCUBE_APP_ID", app_id)
    with pytest.raises(InvalidInputError, match=r"(?i)app_id"):
        ConnectyCube.from_env()


@pytest.mark.parametrize("auth", [("mara", "canary"), LoginPassword, "canary", None, 7, object()])
def test_who_signs_in_is_a_strategy(auth: Any) -> None:
    """A pair of texts is none, nor is the class of one."""
    with pytest.raises(InvalidInputError, match=r"^auth is a strategy"):
        client(auth=auth)
    with pytest.raises(InvalidInputError, match=r"^auth is a strategy"):
        client().with_auth(auth)


@pytest.mark.anyio
@pytest.mark.parametrize("auth", [("mara", "canary"), LoginPassword])
async def test_a_sign_in_takes_a_strategy(auth: Any) -> None:
    """Said before anything is sent."""
    cube = client()

    with pytest.raises(InvalidInputError, match=r"^auth is a strategy"):
        await cube.create_session(auth)
    with pytest.raises(InvalidInputError, match=r"^auth is a strategy"):
        await cube.login(auth)


def test_every_resource_shows_in_help() -> None:
    """A newcomer who asks for help on the client sees all that it has."""
    resources = "users storage chat data push address_book meetings whiteboards calls link_previews"
    shown = pydoc.plain(pydoc.render_doc(ConnectyCube))

    assert [] == [name for name in resources.split() if f" {name}: " not in shown]
    assert [] == [name for name in resources.split() if name not in dir(ConnectyCube)]
