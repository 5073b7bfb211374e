"""Which handler an event comes to, as the application declares it."""

import inspect
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeAlias, TypeVar, get_args

import attrs

from connectycube.bots.commands import CommandHelp, command
from connectycube.bots.conversation import checked_timeout
from connectycube.bots.filters import Filter, all_of
from connectycube.bots.injection import Injected, Offer, Values, inject
from connectycube.bots.middleware import Middleware
from connectycube.bots.routes import ErrorRoute, HandlerRoute, Routes
from connectycube.bots.signature import check_async
from connectycube.chat.events import ChatEvent, MessageReceived
from connectycube.errors import InvalidInputError
from connectycube.fields import UNSET, UnsetType, checked_flag
from connectycube.values import frozen

H = TypeVar("H", bound=Callable[..., Awaitable[Any]])
M = TypeVar("M", bound=Middleware)
Seconds: TypeAlias = float | UnsetType | None
_EVENTS = frozenset(get_args(ChatEvent))


@attrs.frozen(eq=False, kw_only=True)
class _Handler:
    function: Callable[..., Awaitable[Any]]
    kinds: tuple[type, ...]
    filter: Filter | None
    includes_own: bool
    timeout: Seconds
    command: "_Command | None" = None
    description: str = ""

    def offer(self, values: Values | None) -> Offer:
        found = {} if self.filter is None else self.filter.found
        written = None if self.command is None else self.command.written
        return Offer(kinds=self.kinds, found=found, values=values, command=written)


@frozen(kw_only=True)
class _Command:
    name: str
    prefix: str

    @property
    def written(self) -> str:
        return self.prefix + self.name


@frozen(kw_only=True)
class _ErrorHandler:
    function: Callable[..., Awaitable[Any]]
    kinds: tuple[type[Exception], ...]

    def offer(self, values: Values | None) -> Offer:
        return Offer(kinds=tuple(_EVENTS), error=self.kinds, values=values)


