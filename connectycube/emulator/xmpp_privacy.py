"""Privacy lists (XEP-0016): who does not want to hear from whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from .xmpp_address import Address
from .xmpp_namespaces import PRIVACY
from .xmpp_xml import Element, make

if TYPE_CHECKING:
    from .xmpp_hub import Hub
    from .xmpp_session import Session

_KINDS: Final = ("message", "presence-in", "presence-out", "iq")


class PrivacyError(Exception):
    """Say why a list is not read or written: the condition of a stanza error."""


@attrs.frozen(kw_only=True)
class Item:
    """Keep one rule of a list."""

    value: str
    is_denial: bool
    order: int
    kinds: tuple[str, ...]
    """None at all: everything, in both directions."""

    @classmethod
    def read(cls, element: Element) -> Item:
        """Read a rule; only those about an address are known."""
        order, action = element.get("order"), element.get("action")
        is_known = element.get("type") == "jid" and action in ("allow", "deny")
        if not (is_known and order.isascii() and order.isdigit() and element.get("value")):
            raise PrivacyError("bad-request")
        kinds = tuple(kind for kind in _KINDS if element.child(kind) is not None)
        return cls(
            value=element.get("value"),
            is_denial=action == "deny",
            order=int(order[:9]),
            kinds=kinds,
        )

    def element(self) -> Element:
        """Return the rule as it came."""
        named = {
            "type": "jid",
            "value": self.value,
            "action": "deny" if self.is_denial else "allow",
            "order": self.order,
        }
        return make("item", None, named, *(make(kind) for kind in self.kinds))

    def meets(self, user_id: int, *, in_room: bool, is_outgoing: bool) -> bool:
        """Say whether the rule is about messages of this user."""
        address = Address.parse(self.value)
        if in_room:
            found = not address.local and address.resource == str(user_id)
        else:
            found = address.local.partition("-")[0] == str(user_id)
        if is_outgoing:
            return found and not self.kinds
        return found and (not self.kinds or "message" in self.kinds)


@attrs.define
class PrivacyLists:
    """Hold the lists of one user."""

    lists: dict[str, list[Item]] = attrs.field(factory=dict[str, "list[Item]"])
    default: str | None = None

    def denies(
        self, user_id: int, *, in_room: bool, active: str | None = None, is_outgoing: bool = False
    ) -> bool:
        """Say whether the list that counts denies messages; the first rule that fits decides."""
        for item in self.lists.get(active or self.default or "", ()):
            if item.meets(user_id, in_room=in_room, is_outgoing=is_outgoing):
                return item.is_denial
        return False


def read_privacy(hub: Hub, session: Session, query: Element) -> Element:
    """Answer with the names of the lists, or with one of them."""
    own = hub.privacy[session.user_id]
    answer = make("query", PRIVACY)
    asked = query.child("list")
    if asked is None:
        chosen = (("active", session.active_list), ("default", own.default))
        answer.children += [make(role, None, {"name": name}) for role, name in chosen if name]
        answer.children += [make("list", None, {"name": name}) for name in own.lists]
        return answer
    name = asked.get("name")
    if name not in own.lists:
        raise PrivacyError("item-not-found")
    items = (item.element() for item in own.lists[name])
    answer.children.append(make("list", None, {"name": name}, *items))
    return answer


def write_privacy(hub: Hub, session: Session, query: Element) -> None:
    """Write a list, forget one that comes without items, or choose one."""
    own = hub.privacy[session.user_id]
    if len(query.elements) != 1:
        raise PrivacyError("bad-request")
    given = query.elements[0]
    name = given.get("name") or None
    if given.name == "list" and name is not None:
        _write(own, session, name, given)
    elif given.name in ("default", "active"):
        if name is not None and name not in own.lists:
            raise PrivacyError("item-not-found")
        if given.name == "default":
            own.default = name
        else:
            session.active_list = name
    else:
        raise PrivacyError("bad-request")


def _write(own: PrivacyLists, session: Session, name: str, given: Element) -> None:
    items = [Item.read(one) for one in given.all("item")]
    if items:
        own.lists[name] = sorted(items, key=_order)
        return
    if name not in own.lists:
        raise PrivacyError("item-not-found")
    if name in (own.default, session.active_list):
        raise PrivacyError("conflict")
    del own.lists[name]


def _order(item: Item) -> int:
    return item.order
