"""Dialogs and messages as administrators see them."""

import attrs

from connectycube.models.dialog import Dialog
from connectycube.models.message import Message
from connectycube.values import frozen


@frozen(kw_only=True)
class AdminDialog(Dialog):
    """
    A dialog with what only administrators are told.

    Attributes:
        silent_ids: who has muted it.
        deleted_ids: who has deleted it from their own list.

    https://developers.connectycube.com/admin_api/chat
    """

    silent_ids: list[int] = attrs.field(factory=list[int])
    deleted_ids: list[int] = attrs.field(factory=list[int])
    is_muted: bool | None = None
    is_e2ee: bool | None = None


@frozen(kw_only=True)
class AdminMessage(Message):
    """
    A message with what only administrators are told.

    Attributes:
        deleted_for_ids: who has deleted it for themselves.

    https://developers.connectycube.com/admin_api/chat
    """

    deleted_for_ids: list[int] = attrs.field(factory=list[int])
