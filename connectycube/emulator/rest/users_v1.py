"""The deprecated look-ups of one user or a page of users: U9 to U18, off by default."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectycube.emulator.parameters import as_list
from connectycube.emulator.refusals import based, user_not_found
from connectycube.emulator.rendering import user_json
from connectycube.emulator.reply import Reply

from .paging import page_of
from .users import external_ids
from .users_filters import read_filters, sort

if TYPE_CHECKING:
    from collections.abc import Callable

    from connectycube.emulator.call import Call, Handler
    from connectycube.emulator.records import User


def get_user(call: Call) -> Reply:
    """Show one user by id (U10)."""
    return _one(call, lambda user: str(user.id) == call.arguments[0])


def get_user_by_external_id(call: Call) -> Reply:
    """Show one user by external id (U18)."""
    return _one(call, lambda user: call.arguments[0] in external_ids(user))


def get_user_by(field: str) -> Handler:
    """Return the handler that shows one user by this field (U11, U13 to U15, U17)."""

    def handler(call: Call) -> Reply:
        wanted = call.parameters.get(field)
        return _one(call, lambda user: wanted is not None and getattr(user, field) == wanted)

    return handler


def list_users_by_full_name(call: Call) -> Reply:
    """Show a page of users with this full name (U12)."""
    wanted = call.parameters.get("full_name")
    return _page(call, lambda user: wanted is not None and user.full_name == wanted)


def list_users_by_tags(call: Call) -> Reply:
    """Show a page of users with any of these tags (U16)."""
    wanted = frozenset(as_list(call.parameters.get("tags")))
    return _page(call, lambda user: not wanted.isdisjoint(user.tags))


def list_users_v1(call: Call) -> Reply:
    """Show a page of the users that all filters let through, in the order that is asked (U9)."""
    _check_enabled(call)
    filters = read_filters(call)
    found = [user for user in call.world.users if all(one.fits(user) for one in filters)]
    sort(found, call.parameters.get("order"))
    return _shown(call, found)


def _check_enabled(call: Call) -> None:
    if not call.settings.v1_enabled:
        place = f"https://admin.example.org/apps/{call.world.application.id}/service/users/settings"
        text = "Users retrieving forbidden in admin panel, application settings. Setup it here"
        raise based(call.settings.v1_disabled_status, f"{text} {place}")


def _one(call: Call, is_meant: Callable[[User], bool]) -> Reply:
    _check_enabled(call)
    for user in call.world.users:
        if is_meant(user):
            return Reply(payload=_wrapped(call, user))
    raise user_not_found()


def _page(call: Call, is_meant: Callable[[User], bool]) -> Reply:
    _check_enabled(call)
    return _shown(call, [user for user in call.world.users if is_meant(user)])


def _shown(call: Call, found: list[User]) -> Reply:
    page = page_of(call, found)
    page["items"] = [_wrapped(call, user) for user in page["items"]]
    return Reply(payload=page)


def _wrapped(call: Call, user: User) -> dict[str, Any]:
    return {"user": user_json(user, older=call.settings.older_objects)}
