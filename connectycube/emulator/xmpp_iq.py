"""Requests of a client, and their answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from .chat_records import Role
from .xmpp_address import Address
from .xmpp_errors import refuse, unavailable
from .xmpp_namespaces import (
    CARBONS,
    CLIENT,
    DISCO_INFO,
    DISCO_ITEMS,
    LAST,
    MANAGEMENT,
    MOBILE,
    MUC,
    PING,
    PRIVACY,
    ROSTER,
    SESSION,
    STATUS,
)
from .xmpp_privacy import PrivacyError, read_privacy, write_privacy
from .xmpp_rooms import occupants
from .xmpp_xml import Element, make

if TYPE_CHECKING:
    from .xmpp_hub import Hub
    from .xmpp_session import Session


class _Refusal(Exception):  # noqa: N818 - an answer, no failure
    """Say no: the condition of a stanza error."""


Handler = Callable[["Hub", "Session", Element, Address], Element | None]


def receive_iq(hub: Hub, session: Session, stanza: Element) -> None:
    """Answer a request; an answer to one of ours is counted."""
    kind = stanza.get("type")
    if kind in ("result", "error"):
        session.pongs += 1
        return
    asked = stanza.elements
    if kind not in ("get", "set") or len(asked) != 1 or not stanza.get("id"):
        refuse(session, stanza, "bad-request")
        return
    handler = _HANDLERS.get((kind, asked[0].name, asked[0].xmlns or ""))
    if handler is None:
        unavailable(session, stanza)
        return
    to = Address.parse(stanza.get("to") or session.domain)
    if hub.is_room(to):
        session.look_for_rooms_at(to)
    try:
        answer = handler(hub, session, asked[0], to)
    except (_Refusal, PrivacyError) as no:
        refuse(session, stanza, str(no))
        return
    named = {
        "type": "result",
        "id": stanza.get("id"),
        "from": stanza.get("to") or session.address_of(session.user_id),
        "to": session.address,
    }
    session.send(make("iq", CLIENT, named, *([] if answer is None else [answer])))


def _nothing(_: Hub, __: Session, ___: Element, ____: Address) -> None:
    pass


def _ping(hub: Hub, session: Session, _: Element, to: Address) -> None:
    if to.local and to.bare != session.address_of(session.user_id) and not hub.is_room(to):
        raise _Refusal("service-unavailable")


def _carbons_on(_: Hub, session: Session, __: Element, ___: Address) -> None:
    session.has_carbons = True


def _carbons_off(_: Hub, session: Session, __: Element, ___: Address) -> None:
    session.has_carbons = False


def _info(hub: Hub, session: Session, _: Element, to: Address) -> Element:
    if hub.is_room(to):
        dialog = hub.world.chat.dialog(to.dialog_id(hub.app_id))
        if dialog is None:
            raise _Refusal("item-not-found")
        kind, name, features = ("conference", "text"), dialog.name, [MUC]
    elif to.domain.startswith("muc."):
        kind, name, features = ("conference", "text"), "rooms", [MUC]
    elif to.local and to.bare != session.address_of(session.user_id):
        raise _Refusal("service-unavailable")
    else:
        kind, name = ("server", "im"), "connectycube-emulator"
        features = [CARBONS, LAST, MANAGEMENT, MOBILE, PING, PRIVACY, STATUS]
    identity = make("identity", None, {"category": kind[0], "type": kind[1], "name": name})
    found = (make("feature", None, {"var": one}) for one in (DISCO_INFO, DISCO_ITEMS, *features))
    return make("query", DISCO_INFO, None, identity, *found)


def _items(hub: Hub, session: Session, _: Element, to: Address) -> Element:
    if not hub.is_room(to):
        is_service = not to.local and not to.domain.startswith("muc.")
        found = [f"muc.{to.domain}"] if is_service else []
    else:
        dialog = hub.world.chat.dialog(to.dialog_id(hub.app_id))
        if dialog is None:
            raise _Refusal("item-not-found")
        if hub.world.chat.role(dialog, session.user_id) < Role.MEMBER:
            raise _Refusal("forbidden")
        found = occupants(hub, session, dialog.id)
    items = (
        make("item", None, {"jid": one, "name": one.partition("/")[2] or None}) for one in found
    )
    return make("query", DISCO_ITEMS, None, *items)


def _last(hub: Hub, session: Session, _: Element, to: Address) -> Element:
    user_id = to.user_id(hub.app_id)
    if user_id is None or hub.world.user(user_id) is None:
        raise _Refusal("item-not-found")
    if hub.denies(user_id, session.user_id):
        raise _Refusal("service-unavailable")
    return make("query", LAST, {"seconds": hub.idle_seconds(user_id)})


def _watch(hub: Hub, session: Session, asked: Element, _: Address) -> None:
    user_id = Address.parse(_given(asked, "user_jid")).user_id(hub.app_id)
    if user_id is None or hub.world.user(user_id) is None:
        raise _Refusal("item-not-found")
    if _given(asked, "enable") == "true":
        session.watched.add(user_id)
    else:
        session.watched.discard(user_id)


def _mobile(_: Hub, session: Session, asked: Element, __: Address) -> None:
    session.is_inactive = _given(asked, "enable") == "true"


def _given(asked: Element, name: str) -> str:
    child = asked.child(name)
    return asked.get(name) if child is None else child.text


def _contacts(hub: Hub, session: Session, _: Element, __: Address) -> Element:
    items = (
        make("item", None, {"jid": session.address_of(user_id), **contact})
        for user_id, contact in hub.rosters[session.user_id].items()
    )
    return make("query", ROSTER, None, *items)


def _change_contact(hub: Hub, session: Session, asked: Element, _: Address) -> None:
    item = asked.child("item")
    user_id = None if item is None else Address.parse(item.get("jid")).user_id(hub.app_id)
    if item is None or user_id is None:
        raise _Refusal("bad-request")
    contacts = hub.rosters[session.user_id]
    if item.get("subscription") == "remove":
        if contacts.pop(user_id, None) is None:
            raise _Refusal("item-not-found")
        return
    contact = contacts.setdefault(user_id, {"subscription": "none"})
    contact["name"] = item.get("name")


def _read_privacy(hub: Hub, session: Session, asked: Element, _: Address) -> Element:
    return read_privacy(hub, session, asked)


def _write_privacy(hub: Hub, session: Session, asked: Element, _: Address) -> None:
    write_privacy(hub, session, asked)


_HANDLERS: Final[dict[tuple[str, str, str], Handler]] = {
    ("get", "ping", PING): _ping,
    ("set", "session", SESSION): _nothing,
    ("set", "enable", CARBONS): _carbons_on,
    ("set", "disable", CARBONS): _carbons_off,
    ("get", "query", DISCO_INFO): _info,
    ("get", "query", DISCO_ITEMS): _items,
    ("get", "query", LAST): _last,
    ("set", "subscribe", STATUS): _watch,
    ("set", "mobile", MOBILE): _mobile,
    ("get", "query", ROSTER): _contacts,
    ("set", "query", ROSTER): _change_contact,
    ("get", "query", PRIVACY): _read_privacy,
    ("set", "query", PRIVACY): _write_privacy,
}
