"""
What a message of the service means, as an event.

Anybody can send us a stanza, so whose word it is comes from its address alone, which the service
vouches for: a user's own, or a room's with the user behind.
"""

from collections.abc import Callable
from typing import Final

import attrs

from connectycube.chat.element import Element
from connectycube.chat.events import (
    CallSignal,
    ChatEvent,
    ChatMessage,
    Delivered,
    MessageDeleted,
    MessageEdited,
    MessageReceived,
    MessageRefused,
    ReactionChanged,
    Read,
    SystemMessage,
    Typing,
)
from connectycube.chat.jid import Addressing, bare, number, parts, user_number
from connectycube.chat.params import EXTRA, read_attachments, read_date, read_params, read_stamp
from connectycube.chat.stanza import (
    CALL,
    CHAT_STATES,
    CORRECT,
    DELETE,
    DESTROY,
    MARKERS,
    MODULE,
    SYSTEM,
)
from connectycube.chat.stanza_error import error_code, error_condition, error_text
from connectycube.object_id import is_object_id

CARBONS: Final = "urn:xmpp:carbons:2"
FORWARD: Final = "urn:xmpp:forward:0"
_DELAY: Final = "urn:xmpp:delay"
_MUC_USER: Final = "http://jabber.org/protocol/muc#user"
_LONGEST_ID: Final = 1000
_NOTHING: Final = Element(EXTRA)
# What most messages hold nothing else than: of the rest there is a lot to be asked.
_USUAL: Final = frozenset({"body", EXTRA, "markable", "delay", "origin-id", "stanza-id"})


@attrs.define(kw_only=True, eq=False, repr=False)
class _Said:
    """A message of which is known whose it is."""

    stanza: Element
    extra: Element
    user_id: int
    dialog_id: str | None
    is_group: bool
    is_carbon: bool
    to: str
    is_usual: bool


def read_message(stanza: Element, addressing: Addressing, *, own_jid: str) -> ChatEvent | None:
    """Return what a message means, or `None` where it is nothing to an application."""
    is_usual = _USUAL.issuperset([child.name for child in stanza.children])
    if not is_usual and (wrapper := _wrapper(stanza)) is not None:
        copy = _copied(stanza, wrapper, own_jid)
        said = None if copy is None else _said(copy, addressing, is_carbon=True)
        return None if said is None else _meaning(said, addressing)
    if stanza.get("from") == own_jid:
        return None  # what this very device sent to its own user
    if stanza.get("type") == "error":
        return _refused(stanza, addressing)
    if not is_usual and (reactions := stanza.named("reactions")) is not None:
        return _reaction(stanza, reactions, addressing, own_jid)
    said = _said(stanza, addressing, is_usual=is_usual)
    return None if said is None else _meaning(said, addressing)


def _wrapper(stanza: Element) -> Element | None:
    return stanza.child("sent", CARBONS) or stanza.child("received", CARBONS)


def _copied(stanza: Element, wrapper: Element, own_jid: str) -> Element | None:
    """Return the message within, if it is the service that copied it for us."""
    # Anybody can wrap a message up as a copy; our own account is whose copies we take.
    if bare(stanza.get("from") or own_jid) != bare(own_jid):
        return None
    forwarded = wrapper.child("forwarded", FORWARD)
    copy = None if forwarded is None else forwarded.child("message")
    # What rooms send comes by itself to every device.
    if copy is None or copy.get("type") in {"groupchat", "error"} or _wrapper(copy) is not None:
        return None
    return copy


def _meaning(said: _Said, addressing: Addressing) -> ChatEvent | None:
    stanza = said.stanza
    if stanza.get("type") == "headline":
        return _headline(said)
    if said.is_usual:
        return _content(said, addressing)
    for namespace, name, read in _STATUSES:
        if (status := stanza.child(name, namespace)) is not None and status.get("id"):
            return read(said, status)
    if (content := _content(said, addressing)) is not None:
        return content
    state = stanza.child("composing", CHAT_STATES) or stanza.child("paused", CHAT_STATES)
    return None if state is None else _typing(said, state)


def _refused(stanza: Element, addressing: Addressing) -> ChatEvent | None:
    if not stanza.get("id"):
        return None
    return MessageRefused(
        message_id=stanza.get("id"),
        code=error_code(stanza),
        condition=error_condition(stanza),
        text=error_text(stanza),
        user_id=addressing.user_id(stanza.get("from")),
        dialog_id=addressing.dialog_id(stanza.get("from")),
    )


def _reaction(
    stanza: Element, reactions: Element, addressing: Addressing, own_jid: str
) -> ChatEvent | None:
    user_id, message_id = user_number(reactions.get("user_id")), reactions.get("message_id")
    sender = stanza.get("from")
    room = addressing.dialog_id(sender)
    said_by = addressing.user_id(sender) if room is None else addressing.occupant_id(sender)
    # The service tells of reactions, users cannot: one who does may speak of himself alone.
    is_service = (
        not sender
        or sender in {addressing.domain, bare(own_jid)}
        or (room is not None and not parts(sender)[2])
    )
    if user_id is None or not message_id or not (is_service or said_by == user_id):
        return None
    extra = stanza.child(EXTRA) or _NOTHING
    told = [each for each in reactions.children if each.name == "reaction" and each.get("type")]
    return ReactionChanged(
        message_id=message_id,
        user_id=user_id,
        dialog_id=room or _dialog_id(extra),
        added=[each.get("type") for each in told if each.get("add") == "true"],
        removed=[each.get("type") for each in told if each.get("remove") == "true"],
    )


