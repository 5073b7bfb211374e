"""What a command is given: its output, its profile, and clients made of both."""

import os
import sys
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cached_property

from connectycube.cli.clients import client_of, strategy_of, with_chat_hosts
from connectycube.cli.kept_session import KeptSession, read_kept
from connectycube.cli.output import Output
from connectycube.cli.places import Places, places_of
from connectycube.cli.profile import read_profile
from connectycube.cli.settings import Settings, settings_of
from connectycube.client import ConnectyCube


class Invocation:
    """One call of a command. The environment and the files are read when they are first needed."""

    def __init__(self, *, output: Output, profile: str) -> None:
        self.output = output
        self.profile = profile

    @cached_property
    def places(self) -> Places:
        """Where the profile's files are."""
        return places_of(self.profile, os.environ)

    @cached_property
    def kept(self) -> KeptSession | None:
        """What login kept."""
        return read_kept(self.places.kept)

    @cached_property
    def settings(self) -> Settings:
        """What the environment, the profile and login say."""
        return settings_of(os.environ, read_profile(self.places.profile), self.kept)

    def client(self) -> AbstractAsyncContextManager[ConnectyCube]:
        """
        Return a client of whoever is signed in, to be used by `async with`.

        Raises:
            CommandError: nobody is, or a file that says so cannot be used.
            InvalidInputError: entered: a setting cannot be right.
        """
        settings = self.settings
        return client_of(settings, strategy_of(settings, self.kept), places=self.places)

    @asynccontextmanager
    async def chat_client(self) -> AsyncGenerator[ConnectyCube]:
        """As `client`, for one that talks in real time."""
        settings = await with_chat_hosts(self.settings)
        auth = strategy_of(settings, self.kept)
        async with client_of(settings, auth, places=self.places) as cube:
            yield cube


def can_ask() -> bool:
    """Say whether there is somebody who could answer a question."""
    return sys.stdin.isatty() and sys.stderr.isatty()
