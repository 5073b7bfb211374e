"""Every way to say no, with the service's own words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from .reply import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

ErrorShape = Literal["base", "list", "legacy"]


class RefusalError(Exception):
    """End a handler with an error answer; rendered in one place."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply)
        self.reply = reply


def listed(status: int, *messages: str) -> RefusalError:
    """Refuse in the list shape (E1)."""
    return RefusalError(Reply(status=status, payload={"errors": list(messages)}))


def based(status: int, *messages: str) -> RefusalError:
    """Refuse in the base list shape (E2)."""
    return RefusalError(Reply(status=status, payload={"errors": {"base": list(messages)}}))


def fields(messages: Mapping[str, list[str]]) -> RefusalError:
    """Refuse a value in the field map shape (E3)."""
    return RefusalError(Reply(status=422, payload={"errors": dict(messages)}))


def field(name: str, message: str) -> RefusalError:
    """Refuse one field (E3)."""
    return fields({name: [message]})


def bad_request() -> RefusalError:
    """Refuse what cannot be read (E4; inferred)."""
    return RefusalError(Reply(status=400, payload={"errors": "Bad request"}))


def route_not_found(method: str, path: str) -> RefusalError:
    """Refuse a route that the service does not have (E6)."""
    text = f"E_ROUTE_NOT_FOUND: Route not found {method} {path}"
    return RefusalError(Reply(status=404, text=text))


def not_emulated(what: str) -> RefusalError:
    """Say loudly that the service has this and the emulator does not."""
    return listed(501, f"Not emulated: {what}")


def session_missing(shape: ErrorShape) -> RefusalError:
    """Refuse an unknown or expired token; this exact text drives session recovery."""
    text = "Required session does not exist"
    if shape == "legacy":
        return RefusalError(Reply(status=401, payload={"code": None, "message": text}))
    return listed(401, text) if shape == "list" else based(401, text)


def token_required() -> RefusalError:
    """Refuse a call without a token."""
    return listed(401, "Token is required")


def user_required() -> RefusalError:
    """Refuse an application session where a user is needed."""
    return based(403, "Forbidden. Need user.")


def unauthorized() -> RefusalError:
    """Refuse wrong application keys (inferred) and, on older backends, wrong passwords."""
    return listed(401, "Unauthorized")


def wrong_password(*, older: bool) -> RefusalError:
    """Refuse a password."""
    return unauthorized() if older else listed(401, "Invalid password")


def user_not_found() -> RefusalError:
    """Refuse an unknown user."""
    return listed(404, "User not found")


def not_own_user() -> RefusalError:
    """Refuse to touch a foreign or unknown user (status inferred)."""
    return listed(404, "Couldn't find user.")


def not_found() -> RefusalError:
    """Refuse an unknown thing."""
    return listed(404, "The resource wasn't found")


def not_permitted() -> RefusalError:
    """Refuse to touch what belongs to somebody else (inferred for files)."""
    return based(403, "You don't have appropriate permissions to perform this operation")


def blank_identifier() -> RefusalError:
    """Refuse a user without login and e-mail."""
    return listed(422, "Both user login and email can't be blank")


def undefined_class(status: int) -> RefusalError:
    """Refuse a class of custom objects that nobody has defined (seen on the ancestor platform)."""
    return listed(status, "Undefined class")
