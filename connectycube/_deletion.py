"""Whether a request to delete an account may have worked."""

import attrs

from connectycube.errors import ApiError, BadRequestError, ConnectError, ServerError
from connectycube.retry import Attempt, RetryPolicy


@attrs.define
class Deletion:
    """
    A request to delete the account, as the retry policy that sees its every attempt.

    Attributes:
        unsure: an attempt may have worked without our hearing of it.
    """

    _policy: RetryPolicy
    unsure: bool = False

    @property
    def attempt_timeout(self) -> float | None:
        return getattr(self._policy, "attempt_timeout", None)

    def delay(self, attempt: Attempt, /) -> float | None:
        lost = attempt.error is not None and not isinstance(attempt.error, ConnectError)
        if lost or attempt.status >= ServerError.default_status:
            self.unsure = True
        return self._policy.delay(attempt)

    def may_have_worked(self, error: ApiError | ConnectError) -> bool:
        """Say so of an attempt whose end is known to have been this error."""
        refused = isinstance(error, ConnectError) or error.status >= BadRequestError.default_status
        return self.unsure or not refused
