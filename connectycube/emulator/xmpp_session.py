"""A user's connected device."""

from __future__ import annotations

from datetime import datetime

import attrs

from .xmpp_acks import Acks
from .xmpp_address import Address
from .xmpp_faults import ChatFaults
from .xmpp_line import Line
from .xmpp_namespaces import MANAGEMENT
from .xmpp_parcel import Parcel
from .xmpp_xml import Element, make


@attrs.define(eq=False, kw_only=True)
class Session:
    """Hold what one device has asked for; it may outlive its line."""

    user_id: int
    app_id: int
    domain: str
    resource: str
    line: Line | None = attrs.field(repr=False)
    """None: it was lost, and may be taken up again."""
    faults: ChatFaults = attrs.field(repr=False)
    lost_at: datetime | None = None
    acks: Acks | None = None
    is_available: bool = False
    is_inactive: bool = False
    """The application is in the background: pushes, although it is connected."""
    has_carbons: bool = False
    rooms: set[str] = attrs.field(factory=set[str])
    """The dialogs whose rooms it has joined."""
    room_host: str = ""
    """Where this client looks for rooms."""
    watched: set[int] = attrs.field(factory=set[int])
    """Users whose coming and going it wants to know."""
    active_list: str | None = None
    """The privacy list that counts here, instead of the user's default."""
    pongs: int = 0
    """How many pings it has answered."""
    held: tuple[Element, Parcel | None] | None = attrs.field(default=None, repr=False)
    """A message that a fault keeps back until the next has gone."""

    @property
    def address(self) -> str:
        """Return its full address."""
        return self.address_of(self.user_id, self.resource)

    def address_of(self, user_id: int, resource: str = "") -> str:
        """Return a user's address as this client knows it."""
        bare = f"{user_id}-{self.app_id}@{self.domain}"
        return f"{bare}/{resource}" if resource else bare

    def room(self, dialog_id: str) -> str:
        """Return a room's address as this client knows it."""
        return f"{self.app_id}_{dialog_id}@{self.room_host or f'muc.{self.domain}'}"

    def look_for_rooms_at(self, address: Address) -> None:
        """Remember how this client writes the addresses of rooms."""
        self.room_host = address.domain

    def deliver(self, parcel: Parcel) -> None:
        """Send a message on its way."""
        self.send(parcel.stanza(self), parcel)

    def send(self, stanza: Element, parcel: Parcel | None = None) -> None:
        """Send a stanza, or keep it until the line is back."""
        for one, its_parcel in self.faults.shape(self, stanza, parcel):
            self._send(one, its_parcel)

    def let_go_of_held(self) -> None:
        """Send what a fault has kept back, though nothing has overtaken it."""
        if self.held is not None:
            (stanza, parcel), self.held = self.held, None
            self._send(stanza, parcel)

    def drop_unconfirmed(self) -> None:
        """Forget what may not have arrived."""
        self.held = None
        if self.acks is not None:
            self.acks.unconfirmed.clear()

    def _send(self, stanza: Element, parcel: Parcel | None) -> None:
        asks = self.acks is not None and self.acks.keep(stanza, parcel)
        if self.line is not None:
            self.line.write(stanza)
            if asks and self.acks is not None:
                self.acks.has_asked = True
                self.line.write(make("r", MANAGEMENT))
