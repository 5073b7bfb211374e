"""Stanzas that say no."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .xmpp_namespaces import CLIENT, STANZA_ERRORS
from .xmpp_xml import Element, make

if TYPE_CHECKING:
    from .xmpp_session import Session

UNAVAILABLE_TEXT: Final = "Service not available."
UNAUTHENTICATED_TEXT: Final = "You must authenticate session first"

_MEANING: Final = {
    "bad-request": ("modify", 400),
    "not-authorized": ("auth", 401),
    "forbidden": ("auth", 403),
    "item-not-found": ("cancel", 404),
    "not-acceptable": ("modify", 406),
    "conflict": ("cancel", 409),
    "service-unavailable": ("cancel", 503),
}


def refusal(
    stanza: Element, condition: str, text: str | None = None, *, to: str | None = None
) -> Element:
    """Return the error that answers a stanza; the older number stands beside the condition."""
    kind, code = _MEANING[condition]
    error = make("error", None, {"code": code, "type": kind}, make(condition, STANZA_ERRORS))
    if text is not None:
        error.children.append(make("text", STANZA_ERRORS, None, text))
    named = {
        "type": "error",
        "id": stanza.attributes.get("id"),
        "from": stanza.attributes.get("to"),
        "to": to,
    }
    return make(stanza.name, CLIENT, named, error)


def refuse(session: Session, stanza: Element, condition: str, text: str | None = None) -> None:
    """Tell a client that its stanza is refused; an error is never answered."""
    if stanza.get("type") != "error":
        session.send(refusal(stanza, condition, text, to=session.address))


def unavailable(session: Session, stanza: Element) -> None:
    """Tell a client, in the contract's words, that nobody takes its stanza."""
    refuse(session, stanza, "service-unavailable", UNAVAILABLE_TEXT)
