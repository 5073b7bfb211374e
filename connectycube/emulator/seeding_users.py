"""Users of a seed, with their devices and contacts, and their files."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import TYPE_CHECKING, Any

from .profile import read_profile
from .push import CHANNELS, ENVIRONMENTS, PLATFORMS
from .refusals import RefusalError
from .store import StoredObject
from .user_names import TakenError

if TYPE_CHECKING:
    from .records import User
    from .seeding_names import Names
    from .seeding_place import Place
    from .world import World

_PROFILE = (
    "login",
    "password",
    "email",
    "full_name",
    "phone",
    "website",
    "custom_data",
    "tags",
    "external_id",
    "external_user_id",
    "facebook_id",
    "twitter_id",
    "timezone",
)
_ONE_OF = {"channel": CHANNELS, "platform": PLATFORMS, "environment": ENVIRONMENTS}


def seed_user(world: World, place: Place, names: Names) -> None:
    """Create a user, by the rules of the service for a profile."""
    members = place.members(
        "key",
        *_PROFILE,
        "avatar",
        "guest",
        "online",
        "last_request_at",
        "subscriptions",
        "contacts",
    )
    is_guest = "guest" in members and members["guest"].flag()
    add = world.add_guest if is_guest else world.add_user
    profile = _profile(members)
    if not is_guest and "login" not in profile and "email" not in profile:
        place.refuse("needs a login or an email")
    try:
        user = add(**read_profile(profile))
    except RefusalError as refusal:
        _refuse(place, refusal)
        raise
    except TakenError as taken:
        name = taken.names[0]
        members[name].refuse(f"there is a user with this {name} already")
    own = next(
        (members[name].text() for name in ("key", "login", "email") if name in members), None
    )
    names.keep("users", place, own, user.id)
    if "online" in members:
        world.set_online(user.id, online=members["online"].flag())
    if "last_request_at" in members:
        user.last_request_at = members["last_request_at"].moment()
    _seed_belongings(world, members, user)


def seed_avatar(world: World, place: Place, names: Names) -> None:
    """Give a user the avatar, once files have their uids."""
    members = place.mapping()
    if "avatar" not in members:
        return
    own = next(members[name] for name in ("key", "login", "email") if name in members)
    names.user(world, own).avatar = names.file_or_text(members["avatar"])


def seed_file(world: World, place: Place, names: Names) -> None:
    """Create a file with its content, as text or in base64."""
    members = place.members(
        "key", "content_type", "public", "content", "content_base64", required=("owner", "name")
    )
    owner = names.user(world, members["owner"])
    file = world.files.add(world.ids, owner.id, world.now(), older=world.settings.older_objects)
    file.name = members["name"].text()
    file.content_type = (
        members["content_type"].text() if "content_type" in members else "application/octet-stream"
    )
    file.public = "public" in members and members["public"].flag()
    content = _content(members)
    file.size, file.completed_at = len(content), file.created_at
    world.store.objects[file.uid] = StoredObject(
        key=file.uid,
        content_type=file.content_type,
        public=file.public,
        etag=f'"{file.id}"',
        content=content,
    )
    names.keep("files", place, (members.get("key") or members["name"]).text(), file.uid)


def _profile(members: dict[str, Place]) -> dict[str, Any]:
    profile: dict[str, Any] = {name: members[name].value for name in _PROFILE if name in members}
    if "tags" in profile:
        profile["tag_list"] = profile.pop("tags")  # the name it is written by
    if not isinstance(profile.get("custom_data", ""), str):
        profile["custom_data"] = json.dumps(profile["custom_data"], ensure_ascii=False)
    return profile


def _refuse(place: Place, refusal: RefusalError) -> None:
    members = place.mapping()
    for name, reasons in refusal.reply.payload["errors"].items():
        members["tags" if name == "tag_list" else name].refuse("; ".join(reasons))


def _seed_belongings(world: World, members: dict[str, Place], user: User) -> None:
    if subscriptions := members.get("subscriptions"):
        for one in subscriptions.items():
            given = one.members(*_ONE_OF, required=("token", "udid"))
            texts = {name: place.text() for name, place in given.items()}
            for name, known in _ONE_OF.items():
                if name in texts and texts[name] not in known:
                    given[name].refuse(f"must be one of {', '.join(known)}")
            world.add_subscription(user.id, **texts)
    if contacts := members.get("contacts"):
        book = {phone: name.text() for phone, name in contacts.mapping().items()}
        world.add_contacts(user.id, book)


def _content(members: dict[str, Place]) -> bytes:
    if "content_base64" in members:
        try:
            return b64decode(members["content_base64"].text(), validate=True)
        except ValueError:
            members["content_base64"].refuse("must be base64")
    return members["content"].text().encode() if "content" in members else b""
