"""What slixmpp's stanzas say, in the words of the scripted conversation."""

from typing import Any, Final
from xml.etree import ElementTree as ET

import slixmpp

from tests.chat_script import Heard

CLIENT: Final = "{jabber:client}"
MARKERS: Final = "{urn:xmpp:chat-markers:0}"
STATES: Final = "{http://jabber.org/protocol/chatstates}"
CORRECT: Final = "{urn:xmpp:message-correct:0}"
DELETE: Final = "{urn:xmpp:message-delete:0}"
STEERING: Final = {"attachment", "dialog_id", "save_to_history", "date_sent", "silent"}
STATUSES: Final = {
    f"{MARKERS}received": "delivered",
    f"{MARKERS}displayed": "read",
    f"{CORRECT}replace": "edited",
    f"{DELETE}remove": "deleted",
}


def heard(xml: "ET.Element[str]") -> Heard | None:
    if xml.get("type") == "error":
        error = xml.find(f"{CLIENT}error")
        code = None if error is None else int(error.get("code", "0"))
        return {"kind": "refused", "id": xml.get("id"), "code": code}
    if xml.get("type") == "headline":
        return _headline(xml)
    return _status(xml) or _content(xml)


def _headline(xml: "ET.Element[str]") -> Heard:
    user_id, params = _whose(xml)["user_id"], _params(xml)
    if params.pop("moduleIdentifier", "") == "SystemNotifications":
        told = {"id": xml.get("id"), "body": _body(xml)}
        return {"kind": "system", "user_id": user_id, **told, "params": params}
    named = {"type": params.pop("signalType"), "session_id": params.pop("sessionID")}
    return {"kind": "signal", "user_id": user_id, **named, "params": params}


def _status(xml: "ET.Element[str]") -> Heard | None:
    whose = _whose(xml)
    for state, is_typing in (("composing", True), ("paused", False)):
        if xml.find(STATES + state) is not None:
            return {"kind": "typing", **whose, "is_typing": is_typing}
    for name, kind in STATUSES.items():
        if (found := xml.find(name)) is not None:
            said: Heard = {"kind": kind, "id": found.get("id"), **whose}
            if kind == "edited":
                is_last = found.get("last") == "true"
                said |= {"body": _body(xml), "is_last": is_last, "params": _params(xml)}
            return said
    return None


def _content(xml: "ET.Element[str]") -> Heard | None:
    extra = xml.find(f"{CLIENT}extraParams")
    if extra is None:
        return None
    return {
        "kind": "message",
        "id": xml.get("id"),
        **_whose(xml),
        "is_group": xml.get("type") == "groupchat",
        "is_carbon": False,
        "body": _body(xml),
        "params": _params(xml),
        "attachments": [dict(one.attrib) for one in extra.findall(f"{CLIENT}attachment")],
    }


def _body(xml: "ET.Element[str]") -> str:
    return xml.findtext(f"{CLIENT}body") or ""


def _params(xml: "ET.Element[str]") -> dict[str, Any]:
    """Return what the sender says beside what steers a message."""
    extra = xml.find(f"{CLIENT}extraParams")
    found = _value(extra) if extra is not None and len(extra) else {}
    return {name: value for name, value in found.items() if name not in STEERING}


def _whose(xml: "ET.Element[str]") -> Heard:
    sender = slixmpp.JID(xml.get("from"))
    if sender.domain.startswith("muc."):
        return {"user_id": int(sender.resource), "dialog_id": sender.local.partition("_")[2]}
    dialog_id = xml.findtext(f"{CLIENT}extraParams/{CLIENT}dialog_id")
    return {"user_id": number(str(sender)), "dialog_id": dialog_id}


def number(jid: str) -> int:
    digits = jid.partition("-")[0]
    return int(digits) if digits.isdigit() else 0


def _value(element: "ET.Element[str]") -> Any:
    if not len(element):
        return element.text or ""
    found: dict[str, list[Any]] = {}
    for child in element:
        found.setdefault(child.tag.removeprefix(CLIENT), []).append(_value(child))
    return {name: values if values[1:] else values[0] for name, values in found.items()}
