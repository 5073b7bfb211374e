"""The history, as far as the chat needs it to fill its gaps."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Protocol

from connectycube.chat.events import ChatMessage, MessageReceived
from connectycube.models.dialog import Dialog, DialogType
from connectycube.models.message import Message


class History(Protocol):
    """
    What was kept of what was said.

    Iterating raises `ConnectyCubeError` where it is not to be had.
    """

    def dialogs(self, since: datetime, /) -> AsyncIterator[Dialog]:
        """Iterate over the dialogs with a message at this moment or later."""
        ...

    def messages(self, dialog_id: str, since: datetime, /) -> AsyncIterator[Message]:
        """Iterate over a dialog's messages from this moment on, the oldest first; none is read."""
        ...


def received(message: Message, dialog: Dialog, user_id: int) -> MessageReceived | None:
    """
    Return what a kept message would have been on arrival; `None` where it is nobody's.

    Args:
        user_id: who would have got it.
    """
    if message.sender_id is None:
        return None
    is_group = dialog.type != DialogType.PRIVATE
    return MessageReceived(
        message=ChatMessage(
            id=message.id,
            sender_id=message.sender_id,
            recipient_id=None if is_group else message.recipient_id,
            dialog_id=dialog.id,
            is_group=is_group,
            body=message.text or "",
            attachments=message.attachments,
            params=message.params,
            sent_at=message.date_sent,
            is_carbon=message.sender_id == user_id and not is_group,
            is_delayed=True,
        )
    )
