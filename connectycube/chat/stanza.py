"""
The messages that we send, as elements.

https://developers.connectycube.com/js/messaging
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from connectycube.chat.element import CLIENT, Element, carried
from connectycube.chat.jid import Addressing
from connectycube.chat.params import EXTRA, written_attachments, written_params
from connectycube.endpoint import checked_id
from connectycube.errors import InvalidInputError
from connectycube.models.message import Attachment
from connectycube.object_id import checked_object_id

MARKERS: Final = "urn:xmpp:chat-markers:0"
CHAT_STATES: Final = "http://jabber.org/protocol/chatstates"
CORRECT: Final = "urn:xmpp:message-correct:0"
DELETE: Final = "urn:xmpp:message-delete:0"
DESTROY: Final = "urn:xmpp:message-destroy-after:0"
MODULE: Final = "moduleIdentifier"
SYSTEM: Final = "SystemNotifications"
CALL: Final = "WebRTCVideoChat"
_SIGNAL_NAMES: Final = frozenset({MODULE, "signalType", "sessionID"})

Target = int | str  # a user's id, or a dialog's


def message(
    addressing: Addressing,
    to: Target,
    message_id: str,
    body: str | None,
    *,
    attachments: Iterable[Attachment | Mapping[str, Any]],
    params: Mapping[str, Any] | None,
    dialog_id: str | None,
    save_to_history: bool,
    markable: bool,
    silent: bool,
    destroy_after: int | None,
) -> Element:
    """
    Return a message.

    Raises:
        InvalidInputError: it goes to nobody, says nothing, or says what cannot be sent.
    """
    extra = [*written_params(params), *written_attachments(attachments)]
    if not extra and not (body and carried(_text(body, "the body"))):
        raise InvalidInputError("a message needs a body, attachments or params")
    if save_to_history and destroy_after is None:  # what destroys itself is not kept
        extra.append(Element("save_to_history", text="1"))
    if silent:
        extra.append(Element("silent", text="1"))
    children = [] if body is None else [Element("body", text=_text(body, "the body"))]
    children += _extra(to, dialog_id, extra)
    if markable:
        children.append(Element("markable", MARKERS))
    if destroy_after is not None:
        children.append(
            Element("destroy", DESTROY, {"after": str(checked_id(destroy_after, "destroy_after"))})
        )
    return _stanza(addressing, to, message_id, children)


def edit(
    addressing: Addressing,
    to: Target,
    message_id: str,
    body: str,
    *,
    is_last: bool,
    params: Mapping[str, Any] | None,
    dialog_id: str | None,
    stanza_id: str,
) -> Element:
    """
    Return another text for a message.

    Raises:
        InvalidInputError: the text is empty, or something cannot be sent.
    """
    if not carried(_text(body, "the body")):
        raise InvalidInputError("the new body must not be empty")
    named = {"id": _checked(message_id), "last": "true" if is_last else "false"}
    children = [Element("body", text=body), Element("replace", CORRECT, named)]
    children += _extra(to, dialog_id, written_params(params))
    return _stanza(addressing, to, stanza_id, children)


def delete(
    addressing: Addressing, to: Target, message_id: str, *, dialog_id: str | None, stanza_id: str
) -> Element:
    """
    Return what takes a message back.

    Raises:
        InvalidInputError: an id is none.
    """
    children = [Element("remove", DELETE, {"id": _checked(message_id)})]
    return _stanza(addressing, to, stanza_id, children + _extra(to, dialog_id, []))


def typing(
    addressing: Addressing, to: Target, *, active: bool, dialog_id: str | None, stanza_id: str
) -> Element:
    """
    Return that we type, or no longer do.

    Raises:
        InvalidInputError: an id is none.
    """
    children = [Element("composing" if active else "paused", CHAT_STATES)]
    if not isinstance(to, str):  # a room says for itself which dialog it is
        children += _extra(to, dialog_id, [])
    return _stanza(addressing, to, stanza_id, children)


def marker(
    addressing: Addressing,
    name: str,
    user_id: int,
    message_id: str,
    *,
    dialog_id: str | None,
    stanza_id: str,
) -> Element:
    """
    Return the mark `received` or `displayed` for whoever sent the message.

    Raises:
        InvalidInputError: an id is none.
    """
    children = [Element(name, MARKERS, {"id": _text(message_id, "the id of a message")})]
    return _stanza(addressing, user_id, stanza_id, children + _extra(user_id, dialog_id, []))


def system(
    addressing: Addressing,
    user_id: int,
    message_id: str,
    params: Mapping[str, Any] | None,
    body: str | None,
) -> Element:
    """
    Return a message from one copy of the application to another.

    Raises:
        InvalidInputError: the user's id is none, or a parameter cannot be sent.
    """
    extra = [Element(MODULE, text=SYSTEM), *written_params(params, taken={MODULE})]
    children = [] if body is None else [Element("body", text=_text(body, "the body"))]
    return _headline(addressing, user_id, message_id, [*children, Element(EXTRA, children=extra)])


def call_signal(
    addressing: Addressing,
    user_id: int,
    message_id: str,
    *,
    signal: str,
    session_id: str,
    params: Mapping[str, Any] | None,
) -> Element:
    """
    Return what one party of a call tells another; lists become repeated elements.

    Raises:
        InvalidInputError: the user's id is none, or a parameter cannot be sent.
    """
    extra = [
        Element(MODULE, text=CALL),
        Element("signalType", text=_text(signal, "the type of a signal")),
        Element("sessionID", text=_text(session_id, "the id of a call")),
        *written_params(params, taken=_SIGNAL_NAMES, deep=True),
    ]
    return _headline(addressing, user_id, message_id, [Element(EXTRA, children=extra)])


def target_jid(addressing: Addressing, to: Target) -> str:
    """
    Return the address of a user, or of a dialog's room.

    Raises:
        InvalidInputError: it is the id of neither.
    """
    if isinstance(to, str):
        return addressing.room(to)
    return addressing.user(to)


def _stanza(addressing: Addressing, to: Target, stanza_id: str, children: list[Element]) -> Element:
    kind = "groupchat" if isinstance(to, str) else "chat"
    attributes = {"to": target_jid(addressing, to), "type": kind, "id": _checked(stanza_id)}
    return Element("message", CLIENT, attributes, children)


def _headline(
    addressing: Addressing, user_id: int, stanza_id: str, children: list[Element]
) -> Element:
    attributes = {"to": addressing.user(user_id), "type": "headline", "id": _checked(stanza_id)}
    return Element("message", CLIENT, attributes, children)


def _extra(to: Target, dialog_id: str | None, members: list[Element]) -> list[Element]:
    """Return the parameters, with the dialog among them; its room is one by its own id."""
    dialog = to if isinstance(to, str) else dialog_id
    if dialog is not None:
        checked = checked_object_id(dialog, "dialog_id")
        members = [*members, Element("dialog_id", text=checked)]
    return [Element(EXTRA, children=members)] if members else []


def _checked(message_id: object) -> str:
    return checked_object_id(message_id, "message_id")


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise InvalidInputError(f"{name} is a text")
    return value
