"""Whoever holds a token and renews it: our client, twice, and the least that waiting can cost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from benchmarks.instant import InstantService, Tokens
from benchmarks.peers.shape import Renewing
from connectycube import ConnectyCube, LoginPassword, SessionExpiredError

APP_ID: Final = 21
AUTH_KEY: Final = "auth-key"


def a_client(service: InstantService) -> ConnectyCube:
    auth = LoginPassword("cubeuser", "awesomepwd")
    return ConnectyCube(APP_ID, AUTH_KEY, auth=auth, transport=service)


@asynccontextmanager
async def floor(tokens: Tokens) -> AsyncIterator[Renewing]:
    """All await one future, which is done when a token call would be."""
    futures: list[asyncio.Future[None]] = []

    async def get() -> None:
        if not futures:
            loop = asyncio.get_running_loop()
            futures.append(loop.create_future())
            loop.call_later(tokens.seconds, futures[0].set_result, None)
        await futures[0]

    await get()
    yield Renewing(get, futures.clear)


@asynccontextmanager
async def waiters(tokens: Tokens) -> AsyncIterator[Renewing]:
    """All ask the client's session manager, which is what a call does first."""
    async with a_client(InstantService(tokens)) as cube:
        sessions = cube._sessions  # noqa: SLF001 - the wait itself, without the calls around it

        def expire() -> None:
            if (session := cube.session) is not None:
                sessions.invalidate(session.token, SessionExpiredError("expired"))

        await cube.create_session()
        yield Renewing(sessions.current, expire)


@asynccontextmanager
async def calls(service: InstantService) -> AsyncIterator[Renewing]:
    """All make a whole call, which is refused, waits for the new session and is sent again."""
    async with a_client(service) as cube:

        async def get() -> object:
            return await cube.users.get(7)

        await cube.create_session()
        yield Renewing(get, service.expire)
