"""Users that Firebase, Facebook or Twitter vouch for, on both endpoints."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from connectycube.emulator.clock import Clock
from connectycube.emulator.messages import WireRequest
from connectycube.emulator.service import Service

KEYS = {"application_id": 21, "auth_key": "emulator-auth-key"}
ENDPOINTS = ("session", "login")
INVALID = "Bad Authentication data. The token is not valid"


@pytest.fixture
def service() -> Service:
    return Service(clock=Clock(datetime(2024, 6, 10, 9, 20, tzinfo=UTC), frozen=True))


def enter(service: Service, endpoint: str, body: Any) -> tuple[int, Any]:
    """Bring the same form to either endpoint, and return the user or the errors."""
    token = service.world.open_session(None, ts=0).token
    content = json.dumps({**KEYS, **body} if endpoint == "session" else body).encode()
    request = WireRequest("POST", f"/{endpoint}", "", {"CB-Token": token}, content)
    response = service.receive(request).response
    assert response is not None
    answer = json.loads(response.body)
    shown = answer.get("session", answer)
    return response.status, shown.get("user") or shown["errors"]


def firebase(service: Service, provider: str, project: str = "p", **proved: Any) -> dict[str, Any]:
    token = service.world.firebase_token("p", **proved)
    return {"provider": provider, provider: {"project_id": project, "access_token": token}}


def forms(service: Service) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return each provider's form, with what its user is to have."""
    facebook = service.world.social_token("facebook", "77120", full_name="Ilze")
    twitter = service.world.social_token("twitter", "551")
    return [
        (
            firebase(service, "firebase_phone", phone="+37120000077"),
            {"login": "37120000077", "phone": "37120000077"},
        ),
        (
            firebase(service, "firebase_email", email="new@example.org"),
            {"login": None, "email": "new@example.org"},
        ),
        (
            {"provider": "facebook", "keys": {"token": facebook}},
            {"login": "fb_77120", "facebook_id": "77120", "full_name": "Ilze"},
        ),
        (
            {"provider": "twitter", "keys": {"token": twitter, "secret": "any"}},
            {"login": "tw_551", "twitter_id": "551"},
        ),
    ]


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("number", range(4))
def test_vouched_user_is_created_once(service: Service, endpoint: str, number: int) -> None:
    """The first success creates a user with what the provider proved; both routes find it."""
    form, members = forms(service)[number]
    status, user = enter(service, endpoint, form)

    assert {"session": 201, "login": 202}[endpoint] == status
    assert members == {name: user[name] for name in members}
    assert [user["id"]] * 2 == [enter(service, one, form)[1]["id"] for one in ENDPOINTS]
    [kept] = service.world.users
    assert None is kept.password


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_user_with_the_proved_member_is_found(service: Service, endpoint: str) -> None:
    """Whoever has the phone or the e-mail already is the user, with or without a plus."""
    service.world.add_guest(phone="+37120000077")
    mara = service.world.add_user(login="mara", phone="+37120000077", email="new@example.org")

    assert [mara.id] * 2 == [enter(service, endpoint, f)[1]["id"] for f, _ in forms(service)[:2]]


