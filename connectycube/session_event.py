"""What becomes of a client's session, for whoever looks on."""

import logging
from collections.abc import Callable
from typing import Literal, TypeAlias

from connectycube.session import Session
from connectycube.values import frozen

_log = logging.getLogger("connectycube.session")
Happening: TypeAlias = Literal["created", "restored", "renewed", "expired", "destroyed"]


@frozen
class SessionEvent:
    """
    One step in the life of a session.

    Attributes:
        kind: `created` by signing in; `restored` from a store or by `set_session`; `renewed` in
            place of one that expired; `expired`, as the service said; `destroyed` by the client.
        session: the session that it happened to, the new one where one took another's place.
    """

    kind: Happening
    session: Session


SessionObserver: TypeAlias = Callable[[SessionEvent], None]


class Observers:
    """Those who look on: called in line, and without a say."""

    __slots__ = ("_all",)

    def __init__(self) -> None:
        self._all: tuple[SessionObserver, ...] = ()

    def add(self, observer: SessionObserver) -> Callable[[], None]:
        """Return what takes the observer away again."""
        self._all = (*self._all, observer)

        def remove() -> None:
            at = next((at for at, one in enumerate(self._all) if one is observer), None)
            if at is not None:
                self._all = self._all[:at] + self._all[at + 1 :]

        return remove

    def tell(self, kind: Happening, session: Session) -> None:
        """Call everyone; what one of them raises is logged, without its words, and forgotten."""
        for observer in self._all:
            try:
                observer(SessionEvent(kind, session))
            except Exception as error:  # noqa: BLE001 - onlookers change nothing
                _log.warning("an observer of sessions raised %s", type(error).__name__)