class Router:
    """
    Handlers, in the order of their registration: an event comes to the first that it fits.

    A handler is an async function; it gets what it asks for by the names of its parameters:

    - `event`, `message` (of a message), `chat`, `bot`, `cube`, `context`
    - `conversation`: how far the talk with this user has come
    - `match` and the named groups of a `regex` filter
    - `command`, and each parameter that is annotated as `Argument[...]` or `Rest`
    - the application's own values, which the bot was given, by name or by type
    - what middleware provides

    What a handler asks for is looked at when it is registered, and the application's own values
    when a bot is made of the router, so that nothing is missing when an event comes.

    A bot's own messages, which groups and other devices send back, come to no handler that does not
    ask for them.

    One router may serve any number of bots.
    """

    def __init__(self) -> None:
        self._routes: list[_Handler | Router] = []
        self._errors: list[_ErrorHandler] = []
        self._outer: list[Middleware] = []
        self._inner: list[Middleware] = []
        self._provided: dict[str, Any] = {}
        self._compiled: dict[Values, Routes] = {}
        self._parents: list[Router] = []

    # -- what is declared

    def message(
        self, *filters: Filter, include_own: bool = False, timeout: Seconds = UNSET
    ) -> Callable[[H], H]:
        """
        Register a handler for messages.

        Args:
            filters: all of them have to hold.
            include_own: whether messages of the bot's own come to it too.
            timeout: seconds it may take; by default the bot's `handler_timeout`.

        Raises:
            HandlerSignatureError: registered: it asks for what nobody can give it.
            InvalidInputError: an option that cannot be right.
        """
        return self._handler((MessageReceived,), filters, include_own=include_own, timeout=timeout)

    def command(
        self,
        *names: str,
        filters: Iterable[Filter] = (),
        prefix: str = "/",
        description: str | None = None,
        timeout: Seconds = UNSET,
    ) -> Callable[[H], H]:
        """
        Register a handler for messages that begin with a command.

        Parameters annotated as `Argument[...]` or `Rest` are read from what follows it. Where that
        fails there is a `CommandUsageError`, which the bot answers with the usage unless an error
        handler takes it.

        Args:
            names: the command's, and others for the same; in capitals or not.
            filters: what has to hold besides.
            prefix: what stands before the name.
            description: for `bot.commands`; by default the first line of the docstring.
            timeout: as for `message`.

        Raises:
            HandlerSignatureError, InvalidInputError: as for `message`.
        """
        wanted = (command(names, prefix), *filters)
        return self._handler(
            (MessageReceived,),
            wanted,
            include_own=False,
            timeout=timeout,
            command=_Command(name=names[0], prefix=prefix),
            description=description,
        )

    def event(
        self,
        kind: type[ChatEvent] | tuple[type[ChatEvent], ...],
        *filters: Filter,
        include_own: bool = False,
        timeout: Seconds = UNSET,
    ) -> Callable[[H], H]:
        """
        Register a handler for another kind of event, or for several; as `message` otherwise.

        Raises:
            HandlerSignatureError, InvalidInputError: as for `message`.
        """
        kinds = kind if isinstance(kind, tuple) else (kind,)
        if not kinds or not _EVENTS.issuperset(kinds):
            raise InvalidInputError(f"no kind of chat event: {kind!r}")
        return self._handler(kinds, filters, include_own=include_own, timeout=timeout)

    def error(self, *kinds: type[Exception]) -> Callable[[H], H]:
        """
        Register a handler for errors of the handlers, filters and middleware of this router.

        The first that fits gets it, as `error`, and then those of the routers around. What none of
        them takes is logged, without its text.

        Raises:
            HandlerSignatureError: registered: it asks for what nobody can give it.
            InvalidInputError: no kinds of errors.
        """
        if not kinds or not all(_is_error(kind) for kind in kinds):
            raise InvalidInputError("error() needs at least one class of Exception")

        def register(function: H) -> H:
            check_async(function, "an error handler")
            handler = _ErrorHandler(function=function, kinds=kinds)
            inject(function, handler.offer(None))
            self._errors.append(handler)
            self._changed()
            return function

        return register

    def middleware(self, *, provides: Iterable[str] = ()) -> Callable[[M], M]:
        """
        Register an async function that stands around the handlers of this router and of its own.

        It is called with the context and `call_next`, for events that some handler fits, and
        decides whether to go on. The first that is registered is the outermost.

        Args:
            provides: the names of what it puts into `context.found`, for handlers to ask for.
        """
        names = tuple(provides)

        def register(function: M) -> M:
            check_async(function, "a middleware")
            self._inner.append(function)
            self._provided.update(dict.fromkeys(names))
            self._changed()
            return function

        return register

    def outer_middleware(self, *, provides: Iterable[str] = ()) -> Callable[[M], M]:
        """
        Register one that comes before the filters, as `middleware` otherwise.

        It sees every event of a kind that this router, or one of its own, has a handler for. What
        `call_next` returns tells whether one took it.
        """
        names = tuple(provides)

        def register(function: M) -> M:
            check_async(function, "a middleware")
            self._outer.append(function)
            self._provided.update(dict.fromkeys(names))
            self._changed()
            return function

        return register

    def include(self, router: "Router") -> None:
        """
        Put another router in this place of the order.

        Raises:
            InvalidInputError: it would contain itself.
        """
        if router is self or router in self._ancestors():
            raise InvalidInputError("a router never includes itself")
        self._routes.append(router)
        router._parents.append(self)  # noqa: SLF001 - one of us
        self._changed()

    # -- what bots make of it

    def compiled(self, values: Values) -> Routes:
        """
        Return what a bot with these values needs; all of them share it.

        Raises:
            HandlerSignatureError: a handler asks for what nobody can give it.
        """
        if values not in self._compiled:
            self._compiled[values] = self._compile(values, (), {})
        return self._compiled[values]

    def _compile(
        self, values: Values, around: tuple[Middleware, ...], provided: dict[str, Any]
    ) -> Routes:
        inner, provided = (*around, *self._inner), {**provided, **self._provided}
        routes: list[HandlerRoute | Routes] = []
        for one in self._routes:
            if isinstance(one, Router):
                routes.append(one._compile(values, inner, provided))  # noqa: SLF001 - one of us
            else:
                routes.append(_route(one, values, inner, provided))
        errors = [
            ErrorRoute(kinds=one.kinds, call=inject(one.function, one.offer(values)).call)
            for one in self._errors
        ]
        return Routes(routes, outer=self._outer, errors=errors)

    def _handler(
        self,
        kinds: tuple[type, ...],
        filters: Iterable[Filter],
        *,
        include_own: bool,
        timeout: Seconds,
        command: "_Command | None" = None,
        description: str | None = None,
    ) -> Callable[[H], H]:
        wanted = all_of(tuple(filters))
        checked_flag(include_own, "include_own")
        if timeout is not UNSET:
            checked_timeout(timeout)

        def register(function: H) -> H:
            check_async(function, "a handler")
            first_line = (inspect.getdoc(function) or "").partition("\n")[0]
            handler = _Handler(
                function=function,
                kinds=kinds,
                filter=wanted,
                includes_own=include_own,
                timeout=timeout,
                command=command,
                description=first_line if description is None else description,
            )
            inject(function, handler.offer(None))
            if wanted is not None:
                wanted.bind(Offer(kinds=kinds))
            self._routes.append(handler)
            self._changed()
            return function

        return register

    def _changed(self) -> None:
        """Forget what was compiled, here and around."""
        self._compiled.clear()
        for parent in self._parents:
            parent._changed()  # noqa: SLF001 - one of us

    def _ancestors(self) -> "set[Router]":
        found = set(self._parents)
        for parent in self._parents:
            found |= parent._ancestors()  # noqa: SLF001 - one of us
        return found


def _route(
    handler: _Handler, values: Values, inner: tuple[Middleware, ...], provided: dict[str, Any]
) -> HandlerRoute:
    offer = handler.offer(values)
    offer = attrs.evolve(offer, found={**provided, **offer.found})
    injected = inject(handler.function, offer)
    before = Offer(kinds=handler.kinds, found=provided, values=values)
    return HandlerRoute(
        kinds=handler.kinds,
        includes_own=handler.includes_own,
        check=None if handler.filter is None else handler.filter.bind(before),
        injected=injected,
        inner=inner,
        timeout=handler.timeout,
        help=_help(handler, injected),
    )


def _is_error(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Exception)


def _help(handler: _Handler, injected: Injected) -> CommandHelp | None:
    if handler.command is None:
        return None
    return CommandHelp(
        name=handler.command.name, usage=injected.usage, description=handler.description
    )
