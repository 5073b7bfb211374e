"""What the conversation tells its connection, and applications never see."""

from typing import Any, TypeAlias

import attrs

from connectycube.errors import ChatError
from connectycube.values import frozen


@frozen
class Online:
    """The login is done and messages flow; `jid` is the caller's full address."""

    jid: str


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
class Ended:
    """
    The conversation is over: send what is left, and close the line.

    What was asked and not answered has failed, each with a `Failed` before this.
    """

    error: ChatError = attrs.field(eq=False)


Outcome: TypeAlias = Online | Answered | Failed | Ended
