"""Where a conversation takes place, as somebody types it: a dialog's id, or a user's."""

import re
from typing import Final

from connectycube.cli.exit_codes import CommandError, ExitCode
from connectycube.client import ConnectyCube
from connectycube.errors import InvalidInputError
from connectycube.models.dialog import Dialog, DialogType
from connectycube.values import frozen

_DIALOG: Final = re.compile(r"[0-9a-fA-F]{24}")


@frozen(kw_only=True)
class Place:
    """
    A dialog; or one user, whether there is a dialog with them yet or not.

    Attributes:
        dialog: `None` where a user was named with whom there is none.
        user_id: the other one, where two people talk.
    """

    dialog: Dialog | None = None
    user_id: int | None = None

    @property
    def is_room(self) -> bool:
        """Whether it is a room, which can be entered."""
        return self.dialog is not None and self.user_id is None


async def place_of(cube: ConnectyCube, text: str) -> Place:
    """
    Find a place by the id of a dialog or of a user.

    Raises:
        CommandError: it is neither.
        NotFoundError: there is no such dialog.
    """
    if _DIALOG.fullmatch(text):
        dialog = await cube.chat.dialogs.get(text)
        return Place(dialog=dialog, user_id=await _other(cube, dialog))
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise CommandError(
            "name a dialog by its id of 24 hexadecimal digits, or a user by a number",
            ExitCode.USAGE,
        )
    user_id = int(text)
    found = await cube.chat.dialogs.find(type=DialogType.PRIVATE, limit=100)
    mine = [one for one in found.items if user_id in one.occupants_ids]
    return Place(dialog=mine[0] if mine else None, user_id=user_id)


async def _other(cube: ConnectyCube, dialog: Dialog) -> int | None:
    """Return the other one of a private dialog."""
    if dialog.type != DialogType.PRIVATE:
        return None
    mine = (await own_session_id(cube)) or 0
    others = [one for one in dialog.occupants_ids if one != mine]
    if not others:
        raise InvalidInputError("nobody else is in this dialog")
    return others[0]


async def own_session_id(cube: ConnectyCube) -> int | None:
    """Return the id of whoever is signed in."""
    session = cube.session
    if session is None or session.user_id is None:
        session = await cube.get_session()
    return session.user_id
