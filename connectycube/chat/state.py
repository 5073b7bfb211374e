"""Where a conversation goes from where, and how it is held."""

import enum
from collections.abc import Mapping
from typing import Final

from connectycube.errors import InvalidInputError
from connectycube.values import frozen


class State(enum.Enum):
    """What a conversation is up to."""

    CONNECTING = "connecting"
    NEGOTIATING = "negotiating"
    BINDING = "binding"
    ONLINE = "online"
    CLOSING = "closing"
    CLOSED = "closed"


class Turn(enum.Enum):
    """What takes a conversation from one state to another."""

    OPENED = "the line is open"
    ACCEPTED = "the login was accepted"
    SETTLED = "address, copies and counts are settled"
    LEFT = "we said goodbye"
    LOST = "the line is over, and another may follow"
    ENDED = "the line is over, or of no more use"


TRANSITIONS: Final[Mapping[State, Mapping[Turn, State]]] = {
    State.CONNECTING: {Turn.OPENED: State.NEGOTIATING, Turn.ENDED: State.CLOSED},
    State.NEGOTIATING: {
        Turn.ACCEPTED: State.BINDING,
        Turn.LOST: State.CONNECTING,
        Turn.ENDED: State.CLOSED,
    },
    State.BINDING: {
        Turn.SETTLED: State.ONLINE,
        Turn.LOST: State.CONNECTING,
        Turn.ENDED: State.CLOSED,
    },
    State.ONLINE: {
        Turn.LEFT: State.CLOSING,
        Turn.LOST: State.CONNECTING,
        Turn.ENDED: State.CLOSED,
    },
    State.CLOSING: {Turn.ENDED: State.CLOSED},
    State.CLOSED: {},
}


@frozen(kw_only=True)
class ChatOptions:
    """
    How a conversation is held; durations are in seconds.

    Attributes:
        auto_delivered: whether every message is answered with a mark of delivery; otherwise only
            those that ask for it.
        carbons: whether other devices' messages are copied to this one.
        stream_management: whether messages are counted, so that they are confirmed at little cost
            and a conversation can go on after a cut; else a ping behind them is what confirms.
        resource: a name for this device; the service finds one where none is given.
        step_timeout: bounds each step of the login.
        request_timeout: bounds each request.
        ping_interval: how long the service may be silent before it is asked for a sign of life.
        ping_timeout: how long it may take to give one.
        ack_timeout: how long it may take to say what has arrived.
        max_unsent: how many messages, marks and the like may wait to be sent or confirmed.
    """

    auto_delivered: bool = True
    carbons: bool = True
    stream_management: bool = True
    resource: str | None = None
    step_timeout: float = 15.0
    request_timeout: float = 15.0
    ping_interval: float = 18.0
    ping_timeout: float = 10.0
    ack_timeout: float = 15.0
    max_unsent: int = 1000

    def __attrs_post_init__(self) -> None:
        if type(self.max_unsent) is not int or self.max_unsent < 1:
            raise InvalidInputError("max_unsent must be a positive integer")
