"""A conversation of the client for tests: the service is written out by hand, as a dialogue."""

import itertools
from typing import Any

from connectycube.chat.element import Element, parse
from connectycube.chat.protocol import RESTART, ChatOptions, ChatProtocol
from connectycube.frames import ChatAddress

ADDRESS = ChatAddress(
    domain="chat.test",
    muc="muc.chat.test",
    host="chat.test",
    websocket_url="wss://chat.test:5291",
)
APP, ME, THEM = 774, 7, 8
DIALOG = "5f3a9c2e7b1d4a6f8e0c2b4d"
OTHER_DIALOG = "5f3a9c2e7b1d4a6f8e0c2b4e"
MESSAGE = "60aa11bb22cc33dd44ee55ff"
MY_USER = "7-774@chat.test"
MY_JID = f"{MY_USER}/phone"
THEIR_JID = "8-774@chat.test/tab"
ROOM = f"774_{DIALOG}@muc.chat.test"
PASSWORD = "canary-password"
# base64 of NUL 7-774 NUL and the password
LOGIN = "ADctNzc0AGNhbmFyeS1wYXNzd29yZA=="

MECHANISMS = (
    '<stream:features><starttls xmlns="urn:ietf:params:xml:ns:xmpp-tls"/>'
    '<mechanisms xmlns="urn:ietf:params:xml:ns:xmpp-sasl"><mechanism>ANONYMOUS</mechanism>'
    "<mechanism>PLAIN</mechanism></mechanisms></stream:features>"
)
SUCCESS = '<success xmlns="urn:ietf:params:xml:ns:xmpp-sasl"/>'
OFFERS = (
    '<stream:features><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/>'
    '<session xmlns="urn:ietf:params:xml:ns:xmpp-session"/><sm xmlns="urn:xmpp:sm:3"/>'
    "</stream:features>"
)
BOUND = (
    f'<iq type="result" id="bind"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><jid>{MY_JID}'
    "</jid></bind></iq>"
)
COPIED = '<iq type="result" id="carbons"/>'
COUNTED = '<enabled xmlns="urn:xmpp:sm:3" id="sm-1" resume="true" max="300"/>'
CHANGES = {"auto_delivered": False}


class Talk:
    """A protocol, what it has told and what it has said, with time standing still at 100."""

    def __init__(self, *, reconnects: bool = False, **options: Any) -> None:
        ids = (f"{number:024x}" for number in itertools.count(1))
        self.protocol = ChatProtocol(
            ADDRESS,
            user_id=ME,
            app_id=APP,
            options=ChatOptions(**options),
            object_id=lambda: next(ids),
            reconnects=reconnects,
        )
        self.now = 100.0

    def open(self, *, is_private: bool = True) -> list[Any]:
        return [*self.protocol.opened(PASSWORD, is_private=is_private, now=self.now)]

    def hears(self, frame: str) -> list[Any]:
        """Hand a frame of the service over, and return what is told of it."""
        return [*self.protocol.receive(frame, self.now)]

    def says(self) -> list[Any]:
        """Return what is to be sent; questions of counting aside."""
        frames = self.protocol.frames_to_send(self.now)
        return [frame for frame in frames if frame is RESTART or not frame.startswith("<r ")]

    def asks(self) -> Element:
        """Return the one frame that is to be sent, as an element."""
        [frame] = self.says()
        return parse(frame)

    def ticks(self, now: float) -> list[Any]:
        """Let the clock say so much."""
        return [*self.protocol.tick(now)]

    def cut(self, reason: str = "gone") -> list[Any]:
        return [*self.protocol.cut(reason)]

    def close(self) -> list[Any]:
        return [*self.protocol.close()]

    def login(self, *answers: str) -> list[Any]:
        """Go through a login; by default one that begins a new conversation."""
        told = self.open()
        for frame in (MECHANISMS, SUCCESS, OFFERS):
            told += self.hears(frame)
        self.says()
        for frame in answers or (BOUND, COPIED, COUNTED):
            told += self.hears(frame)
        if not answers:
            self.says()
        return told


def online(*, reconnects: bool = False, **options: Any) -> Talk:
    """Return a conversation that is online, with marks of delivery left to the test."""
    talk = Talk(reconnects=reconnects, **{**CHANGES, **options})
    talk.login()
    return talk


def message(inner: str, *, sender: str = THEIR_JID, kind: str = "chat", to: str = MY_JID) -> str:
    return f'<message from="{sender}" to="{to}" type="{kind}" id="{MESSAGE}">{inner}</message>'


def extra(inner: str) -> str:
    return f'<extraParams xmlns="jabber:client">{inner}</extraParams>'
