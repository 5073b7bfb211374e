"""Who may do what with custom records: the rules of a record and of its class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from .custom_objects_values import UnfitError
from .parameters import as_list, as_object

if TYPE_CHECKING:
    from .records import User

_ACCESSES = ("open", "owner", "not_allowed", "open_for_groups", "open_for_users_ids")
# What a request calls the list, and what an answer calls it.
_LISTS = {"open_for_users_ids": ("ids", "users_ids"), "open_for_groups": ("groups", "users_groups")}


@attrs.frozen
class Rule:
    """Say who may do one thing."""

    access: str
    meant: tuple[str, ...] = ()
    """Ids of users, or tags; as text, which the wire has for both."""

    def lets(self, user: User, *, owner_id: int | None) -> bool:
        """Say whether this user may. An owner who is not listed may not either."""
        if self.access == "open_for_users_ids":
            return str(user.id) in self.meant
        if self.access == "open_for_groups":
            return not set(self.meant).isdisjoint(user.tags)
        return self.access == "open" or (self.access == "owner" and user.id == owner_id)

    def shown(self) -> dict[str, Any]:
        """Show the rule as answers do, which name the lists otherwise than requests."""
        names = _LISTS.get(self.access)
        return {"access": self.access, **({names[1]: list(self.meant)} if names else {})}


Rules = dict[str, Rule]

RECORD_RULES: Mapping[str, Rule] = {
    "read": Rule("open"),
    "update": Rule("owner"),
    "delete": Rule("owner"),
}
CLASS_RULES: Mapping[str, Rule] = {"create": Rule("open"), **RECORD_RULES}


def read_rules(given: Any, known: Mapping[str, Rule]) -> Rules:
    """
    Return the known rules with the given ones in their places; raises `UnfitError`.

    Rules of a class are known by their `create`; only they may say `not_allowed`.
    """
    if given is None:
        return dict(known)
    members = as_object(given)
    if members is None or not members.keys() <= known.keys():
        raise _unfit(f"must be an object of {', '.join(known)}")
    rules = {action: _read_rule(rule) for action, rule in members.items()}
    if "create" not in known and any(rule.access == "not_allowed" for rule in rules.values()):
        raise _unfit("not_allowed is for classes only")
    return {**known, **rules}


def _read_rule(given: Any) -> Rule:
    members = as_object(given) or {}
    access = members.get("access")
    if access not in _ACCESSES:
        raise _unfit(f"access must be one of {', '.join(_ACCESSES)}")
    names = _LISTS.get(access)
    if names is None:
        return Rule(access)
    meant = tuple(str(one) for one in as_list(members.get(names[0])))
    if not meant:
        raise _unfit(f"{access} needs {names[0]}")
    return Rule(access, meant)


def _unfit(reason: str) -> UnfitError:
    return UnfitError({"permissions": reason})
