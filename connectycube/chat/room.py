"""
Being in rooms: what their presences mean (XEP-0045).

https://xmpp.org/extensions/xep-0045.html
"""

from typing import Final

from connectycube.chat.element import Element
from connectycube.chat.events import ChatEvent, Kicked, OccupantJoined, OccupantLeft
from connectycube.chat.jid import Addressing, parts, user_number
from connectycube.chat.outcome import Answered, Failed, Outcome
from connectycube.chat.stanza_error import stanza_error

_MUC: Final = "http://jabber.org/protocol/muc"
_USER: Final = "http://jabber.org/protocol/muc#user"
_SELF: Final = "110"
# Banned, kicked, no longer a member, and the room or its service closes.
_GONE: Final = frozenset({"301", "307", "321", "322", "332"})


class Rooms:
    """The rooms one user is in, or is about to enter or leave; who has entered since."""

    def __init__(self, addressing: Addressing, user_id: int) -> None:
        self._addressing = addressing
        self._user_id = user_id
        self._joined: dict[str, set[int]] = {}
        self._joining: dict[str, list[str]] = {}
        self._leaving: dict[str, list[str]] = {}

    @property
    def joined(self) -> frozenset[str]:
        """The dialogs whose rooms the user is in."""
        return frozenset(self._joined)

    def join(self, dialog_id: str, request_id: str) -> Element:
        """Return what asks to enter a room; nothing of its past is wanted."""
        past = Element("history", _MUC, {"maxstanzas": "0"})
        attributes = {"to": self._own(dialog_id), "id": request_id}
        self._joining.setdefault(dialog_id, []).append(request_id)
        return Element("presence", attributes=attributes, children=[Element("x", _MUC, {}, [past])])

    def leave(self, dialog_id: str, request_id: str) -> Element:
        """Return what leaves a room."""
        attributes = {"to": self._own(dialog_id), "id": request_id, "type": "unavailable"}
        self._leaving.setdefault(dialog_id, []).append(request_id)
        return Element("presence", attributes=attributes)

    def restart(self) -> tuple[list[str], list[str]]:
        """
        Be in no room, as at the beginning of a conversation.

        Returns:
            The dialogs whose rooms the user was in, and the requests to leave that this answers.
        """
        left, self._leaving = self._leaving, {}
        were, self._joined = self._joined, {}
        answered = [each for ids in left.values() for each in ids]
        return [each for each in were if each not in left and each not in self._joining], answered

    def forget(self, request_id: str) -> None:
        """Expect no answer to a request any more."""
        for waiting in (self._joining, self._leaving):
            for dialog_id, ids in list(waiting.items()):
                if request_id in ids:
                    ids.remove(request_id)
                    if not ids:
                        del waiting[dialog_id]

    def receive(self, presence: Element) -> list[ChatEvent | Outcome]:
        """Return what a presence of a room means."""
        sender = presence.get("from")
        dialog_id = self._addressing.dialog_id(sender)
        if dialog_id is None:
            return []
        if presence.get("type") == "error":
            return self._refused(dialog_id, presence)
        user_id = self._addressing.occupant_id(sender)
        if user_id is None:
            return []
        if presence.get("type") == "unavailable":
            return self._left(dialog_id, user_id, presence)
        return self._entered(dialog_id, user_id, presence) if not presence.get("type") else []

    def _entered(
        self, dialog_id: str, user_id: int, presence: Element
    ) -> list[ChatEvent | Outcome]:
        if user_id == self._user_id:
            if dialog_id not in self._joining or _SELF not in _codes(presence):
                return []
            self._joined.setdefault(dialog_id, set())
            return [Answered(each) for each in self._joining.pop(dialog_id)]
        present = self._joined.get(dialog_id)
        # Before we are in ourselves it is the roll that is called.
        if present is None or user_id in present:
            return []
        present.add(user_id)
        return [OccupantJoined(dialog_id=dialog_id, user_id=user_id)]

    def _left(self, dialog_id: str, user_id: int, presence: Element) -> list[ChatEvent | Outcome]:
        present = self._joined.get(dialog_id)
        if user_id != self._user_id:
            if present is None:
                return []
            present.discard(user_id)
            return [OccupantLeft(dialog_id=dialog_id, user_id=user_id)]
        codes = _codes(presence)
        if dialog_id in self._leaving and _SELF in codes and not codes & _GONE:
            self._joined.pop(dialog_id, None)
            return [Answered(each) for each in self._leaving.pop(dialog_id)]
        # Without a code it is another device of ours that left.
        if present is None or not codes & {_SELF, *_GONE}:
            return []
        del self._joined[dialog_id]
        asked = [Answered(each) for each in self._leaving.pop(dialog_id, [])]
        return [Kicked(dialog_id=dialog_id, by_id=self._actor(presence)), *asked]

    def _refused(self, dialog_id: str, presence: Element) -> list[ChatEvent | Outcome]:
        error = stanza_error(presence)
        request_id = presence.get("id")
        for waiting in (self._joining, self._leaving):
            ids = waiting.get(dialog_id, [])
            if request_id in ids or (ids and not request_id):
                return [Failed(each, error) for each in waiting.pop(dialog_id)]
        return []

    def _actor(self, presence: Element) -> int | None:
        x = presence.child("x", _USER)
        item = None if x is None else x.child("item", _USER)
        actor = None if item is None else item.child("actor", _USER)
        if actor is None:
            return None
        jid = actor.get("jid")
        in_room = None if self._addressing.dialog_id(jid) is None else parts(jid)[2]
        return self._addressing.user_id(jid) or user_number(in_room or actor.get("nick"))

    def _own(self, dialog_id: str) -> str:
        return self._addressing.occupant(dialog_id, self._user_id)


def _codes(presence: Element) -> set[str]:
    """Return every status code: there may be several."""
    x = presence.child("x", _USER)
    return set() if x is None else {each.get("code") for each in x.each("status", _USER)}
