"""Addresses: of users, of rooms, of who is in a room."""

from __future__ import annotations

import re
from typing import Final

import attrs

_USER: Final = re.compile(r"([0-9]{1,18})-([0-9]{1,18})", re.ASCII)


@attrs.frozen
class Address:
    """Hold an address in its three parts."""

    local: str
    domain: str
    resource: str = ""

    @classmethod
    def parse(cls, text: str) -> Address:
        """Take an address apart; any text is one."""
        bare, _, resource = text.partition("/")
        local, at, domain = bare.rpartition("@")
        return cls(local if at else "", domain, resource)

    @property
    def bare(self) -> str:
        """Return it without its resource."""
        return f"{self.local}@{self.domain}" if self.local else self.domain

    def user_id(self, app_id: int) -> int | None:
        """Return the user of this application whose address it is."""
        found = _USER.fullmatch(self.local)
        return int(found[1]) if found and int(found[2]) == app_id else None

    def dialog_id(self, app_id: int) -> str | None:
        """Return the dialog of this application whose room it is."""
        app, _, dialog_id = self.local.partition("_")
        return dialog_id if app == str(app_id) and dialog_id else None


def is_room_host(domain: str, muc_host: str) -> bool:
    """Say whether rooms live at a domain: each domain that is asked for has its own `muc.`."""
    return domain.startswith("muc.") or domain == muc_host
