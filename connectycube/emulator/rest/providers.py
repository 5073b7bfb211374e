"""Users that another service vouches for: Firebase by phone or e-mail, Facebook, Twitter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from connectycube.emulator.parameters import Parameters, as_object
from connectycube.emulator.profile import read_profile
from connectycube.emulator.refusals import RefusalError, listed
from connectycube.emulator.tokens import read

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectycube.emulator.call import Call
    from connectycube.emulator.records import User


@attrs.frozen
class _Provider:
    holder: str
    """The object in the request."""
    members: tuple[str, ...]
    """What it must bring."""
    key: str
    """The member of a user that the provider vouches for, and by which it finds the user again."""
    login: str | None
    """The start of a new user's login (inferred)."""


_FIREBASE = ("access_token", "project_id")
_PROVIDERS = {
    "facebook": _Provider("keys", ("token",), "facebook_id", "fb_"),
    "twitter": _Provider("keys", ("token", "secret"), "twitter_id", "tw_"),
    "firebase_phone": _Provider("firebase_phone", _FIREBASE, "phone", ""),
    "firebase_email": _Provider("firebase_email", _FIREBASE, "email", None),
}


def user_of_provider(call: Call, body: Parameters) -> User:
    """Return the user that a provider vouches for; the first time it is created."""
    name = str(body.get("provider"))
    provider = _PROVIDERS.get(name)
    if provider is None:
        raise _bad("Unknown provider")
    profile = _vouched(call, name, _proof(provider, body))
    key = _comparable(provider, profile.get(provider.key))
    if not key:
        raise _bad(f"No {provider.key}")
    for user in call.world.users:
        if _comparable(provider, getattr(user, provider.key)) == key and not user.is_guest:
            return user
    login = None if provider.login is None else provider.login + key
    if login is not None and call.world.find_user(login=login) is not None:
        login = None
    # What the provider says about a new user is taken over where it is known (inferred).
    members = {**profile, provider.key: key, "login": login}
    members.pop("password", None)
    return call.world.add_user(**read_profile(members))


def _comparable(provider: _Provider, value: Any) -> str:
    # A phone is the same with and without its plus.
    text = str(value or "")
    return text.removeprefix("+") if provider.key == "phone" else text


def _proof(provider: _Provider, body: Parameters) -> dict[str, str]:
    given = as_object(body.get(provider.holder)) or {}
    if not all(given.get(member) for member in provider.members):
        wanted = " and ".join(f"'{provider.holder}[{member}]'" for member in provider.members)
        raise _bad(f"Invalid input parameters provided: no {wanted} parameters provided")
    return {member: str(given[member]) for member in provider.members}


def _vouched(call: Call, name: str, proof: Mapping[str, str]) -> Mapping[str, Any]:
    vouch = call.settings.verifiers.get(name)
    if vouch is None:
        profile = _fake(call, name, proof)
    else:
        try:
            with call.world.unlocked():
                profile = vouch(proof)
        except Exception as error:
            raise _bad(str(error)) from error
    if profile is None:
        raise _bad("The token is not valid")
    return profile


def _fake(call: Call, name: str, proof: Mapping[str, str]) -> Mapping[str, Any] | None:
    claims = read(proof.get("token") or proof["access_token"], now=call.now)
    if claims is None or claims.get("provider") != name:
        return None
    return claims["user"] if claims.get("aud") == proof.get("project_id") else None


def _bad(reason: str) -> RefusalError:
    return listed(422, f"Bad Authentication data. {reason}")