def _said(
    stanza: Element, addressing: Addressing, *, is_carbon: bool = False, is_usual: bool = False
) -> _Said | None:
    extra = stanza.child(EXTRA) or _NOTHING
    sender = stanza.get("from")
    is_group = stanza.get("type") == "groupchat"
    if is_group:
        dialog_id, user_id = addressing.dialog_id(sender), addressing.occupant_id(sender)
        if dialog_id is None:
            return None
    else:
        dialog_id, user_id = _dialog_id(extra), addressing.user_id(sender)
    if user_id is None:
        return None
    return _Said(
        stanza=stanza,
        extra=extra,
        user_id=user_id,
        dialog_id=dialog_id,
        is_group=is_group,
        is_carbon=is_carbon,
        to=stanza.get("to"),
        is_usual=is_usual,
    )


def _dialog_id(extra: Element) -> str | None:
    told = extra.text_of("dialog_id")
    return told if is_object_id(told) else None


def _id(stanza: Element) -> str:
    """Return a message's id; what is too long to be answered is none."""
    told = stanza.get("id")
    return told if len(told) <= _LONGEST_ID else ""


def _content(said: _Said, addressing: Addressing) -> ChatEvent | None:
    stanza, extra = said.stanza, said.extra
    body = stanza.text_of("body")
    invited = None if said.is_usual else stanza.child("x", _MUC_USER)
    if invited is not None and invited.child("invite", _MUC_USER) is not None:
        return None
    if body is None and not any(child.name != "dialog_id" for child in extra.children):
        return None  # a room's subject, a state of another client, and the like
    delay = stanza.child("delay", _DELAY)
    kept_since = None if delay is None else read_stamp(delay.get("stamp"))
    destroy = None if said.is_usual else stanza.child("destroy", DESTROY)
    message = ChatMessage(
        id=_id(stanza),
        sender_id=said.user_id,
        recipient_id=None if said.is_group else addressing.user_id(said.to),
        dialog_id=said.dialog_id,
        is_group=said.is_group,
        body=body or "",
        attachments=read_attachments(extra),
        params=read_params(extra),
        sent_at=read_date(extra.text_of("date_sent")) or kept_since,
        is_carbon=said.is_carbon,
        is_delayed=delay is not None,
        is_markable=stanza.child("markable", MARKERS) is not None,
        destroy_after=None if destroy is None else number(destroy.get("after")),
    )
    return MessageReceived(message=message)


def _headline(said: _Said) -> ChatEvent | None:
    params = read_params(said.extra, taken=())
    module = params.pop(MODULE, None)
    is_delayed = said.stanza.child("delay", _DELAY) is not None
    if module == SYSTEM:
        return SystemMessage(
            user_id=said.user_id,
            message_id=said.stanza.get("id"),
            body=said.stanza.text_of("body") or "",
            params=params,
            is_delayed=is_delayed,
        )
    signal, session = params.pop("signalType", None), params.pop("sessionID", "")
    # A call that rang while we were away is over.
    if module != CALL or is_delayed or not (isinstance(signal, str) and isinstance(session, str)):
        return None
    return CallSignal(user_id=said.user_id, type=signal, session_id=session, params=params)


def _typing(said: _Said, status: Element) -> ChatEvent:
    return Typing(
        user_id=said.user_id,
        dialog_id=said.dialog_id,
        is_typing=status.name == "composing",
        is_carbon=said.is_carbon,
    )


def _mark(said: _Said, status: Element) -> ChatEvent:
    kind = Delivered if status.name == "received" else Read
    return kind(
        message_id=status.get("id"),
        user_id=said.user_id,
        dialog_id=said.dialog_id,
        is_carbon=said.is_carbon,
    )


def _edited(said: _Said, status: Element) -> ChatEvent:
    return MessageEdited(
        message_id=status.get("id"),
        user_id=said.user_id,
        dialog_id=said.dialog_id,
        body=said.stanza.text_of("body") or "",
        is_last=status.get("last") == "true",
        params=read_params(said.extra),
        is_carbon=said.is_carbon,
    )


def _deleted(said: _Said, status: Element) -> ChatEvent:
    return MessageDeleted(
        message_id=status.get("id"),
        user_id=said.user_id,
        dialog_id=said.dialog_id,
        is_carbon=said.is_carbon,
    )


_STATUSES: Final[tuple[tuple[str, str, Callable[[_Said, Element], ChatEvent]], ...]] = (
    (CORRECT, "replace", _edited),
    (DELETE, "remove", _deleted),
    (MARKERS, "received", _mark),
    (MARKERS, "displayed", _mark),
)
