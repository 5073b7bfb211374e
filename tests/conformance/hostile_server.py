"""A chat server over real ports that lets everybody in, and then says what it should not."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import anyio

from connectycube import ChatConnection, ChatEvent, ChatOptions
from connectycube.chat.connection import Account
from connectycube.frames import Connector
from connectycube.testing._chat_peer import Peer, TcpPeer, WebSocketPeer, serving
from connectycube.testing.scripted_frames import attribute

ME: Final = "7-21@localhost"
GOOD: Final = (
    "<message xmlns='jabber:client' from='8-21@localhost/r' type='chat'"
    " id='6666c1d2a4b35e0017f0a911'><body>good</body></message>"
)
_FEATURES: Final = "<features xmlns='http://etherx.jabber.org/streams'>%s</features>"
_BIND: Final = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>%s</bind>"
_SASL: Final = "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'"
_SM: Final = "xmlns='urn:xmpp:sm:3'"
_STANZAS: Final = ("<message", "<presence", "<iq")


async def let_in(peer: Peer) -> None:
    """Lead a client through its login, up to its presence."""
    await peer.open()
    await peer.say(
        _FEATURES % f"<mechanisms {_SASL}><mechanism>PLAIN</mechanism></mechanisms><sm {_SM}/>"
    )
    await peer.hear()
    await peer.say(f"<success {_SASL}/>")
    await peer.open()
    await peer.say(_FEATURES % (_BIND % "" + f"<sm {_SM}/>"))
    while not (frame := await peer.hear()).startswith("<presence"):
        await answer(peer, frame)


async def answer(peer: Peer, frame: str, count: int = 0) -> None:
    """Answer what a client asks of its service, and how many stanzas it has sent."""
    if frame.startswith("<enable"):
        await peer.say(f"<enabled {_SM} id='s' resume='true'/>")
    elif frame.startswith("<r"):
        await peer.say(f"<a {_SM} h='{count}'/>")
    elif frame.startswith("<iq"):
        bound = _BIND % f"<jid>{ME}/r</jid>" if "xmpp-bind" in frame else ""
        named = f"xmlns='jabber:client' type='result' id='{attribute(frame, 'id')}'"
        seconds = "<query xmlns='jabber:iq:last' seconds='5'/>" if "iq:last" in frame else ""
        asked = f"from='{attribute(frame, 'to')}'" if seconds else ""
        await peer.say(f"<iq {named} {asked}>{bound}{seconds}</iq>")


@asynccontextmanager
async def conversation(
    connector: Connector, *said: str | bytes, forged: Sequence[str] = (), hangs_up: bool = False
) -> AsyncGenerator[tuple[ChatConnection, list[str]]]:
    """
    Give a client to whom this is said, and what the server hears of it from then on.

    What is `forged` is said before each answer, with the id of what was asked in the place of `{}`.
    """
    heard: list[str] = []

    async def talk(peer: Peer) -> None:
        await let_in(peer)
        for each in said:
            assert isinstance(peer, TcpPeer | WebSocketPeer)
            await (peer.line.say(each) if isinstance(each, bytes) else peer.say(each))
        while not hangs_up:
            frame = await peer.hear()
            heard.append(frame)
            if frame.startswith(("</stream", "<close")):
                await peer.end()
            for each in forged:
                await peer.say(each.replace("{}", attribute(frame, "id")))
            # The presence came before these.
            await answer(peer, frame, 1 + sum(each.startswith(_STANZAS) for each in heard))

    async def account(_refused: Account | None, /) -> Account:
        return Account(user_id=7, app_id=21, password="canary-password")

    async with serving(talk) as server:
        chat = ChatConnection(
            connector,
            server.address,
            account,
            options=ChatOptions(),
            max_pending=1000,
            overflow="drop_oldest",
        )
        async with chat:
            yield chat, heard
        assert await server.until(lambda: server.open == 0)


async def taken(chat: ChatConnection, count: int = 1) -> list[ChatEvent]:
    """Return so many events, or fewer where the conversation is over."""
    events: list[ChatEvent] = []
    with anyio.fail_after(60):
        async for event in chat:
            events.append(event)
            if len(events) == count:
                break
    return events
