"""What a search through the chat found."""

from typing import Any

import attrs

from connectycube.models.dialog import Dialog
from connectycube.models.message import Message
from connectycube.models.user import User
from connectycube.values import frozen


@frozen(kw_only=True)
class SearchResult:
    """
    What a search through the chat found.

    Attributes:
        dialogs: by their names.
        messages: by their texts.
        users: those whom the service adds.
        extra: members that this package does not name, or that came in another form.

    https://developers.connectycube.com/server/chat#global-search
    """

    dialogs: list[Dialog] = attrs.field(factory=list[Dialog])
    messages: list[Message] = attrs.field(factory=list[Message])
    users: list[User] = attrs.field(factory=list[User])
    extra: dict[str, Any] = attrs.field(factory=dict[str, Any], repr=False)
