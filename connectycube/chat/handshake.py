"""
From an open line to a conversation: login, address, what is to be counted and copied.

https://www.rfc-editor.org/rfc/rfc6120
"""

import base64
import enum
from typing import Final, Literal, TypeAlias

from connectycube.chat.acknowledgement import MANAGEMENT, Acknowledgements
from connectycube.chat.element import Element, write
from connectycube.chat.jid import bare
from connectycube.chat.reading import CARBONS
from connectycube.chat.stanza_error import condition, stanza_error
from connectycube.errors import ChatRefusedError, InvalidInputError

SASL: Final = "urn:ietf:params:xml:ns:xmpp-sasl"
_BIND: Final = "urn:ietf:params:xml:ns:xmpp-bind"
_BIND_ID: Final = "bind"
_CARBONS_ID: Final = "carbons"


class Restart(enum.Enum):
    """The type of `RESTART`."""

    RESTART = "restart"

    def __repr__(self) -> str:
        return "RESTART"


# Among the frames to send: open the stream anew, at this place.
RESTART: Final = Restart.RESTART
Outgoing: TypeAlias = str | Literal[Restart.RESTART]


class Step(enum.Enum):
    """What is awaited of the service."""

    MECHANISMS = enum.auto()
    VERDICT = enum.auto()
    OFFERS = enum.auto()
    RESUMPTION = enum.auto()
    ADDRESS = enum.auto()
    SETTLING = enum.auto()
    DONE = enum.auto()


class Handshake:
    """
    The client's side of it; it is over at `Step.DONE`.

    `receive` raises `ChatRefusedError` where the service refuses.

    Args:
        acknowledgements: what counts, where that is wanted.
        resumes: whether to go on with the conversation that these counted before.

    Attributes:
        is_resumed: whether it goes on.
    """

    def __init__(
        self,
        account: str,
        password: str,
        *,
        resource: str | None,
        carbons: bool,
        acknowledgements: Acknowledgements | None,
        resumes: bool = False,
    ) -> None:
        try:
            login = f"\0{account}\0{password}".encode()
        except UnicodeEncodeError:
            raise InvalidInputError("the chat password holds half a character") from None
        if "\0" in password or not password:
            raise InvalidInputError("the chat password is empty, or holds what none can")
        self.step = Step.MECHANISMS
        self.jid = ""
        self.is_resumed = False
        self._resumes = resumes
        self._login: str | None = base64.b64encode(login).decode()
        self._account = account
        self._resource = resource
        self._wants_carbons = carbons
        self._acknowledgements = acknowledgements
        self._awaited: set[str] = set()

    def receive(self, element: Element) -> list[Outgoing]:
        """Take what the service says, and return what to answer; what is not awaited is let be."""
        match self.step, element.name:
            case Step.MECHANISMS, "features":
                return self._authenticate(element)
            case Step.VERDICT, "success":
                self.step = Step.OFFERS
                return [RESTART]
            case Step.VERDICT, "failure":
                raise self._refusal(element)
            case Step.VERDICT, "challenge":
                raise ChatRefusedError("malformed-request", "PLAIN has no answer to a challenge")
            case Step.OFFERS, "features":
                return self._enter(element)
            case Step.RESUMPTION, "resumed" | "failed":
                return self._went_on(element)
            case Step.ADDRESS, "iq":
                return self._bound(element)
            case Step.SETTLING, "iq":
                self._copied(element)
            case Step.SETTLING, "enabled" | "failed":
                self._counted(element)
        return []

    def _authenticate(self, features: Element) -> list[Outgoing]:
        mechanisms = features.child("mechanisms", SASL)
        offered = [] if mechanisms is None else mechanisms.each("mechanism", SASL)
        if "PLAIN" not in {each.text.strip() for each in offered}:
            raise ChatRefusedError("invalid-mechanism", "the service does not offer PLAIN")
        self.step = Step.VERDICT
        login, self._login = self._login, None
        return [write(Element("auth", SASL, {"mechanism": "PLAIN"}, text=login or ""))]

    def _refusal(self, failure: Element) -> ChatRefusedError:
        text = failure.named("text")
        return ChatRefusedError(condition(failure, SASL), "" if text is None else text.text)

    def _enter(self, features: Element) -> list[Outgoing]:
        if features.child("sm", MANAGEMENT) is None:
            self._acknowledgements = None
        if self._acknowledgements is None or not self._resumes:
            return self._bind()
        self.step = Step.RESUMPTION
        return [self._acknowledgements.resume()]

    def _went_on(self, answer: Element) -> list[Outgoing]:
        if answer.namespace != MANAGEMENT:
            return []
        if answer.name == "failed":
            return self._bind()
        self.step, self.is_resumed = Step.DONE, True
        return []

    def _bind(self) -> list[Outgoing]:
        self.step = Step.ADDRESS
        named = [] if self._resource is None else [Element("resource", _BIND, text=self._resource)]
        return [_request(_BIND_ID, Element("bind", _BIND, children=named))]

    def _bound(self, answer: Element) -> list[Outgoing]:
        if answer.get("id") != _BIND_ID:
            return []
        if answer.get("type") != "result":
            error = stanza_error(answer)
            raise ChatRefusedError(error.condition, error.text)
        bind = answer.child("bind", _BIND)
        jid = None if bind is None else bind.child("jid", _BIND)
        if jid is None or bare(jid.text).partition("@")[0] != self._account:
            raise ChatRefusedError("undefined-condition", "the service gave a foreign address")
        self.jid = jid.text
        self.step = Step.SETTLING
        wanted: list[Outgoing] = []
        if self._wants_carbons:
            self._awaited.add("iq")
            wanted.append(_request(_CARBONS_ID, Element("enable", CARBONS)))
        if self._acknowledgements is not None:
            self._awaited.add("sm")
            wanted.append(self._acknowledgements.enable())
        self._settle()
        return wanted

    def _copied(self, answer: Element) -> None:
        # A refusal is no obstacle: then other devices stay unheard.
        if answer.get("id") == _CARBONS_ID and answer.get("type") in {"result", "error"}:
            self._awaited.discard("iq")
            self._settle()

    def _counted(self, answer: Element) -> None:
        if answer.namespace == MANAGEMENT and self._acknowledgements is not None:
            if answer.name == "enabled":
                self._acknowledgements.enabled(answer)
            else:
                self._acknowledgements.forget()
            self._awaited.discard("sm")
            self._settle()

    def _settle(self) -> None:
        if not self._awaited:
            self.step = Step.DONE


def _request(request_id: str, payload: Element) -> str:
    attributes = {"type": "set", "id": request_id}
    return write(Element("iq", attributes=attributes, children=[payload]))
