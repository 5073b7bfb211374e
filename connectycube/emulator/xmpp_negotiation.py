"""How a line becomes a user's device: greeting, password, resource, or resumption."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from .xmpp_acks import Acks
from .xmpp_address import Address
from .xmpp_errors import UNAUTHENTICATED_TEXT, refusal
from .xmpp_namespaces import (
    BIND,
    CLIENT,
    FRAMING,
    MANAGEMENT,
    SASL,
    SESSION,
    STANZA_ERRORS,
    STREAMS,
)
from .xmpp_rooms import leave_all
from .xmpp_session import Session
from .xmpp_xml import Element, StreamFault, make

if TYPE_CHECKING:
    from .xmpp_hub import Hub
    from .xmpp_line import Line

_MOST_PASSWORDS: Final = 3
_LONGEST_RESOURCE: Final = 255
_PARTS: Final = 3


def negotiate(hub: Hub, line: Line, element: Element) -> None:
    """Take the next step of a line on which nobody is bound yet."""
    step = _STEPS.get((line.stage, element.name, element.xmlns or ""))
    if step is not None:
        step(hub, line, element)
    elif element.name == "message" and element.xmlns == CLIENT:
        line.write(refusal(element, "not-authorized", UNAUTHENTICATED_TEXT))
    else:
        raise StreamFault("not-authorized")


def greet(hub: Hub, line: Line, element: Element) -> None:
    """Answer the begin of a stream, for whatever domain was asked."""
    line.domain = Address.parse(element.get("to")).domain or line.domain
    named = {"from": line.domain, "id": hub.world.object_id(), "version": "1.0", "xml:lang": "en"}
    line.write(make("open", FRAMING, named))
    management = make("sm", MANAGEMENT)
    features = make("features", STREAMS)
    if line.stage == "connected":
        line.stage = "greeted"
        offered = (make("mechanism", None, None, name) for name in ("PLAIN", "ANONYMOUS"))
        features.children += [make("mechanisms", SASL, None, *offered), management]
    else:
        line.stage = "ready"
        optional = make("session", SESSION, None, make("optional"))
        features.children += [make("bind", BIND), optional, management]
    line.write(features)


def enable(hub: Hub, session: Session, line: Line, element: Element) -> None:
    """Begin to count, and promise to keep the session where that is wanted."""
    if session.acks is not None:
        line.write(_failed("unexpected-request"))
        return
    wants = element.get("resume") in ("true", "1") and hub.world.settings.sm_resume
    session.acks = Acks(id=hub.world.object_id() if wants else None)
    named = {
        "id": session.acks.id,
        "resume": "true" if wants else None,
        "max": int(hub.world.settings.sm_resume_seconds) if wants else None,
    }
    line.write(make("enabled", MANAGEMENT, named))


def end_session(hub: Hub, session: Session) -> None:
    """Let a device go for good; what nobody has confirmed goes to the user's others, or waits."""
    if session not in hub.sessions:
        return
    hub.remove(session)
    leave_all(hub, session)
    hub.vanish(session)
    session.line = session.lost_at = None
    session.let_go_of_held()
    if session.acks is None or hub.sessions_of(session.user_id):
        return
    for _, parcel in session.acks.unconfirmed:
        if parcel is not None:
            hub.keep(parcel, session.user_id)


def _authenticate(hub: Hub, line: Line, element: Element) -> None:
    condition = _refused(hub, line, element)
    if condition is None:
        line.stage = "authenticated"
        line.write(make("success", SASL))
        return
    line.write(make("failure", SASL, None, make(condition)))
    line.refused += 1
    if line.refused >= _MOST_PASSWORDS:
        raise StreamFault("policy-violation")


