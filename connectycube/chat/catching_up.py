"""Bringing back from the history what was said while there was no line."""

import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from typing import Final

import anyio

from connectycube.chat.events import (
    ChatEvent,
    Gap,
    MessageDeleted,
    MessageEdited,
    MessageReceived,
    ReactionChanged,
)
from connectycube.chat.history import History, received
from connectycube.chat.horizon import Missed
from connectycube.errors import ConnectyCubeError
from connectycube.models.dialog import Dialog
from connectycube.models.message import Message

_PATIENCE: Final = 30.0  # seconds for all of it
_MOST_DIALOGS: Final = 100
_MOST_MESSAGES: Final = 2000
_MOST_OF_ONE: Final = 500
_MOST_HELD: Final = 1000
_log = logging.getLogger("connectycube.chat")


class CatchingUp:
    """
    Fills the gap behind a cut, and holds back what comes meanwhile, so that its order is kept.

    What was begun and cut off is done again on the next line.

    Args:
        history: where to look.
        recover: takes what was found, and whether it may be of a conversation before this one;
            says whether it is new.
        tell: takes all else, such as what was held back.
        place: waits until there is place for one more; this is not counted as time for looking.
    """

    def __init__(
        self,
        history: History,
        *,
        user_id: int,
        recover: Callable[[MessageReceived, bool], bool],
        tell: Callable[[ChatEvent], None],
        place: Callable[[], Awaitable[None]],
    ) -> None:
        self._history = history
        self._user_id = user_id
        self._recover = recover
        self._tell = tell
        self._place = place
        self._missed: Missed | None = None
        self._held: dict[object, ChatEvent] = {}  # by what the history would name it, in order
        self._left: dict[str, Dialog] | None = None  # dialogs; `None` where nobody knows which
        self._is_whole = True
        self._scope = anyio.CancelScope()

    @property
    def is_pending(self) -> bool:
        return self._missed is not None

    def missed(self, missed: Missed) -> None:
        """Note since when something may have been missed; what was noted before stands."""
        self._missed = self._missed or missed
        self._left, self._is_whole = None, True

    def holds(self, event: ChatEvent) -> bool:
        """Hold an event back if something older may be missing, and say so."""
        if self._missed is None or not self._waits(event):
            return False
        self._held[_key(event)] = event
        if len(self._held) > _MOST_HELD:
            self._scope.cancel()
            self.finish()
        return True

    async def run(self) -> None:
        """Look for what was missed, within a bounded time; what is not found leaves a `Gap`."""
        if self._missed is None:
            return
        with anyio.CancelScope(deadline=anyio.current_time() + _PATIENCE) as self._scope:
            try:
                await self._look(self._missed)
            except Exception as error:  # noqa: BLE001 - the history is a seam
                _log.debug("the gap is not filled: %s", type(error).__name__)
        self.finish()

    def finish(self) -> None:
        """Say what is missing still, and let go of what was held back."""
        if self._missed is None:
            return
        self._missed = None
        if self._left is None or not self._is_whole:
            self._tell(Gap())
        elif self._left:
            self._tell(Gap(dialog_ids=list(self._left)))
        held, self._held = self._held, {}
        for event in held.values():
            self._tell(event)

    async def _look(self, missed: Missed) -> None:
        found: dict[str, Dialog] = {}
        async for dialog in self._history.dialogs(missed.since):
            if len(found) >= _MOST_DIALOGS:
                self._is_whole = False
                break
            found[dialog.id] = dialog
        self._left = found
        self._release()
        most = _MOST_MESSAGES
        for dialog in list(found.values()):
            with suppress(ConnectyCubeError):  # one that does not answer leaves a gap there
                most -= await self._look_into(dialog, missed, min(most, _MOST_OF_ONE))
                self._release()

    async def _look_into(self, dialog: Dialog, missed: Missed, most: int) -> int:
        """Bring back what is new of one dialog, and return how much it was."""
        new = 0
        async for message in self._history.messages(dialog.id, missed.since):
            event = received(message, dialog, self._user_id)
            if event is None:
                continue
            if new >= most:
                return new
            await self._wait_for_place()
            new += self._take(event, is_doubtful=self._is_doubtful(message, missed.begun))
        if self._left is not None:
            del self._left[dialog.id]
        return new

    def _is_doubtful(self, message: Message, begun: datetime) -> bool:
        """Say whether a message may have reached, or left, a conversation before this one."""
        if message.date_sent is None or message.date_sent >= begun:
            return False
        return self._user_id in (message.sender_id, *message.delivered_ids, *message.read_ids)

    def _take(self, event: MessageReceived, *, is_doubtful: bool) -> bool:
        """Take a message of the history, and say whether it is new."""
        # One that came meanwhile has its place among those that did not.
        came = self._held.pop(_key(event), None)
        if came is None:
            return self._recover(event, is_doubtful)
        self._tell(came)
        return False

    async def _wait_for_place(self) -> None:
        began = anyio.current_time()
        await self._place()
        self._scope.deadline += anyio.current_time() - began

    def _waits(self, event: ChatEvent) -> bool:
        match event:
            case MessageReceived() | MessageEdited() | MessageDeleted() | ReactionChanged():
                dialog_id = event.dialog_id
                return self._left is None or dialog_id is None or dialog_id in self._left
        return False

    def _release(self) -> None:
        """Let go of what belongs to dialogs where nothing is missing any more."""
        for key, event in list(self._held.items()):
            if not self._waits(event):
                del self._held[key]
                self._tell(event)


def _key(event: ChatEvent) -> object:
    if isinstance(event, MessageReceived) and event.message.id:
        return event.message.sender_id, event.message.id
    return id(event)
