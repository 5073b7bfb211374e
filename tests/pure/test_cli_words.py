"""The command line's rules that need no line: statuses, names, texts, places and settings."""

from pathlib import Path
from typing import Any

import pytest

from connectycube import errors
from connectycube.cli.as_json import as_json, hidden
from connectycube.cli.catalogue import CATALOGUE
from connectycube.cli.exit_codes import MEANINGS, CommandError, ExitCode, exit_code
from connectycube.cli.kept_session import KeptSession
from connectycube.cli.places import places_of
from connectycube.cli.plain import OPTIONS
from connectycube.cli.printable import printable
from connectycube.cli.secret_names import is_secret_name
from connectycube.cli.settings import DEFAULT_BASE_URL, settings_of
from connectycube.models.blob import Blob, BlobAccess
from connectycube.models.message import Message
from connectycube.session import Session

KEPT = KeptSession(
    session=Session.from_token("canary-token", user_id=7),
    app_id=21,
    base_url="http://localhost:8787",
    login="mara",
    chat_host="127.0.0.1:5222",
)


def leaves(kind: type[errors.ConnectyCubeError]) -> list[type[errors.ConnectyCubeError]]:
    found = [kind]
    for inner in kind.__subclasses__():
        found += leaves(inner)
    return found


@pytest.mark.parametrize(
    ("error", "wanted"),
    [
        (errors.InvalidQueryError("no"), ExitCode.USAGE),
        (errors.AuthenticationError(), ExitCode.CREDENTIALS),
        (errors.UserNotFoundError(), ExitCode.CREDENTIALS),
        (errors.SessionExpiredError(), ExitCode.CREDENTIALS),
        (errors.SignedOutError(), ExitCode.CREDENTIALS),
        (errors.ChatRefusedError("not-authorized"), ExitCode.CREDENTIALS),
        (errors.NotFoundError(), ExitCode.NOT_FOUND),
        (errors.ForbiddenError(), ExitCode.REFUSED),
        (errors.ValidationError(), ExitCode.REFUSED),
        (errors.BadRequestError(), ExitCode.REFUSED),
        (errors.ChatRefusedError("host-unknown"), ExitCode.REFUSED),
        (errors.StanzaError("forbidden"), ExitCode.REFUSED),
        (errors.RateLimitedError(), ExitCode.RATE_LIMITED),
        (errors.ConnectError("no"), ExitCode.NETWORK),
        (errors.RequestTimeoutError("no"), ExitCode.NETWORK),
        (errors.ChatTimeoutError("no"), ExitCode.NETWORK),
        (errors.ChatClosedError("no"), ExitCode.NETWORK),
        (errors.DeliveryUnknownError("no"), ExitCode.NETWORK),
        (errors.ServerError(), ExitCode.SERVICE),
        (errors.DecodeError("no"), ExitCode.SERVICE),
    ],
)
def test_each_error_has_a_status(error: errors.ConnectyCubeError, wanted: ExitCode) -> None:
    """A script tells by the status what it can do."""
    assert wanted is exit_code(error)


def test_no_error_of_the_client_is_left_without_a_status() -> None:
    """An error that is added later has a status of its own too, or this says so."""
    bases = {errors.ConnectyCubeError, errors.ChatError, errors.ClosedError}
    forgotten = [
        kind.__name__
        for kind in leaves(errors.ConnectyCubeError)
        if kind not in bases
        if kind.__module__ == errors.__name__
        if not issubclass(kind, errors.ChatRefusedError)
        if exit_code(kind.__new__(kind)) is ExitCode.FAILED
    ]

    assert [] == forgotten


def test_every_status_has_a_meaning() -> None:
    """The table is whole, and the numbers that are promised are these."""
    assert list(ExitCode) == list(MEANINGS)
    assert [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 130, 141] == [int(code) for code in ExitCode]


