"""
A check that a third party runs in its own tests: does my strategy keep its Protocol's promises?

It is a plain async function that raises `AssertionError` where a promise is broken.
"""

from contextlib import suppress

from connectycube.auth.strategy import AuthStrategy, Credentials
from connectycube.client import ConnectyCube
from connectycube.errors import SessionExpiredError
from connectycube.retry import NoRetry
from connectycube.session import Session
from connectycube.testing.inprocess import EmulatorTransport
from connectycube.testing.promise import promise

_ELSEWHERE = Session.from_token("a-token-from-elsewhere", user_id=7)


async def check_auth_strategy(
    strategy: AuthStrategy, *, transport: EmulatorTransport | None = None
) -> None:
    """
    Check what a strategy produces, and that the service takes it at both session endpoints.

    Args:
        strategy: one whose credentials the emulator accepts.
        transport: an emulator that knows the strategy's user, where a fresh one would not do.

    Raises:
        AssertionError: a promise of `AuthStrategy` is broken.
    """
    identity: object = strategy.identity
    promise(
        identity is None or (isinstance(identity, str) and identity != ""),
        "identity is a non-empty text, or None for sessions that are never stored",
    )
    promise(identity == strategy.identity, "identity is stable")
    produced = await strategy.credentials(None)
    _check_produced(produced)
    with suppress(SessionExpiredError):  # it may refuse to stand in for a session that died
        _check_produced(await strategy.credentials(_ELSEWHERE))
    transport = transport or EmulatorTransport()
    application = transport.service.application
    async with ConnectyCube(
        application.id,
        application.auth_key,
        base_url="http://localhost",
        transport=transport,
        retry=NoRetry(),
    ) as cube:
        session = await cube.create_session(strategy)
        _check_repr(strategy, produced, session)
        if session.user_id is not None:
            await _check_chat_password(strategy, session)
            await _check_login(strategy, produced, cube, session)


def _check_produced(produced: object) -> None:
    promise(
        isinstance(produced, Credentials | Session),
        f"credentials() produces Credentials or a Session, not {type(produced).__name__}",
    )


def _check_repr(strategy: AuthStrategy, produced: Credentials | Session, session: Session) -> None:
    secrets = [session.token]
    if isinstance(produced, Credentials):
        keys = (produced.provider_keys or {}).items()
        secrets += [value for name, value in keys if name != "project_id"]
        secrets += [produced.password] if produced.password else []
    told = repr(strategy)
    promise(not any(secret in told for secret in secrets), "the strategy's repr shows no secret")


async def _check_chat_password(strategy: AuthStrategy, session: Session) -> None:
    password: object = await strategy.chat_password(session)
    promise(
        isinstance(password, str) and password != "", "chat_password() returns a non-empty text"
    )


async def _check_login(
    strategy: AuthStrategy, produced: Credentials | Session, cube: ConnectyCube, session: Session
) -> None:
    """What makes a session must also log its user in on one, where there is such a form."""
    if not isinstance(produced, Credentials) or produced.guest:
        return
    user = await cube.login(strategy)
    promise(session.user_id == user.id, "both session endpoints find the same user")
