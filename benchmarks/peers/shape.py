"""What a peer's module offers: `renewing`, `calling`, or both."""

from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from importlib import import_module
from typing import Any, TypeAlias

import attrs

Login: TypeAlias = Callable[[], Awaitable[str]]
Call: TypeAlias = Callable[[], Coroutine[Any, Any, object]]


class FailedLoginError(Exception):
    """A token was not given; each peer tells its client so as its own service would."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@attrs.frozen
class Renewing:
    """
    A client that holds a token and gets another one when it has expired.

    Attributes:
        get: returns once there is a token to send a call with.
        expire: ends the token that it holds, as its own clock or a refused call would.
    """

    get: Call
    expire: Callable[[], None]


Renewer: TypeAlias = Callable[[Login], AbstractAsyncContextManager[Renewing]]
Opener: TypeAlias = Callable[[str], AbstractAsyncContextManager[Call]]


def renewer(name: str) -> Renewer:
    """
    Load the peer's `renewing`.

    Raises:
        ImportError: its library is not installed.
    """
    loaded: Renewer = import_module(f"benchmarks.peers.{name}").renewing
    return loaded


def opener(name: str) -> Opener:
    """
    Load the peer's `calling`: an open client that makes the same small call again and again.

    Raises:
        ImportError: its library is not installed.
    """
    loaded: Opener = import_module(f"benchmarks.peers.{name}").calling
    return loaded


def reason(error: Exception) -> str:
    """Say in a few words why a row is empty."""
    words = str(error).strip().partition("\n")[0]
    return words or type(error).__name__
