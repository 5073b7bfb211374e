"""
Messages: writing and reading them, who has read them, and what was answered in one character.

https://developers.connectycube.com/server/chat
"""

from collections.abc import Iterable, Mapping
from functools import partial
from types import NoneType
from typing import Any, Final, Unpack

import attrs

from connectycube._batch_delete import batches, delete_all
from connectycube._caller import Caller
from connectycube.bodies.messages import (
    checked_reaction,
    message_changes,
    new_message,
    system_message,
)
from connectycube.endpoint import Endpoint, Needs, Retry
from connectycube.errors import ConnectyCubeError, InvalidInputError
from connectycube.fields import UNSET, UnsetType, checked_flag
from connectycube.models.deleted import Deleted
from connectycube.models.dialog import DialogLike
from connectycube.models.dialog import dialog_id as id_of_dialog
from connectycube.models.message import (
    Attachment,
    Message,
    MessageLike,
    UnreadCounts,
)
from connectycube.models.message import message_id as id_of_message
from connectycube.models.page import Page
from connectycube.models.user import UserLike
from connectycube.pager import Pager
from connectycube.searches.lists import check_page
from connectycube.searches.messages import MessageFilters, message_queries

FIND: Final = Endpoint("GET", "/chat/Message", Page[Message], needs=Needs.USER)
COUNT: Final = Endpoint("GET", "/chat/Message", int, envelope="items.count", needs=Needs.USER)
UNREAD_COUNTS: Final = Endpoint(
    "GET", "/chat/Message/unread", dict[str, int | None], needs=Needs.USER
)
CREATE: Final = Endpoint("POST", "/chat/Message", Message, needs=Needs.USER, retry=Retry.NEVER)
UPDATE: Final = Endpoint("PUT", "/chat/Message/{message_ids}", NoneType, needs=Needs.USER)
UPDATE_ALL: Final = Endpoint("PUT", "/chat/Message", NoneType, needs=Needs.USER)
DELETE: Final = Endpoint("DELETE", "/chat/Message/{message_ids}", Deleted, needs=Needs.USER)
SEND_SYSTEM: Final = Endpoint(
    "POST",
    "/chat/Message/system",
    str,
    envelope="messageId",
    needs=Needs.USER,
    retry=Retry.NEVER,
)
REACT: Final = Endpoint("PUT", "/chat/Message/{message_id}/reactions", NoneType, needs=Needs.USER)
GET_REACTIONS: Final = Endpoint(
    "GET", "/chat/Message/{message_id}/reactions", dict[str, list[int]], needs=Needs.USER
)

# All their ids go into one URL.
_MAX_DIALOGS: Final = 100


