"""Users: U1 and U3 to U6. Searching is in its own files."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from connectycube.emulator.parameters import Parameters, as_object
from connectycube.emulator.profile import read_profile
from connectycube.emulator.refusals import blank_identifier, field, not_own_user, user_not_found
from connectycube.emulator.rendering import user_json
from connectycube.emulator.reply import Reply

if TYPE_CHECKING:
    from connectycube.emulator.call import Call
    from connectycube.emulator.records import User


def sign_up(call: Call) -> Reply:
    """Create a user; no session is opened (U1)."""
    members = _members(call)
    if not members.get("login") and not members.get("email"):
        raise blank_identifier()
    # A missing password is reported together with whatever else is unfit.
    profile = read_profile({"password": None, **members})
    return _shown(call, call.world.add_user(**profile), status=201)


def update_user(call: Call) -> Reply:
    """Write the members that are given into the caller's own user (U3)."""
    user = _own_user(call)
    members = _members(call)
    changes = read_profile(members)
    if "password" in changes:
        _check_old_password(user, members.get("old_password"))
    if not (changes.get("login", user.login) or changes.get("email", user.email)):
        raise blank_identifier()
    call.world.change_user(user, changes)
    return _shown(call, user)


def delete_user(call: Call) -> Reply:
    """Remove the caller's own user and all its sessions (U4)."""
    call.world.remove_user(_own_user(call).id)
    return Reply()


def delete_user_by_external_id(call: Call) -> Reply:
    """
    Remove the caller's own user, named by its external id (U5).

    The path takes the deprecated number as documented, and the newer id as well (inferred).
    """
    user = call.user
    if call.arguments[0] not in external_ids(user):
        raise not_own_user()
    call.world.remove_user(user.id)
    return Reply()


def external_ids(user: User) -> tuple[str, ...]:
    """Return what names a user in a path by external id: the deprecated number and the newer id."""
    both = (user.external_user_id, user.external_id)
    return tuple(str(one) for one in both if one is not None)


def reset_password(call: Call) -> Reply:
    """Send a mail with a link (U6, by POST and by GET)."""
    email = call.parameters.get("email")
    if not email:
        raise field("email", "cannot be blank")
    user = call.world.find_user(email=str(email))
    if user is not None:
        link = f"https://emulator.invalid/password/reset/{secrets.token_hex(16)}"
        call.world.send_mail(user, subject="Reset your password", link=link)
    elif call.settings.reveal_unknown_email:
        raise user_not_found()
    return Reply()


def _members(call: Call) -> Parameters:
    return as_object(call.parameters.get("user")) or {}


def _own_user(call: Call) -> User:
    user = call.user
    if call.arguments[0] != str(user.id):
        raise not_own_user()
    return user


def _check_old_password(user: User, old: Any) -> None:
    # Which status and words the service uses is unknown; these are inferred.
    if not old:
        raise field("old_password", "cannot be blank")
    if user.password is None or old != user.password:
        raise field("old_password", "is invalid")


def _shown(call: Call, user: User, *, status: int = 200) -> Reply:
    payload = {"user": user_json(user, older=call.settings.older_objects)}
    return Reply(status=status, payload=payload)
