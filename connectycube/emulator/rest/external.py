"""Users of an application's own backend: a login that is a token, verified there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectycube.emulator.identity import IdentityProvider, IdentityRefusedError
from connectycube.emulator.profile import LONGEST_LOGIN, read_profile
from connectycube.emulator.refusals import RefusalError, based, listed, user_not_found

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectycube.emulator.call import Call
    from connectycube.emulator.records import User


def user_of_token(call: Call, provider: IdentityProvider, login: str, password: str) -> User:
    """Return the user that the backend names; the first time it is created, without a password."""
    if "uid" not in provider.response_mapping:
        raise user_not_found()  # a wrong mapping counts as none
    try:
        with call.world.unlocked():
            mapped = provider.ask({"login": login, "password": password})
    except IdentityRefusedError as refused:
        text = f'responded with an error = "{refused.reason}". Status code = {refused.status}'
        raise _refused(call, text, older_status=refused.status) from refused
    if "uid" not in mapped:
        raise _refused(call, "uid is required")
    for user in call.world.users:
        if user.external_id == mapped["uid"]:
            return user
    return _newcomer(call, mapped)


def _newcomer(call: Call, mapped: Mapping[str, str]) -> User:
    members = {name: text for name, text in mapped.items() if name not in ("uid", "password")}
    login = f"ext_{mapped['uid']}"  # inferred
    if len(login) <= LONGEST_LOGIN and call.world.find_user(login=login) is None:
        members.setdefault("login", login)
    return call.world.add_user(**read_profile({**members, "external_id": mapped["uid"]}))


def _refused(call: Call, text: str, older_status: int | None = None) -> RefusalError:
    if call.settings.older_texts and older_status is not None:
        words = f"Unauthorized on remote side. Status: {older_status}"
        return listed(422, f"Bad Authentication data. {words}")
    whole = f"Custom Identity Provider {text}"
    # Seen in 2021: a failure inside a 200 answer.
    return listed(200, whole) if call.settings.external_failure_in_200 else based(422, whole)
