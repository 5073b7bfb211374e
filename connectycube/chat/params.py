"""
The parameters of a message, which stand in its element `extraParams`, both ways.

https://developers.connectycube.com/js/messaging
"""

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import unquote

import attrs

from connectycube.chat.element import CLIENT, Element, checked_name
from connectycube.errors import InvalidInputError
from connectycube.models.message import Attachment, attachment_members

EXTRA: Final = "extraParams"
_OWN_NAMES: Final = frozenset({"attachment", "date_sent", "dialog_id", "save_to_history", "silent"})
_WIRE: Final = {
    field.metadata.get("wire", field.name): field.name
    for field in attrs.fields(Attachment)
    if field.name != "extra"
}
_WHOLE: Final = frozenset({"size", "width", "height"})
_FRACTION: Final = frozenset({"duration", "latitude", "longitude"})
_MILLISECONDS: Final = 1e12  # seconds that large are no date, so it is what they are


def written_params(
    params: Mapping[str, Any] | None, *, taken: Iterable[str] = _OWN_NAMES, deep: bool = False
) -> list[Element]:
    """
    Spell parameters as elements.

    Args:
        taken: names that are not the application's to use.
        deep: whether lists and mappings may stand within a mapping, as call signals have them.

    Raises:
        InvalidInputError: a name is none in XML or is taken, or a value is no text, number,
            flag, or mapping of these.
    """
    if params is None:
        return []
    if not isinstance(params, Mapping):
        raise InvalidInputError("params is a mapping of names to values")
    if not frozenset(taken).isdisjoint(params):
        not_ours = min(set(taken) & set(params))
        raise InvalidInputError(f"{not_ours} is the service's own name, so no parameter's")
    return _members(params, levels=4 if deep else 1, lists=deep)


def read_params(extra: Element, *, taken: Iterable[str] = _OWN_NAMES) -> dict[str, Any]:
    """Read parameters but for those taken: a text each, mappings where nested, lists of equals."""
    return _read([child for child in extra.children if child.name not in taken])


def written_attachments(
    attachments: Iterable[Attachment | Mapping[str, Any]],
) -> list[Element]:
    """
    Spell attachments, all their data in attributes.

    Raises:
        InvalidInputError: one is none, holds nothing, or holds what an attribute cannot.
    """
    if attachments == ():
        return []
    if isinstance(attachments, str | bytes | Mapping) or not isinstance(attachments, Iterable):
        raise InvalidInputError("attachments are a list")
    return [_attachment(attachment) for attachment in attachments]


def read_attachments(extra: Element) -> list[Attachment]:
    """Read what a message brings along; what came in an odd form stands in `extra`."""
    return [
        _read_attachment(element.attributes)
        for element in extra.children
        if element.name == "attachment" and element.namespace == CLIENT
    ]


def read_date(text: str | None) -> datetime | None:
    """Read seconds since 1970, or milliseconds where they can only be that."""
    try:
        seconds = float(text or "")
        if seconds > _MILLISECONDS:
            seconds /= 1000
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def read_stamp(text: str) -> datetime | None:
    """Read a date as XMPP itself writes it (XEP-0082); one without a zone says nothing."""
    try:
        stamp = datetime.fromisoformat(text)
        return None if stamp.tzinfo is None else stamp.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def scalar(value: object, name: str) -> str:
    """
    Return a value as a parameter's text.

    Raises:
        InvalidInputError: it is no text, number or flag.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        try:
            return str(value)
        except ValueError:  # thousands of digits
            pass
    raise InvalidInputError(f"{name} must be a text, a number or a flag")


def _members(params: Mapping[Any, Any], *, levels: int, lists: bool) -> list[Element]:
    found: list[Element] = []
    for name, value in params.items():
        if not isinstance(name, str):
            raise InvalidInputError("the name of a parameter is a text")
        checked_name(name)
        values = value if lists and isinstance(value, list | tuple) else [value]
        found += [_member(name, each, levels=levels, lists=lists) for each in values]
    return found


def _member(name: str, value: object, *, levels: int, lists: bool) -> Element:
    if not isinstance(value, str) and isinstance(value, Mapping) and levels:
        return Element(name, children=_members(value, levels=levels - 1, lists=lists))
    return Element(name, text=scalar(value, name))


def _read(elements: Iterable[Element]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    repeated: set[str] = set()
    for element in elements:
        name = element.name
        value = _read(element.children) if element.children else element.text
        if name in repeated:
            members[name].append(value)
        elif name in members:
            members[name] = [members[name], value]
            repeated.add(name)
        else:
            members[name] = value
    return members


def _attachment(attachment: Attachment | Mapping[str, Any]) -> Element:
    members = attachment_members(attachment)
    for name in members:
        if not isinstance(name, str):
            raise InvalidInputError("the name of an attachment's member is a text")
        checked_name(name)
    attributes = {name: scalar(value, name) for name, value in members.items() if value is not None}
    return Element("attachment", CLIENT, attributes)


def _read_attachment(attributes: Mapping[str, str]) -> Attachment:
    known: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    for wire, text in attributes.items():
        name = _WIRE.get(wire)
        value = None if name is None else _typed(wire, text)
        if name is None or value is None:
            extra[wire] = text
        else:
            known[name] = value
    return Attachment(**known, extra=extra)


def _typed(wire: str, text: str) -> str | float | None:
    if wire == "data" and text[:3].upper() == "%7B":
        return unquote(text)  # as another SDK spells JSON
    if wire not in _WHOLE and wire not in _FRACTION:
        return text
    try:
        value = float(text)
        if not math.isfinite(value):
            return None
        return value if wire in _FRACTION else int(value)
    except ValueError:
        return None
