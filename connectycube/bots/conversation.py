"""Talks of more than one message: the states that they go through, and what is learned there."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

import attrs

from connectycube.bots.context import Context
from connectycube.bots.conversation_store import ConversationStore, StoredConversation
from connectycube.bots.filters import NOTHING, AsyncFilter, Filter, Found
from connectycube.errors import InvalidInputError
from connectycube.fields import UNSET, UnsetType

_LONGEST: Final = 1e9  # what dates can hold


class State:
    """
    A state that a talk can be in; declared in a class of `States`.

    Args:
        timeout: seconds after which a talk that stays in it is over.
    """

    def __init__(self, *, timeout: float | None = None) -> None:
        self.name: str = ""
        self.timeout: float | None = checked_timeout(timeout)

    def __set_name__(self, owner: type, name: str) -> None:
        if not issubclass(owner, States):
            raise InvalidInputError(f"{owner.__qualname__} must be a class of States")
        self.name = f"{owner.__qualname__}.{name}"

    def __repr__(self) -> str:
        return f"<State {self.name}>"


class States:
    """
    The states of one kind of talk.

        class Order(States):
            size = State(timeout=600)
            address = State()

    They are kept by the names of the class and of its members: who renames them ends the talks that
    are in them.
    """

    @classmethod
    def names(cls) -> frozenset[str]:
        """The names of all of them."""
        members = (vars(one).values() for one in cls.__mro__)
        return frozenset(one.name for found in members for one in found if isinstance(one, State))


class Conversation:
    """
    How far the talk with one user in one place has come.

    Nobody else changes it meanwhile, since the messages of a dialog are handled one after another.
    """

    def __init__(
        self, store: ConversationStore, key: str, stored: StoredConversation | None
    ) -> None:
        self._store = store
        self._key = key
        self._stored = stored

    @classmethod
    async def load(cls, store: ConversationStore, key: str) -> "Conversation":
        """Return the conversation of a key; one that has expired counts as none."""
        stored = await store.load(key)
        if stored is not None and stored.is_expired(datetime.now(UTC)):
            stored = None
        return cls(store, key, stored)

    @property
    def state(self) -> str | None:
        """The name of the state that it is in; `None`: there is no talk."""
        return None if self._stored is None else self._stored.state

    @property
    def data(self) -> Mapping[str, Any]:
        """What was learned so far; change it by `set` and `update`."""
        return MappingProxyType({} if self._stored is None else dict(self._stored.data))

    def is_in(self, *states: State | type[States]) -> bool:
        """Whether it is in one of these states."""
        return self.state in _names(states)

    async def set(
        self, state: State, /, *, timeout: float | UnsetType | None = UNSET, **data: Any
    ) -> None:
        """
        Go to a state, and remember something more.

        Args:
            state: where to.
            timeout: seconds after which the talk is over if nothing more is set; by default the
                state's own.
            data: what JSON can hold, by name.

        Raises:
            InvalidInputError: it is no state, or JSON cannot hold the data.
        """
        if not getattr(state, "name", "") or not isinstance(state, State):
            raise InvalidInputError("a conversation goes to a State of a class of States")
        seconds = state.timeout if timeout is UNSET else checked_timeout(timeout)
        ends = None if seconds is None else datetime.now(UTC) + timedelta(seconds=seconds)
        stored = StoredConversation(state=state.name, data={**self.data, **data}, expires_at=ends)
        await self._save(stored)

    async def update(self, **data: Any) -> None:
        """
        Remember something more, and stay.

        Raises:
            InvalidInputError: there is no talk, or JSON cannot hold the data.
        """
        if self._stored is None:
            raise InvalidInputError("there is no conversation to update: set a state first")
        await self._save(attrs.evolve(self._stored, data={**self.data, **data}))

    async def end(self) -> None:
        """End the talk, and forget what was learned."""
        await self._store.delete(self._key)
        self._stored = None

    async def _save(self, stored: StoredConversation) -> None:
        try:
            # What is read back is the same whichever store there is.
            stored = StoredConversation.from_json(stored.to_json())
        except (TypeError, ValueError):
            # Without the cause, whose text may quote the data.
            raise InvalidInputError("a conversation's data must be what JSON can hold") from None
        await self._store.save(self._key, stored)
        self._stored = stored


def in_state(*states: State | type[States] | None) -> Filter:
    """Hold where the talk is in one of these states; `None` stands for no talk at all."""
    if not states:
        raise InvalidInputError("in_state() needs at least one state, or None")
    names = _names(states)

    async def check(context: Context) -> Found:
        conversation = await context.conversation()
        return NOTHING if conversation.state in names else None

    return AsyncFilter(check)


def _names(states: tuple[State | type[States] | None, ...]) -> frozenset[str | None]:
    names: set[str | None] = set()
    given: Iterable[Any] = states
    for state in given:
        if state is None:
            names.add(None)
        elif isinstance(state, State):
            names.add(state.name)
        elif isinstance(state, type) and issubclass(state, States):
            names |= state.names()
        else:
            raise InvalidInputError(f"no state, and no class of States: {state!r}")
    return frozenset(names)


def checked_timeout(value: Any) -> float | None:
    """
    Return a number of seconds as it is.

    Raises:
        InvalidInputError: it is none above 0.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < _LONGEST:
        raise InvalidInputError("a timeout is a number of seconds above 0, or None")
    return float(value)
