"""Everything that can be said in a conversation."""

import os
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from connectycube.chat import contacts, privacy, request, stanza
from connectycube.chat.contacts import Subscription
from connectycube.chat.conversation import Conversation
from connectycube.chat.handshake import RESTART, Outgoing
from connectycube.chat.hearing import Told
from connectycube.chat.privacy import Block
from connectycube.chat.stanza import Target
from connectycube.chat.state import ChatOptions, State
from connectycube.frames import ChatAddress
from connectycube.models.message import Attachment

__all__ = ["RESTART", "ChatOptions", "ChatProtocol", "Outgoing", "State", "Target", "Told"]


def new_object_id() -> str:
    """Return an id for a message of ours: the time, and chance."""
    return f"{int(time.time()) & 0xFFFFFFFF:08x}{os.urandom(8).hex()}"


class ChatProtocol(Conversation):
    """
    The client's side of a conversation, without I/O.

    `to` is a user's id, or that of a dialog with a room. Whatever is said needs a conversation
    that is online, or will be again, else it raises `ChatClosedError`; what cannot be sent raises
    `InvalidInputError`, and what is too much `OutboxFullError`. Then nothing was queued.

    A request returns its id, and is told of by `Answered` with the value named beside it, or by
    `Failed`. Where no value is named it is `None`.
    """

    def __init__(
        self,
        address: ChatAddress,
        *,
        user_id: int,
        app_id: int,
        options: ChatOptions | None = None,
        object_id: Callable[[], str] = new_object_id,
        reconnects: bool = False,
    ) -> None:
        super().__init__(
            address,
            user_id=user_id,
            app_id=app_id,
            options=options or ChatOptions(),
            object_id=object_id,
            reconnects=reconnects,
        )

    def send_message(
        self,
        to: Target,
        body: str | None = None,
        *,
        attachments: Iterable[Attachment | Mapping[str, Any]] = (),
        save_to_history: bool = True,
        params: Mapping[str, Any] | None = None,
        dialog_id: str | None = None,
        markable: bool = False,
        silent: bool = False,
        destroy_after: int | None = None,
        message_id: str | None = None,
    ) -> str:
        """
        Send a message and return its id.

        Args:
            params: texts, numbers and flags by names of XML, or mappings of these.
            dialog_id: which private dialog it belongs to, where `to` is a user.
            silent: whether nobody who is away gets a push notification.
            destroy_after: seconds after which it is gone; then it is not kept either.
            message_id: an id of one's own, as for sending it again.
        """
        message_id = self._object_id() if message_id is None else message_id
        element = stanza.message(
            self._addressing,
            to,
            message_id,
            body,
            attachments=attachments,
            params=params,
            dialog_id=dialog_id,
            save_to_history=save_to_history,
            markable=markable,
            silent=silent,
            destroy_after=destroy_after,
        )
        self.say(element, message_id)
        return message_id

    def edit_message(
        self,
        to: Target,
        message_id: str,
        body: str,
        *,
        is_last: bool = False,
        params: Mapping[str, Any] | None = None,
        dialog_id: str | None = None,
    ) -> None:
        """Give a message another text; `is_last` says whether it is its dialog's newest."""
        element = stanza.edit(
            self._addressing,
            to,
            message_id,
            body,
            is_last=is_last,
            params=params,
            dialog_id=dialog_id,
            stanza_id=self._object_id(),
        )
        self.say(element)

    def delete_message(self, to: Target, message_id: str, *, dialog_id: str | None = None) -> None:
        """Take a message back."""
        element = stanza.delete(
            self._addressing, to, message_id, dialog_id=dialog_id, stanza_id=self._object_id()
        )
        self.say(element)

    def send_typing(self, to: Target, *, active: bool = True, dialog_id: str | None = None) -> None:
        """Say that the user types, or no longer does; nobody hears of it between two lines."""
        element = stanza.typing(
            self._addressing, to, active=active, dialog_id=dialog_id, stanza_id=self._object_id()
        )
        self.say(element, is_lasting=False)

    def mark_delivered(
        self, user_id: int, message_id: str, *, dialog_id: str | None = None
    ) -> None:
        """Tell who sent a message that it arrived."""
        self._mark("received", user_id, message_id, dialog_id)

    def mark_read(self, user_id: int, message_id: str, *, dialog_id: str | None = None) -> None:
        """Tell who sent a message that it was read."""
        self._mark("displayed", user_id, message_id, dialog_id)

    def send_system(
        self, user_id: int, params: Mapping[str, Any] | None = None, *, body: str | None = None
    ) -> str:
        """Send a message to another copy of the application, and return its id."""
        message_id = self._object_id()
        self.say(stanza.system(self._addressing, user_id, message_id, params, body), message_id)
        return message_id

    def send_call_signal(
        self,
        user_id: int,
        type: str,  # noqa: A002 - as the event has it
        session_id: str,
        params: Mapping[str, Any] | None = None,
    ) -> str:
        """Send a signal of a call, and return the id of its message; lists repeat an element."""
        message_id = self._object_id()
        element = stanza.call_signal(
            self._addressing,
            user_id,
            message_id,
            signal=type,
            session_id=session_id,
            params=params,
        )
        self.say(element, message_id)
        return message_id

    def join(self, dialog_id: str, now: float) -> str:
        """Enter a dialog's room, as others will see."""
        return self.move(self._standing.rooms.join, dialog_id, now)

    def leave(self, dialog_id: str, now: float) -> str:
        """Leave a dialog's room; who is an occupant of the dialog remains one."""
        return self.move(self._standing.rooms.leave, dialog_id, now)

    def occupants(self, dialog_id: str, now: float) -> str:
        """Ask who is in a room: a list of users' ids."""
        return self.ask(request.occupants(self._addressing, dialog_id), now)

    def last_activity(self, user_id: int, now: float) -> str:
        """Ask when a user was last active: seconds since then, 0 for now."""
        return self.ask(request.last_activity(self._addressing, user_id), now)

    def watch_last_activity(self, user_id: int, *, enable: bool, now: float) -> str:
        """Ask to be told by `LastActivity` of a user's coming and going, or no longer."""
        wanted = request.watch_last_activity(self._addressing, user_id, enable=enable)
        request_id = self.ask(wanted, now)
        (self._standing.watched.add if enable else self._standing.watched.discard)(user_id)
        return request_id

    def set_active(self, *, active: bool, now: float) -> str:
        """Say whether the user is looking; one who is not gets push notifications."""
        request_id = self.ask(request.set_active(active=active), now)
        self._standing.is_active = active
        return request_id

    def ping(self, now: float) -> str:
        """Ask the service for a sign of life."""
        return self.ask(request.ping(self._addressing), now)

    def privacy_names(self, now: float) -> str:
        """Ask which privacy lists there are: `PrivacyNames`."""
        return self.ask(privacy.names(), now)

    def privacy_list(self, name: str, now: float) -> str:
        """Ask for one of them: `PrivacyList`."""
        return self.ask(privacy.get(self._addressing, name), now)

    def set_privacy_list(self, name: str, blocks: Iterable[Block], now: float) -> str:
        """Make a privacy list, or put another in its place."""
        return self.ask(privacy.put(self._addressing, name, blocks), now)

    def delete_privacy_list(self, name: str, now: float) -> str:
        """Delete a privacy list."""
        return self.ask(privacy.delete(name), now)

    def set_default_privacy_list(self, name: str | None, now: float) -> str:
        """Choose the privacy list that holds, or none; one that holds cannot be changed."""
        return self.ask(privacy.set_default(name), now)

    def contacts(self, now: float) -> str:
        """Ask for the contact list: a list of `Contact`."""
        return self.ask(contacts.get(self._addressing), now)

    def set_contact(self, user_id: int, name: str | None, now: float) -> str:
        """Put somebody on the contact list, or give them another name."""
        return self.ask(contacts.put(self._addressing, user_id, name), now)

    def remove_contact(self, user_id: int, now: float) -> str:
        """Take somebody off the contact list."""
        return self.ask(contacts.remove(self._addressing, user_id), now)

    def send_subscription(self, user_id: int, kind: Subscription) -> None:
        """Ask somebody to be a contact, or answer that."""
        self.say(contacts.subscription(self._addressing, user_id, kind))

    def _mark(self, name: str, user_id: int, message_id: str, dialog_id: str | None) -> None:
        element = stanza.marker(
            self._addressing,
            name,
            user_id,
            message_id,
            dialog_id=dialog_id,
            stanza_id=self._object_id(),
        )
        self.say(element)
