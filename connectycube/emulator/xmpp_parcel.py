"""A message on its way to users, each of whom may know the service by another domain."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import attrs

from .xmpp_namespaces import CLIENT, DELAY
from .xmpp_xml import Element, make

if TYPE_CHECKING:
    from .xmpp_session import Session


@attrs.frozen(kw_only=True)
class Parcel:
    """Say what goes out and from whom; addresses are written for each reader."""

    kind: str
    """The type of the message."""
    id: str | None
    sender_id: int
    resource: str = ""
    """The sender's, where it is known."""
    dialog_id: str | None = None
    """The dialog whose room it came through."""
    children: tuple[Element | str, ...] = attrs.field(default=(), repr=False)
    kept_at: datetime | None = None
    """Since when it has waited for its reader."""

    def stanza(self, reader: Session) -> Element:
        """Return the message as this reader gets it."""
        return self._stanza(reader, reader.address)

    def copy(self, viewer: Session, recipient_id: int) -> Element:
        """Return the message as it went to somebody else, for a carbon copy."""
        return self._stanza(viewer, viewer.address_of(recipient_id))

    def _stanza(self, viewer: Session, to: str) -> Element:
        if self.dialog_id is None:
            sender = viewer.address_of(self.sender_id, self.resource)
        else:
            sender = f"{viewer.room(self.dialog_id)}/{self.sender_id}"
        named = {"type": self.kind, "id": self.id, "from": sender, "to": to}
        message = make("message", CLIENT, named, *self.children)
        if self.kept_at is not None:
            stamp = self.kept_at.strftime("%Y-%m-%dT%H:%M:%SZ")
            message.children.append(make("delay", DELAY, {"from": viewer.domain, "stamp": stamp}))
        return message
