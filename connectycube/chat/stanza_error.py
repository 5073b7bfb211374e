"""What a stanza of type `error` says, and how to say it."""

from typing import Final

from connectycube.chat.element import Element
from connectycube.chat.jid import number
from connectycube.errors import StanzaError

STANZAS: Final = "urn:ietf:params:xml:ns:xmpp-stanzas"
_UNKNOWN: Final = "undefined-condition"


def error_code(stanza: Element) -> int | None:
    error = stanza.child("error")
    return None if error is None else number(error.get("code"))


def error_condition(stanza: Element) -> str:
    """Return the reason by its name in XMPP."""
    error = stanza.child("error")
    return _UNKNOWN if error is None else condition(error, STANZAS)


def error_text(stanza: Element) -> str:
    """Return the words of the service, if it has any."""
    error = stanza.child("error")
    text = None if error is None else error.named("text")
    return "" if text is None else text.text


def stanza_error(stanza: Element) -> StanzaError:
    """Return the error that a refused request raises."""
    return StanzaError(error_condition(stanza), code=error_code(stanza), text=error_text(stanza))


def condition(error: Element, namespace: str) -> str:
    """Return which of the conditions of a namespace an error names."""
    named = (
        child.name
        for child in error.children
        if child.namespace == namespace and child.name != "text"
    )
    return next(named, _UNKNOWN)


def refusal(request: Element) -> Element:
    """Return the answer to a request that we know nothing of."""
    answer = _answer(request, "error")
    unavailable = Element("service-unavailable", STANZAS)
    answer.children.append(Element("error", attributes={"type": "cancel"}, children=[unavailable]))
    return answer


def acceptance(request: Element) -> Element:
    """Return the answer that says yes."""
    return _answer(request, "result")


def _answer(request: Element, kind: str) -> Element:
    attributes = {"type": kind, "id": request.get("id"), "to": request.get("from")}
    return Element("iq", attributes={name: value for name, value in attributes.items() if value})
