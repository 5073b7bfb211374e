"""What a client knows of its session: plain state and its rules, without I/O or a clock."""

import math
from datetime import UTC, datetime
from typing import Final

import attrs

from connectycube.errors import SessionExpiredError
from connectycube.models.user import User
from connectycube.session import Session, default_lifetime, margin

_REMEMBERED_FAILURES: Final = 32


class Live:
    """The session that calls are sent with, and when it dies; `inf` where only the server knows."""

    __slots__ = ("ends_at", "lifetime", "margin", "session", "stale_at")

    def __init__(self, session: Session) -> None:
        self.session = session
        self.lifetime: float | None = None
        self.ends_at = math.inf
        self.stale_at = math.inf
        self.margin = 0.0

    def extend(self, lifetime: float | None, now: float) -> None:
        """Count its life from now on; without a lifetime, by the last one that is known."""
        if lifetime is None:
            lifetime = self.lifetime or default_lifetime(self.session)
        if lifetime != self.lifetime:  # it hardly ever changes
            self.lifetime, self.margin = lifetime, margin(lifetime)
        self.ends_at = now + lifetime
        self.stale_at = self.ends_at - self.margin


class SessionState:
    """
    One session from its making to its end, and what became of the one before.

    Attributes:
        live: the session in use.
        dead: the one that expired, for whoever makes the next.
        death: how its end was noticed.
        ending: signed out of, while the service may not have heard of it.
        doubtful: a token whose user may have been deleted; it is never renewed by itself.
        lost_deletion: nobody knows any more whether that user was deleted.
        signed_out: nothing signs in by itself.
        epoch: counts what the application itself decided; a renewal of an older one is void.
        sign_outs: the same for signing out alone.
    """

    __slots__ = (
        "_failures",
        "dead",
        "death",
        "doubtful",
        "ending",
        "epoch",
        "live",
        "lost_deletion",
        "sign_outs",
        "signed_out",
    )

    def __init__(self) -> None:
        self.live: Live | None = None
        self.dead: Session | None = None
        self.death: SessionExpiredError | None = None
        self.ending: Session | None = None
        self.doubtful: str | None = None
        self.lost_deletion = False
        self.signed_out = False
        self.epoch = 0
        self.sign_outs = 0
        self._failures: dict[str, Exception] = {}

    def seen(self, now: float, wall: float) -> Session | None:
        """Return the live session with its end by this machine's clock."""
        if self.live is None or math.isinf(self.live.ends_at):
            return None if self.live is None else self.live.session
        ends = datetime.fromtimestamp(wall + self.live.ends_at - now, UTC)
        return attrs.evolve(self.live.session, expires_at=ends)

    def is_live(self, token: str) -> bool:
        """Say whether this token is the one in use: what is late must not hurt a new one."""
        # By token, not identity: a session that was touched or learned of is a new value.
        return self.live is not None and self.live.session.token == token

    def invalidate(self, token: str, error: SessionExpiredError) -> Session | None:
        """Note that the service refused this token; return the session that died of it."""
        if self.live is None or not self.is_live(token):
            return None
        self.dead, self.death = self.live.session, error
        self.live = None
        return self.dead

    def touch(self, token: str, lifetime: float | None, now: float) -> None:
        """Note that the service just accepted this token, which moved its end on."""
        live = self.live
        if live is not None and live.session.token == token:
            if lifetime is None or lifetime != live.lifetime:
                live.extend(lifetime, now)
            else:  # as nearly always
                live.ends_at = ends_at = now + lifetime
                live.stale_at = ends_at - live.margin
            if self._failures:  # a renewal may have failed while this session only looked old
                self._failures.pop(token, None)

    def learn(self, told: Session) -> None:
        """Take over what the service told about a session."""
        if self.live is not None and self.is_live(told.token):
            self.live.session = told

    def update_user(self, user: User) -> None:
        """Replace what is known of the session's user."""
        if self.live is not None and self.live.session.user_id == user.id:
            self.live.session = attrs.evolve(self.live.session, user=user)

    def adopt(self, session: Session, lifetime: float | None, now: float) -> None:
        """Make this the live session; one that is live already keeps what is known of it."""
        self.signed_out = False
        self.dead = self.death = self.ending = None
        if lifetime is None and self.is_live(session.token):
            return
        self.live = Live(session)
        if lifetime is not None:
            self.live.extend(lifetime, now)

    def begin_epoch(self) -> None:
        """Drop what a renewal under way, or an earlier failure, would still have to say."""
        self.epoch += 1
        self.doubtful = None
        self.lost_deletion = False
        self.live = self.dead = self.death = None
        self._failures.clear()

    def sign_out(self) -> None:
        """Forget the session; nothing signs in by itself again."""
        self.begin_epoch()
        self.sign_outs += 1
        self.signed_out = True

    def remember_failure(self, dead: Session | None, error: Exception) -> None:
        """Keep the outcome of a renewal for every call that was sent with the dead token."""
        if dead is None:
            return
        self._failures.pop(dead.token, None)
        self._failures[dead.token] = error
        if len(self._failures) > _REMEMBERED_FAILURES:
            del self._failures[next(iter(self._failures))]

    def failure_of(self, token: str) -> Exception | None:
        """Return what the renewal of this token came to, where it failed."""
        return self._failures.get(token)

    def spare(self, dead: Session | None) -> bool:
        """Keep a session that only looks old, where nothing could be had in its place."""
        if self.live is None or self.live.session is not dead:
            return False
        self.live.stale_at = math.inf
        return True
