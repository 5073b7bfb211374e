"""Records as the service shows them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from .records import File, Session, User

Json = dict[str, Any]


@lru_cache(maxsize=8192)  # a page of users has hundreds of moments
def iso(moment: datetime | None) -> str | None:
    """Write a moment as the service does: UTC, whole seconds, `Z`."""
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def user_json(user: User, *, older: bool = False) -> Json:
    """Show a user; an older backend lacks some members and has others."""
    shown: Json = {
        "_id": user.object_id,
        "id": user.id,
        "created_at": iso(user.created_at),
        "updated_at": iso(user.updated_at),
        "last_request_at": iso(user.last_request_at),
        "login": user.login,
        "full_name": user.full_name,
        "timezone": user.timezone,
        "email": user.email,
        "phone": user.phone,
        "website": user.website,
        "twitter_id": user.twitter_id,
        "external_user_id": user.external_user_id,
        "facebook_id": user.facebook_id,
        "custom_data": user.custom_data,
        # The answer is a comma string, whatever was sent (users.md, conflict on tags).
        "user_tags": ",".join(user.tags) or None,
        "avatar": user.avatar,
        "external_id": user.external_id,
        # Null and missing mean "no guest"; only guests have true.
        "is_guest": True if user.is_guest else None,
    }
    if older:
        for name in ("_id", "external_id", "timezone", "is_guest"):
            del shown[name]
        shown["blob_id"] = user.blob_id
        shown["custom_data"] = user.custom_data or ""
        shown["avatar"] = user.avatar or ""
    return shown


def session_json(session: Session, user: User | None, application_id: int, *, older: bool) -> Json:
    """Show a session; newer backends give a user's session the id of the user."""
    shown: Json = {
        "application_id": application_id,
        "token": session.token,
        "created_at": iso(session.created_at),
        "updated_at": iso(session.updated_at),
        "ts": session.ts,
        "user_id": user.id if user else (0 if older else None),
        "id": shown_session_id(session, older=older),
    }
    if session.nonce is not None:
        shown["nonce"] = session.nonce
    if user is not None:
        shown["user"] = user_json(user, older=older)
    return shown


def shown_session_id(session: Session, *, older: bool) -> int:
    """Return the id that the service shows for a session: on newer backends not a unique one."""
    return session.id if older or session.user_id is None else session.user_id


def file_json(file: File, *, application_id: int | None = None) -> Json:
    """Show the record of a file; older backends name the application too."""
    shown: Json = {
        "id": file.id,
        "uid": file.uid,
        "content_type": file.content_type,
        "name": file.name,
        "size": file.size,
        "created_at": iso(file.created_at),
        "updated_at": iso(file.updated_at),
        "public": file.public,
    }
    return shown if application_id is None else shown | {"app_id": application_id}
