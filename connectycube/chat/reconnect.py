"""When a line is opened anew, and which ends are final."""

import enum
import random
from collections.abc import Callable, Iterator
from typing import Final

import attrs

from connectycube.errors import (
    ApiError,
    ChatClosedError,
    ChatRefusedError,
    DecodeError,
    InvalidInputError,
    RateLimitedError,
    ServerError,
    TransportError,
)
from connectycube.values import frozen

# A password of its own may be meant by these; the strategy is asked once more.
_BY_PASSWORD: Final = frozenset({"not-authorized", "credentials-expired"})
# Repeating what the service names so ends as before: it is about us, or about what we said.
_FINAL: Final = frozenset(
    {
        "account-disabled",
        "bad-format",
        "bad-namespace-prefix",
        "conflict",
        "encryption-required",
        "host-unknown",
        "improper-addressing",
        "incorrect-encoding",
        "invalid-authzid",
        "invalid-from",
        "invalid-mechanism",
        "invalid-namespace",
        "invalid-xml",
        "malformed-request",
        "mechanism-too-weak",
        "not-allowed",
        "not-well-formed",
        "restricted-xml",
        "unsupported-encoding",
        "unsupported-stanza-type",
        "unsupported-version",
    }
)


class Remedy(enum.Enum):
    """What helps against an end."""

    NONE = "it is final"
    PASSWORD = "another password may help, once"  # noqa: S105 - it is none
    TIME = "a new line may help"


@frozen(kw_only=True)
class Reconnect:
    """
    How a cut is healed: the delays before each attempt, drawn anew and ever longer.

    The first is at most `base` seconds, each further one at most twice as long, up to `cap`. They
    begin anew once the service let us in, unless it was the one that ended that at once.

    Attributes:
        base: seconds that the first delay may take.
        cap: seconds that any delay may take.
        attempts: how many there are; `None` for no limit.
        uniform: draws a number between two.

    Raises:
        InvalidInputError: an option that cannot be right.
    """

    base: float = 0.5
    cap: float = 30.0
    attempts: int | None = None
    uniform: Callable[[float, float], float] = attrs.field(
        default=random.uniform, repr=False, eq=False
    )

    def __attrs_post_init__(self) -> None:
        if not 0 <= self.base <= self.cap < float("inf"):  # NaN is refused as well
            raise InvalidInputError("base and cap are seconds, and base is not above cap")
        if self.attempts is not None and (type(self.attempts) is not int or self.attempts < 1):
            raise InvalidInputError("attempts is a positive integer, or None")

    def delays(self) -> Iterator[float]:
        """Return the seconds to wait before each attempt."""
        most, made = self.base, 0
        while self.attempts is None or made < self.attempts:
            yield self.uniform(0.0, most)
            most, made = min(self.cap, most * 2), made + 1


def remedy(error: Exception) -> Remedy:
    """Return what helps when connecting, or a conversation, ended by this."""
    if isinstance(error, ChatRefusedError):
        if error.condition in _BY_PASSWORD:
            return Remedy.PASSWORD
        return Remedy.NONE if error.condition in _FINAL else Remedy.TIME
    if isinstance(error, ApiError):
        return Remedy.TIME if isinstance(error, RateLimitedError | ServerError) else Remedy.NONE
    # An application's own secrets may come over a network of their own.
    if isinstance(error, ChatClosedError | TransportError | DecodeError | OSError):
        return Remedy.TIME
    return Remedy.NONE