def test_taken_login_is_left_alone(service: Service) -> None:
    """A new user has no login where somebody has the one that it would get."""
    service.world.add_user(login="fb_77120")

    assert None is enter(service, "session", forms(service)[2][0])[1]["login"]


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize(
    ("body", "missing"),
    [
        ({"provider": "firebase_phone"}, "firebase_phone"),
        ({"provider": "firebase_phone", "firebase_phone": {"project_id": "p"}}, "firebase_phone"),
        ({"provider": "firebase_phone", "firebase_phone": "t"}, "firebase_phone"),
        (
            {
                "provider": "firebase_phone",
                "firebase_phone[project_id]": "p",
                "firebase_phone[access_token]": "t",
            },
            "firebase_phone",
        ),
        ({"provider": "firebase_email", "firebase_phone": {"project_id": "p"}}, "firebase_email"),
    ],
)
def test_firebase_needs_both_members_nested(
    service: Service, endpoint: str, body: Any, missing: str
) -> None:
    """Missing members are named; bracket keys inside JSON are not understood."""
    text = f"no '{missing}[access_token]' and '{missing}[project_id]' parameters provided"

    assert (422, [f"Bad Authentication data. Invalid input parameters provided: {text}"]) == enter(
        service, endpoint, body
    )


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize(
    ("provider", "named"),
    [("facebook", "'keys[token]'"), ("twitter", "'keys[token]' and 'keys[secret]'")],
)
def test_social_providers_need_their_keys(
    service: Service, endpoint: str, provider: str, named: str
) -> None:
    """Twitter needs a secret too."""
    keys = {} if provider == "facebook" else {"token": "t"}
    status, errors = enter(service, endpoint, {"provider": provider, "keys": keys})

    assert (422, True) == (status, f"no {named} parameters" in errors[0])


@pytest.mark.parametrize(
    "token", ["t", "eyJ.demo.token", "e30.e30.", "e30.W10.", "a.b.c", "e30.eyJpc3MiOjF9.", "é.é."]
)
def test_foreign_token_is_refused(service: Service, token: str) -> None:
    """Only tokens that this emulator mints are taken."""
    body = {"provider": "facebook", "keys": {"token": token}}

    assert (422, [INVALID]) == enter(service, "session", body)


def test_token_counts_for_its_provider_project_and_time(service: Service) -> None:
    """A token of another provider, for another project or from too long ago is refused."""
    other_provider = firebase(service, "firebase_email", phone="+37120000077")
    other_project = firebase(service, "firebase_phone", "q", phone="+37120000077")
    right = firebase(service, "firebase_phone", phone="+37120000077")
    service.clock.advance(3599)
    in_time = enter(service, "session", right)[0]
    service.clock.advance(1)

    assert 201 == in_time
    assert [(422, [INVALID])] * 3 == [
        enter(service, "session", body) for body in (other_provider, other_project, right)
    ]


def test_minted_token_proves_one_thing(service: Service) -> None:
    """A Firebase token is about a phone or an e-mail, and is visibly unsigned."""
    token = service.world.firebase_token("p", phone="+371")

    assert ("eyJ", "") == (token[:3], token.split(".")[2])
    wrong: list[dict[str, Any]] = [{}, {"phone": "1", "email": "a@b"}]
    for proved in wrong:
        with pytest.raises(ValueError, match="either"):
            service.world.firebase_token("p", **proved)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_callback_vouches_instead(service: Service, endpoint: str) -> None:
    """A test may say itself who a token belongs to; it gets the members of the request."""
    asked: list[Mapping[str, str]] = []

    def vouch(proof: Mapping[str, str], /) -> Mapping[str, Any] | None:
        asked.append(proof)
        return {"twitter_id": 551, "full_name": "Arvo", "password": "ignored-1"}

    service.settings.verifiers = {"twitter": vouch}
    keys = {"token": "t", "secret": "s"}
    status, user = enter(service, endpoint, {"provider": "twitter", "keys": keys})

    assert (True, "551", "Arvo") == (status < 300, user["twitter_id"], user["full_name"])
    assert [keys] == asked
    assert None is service.world.users[0].password


def refuse(_proof: Mapping[str, str], /) -> None:
    raise PermissionError("Revoked")


@pytest.mark.parametrize(
    ("vouch", "text"),
    [
        (lambda _: None, INVALID),
        (refuse, "Revoked"),
        (lambda _: {"email": "a@b"}, "No facebook_id"),
    ],
)
def test_callback_may_refuse(service: Service, vouch: Any, text: str) -> None:
    """Nothing, an error, or a profile without the provider's own member is a refusal."""
    service.settings.verifiers = {"facebook": vouch}
    body = {"provider": "facebook", "keys": {"token": "t"}}
    status, [message] = enter(service, "session", body)

    assert (422, True) == (status, message.endswith(text))
    assert message.startswith("Bad Authentication data. ")
    assert [] == service.world.users
