"""
Privacy lists: whom one hears nothing from.

https://developers.connectycube.com/js/messaging#privacy-black-list
"""

from collections.abc import Iterable
from typing import Final, Literal

import attrs

from connectycube.chat.element import Element
from connectycube.chat.jid import Addressing, parts, user_number
from connectycube.chat.request import ChatRequest, nothing
from connectycube.errors import InvalidInputError
from connectycube.values import frozen

PRIVACY: Final = "jabber:iq:privacy"
# What a one-way block keeps out; without any of these a block works both ways.
_ONE_WAY: Final = ("message", "presence-in", "presence-out", "iq")


@frozen(kw_only=True)
class Block:
    """
    What a list says of one user.

    Attributes:
        is_mutual: whether neither hears of the other; otherwise only they are kept out.
    """

    user_id: int
    action: Literal["deny", "allow"] = "deny"
    is_mutual: bool = False


@frozen(kw_only=True)
class PrivacyList:
    """One list, by its name."""

    name: str
    blocks: list[Block] = attrs.field(factory=list[Block])


@frozen(kw_only=True)
class PrivacyNames:
    """
    Which lists there are.

    Attributes:
        default: the one that holds where no other is chosen.
        active: the one that this device chose.
    """

    names: list[str] = attrs.field(factory=list[str])
    default: str | None = None
    active: str | None = None


def names() -> ChatRequest:
    """Ask which lists there are."""
    return ChatRequest("get", Element("query", PRIVACY), _read_names)


def get(addressing: Addressing, name: str) -> ChatRequest:
    """Ask for one list."""
    return ChatRequest("get", _query(_list(name)), lambda answer: _read(addressing, name, answer))


def put(addressing: Addressing, name: str, blocks: Iterable[Block]) -> ChatRequest:
    """
    Make a list, or put another one in its place.

    Raises:
        InvalidInputError: it blocks nobody, or somebody by no id.
    """
    items = [item for block in blocks for item in _items(addressing, block)]
    if not items:
        raise InvalidInputError("a privacy list needs at least one block; delete it instead")
    for order, item in enumerate(items, 1):
        item.attributes["order"] = str(order)
    return ChatRequest("set", _query(_list(name, items)), nothing)


def delete(name: str) -> ChatRequest:
    """Delete a list."""
    return ChatRequest("set", _query(_list(name)), nothing)


def set_default(name: str | None) -> ChatRequest:
    """Choose the list that holds, or none."""
    chosen = {} if name is None else {"name": _checked(name)}
    return ChatRequest("set", _query(Element("default", PRIVACY, chosen)), nothing)


def _items(addressing: Addressing, block: Block) -> list[Element]:
    # The second one is for what they write in groups.
    values = (addressing.user(block.user_id), f"{addressing.muc}/{block.user_id}")
    if block.action not in {"deny", "allow"}:
        raise InvalidInputError("a block denies or allows")
    kinds = () if block.is_mutual else _ONE_WAY
    return [
        Element(
            "item",
            PRIVACY,
            {"type": "jid", "value": value, "action": block.action},
            [Element(kind, PRIVACY) for kind in kinds],
        )
        for value in values
    ]


def _read_names(answer: Element) -> PrivacyNames:
    query = answer.child("query", PRIVACY) or Element("query")
    default, active = query.child("default", PRIVACY), query.child("active", PRIVACY)
    return PrivacyNames(
        names=[each.get("name") for each in query.each("list", PRIVACY) if each.get("name")],
        default=None if default is None else default.get("name") or None,
        active=None if active is None else active.get("name") or None,
    )


def _read(addressing: Addressing, name: str, answer: Element) -> PrivacyList:
    query = answer.child("query", PRIVACY) or Element("query")
    found = query.child("list", PRIVACY) or Element("list")
    blocks: dict[int, Block] = {}
    for item in found.each("item", PRIVACY):
        # A user has two items; the one for groups counts where it stands alone.
        user_id = addressing.user_id(item.get("value")) or _in_groups(addressing, item.get("value"))
        if item.get("type") == "jid" and user_id is not None and user_id not in blocks:
            blocks[user_id] = Block(
                user_id=user_id,
                action="allow" if item.get("action") == "allow" else "deny",
                is_mutual=not any(child.name in _ONE_WAY for child in item.children),
            )
    return PrivacyList(name=name, blocks=list(blocks.values()))


def _in_groups(addressing: Addressing, value: str) -> int | None:
    local, domain, resource = parts(value)
    return user_number(resource) if not local and domain == addressing.muc.lower() else None


def _query(child: Element) -> Element:
    return Element("query", PRIVACY, children=[child])


def _list(name: str, items: Iterable[Element] = ()) -> Element:
    return Element("list", PRIVACY, {"name": _checked(name)}, list(items))


def _checked(name: object) -> str:
    if not isinstance(name, str) or not name:
        raise InvalidInputError("the name of a privacy list is a non-empty text")
    return name
