"""What can be said and asked in a conversation, as applications spell it."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any, TypeAlias, TypeVar

from connectycube.chat.events import ChatMessage, MessageReceived, Sent
from connectycube.chat.privacy_lists import PrivacyLists
from connectycube.chat.protocol import ChatProtocol
from connectycube.chat.recipient import Recipient, answered, recipient, sender
from connectycube.models.dialog import DialogLike, dialog_id
from connectycube.models.message import Attachment, Message, MessageLike, message_id

T = TypeVar("T")
To: TypeAlias = int | DialogLike
"""A user's id, or a dialog or its id; a private dialog is better given whole than by its id."""
Params: TypeAlias = Mapping[str, Any]


class ChatCalls(ABC):
    """
    The calls of `ChatConnection`.

    All of them raise `ChatClosedError` where the conversation is over. What is said is on its way
    when a call returns, or waits for the next line where there is none now; cancelling the call
    does not take it back. Of all that waits there may be `ChatOptions.max_unsent`: past that what
    is said waits for its place, and between two lines raises `OutboxFullError`.

    Requests wait for an answer, and for a line to ask on: `StanzaError` where it is a refusal,
    `ChatTimeoutError` where there is none in time.

    Attributes:
        user_id: who the caller is.

    https://developers.connectycube.com/js/messaging
    """

    user_id: int

    @abstractmethod
    async def _ask(self, ask: Callable[[ChatProtocol, float], str]) -> Any: ...

    @abstractmethod
    async def _tell(self, tell: Callable[[ChatProtocol], T]) -> T: ...

    @abstractmethod
    async def _deliver(
        self, tell: Callable[[ChatProtocol], str], timeout: float | None
    ) -> Sent: ...

    # -- messages

    async def send(
        self,
        to: To,
        body: str | None = None,
        *,
        attachments: Iterable[Attachment | Mapping[str, Any]] = (),
        save_to_history: bool = True,
        extra: Params | None = None,
        markable: bool = False,
        silent: bool = False,
        destroy_after: int | None = None,
        timeout: float | None = 30.0,
    ) -> Sent:
        """
        Send a message, and return once the service has it; its id is also that of the history.

        A cut in between changes nothing: it is sent again with the same id. Cancelled, it goes
        out all the same, and so does one that took too long: a `Sent` event tells of it later.

        Args:
            to: whom, or where.
            body: its text.
            attachments: what it brings along.
            save_to_history: keep it, so that REST tells of it.
            extra: parameters of the application's own: texts, or mappings of texts.
            markable: ask for marks of delivery.
            silent: no push notification for those who are away.
            destroy_after: seconds after which it wants to be gone; it is not kept.
            timeout: seconds that the service may take; `None` for no limit.

        Raises:
            InvalidInputError: XML cannot carry it, or it goes to nobody.
            DeliveryUnknownError: it was not confirmed in time, or before the end.
            OutboxFullError: too much waits already; it was not sent.
            ChatClosedError: the conversation is over; it was not sent.
        """
        there = self._recipient(to)
        return await self._deliver(
            lambda talk: talk.send_message(
                there.target,
                body,
                attachments=attachments,
                save_to_history=save_to_history,
                params=extra,
                dialog_id=there.dialog_id,
                markable=markable,
                silent=silent,
                destroy_after=destroy_after,
            ),
            timeout,
        )

    async def reply(
        self,
        message: MessageReceived | ChatMessage,
        body: str | None = None,
        *,
        attachments: Iterable[Attachment | Mapping[str, Any]] = (),
        save_to_history: bool = True,
        extra: Params | None = None,
        timeout: float | None = 30.0,
    ) -> Sent:
        """Send a message to where another one came from; see `send`."""
        there = answered(message)
        return await self._deliver(
            lambda talk: talk.send_message(
                there.target,
                body,
                attachments=attachments,
                save_to_history=save_to_history,
                params=extra,
                dialog_id=there.dialog_id,
            ),
            timeout,
        )

    async def edit(
        self,
        to: To,
        message: MessageLike,
        body: str,
        *,
        is_last: bool = False,
        extra: Params | None = None,
    ) -> None:
        """
        Give a message of the caller's another text, here and in the history.

        Args:
            to: where it was sent.
            message: which, or its id.
            body: the new text.
            is_last: whether it is the newest of its dialog.
            extra: as for `send`.
        """
        there, edited = self._recipient(to), message_id(message)
        await self._tell(
            lambda talk: talk.edit_message(
                there.target,
                edited,
                body,
                is_last=is_last,
                params=extra,
                dialog_id=there.dialog_id,
            )
        )

    async def delete(self, to: To, message: MessageLike) -> None:
        """Take a message of the caller's back, here and from the history; `to` is where it went."""
        there, deleted = self._recipient(to), message_id(message)
        await self._tell(
            lambda talk: talk.delete_message(there.target, deleted, dialog_id=there.dialog_id)
        )

    async def typing(self, to: To, active: bool = True) -> None:  # noqa: FBT001, FBT002 - public
        """Say that the caller types, or has stopped; between two lines nobody hears of it."""
        there = self._recipient(to)
        await self._tell(
            lambda talk: talk.send_typing(there.target, active=active, dialog_id=there.dialog_id)
        )

    async def mark_delivered(self, message: MessageReceived | ChatMessage | Message) -> None:
        """Tell a message's sender that it has arrived; by default the chat does so by itself."""
        marked, dialog, user_id = sender(message)
        if marked:  # else there is no telling which
            await self._tell(lambda talk: talk.mark_delivered(user_id, marked, dialog_id=dialog))

    async def mark_read(self, message: MessageReceived | ChatMessage | Message) -> None:
        """Tell a message's sender that it was read, and the history too."""
        marked, dialog, user_id = sender(message)
        if marked:  # else there is no telling which
            await self._tell(lambda talk: talk.mark_read(user_id, marked, dialog_id=dialog))

    async def send_system(
        self, user_id: int, extra: Params | None = None, *, body: str | None = None
    ) -> str:
        """Tell another user's application something that people need not see; return its id."""
        return await self._tell(lambda talk: talk.send_system(user_id, extra, body=body))

    async def send_call_signal(
        self,
        user_id: int,
        type: str,  # noqa: A002 - the service's word
        session_id: str,
        extra: Params | None = None,
    ) -> str:
        """
        Pass a signal of a call on; the call itself is not this package's business.

        Args:
            user_id: whom it is for.
            type: `call`, `accept`, `reject`, `hangUp`, `iceCandidates`, `update`, …
            session_id: which call.
            extra: all else, by its name on the wire.
        """
        return await self._tell(
            lambda talk: talk.send_call_signal(user_id, type, session_id, extra)
        )

    # -- rooms

    async def join(self, dialog: DialogLike) -> None:
        """Enter a dialog's room: the comings and goings of others come as events from then on."""
        room = dialog_id(dialog)
        await self._ask(lambda talk, now: talk.join(room, now))

    async def leave(self, dialog: DialogLike) -> None:
        """Leave a dialog's room; the dialog itself is not left."""
        room = dialog_id(dialog)
        await self._ask(lambda talk, now: talk.leave(room, now))

    async def occupants(self, dialog: DialogLike) -> list[int]:
        """Return the ids of those who are in a dialog's room now."""
        room = dialog_id(dialog)
        found: list[int] = await self._ask(lambda talk, now: talk.occupants(room, now))
        return found

    # -- presence

    async def last_activity(self, user_id: int) -> int:
        """Return how many seconds ago somebody was last active; 0 is online now."""
        seconds: int = await self._ask(lambda talk, now: talk.last_activity(user_id, now))
        return seconds

    async def subscribe_last_activity(self, user_id: int) -> None:
        """Be told of somebody's activity, by `LastActivity` events."""
        await self._ask(lambda talk, now: talk.watch_last_activity(user_id, enable=True, now=now))

    async def unsubscribe_last_activity(self, user_id: int) -> None:
        """Be told no longer."""
        await self._ask(lambda talk, now: talk.watch_last_activity(user_id, enable=False, now=now))

    async def set_active(self, active: bool) -> None:  # noqa: FBT001 - public
        """Say whether the user is looking; one who is not gets push notifications all the same."""
        await self._ask(lambda talk, now: talk.set_active(active=active, now=now))

    async def ping(self) -> None:
        """Ask the service for a sign of life."""
        await self._ask(lambda talk, now: talk.ping(now))

    @cached_property
    def privacy(self) -> PrivacyLists:
        """The lists of those whom the caller blocks."""
        return PrivacyLists(self._ask)

    def _recipient(self, to: To) -> Recipient:
        return recipient(to, self.user_id)
