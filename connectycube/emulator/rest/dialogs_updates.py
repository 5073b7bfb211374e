"""Changing dialogs and naming their admins: C4 and C10."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from connectycube.emulator.chat_records import DialogType
from connectycube.emulator.chat_rights import Right
from connectycube.emulator.parameters import Parameters, as_object
from connectycube.emulator.refusals import based, field, not_permitted
from connectycube.emulator.reply import Reply

from .dialogs_access import dialog_of, has, require
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

if TYPE_CHECKING:
    from connectycube.emulator.call import Call
    from connectycube.emulator.chat_records import Dialog

_TEXTS = ("name", "photo", "description")
_LISTS = ("push_all", "pull_all")
_MEMBERS = frozenset((*_TEXTS, "extensions", "permissions", *_LISTS))
_OPEN_TO_OCCUPANTS = (DialogType.GROUP, DialogType.PUBLIC)
_WRONG_TYPE = "Updating occupants_ids is possible only for 'group' and 'public' chat dialogs"


@attrs.frozen
class _Lists:
    """What to add to the lists of a dialog, or to take away."""

    occupants: list[int]
    admins: list[int]
    pins: list[str]


def update_dialog(call: Call) -> Reply:
    """Change a dialog, all of it or nothing (C4)."""
    dialog, members = dialog_of(call), call.parameters
    if call.settings.refuse_empty_updates and _MEMBERS.isdisjoint(members):
        raise based(422, "Nothing to update")
    texts = read_texts(members)
    extensions = read_extensions(members.get("extensions"), call.settings.dialog_extensions)
    allow_preview = read_allow_preview(members.get("permissions"))
    push, pull = (_read_lists(members.get(name)) for name in _LISTS)
    _check_members(call, dialog, texts)
    _check_lists(call, dialog, push, pull)
    for name, text in texts.items():
        setattr(dialog, name, text)
    if "extensions" in members:
        dialog.extensions = extensions
    if "permissions" in members:
        dialog.allow_preview = allow_preview
    _change_lists(call, dialog, push, pull)
    return _shown(call, dialog)


def update_dialog_admins(call: Call) -> Reply:
    """Name admins, or take the office away (C10)."""
    dialog, members = dialog_of(call), call.parameters
    push, pull = (
        attrs.evolve(_read_lists(members.get(name)), occupants=[], pins=[]) for name in _LISTS
    )
    require(call, dialog, Right.NAME_ADMINS)
    if not push.admins and not pull.admins:
        raise field("admins_ids", BLANK)
    _check_lists(call, dialog, push, pull)
    _change_lists(call, dialog, push, pull)
    return _shown(call, dialog)


def _read_lists(value: Any) -> _Lists:
    given: Parameters = as_object(value) or {}
    return _Lists(
        occupants=read_user_ids("occupants_ids", given.get("occupants_ids")),
        admins=read_user_ids("admins_ids", given.get("admins_ids")),
        pins=read_object_ids(given.get("pinned_messages_ids")),
    )


def _check_members(call: Call, dialog: Dialog, texts: dict[str, str | None]) -> None:
    if texts:
        require(call, dialog, Right.RENAME)
    if "name" in texts and not texts["name"]:
        raise field("name", BLANK)
    if not call.parameters.keys().isdisjoint(("extensions", "permissions")):
        require(call, dialog, Right.CUSTOMIZE)


def _check_lists(call: Call, dialog: Dialog, push: _Lists, pull: _Lists) -> None:
    if (push.occupants or pull.occupants) and dialog.type not in _OPEN_TO_OCCUPANTS:
        raise based(403, _WRONG_TYPE)
    if push.occupants:
        require(call, dialog, Right.ADD_OCCUPANTS)
    # Anybody may leave.
    leaves_alone = pull.occupants in ([], [call.user.id])
    if not leaves_alone and not has(call, dialog, Right.REMOVE_OCCUPANTS):
        raise not_permitted()
    if push.pins or pull.pins:
        require(call, dialog, Right.PIN)
    if push.admins or pull.admins:
        require(call, dialog, Right.NAME_ADMINS)
        check_admins({*dialog.admins_ids, *push.admins} - {*pull.admins})


def _change_lists(call: Call, dialog: Dialog, push: _Lists, pull: _Lists) -> None:
    chat = call.world.chat
    chat.add_occupants(dialog, push.occupants)
    chat.remove_occupants(dialog, pull.occupants)
    chat.add_admins(dialog, push.admins)
    chat.remove_admins(dialog, pull.admins)
    pins = dict.fromkeys((*dialog.pinned_messages_ids, *push.pins))
    dialog.pinned_messages_ids = [one for one in pins if one not in pull.pins]


def _shown(call: Call, dialog: Dialog) -> Reply:
    return Reply(payload=dialog_json(call.world, dialog, call.user.id))
