"""Who a session or login body says it is: the forms of A1 and A4."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectycube.emulator.parameters import Parameters, as_object
from connectycube.emulator.profile import read_profile
from connectycube.emulator.refusals import (
    blank_identifier,
    field,
    listed,
    not_emulated,
    user_not_found,
    wrong_password,
)

if TYPE_CHECKING:
    from connectycube.emulator.call import Call
    from connectycube.emulator.records import User

_LONGEST_LOGIN = 70

# What each provider must bring: the object and its members.
_PROVIDERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "facebook": ("keys", ("token",)),
    "twitter": ("keys", ("token", "secret")),
    "firebase_phone": ("firebase_phone", ("access_token", "project_id")),
    "firebase_email": ("firebase_email", ("access_token", "project_id")),
}


def user_of_form(call: Call, user: Any, body: Parameters) -> User | None:
    """
    Return the user that a session body proves, creating one where the rules say so.

    The order of the forms is the official SDK's: guest, login, e-mail, provider, nobody.
    """
    if user is None:
        return user_of_provider(body) if body.get("provider") is not None else None
    form = as_object(user)
    if form is None:
        raise blank_identifier()
    if str(form.get("guest", "")).lower() in ("1", "true"):
        return _guest(call, form)
    return user_of_credentials(call, form)


def user_of_credentials(call: Call, form: Parameters) -> User:
    """Return the user with this login or e-mail and password."""
    name = "login" if form.get("login") else "email"
    identifier, password = _text(form, name), _text(form, "password")
    if not identifier:
        raise blank_identifier()
    if not password:
        raise field("password", "cannot be blank")
    user = call.world.find_user(**{name: identifier})
    if user is None:
        return _newcomer(call, name, identifier, password)
    # Guests and external identities have no password, so none fits.
    if user.password != password:
        raise wrong_password(older=call.settings.older_texts)
    return user


def user_of_provider(body: Parameters) -> User:
    """Return the user that a provider vouches for; only the shape is emulated so far."""
    provider = str(body.get("provider"))
    if provider not in _PROVIDERS:
        raise listed(422, "Bad Authentication data. Unknown provider")
    holder, members = _PROVIDERS[provider]
    given = as_object(body.get(holder))
    if given is None or not all(given.get(member) for member in members):
        wanted = " and ".join(f"'{holder}[{member}]'" for member in members)
        text = f"Invalid input parameters provided: no {wanted} parameters provided"
        raise listed(422, f"Bad Authentication data. {text}")
    raise not_emulated(f"provider {provider}")


def _guest(call: Call, form: Parameters) -> User:
    # Other profile members may be sent along; a guest chooses neither login nor password.
    wanted = {name: value for name, value in form.items() if name not in ("login", "password")}
    return call.world.add_guest(**read_profile(wanted))


def _text(form: Parameters, name: str) -> str:
    value = form.get(name)
    if value is None or isinstance(value, (str, int)):
        return "" if value is None else str(value)
    raise field(name, "must be a string")


def _newcomer(call: Call, name: str, identifier: str, password: str) -> User:
    # No login is so long, so this is an external identity, and no provider is configured.
    is_external = name == "login" and len(identifier) > _LONGEST_LOGIN
    if is_external or not call.settings.create_users:
        raise user_not_found()
    profile = read_profile({name: identifier, "password": password})
    return call.world.add_user(**profile)
