"""One renewal as its own hook and callables see it: a mark in their context."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

from connectycube._session_state import SessionState
from connectycube.errors import SignedOutError
from connectycube.session import Session


class Renewal:
    """
    One renewal of one client's session.

    Attributes:
        state: that client's; it tells the clients apart.
        epoch: the one it works for; in a later one it is void.
        made: sessions it had the service make, with their lifetimes, until one is adopted.
        found: its session was found in a store.
    """

    def __init__(self, state: SessionState, epoch: int) -> None:
        self.state = state
        self.epoch = epoch
        self.made: dict[str, tuple[Session, float]] = {}
        self.found = False
        self.ended = False

    def check(self) -> None:
        """
        Go no further once the application decided otherwise.

        Raises:
            SignedOutError: the renewal is void.
        """
        if self.ended or self.epoch != self.state.epoch:
            raise SignedOutError("this renewal is over: the application decided otherwise")

    @contextmanager
    def running(self) -> Generator[None]:
        """Mark what runs inside; tasks that it leaves behind are not marked any more."""
        mark = _running.set((*_running.get(), self))
        try:
            yield
        finally:
            self.ended = True
            _running.reset(mark)


_running: ContextVar[tuple[Renewal, ...]] = ContextVar("connectycube_renewals", default=())


def renewals_around(state: SessionState) -> list[Renewal]:
    """Return the renewals of this session inside whose hook or callable we run."""
    running = _running.get()
    return [one for one in running if one.state is state and not one.ended] if running else []
