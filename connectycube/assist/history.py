"""The last messages of a dialog, and who wrote them, without anybody having read them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import attrs

from connectycube import where
from connectycube.client import ConnectyCube
from connectycube.errors import InvalidInputError
from connectycube.models.dialog import Dialog, DialogLike
from connectycube.models.message import Message
from connectycube.models.page import Page
from connectycube.models.user import User
from connectycube.searches.messages import MessageFilters

MAX_MESSAGES: Final = 100
MAX_CHARS: Final = 20_000
PAGE: Final = 100  # the most that the service gives, and takes in a list


@attrs.frozen
class History:
    """
    Some last messages of a dialog.

    Attributes:
        is_whole: whether there are no others.
    """

    newest_first: dict[str, Message]
    is_whole: bool = attrs.field(kw_only=True)

    @property
    def messages(self) -> list[Message]:
        """The messages, the oldest first."""
        return list(self.newest_first.values())[::-1]


async def collect_history(
    cube: ConnectyCube,
    dialog: DialogLike,
    *,
    max_messages: int = MAX_MESSAGES,
    max_chars: int = MAX_CHARS,
    since: datetime | None = None,
) -> list[Message]:
    """
    Return the last messages of a dialog, the oldest first, and leave them unread.

    It takes one request for each hundred, and one to look at the dialog where only its id is
    given. Messages that are deleted meanwhile may hide as many older ones.

    Args:
        max_messages: how many at most.
        max_chars: how long their texts may be together; the newest message is there in any case.
        since: none that was sent earlier.

    Raises:
        InvalidInputError: a limit that cannot be, or the dialog is encrypted end to end.
        InvalidQueryError: `since` has no time zone.
        ForbiddenError: the caller is no occupant.
        NotFoundError: there is no such dialog.
    """
    history = await collect(
        cube, dialog, max_messages=max_messages, max_chars=max_chars, since=since
    )
    return history.messages


async def collect(
    cube: ConnectyCube,
    dialog: DialogLike,
    *,
    max_messages: int,
    max_chars: int,
    since: datetime | None,
) -> History:
    """Return the last messages of a dialog as `collect_history` does, and whether that is all."""
    checked_count(max_messages, "max_messages")
    checked_count(max_chars, "max_chars")
    if not isinstance(dialog, Dialog):
        dialog = await cube.chat.dialogs.get(dialog)
    if dialog.extra.get("is_e2ee"):
        raise InvalidInputError("this dialog is encrypted end to end: its messages stay in it")
    filters = MessageFilters() if since is None else MessageFilters(date_sent=where.gte(since))
    newest_first: dict[str, Message] = {}
    skip = chars = 0
    while (wanted := max_messages - len(newest_first)) > 0:
        asked = min(PAGE, wanted)
        page = await cube.chat.messages.find(
            dialog, mark_as_read=False, limit=asked, skip=skip, sort="-date_sent", **filters
        )
        # What arrived meanwhile pushed the others down: those are known already.
        fresh = [message for message in page.items if message.id not in newest_first]
        for message in fresh:
            chars += len(message.text or "")
            if chars > max_chars and newest_first:
                return History(newest_first, is_whole=False)
            newest_first[message.id] = message
        if _is_last(page, asked):
            return History(newest_first, is_whole=True)
        if not fresh:
            break
        skip += len(page.items)
    return History(newest_first, is_whole=False)


async def collect_senders(cube: ConnectyCube, messages: Iterable[Message]) -> dict[int, User]:
    """
    Return those who wrote the messages, by their ids; who is gone is not among them.

    It takes one request for each hundred people.
    """
    ids = list(dict.fromkeys(one.sender_id for one in messages if one.sender_id))
    people: dict[int, User] = {}
    for at in range(0, len(ids), PAGE):
        page = await cube.users.find(id=where.in_(ids[at : at + PAGE]), limit=PAGE)
        people.update((user.id, user) for user in page.items)
    return people


def checked_count(count: object, name: str, *, least: int = 1) -> int:
    """
    Return how many there may be.

    Raises:
        InvalidInputError: it is no such number.
    """
    if isinstance(count, int) and not isinstance(count, bool) and count >= least:
        return count
    raise InvalidInputError(f"{name} must be a whole number, from {least} on")


def _is_last(page: Page[Message], asked: int) -> bool:
    # The service's own limit counts, where it gives less than it was asked for.
    return len(page.items) < min(asked, page.limit or asked)
