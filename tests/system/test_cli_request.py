"""Any endpoint from the shell."""

import json
from pathlib import Path

import pytest

from .cli_stage import PASSWORD, Crew


def test_an_answer_is_printed_as_json(crew: Crew) -> None:
    """Whatever the service says, with the query of the path and of the options."""
    both = ("-q", "id[in][]=1001", "-q", "id[in][]=1002")

    by_options = crew.shell("request", "get", "/users/v2", *both).json
    by_path = crew.shell("request", "GET", "/users/v2?id[in][]=1001&id[in][]=1002", "--json").json

    assert [1001, 1002] == [user["id"] for user in by_options["items"]]
    assert [1001, 1002] == [user["id"] for user in by_path["items"]]


def test_a_body_is_sent(crew: Crew, tmp_path: Path) -> None:
    """From the argument, a file, or standard input."""
    body = {"type": 2, "name": "Deck", "occupants_ids": [1002]}
    file = tmp_path / "body.json"
    file.write_text(json.dumps(body))
    create = ("request", "POST", "/chat/Dialog", "--body")

    done = [
        crew.shell(*create, json.dumps(body)),
        crew.shell(*create, f"@{file}"),
        crew.shell(*create, "@-", given=json.dumps(body)),
    ]

    assert [(0, "Deck")] * 3 == [(one.status, one.json["name"]) for one in done]


def test_an_answer_without_content_is_null(crew: Crew) -> None:
    """There is one JSON value all the same."""
    done = crew.shell("request", "DELETE", "/session")

    assert (0, None) == (done.status, done.json)


def test_secrets_of_an_answer_are_shown_on_request_alone(crew: Crew) -> None:
    """A session's token is hidden unless somebody wants it."""
    token = json.loads(crew.shell.kept.read_text())["session"]["token"]

    hidden = crew.shell("request", "GET", "/session")
    shown = crew.shell("request", "GET", "/session", "--show-secrets")

    assert "***" == hidden.json["session"]["token"]
    assert token not in hidden.stdout + hidden.stderr
    assert token == shown.json["session"]["token"]


def test_a_changed_password_comes_from_a_file(crew: Crew, tmp_path: Path) -> None:
    """The body's secrets are taken from where `ps` does not see them."""
    change = {"user": {"old_password": PASSWORD, "password": "canary-of-new"}}
    file = tmp_path / "change.json"
    file.write_text(json.dumps(change))
    put = ("request", "PUT", "/users/1001", "--body")

    refused = crew.shell(*put, json.dumps(change))
    taken = crew.shell(*put, f"@{file}")

    assert (2, 0) == (refused.status, taken.status)
    assert "old_password: secrets are never taken from arguments" in refused.stderr
    assert "canary" not in refused.stderr + refused.stdout + taken.stdout + taken.stderr


@pytest.mark.parametrize(
    "path",
    ["users", "//evil.example/users", "https://evil.example/", "/a/../b", "/a b", "/a#b", "/{id}"],
)
def test_a_path_leads_nowhere_else(crew: Crew, path: str) -> None:
    """It is one of the service's own, so that the token goes nowhere else."""
    before = len(crew.emulator.requests)

    assert 2 == crew.shell("request", "GET", path).status
    assert before == len(crew.emulator.requests)


@pytest.mark.parametrize(
    "option",
    [
        ("-q", "nonsense"),
        ("-q", "a=1", "-q", "a=2"),
        ("-q", "token=canary-token"),
        ("-b", "{"),
        ("-b", "[1]"),
    ],
)
def test_what_cannot_be_sent_is_a_wrong_call(crew: Crew, option: tuple[str, ...]) -> None:
    """It is refused before anything is sent, and not repeated."""
    done = crew.shell("request", "GET", "/users/v2", *option)

    assert 2 == done.status
    assert "canary" not in done.stderr


def test_a_call_that_may_not_be_repeated_is_sent_once(crew: Crew) -> None:
    """GET alone is asked again where its answer is lost."""
    crew.emulator.faults.drop(path="/chat/*", times=None)

    for method in ("GET", "POST"):
        before = len(crew.emulator.requests)
        assert 7 == crew.shell("request", method, "/chat/Dialog").status
        sent = len(crew.emulator.requests) - before
        assert (3 if method == "GET" else 1) == sent
