"""Who a session or login body says it is: the forms of A1 and A4."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectycube.emulator.parameters import Parameters, as_object
from connectycube.emulator.profile import LONGEST_LOGIN, read_profile
from connectycube.emulator.refusals import (
    blank_identifier,
    field,
    user_not_found,
    wrong_password,
)

from .external import user_of_token
from .providers import user_of_provider

if TYPE_CHECKING:
    from connectycube.emulator.call import Call
    from connectycube.emulator.records import User


def user_of_form(call: Call, user: Any, body: Parameters) -> User | None:
    """
    Return the user that a session body proves, creating one where the rules say so.

    The order of the forms is the official SDK's: guest, login, e-mail, provider, nobody.
    """
    if user is None:
        return user_of_provider(call, body) if body.get("provider") is not None else None
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
    # Nobody has this login, so it may be a token of the application's own backend.
    if name == "login" and call.settings.identity is not None:
        return user_of_token(call, call.settings.identity, identifier, password)
    if not call.settings.create_users or _is_token(name, identifier):
        raise user_not_found()
    profile = read_profile({name: identifier, "password": password})
    return call.world.add_user(**profile)


def _is_token(name: str, identifier: str) -> bool:
    # Not a login that anybody would choose: too long for one, or the head of a JSON web token.
    is_jwt = identifier.startswith("eyJ") and "." in identifier
    return name == "login" and (is_jwt or len(identifier) > LONGEST_LOGIN)
