"""From settings to a client: who signs in, by which way out, and where the chat is."""

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import urlsplit

import anyio
import attrs

from connectycube.addresses import is_this_machine
from connectycube.auth.existing import ExistingSession
from connectycube.auth.password import AppOnly, EmailPassword, LoginPassword
from connectycube.auth.strategy import AuthStrategy
from connectycube.cli.exit_codes import CommandError, ExitCode, NotSignedInError
from connectycube.cli.kept_session import KeptSession
from connectycube.cli.places import Places
from connectycube.cli.settings import DEFAULT_BASE_URL, Settings, variable
from connectycube.client import ConnectyCube
from connectycube.errors import TransportError
from connectycube.http import Headers, Hosts, Request
from connectycube.session import Session
from connectycube.stores.file import FileStore
from connectycube.transports._environment import proxy_of_environment
from connectycube.transports.aiohttp import AiohttpTransport

_ASKING: Final = 5.0  # seconds for an emulator to say where its parts are


def kept_for(settings: Settings, kept: KeptSession | None) -> KeptSession | None:
    """Return the kept session where it is of this application, at this place, and of this user."""
    if kept is None or str(kept.app_id) != settings.app_id:
        return None
    if kept.base_url.rstrip("/") != settings.base_url.rstrip("/"):
        return None  # its token is no business of another host's
    is_other = settings.name not in (None, kept.login, kept.email)
    return None if is_other else kept


def strategy_of(settings: Settings, kept: KeptSession | None) -> AuthStrategy:
    """
    Return the strategy of the user whom the settings, or what login kept, speak of.

    Raises:
        NotSignedInError: they speak of nobody, or leave the password out.
    """
    if settings.token is not None:
        return ExistingSession(Session.from_token(settings.token))
    strategy = by_password(settings)
    if strategy is not None:
        return strategy
    found = kept_for(settings, kept)
    if found is not None:
        return ExistingSession(found.session)
    if any(settings.sources.get(key, "login") != "login" for key in ("login", "email")):
        raise NotSignedInError(
            f"{settings.name} needs a password: {variable('password')}, or login"
        )
    raise NotSignedInError("not signed in: run `connectycube login`")


def by_password(settings: Settings) -> LoginPassword | EmailPassword | None:
    """Return the strategy of a name with its password, where both are known."""
    if settings.password is None:
        return None
    if settings.login is not None:
        return LoginPassword(settings.login, settings.password)
    return None if settings.email is None else EmailPassword(settings.email, settings.password)


def transport_of(base_url: str) -> AiohttpTransport:
    """Return a transport by the proxy that the environment names for this place, if any."""
    return AiohttpTransport(proxy=proxy_for(base_url))


def proxy_for(base_url: str) -> str | None:
    """Return the URL of the proxy to this place; it may hold a password."""
    try:
        parts = urlsplit(base_url)
    except ValueError:
        return None  # it is no URL, as the client is about to say
    return proxy_of_environment(parts.scheme, parts.hostname or "")


@asynccontextmanager
async def client_of(
    settings: Settings, auth: AuthStrategy, *, places: Places | None = None
) -> AsyncGenerator[ConnectyCube]:
    """
    Make a client, and close it and its transport behind the block.

    Args:
        places: where sessions made of credentials are kept; `None` keeps none.

    Raises:
        NotSignedInError: the application is not known.
        InvalidInputError: a setting cannot be right.
    """
    if settings.app_id is None:
        raise NotSignedInError(
            f"which application? Set {variable('app_id')}, and {variable('auth_key')} to sign in"
        )
    transport = transport_of(settings.base_url)
    try:
        async with ConnectyCube(
            settings.app_id,
            settings.auth_key,
            auth=auth,
            auth_secret=settings.auth_secret,
            base_url=settings.base_url,
            hosts=hosts_of(settings) or Hosts(),
            transport=transport,
            # Only what is renewed by itself is worth keeping here.
            store=None if places is None or _is_kept(auth) else _store(places),
        ) as cube:
            yield cube
    finally:
        await transport.aclose()


def _store(places: Places) -> FileStore | None:
    try:
        return FileStore(places.sessions)
    except OSError:
        return None  # a home that nothing can be written to, as in many containers


def _is_kept(auth: AuthStrategy) -> bool:
    return isinstance(auth, ExistingSession | AppOnly)


async def with_chat_hosts(settings: Settings) -> Settings:
    """
    Return settings that say where the chat is, asking an emulator on this machine.

    Raises:
        CommandError: nobody says where it is. A password would else go to the real service.
    """
    if settings.chat_host is not None or _is_default(settings.base_url):
        return settings
    if is_this_machine(urlsplit(settings.base_url).hostname or ""):
        hosts = await _emulated(settings.base_url)
        if hosts is not None:
            return attrs.evolve(settings, **hosts)
    raise CommandError(
        f"the service is at {settings.base_url}: where is its chat? Set {variable('chat_host')}",
        ExitCode.USAGE,
    )


def _is_default(base_url: str) -> bool:
    return base_url.rstrip("/") == DEFAULT_BASE_URL


async def _emulated(base_url: str) -> dict[str, Any] | None:
    """Ask an emulator where its chat is; `None` where none answers, or speaks of other machines."""
    request = Request(
        method="GET",
        url=f"{base_url.rstrip('/')}/_emulator/hosts",
        headers=Headers({"Accept": "application/json"}),
        label="GET /_emulator/hosts",
    )
    transport = transport_of(base_url)
    answer = b""
    try:
        with anyio.move_on_after(_ASKING):
            response = await transport.send(request)
            try:
                answer = await response.read()
            finally:
                await response.aclose()
    except TransportError:
        return None
    finally:
        await transport.aclose()
    return _chat_hosts(answer)


def _chat_hosts(answer: bytes) -> dict[str, Any] | None:
    try:
        told = json.loads(answer)
        hosts = {key: told[member] for key, member in _HOSTS.items()}
        places = [urlsplit(f"//{hosts['chat_host']}"), urlsplit(hosts["chat_websocket"])]
        is_here = all(is_this_machine(place.hostname or "") for place in places)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return hosts if is_here and isinstance(hosts["muc_host"], str) else None


_HOSTS: Final[Mapping[str, str]] = {
    "chat_host": "chat",
    "chat_websocket": "chat_websocket",
    "muc_host": "muc",
}


def hosts_of(settings: Settings) -> Hosts | None:
    """Return the addresses beside the API; what is not said follows from the chat's own."""
    if settings.chat_host is None:
        return None
    name = urlsplit(f"//{settings.chat_host}").hostname or settings.chat_host
    return attrs.evolve(
        Hosts(),
        chat=settings.chat_host,
        chat_websocket=settings.chat_websocket or f"wss://{name}:5291",
        muc=settings.muc_host or f"muc.{name}",
    )
