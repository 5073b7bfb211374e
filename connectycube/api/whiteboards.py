"""
Whiteboards, which the members of a dialog draw on together.

https://developers.connectycube.com/server/whiteboard
"""

from types import NoneType
from typing import Final

import attrs

from connectycube._caller import Caller
from connectycube.endpoint import Endpoint, Needs, Retry
from connectycube.fields import check_text
from connectycube.http import HostsLike
from connectycube.models.dialog import DialogLike
from connectycube.models.dialog import dialog_id as id_of
from connectycube.models.whiteboard import Whiteboard, WhiteboardLike
from connectycube.models.whiteboard import whiteboard_id as board_id_of
from connectycube.query import encode_query

CREATE: Final = Endpoint("POST", "/whiteboards", Whiteboard, needs=Needs.USER, retry=Retry.NEVER)
FIND: Final = Endpoint("GET", "/whiteboards", list[Whiteboard], needs=Needs.USER)
UPDATE: Final = Endpoint("PUT", "/whiteboards/{whiteboard_id}", Whiteboard, needs=Needs.USER)
DELETE: Final = Endpoint("DELETE", "/whiteboards/{whiteboard_id}", NoneType, needs=Needs.USER)


@attrs.frozen(eq=False, repr=False)
class Whiteboards:
    """
    Everything about whiteboards; `ConnectyCube.whiteboards` is one.

    Wherever a dialog or a whiteboard is meant, its id serves as well as the value. All of it is
    for signed-in users alone: a session without one gets `ForbiddenError`.
    """

    _caller: Caller
    _hosts: HostsLike

    async def create(self, name: str, dialog_id: DialogLike) -> Whiteboard:
        """
        Make a whiteboard of a group, private or meeting dialog that the caller is in.

        Never repeated by itself; cancelled in flight, the whiteboard may exist or not.

        Raises:
            InvalidInputError: no name, or no id.
            ValidationError: the dialog has three already.

        https://developers.connectycube.com/server/whiteboard#create-whiteboard
        """
        check_text(name, "name")
        body = {"name": name, "chat_dialog_id": id_of(dialog_id)}
        return await self._caller.call(CREATE, body=body)

    async def find(self, dialog_id: DialogLike) -> list[Whiteboard]:
        """
        Return the whiteboards of a dialog, three at most.

        Raises:
            InvalidInputError: it is no id.

        https://developers.connectycube.com/server/whiteboard#retrieve-whiteboards
        """
        return await self._caller.call(FIND, query={"chat_dialog_id": id_of(dialog_id)})

    async def update(self, whiteboard_id: WhiteboardLike, *, name: str) -> Whiteboard:
        """
        Rename a whiteboard, and return it as it is now.

        Raises:
            InvalidInputError: no name, or no id.
            ForbiddenError: somebody else created it.
            NotFoundError: there is no such whiteboard.

        https://developers.connectycube.com/server/whiteboard#update-whiteboards
        """
        check_text(name, "name")
        path = {"whiteboard_id": board_id_of(whiteboard_id)}
        return await self._caller.call(UPDATE, path=path, body={"name": name})

    async def delete(self, whiteboard_id: WhiteboardLike) -> None:
        """
        Delete a whiteboard.

        Raises:
            InvalidInputError: it is no id.
            ForbiddenError: somebody else created it.
            NotFoundError: there is no such whiteboard.

        https://developers.connectycube.com/server/whiteboard#delete-whiteboard
        """
        await self._caller.call(DELETE, path={"whiteboard_id": board_id_of(whiteboard_id)})

    def url(self, whiteboard: WhiteboardLike, username: str, title: str | None = None) -> str:
        """
        Return the URL of the page that shows a whiteboard to draw on; no I/O.

        Whoever has it may draw: no session is asked for.

        Args:
            username: shown beside the pen.
            title: by default the whiteboard's name, where it is known.

        Raises:
            InvalidInputError: no id, or no name for the pen.

        https://developers.connectycube.com/server/whiteboard#create-whiteboard
        """
        check_text(username, "username")
        if title is None and isinstance(whiteboard, Whiteboard):
            title = whiteboard.name
        query = {"whiteboardid": board_id_of(whiteboard), "username": username, "title": title}
        return f"{self._hosts.whiteboard}?{encode_query(query)}"
