"""How a client's chat becomes a conversation: its addresses, its line, and who talks."""

from connectycube._caller import Caller
from connectycube.auth.endpoints import GET_SESSION
from connectycube.chat.connection import Account, ChatConnection
from connectycube.chat.pending import OverflowPolicy
from connectycube.chat.state import ChatOptions
from connectycube.frames import ChatAddress, Connector
from connectycube.http import HostsLike


def connection(
    caller: Caller,
    hosts: HostsLike,
    connector: Connector | None,
    *,
    options: ChatOptions | None,
    max_pending: int,
    overflow: OverflowPolicy,
) -> ChatConnection:
    """Make a conversation of the client's own user; nothing is opened yet."""

    async def account() -> Account:
        # The strategy's word is asked for each time: passwords change, and tokens more so.
        with caller.deadline("chat: sign in"):
            session = await caller.own_session(GET_SESSION)
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
    )


def _default_connector() -> Connector:
    from connectycube.transports.tcp import TcpConnector  # noqa: PLC0415 - an edge, by default only

    return TcpConnector()
