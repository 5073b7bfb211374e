"""Where a message goes, from what applications hold."""

from connectycube.chat.events import ChatMessage, MessageReceived
from connectycube.errors import InvalidInputError
from connectycube.models.dialog import Dialog, DialogLike, DialogType, dialog_id
from connectycube.models.message import Message
from connectycube.values import frozen


@frozen
class Recipient:
    """
    Where something is sent.

    Attributes:
        target: a user's id, or that of a dialog with a room.
        dialog_id: what a message between two people says of its dialog.
    """

    target: int | str
    dialog_id: str | None = None


def recipient(to: int | DialogLike, own_id: int) -> Recipient:
    """
    Return where a message to this goes.

    Raises:
        InvalidInputError: it is nobody, or a private dialog that does not tell its other side.
    """
    if isinstance(to, Dialog) and to.type == DialogType.PRIVATE:
        others = [user_id for user_id in to.occupants_ids if user_id != own_id]
        if len(others) != 1:
            raise InvalidInputError("this private dialog does not tell who is at its other side")
        return Recipient(others[0], dialog_id(to))
    if isinstance(to, int):
        return Recipient(_user_id(to))
    room = dialog_id(to)
    return Recipient(room, room)


def answered(message: MessageReceived | ChatMessage) -> Recipient:
    """
    Return where a reply goes.

    Raises:
        InvalidInputError: it is no message, or one that tells nobody.
    """
    found = message.message if isinstance(message, MessageReceived) else message
    if not isinstance(found, ChatMessage):
        raise InvalidInputError("a reply answers a message that came over the chat")
    if found.is_group:
        room = dialog_id(found.dialog_id or "")
        return Recipient(room, room)
    # One's own, from another device: it goes on to whom that one wrote.
    user_id = found.recipient_id if found.is_carbon and found.recipient_id else found.sender_id
    return Recipient(_user_id(user_id), found.dialog_id)


def sender(message: MessageReceived | ChatMessage | Message) -> tuple[str, str | None, int]:
    """
    Return a message's id, its dialog's and its sender's; the first is empty where it has none.

    Raises:
        InvalidInputError: it is no message, or nobody's.
    """
    found = message.message if isinstance(message, MessageReceived) else message
    if not isinstance(found, ChatMessage | Message):
        raise InvalidInputError("a mark is for a message of the chat or of the history")
    # Not checked further: how others number their messages is theirs to choose.
    return found.id, found.dialog_id, _user_id(found.sender_id)


def _user_id(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        raise InvalidInputError("a user's id is a positive integer")
    return value
