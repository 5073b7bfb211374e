"""What the chat's lines share: who is connected, and what waits for those who are not."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

import attrs

from .chat_records import DialogType
from .xmpp_address import Address, is_room_host
from .xmpp_namespaces import CLIENT, LAST
from .xmpp_privacy import PrivacyLists
from .xmpp_xml import make

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from .chat_records import Dialog
    from .world import World
    from .xmpp_faults import ChatFaults
    from .xmpp_parcel import Parcel
    from .xmpp_session import Session

# What means nothing to somebody who comes later.
_FLEETING: Final = ("composing", "paused")


class Hub:
    """Hold the connected devices, and send messages to them."""

    def __init__(self, world: World, faults: ChatFaults) -> None:
        self.world = world
        self.faults = faults
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.sessions: list[Session] = []
        self._by_user: defaultdict[int, list[Session]] = defaultdict(list)
        self.privacy: defaultdict[int, PrivacyLists] = defaultdict(PrivacyLists)
        self.rosters: defaultdict[int, dict[int, dict[str, str]]] = defaultdict(dict)
        self._waiting: defaultdict[int, list[Parcel]] = defaultdict(list)
        self._last_seen: dict[int, datetime] = {}

    @property
    def app_id(self) -> int:
        """Return the id of the application."""
        return self.world.application.id

    # Who is connected.

    def add(self, session: Session) -> None:
        """Let a device be known."""
        self.sessions.append(session)
        self._by_user[session.user_id].append(session)

    def remove(self, session: Session) -> None:
        """Forget a device."""
        self.sessions.remove(session)
        self._by_user[session.user_id].remove(session)

    def bound(self, user_id: int) -> list[Session]:
        """Return a user's devices."""
        return list(self._by_user.get(user_id, ()))

    def sessions_of(self, user_id: int) -> list[Session]:
        """Return a user's devices that have said they are there."""
        return [one for one in self._by_user.get(user_id, ()) if one.is_available]

    def in_room(self, dialog_id: str) -> list[Session]:
        """Return the devices that have joined a room."""
        return [one for one in self.sessions if dialog_id in one.rooms]

    def members(self, dialog: Dialog) -> Iterable[int]:
        """Return whose devices get what is said in a dialog without having joined its room."""
        if dialog.type is DialogType.BROADCAST:
            return {session.user_id for session in self.sessions}
        return dialog.occupants_ids

    def is_room(self, address: Address) -> bool:
        """Say whether an address is that of a room, or of somebody in it."""
        is_there = is_room_host(address.domain, self.world.settings.muc_host)
        return is_there and bool(address.local)

    def appear(self, session: Session) -> None:
        """Let a device be there, and give it what has waited for its user."""
        was_online = bool(self.sessions_of(session.user_id))
        is_new = not session.is_available
        session.is_available = True
        if not was_online:
            self._change_online(session.user_id, online=True)
        if is_new:
            for parcel in self._waiting.pop(session.user_id, ()):
                session.deliver(parcel)

    def vanish(self, session: Session) -> None:
        """Let a device not be there any more."""
        if not session.is_available:
            return
        session.is_available = False
        if not self.sessions_of(session.user_id):
            self._last_seen[session.user_id] = self.world.now()
            self._change_online(session.user_id, online=False)

    def idle_seconds(self, user_id: int) -> int:
        """Return how long ago a user was connected; 0 is only said of who is."""
        user = self.world.user(user_id)
        if self.sessions_of(user_id) or user is None:
            return 0
        # One who was never connected was last there on another way.
        seen = self._last_seen.get(user_id) or user.last_request_at or user.created_at
        return max(1, int((self.world.now() - seen).total_seconds()))

    def _change_online(self, user_id: int, *, online: bool) -> None:
        if self.world.user(user_id) is not None:
            self.world.set_online(user_id, online=online)
        for watcher in self.sessions:
            if user_id in watcher.watched:
                named = {"type": "result", "id": self.world.object_id()}
                addresses = {"from": watcher.address_of(user_id), "to": watcher.address}
                seconds = self.idle_seconds(user_id)
                query = make("query", LAST, {"seconds": seconds})
                watcher.send(make("iq", CLIENT, named | addresses, query))

    # What goes to them.

    def denies(self, reader_id: int, sender_id: int, *, in_room: bool = False) -> bool:
        """Say whether a user does not want to hear from another."""
        active = next((one.active_list for one in self.sessions_of(reader_id)), None)
        return self.privacy[reader_id].denies(sender_id, in_room=in_room, active=active)

    def shuns(self, sender_id: int, reader_id: int) -> bool:
        """Say whether a user has blocked another in both directions, and so cannot write."""
        return self.privacy[sender_id].denies(reader_id, in_room=False, is_outgoing=True)

    def to_user(self, parcel: Parcel, user_id: int, *, but: Session | None = None) -> None:
        """Send to every device of a user; where there is none, it waits."""
        devices = self.sessions_of(user_id)
        for session in devices:
            if session is not but:
                session.deliver(parcel)
        if not devices:
            self.keep(parcel, user_id)

    def to_room(self, parcel: Parcel, dialog: Dialog) -> None:
        """Send to who has joined a room and who may do without; the sender is one of them."""
        members = self.members(dialog) if self.world.settings.groupchat_without_join else ()
        for session in self.sessions:
            is_member = session.is_available and session.user_id in members
            if not is_member and dialog.id not in session.rooms:
                continue
            if not self.denies(session.user_id, parcel.sender_id, in_room=True):
                session.deliver(parcel)

    def keep(self, parcel: Parcel, user_id: int) -> None:
        """Keep for later what is worth it; what came through a room is in the history."""
        names = {one.name for one in parcel.children if not isinstance(one, str)}
        is_worth = parcel.dialog_id is None and names.isdisjoint(_FLEETING)
        if is_worth and self.world.settings.offline_storage and self.world.user(user_id):
            since = parcel.kept_at or self.world.now()
            self._waiting[user_id].append(attrs.evolve(parcel, kept_at=since))
