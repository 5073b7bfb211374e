"""What stands around handlers."""

from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any, TypeAlias

from connectycube.bots.context import Context
from connectycube.bots.injection import Call

CallNext: TypeAlias = Callable[[], Awaitable[bool]]
"""Goes on, and says whether some handler took the event."""
Middleware: TypeAlias = Callable[[Context, CallNext], Awaitable[Any]]
Step: TypeAlias = Callable[[Context], Awaitable[bool]]


def around(middlewares: Iterable[Middleware], step: Step) -> Step:
    """Put middlewares around a step, the first one outermost."""
    for middleware in reversed(tuple(middlewares)):
        step = partial(_within, middleware, step)
    return step


def taking(call: Call) -> Step:
    """Return a handler as a step, which takes whatever comes to it."""
    return partial(_take, call)


async def _take(call: Call, context: Context) -> bool:
    await call(context)
    return True


async def _within(middleware: Middleware, step: Step, context: Context) -> bool:
    # One that does not go on has dealt with the event: nobody else is asked.
    taken = True

    async def call_next() -> bool:
        nonlocal taken
        taken = await step(context)
        return taken

    await middleware(context, call_next)
    return taken
