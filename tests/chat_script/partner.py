"""What the script wants of a party of the conversation."""

from collections.abc import Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, Self

import attrs

from .inbox import Inbox


@attrs.frozen
class Place:
    """Where something is said: in a dialog's room, or to one user."""

    dialog_id: str
    user_id: int | None = None

    @property
    def target(self) -> int | str:
        """Return whom it is sent to: a user's id, or that of a dialog with a room."""
        return self.dialog_id if self.user_id is None else self.user_id


class Partner(Protocol):
    """
    One device of a user: what it can say, and in `inbox` what it hears.

    It marks each message as delivered by itself, and hears what the server has taken of it as
    `sent`. When its block begins, the server knows that it is there. Its calls return when what
    they say is on its way, or was answered.
    """

    user_id: int
    inbox: Inbox

    async def send(
        self,
        place: Place,
        body: str | None,
        *,
        params: Mapping[str, Any] | None = None,
        attachments: Iterable[Mapping[str, Any]] = (),
    ) -> str:
        """Send a message to be kept in the history, and return its id."""
        ...

    async def typing(self, place: Place, *, is_typing: bool) -> None: ...

    async def mark_read(self, place: Place, user_id: int, message_id: str) -> None:
        """Tell the sender of a message that it was read."""
        ...

    async def edit(
        self, place: Place, message_id: str, body: str, *, is_last: bool, params: Mapping[str, Any]
    ) -> None: ...

    async def delete(self, place: Place, message_id: str) -> None: ...

    async def send_system(
        self, user_id: int, params: Mapping[str, Any], body: str | None = None
    ) -> str: ...

    async def send_signal(
        self,
        user_id: int,
        type: str,  # noqa: A002 - the service's word
        session_id: str,
        params: Mapping[str, Any],
    ) -> None:
        """Send what one party of a call tells another."""
        ...

    async def join(self, dialog_id: str) -> None: ...

    async def leave(self, dialog_id: str) -> None: ...

    async def occupants(self, dialog_id: str) -> list[int]:
        """Return who is in a room."""
        ...

    async def ping(self) -> None:
        """Return when the server has dealt with all that was said, and what it said is heard."""
        ...

    async def last_activity(self, user_id: int) -> int:
        """Return the seconds since a user was there."""
        ...

    async def watch(self, user_id: int, *, enable: bool) -> None:
        """Ask to hear of a user's `activity`, or no longer."""
        ...

    async def set_active(self, *, is_active: bool) -> None: ...

    async def block(self, name: str, user_id: int, *, is_mutual: bool) -> None:
        """Make a privacy list of this name that denies one user, and let it hold."""
        ...

    async def blocked(self, name: str) -> list[int]:
        """Return whom a privacy list denies."""
        ...

    async def privacy_names(self) -> tuple[set[str], str | None]:
        """Return the names of all privacy lists, and the one that holds."""
        ...

    async def unblock(self, name: str) -> None:
        """Let no privacy list hold, and delete the one of this name."""
        ...

    def another(self) -> AbstractAsyncContextManager[Self]:
        """Connect another device of the same user."""
        ...