def _refused(hub: Hub, line: Line, element: Element) -> str | None:
    if element.get("mechanism") == "ANONYMOUS":
        return "not-authorized"
    if element.get("mechanism") != "PLAIN":
        return "invalid-mechanism"
    try:
        given = base64.b64decode(element.text, validate=True).decode().split("\0")
    except (binascii.Error, ValueError):
        return "incorrect-encoding"
    if len(given) != _PARTS:
        return "not-authorized"
    as_whom, name, password = given
    user_id = Address(name, line.domain).user_id(hub.app_id)
    is_oneself = not as_whom or Address.parse(as_whom).local == name
    is_right = user_id is not None and is_oneself and _opens(hub, user_id, password)
    if not is_right or hub.faults.strikes("refuse_login", user_id):
        return "not-authorized"
    line.user_id = user_id
    return None


def _opens(hub: Hub, user_id: int, password: str) -> bool:
    user = hub.world.user(user_id)
    if user is None or not password:
        return False
    if user.password is not None and user.password == password:
        return True
    session = hub.world.live_session(password, hub.world.now())
    return session is not None and session.user_id == user_id


def _bind(hub: Hub, line: Line, stanza: Element) -> None:
    asked = stanza.child("bind", BIND)
    if stanza.get("type") != "set" or asked is None or line.user_id is None:
        raise StreamFault("not-authorized")
    wanted = asked.child("resource")
    resource = "" if wanted is None else wanted.text.strip()
    if len(resource) > _LONGEST_RESOURCE:
        line.write(refusal(stanza, "bad-request"))
        return
    resource = resource or _resource(hub)
    for other in hub.bound(line.user_id):
        if other.resource == resource:
            old = other.line
            end_session(hub, other)
            if old is not None:
                old.close(StreamFault("conflict"))
    session = Session(
        user_id=line.user_id,
        app_id=hub.app_id,
        domain=line.domain,
        resource=resource,
        line=line,
        faults=hub.faults,
    )
    hub.add(session)
    line.session = session
    line.stage = "bound"
    address = make("jid", None, None, session.address)
    named = {"type": "result", "id": stanza.get("id"), "to": session.address}
    session.send(make("iq", CLIENT, named, make("bind", BIND, None, address)))


def _resource(hub: Hub) -> str:
    """Make up a resource of the form that was seen."""
    number = int(hub.world.object_id()[-6:], 16)
    return f"{int(hub.world.now().timestamp())}-connectycube-{number}"


def _resume(hub: Hub, line: Line, element: Element) -> None:
    user_id, previous = line.user_id or 0, element.get("previd")
    known = (one for one in hub.bound(user_id) if one.acks is not None and one.acks.id == previous)
    session = next(known, None)
    if session is None or session.acks is None or not hub.world.settings.sm_resume:
        line.write(_failed("item-not-found"))
        return
    acks, old = session.acks, session.line
    if hub.faults.strikes("refuse_resumption", user_id):
        end_session(hub, session)
        if old is not None:
            old.close(StreamFault("conflict"))
        line.write(_failed("item-not-found", h=acks.received))
        return
    if old is not None:
        old.close(StreamFault("conflict"))
    session.line, session.lost_at = line, None
    acks.has_asked, acks.asks_since = False, None
    line.session, line.stage = session, "bound"
    line.write(make("resumed", MANAGEMENT, {"previd": acks.id, "h": acks.received}))
    acks.confirm(element.get("h"))
    for stanza, _ in acks.unconfirmed:
        line.write(stanza)


def _early_enable(_: Hub, line: Line, __: Element) -> None:
    line.write(_failed("unexpected-request"))


def _again(_: Hub, __: Line, ___: Element) -> None:
    raise StreamFault("invalid-xml")


def _failed(condition: str, *, h: int | None = None) -> Element:
    return make("failed", MANAGEMENT, {"h": h}, make(condition, STANZA_ERRORS))


_STEPS: Final[dict[tuple[str, str, str], Callable[[Hub, Line, Element], None]]] = {
    ("connected", "open", FRAMING): greet,
    ("greeted", "auth", SASL): _authenticate,
    ("authenticated", "open", FRAMING): greet,
    ("greeted", "open", FRAMING): _again,
    ("ready", "open", FRAMING): _again,
    ("ready", "iq", CLIENT): _bind,
    ("ready", "resume", MANAGEMENT): _resume,
    ("ready", "enable", MANAGEMENT): _early_enable,
}
