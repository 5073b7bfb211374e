"""What a bot has missed: messages of its dialogs that it has not marked as read."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import TYPE_CHECKING, Final, Unpack

import attrs

from connectycube import where
from connectycube.bots.context import Place
from connectycube.bots.lanes import Lane
from connectycube.chat.events import MessageReceived
from connectycube.chat.history import received
from connectycube.models.dialog import Dialog, DialogType
from connectycube.models.message import Message
from connectycube.searches.messages import MessageFilters
from connectycube.values import frozen

if TYPE_CHECKING:
    from connectycube.client import ConnectyCube

_QUIET: Final = 100  # messages in a row that were read, behind which none is unread


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
        if lane.dialog_id is None:
            return []
        since = await self._oldest_unread(lane.dialog_id)
        if since is None:
            return []
        kind = DialogType.GROUP if lane.is_group else DialogType.PRIVATE
        dialog = Dialog(id=lane.dialog_id, type=kind)
        found: list[MessageReceived] = []
        # Asked for in this order, since dates are whole seconds, and many messages have the same.
        async for message in self._messages(dialog.id, "date_sent", date_sent=where.gte(since)):
            event = received(message, dialog, self._user_id)
            if event is not None and self._is_unread(message):
                found.append(event)
        return found[-self._most :]

    async def _oldest_unread(self, dialog_id: str) -> datetime | None:
        """Return when the oldest of the unread messages was sent that are looked for."""
        looked_at, seen, quiet, since = 0, 0, 0, None
        left: int | None = None
        async for message in self._messages(dialog_id, "-date_sent"):
            if left is None:
                # Asked now, since it must not be less than what is unread of what is looked at.
                counts = await self._cube.chat.messages.unread_counts(dialog_id)
                left = counts.dialogs.get(dialog_id, 0)
            looked_at, quiet = looked_at + 1, quiet + 1
            if self._is_unread(message):
                seen, quiet, since = seen + 1, 0, message.date_sent or since
            # It may be more, by what is said meanwhile; but a dialog is read in its order.
            if seen >= left or quiet >= _QUIET or looked_at >= self._most:
                break
        return since

    def _messages(
        self, dialog_id: str, sort: str, **filters: Unpack[MessageFilters]
    ) -> AsyncIterator[Message]:
        limit = min(100, self._most)
        return self._cube.chat.messages.iterate(
            dialog_id, sort=sort, mark_as_read=False, limit=limit, **filters
        )

    def _is_unread(self, message: Message) -> bool:
        return self._user_id not in message.read_ids and message.sender_id != self._user_id

    def _place(self, dialog: Dialog) -> Place | None:
        if dialog.type != DialogType.PRIVATE:
            return dialog.id
        others = [one for one in dialog.occupants_ids if one != self._user_id]
        return others[0] if len(others) == 1 else None
