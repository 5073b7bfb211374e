"""Rooms: who joins, who leaves, who is thrown out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .chat_records import Role
from .xmpp_address import Address
from .xmpp_errors import refuse
from .xmpp_namespaces import CLIENT, MUC_USER
from .xmpp_xml import Element, make

if TYPE_CHECKING:
    from .xmpp_hub import Hub
    from .xmpp_session import Session

_AFFILIATIONS: Final = {
    Role.NONE: "none",
    Role.MEMBER: "member",
    Role.ADMIN: "admin",
    Role.OWNER: "owner",
}
_KICKED: Final = 301
_OWN: Final = 110
_OPEN: Final = 100  # others see whose address an occupant is: it is in the name


def receive_room_presence(hub: Hub, session: Session, stanza: Element, to: Address) -> None:
    """Let a device join a room or leave it."""
    session.look_for_rooms_at(to)
    dialog_id = to.dialog_id(hub.app_id)
    if stanza.get("type") == "unavailable":
        leave(hub, session, dialog_id or "", stanza.attributes.get("id"))
    elif not stanza.get("type"):
        _join(hub, session, stanza, to)


def _join(hub: Hub, session: Session, stanza: Element, to: Address) -> None:
    dialog = hub.world.chat.dialog(to.dialog_id(hub.app_id))
    if dialog is None:
        refuse(session, stanza, "item-not-found", "There is no such room.")
        return
    if hub.world.chat.role(dialog, session.user_id) < Role.MEMBER:
        refuse(session, stanza, "forbidden", "Only members of the dialog may join.")
        return
    if to.resource != str(session.user_id):
        refuse(session, stanza, "not-acceptable", "The nickname is the user's id.")
        return
    there = hub.in_room(dialog.id)
    session.rooms.add(dialog.id)
    for user_id in _distinct(there):
        if user_id != session.user_id:
            session.send(_presence(hub, session, dialog.id, user_id))
    own = _presence(
        hub, session, dialog.id, session.user_id, _OPEN, _OWN, id=stanza.attributes.get("id")
    )
    session.send(own)
    if session.user_id not in _distinct(there):
        for other in there:
            other.send(_presence(hub, other, dialog.id, session.user_id))


def leave(hub: Hub, session: Session, dialog_id: str, stanza_id: str | None = None) -> None:
    """Let a device leave a room; who was not in it is answered the same."""
    was_there = dialog_id in session.rooms
    session.rooms.discard(dialog_id)
    gone = _presence(hub, session, dialog_id, session.user_id, _OWN, id=stanza_id, is_gone=True)
    session.send(gone)
    if was_there:
        _tell(hub, dialog_id, session.user_id)


def leave_all(hub: Hub, session: Session) -> None:
    """Let a device that is going leave its rooms without a word to it."""
    rooms = sorted(session.rooms)
    session.rooms.clear()
    for dialog_id in rooms:
        _tell(hub, dialog_id, session.user_id)


def remove_strangers(hub: Hub, actor_id: int | None) -> None:
    """Throw out of the rooms whoever is not in their dialogs any more."""
    for session in list(hub.sessions):
        for dialog_id in sorted(session.rooms):
            dialog = hub.world.chat.dialog(dialog_id)
            if dialog and hub.world.chat.role(dialog, session.user_id) >= Role.MEMBER:
                continue
            if actor_id == session.user_id:
                leave(hub, session, dialog_id)
                continue
            by = actor_id if actor_id is not None or dialog is None else dialog.owner_id
            session.rooms.discard(dialog_id)
            user_id = session.user_id
            session.send(_presence(hub, session, dialog_id, user_id, _KICKED, by=by, is_gone=True))
            _tell(hub, dialog_id, user_id)


def occupants(hub: Hub, session: Session, dialog_id: str) -> list[str]:
    """Return the addresses of who has joined a room."""
    room = session.room(dialog_id)
    return [f"{room}/{user_id}" for user_id in _distinct(hub.in_room(dialog_id))]


def _tell(hub: Hub, dialog_id: str, user_id: int) -> None:
    """Tell a room that a user has gone, once no device of that user is left in it."""
    there = hub.in_room(dialog_id)
    if user_id not in _distinct(there):
        for other in there:
            other.send(_presence(hub, other, dialog_id, user_id, is_gone=True))


def _presence(
    hub: Hub,
    reader: Session,
    dialog_id: str,
    user_id: int,
    *statuses: int,
    id: str | None = None,  # noqa: A002 - its name on the wire
    by: int | None = None,
    is_gone: bool = False,
) -> Element:
    dialog = hub.world.chat.dialog(dialog_id)
    role = Role.NONE if dialog is None else hub.world.chat.role(dialog, user_id)
    item = make(
        "item",
        None,
        {"affiliation": _AFFILIATIONS[role], "role": "none" if is_gone else "participant"},
    )
    if by is not None:
        item.children.append(make("actor", None, {"jid": reader.address_of(by)}))
    marks = (make("status", None, {"code": code}) for code in statuses)
    named = {
        "type": "unavailable" if is_gone else None,
        "id": id,
        "from": f"{reader.room(dialog_id)}/{user_id}",
        "to": reader.address,
    }
    return make("presence", CLIENT, named, make("x", MUC_USER, None, item, *marks))


def _distinct(sessions: list[Session]) -> list[int]:
    return list(dict.fromkeys(one.user_id for one in sessions))
