"""What the conversation tells its connection, and applications never see."""

from typing import Any, TypeAlias

import attrs

from connectycube.errors import ChatError
from connectycube.values import frozen


@frozen
class Online:
    """
    The login is done and messages flow.

    Attributes:
        jid: the caller's full address.
        is_resumed: whether the conversation of the line before goes on.
    """

    jid: str
    is_resumed: bool = False


@frozen
class Confirmed:
    """The service has taken these messages of ours, the oldest first."""

    message_ids: list[str]


@frozen
class Overdue:
    """Somebody waited long enough for this message to be confirmed."""

    message_id: str


@frozen
class Answered:
    """A request got its answer; `value` is what the method that made it says."""

    request_id: str
    value: Any = None


@frozen
class Failed:
    """A request was refused (`StanzaError`) or not answered in time (`ChatTimeoutError`)."""

    request_id: str
    error: ChatError = attrs.field(eq=False)


@frozen
class Lost:
    """
    The line is over, and another may follow: close it at once.

    Attributes:
        error: why.
        was_online: whether it had been of use.
        was_let_in: whether the password had been right.
    """

    error: ChatError = attrs.field(eq=False)
    was_online: bool = True
    was_let_in: bool = True


@frozen
class Ended:
    """
    The conversation is over: send what is left, and close the line.

    What was asked and not answered has failed, each with a `Failed` before this.
    """

    error: ChatError = attrs.field(eq=False)


Outcome: TypeAlias = Online | Confirmed | Overdue | Answered | Failed | Lost | Ended
