"""What the recorded chat cases take for granted; the recording server said yes to anything."""

from typing import Final

from connectycube.emulator import Service

from .vectors import Case, Json

_DIALOG: Final = "5356c64ab35c12bd3b108a41"
_SECOND_DIALOG: Final = "5356c64ab35c12bd3b108a84"
_OTHERS_DIALOG: Final = "5c093376e588ce6856f873fe"
_MESSAGES: Final = (
    *("55fd42369575c12c2e234c64", "55fd42369575c12c2e234c68"),
    "58e6a9c8a1834a3ea6001f15",
)
_GROUP: Final = 2
_PUBLIC: Final = 4
_OF_PUBLIC: Final = {
    *("chat.dialog.subscribe", "chat.dialog.subscribe_to_public"),
    *("chat.dialog.unsubscribe", "chat.dialog.unsubscribe_from_public"),
    "chat.dialog.get_public_occupants",
}
_FORBIDDEN: Final = "chat.dialog.update.forbidden"


def arrange_chat(service: Service, case: Case, *, user_id: int, other_id: int) -> None:
    """Let there be the dialogs and messages that cases speak of, the user's own unless told so."""
    chat = service.world.chat
    # In a group everybody may do what was refused in the recording.
    is_public = case.op in _OF_PUBLIC or case.id == _FORBIDDEN
    owner_id = other_id if case.id == _FORBIDDEN else user_id
    kind = _PUBLIC if is_public else _GROUP
    dialog = chat.add_dialog(owner_id, kind, id=_DIALOG, occupants_ids=[user_id, other_id])
    others = chat.add_dialog(other_id, _GROUP, id=_OTHERS_DIALOG, occupants_ids=[user_id])
    fates = fates_of(case)
    if _SECOND_DIALOG in fates["SuccessfullyDeleted"]:
        chat.add_dialog(user_id, _GROUP, id=_SECOND_DIALOG)
    if _SECOND_DIALOG in fates["WrongPermissions"]:
        chat.add_dialog(other_id, _GROUP, id=_SECOND_DIALOG)
    for message_id in _MESSAGES:
        if message_id in fates["WrongPermissions"]:
            chat.add_message(others, other_id, "lorem ipsum", id=message_id)
        elif message_id not in fates["NotFound"]:
            chat.add_message(dialog, user_id, "lorem ipsum", id=message_id)


def fates_of(case: Case) -> dict[str, list[str]]:
    """Return what became of each of the ids that were to be deleted, as it was recorded."""
    told = [answer["json"] for answer in case.answers if "json" in answer]
    fates: Json = next((one for one in told if "SuccessfullyDeleted" in one), {})
    names = ("SuccessfullyDeleted", "NotFound", "WrongPermissions")
    return {name: fates.get(name, {"ids": []})["ids"] for name in names}
