"""The state of the chat, and the plain steps that both the REST and the chat side take."""

from __future__ import annotations

from bisect import insort
from typing import TYPE_CHECKING, Any, Literal, Unpack

from .chat_records import (
    Delivery,
    DeliveryKind,
    Dialog,
    DialogMembers,
    DialogType,
    Message,
    MessageMembers,
    Role,
)

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from .rendering import Json

MessageStatus = Literal["sent", "delivered", "read"]


class Chat:
    """
    Hold dialogs, their messages, and what went out to those who are connected.

    Whether somebody may do a thing is for the caller to ask (`role`); these methods just do it.
    """

    def __init__(
        self,
        lock: threading.RLock,
        *,
        now: Callable[[], datetime],
        object_id: Callable[[], str],
    ) -> None:
        self._lock = lock
        self._now = now
        self._object_id = object_id
        self.deliveries: list[Delivery] = []
        """What went out over the chat, the oldest first."""
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self.deliveries.clear()
            self._dialogs: dict[str, Dialog] = {}
            self._private: dict[frozenset[int], Dialog] = {}
            self._messages: dict[str, Message] = {}
            self._history: dict[str, list[Message]] = {}

    # Dialogs.

    @property
    def dialogs(self) -> list[Dialog]:
        """Return all dialogs, the oldest first."""
        with self._lock:
            return list(self._dialogs.values())

    def dialog(self, dialog_id: str | None) -> Dialog | None:
        """Return the dialog with this id."""
        return None if dialog_id is None else self._dialogs.get(dialog_id)

    def add_dialog(
        self,
        owner_id: int,
        type: int = DialogType.GROUP,  # noqa: A002 - its name
        **members: Unpack[DialogMembers],
    ) -> Dialog:
        """
        Create a dialog; a private one that exists already comes back as it is, seen by the owner.

        The owner comes first among the occupants, and admins are occupants too (inferred), but
        nobody is listed for a broadcast.
        """
        with self._lock:
            kind = DialogType(type)
            admins = _distinct(members.get("admins_ids", ()))
            occupants = _distinct((owner_id, *members.get("occupants_ids", ()), *admins))
            if kind is DialogType.PRIVATE:
                known = self._private.get(frozenset(occupants))
                if known is not None:
                    known.hidden_for.discard(owner_id)
                    return known
            now = members.get("created_at") or self._now()
            dialog = Dialog(
                id=members.get("id") or self._object_id(),
                type=kind,
                owner_id=owner_id,
                created_at=now,
                updated_at=members.get("updated_at") or now,
                name=members.get("name"),
                description=members.get("description"),
                photo=members.get("photo"),
                occupants_ids=[] if kind is DialogType.BROADCAST else occupants,
                admins_ids=admins,
                extensions=members.get("extensions"),
                allow_preview=members.get("allow_preview"),
                pinned_messages_ids=list(members.get("pinned_messages_ids", ())),
            )
            self._dialogs[dialog.id] = dialog
            self._history[dialog.id] = []
            if kind is DialogType.PRIVATE:
                self._private[frozenset(occupants)] = dialog
            return dialog

    def private_dialog(self, user_id: int, opponent_id: int) -> Dialog:
        """Return the private dialog of two users; the first makes it where there is none."""
        return self.add_dialog(user_id, DialogType.PRIVATE, occupants_ids=[opponent_id])

    def remove_dialog(self, dialog: Dialog) -> None:
        """Forget a dialog and its messages, for everybody."""
        with self._lock:
            self._dialogs.pop(dialog.id, None)
            for message in self._history.pop(dialog.id, ()):
                self._messages.pop(message.id, None)
            if dialog.type is DialogType.PRIVATE:
                self._private.pop(frozenset(dialog.occupants_ids), None)

    def hide_dialog(self, dialog: Dialog, user_id: int) -> None:
        """Take a dialog off one user's list."""
        dialog.hidden_for.add(user_id)

    def dialogs_of(self, user_id: int) -> list[Dialog]:
        """Return the dialogs on a user's list, the oldest first: own ones and every broadcast."""
        return [dialog for dialog in self.dialogs if self.is_listed(dialog, user_id)]

    def is_listed(self, dialog: Dialog, user_id: int) -> bool:
        """Say whether a dialog is on a user's list."""
        is_in = dialog.type is DialogType.BROADCAST or user_id in dialog.occupants_ids
        return is_in and user_id not in dialog.hidden_for

    def role(self, dialog: Dialog, user_id: int) -> Role:
        """Return what a user is in a dialog; whoever left a group is nothing in it any more."""
        is_occupant = user_id in dialog.occupants_ids
        is_open = dialog.type in (DialogType.BROADCAST, DialogType.PUBLIC)
        if not is_occupant and not is_open:
            return Role.NONE
        if user_id == dialog.owner_id:
            return Role.OWNER
        if user_id in dialog.admins_ids:
            return Role.ADMIN
        is_member = is_occupant or dialog.type is DialogType.BROADCAST
        return Role.MEMBER if is_member else Role.NONE

    def add_occupants(self, dialog: Dialog, ids: Iterable[int]) -> None:
        """Let users in; who deleted the dialog has it on the list again."""
        for one in _distinct(ids):
            dialog.hidden_for.discard(one)
            if one not in dialog.occupants_ids:
                dialog.occupants_ids.append(one)
        self.touch(dialog)

    def remove_occupants(self, dialog: Dialog, ids: Iterable[int]) -> None:
        """Take users out; admins among them are none any more."""
        gone = set(ids)
        dialog.occupants_ids = [one for one in dialog.occupants_ids if one not in gone]
        dialog.admins_ids = [one for one in dialog.admins_ids if one not in gone]
        self.touch(dialog)

    def add_admins(self, dialog: Dialog, ids: Iterable[int]) -> None:
        """Make users admins, and occupants where there are any (inferred)."""
        admins = _distinct(ids)
        dialog.admins_ids = _distinct((*dialog.admins_ids, *admins))
        if dialog.type is not DialogType.BROADCAST:
            self.add_occupants(dialog, admins)
        self.touch(dialog)

    def remove_admins(self, dialog: Dialog, ids: Iterable[int]) -> None:
        """Make admins plain occupants again."""
        gone = set(ids)
        dialog.admins_ids = [one for one in dialog.admins_ids if one not in gone]
        self.touch(dialog)

    def touch(self, dialog: Dialog) -> None:
        """Note that a dialog has changed."""
        dialog.updated_at = self._now()

    # Messages.

    def message(self, message_id: str) -> Message | None:
        """Return the message with this id."""
        return self._messages.get(message_id)

    def messages_of(self, dialog: Dialog, user_id: int | None = None) -> list[Message]:
        """Return the messages of a dialog, the oldest first; for a user, without deleted ones."""
        with self._lock:
            history = self._history.get(dialog.id, ())
            return [one for one in history if user_id not in one.deleted_for]

    def add_message(
        self,
        dialog: Dialog,
        sender_id: int,
        text: str | None = None,
        **members: Unpack[MessageMembers],
    ) -> Message:
        """Put a message into a dialog; a private one is on both lists again (inferred)."""
        with self._lock:
            now = members.get("created_at") or self._now()
            message = Message(
                id=members.get("id") or self._object_id(),
                dialog_id=dialog.id,
                sender_id=sender_id,
                recipient_id=_opponent(dialog, sender_id),
                text=text,
                date_sent=members.get("date_sent") or int(now.timestamp()),
                created_at=now,
                updated_at=members.get("updated_at") or now,
                read_ids=_distinct((sender_id, *members.get("read_ids", ()))),
                delivered_ids=_distinct((sender_id, *members.get("delivered_ids", ()))),
                attachments=list(members.get("attachments", ())),
                params=dict(members.get("params", {})),
                reactions={key: list(ids) for key, ids in members.get("reactions", {}).items()},
                views_count=members.get("views_count", 0),
            )
            self._messages[message.id] = message
            insort(self._history[dialog.id], message, key=_date_sent)
            if dialog.type is DialogType.PRIVATE:
                dialog.hidden_for.clear()
            self.touch(dialog)
            return message

    def mark_read(self, message: Message, user_id: int) -> bool:
        """Note that a user has read a message, and so got it; False where that was known."""
        got = self.mark_delivered(message, user_id)
        if user_id in message.read_ids:
            return got
        message.read_ids.append(user_id)
        message.updated_at = self._now()
        return True

    def mark_delivered(self, message: Message, user_id: int) -> bool:
        """Note that a user has got a message; False where that was known."""
        if user_id in message.delivered_ids:
            return False
        message.delivered_ids.append(user_id)
        message.updated_at = self._now()
        return True

    def view(self, message: Message, user_id: int) -> None:
        """Note that a user has read a message; where all may come and go, views are counted."""
        is_new = user_id not in message.read_ids
        self.mark_read(message, user_id)
        dialog = self.dialog(message.dialog_id)
        if is_new and dialog and dialog.type in (DialogType.BROADCAST, DialogType.PUBLIC):
            message.views_count += 1

    def edit(self, message: Message, text: str | None) -> None:
        """Give a message another text."""
        message.text = text
        message.updated_at = message.edited_at = self._now()

    def delete_for(self, message: Message, user_id: int) -> None:
        """Let a message vanish for one user."""
        message.deleted_for.add(user_id)

    def delete_for_all(self, message: Message) -> None:
        """Forget a message; it is not pinned any more."""
        with self._lock:
            self._messages.pop(message.id, None)
            dialog = self._dialogs.get(message.dialog_id)
            if dialog is None:
                return
            self._history[dialog.id].remove(message)
            if message.id in dialog.pinned_messages_ids:
                dialog.pinned_messages_ids.remove(message.id)

    def clear_history(self, dialog: Dialog, user_id: int | None = None) -> None:
        """Let all messages of a dialog vanish, for one user or for everybody."""
        for message in self.messages_of(dialog):
            if user_id is None:
                self.delete_for_all(message)
            else:
                self.delete_for(message, user_id)

    def react(self, message: Message, user_id: int, emoji: str) -> bool:
        """Add a user's reaction; False where it was there."""
        ids = message.reactions.setdefault(emoji, [])
        if user_id in ids:
            return False
        ids.append(user_id)
        return True

    def unreact(self, message: Message, user_id: int, emoji: str) -> bool:
        """Take a user's reaction back; False where there was none."""
        ids = message.reactions.get(emoji, [])
        if user_id not in ids:
            return False
        ids.remove(user_id)
        if not ids:
            del message.reactions[emoji]
        return True

    # What a dialog looks like to one of its users.

    def last_message(self, dialog: Dialog, user_id: int | None = None) -> Message | None:
        """Return the newest message; for a user, the newest that was not deleted for that user."""
        with self._lock:
            newest_first = reversed(self._history.get(dialog.id, ()))
            return next((one for one in newest_first if user_id not in one.deleted_for), None)

    def unread_count(self, dialog: Dialog, user_id: int) -> int:
        """Return how many messages a user has not read."""
        return sum(user_id not in one.read_ids for one in self.messages_of(dialog, user_id))

    def last_message_status(self, dialog: Dialog, user_id: int) -> MessageStatus | None:
        """Return how far a user's own last message came; None where somebody else wrote last."""
        last = self.last_message(dialog, user_id)
        if last is None or last.sender_id != user_id:
            return None
        # One other is enough (inferred); in a private dialog there is but one.
        if any(one != user_id for one in last.read_ids):
            return "read"
        return "delivered" if any(one != user_id for one in last.delivered_ids) else "sent"

    # What goes out over the chat.

    def deliver(
        self,
        kind: DeliveryKind,
        sender_id: int,
        recipients_ids: Iterable[int],
        *,
        dialog: Dialog | None = None,
        message: Message | None = None,
        message_id: str | None = None,
        **params: Any,
    ) -> Delivery:
        """Note what goes out to users who are connected."""
        delivery = Delivery(
            kind=kind,
            sender_id=sender_id,
            recipients_ids=tuple(recipients_ids),
            dialog_id=dialog.id if dialog else None,
            message_id=message.id if message else message_id,
            params=params,
        )
        self.deliveries.append(delivery)
        return delivery

    def deliver_system(self, sender_id: int, recipient_id: int, params: Json) -> str:
        """Note a system message, whose keys may have any names, and return its id."""
        message_id = self._object_id()
        self.deliveries.append(
            Delivery(
                kind="system",
                sender_id=sender_id,
                recipients_ids=(recipient_id,),
                message_id=message_id,
                params=params,
            )
        )
        return message_id


def _date_sent(message: Message) -> int:
    return message.date_sent


def _distinct(ids: Iterable[int]) -> list[int]:
    return list(dict.fromkeys(ids))


def _opponent(dialog: Dialog, sender_id: int) -> int:
    if dialog.type is not DialogType.PRIVATE:
        return 0
    return next((one for one in dialog.occupants_ids if one != sender_id), 0)
