"""
The chat: what its REST API offers, and the way to its realtime side.

https://developers.connectycube.com/server/chat
"""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import attrs

from connectycube._caller import Caller
from connectycube._session_manager import SessionManager
from connectycube._shared_work import SharedWork
from connectycube.api import chat_search
from connectycube.api.dialogs import Dialogs
from connectycube.api.messages import Messages
from connectycube.fields import UNSET, UnsetType
from connectycube.http import Hosts, HostsLike
from connectycube.models.dialog import Dialog, DialogLike
from connectycube.models.search_result import SearchResult

if TYPE_CHECKING:
    from connectycube.chat.connection import ChatConnection
    from connectycube.chat.pending import OverflowPolicy
    from connectycube.chat.reconnect import Reconnect
    from connectycube.chat.state import ChatOptions
    from connectycube.frames import Connector

# Whoever uses the same session shares them, through whichever client.
_creations: WeakKeyDictionary[SessionManager, SharedWork[Dialog]] = WeakKeyDictionary()


def _creations_of(sessions: SessionManager) -> SharedWork[Dialog]:
    return _creations.setdefault(sessions, SharedWork[Dialog]())


@attrs.frozen(eq=False, repr=False)
class Chat:
    """Everything about the chat; `ConnectyCube.chat` is one."""

    _caller: Caller
    _creations: SharedWork[Dialog] = attrs.field(
        default=attrs.Factory(lambda self: _creations_of(self._caller.sessions), takes_self=True)
    )
    _hosts: HostsLike = attrs.field(default=Hosts(), alias="hosts")
    _connector: "Connector | None" = attrs.field(default=None, alias="connector")

    def connect(
        self,
        *,
        reconnect: "Reconnect | UnsetType | None" = UNSET,
        connector: "Connector | None" = None,
        options: "ChatOptions | None" = None,
        max_pending: int = 1000,
        overflow: "OverflowPolicy" = "drop_oldest",
    ) -> "ChatConnection":
        """
        Return a realtime conversation as the client's user, to be used by `async with`.

        Entering the block connects and logs in; leaving it says goodbye and closes everything.
        Within it the conversation is an iterator of events, which heals the line when it is cut.
        Whoever uses it when it is over gets `ChatClosedError`.

        Args:
            reconnect: how a cut is healed, `Reconnect()` by default: what was said is sent again,
                and what was missed is looked for in the history. `None`: the first cut is the end.
            connector: opens the line; the client's own by default, which is TCP with TLS.
            options: how the conversation is held.
            max_pending: how many events may wait to be taken.
            overflow: past that, `drop_oldest` drops, and says so by an `Overflow` event; `close`
                ends the conversation.

        Raises:
            InvalidInputError: an option that cannot be right.
            ForbiddenError: entered: the session has no user.
            ConnectError: entered: there is no line to be had.
            RequestTimeoutError: entered: a line took too long.
            ChatRefusedError: entered: the chat refused the login.
            ChatClosedError: entered: the line ended before the login was done.

        https://developers.connectycube.com/js/messaging
        """
        # Loaded here, so that REST alone does without it.
        from connectycube.api.chat_connect import connection  # noqa: PLC0415 - as said

        return connection(
            self._caller,
            self._hosts,
            connector or self._connector,
            reconnect=reconnect,
            options=options,
            max_pending=max_pending,
            overflow=overflow,
        )

    @property
    def dialogs(self) -> Dialogs:
        """The places where messages go."""
        return Dialogs(self._caller, self._creations)

    @property
    def messages(self) -> Messages:
        """What was written in them."""
        return Messages(self._caller)

    async def search(
        self,
        text: str,
        *,
        dialog_ids: Iterable[DialogLike] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int | None = None,
    ) -> SearchResult:
        """
        Search the texts of all messages that the caller may read, and the names of dialogs.

        Upper and lower case are two things. Users alone may search: a session without one gets
        `ForbiddenError`.

        Args:
            text: more than four characters.
            dialog_ids: the dialogs to search, ten at most; all of the caller's by default.
            since: no message before this moment; may stand alone.
            until: no message after this moment; goes with `since`, three months later at most.
            limit: 1 to 100.

        Raises:
            InvalidInputError: what should be dialogs are none.
            InvalidQueryError: the service's rules forbid it; nothing was sent.

        https://developers.connectycube.com/server/chat
        """
        return await chat_search.search(
            self._caller, text, dialog_ids=dialog_ids, since=since, until=until, limit=limit
        )
