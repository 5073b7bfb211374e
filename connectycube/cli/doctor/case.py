"""What the checks look at, and what one leaves for the next."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit

import attrs

from connectycube.auth.strategy import AuthStrategy
from connectycube.cli.clients import client_of, proxy_for
from connectycube.cli.kept_session import KeptSession
from connectycube.cli.profile import ProfileError
from connectycube.cli.settings import Settings
from connectycube.client import ConnectyCube
from connectycube.http import Hosts
from connectycube.retry import NoRetry
from connectycube.session import Session

TIMEOUT: Final = 10.0
_PORTS: Final = {"https": 443, "http": 80}


@attrs.define(kw_only=True)
class Case:
    """
    One examination.

    Attributes:
        profile: where the profile file would be.
        profile_problem: why it is not used, where it is not.
        answer: what the service said without being told who asks.
        session: of the user who signed in, or whose session was kept.
        made: a session that the doctor made itself, and ends again.
        hosts: where the chat is.
    """

    settings: Settings
    kept: KeptSession | None
    environ: Mapping[str, str]
    profile: Path
    profile_problem: ProfileError | None = None
    answer: "Answer | None" = None
    session: Session | None = None
    made: Session | None = None
    hosts: Hosts | None = None

    @property
    def address(self) -> SplitResult:
        """The base URL, in its parts."""
        return urlsplit(self.settings.base_url)

    @property
    def host(self) -> str:
        return self.address.hostname or ""

    @property
    def port(self) -> int:
        return self.address.port or _PORTS.get(self.address.scheme, 443)

    @property
    def proxy(self) -> str | None:
        """The URL of the proxy that leads to the service; it may hold a password."""
        return proxy_for(self.settings.base_url)

    @asynccontextmanager
    async def client(self, auth: AuthStrategy) -> AsyncGenerator[ConnectyCube]:
        """Give a client that repeats nothing, and goes on with the session that there is."""
        async with client_of(self.settings, auth) as cube:
            if self.session is not None:
                cube.set_session(self.session)
            yield cube.with_options(timeout=TIMEOUT, retry=NoRetry())


@attrs.frozen(kw_only=True)
class Answer:
    """
    An answer of whoever listens at the base URL.

    Attributes:
        arrived_at: seconds since 1970, by this machine.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    arrived_at: float
