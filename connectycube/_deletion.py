"""Deleting the own account: whether it may have worked, and what must wait for that."""

from collections.abc import Callable, Generator
from contextlib import contextmanager

import anyio

from connectycube._session_state import SessionState
from connectycube.errors import ApiError, BadRequestError, ConnectError, ServerError
from connectycube.retry import Attempt, RetryPolicy
from connectycube.session import Session


class Deletion:
    """
    A request to delete the account, as the retry policy that sees its every attempt.

    Attributes:
        unsure: an attempt may have worked without our hearing of it.
    """

    def __init__(self, policy: RetryPolicy) -> None:
        self._policy = policy
        self.unsure = False

    @property
    def attempt_timeout(self) -> float | None:
        return getattr(self._policy, "attempt_timeout", None)

    def delay(self, attempt: Attempt, /) -> float | None:
        lost = attempt.error is not None and not isinstance(attempt.error, ConnectError)
        if lost or attempt.status >= ServerError.default_status:
            self.unsure = True
        return self._policy.delay(attempt)

    def may_have_worked(self, error: BaseException) -> bool:
        """Say so of a request that ended with this error."""
        never_left = isinstance(error, ConnectError)
        refused = isinstance(error, ApiError) and error.status >= BadRequestError.default_status
        return self.unsure or not (never_left or refused)


class Deletions:
    """
    The deletions under way of one session's user.

    Attributes:
        running: how many.
        settled: set when none runs any more.
    """

    def __init__(self, state: SessionState, sign_out: Callable[[], None]) -> None:
        self._state = state
        self._sign_out = sign_out
        self.running = 0
        self.settled = anyio.Event()

    @contextmanager
    def deleting(self, session: Session, retry: RetryPolicy) -> Generator[Deletion]:
        """
        Keep the session in doubt while its user may vanish, and for good where that stays unknown.

        A renewal of it could create the deleted account anew. Success signs out, but for a session
        of somebody else that was chosen meanwhile.
        """
        state, epoch = self._state, self._state.epoch
        deletion = Deletion(retry)
        state.doubtful = session.token
        if self.running == 0:
            self.settled = anyio.Event()
        self.running += 1
        try:
            yield deletion
            live = state.live
            if epoch == state.epoch or (live and live.session.user_id == session.user_id):
                self._sign_out()
        except BaseException as error:
            # In a new epoch it is another session that would be in doubt.
            if epoch == state.epoch and deletion.may_have_worked(error):
                state.lost_deletion = True
            raise
        finally:
            self.running -= 1
            if self.running == 0:
                if not state.lost_deletion:
                    state.doubtful = None
                self.settled.set()
