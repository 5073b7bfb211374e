"""Dialogs of a seed, with their messages and whiteboards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .chat_records import Dialog, DialogMembers, DialogType, MessageMembers
from .parameters import as_object

if TYPE_CHECKING:
    from .records import User
    from .rendering import Json
    from .seeding_names import Names
    from .seeding_place import Place
    from .world import World

_TYPES = {kind.name.lower(): kind for kind in DialogType}
_DIALOG = (
    "key",
    "type",
    "name",
    "description",
    "photo",
    "occupants",
    "admins",
    "extensions",
    "allow_preview",
    "silent_for",
    "hidden_for",
    "created_at",
    "messages",
    "whiteboards",
)
_MESSAGE = (
    "key",
    "text",
    "sent_at",
    "attachments",
    "params",
    "read_by",
    "delivered_to",
    "reactions",
    "pinned",
    "deleted_for",
)


def seed_dialog(world: World, place: Place, names: Names) -> None:
    """Create a dialog, a group unless it says otherwise, and what is in it."""
    members = place.members(*_DIALOG, required=("owner",))
    owner = names.user(world, members["owner"])
    kind = _type(members["type"]) if "type" in members else DialogType.GROUP
    wanted: DialogMembers = {}
    if "name" in members:
        wanted["name"] = members["name"].text()
    if "description" in members:
        wanted["description"] = members["description"].text()
    if "photo" in members:
        wanted["photo"] = names.file_or_text(members["photo"])
    if "occupants" in members:
        wanted["occupants_ids"] = names.user_ids(world, members["occupants"])
    if "admins" in members:
        wanted["admins_ids"] = names.user_ids(world, members["admins"])
    if "extensions" in members:
        extensions = members["extensions"].mapping()
        wanted["extensions"] = {name: one.text() for name, one in extensions.items()}
    if "allow_preview" in members:
        wanted["allow_preview"] = members["allow_preview"].flag()
    if "created_at" in members:
        wanted["created_at"] = members["created_at"].moment()
    others = set(wanted.get("occupants_ids", ())) - {owner.id}
    if kind is DialogType.PRIVATE and len(others) != 1:
        place.refuse("a private dialog has exactly one occupant beside its owner")
    dialog = world.add_dialog(owner, kind, **wanted)
    own = members.get("key") or members.get("name")
    names.keep("dialogs", place, own.text() if own else None, dialog.id)
    _seed_contents(world, members, names, dialog, owner)


def _type(place: Place) -> DialogType:
    kind = _TYPES.get(str(place.value))
    if kind is None and place.value in list(DialogType):
        kind = DialogType(place.value)
    if kind is None:
        place.refuse(f"must be one of {', '.join(_TYPES)}")
    return kind


def _seed_contents(
    world: World, members: dict[str, Place], names: Names, dialog: Dialog, owner: User
) -> None:
    if messages := members.get("messages"):
        for one in messages.items():
            _seed_message(world, one, names, dialog)
    if whiteboards := members.get("whiteboards"):
        for one in whiteboards.items():
            _seed_whiteboard(world, one, names, dialog, owner)
    # Last, because a new message shows a private dialog to everybody again.
    if "silent_for" in members:
        dialog.silent_for.update(names.user_ids(world, members["silent_for"]))
    if "hidden_for" in members:
        dialog.hidden_for.update(names.user_ids(world, members["hidden_for"]))


def _seed_message(world: World, place: Place, names: Names, dialog: Dialog) -> None:
    members = place.members(*_MESSAGE, required=("from",))
    sender = names.user(world, members["from"])
    wanted: MessageMembers = {}
    if "sent_at" in members:
        sent_at = members["sent_at"].moment()
        wanted["date_sent"] = int(sent_at.timestamp())
        wanted["created_at"] = sent_at
    if "attachments" in members:
        wanted["attachments"] = [_attachment(one, names) for one in members["attachments"].items()]
    if "params" in members:
        wanted["params"] = _plain(members["params"])
    if "read_by" in members:
        wanted["read_ids"] = names.user_ids(world, members["read_by"])
    got = wanted.get("read_ids", [])  # who has read a message has got it
    if "delivered_to" in members:
        got = [*names.user_ids(world, members["delivered_to"]), *got]
    wanted["delivered_ids"] = got
    if "reactions" in members:
        reactions = members["reactions"].mapping()
        wanted["reactions"] = {
            emoji: names.user_ids(world, users) for emoji, users in reactions.items()
        }
    text = members["text"].text() if "text" in members else None
    message = world.add_message(dialog, sender, text, **wanted)
    names.keep("messages", place, members["key"].text() if "key" in members else None, message.id)
    if "pinned" in members and members["pinned"].flag():
        dialog.pinned_messages_ids.append(message.id)
    if "deleted_for" in members:
        for user_id in names.user_ids(world, members["deleted_for"]):
            world.chat.delete_for(message, user_id)


def _attachment(place: Place, names: Names) -> Json:
    attachment = _plain(place)
    file = place.mapping().get("file")
    if file is not None:
        attachment["uid"] = names.find("files", file)
        del attachment["file"]
    return attachment


def _plain(place: Place) -> dict[str, Any]:
    members = as_object(place.value)
    if members is None:
        place.refuse("must be an object")
    return dict(members)


def _seed_whiteboard(world: World, place: Place, names: Names, dialog: Dialog, owner: User) -> None:
    members = place.members("key", "owner", required=("name",))
    if "owner" in members:
        owner = names.user(world, members["owner"])
    board = world.whiteboards.add(
        id=world.object_id(),
        dialog_id=dialog.id,
        owner_id=owner.id,
        name=members["name"].text(),
        now=world.now(),
    )
    names.keep("whiteboards", place, (members.get("key") or members["name"]).text(), board.id)
