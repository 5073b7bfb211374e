"""Requests over the chat (iq), each with how its answer is read."""

from collections.abc import Callable
from typing import Any, Final, Literal

from connectycube.chat.element import Element
from connectycube.chat.jid import Addressing, number, parts, user_number
from connectycube.values import frozen

LAST: Final = "jabber:iq:last"
PING: Final = "urn:xmpp:ping"
ITEMS: Final = "http://jabber.org/protocol/disco#items"
_STREAMING: Final = "https://connectycube.com/protocol/status_streaming"
_MOBILE: Final = "http://tigase.org/protocol/mobile#v2"


class UnreadableAnswerError(Exception):
    """An answer says yes, and not what was asked."""


def nothing(_answer: Element) -> None:
    """Read an answer that says no more than yes."""


@frozen
class ChatRequest:
    """
    One request.

    Attributes:
        read: turns an answer that says yes into its value; may raise `UnreadableAnswerError`.
        to: whom it asks; nobody is one's own account.
    """

    type: Literal["get", "set"]
    payload: Element
    read: Callable[[Element], Any]
    to: str | None = None

    def element(self, request_id: str) -> Element:
        attributes = {"type": self.type, "id": request_id}
        if self.to is not None:
            attributes["to"] = self.to
        return Element("iq", attributes=attributes, children=[self.payload])


def ping(addressing: Addressing) -> ChatRequest:
    return ChatRequest("get", Element("ping", PING), nothing, addressing.domain)


def occupants(addressing: Addressing, dialog_id: str) -> ChatRequest:
    """Ask who is in a room now."""
    room = addressing.room(dialog_id)
    return ChatRequest("get", Element("query", ITEMS), _read_occupants, room)


def last_activity(addressing: Addressing, user_id: int) -> ChatRequest:
    """Ask how long ago somebody was last active."""
    return ChatRequest("get", Element("query", LAST), _read_seconds, addressing.user(user_id))


def watch_last_activity(addressing: Addressing, user_id: int, *, enable: bool) -> ChatRequest:
    """Ask to be told of somebody's activity, or no longer."""
    attributes = {"user_jid": addressing.user(user_id), "enable": "true" if enable else "false"}
    return ChatRequest("set", Element("subscribe", _STREAMING, attributes), nothing)


def set_active(*, active: bool) -> ChatRequest:
    """Say whether the user is looking; one who is not gets push notifications all the same."""
    attributes = {"enable": "false" if active else "true"}
    return ChatRequest("set", Element("mobile", _MOBILE, attributes), nothing)


def told_seconds(answer: Element) -> int | None:
    """Return how long ago somebody was active, where this says so."""
    query = answer.named("query")
    return None if query is None else number(query.get("seconds"))


def _read_seconds(answer: Element) -> int:
    seconds = told_seconds(answer)
    if seconds is None:
        raise UnreadableAnswerError("the answer tells no seconds")
    return seconds


def _read_occupants(answer: Element) -> list[int]:
    query = answer.child("query", ITEMS) or Element("query")
    found = (user_number(parts(item.get("jid"))[2]) for item in query.each("item", ITEMS))
    return list(dict.fromkeys(each for each in found if each is not None))