def test_the_catalogue_and_the_plain_parser_agree() -> None:
    """What has no home is what needs no extra."""
    assert list(OPTIONS) == [name for name, entry in CATALOGUE.items() if not entry.home]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("plain", "plain"),
        ("Ahoy \N{ANCHOR}, G\u00f6ta", "Ahoy \N{ANCHOR}, G\u00f6ta"),
        ("two\nlines\tand\ra tab", "two lines and a tab"),
        ("\x1b]0;title\x07", "\ufffd]0;title\ufffd"),
        ("\x9b2J\x7f", "\ufffd2J\ufffd"),
        ("evil\u202egnp.exe", "evil\ufffdgnp.exe"),
        ("\N{WOMAN}\u200d\N{ROCKET}", "\N{WOMAN}\u200d\N{ROCKET}"),
    ],
)
def test_text_is_fit_for_a_terminal(text: str, wanted: str) -> None:
    """It stays on its line, and is no order to anybody."""
    assert wanted == printable(text)


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("token", True),
        ("--auth-key", True),
        ("auth_key", True),
        ("old_password", True),
        ("X-Amz-Signature", True),
        ("name", False),
        ("passenger", False),
        ("keys", False),
    ],
)
def test_names_of_secrets_are_known(name: str, secret: bool) -> None:  # noqa: FBT001 - a table
    """By their names they are hidden, and refused among arguments."""
    assert secret is is_secret_name(name)


def test_json_hides_what_is_secret() -> None:
    """Wherever it stands, and in URLs that open what they lead to."""
    url = "https://store.example/a?X-Amz-Algorithm=x&X-Amz-Signature=canary"

    told = hidden({"a": [{"token": "canary", "url": url}], "has_token": True, "password": None})

    wanted = {
        "a": [{"token": "***", "url": "https://store.example/a?***"}],
        "has_token": True,
        "password": None,
    }
    assert wanted == told


def test_what_people_wrote_is_told_as_it_is() -> None:
    """A message is not ours to change, and its parameters hide what they name as secret alone."""
    link = "https://a.example/?token=seen"
    message = Message(id="0" * 24, text=link, extra={"token": "canary", "topic": link})

    told = as_json({"event": "History", "message": message})["message"]

    assert (link, {"token": "***", "topic": link}) == (told["text"], told["extra"])


def test_a_model_is_told_without_where_its_content_goes() -> None:
    """A file's upload form is a secret of the client's."""
    blob = Blob(id=1, uid="u", access=BlobAccess(params="https://store.example/?key=canary"))

    told = as_json(blob)

    assert "access" not in told
    assert "canary" not in str(told)


@pytest.mark.parametrize("name", ["", ".", "..", "../other", "a/b", "a\\b", "-x", "a" * 65])
def test_a_profile_s_name_is_no_path(name: str) -> None:
    """It names files, and must not name others."""
    with pytest.raises(CommandError):
        places_of(name, {"HOME": "/home/mara"})


def test_places_follow_the_environment() -> None:
    """`XDG_CONFIG_HOME` and `XDG_STATE_HOME` say where; both may be left out."""
    given = {"HOME": "/home/mara", "XDG_CONFIG_HOME": "/c", "XDG_STATE_HOME": "/s"}

    places = places_of("work", given)

    assert Path("/c/connectycube/work.toml") == places.profile
    assert Path("/s/connectycube/signed-in/work.json") == places.kept
    assert Path("/home/mara") in places_of("work", {"HOME": "/home/mara"}).profile.parents


@pytest.mark.parametrize(
    ("environ", "profile", "wanted"),
    [
        ({}, {}, {"app_id": "21", "login": "mara", "base_url": KEPT.base_url}),
        ({}, {"login": "mara", "password": "canary"}, {"password": "canary"}),
        ({"APP_ID": "22"}, {}, {"login": None, "base_url": DEFAULT_BASE_URL}),
        ({"APP_ID": "21"}, {}, {"login": "mara", "base_url": KEPT.base_url}),
        ({"BASE_URL": "https://a"}, {}, {"app_id": None, "chat_host": None}),
        ({"LOGIN": "jonas"}, {"login": "mara", "password": "canary"}, {"password": None}),
        ({"EMAIL": "j@e.org"}, {"login": "mara", "password": "canary"}, {"login": None}),
        ({"LOGIN": "jonas"}, {"password": "canary"}, {"login": "jonas", "password": "canary"}),
        ({"PASSWORD": "canary"}, {"login": "mara"}, {"login": "mara", "password": "canary"}),
        ({"CHAT_HOST": ""}, {}, {"chat_host": "127.0.0.1:5222"}),
        ({"AUTH_KEY": "canary-e"}, {"auth_key": "canary-p"}, {"auth_key": "canary-e"}),
    ],
)
def test_settings_come_from_the_strongest_source(
    environ: dict[str, str], profile: dict[str, str], wanted: dict[str, Any]
) -> None:
    """The environment, then the profile, then login; and never one user's password for another."""
    variables = {f"CONNECTYCUBE_{name}": value for name, value in environ.items()}

    settings = settings_of(variables, profile, KEPT)

    assert wanted == {name: getattr(settings, name) for name in wanted}
    assert "canary" not in repr(settings)
