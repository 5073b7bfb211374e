"""What a bot has missed: messages of its dialogs that it has not marked as read."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import attrs

from connectycube.bots.context import Place
from connectycube.bots.lanes import Lane
from connectycube.chat.events import ChatMessage, MessageReceived
from connectycube.models.dialog import Dialog, DialogType
from connectycube.models.message import Message
from connectycube.values import frozen

if TYPE_CHECKING:
    from connectycube.client import ConnectyCube


@frozen(kw_only=True)
class Unread:
    """A dialog with messages that the bot has not read."""

    place: Place
    dialog_id: str
    is_group: bool


@attrs.frozen(eq=False)
class History:
    """
    The service's own memory of what a bot has handled.

    Args:
        cube: of the bot's user.
        user_id: who that is.
        most: how many unread messages of a dialog are looked for; older ones stay unread.
    """

    _cube: "ConnectyCube"
    _user_id: int
    _most: int

    async def dialogs(self) -> AsyncIterator[Unread]:
        """Iterate over the dialogs with unread messages."""
        async for dialog in self._cube.chat.dialogs.iterate():
            if dialog.unread_messages_count and (place := self._place(dialog)) is not None:
                yield Unread(
                    place=place,
                    dialog_id=dialog.id,
                    is_group=dialog.type != DialogType.PRIVATE,
                )

    async def unread(self, lane: Lane) -> list[MessageReceived]:
        """Return the unread messages of a lane's dialog, the oldest first."""
        dialog_id = lane.dialog_id
        if dialog_id is None:
            return []
        messages = self._cube.chat.messages
        left = (await messages.unread_counts(dialog_id)).dialogs.get(dialog_id, 0)
        found: list[MessageReceived] = []
        if not left:
            return found
        newest_first = messages.iterate(
            dialog_id, sort="-date_sent", mark_as_read=False, limit=min(100, self._most)
        )
        looked_at = 0
        async for message in newest_first:
            looked_at += 1
            if self._user_id not in message.read_ids:
                left -= 1
                if message.sender_id not in (None, self._user_id):
                    found.append(received(message, dialog_id, is_group=lane.is_group))
            if left <= 0 or looked_at >= self._most:
                break
        return found[::-1]

    def _place(self, dialog: Dialog) -> Place | None:
        if dialog.type != DialogType.PRIVATE:
            return dialog.id
        others = [one for one in dialog.occupants_ids if one != self._user_id]
        return others[0] if len(others) == 1 else None


def received(message: Message, dialog_id: str, *, is_group: bool) -> MessageReceived:
    """Return a message of the history as if it had just arrived, but for `is_delayed`."""
    return MessageReceived(
        message=ChatMessage(
            id=message.id,
            sender_id=message.sender_id or 0,
            recipient_id=None if is_group else message.recipient_id,
            dialog_id=dialog_id,
            is_group=is_group,
            body=message.text or "",
            attachments=message.attachments,
            params=dict(message.params),
            sent_at=message.date_sent,
            is_delayed=True,
        )
    )
