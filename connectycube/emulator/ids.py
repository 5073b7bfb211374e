"""Where ids and tokens come from."""

from __future__ import annotations

import itertools
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class Ids:
    """Hand out ids in order, and tokens at random: a token from before a reset must stay dead."""

    def __init__(self) -> None:
        self._users = itertools.count(1001)
        self._sessions = itertools.count(500001)
        self._files = itertools.count(510001)
        self._objects = itertools.count(1)
        self._subscriptions = itertools.count(520001)
        self._events = itertools.count(530001)

    def user(self) -> int:
        """Return the next user id."""
        return next(self._users)

    def session(self) -> int:
        """Return the next session id."""
        return next(self._sessions)

    def file(self) -> int:
        """Return the next file id."""
        return next(self._files)

    def file_uid(self, *, older: bool) -> str:
        """Return a fresh uid of a file: hard to guess, since it opens a public one."""
        return "fa4e" + secrets.token_hex(15) if older else "FA4E" + secrets.token_hex(16).upper()

    def object(self, now: datetime) -> str:
        """Return the next 24-hex id: seconds, a machine part that is visibly ours, a counter."""
        return f"{int(now.timestamp()):08x}e0e0e0e0e0{next(self._objects):06x}"

    def subscription(self) -> int:
        """Return the next id of a push subscription."""
        return next(self._subscriptions)

    def event(self) -> int:
        """Return the next id of a push event."""
        return next(self._events)

    def token(self, *, older: bool) -> str:
        """Return a fresh session token; the contract's lengths, visibly fake (it starts FA4E)."""
        return "fa4e" + secrets.token_hex(18) if older else "FA4E" + secrets.token_hex(16).upper()

    def guest_login(self) -> str:
        """Return a login for a guest."""
        return "guest_login_" + secrets.token_hex(18).upper()
