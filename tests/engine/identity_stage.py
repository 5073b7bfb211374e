"""What tests of identities play on: whoever knows the tokens, and a strategy for each kind."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import attrs
import pytest

from connectycube import CustomIdentity, Facebook, FirebaseEmail, FirebasePhone, Twitter
from connectycube.auth.strategy import AuthStrategy
from connectycube.emulator import IdentityProvider

from .stage import Stage

Secret = str | Callable[[], Awaitable[str]]
LONG: Final = "eyJ." + "canary-" * 60


class Provider:
    """Whoever knows the tokens: everyone whose token begins well is the same person."""

    def __init__(self) -> None:
        self.asked: list[Mapping[str, str]] = []
        self.refusal: tuple[int, Any] | None = None

    def vouch(self, proof: Mapping[str, str]) -> Mapping[str, Any] | None:
        self.asked.append(proof)
        token = proof.get("access_token") or proof["token"]
        if not token.startswith(("canary", "eyJ.canary")):
            return None
        return {"phone": "380501", "email": "a@b.example", "facebook_id": "f1", "twitter_id": "t1"}

    def verify(self, asked: Mapping[str, str]) -> Any:
        self.asked.append(asked)
        if self.refusal is not None:
            return self.refusal
        if not asked["token"].startswith(("canary", "eyJ.canary")):
            return 404, {"error": "Token invalid"}
        return {"user": {"id": 2345}}


@attrs.frozen
class Way:
    """A strategy, made of its token, and what goes over the wire for it."""

    make: Callable[[Secret], AuthStrategy]
    members: Callable[[str], dict[str, Any]]


WAYS: Final = {
    "firebase_phone": Way(
        lambda token: FirebasePhone(project_id="p", access_token=token),
        lambda token: {
            "provider": "firebase_phone",
            "firebase_phone": {"project_id": "p", "access_token": token},
        },
    ),
    "firebase_email": Way(
        lambda token: FirebaseEmail(project_id="p", access_token=token),
        lambda token: {
            "provider": "firebase_email",
            "firebase_email": {"project_id": "p", "access_token": token},
        },
    ),
    "facebook": Way(Facebook, lambda token: {"provider": "facebook", "keys": {"token": token}}),
    "twitter": Way(
        lambda token: Twitter(token=token, secret="canary-secret"),
        lambda token: {
            "provider": "twitter",
            "keys": {"token": token, "secret": "canary-secret"},
        },
    ),
    "custom": Way(CustomIdentity, lambda token: {"login": token}),
}
every_way = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


def provider_of(stage: Stage) -> Provider:
    """Let one provider vouch for everybody on this stage."""
    provider = Provider()
    settings = stage.service.settings
    names = ("firebase_phone", "firebase_email", "facebook", "twitter")
    settings.verifiers = dict.fromkeys(names, provider.vouch)
    settings.identity = IdentityProvider(verify=provider.verify)
    return provider


def bodies(stage: Stage, path: str) -> list[dict[str, Any]]:
    """Return what was sent to this path, but for the keys of the application and the filler."""
    found: list[dict[str, Any]] = []
    for request in stage.service.requests:
        if request.path == path and request.method == "POST":
            body = dict(request.json)
            body = {k: v for k, v in body.items() if k not in ("application_id", "auth_key")}
            body = body.pop("user", body)
            body.pop("password", None)
            found.append(body)
    return found


def asked_for(*tokens: str) -> tuple[Callable[[], Awaitable[str]], list[str]]:
    """Return a callable that gives one token after the other, and the list of what it gave."""
    given: list[str] = []

    async def ask() -> str:
        given.append(tokens[len(given)])
        return given[-1]

    return ask, given
