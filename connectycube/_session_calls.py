"""What making and ending a session takes at the service; keeps nothing."""

import logging
import secrets
from typing import Final

import anyio
import attrs

from connectycube._gateway import Gateway
from connectycube.auth.endpoints import CREATE_SESSION, DESTROY_SESSION, GET_SESSION
from connectycube.auth.strategy import AuthStrategy, Credentials
from connectycube.codec import auth_key
from connectycube.errors import ConnectyCubeError, SessionExpiredError
from connectycube.session import Clock, Session, default_lifetime
from connectycube.signing import signed

_log = logging.getLogger("connectycube.session")
# Nobody should have to wait for it.
_DISCARD_TIMEOUT: Final = 0.5


async def made(gateway: Gateway, credentials: Credentials, clock: Clock) -> tuple[Session, float]:
    """Have the service make a session of credentials; return it with its lifetime in seconds."""
    app = gateway.app
    body = {
        "application_id": app.app_id,
        "auth_key": auth_key(app),
        **credentials.session_members(),
    }
    if app.auth_secret is not None:
        body = signed(
            body,
            secret=app.auth_secret,
            nonce=secrets.randbelow(2**31),
            timestamp=int(clock.wall()),
        )
    answer = await gateway.exchange(CREATE_SESSION, body=body)
    return answer.value, answer.lifetime or default_lifetime(answer.value)


async def vouched(
    gateway: Gateway, strategy: AuthStrategy, session: Session, clock: Clock
) -> tuple[Session, float]:
    """Ask the service about a session that a strategy brought, renewing it if it is dead."""
    try:
        answer = await gateway.exchange(GET_SESSION, token=session.token)
    except SessionExpiredError:
        again = await strategy.credentials(session)
        if not isinstance(again, Session):
            return await made(gateway, again, clock)
        session = again
        answer = await gateway.exchange(GET_SESSION, token=session.token)
    told = attrs.evolve(answer.value, token=session.token)
    return told, answer.lifetime or default_lifetime(told)


async def discard(gateway: Gateway, *sessions: Session) -> None:
    """End sessions that nobody will use, if the service can be reached in a moment."""
    if not sessions:
        return
    with anyio.move_on_after(_DISCARD_TIMEOUT, shield=True):
        for session in sessions:
            try:
                await gateway.exchange(DESTROY_SESSION, token=session.token)
            except ConnectyCubeError as error:
                _log.debug("an unused session was left to expire: %s", type(error).__name__)
