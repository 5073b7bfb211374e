"""Whiteboards: W1 to W4. The page to draw on is elsewhere and not emulated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectycube.emulator.chat_records import DialogType, Role
from connectycube.emulator.refusals import based, field, fields, not_found, not_permitted
from connectycube.emulator.reply import Reply

if TYPE_CHECKING:
    from datetime import datetime

    from connectycube.emulator.call import Call
    from connectycube.emulator.chat_records import Dialog
    from connectycube.emulator.rendering import Json
    from connectycube.emulator.whiteboards import Whiteboard

_BLANK = "can't be blank"
_MOST_PER_DIALOG = 3
_KINDS = (DialogType.GROUP, DialogType.PRIVATE, DialogType.MEETING)


def create_whiteboard(call: Call) -> Reply:
    """Create a whiteboard in a dialog of the caller (W1)."""
    members = call.parameters
    if blank := [name for name in ("name", "chat_dialog_id") if not members.get(name)]:
        raise fields({name: [_BLANK] for name in blank})
    name, dialog = _name(members["name"]), _dialog(call)
    if dialog.type not in _KINDS:
        raise field("chat_dialog_id", "is invalid")  # inferred
    boards = call.world.whiteboards
    if len(boards.of_dialog(dialog.id)) >= _MOST_PER_DIALOG:
        raise based(422, "Maximum number of whiteboards reached")
    board = boards.add(
        id=call.world.object_id(),
        dialog_id=dialog.id,
        owner_id=call.user.id,
        name=name,
        now=call.world.clock.now(),
    )
    return Reply(status=201, payload=_shown(board))


def list_whiteboards(call: Call) -> Reply:
    """Show the whiteboards of a dialog of the caller, the oldest first (W2)."""
    if not call.parameters.get("chat_dialog_id"):
        raise field("chat_dialog_id", _BLANK)
    boards = call.world.whiteboards.of_dialog(_dialog(call).id)
    return Reply(payload=[_shown(board) for board in boards])


def update_whiteboard(call: Call) -> Reply:
    """Rename a whiteboard that the caller created (W3)."""
    board = _own(call)
    name = call.parameters.get("name")
    if not name:
        raise field("name", _BLANK)
    board.name = _name(name)
    board.updated_at = call.world.clock.now()
    return Reply(payload=_shown(board))


def delete_whiteboard(call: Call) -> Reply:
    """Delete a whiteboard that the caller created (W4)."""
    call.world.whiteboards.remove(_own(call))
    return Reply()


def _dialog(call: Call) -> Dialog:
    chat = call.world.chat
    dialog = chat.dialog(str(call.parameters["chat_dialog_id"]))
    if dialog is None:
        raise not_found()
    if chat.role(dialog, call.user.id) is Role.NONE:
        raise not_permitted()
    return dialog


def _own(call: Call) -> Whiteboard:
    board = call.world.whiteboards.find(call.arguments[0])
    if board is None:
        raise not_found()
    if board.owner_id != call.user.id:
        raise not_permitted()
    return board


def _name(value: Any) -> str:
    if not isinstance(value, str):
        raise field("name", "must be a string")
    return value


def _shown(board: Whiteboard) -> Json:
    return {
        "_id": board.id,
        "name": board.name,
        "chat_dialog_id": board.dialog_id,
        "user_id": board.owner_id,
        "created_at": _with_milliseconds(board.created_at),
        "updated_at": _with_milliseconds(board.updated_at),
    }


def _with_milliseconds(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
