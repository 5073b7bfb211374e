"""Who may do what in which kind of dialog: the contract's table of roles."""

from __future__ import annotations

from enum import Enum, auto

from .chat_records import DialogType, Role

_BROADCAST, _GROUP = DialogType.BROADCAST, DialogType.GROUP
_PRIVATE, _PUBLIC = DialogType.PRIVATE, DialogType.PUBLIC


class Right(Enum):
    """Name what a role allows."""

    RENAME = auto()
    """Change name, photo and description."""
    CUSTOMIZE = auto()
    """Change extensions and permissions; the contract's table is silent about it (inferred)."""
    ADD_OCCUPANTS = auto()
    REMOVE_OCCUPANTS = auto()
    """Remove others: anybody may leave."""
    PIN = auto()
    NAME_ADMINS = auto()
    DELETE_FOR_ALL = auto()
    """Delete the dialog, or its history, for everybody."""


# The least role, for each kind where there is one; a kind that is not named: nobody.
_LEAST: dict[Right, dict[DialogType, Role]] = {
    Right.RENAME: {_GROUP: Role.MEMBER, _PUBLIC: Role.ADMIN, _BROADCAST: Role.ADMIN},
    Right.CUSTOMIZE: {
        _PRIVATE: Role.MEMBER,
        _GROUP: Role.MEMBER,
        _PUBLIC: Role.ADMIN,
        _BROADCAST: Role.ADMIN,
    },
    # For public dialogs the table says "block users", no more (inferred).
    Right.ADD_OCCUPANTS: {_GROUP: Role.MEMBER, _PUBLIC: Role.ADMIN},
    Right.REMOVE_OCCUPANTS: {_GROUP: Role.ADMIN, _PUBLIC: Role.ADMIN},
    Right.PIN: {_GROUP: Role.ADMIN, _PUBLIC: Role.ADMIN, _BROADCAST: Role.ADMIN},
    Right.NAME_ADMINS: {_GROUP: Role.OWNER, _PUBLIC: Role.OWNER, _BROADCAST: Role.OWNER},
    Right.DELETE_FOR_ALL: {
        _PRIVATE: Role.ADMIN,  # "owner or admin"
        _GROUP: Role.OWNER,
        _PUBLIC: Role.OWNER,
        _BROADCAST: Role.OWNER,
    },
}


def may(right: Right, dialog_type: DialogType, role: Role) -> bool:
    """Say whether a role has a right; the chat of a meeting is as a group (inferred)."""
    kind = _GROUP if dialog_type is DialogType.MEETING else dialog_type
    least = _LEAST[right].get(kind)
    return least is not None and role >= least
