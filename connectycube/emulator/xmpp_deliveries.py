"""What goes out over the chat because of a call over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from .chat_records import Delivery, DeliveryKind, DialogType
from .xmpp_extra import attachment, write
from .xmpp_namespaces import CORRECT, DELETE, MARKERS
from .xmpp_parcel import Parcel
from .xmpp_xml import Element, make

if TYPE_CHECKING:
    from .xmpp_hub import Hub

_SYSTEM: Final = "SystemNotifications"
_CALL: Final = "WebRTCVideoChat"


def send_delivery(hub: Hub, delivery: Delivery) -> None:
    """Send to the devices of its recipients what a call has caused."""
    children = _WRITTEN[delivery.kind](hub, delivery)
    if children is None:
        return
    dialog = hub.world.chat.dialog(delivery.dialog_id)
    is_headline = delivery.kind in ("system", "reject")
    in_room = dialog is not None and dialog.type is not DialogType.PRIVATE
    message_id = delivery.message_id if delivery.kind in ("message", "system") else None
    parcel = Parcel(
        kind="headline" if is_headline else "groupchat" if in_room else "chat",
        id=message_id or hub.world.object_id(),
        sender_id=delivery.sender_id,
        dialog_id=dialog.id if dialog is not None and in_room else None,
        children=tuple(children),
    )
    for user_id in delivery.recipients_ids:
        if not hub.denies(user_id, delivery.sender_id, in_room=in_room):
            hub.to_user(parcel, user_id)


def _message(hub: Hub, delivery: Delivery) -> list[Element] | None:
    message = hub.world.chat.message(delivery.message_id or "")
    if message is None:
        return None
    steering = {
        "save_to_history": "1",
        "dialog_id": message.dialog_id,
        "date_sent": str(message.date_sent),
    }
    attached = [attachment(one) for one in message.attachments]
    children = [write({**message.params, **steering}, *attached)]
    if message.text is not None:
        children.insert(0, make("body", None, None, message.text))
    if delivery.params.get("markable"):
        children.append(make("markable", MARKERS))
    return children


def _edit(hub: Hub, delivery: Delivery) -> list[Element] | None:
    message = hub.world.chat.message(delivery.message_id or "")
    dialog = None if message is None else hub.world.chat.dialog(message.dialog_id)
    if message is None or dialog is None:
        return None
    last = hub.world.chat.last_message(dialog)
    named = {"id": message.id, "last": "true" if last is message else "false"}
    body = make("body", None, None, message.text or "")
    return [body, make("replace", CORRECT, named), write({"dialog_id": dialog.id})]


def _removal(_: Hub, delivery: Delivery) -> list[Element]:
    extra = write({"dialog_id": delivery.dialog_id})
    return [make("remove", DELETE, {"id": delivery.message_id}), extra]


def _reaction(_: Hub, delivery: Delivery) -> list[Element]:
    changes = [
        make("reaction", None, {"type": delivery.params[how], how: "true"})
        for how in ("add", "remove")
        if how in delivery.params
    ]
    named = {"user_id": delivery.sender_id, "message_id": delivery.message_id}
    reactions = make("reactions", None, named, *changes)
    return [write({"dialog_id": delivery.dialog_id}), reactions]


def _notice(_: Hub, delivery: Delivery) -> list[Element]:
    return [write({**delivery.params, "moduleIdentifier": _SYSTEM})]


def _reject(_: Hub, delivery: Delivery) -> list[Element]:
    return [write({"moduleIdentifier": _CALL, "signalType": "reject", **delivery.params})]


_WRITTEN: Final[dict[DeliveryKind, Callable[[Hub, Delivery], list[Element] | None]]] = {
    "message": _message,
    "edit": _edit,
    "removal": _removal,
    "reaction": _reaction,
    "system": _notice,
    "reject": _reject,
}
