"""
Addresses of the chat.

A user is `{user_id}-{app_id}@domain`, a dialog's room `{app_id}_{dialog_id}@muc`, somebody in it
that with `/{user_id}` behind.
"""

from functools import lru_cache

from connectycube.endpoint import checked_id
from connectycube.object_id import checked_object_id, is_object_id
from connectycube.values import frozen

_LONGEST_ID = 18  # digits


@frozen(kw_only=True)
class Addressing:
    """Spells and reads the addresses of one application's users and rooms."""

    app_id: int
    domain: str
    muc: str

    def user(self, user_id: int) -> str:
        """
        Return a user's address.

        Raises:
            InvalidInputError: the id is none.
        """
        return f"{checked_id(user_id, 'user_id')}-{self.app_id}@{self.domain}"

    def room(self, dialog_id: str) -> str:
        """
        Return the address of a dialog's room.

        Raises:
            InvalidInputError: the id is none.
        """
        return f"{self.app_id}_{checked_object_id(dialog_id, 'dialog_id')}@{self.muc}"

    def occupant(self, dialog_id: str, user_id: int) -> str:
        """Return the address of somebody in a room; raises as `room` does."""
        return f"{self.room(dialog_id)}/{user_id}"

    def user_id(self, jid: str) -> int | None:
        """Return whose address this is, `None` where it is no user's of this application."""
        return _user_id(jid, self.app_id, self.domain)

    def dialog_id(self, jid: str) -> str | None:
        """Return whose room this is, or is in, `None` where it is no room of this application."""
        local, domain, _ = parts(jid)
        app, _, dialog = local.partition("_")
        if domain != self.muc.lower() or app != str(self.app_id) or not is_object_id(dialog):
            return None
        return dialog

    def occupant_id(self, jid: str) -> int | None:
        """Return who in a room this is, `None` where it is the room itself."""
        return user_number(parts(jid)[2])


# The same few speak again and again.
@lru_cache(maxsize=256)
def _user_id(jid: str, app_id: int, domain: str) -> int | None:
    local, host, _ = parts(jid)
    digits, dash, app = local.partition("-")
    if host != domain.lower() or not dash or app != str(app_id):
        return None
    return user_number(digits)


def parts(jid: str) -> tuple[str, str, str]:
    """Return what stands before the `@`, the domain in small letters, and the resource."""
    bare, _, resource = jid.partition("/")
    local, _, domain = bare.rpartition("@")
    return local, domain.lower(), resource


def bare(jid: str) -> str:
    """Return an address without its resource, in a form to be compared."""
    local, domain, _ = parts(jid)
    return f"{local}@{domain}" if local else domain


def user_number(text: str) -> int | None:
    """Return the id of a user as a number, `None` where it is none."""
    return number(text) or None  # nobody has the number 0


def number(text: str) -> int | None:
    """Return a whole number that is not negative, `None` where the text is none."""
    if text.isascii() and text.isdigit() and len(text) <= _LONGEST_ID:
        return int(text)
    return None
