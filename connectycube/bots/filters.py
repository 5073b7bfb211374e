"""Which events a handler is for; filters are values, and are joined by `&`, `|` and `~`."""

import re
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, Final, TypeAlias

import attrs

from connectycube.bots.context import Context
from connectycube.bots.errors import HandlerSignatureError
from connectycube.bots.injection import Injected, Offer, inject
from connectycube.bots.signature import is_async, name_of
from connectycube.errors import InvalidInputError
from connectycube.models.user import User, UserLike
from connectycube.values import frozen

Found: TypeAlias = "Mapping[str, Any] | None"
"""What a filter found, by name, where it holds; `None` where it does not."""
NOTHING: Final[Mapping[str, Any]] = {}


@frozen(kw_only=True)
class Check:
    """
    A filter at its place.

    Attributes:
        now: says at once whether it holds; `None`: only `later` can.
    """

    now: Callable[[Context], Found] | None = None
    later: Callable[[Context], Awaitable[Found]] | None = None

    async def holds(self, context: Context) -> Found:
        if self.now is not None:
            return self.now(context)
        assert self.later is not None  # noqa: S101 - one of them is there
        return await self.later(context)


class Filter(ABC):
    """
    Says whether an event is meant.

    Attributes:
        found: what it finds where it holds, by name, with its type.
    """

    found: Mapping[str, Any] = NOTHING

    @abstractmethod
    def bind(self, offer: Offer) -> Check:
        """
        Settle how it is asked.

        Raises:
            HandlerSignatureError: it asks for what nobody can give it.
        """

    def __and__(self, other: "Filter") -> "Filter":
        return _All(self, _filter(other))

    def __or__(self, other: "Filter") -> "Filter":
        return _Any(self, _filter(other))

    def __invert__(self) -> "Filter":
        return _Not(self)


def text(*texts: str, ignore_case: bool = False) -> Filter:
    """Hold for messages whose whole text is one of these, but for space around it."""
    if not texts or not all(isinstance(one, str) for one in texts):
        raise InvalidInputError("text() needs at least one text")
    wanted = {one.casefold() if ignore_case else one for one in texts}

    def check(context: Context) -> Found:
        said = _body(context).strip()
        return NOTHING if (said.casefold() if ignore_case else said) in wanted else None

    return SimpleFilter(check)


def regex(pattern: str | re.Pattern[str]) -> Filter:
    """
    Hold for messages in whose text a regular expression is found.

    The handler may ask for `match`, and for each named group by its name.
    """
    compiled = re.compile(pattern)
    names = dict.fromkeys(compiled.groupindex, str)

    def check(context: Context) -> Found:
        found = compiled.search(_body(context))
        return None if found is None else {**found.groupdict(), "match": found}

    return SimpleFilter(check, {**names, "match": re.Match})


def in_private() -> Filter:
    """Hold for messages between two people."""
    return SimpleFilter(lambda context: NOTHING if _is_group(context) is False else None)


def in_group() -> Filter:
    """Hold for messages of a dialog with a room: a group, a public or a broadcast dialog."""
    return SimpleFilter(lambda context: NOTHING if _is_group(context) else None)


def sender(*users: UserLike) -> Filter:
    """Hold for what one of these users did."""
    ids = {user.id if isinstance(user, User) else user for user in users}
    if not ids or not all(type(one) is int for one in ids):
        raise InvalidInputError("sender() needs at least one user or id")
    return SimpleFilter(lambda context: NOTHING if context.user_id in ids else None)


def attachment(*types: str) -> Filter:
    """Hold for messages that bring something along; of one of these types, where some are given."""

    def check(context: Context) -> Found:
        attached = () if context.message is None else context.message.attachments
        return NOTHING if any(not types or one.type in types for one in attached) else None

    return SimpleFilter(check)


def predicate(function: Callable[..., bool | Awaitable[bool]]) -> Filter:
    """Hold where a function says so; it asks for arguments as a handler does, and may be async."""
    if not callable(function):
        raise InvalidInputError("predicate() needs a function")
    return _Predicate(function)


