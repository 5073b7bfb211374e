"""Events in line, a lane for each place: what came first is handled first. No I/O."""

import enum
from collections import deque
from collections.abc import Iterable, Iterator

from connectycube.bots.context import Place
from connectycube.chat.events import ChatEvent, MessageReceived
from connectycube.chat.seen import Seen


class Missed(enum.Enum):
    """Where in a lane messages are missing, which the history may have."""

    NOTHING = "nothing is"
    BEFORE = "before all that waits"
    AFTER = "after all that waits"


class Lane:
    """
    What waits in one place.

    Attributes:
        place: which one.
        dialog_id: the place's dialog, where some message told.
        is_group: whether that has a room.
        waiting: what is to be handled, the oldest first.
        current: what is being handled.
        missed: whether the history has something that is not here.
        dropped: how much found no room since the lane was last empty.
    """

    __slots__ = ("current", "dialog_id", "dropped", "is_group", "missed", "place", "waiting")

    def __init__(self, place: Place | None, *, is_group: bool) -> None:
        self.place: Place | None = place
        self.dialog_id: str | None = None
        self.is_group: bool = is_group
        self.waiting: deque[ChatEvent] = deque()
        self.current: ChatEvent | None = None
        self.missed: Missed = Missed.NOTHING
        self.dropped: int = 0

    @property
    def is_done(self) -> bool:
        return not self.waiting and self.missed is Missed.NOTHING

    @property
    def looks_back(self) -> bool:
        """Whether the history comes before what waits."""
        return self.missed is Missed.BEFORE or (self.missed is Missed.AFTER and not self.waiting)


class Lanes:
    """
    All lanes of a bot that hold something.

    A lane has its turn, for one event, when all that were ready before it had theirs; so no dialog
    holds others up, however much is written there.

    Args:
        most: how many events may wait in a lane. Past that, messages of the lane are no longer
            taken, until it has handled what it holds and has looked into the history.
        has_history: whether anybody will look there.
    """

    def __init__(self, most: int, *, has_history: bool) -> None:
        self._most = most
        self._has_history = has_history
        self._lanes: dict[Place | None, Lane] = {}
        self._ready: deque[Lane] = deque()
        self._seen = Seen()

    def __len__(self) -> int:
        """Return how many events wait or are being handled."""
        return sum(len(lane.waiting) + (lane.current is not None) for lane in self._lanes.values())

    @property
    def is_ready(self) -> bool:
        """Whether some lane waits for its turn."""
        return bool(self._ready)

    @property
    def unfinished(self) -> list[ChatEvent]:
        """What is being handled, and what waits."""
        return [event for lane in self._lanes.values() for event in _held(lane)]

    def put(self, place: Place | None, event: ChatEvent) -> bool:
        """Take an event into its lane; say no where it is known, or finds no room."""
        if isinstance(event, MessageReceived):
            if self.is_known(event):
                return True
            lane = self._lane_of_message(place, event)
        else:
            lane = self._lane_of_other(place, event)
        if not self._has_room(lane, event):
            lane.dropped += 1
            return False
        self._remember(event)
        lane.waiting.append(event)
        return True

    def miss(self, place: Place, dialog_id: str, *, is_group: bool) -> None:
        """Let a lane look into the history before anything else."""
        lane = self._lanes.get(place)
        if lane is None:
            lane = self._add(Lane(place, is_group=is_group))
        lane.dialog_id = dialog_id
        lane.missed = Missed.BEFORE

    def missed(self, lane: Lane, messages: Iterable[MessageReceived]) -> None:
        """Put what the history has, and the lane has not, where it belongs: before what waits."""
        held = {_key(event) for event in lane.waiting if isinstance(event, MessageReceived)}
        found = list(messages)
        keys = {_key(message) for message in found}
        # What is in both stays where the history has it, so that the order is the history's.
        later = [
            event
            for event in lane.waiting
            if not (isinstance(event, MessageReceived) and _key(event) in keys)
        ]
        fresh = [one for one in found if _key(one) in held or not self.is_known(one)]
        for one in fresh:
            self._remember(one)
        lane.waiting = deque([*fresh, *later])
        lane.missed = Missed.NOTHING

    def take(self) -> Lane | None:
        """Return the lane whose turn it is, for one worker alone; `None` where all is done."""
        return self._ready.popleft() if self._ready else None

    def give_back(self, lane: Lane) -> None:
        """End a lane's turn."""
        lane.current = None
        if lane.is_done:
            del self._lanes[lane.place]
        else:
            self._ready.append(lane)

    def is_known(self, event: MessageReceived) -> bool:
        """Whether a message was taken before, and not long ago."""
        return bool(event.message.id) and self._seen.knows(*_key(event))

    def _has_room(self, lane: Lane, event: ChatEvent) -> bool:
        is_message = isinstance(event, MessageReceived)
        if is_message and lane.missed is Missed.AFTER:
            return False  # others came before it
        if len(lane.waiting) < self._most:
            return True
        if is_message and self._has_history and lane.missed is Missed.NOTHING:
            lane.missed = Missed.AFTER
        return False

    def _lane_of_message(self, place: Place | None, event: MessageReceived) -> Lane:
        lane = self._lanes.get(place)
        if lane is None:
            lane = self._add(Lane(place, is_group=event.message.is_group))
        lane.dialog_id = event.dialog_id or lane.dialog_id
        return lane

    def _lane_of_other(self, place: Place | None, event: ChatEvent) -> Lane:
        if place not in self._lanes:
            # In a private dialog it is the user whom messages wait under.
            place = getattr(event, "user_id", None) or place
        lane = self._lanes.get(place)
        return self._add(Lane(place, is_group=False)) if lane is None else lane

    def _add(self, lane: Lane) -> Lane:
        self._lanes[lane.place] = lane
        self._ready.append(lane)
        return lane

    def _remember(self, event: ChatEvent) -> None:
        if isinstance(event, MessageReceived) and event.message.id:
            self._seen.add(*_key(event))


def _held(lane: Lane) -> Iterator[ChatEvent]:
    if lane.current is not None:
        yield lane.current
    yield from lane.waiting


def _key(event: MessageReceived) -> tuple[int, str]:
    # With its sender, so that nobody can hide another's message by taking its id first.
    return event.message.sender_id, event.message.id
