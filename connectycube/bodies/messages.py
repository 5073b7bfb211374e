"""
The bodies that make and change messages, checked before anything is sent.

https://developers.connectycube.com/server/chat#create-a-message
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import attrs

from connectycube.errors import InvalidInputError
from connectycube.fields import UNSET, checked_flag
from connectycube.models.dialog import Dialog, DialogLike, dialog_id
from connectycube.models.message import Attachment, Message, attachment_members
from connectycube.models.user import User, UserLike, user_id
from connectycube.object_id import is_object_id

# Parameters of one's own stand beside the message's members, and must not pass for one.
_TAKEN: Final = frozenset(
    {field.metadata.get("wire", field.name) for field in attrs.fields(Message)}
    | {"send_to_chat", "markable"}
) - {"extra"}


def new_message(
    to: DialogLike | UserLike,
    text: object,
    *,
    attachments: Iterable[Attachment | Mapping[str, Any]],
    send_to_chat: bool,
    markable: bool,
    params: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """
    Spell a message that is to be made.

    Raises:
        InvalidInputError: it goes to nobody, holds nothing, or holds what cannot be sent.
    """
    own = {} if params is None else _checked_params(params, _TAKEN)
    files = _listed(attachments)
    if text is not None and not isinstance(text, str):
        raise InvalidInputError("the text of a message is a text")
    if not (text or files or own):
        raise InvalidInputError("a message needs a text, attachments or params")
    body = {**_addressee(to), **own}
    if text is not None:
        body["message"] = text
    if files:
        body["attachments"] = {str(number): file for number, file in enumerate(files)}
    flags = {"send_to_chat": send_to_chat, "markable": markable}
    return body | _raised(flags)


def message_changes(
    dialog: DialogLike,
    *,
    count: int,
    text: object,
    read: bool,
    delivered: bool,
) -> dict[str, Any]:
    """
    Spell what is to change about messages of a dialog.

    Args:
        count: how many messages were named.

    Raises:
        InvalidInputError: nothing is to change, or a text for other than one message.
    """
    body: dict[str, Any] = {"chat_dialog_id": dialog_id(dialog)}
    if text is not UNSET:
        if count != 1:
            raise InvalidInputError("a text is for one message alone")
        if not isinstance(text, str) or not text:
            raise InvalidInputError("the text of a message is a non-empty text")
        body["message"] = text
    flags = {"read": read, "delivered": delivered}
    body |= _raised(flags)
    if len(body) == 1:
        raise InvalidInputError("update needs a text, read or delivered")
    return body


def system_message(recipient_id: UserLike, params: Mapping[str, Any]) -> dict[str, Any]:
    """
    Spell a message of one's own application to another copy of it.

    Raises:
        InvalidInputError: nobody to send it to, or a parameter that cannot be one.
    """
    own = _checked_params(params, frozenset({"recipientId"}))
    return {"recipientId": user_id(recipient_id, "recipient_id"), **own}


def checked_reaction(reaction: object) -> str:
    """
    Return a reaction as it is.

    Raises:
        InvalidInputError: it is no text, or empty.
    """
    if not isinstance(reaction, str) or not reaction.strip():
        raise InvalidInputError("a reaction is a text, such as an emoji")
    return reaction


def _addressee(to: object) -> dict[str, Any]:
    if isinstance(to, Dialog):
        return {"chat_dialog_id": dialog_id(to)}
    if is_object_id(to):
        return {"chat_dialog_id": to}
    if isinstance(to, User | int):
        return {"recipient_id": user_id(to, "to")}
    raise InvalidInputError(
        "to is a dialog or its id of 24 hexadecimal digits, or a user or their id, a number"
    )


def _raised(flags: Mapping[str, bool]) -> dict[str, int]:
    """Spell those flags that are wanted; the others are left out."""
    return {name: 1 for name, is_wanted in flags.items() if checked_flag(is_wanted, name)}


def _listed(attachments: object) -> list[dict[str, Any]]:
    if isinstance(attachments, str | bytes | Mapping) or not isinstance(attachments, Iterable):
        raise InvalidInputError("attachments are a list")
    return [attachment_members(attachment) for attachment in attachments]


def _checked_params(params: object, taken: frozenset[str]) -> dict[str, Any]:
    if not isinstance(params, Mapping):
        raise InvalidInputError("params is a mapping of names to values")
    for name in params:
        if not isinstance(name, str) or not name:
            raise InvalidInputError("the name of a parameter is a non-empty text")
        if name in taken:
            raise InvalidInputError(f"{name} is the service's own name, so no parameter's")
    return dict(params)
