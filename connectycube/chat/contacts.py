"""The contact list that older SDKs keep (RFC 6121); newer applications use the address book."""

from typing import Final, Literal

from connectycube.chat.element import Element
from connectycube.chat.jid import Addressing, parts
from connectycube.chat.request import ChatRequest, nothing
from connectycube.errors import InvalidInputError
from connectycube.values import frozen

ROSTER: Final = "jabber:iq:roster"
Subscription = Literal["subscribe", "subscribed", "unsubscribe", "unsubscribed"]
SUBSCRIPTIONS: Final = frozenset({"subscribe", "subscribed", "unsubscribe", "unsubscribed"})


@frozen(kw_only=True)
class Contact:
    """
    Somebody on the contact list.

    Attributes:
        subscription: who sees whose presence: `none`, `to`, `from` or `both`.
        is_asked: whether they have yet to answer.
    """

    user_id: int
    name: str | None = None
    subscription: str = "none"
    is_asked: bool = False


def get(addressing: Addressing) -> ChatRequest:
    """Ask for the list."""
    return ChatRequest("get", Element("query", ROSTER), lambda answer: _read(addressing, answer))


def put(addressing: Addressing, user_id: int, name: str | None) -> ChatRequest:
    """
    Add somebody, or give them another name.

    Raises:
        InvalidInputError: the id or the name is none.
    """
    jid = addressing.user(user_id)
    if name is not None and not isinstance(name, str):
        raise InvalidInputError("the name of a contact is a text")
    # The service's own word for no name at all.
    return _set({"jid": jid, "name": name or parts(jid)[0]})


def remove(addressing: Addressing, user_id: int) -> ChatRequest:
    """
    Take somebody off the list.

    Raises:
        InvalidInputError: the id is none.
    """
    return _set({"jid": addressing.user(user_id), "subscription": "remove"})


def subscription(addressing: Addressing, user_id: int, kind: str) -> Element:
    """
    Ask somebody to be a contact, or answer that.

    Raises:
        InvalidInputError: the id or the kind is none.
    """
    if kind not in SUBSCRIPTIONS:
        raise InvalidInputError(f"a subscription is one of {', '.join(sorted(SUBSCRIPTIONS))}")
    return Element("presence", attributes={"to": addressing.user(user_id), "type": kind})


def _set(item: dict[str, str]) -> ChatRequest:
    return ChatRequest(
        "set", Element("query", ROSTER, children=[Element("item", ROSTER, item)]), nothing
    )


def _read(addressing: Addressing, answer: Element) -> list[Contact]:
    query = answer.child("query", ROSTER) or Element("query")
    found: list[Contact] = []
    for item in query.each("item", ROSTER):
        user_id = addressing.user_id(item.get("jid"))
        if user_id is not None:
            name = item.get("name")
            found.append(
                Contact(
                    user_id=user_id,
                    name=name if name and name != parts(item.get("jid"))[0] else None,
                    subscription=item.get("subscription") or "none",
                    is_asked=item.get("ask") == "subscribe",
                )
            )
    return found
