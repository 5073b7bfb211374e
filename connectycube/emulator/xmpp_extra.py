"""The parameters that ride on a message: `extraParams`, both ways."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from .xmpp_namespaces import CLIENT
from .xmpp_xml import Element, is_name, make

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

EXTRA: Final = "extraParams"
_STEERING: Final = ("attachment", "save_to_history", "date_sent", "dialog_id", "silent")
_MILLISECONDS: Final = 1e12  # a moment past this cannot be in seconds
_LATEST: Final = 253_402_300_799  # the last second that a date can show


def value(extra: Element | None, name: str) -> str | None:
    """Return one parameter's text."""
    found = None if extra is None else extra.child(name)
    return None if found is None else found.text


def custom(extra: Element | None) -> dict[str, Any]:
    """Return the sender's own parameters, nested where they were."""
    given = [] if extra is None else extra.elements
    return {one.name: _read(one) for one in given if one.name not in _STEERING}


def attachments(extra: Element | None) -> list[dict[str, Any]]:
    """Return what is attached."""
    return [] if extra is None else [dict(one.attributes) for one in extra.all("attachment")]


def date_sent(extra: Element | None) -> int | None:
    """Return when a message was sent, as its sender says; some say it in milliseconds."""
    try:
        moment = float(value(extra, "date_sent") or "")
    except ValueError:
        return None
    if moment > _MILLISECONDS:
        moment /= 1000
    return int(moment) if 0 < moment <= _LATEST else None


def completed(children: Iterable[Element | str], **missing: object) -> list[Element | str]:
    """Return a message's children with the parameters that the service adds where they lack."""
    kept = [one for one in children if isinstance(one, str) or one.name != EXTRA]
    extra = next((one for one in children if isinstance(one, Element) and one.name == EXTRA), None)
    own = [] if extra is None else list(extra.children)
    named = {one.name for one in own if isinstance(one, Element)}
    own += [
        make(name, None, None, str(what)) for name, what in missing.items() if name not in named
    ]
    return [*kept, Element(EXTRA, CLIENT, {}, own)]


def write(params: Mapping[str, Any], *before: Element) -> Element:
    """Make the parameters of a message; names that no element may have are left out."""
    return make(EXTRA, CLIENT, None, *before, *_written(params))


def attachment(what: Mapping[str, Any]) -> Element:
    """Make an attachment, whose data are all attributes."""
    named = {key: _text(one) for key, one in what.items() if is_name(key) and one is not None}
    return make("attachment", None, named)


def _written(params: Mapping[str, Any]) -> list[Element]:
    return [
        _write(name, what) for name, what in params.items() if is_name(name) and what is not None
    ]


def _write(name: str, what: Any) -> Element:
    if isinstance(what, dict):
        return make(name, None, None, *_written(what))
    return make(name, None, None, _text(what))


def _text(what: Any) -> str:
    return what if isinstance(what, str) else json.dumps(what)


def _read(element: Element) -> Any:
    inner = element.elements
    return {one.name: _read(one) for one in inner} if inner else element.text