@attrs.frozen
class Messages:
    """Everything about messages; `ConnectyCube.chat.messages` is one."""

    _caller: Caller

    async def create(
        self,
        to: DialogLike | UserLike,
        text: str | None = None,
        *,
        attachments: Iterable[Attachment | Mapping[str, Any]] = (),
        send_to_chat: bool = False,
        markable: bool = False,
        params: Mapping[str, Any] | None = None,
    ) -> Message:
        """
        Write a message to a dialog, or to a user, and return it as the service keeps it.

        Every occupant may write, but to a broadcast dialog its owner and admins alone. Never
        repeated by itself; cancelled in flight, the message may have been written or not.

        Args:
            to: a dialog or its id, or a user or their id: then it goes to the private dialog with
                this user, which is made where there is none.
            send_to_chat: hand it to those who are connected too; else it is only kept.
            markable: ask the recipients' applications to say when it is read.
            params: members of one's own, such as `{"priority": "high"}`; `Message.params` has them.

        Raises:
            InvalidInputError: no recipient, nothing to send, or what cannot be sent.
            ForbiddenError: the caller may not write there.
            NotFoundError: there is no such dialog.

        https://developers.connectycube.com/server/chat#create-a-message
        """
        body = new_message(
            to,
            text,
            attachments=attachments,
            send_to_chat=send_to_chat,
            markable=markable,
            params=params,
        )
        return await self._caller.call(CREATE, body=body)

    async def find(
        self,
        dialog_id: DialogLike,
        *,
        mark_as_read: bool = True,
        preview: bool = False,
        limit: int | None = None,
        skip: int = 0,
        sort: str | None = None,
        **filters: Unpack[MessageFilters],
    ) -> Page[Message]:
        """
        Return a page of a dialog's messages, for its occupants; how many there are is not told.

        To look is to read: the service marks what it returns as read by the caller.

        Args:
            dialog_id: the dialog, or its id.
            mark_as_read: `False` leaves the messages unread.
            preview: look into a dialog that allows it before joining; the service gives the last
                20 messages, and heeds neither limit, skip nor sort.
            limit: messages on the page, 1 to 100; 100 by default.
            skip: messages to leave out before it.
            sort: `"date_sent"`, the oldest first, which is the default, or `"-date_sent"`.
            filters: `id`, `text`, `date_sent`, `sender_id`, `recipient_id`, `attachment_type` and
                `updated_at`, each with a value or an operator of `connectycube.where`; typed by
                `MessageFilters`.

        Raises:
            InvalidQueryError: the service's rules forbid it; nothing was sent.
            ForbiddenError: the caller is no occupant.
            NotFoundError: there is no such dialog.

        https://developers.connectycube.com/server/chat#retrieve-messages
        """
        check_page(limit=limit, skip=skip)
        wishes = _wishes(mark_as_read=mark_as_read, preview=preview)
        queries = message_queries(id_of_dialog(dialog_id), filters, sort=sort, most=1)
        if not queries:
            return Page(items=[], skip=skip, limit=limit)
        return await self._page(queries[0] | wishes, limit, skip)

    def iterate(
        self,
        dialog_id: DialogLike,
        *,
        mark_as_read: bool = True,
        limit: int | None = None,
        skip: int = 0,
        sort: str | None = "date_sent",
        **filters: Unpack[MessageFilters],
    ) -> Pager[Message]:
        """
        Iterate over a dialog's messages, each once, fetching a page when one is used up.

        The oldest come first, so that messages which arrive meanwhile come last, and one that is
        deleted meanwhile hides no other. By `"-date_sent"` the history unrolls from the newest,
        without what arrives meanwhile. One list of `where.in_` may be of any length, and the order
        holds within each hundred of it.

        Args:
            mark_as_read: `False` leaves the messages unread; else each page is read when fetched.
            limit: messages on each page, 1 to 100.
            skip: messages to leave out at first.
            filters: as for `find`.

        Raises:
            InvalidQueryError: the service's rules forbid it; nothing was sent.

        https://developers.connectycube.com/server/chat#retrieve-messages
        """
        check_page(limit=limit, skip=skip)
        wishes = _wishes(mark_as_read=mark_as_read)
        searches = [
            partial(self._page, query | wishes, limit)
            for query in message_queries(id_of_dialog(dialog_id), filters, sort=sort)
        ]
        return Pager(searches, key=lambda message: message.id, offset=skip)

    async def count(self, dialog_id: DialogLike, **filters: Unpack[MessageFilters]) -> int:
        """
        Return how many messages of a dialog fit; rules and errors as for `find`.

        https://developers.connectycube.com/server/chat#retrieve-messages
        """
        queries = message_queries(id_of_dialog(dialog_id), filters, most=1)
        if not queries:
            return 0
        return await self._caller.call(COUNT, query={**queries[0], "count": True})

    async def unread_counts(self, *dialog_ids: DialogLike) -> UnreadCounts:
        """
        Return how many messages the caller has not read, of private and group dialogs.

        Args:
            dialog_ids: count each of these too, at most 100; one where nothing is unread counts 0.

        Raises:
            InvalidInputError: no dialogs, or too many.
            ForbiddenError: the session has no user.

        https://developers.connectycube.com/server/chat#retrieve-unread-messages-count
        """
        wanted = list(dict.fromkeys(map(id_of_dialog, dialog_ids)))
        if len(wanted) > _MAX_DIALOGS:
            raise InvalidInputError(f"at most {_MAX_DIALOGS} dialogs can be counted at once")
        query = {"chat_dialog_ids": wanted} if wanted else None
        told = await self._caller.call(UNREAD_COUNTS, query=query)
        counts = {name: count or 0 for name, count in told.items()}
        return UnreadCounts(
            total=counts.get("total", 0), dialogs={name: counts.get(name, 0) for name in wanted}
        )

    async def update(
        self,
        *message_ids: MessageLike,
        dialog_id: DialogLike,
        text: str | UnsetType = UNSET,
        read: bool = False,
        delivered: bool = False,
    ) -> None:
        """
        Change a message's text, or mark messages of one dialog: without ids, **every** one of it.

        So does an empty list that is unpacked: guard it, `if ids: await messages.update(*ids, …)`.
        More than a hundred go in several requests; those before one that fails stand.

        Args:
            dialog_id: the dialog that they are in, or its id.
            text: the new text, of one message, by its sender alone.
            read: mark as read by the caller.
            delivered: mark as delivered to the caller.

        Raises:
            InvalidInputError: nothing to change, or a text for other than one message.
            ForbiddenError: it is somebody else's text.
            NotFoundError: no such dialog, or none of these messages in it.

        https://developers.connectycube.com/server/chat#update-message
        """
        ids = list(dict.fromkeys(map(id_of_message, message_ids)))
        body = message_changes(dialog_id, count=len(ids), text=text, read=read, delivered=delivered)
        if not ids:
            await self._caller.call(UPDATE_ALL, body=body)
        for at, batch in batches(ids):
            try:
                await self._caller.call(UPDATE, path={"message_ids": batch}, body=body)
            except ConnectyCubeError as error:
                if at:
                    error.add_note(f"the first {at} of {len(ids)} messages were updated before")
                raise

    async def mark_read(self, dialog_id: DialogLike, *message_ids: MessageLike) -> None:
        """
        Mark messages of a dialog as read by the caller: without ids, **all** of the dialog.

        So does an empty list that is unpacked: guard it,
        `if ids: await messages.mark_read(dialog, *ids)`.

        Raises:
            NotFoundError: no such dialog, or none of these messages in it.

        https://developers.connectycube.com/server/chat#update-message
        """
        await self.update(*message_ids, dialog_id=dialog_id, read=True)

    async def mark_delivered(self, dialog_id: DialogLike, *message_ids: MessageLike) -> None:
        """
        Mark messages of a dialog as delivered to the caller: without ids, **all** of the dialog.

        So does an empty list that is unpacked: guard it,
        `if ids: await messages.mark_delivered(dialog, *ids)`.

        Raises:
            NotFoundError: no such dialog, or none of these messages in it.

        https://developers.connectycube.com/server/chat#update-message
        """
        await self.update(*message_ids, dialog_id=dialog_id, delivered=True)

    async def delete(
        self, message_id: MessageLike, /, *more: MessageLike, force: bool = False
    ) -> Deleted:
        """
        Delete messages for the caller, or for everybody, and return what became of each.

        More than a hundred go in several requests. Repeated after a lost answer, what the first
        attempt deleted is told as not found.

        Args:
            force: for everybody: one's own messages, or any as owner or admin of a group or public
                dialog. Of a broadcast dialog only its owner and admins delete at all.

        Raises:
            InvalidInputError: these are no messages, or `force` is neither True nor False.
            NotFoundError: the only one is not there; of several, the result tells.
            ForbiddenError: the only one is not the caller's to delete; otherwise the same.

        https://developers.connectycube.com/server/chat#delete-message
        """
        ids = [id_of_message(one) for one in (message_id, *more)]
        query = {"force": True} if checked_flag(force, "force") else None
        return await delete_all(self._caller, DELETE, "message_ids", ids, query=query)

    async def send_system(self, recipient_id: UserLike, **params: Any) -> str:
        """
        Send a message that no dialog shows to another user's application, and return its id.

        It reaches those who are connected to the chat. Never repeated by itself; cancelled in
        flight, it may have been sent or not.

        Args:
            recipient_id: the user, or their id.
            params: what it says, as texts or mappings.

        Raises:
            InvalidInputError: no recipient, or a parameter of the name `recipientId`.
            ForbiddenError: the session has no user.

        https://developers.connectycube.com/server/chat#send-system-message
        """
        return await self._caller.call(SEND_SYSTEM, body=system_message(recipient_id, params))

    async def add_reaction(self, message_id: MessageLike, /, reaction: str) -> None:
        """
        Answer a message with a character, such as an emoji; a second time changes nothing.

        Raises:
            InvalidInputError: the reaction is empty.
            ForbiddenError: the caller is no occupant of its dialog.
            NotFoundError: there is no such message.

        https://developers.connectycube.com/server/chat#message-reactions
        """
        await self._react(message_id, add=checked_reaction(reaction))

    async def remove_reaction(self, message_id: MessageLike, /, reaction: str) -> None:
        """
        Take a reaction of one's own back.

        Raises:
            InvalidInputError: the reaction is empty.
            NotFoundError: there is no such message.

        https://developers.connectycube.com/server/chat#message-reactions
        """
        await self._react(message_id, remove=checked_reaction(reaction))

    async def get_reactions(self, message_id: MessageLike, /) -> dict[str, list[int]]:
        """
        Return who chose which reaction: the ids of users by each.

        Raises:
            ForbiddenError: the caller is no occupant of its dialog.
            NotFoundError: there is no such message.

        https://developers.connectycube.com/server/chat#message-reactions
        """
        return await self._caller.call(
            GET_REACTIONS, path={"message_id": id_of_message(message_id)}
        )

    async def _react(self, message_id: MessageLike, **change: str) -> None:
        await self._caller.call(REACT, path={"message_id": id_of_message(message_id)}, body=change)

    async def _page(self, query: Mapping[str, Any], limit: int | None, skip: int) -> Page[Message]:
        return await self._caller.call(FIND, query={**query, "limit": limit, "skip": skip or None})


def _wishes(*, mark_as_read: bool, preview: bool = False) -> dict[str, bool]:
    """Spell what differs from the service's own default, and nothing else."""
    wishes: dict[str, bool] = {}
    if not checked_flag(mark_as_read, "mark_as_read"):
        wishes["mark_as_read"] = False
    if checked_flag(preview, "preview"):
        wishes["preview"] = True
    return wishes
