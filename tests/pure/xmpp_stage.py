"""The emulator's chat without sockets: users and their devices, who speak in whole elements."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from connectycube.emulator.xmpp_namespaces import FRAMING
from connectycube.emulator.xmpp_xml import Element, parse

from .chat_stage import ChatStage

if TYPE_CHECKING:
    from connectycube.emulator.records import User
    from connectycube.emulator.xmpp_session import Session

OPEN = '<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="localhost" version="1.0"/>'
BIND = '<bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/>'
ID = "6666c1d2a4b35e0017f0a900"
"""The id of a message."""


def auth(name: str, password: str, authzid: str = "", mechanism: str = "PLAIN") -> str:
    """Return the element that logs somebody in."""
    text = base64.b64encode(f"{authzid}\0{name}\0{password}".encode()).decode()
    sasl = "urn:ietf:params:xml:ns:xmpp-sasl"
    return f'<auth xmlns="{sasl}" mechanism="{mechanism}">{text}</auth>'


class Wire:
    """One line to the chat."""

    def __init__(self, stage: XmppStage) -> None:
        self.stage = stage
        self.line = stage.service.xmpp.connect()

    def say(self, xml: str) -> list[Element]:
        """Send an element, and return all that has come since the last time."""
        # On a real line this default comes with the stream, or is written by every client.
        name = xml[1:].split(maxsplit=1)[0].split(">", maxsplit=1)[0].rstrip("/")
        if " xmlns=" not in xml.partition(">")[0]:
            xml = xml.replace(f"<{name}", f'<{name} xmlns="jabber:client"', 1)
        self.stage.service.xmpp.receive(self.line, parse(xml))
        return self.take()

    def ask(self, xml: str) -> Element:
        """Send an element that has one answer."""
        (answer,) = self.say(xml)
        return answer

    def take(self) -> list[Element]:
        """Return all that has come, as it arrives: written, and read again."""
        return [parse(str(one)) for one in self.line.take()]

    def log_in(self, user: User, password: str | None = None) -> None:
        """Come to where a device is bound, or a stream resumed."""
        stage = self.stage
        token = password or stage.world.open_session(user, ts=0).token
        self.say(OPEN)
        self.say(auth(f"{user.id}-{stage.service.app_id}", token))
        self.say(OPEN)


class Device(Wire):
    """A device of a user, bound and there."""

    def __init__(
        self, stage: XmppStage, user: User, resource: str = "desk", *, is_there: bool = True
    ) -> None:
        super().__init__(stage)
        self.user = user
        self.log_in(user)
        bind = BIND.replace("/>", f"><resource>{resource}</resource></bind>")
        self.bound = self.ask(f'<iq type="set" id="b">{bind}</iq>')
        if is_there:
            self.say("<presence/>")

    @property
    def session(self) -> Session:
        """Return what the chat knows of this device."""
        assert self.line.session is not None

        return self.line.session

    @property
    def address(self) -> str:
        """Return the full address."""
        return self.session.address

    def iq(self, payload: str, kind: str = "set", to: str = "localhost") -> Element:
        """Ask for something, and return the answer."""
        return self.ask(f'<iq type="{kind}" id="q" to="{to}">{payload}</iq>')


class XmppStage(ChatStage):
    """The people of the chat's stage, with devices."""

    def device(self, name: str, resource: str = "desk", *, is_there: bool = True) -> Device:
        return Device(self, self.who(name), resource, is_there=is_there)

    def wire(self) -> Wire:
        return Wire(self)

    def bare(self, name: str) -> str:
        return f"{self.who(name).id}-774@localhost"


def tags(elements: list[Element]) -> list[str]:
    """Return the names of elements."""
    return [one.name for one in elements]


def only(elements: list[Element], name: str) -> Element:
    """Return the one element of this name."""
    (found,) = [one for one in elements if one.name == name]
    return found


def condition(element: Element) -> tuple[str, str]:
    """Return the number and condition of a stanza error."""
    error = element.child("error")
    assert error is not None

    return error.get("code"), error.elements[0].name


def stream_error(elements: list[Element]) -> str:
    """Return why a stream has ended."""
    reason, end = elements[-2:]

    assert ("error", "close", FRAMING) == (reason.name, end.name, end.xmlns)
    return reason.elements[0].name


def extra(message: Element) -> dict[str, str]:
    """Return the parameters of a message that are plain text."""
    found = message.child("extraParams")
    return {} if found is None else {one.name: one.text for one in found.elements}
