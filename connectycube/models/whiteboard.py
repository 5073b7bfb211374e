"""A whiteboard of a dialog."""

from datetime import datetime
from typing import Any, TypeAlias

import attrs

from connectycube.object_id import checked_object_id
from connectycube.values import frozen


@frozen(kw_only=True)
class Whiteboard:
    """
    A whiteboard, as much of it as the service chose to tell: a member it left out is `None`.

    Attributes:
        dialog_id: the dialog that it belongs to.
        user_id: who created it, and alone may change it.
        extra: members that this package does not name, or that came in another form.

    https://developers.connectycube.com/server/whiteboard#whiteboard-model
    """

    id: str = attrs.field(metadata={"wire": "_id"})
    name: str | None = None
    dialog_id: str | None = attrs.field(default=None, metadata={"wire": "chat_dialog_id"})
    user_id: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    extra: dict[str, Any] = attrs.field(factory=dict[str, Any], repr=False)


WhiteboardLike: TypeAlias = str | Whiteboard


def whiteboard_id(whiteboard: WhiteboardLike) -> str:
    """
    Return the id of a whiteboard, or the id that was given.

    Raises:
        InvalidInputError: it is neither.
    """
    given = whiteboard.id if isinstance(whiteboard, Whiteboard) else whiteboard
    return checked_object_id(given, "whiteboard_id")
