"""Handlers get what they ask for, by name or by type; what that is, is settled before any runs."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import attrs

from connectycube.bots.arguments import (
    ArgumentSpec,
    argument_spec,
    check_order,
    is_argument,
    read_arguments,
    usage_of,
)
from connectycube.bots.context import Context
from connectycube.bots.errors import HandlerSignatureError
from connectycube.bots.signature import UNKNOWN, Asked, asked_by, fits, name_of, near
from connectycube.chat.connection import ChatConnection
from connectycube.chat.events import ChatMessage, MessageReceived
from connectycube.errors import InvalidInputError
from connectycube.values import frozen

if TYPE_CHECKING:
    from connectycube.bots.bot import Bot

Get: TypeAlias = Callable[[Context], Any]
Call: TypeAlias = Callable[[Context], Awaitable[Any]]
_FEW: Final = 3
Values: TypeAlias = frozenset[str | type]


@frozen(kw_only=True)
class Offer:
    """
    What there is to be asked for at one place.

    Attributes:
        kinds: the events that may come there.
        found: what filters and middleware have found by then, with its types.
        values: the keys of the application's own values; `None`: not known yet.
        command: the command with its prefix, where it is one.
        error: the errors that may come there, where it is a place for those.
    """

    kinds: tuple[type, ...]
    found: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    values: Values | None = None
    command: str | None = None
    error: tuple[type, ...] | None = None


@frozen(kw_only=True)
class Injected:
    """
    A function that needs a context alone.

    Attributes:
        wants_conversation: whether the conversation must be loaded before.
        usage: how its command is used, where it is one.
    """

    function: Callable[..., Any]
    getters: tuple[tuple[str, Get], ...]
    arguments: tuple[ArgumentSpec, ...]
    wants_conversation: bool
    usage: str

    def given(self, context: Context) -> dict[str, Any]:
        """
        Return what the function asks for.

        Raises:
            CommandUsageError: the command was given other arguments than it takes.
        """
        given = {name: get(context) for name, get in self.getters}
        if self.usage:
            text = context.found["command"].text
            given |= read_arguments(self.arguments, text, self.usage)
        return given

    async def call(self, context: Context) -> Any:
        """Call an async function."""
        if self.wants_conversation:
            await context.conversation()
        return await self.function(**self.given(context))


def inject(function: Callable[..., Any], offer: Offer) -> Injected:
    """
    Settle where everything that a function asks for comes from.

    Raises:
        HandlerSignatureError: it asks for what nobody can give it.
    """
    getters: list[tuple[str, Get]] = []
    arguments: list[ArgumentSpec] = []
    wants_conversation = False
    try:
        for asked in asked_by(function):
            if is_argument(asked.annotation):
                arguments.append(_argument(asked, offer))
            elif (get := _getter(asked, offer)) is not None:
                getters.append((asked.name, get))
                wants_conversation |= get is _conversation
        check_order(arguments)
    except HandlerSignatureError as error:
        raise HandlerSignatureError(f"{name_of(function)}: {error}") from None
    return Injected(
        function=function,
        getters=tuple(getters),
        arguments=tuple(arguments),
        wants_conversation=wants_conversation,
        usage=usage_of(offer.command, arguments) if offer.command else "",
    )


def check_values(values: Iterable[Any]) -> None:
    """
    Refuse keys of the application's own values that nobody would get.

    Raises:
        InvalidInputError: one is no name or class, or means something else.
    """
    taken = {*_KNOWN, *_standard(Offer(kinds=()))}
    for key in values:
        if not isinstance(key, type) and not (isinstance(key, str) and key.isidentifier()):
            raise InvalidInputError(f"values have names or classes for keys: {key!r}")
        if key in taken:
            raise InvalidInputError(f"{key!r} means something else to handlers")


def _argument(asked: Asked, offer: Offer) -> ArgumentSpec:
    if offer.command is None:
        raise HandlerSignatureError(f"{asked.name!r} is a command's argument, and this is none")
    if asked.default is UNKNOWN:
        return argument_spec(asked.name, asked.annotation)
    return argument_spec(asked.name, asked.annotation, asked.default)


def _getter(asked: Asked, offer: Offer) -> Get | None:
    """Return where a parameter comes from; `None`: from its default, or nobody knows yet."""
    standard = _standard(offer)
    if asked.name in standard:
        given, get = standard[asked.name]
        if not fits(asked.annotation, given):
            raise HandlerSignatureError(
                f"{asked.name!r} is annotated {_shown(asked.annotation)}, and is {_shown(given)}"
            )
        return get
    if asked.name in offer.found:
        return partial(_from_found, asked.name)
    if offer.values and asked.name in offer.values:
        return partial(_from_values, asked.name)
    if isinstance(asked.annotation, type) and asked.annotation is not object:
        for given, get in standard.values():
            if given is asked.annotation or given == (asked.annotation,):
                return get
        if offer.values and asked.annotation in offer.values:
            return partial(_from_values, asked.annotation)
    if asked.default is not UNKNOWN or (offer.values is None and asked.name not in _KNOWN):
        return None
    raise HandlerSignatureError(_nobody(asked.name, {*standard, *offer.found}, offer.values or ()))


def _nobody(name: str, names: set[str], values: Any) -> str:
    if name in _KNOWN:
        return f"there is no {name!r} here: {_KNOWN[name]}"
    names |= {value for value in values if isinstance(value, str)}
    return f"nobody provides {name!r}; {near(name, names)}"


_KNOWN: Final = {
    "message": "only a message has one",
    "match": "only a regex filter finds one",
    "command": "only a command has one",
    "error": "only an error handler has one",
}


def _standard(offer: Offer) -> dict[str, tuple[Any, Get]]:
    """Return what is always there, with its type: one, or any of several."""
    # Loaded late: they hold what is here.
    from connectycube.bots.bot import Bot  # noqa: PLC0415 - as said
    from connectycube.bots.conversation import Conversation  # noqa: PLC0415 - as said
    from connectycube.client import ConnectyCube  # noqa: PLC0415 - as said

    standard: dict[str, tuple[Any, Get]] = {
        "event": (offer.kinds, _event),
        "chat": (ChatConnection, _chat),
        "bot": (Bot, _bot),
        "cube": (ConnectyCube, _cube),
        "context": (Context, _context),
        "conversation": (Conversation, _conversation),
    }
    if offer.kinds == (MessageReceived,):
        standard["message"] = (ChatMessage, _message)
    if offer.error is not None:
        standard["error"] = (offer.error, _error)
        del standard["conversation"]  # the store itself may be what failed
    return standard


def _event(context: Context) -> Any:
    return context.event


def _message(context: Context) -> Any:
    return context.message


def _chat(context: Context) -> ChatConnection:
    return context.chat


def _bot(context: Context) -> "Bot":
    return context.bot


def _cube(context: Context) -> Any:
    return context.cube


def _context(context: Context) -> Context:
    return context


def _conversation(context: Context) -> Any:
    return context.loaded_conversation


def _error(context: Context) -> Any:
    return context.error


def _from_found(name: str, context: Context) -> Any:
    if name not in context.found:
        raise HandlerSignatureError(f"a middleware promised {name!r}, and did not provide it")
    return context.found[name]


def _from_values(key: str | type, context: Context) -> Any:
    return context.values[key]


def _shown(given: Any) -> str:
    if isinstance(given, tuple) and len(given) > _FEW:
        return "any of several"
    if isinstance(given, tuple):
        return " or ".join(_shown(each) for each in given)
    return given.__name__ if isinstance(given, type) else str(given)
