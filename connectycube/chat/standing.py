"""What the caller is to the service: in which rooms, watching whom, looking or not."""

from collections.abc import Callable

from connectycube.chat.asked import Asked
from connectycube.chat.element import Element
from connectycube.chat.events import ChatEvent, Kicked
from connectycube.chat.jid import Addressing
from connectycube.chat.outcome import Answered, Failed, Outcome
from connectycube.chat.request import set_active, watch_last_activity
from connectycube.chat.room import Rooms


class Standing:
    """
    Makes a new conversation what the one before was.

    Attributes:
        rooms: those the caller is in.
        watched: whose activity the caller wants to know.
        is_active: whether the user is looking.
    """

    def __init__(self, addressing: Addressing, user_id: int, asked: Asked) -> None:
        self.rooms = Rooms(addressing, user_id)
        self.watched: set[int] = set()
        self.is_active = True
        self._addressing = addressing
        self._asked = asked
        self._rejoins: dict[str, str] = {}

    def renew(self, request_id: Callable[[], str], now: float) -> tuple[list[Element], list[str]]:
        """
        Be in no room, and watch nobody.

        Returns:
            What asks for all of it once more, and the requests to leave that this answers.
        """
        were, left = self.rooms.restart()
        for old, dialog_id in self._rejoins.items():
            self._forget(old)
            were.append(dialog_id)
        for old in left:
            self._asked.remove(old)
        self._rejoins = {f"{request_id()}:join": dialog_id for dialog_id in were}
        opening: list[Element] = []
        for new, dialog_id in self._rejoins.items():
            self._asked.add(new, None, now)
            opening.append(self.rooms.join(dialog_id, new))
        wishes = [watch_last_activity(self._addressing, one, enable=True) for one in self.watched]
        if not self.is_active:
            wishes.append(set_active(active=False))
        return opening + [wish.element(request_id()) for wish in wishes], left

    def presence(self, presence: Element) -> list[ChatEvent | Outcome]:
        """Return what a presence of a room means."""
        told: list[ChatEvent | Outcome] = []
        for each in self.rooms.receive(presence):
            if isinstance(each, Answered | Failed):
                self._asked.remove(each.request_id)
            told.append(self._rejoined(each))
        return told

    def failed(self, failed: list[Failed]) -> list[ChatEvent | Outcome]:
        """Return what requests mean that were given up."""
        for each in failed:
            self.rooms.forget(each.request_id)
        return [self._rejoined(each) for each in failed]

    def _rejoined(self, told: ChatEvent | Outcome) -> ChatEvent | Outcome:
        """Return what came of entering a room: one that lets us in no more has put us out."""
        if isinstance(told, Answered | Failed):
            dialog_id = self._rejoins.pop(told.request_id, None)
            if dialog_id is not None and isinstance(told, Failed):
                return Kicked(dialog_id=dialog_id)
        return told

    def _forget(self, request_id: str) -> None:
        self.rooms.forget(request_id)
        self._asked.remove(request_id)
