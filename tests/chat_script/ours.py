"""This package's client as a party of the scripted conversation."""

from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Any, Final, Self

import anyio

from connectycube.chat import events
from connectycube.chat.connection import ChatConnection
from connectycube.chat.events import ChatEvent, ChatMessage
from connectycube.chat.privacy import Block
from connectycube.models.dialog import Dialog, DialogType
from connectycube.models.message import attachment_members

from .inbox import Heard, Inbox
from .partner import Place

_WHOSE: Final = ("user_id", "dialog_id")
_KINDS: Final[dict[type[ChatEvent], tuple[str, tuple[str, ...]]]] = {
    events.MessageRefused: ("refused", ("message_id", "code")),
    events.Delivered: ("delivered", ("message_id", *_WHOSE)),
    events.Read: ("read", ("message_id", *_WHOSE)),
    events.Typing: ("typing", (*_WHOSE, "is_typing")),
    events.MessageEdited: ("edited", ("message_id", *_WHOSE, "body", "is_last", "params")),
    events.MessageDeleted: ("deleted", ("message_id", *_WHOSE)),
    events.ReactionChanged: ("reacted", ("message_id", *_WHOSE, "added", "removed")),
    events.SystemMessage: ("system", ("message_id", "user_id", "body", "params")),
    events.CallSignal: ("signal", ("user_id", "type", "session_id", "params")),
    events.OccupantJoined: ("joined", _WHOSE),
    events.OccupantLeft: ("left", _WHOSE),
    events.Kicked: ("kicked", ("dialog_id", "by_id")),
    events.LastActivity: ("activity", ("user_id", "seconds")),
}
_TURNS: Final = 5
_SHORT: Final = {"message_id": "id"}


class OurPartner:
    """One conversation of a client, as long as its block."""

    user_id: int

    def __init__(self, connect: Callable[[], ChatConnection]) -> None:
        self._connect = connect
        self.chat = connect()
        self.inbox = Inbox()
        self._tasks = anyio.create_task_group()

    async def __aenter__(self) -> Self:
        await self.chat.__aenter__()
        try:
            # It is on its way that we are there; now the server has heard of it.
            await self.chat.ping()
        except BaseException as error:
            await self.chat.__aexit__(type(error), error, error.__traceback__)
            raise
        self.user_id = self.chat.user_id
        await self._tasks.__aenter__()
        self._tasks.start_soon(self._listen)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._tasks.cancel_scope.cancel()
        try:
            await self._tasks.__aexit__(None, None, None)
        finally:
            await self.chat.__aexit__(kind, error, traceback)

    def another(self) -> "OurPartner":
        return OurPartner(self._connect)

    async def send(
        self,
        place: Place,
        body: str | None,
        *,
        params: Mapping[str, Any] | None = None,
        attachments: Iterable[Mapping[str, Any]] = (),
    ) -> str:
        sent = await self.chat.send(
            self._dialog(place), body, extra=params, attachments=attachments
        )
        self.inbox.put(_sent(sent))
        return sent.message_id

    async def typing(self, place: Place, *, is_typing: bool) -> None:
        await self.chat.typing(self._dialog(place), is_typing)

    async def mark_read(self, place: Place, user_id: int, message_id: str) -> None:
        message = ChatMessage(id=message_id, sender_id=user_id, dialog_id=place.dialog_id)
        await self.chat.mark_read(message)

    async def edit(
        self, place: Place, message_id: str, body: str, *, is_last: bool, params: Mapping[str, Any]
    ) -> None:
        await self.chat.edit(self._dialog(place), message_id, body, is_last=is_last, extra=params)

    async def delete(self, place: Place, message_id: str) -> None:
        await self.chat.delete(self._dialog(place), message_id)

    async def send_system(
        self, user_id: int, params: Mapping[str, Any], body: str | None = None
    ) -> str:
        return await self.chat.send_system(user_id, params, body=body)

    async def send_signal(
        self,
        user_id: int,
        type: str,  # noqa: A002 - the service's word
        session_id: str,
        params: Mapping[str, Any],
    ) -> None:
        await self.chat.send_call_signal(user_id, type, session_id, params)

    async def join(self, dialog_id: str) -> None:
        await self.chat.join(dialog_id)

    async def leave(self, dialog_id: str) -> None:
        await self.chat.leave(dialog_id)

    async def occupants(self, dialog_id: str) -> list[int]:
        return await self.chat.occupants(dialog_id)

    async def ping(self) -> None:
        await self.chat.ping()
        # What came before the answer is taken meanwhile: one a turn of the loop, and some to wake.
        quiet = 0
        while quiet < _TURNS:
            before = self.inbox.count
            await anyio.lowlevel.checkpoint()
            quiet = quiet + 1 if before == self.inbox.count else 0

    async def last_activity(self, user_id: int) -> int:
        return await self.chat.last_activity(user_id)

    async def watch(self, user_id: int, *, enable: bool) -> None:
        if enable:
            await self.chat.subscribe_last_activity(user_id)
        else:
            await self.chat.unsubscribe_last_activity(user_id)

    async def set_active(self, *, is_active: bool) -> None:
        await self.chat.set_active(is_active)

    async def block(self, name: str, user_id: int, *, is_mutual: bool) -> None:
        await self.chat.privacy.set(name, [Block(user_id=user_id, is_mutual=is_mutual)])
        await self.chat.privacy.set_default(name)

    async def blocked(self, name: str) -> list[int]:
        found = await self.chat.privacy.get(name)
        return [block.user_id for block in found.blocks if block.action == "deny"]

    async def privacy_names(self) -> tuple[set[str], str | None]:
        found = await self.chat.privacy.names()
        return set(found.names), found.default

    async def unblock(self, name: str) -> None:
        await self.chat.privacy.set_default(None)
        await self.chat.privacy.delete(name)

    def _dialog(self, place: Place) -> Dialog | str:
        if place.user_id is None:
            return place.dialog_id
        people = [self.user_id, place.user_id]
        return Dialog(id=place.dialog_id, type=DialogType.PRIVATE, occupants_ids=people)

    async def _listen(self) -> None:
        async for event in self.chat:
            self.inbox.put(_heard(event))


def _sent(sent: events.Sent) -> Heard:
    return {"kind": "sent", "id": sent.message_id}


def _heard(event: ChatEvent) -> Heard:
    match event:
        case events.MessageReceived(message=message):
            return _message(message)
        case events.Sent():
            return _sent(event)
    kind, members = _KINDS.get(type(event), (type(event).__name__, ()))
    told = {_SHORT.get(member, member): getattr(event, member) for member in members}
    return {"kind": kind, **told}


def _message(message: ChatMessage) -> Heard:
    return {
        "kind": "message",
        "id": message.id,
        "user_id": message.sender_id,
        "dialog_id": message.dialog_id,
        "is_group": message.is_group,
        "is_carbon": message.is_carbon,
        "body": message.body,
        "params": message.params,
        "attachments": [
            {name: str(value) for name, value in attachment_members(one).items()}
            for one in message.attachments
        ],
    }
