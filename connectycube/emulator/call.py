"""One call as a handler sees it, and who may make it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import Enum, auto
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import attrs

from .messages import Headers, WireRequest
from .parameters import Parameters, read_parameters
from .records import Session, User
from .refusals import session_missing, token_required, unauthorized, user_required
from .reply import Reply
from .world import World

if TYPE_CHECKING:
    from .settings import Settings


class Caller(Enum):
    """Name who may call an operation; the contract's "Caller" column."""

    ANYONE = auto()
    """Nobody in particular, or application keys in the body: the handler looks."""
    AUTH_KEY_OR_SESSION = auto()
    SESSION = auto()
    USER = auto()
    ADMIN = auto()
    """Whoever has the administration key; a session opens nothing here."""


@attrs.define(kw_only=True, eq=False)
class Call:
    """Bring a handler everything it works on."""

    world: World
    request: WireRequest = attrs.field(repr=False)
    headers: Headers = attrs.field(repr=False)
    arguments: tuple[str, ...]
    """The decoded variable parts of the path."""
    now: datetime
    session: Session | None = None

    @property
    def settings(self) -> Settings:
        """Return the switches."""
        return self.world.settings

    @cached_property
    def parameters(self) -> Parameters:
        """Return the parameters, from wherever the contract lets them travel."""
        request = self.request
        return read_parameters(request.method, request.query, self.headers, request.body)

    @property
    def user(self) -> User:
        """Return the caller's user; without one the call is refused."""
        user = self.world.user(self.session.user_id) if self.session else None
        if user is None:
            raise user_required()
        return user

    @property
    def own_session(self) -> Session:
        """Return the caller's session; without one the call is refused."""
        if self.session is None:
            raise token_required()
        return self.session


Handler: TypeAlias = Callable[[Call], Reply]


def admit(call: Call, caller: Caller, *, token: str | None = None) -> None:
    """
    Check who calls, and push the expiry of the session that is used.

    The token of a few URLs is in their query; it wins over the header.
    """
    if caller is Caller.ANYONE:
        return
    if caller is Caller.ADMIN:
        if call.headers.get("CB-Administration-API-Key") != call.world.application.admin_key:
            raise unauthorized()
        return
    token = token or call.headers.get("CB-Token")
    # An empty token counts as none: one SDK sends it before it has a session.
    session = call.world.live_session(token, call.now) if token else None
    if session is not None:
        call.world.touch(session, call.now)
        call.session = session
        if caller is Caller.USER and session.user_id is None:
            raise user_required()
        return
    key = call.headers.get("CB-AuthKey")
    if caller is Caller.AUTH_KEY_OR_SESSION and key:
        if key == call.world.application.auth_key:
            return
        raise unauthorized()
    raise session_missing(call.settings.error_shape) if token else token_required()
