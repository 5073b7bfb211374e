"""Messages: from one user to another, or into a room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .chat_records import DialogType, Role
from .xmpp_address import Address
from .xmpp_errors import refuse, unavailable
from .xmpp_extra import completed
from .xmpp_history import Meaning, change, meaning, store
from .xmpp_namespaces import CARBONS, CLIENT, FORWARD
from .xmpp_parcel import Parcel
from .xmpp_xml import Element, make

if TYPE_CHECKING:
    from .chat_records import Dialog
    from .xmpp_hub import Hub
    from .xmpp_session import Session

_MARKS = ("delivered", "read", "edit", "removal")
_NAMING = ("content", "edit", "removal")


def receive_message(hub: Hub, session: Session, stanza: Element) -> None:
    """Pass a message on, and do what it does to the history."""
    if stanza.get("type") == "error":
        return
    to = Address.parse(stanza.get("to") or session.address_of(session.user_id))
    if hub.is_room(to):
        session.look_for_rooms_at(to)
        _into_room(hub, session, stanza, to)
        return
    user_id = None if stanza.get("type") == "groupchat" else to.user_id(hub.app_id)
    if user_id is None or not _may_write(hub, session.user_id, user_id):
        unavailable(session, stanza)
    else:
        _to_user(hub, session, stanza, user_id, to.resource)


def _may_write(hub: Hub, sender_id: int, user_id: int) -> bool:
    is_there = hub.world.user(user_id) is not None
    return is_there and not hub.denies(user_id, sender_id) and not hub.shuns(sender_id, user_id)


def _to_user(hub: Hub, session: Session, stanza: Element, user_id: int, resource: str) -> None:
    what = meaning(stanza)
    dialog = None
    if what == "content" and stanza.get("type") != "headline" and user_id != session.user_id:
        dialog = hub.world.chat.private_dialog(session.user_id, user_id)
        store(hub.world, dialog, session.user_id, stanza)
    elif what in _MARKS and not change(hub.world, session.user_id, stanza, what):
        refuse(session, stanza, "forbidden")
        return
    parcel = _parcel(hub, session, stanza, what, dialog)
    aimed = [one for one in hub.sessions_of(user_id) if resource and one.resource == resource]
    if aimed:
        aimed[0].deliver(parcel)
        if parcel.kind == "chat":
            _copy(hub, "received", parcel, user_id, aimed[0])
    else:
        hub.to_user(parcel, user_id, but=session)
    if parcel.kind == "chat" and user_id != session.user_id:
        _copy(hub, "sent", parcel, user_id, session)


def _into_room(hub: Hub, session: Session, stanza: Element, to: Address) -> None:
    dialog = hub.world.chat.dialog(to.dialog_id(hub.app_id))
    if stanza.get("type") != "groupchat" or to.resource:
        unavailable(session, stanza)
        return
    if dialog is None:
        refuse(session, stanza, "item-not-found")
        return
    what = meaning(stanza)
    may_say = hub.world.settings.groupchat_without_join or dialog.id in session.rooms
    if not may_say:
        refuse(session, stanza, "not-acceptable")
        return
    is_heard_by_all = dialog.type is DialogType.BROADCAST and what not in ("delivered", "read")
    least = Role.ADMIN if is_heard_by_all else Role.MEMBER
    if hub.world.chat.role(dialog, session.user_id) < least:
        refuse(session, stanza, "forbidden")
        return
    if what == "content":
        store(hub.world, dialog, session.user_id, stanza)
    elif what in _MARKS and not change(hub.world, session.user_id, stanza, what):
        refuse(session, stanza, "forbidden")
        return
    hub.to_room(_parcel(hub, session, stanza, what, dialog, through_room=True), dialog)


def _parcel(
    hub: Hub,
    session: Session,
    stanza: Element,
    what: Meaning,
    dialog: Dialog | None,
    *,
    through_room: bool = False,
) -> Parcel:
    children = stanza.children
    if dialog is not None and what in _NAMING:
        added: dict[str, object] = {"dialog_id": dialog.id}
        if what == "content":
            added["date_sent"] = int(hub.world.now().timestamp())
        children = completed(children, **added)
    return Parcel(
        kind=stanza.get("type") or "normal",
        id=stanza.attributes.get("id"),
        sender_id=session.user_id,
        resource=session.resource,
        dialog_id=dialog.id if dialog is not None and through_room else None,
        children=tuple(children),
    )


def _copy(hub: Hub, direction: str, parcel: Parcel, recipient_id: int, but: Session) -> None:
    """Show the other devices of a user what one of them has sent or got (XEP-0280)."""
    for viewer in hub.sessions_of(but.user_id):
        if viewer is but or not viewer.has_carbons:
            continue
        inner = parcel.copy(viewer, recipient_id)
        wrapped = make(direction, CARBONS, None, make("forwarded", FORWARD, None, inner))
        named = {
            "type": parcel.kind,
            "from": viewer.address_of(viewer.user_id),
            "to": viewer.address,
        }
        viewer.send(make("message", CLIENT, named, wrapped))
