"""Presence: who is there, and who wants to know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .xmpp_address import Address
from .xmpp_errors import unavailable
from .xmpp_namespaces import CLIENT
from .xmpp_rooms import leave_all, receive_room_presence
from .xmpp_xml import Element, make

if TYPE_CHECKING:
    from .xmpp_hub import Hub
    from .xmpp_session import Session

# What a step does to the contact list: of who takes it, and of the other.
_STEPS: Final = {
    "subscribe": ({"ask": "subscribe"}, {}),
    "subscribed": ({"subscription": "from"}, {"subscription": "to"}),
    "unsubscribe": ({"subscription": "none"}, {"subscription": "none"}),
    "unsubscribed": ({"subscription": "none"}, {"subscription": "none"}),
}


def receive_presence(hub: Hub, session: Session, stanza: Element) -> None:
    """Let a device come or go, here, in a room or on a contact list."""
    if not stanza.get("to"):
        _own(hub, session, stanza)
        return
    to = Address.parse(stanza.get("to"))
    if hub.is_room(to):
        receive_room_presence(hub, session, stanza, to)
    elif stanza.get("type") in _STEPS:
        _subscribe(hub, session, stanza, to)


def _own(hub: Hub, session: Session, stanza: Element) -> None:
    kind = stanza.attributes.get("type")
    if kind == "unavailable":
        leave_all(hub, session)
        hub.vanish(session)
    if kind in (None, "unavailable"):
        named = {
            "type": kind,
            "id": stanza.attributes.get("id"),
            "from": session.address,
            "to": session.address,
        }
        session.send(make("presence", CLIENT, named, *stanza.children))
    if kind is None:
        hub.appear(session)


def _subscribe(hub: Hub, session: Session, stanza: Element, to: Address) -> None:
    user_id = to.user_id(hub.app_id)
    if user_id is None or hub.world.user(user_id) is None:
        unavailable(session, stanza)
        return
    own, others = _STEPS[stanza.get("type")]
    _note(hub, session.user_id, user_id, own)
    _note(hub, user_id, session.user_id, others)
    for other in hub.sessions_of(user_id):
        named = {
            "type": stanza.get("type"),
            "id": stanza.attributes.get("id"),
            "from": other.address_of(session.user_id),
            "to": other.address_of(user_id),
        }
        other.send(make("presence", CLIENT, named))


def _note(hub: Hub, owner_id: int, contact_id: int, change: dict[str, str]) -> None:
    if not change:
        return
    contact = hub.rosters[owner_id].setdefault(contact_id, {"subscription": "none"})
    before, after = contact["subscription"], change.get("subscription")
    contact.update(change)
    if after in ("from", "to") and before not in ("none", after):
        contact["subscription"] = "both"
    if after is not None:
        contact.pop("ask", None)
