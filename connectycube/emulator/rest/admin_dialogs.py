"""Dialogs of the administration: M1 and M2."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectycube.emulator.chat_records import Dialog, DialogType
from connectycube.emulator.meetings_members import read_flag
from connectycube.emulator.parameters import Parameters, as_object
from connectycube.emulator.refusals import based, field, not_found
from connectycube.emulator.reply import Reply

from .admin_lists import keyset_page
from .dialogs_members import (
    BLANK,
    check_admins,
    read_allow_preview,
    read_extensions,
    read_object_ids,
    read_texts,
    read_user_ids,
)
from .dialogs_rendering import dialog_json
from .list_filters import ListField

if TYPE_CHECKING:
    from connectycube.emulator.call import Call
    from connectycube.emulator.chat import Chat
    from connectycube.emulator.rendering import Json
    from connectycube.emulator.world import World

_NOBODY = 0
_MUTING = ("user_id", "is_muted")
_TEXTS = ("name", "photo", "description")
_LISTS = ("push_all", "pull_all")
_MEMBERS = frozenset((*_MUTING, *_TEXTS, "extensions", "permissions", *_LISTS))
_OPEN_TO_OCCUPANTS = (DialogType.GROUP, DialogType.PUBLIC)
_WRONG_TYPE = "Updating occupants_ids is possible only for 'group' and 'public' chat dialogs"


def update_any_dialog(call: Call) -> Reply:
    """Mute a dialog for a user, or change it as its owner could; all of it or nothing (M1)."""
    dialog = call.world.chat.dialog(call.arguments[0])
    if dialog is None:
        raise not_found()
    members = call.parameters
    if call.settings.refuse_empty_updates and _MEMBERS.isdisjoint(members):
        raise based(422, "Nothing to update")
    texts = read_texts(members)
    if "name" in texts and not texts["name"]:
        raise field("name", BLANK)
    extensions = read_extensions(members.get("extensions"), call.settings.dialog_extensions)
    allow_preview = read_allow_preview(members.get("permissions"))
    push, pull = (as_object(members.get(name)) or {} for name in _LISTS)
    _check_lists(dialog, push, pull)
    if not members.keys().isdisjoint(_MUTING):
        _mute(call, dialog)
    if _MEMBERS.isdisjoint(members.keys() - set(_MUTING)):
        return _shown(call, dialog)
    for name, text in texts.items():
        setattr(dialog, name, text)
    if "extensions" in members:
        dialog.extensions = extensions
    if "permissions" in members:
        dialog.allow_preview = allow_preview
    _change_lists(call.world.chat, dialog, push, pull)
    return _shown(call, dialog)


def list_all_dialogs(call: Call) -> Reply:
    """Show everybody's dialogs (M2)."""
    world = call.world
    page = keyset_page(
        call, world.chat.dialogs, _fields(world.chat), lambda dialog: _dialog_json(world, dialog)
    )
    return Reply(payload=page)


def _mute(call: Call, dialog: Dialog) -> None:
    ids = read_user_ids("user_id", call.parameters.get("user_id"))
    if not ids:
        raise field("user_id", BLANK)
    user_id = ids[0]
    is_muted = read_flag(call.parameters.get("is_muted"))
    if is_muted is None:
        raise field("is_muted", "must be a boolean")
    if call.world.user(user_id) is None:
        raise not_found()
    if is_muted:
        dialog.silent_for.add(user_id)
    else:
        dialog.silent_for.discard(user_id)


def _check_lists(dialog: Dialog, push: Parameters, pull: Parameters) -> None:
    added, gone = _admins(push), _admins(pull)
    if added or gone:
        check_admins({*dialog.admins_ids, *added} - {*gone})
    changes_occupants = _occupants(push) or _occupants(pull)
    if changes_occupants and dialog.type not in _OPEN_TO_OCCUPANTS:
        raise based(403, _WRONG_TYPE)


def _change_lists(chat: Chat, dialog: Dialog, push: Parameters, pull: Parameters) -> None:
    chat.add_occupants(dialog, _occupants(push))
    chat.remove_occupants(dialog, _occupants(pull))
    chat.add_admins(dialog, _admins(push))
    chat.remove_admins(dialog, _admins(pull))
    pins = dict.fromkeys((*dialog.pinned_messages_ids, *_pins(push)))
    gone = _pins(pull)
    dialog.pinned_messages_ids = [one for one in pins if one not in gone]


def _occupants(lists: Parameters) -> list[int]:
    return read_user_ids("occupants_ids", lists.get("occupants_ids"))


def _admins(lists: Parameters) -> list[int]:
    return read_user_ids("admins_ids", lists.get("admins_ids"))


def _pins(lists: Parameters) -> list[str]:
    return read_object_ids(lists.get("pinned_messages_ids"))


def _shown(call: Call, dialog: Dialog) -> Reply:
    return Reply(payload=_dialog_json(call.world, dialog))


def _dialog_json(world: World, dialog: Dialog) -> Json:
    """Show a dialog as nobody in particular sees it, and who silenced or deleted it."""
    last = world.chat.last_message(dialog)
    status = world.chat.last_message_status(dialog, last.sender_id) if last else None
    return {
        "is_muted": None,
        "is_e2ee": None,
        "occupants_count": None,
        **dialog_json(world, dialog, _NOBODY),
        "last_message_status": status,
        "unread_messages_count": None,
        "silent_ids": sorted(dialog.silent_for),
        "deleted_ids": sorted(dialog.hidden_for),
    }


def _fields(chat: Chat) -> dict[str, ListField[Dialog]]:
    def last_message_date_sent(dialog: Dialog) -> Any:
        last = chat.last_message(dialog)
        return last.date_sent if last else None

    return {
        "_id": ListField("text", lambda dialog: dialog.id),
        "type": ListField("number", lambda dialog: int(dialog.type)),
        "name": ListField("text", lambda dialog: dialog.name),
        "last_message_date_sent": ListField("moment", last_message_date_sent),
        "created_at": ListField("moment", lambda dialog: dialog.created_at.timestamp()),
        "updated_at": ListField("moment", lambda dialog: dialog.updated_at.timestamp()),
        "extensions": ListField("object", lambda dialog: dialog.extensions),
    }
