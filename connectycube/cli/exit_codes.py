"""What a command's exit status tells a script, and which error has which."""

import enum
from typing import Final

from connectycube.errors import (
    ApiError,
    AuthenticationError,
    ChatClosedError,
    ChatRefusedError,
    ChatTimeoutError,
    ConnectyCubeError,
    DecodeError,
    DeliveryUnknownError,
    InvalidInputError,
    NotFoundError,
    OutboxFullError,
    RateLimitedError,
    ServerError,
    SignedOutError,
    StanzaError,
    TransportError,
    UnauthorizedError,
)


class ExitCode(enum.IntEnum):
    """The statuses; `MEANINGS` says what they tell."""

    OK = 0
    FAILED = 1
    USAGE = 2
    CREDENTIALS = 3
    NOT_FOUND = 4
    REFUSED = 5
    RATE_LIMITED = 6
    NETWORK = 7
    SERVICE = 8
    FINDINGS = 9
    INTERRUPTED = 130
    PIPE_CLOSED = 141


MEANINGS: Final = {
    ExitCode.OK: "done",
    ExitCode.FAILED: "failed for a reason of this machine: a file, a port, a missing extra",
    ExitCode.USAGE: "called in a way that cannot be right; nothing was sent",
    ExitCode.CREDENTIALS: "not signed in, or credentials that are missing or refused",
    ExitCode.NOT_FOUND: "no such thing",
    ExitCode.REFUSED: "the service refuses it: forbidden, or a value that it does not take",
    ExitCode.RATE_LIMITED: "too many requests",
    ExitCode.NETWORK: "no connection, no answer, or none in time",
    ExitCode.SERVICE: "the service failed, or answered what cannot be read",
    ExitCode.FINDINGS: "doctor found something",
    ExitCode.INTERRUPTED: "ended by Ctrl-C",
    ExitCode.PIPE_CLOSED: "whoever read the output has gone",
}

# The first that fits counts, so the narrower come first.
_CODES: Final[tuple[tuple[type[Exception], ExitCode], ...]] = (
    (InvalidInputError, ExitCode.USAGE),
    (AuthenticationError, ExitCode.CREDENTIALS),
    (UnauthorizedError, ExitCode.CREDENTIALS),
    (SignedOutError, ExitCode.CREDENTIALS),
    (NotFoundError, ExitCode.NOT_FOUND),
    (RateLimitedError, ExitCode.RATE_LIMITED),
    (ServerError, ExitCode.SERVICE),
    (ApiError, ExitCode.REFUSED),
    (DecodeError, ExitCode.SERVICE),
    (TransportError, ExitCode.NETWORK),
    (ChatTimeoutError, ExitCode.NETWORK),
    (ChatClosedError, ExitCode.NETWORK),
    (DeliveryUnknownError, ExitCode.NETWORK),
    (OutboxFullError, ExitCode.NETWORK),
    (StanzaError, ExitCode.REFUSED),
)


def exit_code(error: ConnectyCubeError) -> ExitCode:
    """Return the status that an error of the client ends a command with."""
    if isinstance(error, ChatRefusedError):
        is_password = error.condition == "not-authorized"
        return ExitCode.CREDENTIALS if is_password else ExitCode.REFUSED
    return next((code for kind, code in _CODES if isinstance(error, kind)), ExitCode.FAILED)


class CommandError(Exception):
    """A command cannot go on; its text is for whoever typed it, and holds no secret."""

    def __init__(self, message: str, code: ExitCode = ExitCode.FAILED) -> None:
        self.code = code
        super().__init__(message)


class NotSignedInError(CommandError):
    """Nobody is signed in, or something that signing in takes is missing."""

    def __init__(self, message: str) -> None:
        super().__init__(message, ExitCode.CREDENTIALS)
