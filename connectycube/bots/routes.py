"""The way of an event to its handler, as it was settled when the bot was made."""

from collections.abc import Iterable, Iterator
from typing import Any

import anyio
import attrs

from connectycube.bots.commands import CommandHelp
from connectycube.bots.context import Context, is_own
from connectycube.bots.errors import HandlerTimeoutError
from connectycube.bots.filters import Check
from connectycube.bots.injection import Call, Injected
from connectycube.bots.middleware import Middleware, Step, around, taking
from connectycube.bots.signature import name_of
from connectycube.fields import UNSET, UnsetType


@attrs.frozen(eq=False, kw_only=True)
class ErrorRoute:
    """An error handler."""

    kinds: tuple[type[Exception], ...]
    call: Call


class HandlerRoute:
    """A handler, its filter, and the middleware around it."""

    def __init__(
        self,
        *,
        kinds: tuple[type, ...],
        includes_own: bool,
        check: Check | None,
        injected: Injected,
        inner: tuple[Middleware, ...],
        timeout: float | UnsetType | None,
        help: CommandHelp | None,  # noqa: A002 - what it is
    ) -> None:
        self.kinds = kinds
        self.includes_own = includes_own
        self.help = help
        self._check = check
        self._injected = injected
        self._timeout = timeout
        self._step = around(inner, taking(self._call))

    def takes(self, kind: type, *, own: bool) -> bool:
        return kind in self.kinds and (self.includes_own or not own)

    async def route(self, context: Context) -> bool:
        if self._check is not None:
            now = self._check.now
            found = await self._check.holds(context) if now is None else now(context)
            if found is None:
                return False
            context.found.update(found)
        return await self._step(context)

    async def _call(self, context: Context) -> Any:
        timeout = context.bot.handler_timeout if self._timeout is UNSET else self._timeout
        if timeout is None:
            return await self._injected.call(context)
        with anyio.move_on_after(timeout) as scope:
            return await self._injected.call(context)
        if scope.cancelled_caught:
            raise HandlerTimeoutError(name_of(self._injected.function), timeout)
        return None


class Routes:
    """A router's: handlers and other routers, in their order."""

    def __init__(
        self,
        routes: "Iterable[HandlerRoute | Routes]",
        *,
        outer: Iterable[Middleware],
        errors: Iterable[ErrorRoute],
    ) -> None:
        self._routes = tuple(routes)
        self._errors = tuple(errors)
        self._step: Step = around(outer, self._first)
        self._fitting: dict[tuple[type, bool], tuple[HandlerRoute | Routes, ...]] = {}

    @property
    def commands(self) -> Iterator[CommandHelp]:
        """What is offered, in its order."""
        for one in self._routes:
            if isinstance(one, Routes):
                yield from one.commands
            elif one.help is not None:
                yield one.help

    def takes(self, kind: type, *, own: bool) -> bool:
        """Whether any handler may want such an event; `own`: of the bot's own."""
        return bool(self._fit(kind, own=own))

    async def route(self, context: Context) -> bool:
        """
        Let the first handler that fits have an event; return whether there was one.

        Whatever is raised on the way goes to the error handlers, or is raised.
        """
        try:
            return await self._step(context)
        except Exception as error:
            if not await self._mended(context, error):
                raise
        return True

    async def _first(self, context: Context) -> bool:
        event = context.event
        for one in self._fit(type(event), own=is_own(event, context.chat.user_id)):
            if await one.route(context):
                return True
        return False

    def _fit(self, kind: type, *, own: bool) -> "tuple[HandlerRoute | Routes, ...]":
        # As many as there are kinds of events, twice.
        if (kind, own) not in self._fitting:
            self._fitting[kind, own] = tuple(
                one for one in self._routes if one.takes(kind, own=own)
            )
        return self._fitting[kind, own]

    async def _mended(self, context: Context, error: Exception) -> bool:
        for one in self._errors:
            if isinstance(error, one.kinds):
                context.error = error
                await one.call(context)
                return True
        return False
