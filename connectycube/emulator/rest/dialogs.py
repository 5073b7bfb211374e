"""Dialogs: listing, counting and creating them, C1 to C3. What changes them is in other files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectycube.emulator.chat_records import Dialog, DialogMembers, DialogType
from connectycube.emulator.refusals import based, fields
from connectycube.emulator.reply import Reply

from .dialogs_members import (
    BLANK,
    check_admins,
    read_allow_preview,
    read_extensions,
    read_texts,
    read_user_ids,
)
from .dialogs_rendering import dialog_json
from .list_filters import ListField, filtered, is_on, ordered, window

if TYPE_CHECKING:
    from connectycube.emulator.call import Call
    from connectycube.emulator.chat import Chat
    from connectycube.emulator.parameters import Parameters

_CREATED_BY_CALLS = (
    DialogType.BROADCAST,
    DialogType.GROUP,
    DialogType.PRIVATE,
    DialogType.PUBLIC,
)
_NO_OPPONENT = "occupants_ids field must contain an opponent user id"


def list_dialogs(call: Call) -> Reply:
    """Show the dialogs on the caller's list (C1), or how many of them fit (C2)."""
    parameters, user_id, chat = call.parameters, call.user.id, call.world.chat
    known = _fields(chat, user_id)
    found = filtered(parameters, chat.dialogs_of(user_id), known)
    if is_on(parameters.get("count")):
        return Reply(payload={"items": {"count": len(found)}})
    # No order is documented: the newest message first is inferred.
    found = ordered(parameters, found, known, default=("last_message_date_sent", "desc"))
    limit, skip = window(parameters)
    items = [dialog_json(call.world, one, user_id) for one in found[skip : skip + limit]]
    page = {"total_entries": len(found), "skip": skip, "limit": limit, "items": items}
    return Reply(payload=page)


def create_dialog(call: Call) -> Reply:
    """Create a dialog, or find the private one of two users again (C3)."""
    members = call.parameters
    kind = _kind(members)
    if kind is DialogType.PRIVATE:
        wanted = _private_members(call, members)
    else:
        wanted = _shared_members(members)
    texts = read_texts(members)
    wanted["description"] = texts.get("description")
    if kind is not DialogType.PRIVATE:
        wanted["name"] = texts.get("name")
        wanted["photo"] = texts.get("photo")
    wanted["extensions"] = read_extensions(
        members.get("extensions"), call.settings.dialog_extensions
    )
    wanted["allow_preview"] = read_allow_preview(members.get("permissions"))
    dialog = call.world.add_dialog(call.user, kind, **wanted)
    return Reply(status=201, payload=dialog_json(call.world, dialog, call.user.id))


def _kind(members: Parameters) -> DialogType:
    unfit: dict[str, list[str]] = {}
    given = members.get("type")
    kind = next((one for one in _CREATED_BY_CALLS if str(given) == str(int(one))), None)
    if kind is None:
        unfit["type"] = [BLANK if given is None or given == "" else "is invalid"]
    if kind is not DialogType.PRIVATE and not members.get("name"):
        unfit["name"] = [BLANK]
    # An empty list is one: a group may begin with nobody but its owner.
    if kind is DialogType.GROUP and members.get("occupants_ids") is None:
        unfit["occupants_ids"] = [BLANK]
    if kind is None or unfit:
        raise fields(unfit)
    return kind


def _private_members(call: Call, members: Parameters) -> DialogMembers:
    ids = read_user_ids("occupants_ids", members.get("occupants_ids"))
    opponents = [one for one in ids if one != call.user.id]
    # Whether an unknown opponent is refused is not documented, so any will do.
    if len(opponents) != 1:
        raise based(422, _NO_OPPONENT)
    return {"occupants_ids": opponents}


def _shared_members(members: Parameters) -> DialogMembers:
    admins = read_user_ids("admins_ids", members.get("admins_ids"))
    check_admins(admins)
    occupants = read_user_ids("occupants_ids", members.get("occupants_ids"))
    return {"occupants_ids": occupants, "admins_ids": admins}


def _fields(chat: Chat, user_id: int) -> dict[str, ListField[Dialog]]:
    def last_message_date_sent(dialog: Dialog) -> int | None:
        last = chat.last_message(dialog, user_id)
        return last.date_sent if last else None

    return {
        "_id": ListField("text", lambda dialog: dialog.id),
        "type": ListField("number", lambda dialog: int(dialog.type)),
        "name": ListField("text", lambda dialog: dialog.name),
        "last_message_date_sent": ListField("moment", last_message_date_sent),
        "created_at": ListField("moment", _created_at),
        "updated_at": ListField("moment", _updated_at),
        "extensions": ListField("object", lambda dialog: dialog.extensions),
        # Not documented, but the official SDK's own examples filter by them.
        "user_id": ListField("number", lambda dialog: dialog.owner_id),
        "occupants_ids": ListField("number", lambda dialog: dialog.occupants_ids),
    }


def _created_at(dialog: Dialog) -> Any:
    return int(dialog.created_at.timestamp())


def _updated_at(dialog: Dialog) -> Any:
    return int(dialog.updated_at.timestamp())
