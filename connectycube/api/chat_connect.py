"""How a client's chat becomes a conversation: its addresses, its line, and who talks."""

from collections.abc import AsyncIterator
from datetime import datetime

from connectycube import where
from connectycube._caller import Caller
from connectycube._shared_work import SharedWork
from connectycube.api.dialogs import Dialogs
from connectycube.api.messages import Messages
from connectycube.auth.endpoints import GET_SESSION
from connectycube.chat.connection import Account, ChatConnection
from connectycube.chat.pending import OverflowPolicy
from connectycube.chat.reconnect import Reconnect
from connectycube.chat.state import ChatOptions
from connectycube.errors import SessionExpiredError
from connectycube.fields import UNSET, UnsetType
from connectycube.frames import ChatAddress, Connector
from connectycube.http import HostsLike
from connectycube.models.dialog import Dialog
from connectycube.models.message import Message
from connectycube.session import Session


class RestHistory:
    """The history, as REST tells it."""

    def __init__(self, caller: Caller) -> None:
        self._dialogs = Dialogs(caller, SharedWork[Dialog]())
        self._messages = Messages(caller)

    def dialogs(self, since: datetime, /) -> AsyncIterator[Dialog]:
        return self._dialogs.iterate(
            last_message_date_sent=where.gte(since), sort="last_message_date_sent"
        )

    def messages(self, dialog_id: str, since: datetime, /) -> AsyncIterator[Message]:
        return self._messages.iterate(
            dialog_id, mark_as_read=False, date_sent=where.gte(since), sort="date_sent"
        )


def connection(
    caller: Caller,
    hosts: HostsLike,
    connector: Connector | None,
    *,
    reconnect: Reconnect | UnsetType | None,
    options: ChatOptions | None,
    max_pending: int,
    overflow: OverflowPolicy,
) -> ChatConnection:
    """Make a conversation of the client's own user; nothing is opened yet."""

    async def account(refused: Account | None, /) -> Account:
        # The strategy's word is asked for each time: passwords change, and tokens more so.
        with caller.deadline("chat: sign in"):
            session = await caller.own_session(GET_SESSION)
            if refused is not None and refused.password == session.token:
                session = await _renewed(caller, session)
            password = await caller.sessions.strategy.chat_password(session)
        app_id = session.application_id or caller.gateway.app.app_id or 0
        return Account(user_id=session.user_id or 0, app_id=app_id, password=password)

    return ChatConnection(
        _default_connector() if connector is None else connector,
        ChatAddress.from_hosts(hosts),
        account,
        options=options or ChatOptions(),
        max_pending=max_pending,
        overflow=overflow,
        reconnect=Reconnect() if reconnect is UNSET else reconnect,
        history=RestHistory(caller),
        wall=caller.sessions.clock.wall,
    )


async def _renewed(caller: Caller, session: Session) -> Session:
    """Return another session than one whose token the chat refused."""
    caller.sessions.invalidate(
        session.token, SessionExpiredError("the chat does not know the session any more")
    )
    await caller.sessions.replacement(session.token)
    return await caller.own_session(GET_SESSION)


def _default_connector() -> Connector:
    from connectycube.transports.tcp import TcpConnector  # noqa: PLC0415 - an edge, by default only

    return TcpConnector()
