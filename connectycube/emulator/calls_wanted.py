"""Which of the requests that arrived are meant, and how far off the others are."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Protocol, TypedDict

import attrs

from .router import without_suffix
from .world import World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .messages import Origin, RecordedRequest

_PLACEHOLDER = re.compile(r"\{[^/{}]*\}|\*")
_SECRET = re.compile(r"(?i)pass|token|secret|key|signature|nonce|authorization")
_LONGEST = 60  # characters of a value that a message shows
_HIDDEN = "***"


class HasId(Protocol):
    """A user, however it is held."""

    @property
    def id(self) -> int: ...


class CallFilter(TypedDict, total=False):
    """Say which calls are meant, besides their method and path."""

    user: int | str | HasId | None
    """
    The user whose session a call was made with: an id, a login or e-mail, or what has an `id`.

    None means calls without a user, such as most that make a session.
    """
    query: Mapping[str, Any]
    """What its query holds, among other things; a list stands for a repeated key."""
    json: Any
    """What its JSON body holds; objects may hold more, at any depth."""
    origin: Origin
    """`api`, or `store` for what went to the object store."""


class _Anybody:
    """Calls of all users, and those of none."""


ANYBODY = _Anybody()


@attrs.frozen(kw_only=True)
class Wanted:
    """A description of calls."""

    method: str | None
    path: str | None
    user_id: int | _Anybody | None
    given: CallFilter
    _world: World = attrs.field(repr=False, alias="world")
    _pattern: re.Pattern[str] | None = attrs.field(repr=False, alias="pattern")

    @classmethod
    def of(cls, world: World, method: str | None, path: str | None, given: CallFilter) -> Wanted:
        """Return the description that says this; raises where it could never be meant."""
        if unknown := given.keys() - CallFilter.__annotations__.keys():
            raise TypeError(f"calls are not told apart by {', '.join(sorted(unknown))}")
        if given.get("origin", "api") not in ("api", "store"):
            raise ValueError("origin is api or store")
        pattern = None if path is None else re.compile(_as_pattern(without_suffix(path)))
        method = None if method is None else method.upper()
        user_id = _user_id(world, given["user"]) if "user" in given else ANYBODY
        return cls(
            method=method, path=path, user_id=user_id, given=given, world=world, pattern=pattern
        )

    def differences(self, call: RecordedRequest) -> list[str]:
        """Say in what a call is another one; in nothing where it is meant."""
        return [*self._place(call), *self._parts(call)]

    def distance(self, call: RecordedRequest) -> float:
        """Say how far off a call is; only for comparing."""
        place = list(self._place(call))
        unlike = 0 if self.path is None else _unlikeness(self.path, without_suffix(call.path))
        return 10 * len(place) + len(list(self._parts(call))) + 9 * unlike

    def told(self, call: RecordedRequest) -> str:
        """Return a call in a few words."""
        fault = "" if call.fault is None else f", met by the fault {call.fault}"
        return f"{call.method} {call.path} by {self.name_of(call.user_id)}{fault}"

    def name_of(self, user_id: int | None) -> str:
        """Return a user in a few words."""
        user = self._world.user(user_id)
        if user_id is None:
            return "no user"
        return f"user {user_id}" if user is None or user.login is None else user.login

    def __str__(self) -> str:
        words = f"{self.method or 'any method'} {self.path or '*'}"
        words += "".join(
            f" with {name} {_shown(_masked(value))}"
            for name, value in self.given.items()
            if name in ("query", "json")
        )
        if not isinstance(self.user_id, _Anybody):
            words += f" by {self.name_of(self.user_id)}"
        return words

    def _place(self, call: RecordedRequest) -> Iterator[str]:
        if self.method is not None and self.method != call.method:
            yield f"the method is {call.method}, not {self.method}"
        if self._pattern is not None and not self._pattern.fullmatch(without_suffix(call.path)):
            yield f"the path is {call.path}, not {self.path}"

    def _parts(self, call: RecordedRequest) -> Iterator[str]:
        if not isinstance(self.user_id, _Anybody) and self.user_id != call.user_id:
            yield f"it is by {self.name_of(call.user_id)}, not by {self.name_of(self.user_id)}"
        for name, value in self.given.get("query", {}).items():
            yield from _unlike(_as_query(value), call.query.get(name, _MISSING), f"query {name}")
        if "json" in self.given:
            yield from _unlike(self.given["json"], call.json, "json")


def _user_id(world: World, user: int | str | HasId | None) -> int | None:
    if user is None or isinstance(user, int):
        return user
    if not isinstance(user, str):
        return user.id
    found = world.find_user(login=user) or world.find_user(email=user)
    if found is None:
        raise LookupError(f"there is no user {user!r}")
    return found.id


def _as_pattern(path: str) -> str:
    pattern, at = "", 0
    for found in _PLACEHOLDER.finditer(path):
        pattern += re.escape(path[at : found.start()]) + (".*" if found[0] == "*" else "[^/]+")
        at = found.end()
    return pattern + re.escape(path[at:])


def _unlikeness(path: str, found: str) -> float:
    """Compare two paths segment by segment: from 0, the same, to 1."""
    pairs = list(zip_longest(path.split("/")[1:], found.split("/")[1:], fillvalue=""))
    likeness = [
        1.0
        if _PLACEHOLDER.fullmatch(one)
        else SequenceMatcher(None, one, other, autojunk=False).ratio()
        for one, other in pairs
    ]
    return 1 - sum(likeness) / max(1, len(likeness))


def _as_query(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_as_query(one) for one in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


class _Missing:
    def __repr__(self) -> str:
        return "missing"


_MISSING = _Missing()


def _unlike(wanted: Any, found: Any, where: str) -> Iterator[str]:
    """Say where something holds not what is wanted; objects may hold more."""
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        for name, value in wanted.items():
            yield from _unlike(value, found.get(name, _MISSING), f"{where}.{name}")
    elif isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        for number, (one, other) in enumerate(zip(wanted, found, strict=True)):
            yield from _unlike(one, other, f"{where}[{number}]")
    elif found is _MISSING:
        yield f"{where} is missing"
    elif wanted != found:
        if _SECRET.search(where.rpartition(".")[2]):
            yield f"{where} is another one"
        else:
            yield f"{where} is {_shown(_masked(found))}, not {_shown(_masked(wanted))}"


def _masked(value: Any) -> Any:
    """Take away what nobody should read in the log of a test run."""
    if isinstance(value, Mapping):
        return {
            name: _HIDDEN if _SECRET.search(str(name)) else _masked(one)
            for name, one in value.items()
        }
    return [_masked(one) for one in value] if isinstance(value, list | tuple) else value


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
