"""The application that the official SDK works for, and what is known of its work."""

from collections.abc import Iterable
from typing import Any, Final, Protocol

import attrs

from connectycube.emulator import Emulator
from connectycube.emulator.records import User

APP_ID: Final = 21
AUTH_KEY: Final = "canary-auth-key"
NOT_FOUND: Final = {"code": 404, "info": {"errors": ["The resource wasn't found"]}}
NOT_PERMITTED: Final = {
    "code": 403,
    "info": {
        "errors": {"base": ["You don't have appropriate permissions to perform this operation"]}
    },
}
NO_ID: Final = "6666ffffa4b35e0017f0a999"


class Run(Protocol):
    """Run one flow in a process of its own, and return what it tells."""

    def __call__(self, flow: str, **given: Any) -> Any: ...


@attrs.frozen
class People:
    """Three users who can sign in."""

    mara: User
    jonas: User
    ida: User

    @classmethod
    def of(cls, emulator: Emulator) -> "People":
        """Let the service know them."""
        add = emulator.world.add_user
        mara, jonas, ida = (
            add(login=name, password=f"canary-of-{name}", phone=f"3712000000{number}")
            for number, name in enumerate(("mara", "jonas", "ida"))
        )
        return cls(mara, jonas, ida)

    @property
    def given(self) -> dict[str, Any]:
        """Say to a flow how each is known and signs in."""
        members = ("id", "login", "password", "phone")
        return {
            name: {member: getattr(user, member) for member in members}
            for name, user in attrs.asdict(self, recurse=False).items()
        }


def outcome(
    *,
    deleted: Iterable[str] = (),
    unknown: Iterable[str] = (),
    foreign: Iterable[str] = (),
) -> dict[str, Any]:
    """Return what the service says when it has deleted several things."""
    lists = {"SuccessfullyDeleted": deleted, "NotFound": unknown, "WrongPermissions": foreign}
    return {name: {"ids": list(ids)} for name, ids in lists.items()}


def lines(emulator: Emulator) -> list[str]:
    """Return the first lines of all requests, without their queries."""
    return [f"{request.method} {request.path}" for request in emulator.requests]