@attrs.frozen(eq=False)
class SimpleFilter(Filter):
    """A filter that can tell at once."""

    check: Callable[[Context], Found]
    found: Mapping[str, Any] = NOTHING

    def bind(self, offer: Offer) -> Check:  # noqa: ARG002 - it asks for nothing
        return Check(now=self.check)


@attrs.frozen(eq=False)
class AsyncFilter(Filter):
    """A filter that has to wait for something before it can tell."""

    check: Callable[[Context], Awaitable[Found]]

    def bind(self, offer: Offer) -> Check:  # noqa: ARG002 - it asks for nothing
        return Check(later=self.check)


@attrs.frozen(eq=False)
class _Predicate(Filter):
    function: Callable[..., Any]

    def bind(self, offer: Offer) -> Check:
        injected = inject(self.function, attrs.evolve(offer, command=None))
        if is_async(self.function) or injected.wants_conversation:
            return Check(later=lambda context: self._later(injected, context))
        return Check(now=lambda context: self._answer(self.function(**injected.given(context))))

    async def _later(self, injected: Injected, context: Context) -> Found:
        if injected.wants_conversation:
            await context.conversation()
        told = self.function(**injected.given(context))
        return self._answer(await told if is_async(self.function) else told)

    def _answer(self, told: Any) -> Found:
        if told is True:
            return NOTHING
        if isinstance(told, Awaitable):
            # Whatever that is, it is true; nobody meant that.
            if isinstance(told, Coroutine):
                told.close()
            raise HandlerSignatureError(f"{name_of(self.function)} must be async, or no coroutine")
        return NOTHING if told else None


@attrs.frozen(eq=False)
class _All(Filter):
    one: Filter
    other: Filter

    @property
    def found(self) -> Mapping[str, Any]:  # type: ignore[override] # told, not kept
        return {**self.one.found, **self.other.found}

    def bind(self, offer: Offer) -> Check:
        one, other = self.one.bind(offer), self.other.bind(offer)
        if one.now is not None and other.now is not None:
            now, next_now = one.now, other.now

            def both(context: Context) -> Found:
                first = now(context)
                if first is None:
                    return None
                second = next_now(context)
                return None if second is None else {**first, **second}

            return Check(now=both)

        async def both_later(context: Context) -> Found:
            first = await one.holds(context)
            if first is None:
                return None
            second = await other.holds(context)
            return None if second is None else {**first, **second}

        return Check(later=both_later)


@attrs.frozen(eq=False)
class _Any(Filter):
    one: Filter
    other: Filter

    @property
    def found(self) -> Mapping[str, Any]:  # type: ignore[override] # told, not kept
        # Only what both find is sure to be there.
        return {name: kind for name, kind in self.one.found.items() if name in self.other.found}

    def bind(self, offer: Offer) -> Check:
        one, other = self.one.bind(offer), self.other.bind(offer)
        if one.now is not None and other.now is not None:
            now, else_now = one.now, other.now

            def either(context: Context) -> Found:
                found = now(context)
                return else_now(context) if found is None else found

            return Check(now=either)

        async def either_later(context: Context) -> Found:
            found = await one.holds(context)
            return await other.holds(context) if found is None else found

        return Check(later=either_later)


@attrs.frozen(eq=False)
class _Not(Filter):
    one: Filter

    def bind(self, offer: Offer) -> Check:
        one = self.one.bind(offer)
        if one.now is not None:
            now = one.now
            return Check(now=lambda context: NOTHING if now(context) is None else None)

        async def otherwise(context: Context) -> Found:
            return NOTHING if await one.holds(context) is None else None

        return Check(later=otherwise)


def _filter(given: object) -> Filter:
    if not isinstance(given, Filter):
        raise InvalidInputError(f"a filter is joined with a filter, not with {given!r}")
    return given


def all_of(filters: tuple[Filter, ...]) -> Filter | None:
    """Join filters that all have to hold; `None` where there are none."""
    joined: Filter | None = None
    for one in filters:
        joined = _filter(one) if joined is None else joined & one
    return joined


def _body(context: Context) -> str:
    message = context.message
    return "" if message is None else message.body


def _is_group(context: Context) -> bool | None:
    message = context.message
    return None if message is None else message.is_group
