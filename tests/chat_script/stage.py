"""Who plays a step, and where."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeAlias

import attrs

from .inbox import Heard
from .partner import Partner, Place

Guest: TypeAlias = Callable[[], AbstractAsyncContextManager[Partner]]


@attrs.frozen
class Stage:
    """
    The speaker, the listener, and the two places they have in common.

    `guest` connects somebody else.
    """

    speaker: Partner
    listener: Partner
    guest: Guest = attrs.field(kw_only=True)
    dialog_id: str = attrs.field(kw_only=True)
    private_id: str = attrs.field(kw_only=True)

    @property
    def listener_place(self) -> Place:
        """Where the speaker writes to the listener."""
        return Place(self.private_id, self.listener.user_id)

    @property
    def speaker_place(self) -> Place:
        """Where the listener writes to the speaker."""
        return Place(self.private_id, self.speaker.user_id)

    @property
    def room(self) -> Place:
        return Place(self.dialog_id)

    def by_speaker(self, dialog_id: str) -> Heard:
        """Return what a status of the speaker says beside its own."""
        return {"user_id": self.speaker.user_id, "dialog_id": dialog_id}

    def by_listener(self, dialog_id: str) -> Heard:
        """Return what a status of the listener says beside its own."""
        return {"user_id": self.listener.user_id, "dialog_id": dialog_id}

    def message(self, place: Place, message_id: str, body: str, /) -> Heard:
        """Return how a plain message of the speaker is heard by somebody else."""
        return {
            "kind": "message",
            "id": message_id,
            **self.by_speaker(place.dialog_id),
            "is_group": place.user_id is None,
            "is_carbon": False,
            "body": body,
            "params": {},
            "attachments": [],
        }

    async def settle(self) -> None:
        """Let both hear what is still on its way, and what they answer to that; then forget it."""
        for _ in range(3):
            await self.speaker.ping()
            await self.listener.ping()
        self.speaker.inbox.clear()
        self.listener.inbox.clear()


Act: TypeAlias = Callable[[Stage], Awaitable[None]]
