"""
Dialogs: making and finding them, who is in them, and what one's own account sees of them.

https://developers.connectycube.com/server/chat
"""

from collections.abc import Iterable, Mapping
from functools import partial
from types import NoneType
from typing import Any, Final, Unpack

import attrs

from connectycube._batch_delete import delete_all
from connectycube._caller import Caller
from connectycube._shared_work import SharedWork
from connectycube.bodies.dialogs import (
    DialogOptions,
    Extensions,
    Text,
    dialog_changes,
    message_ids,
    new_dialog,
    user_ids,
)
from connectycube.endpoint import Endpoint, Needs, Retry
from connectycube.errors import InvalidInputError, NotFoundError
from connectycube.fields import UNSET, UnsetType, checked_flag
from connectycube.models.deleted import Deleted
from connectycube.models.dialog import Dialog, DialogLike, DialogType, dialog_ids
from connectycube.models.dialog import dialog_id as id_of
from connectycube.models.message import MessageLike
from connectycube.models.page import Page
from connectycube.models.user import User, UserLike
from connectycube.models.user import user_id as id_of_user
from connectycube.pager import Pager
from connectycube.searches.dialogs import DialogFilters, dialog_queries
from connectycube.searches.lists import check_page

FIND: Final = Endpoint("GET", "/chat/Dialog", Page[Dialog], needs=Needs.USER)
FIND_ONE: Final = Endpoint("GET", "/chat/Dialog", list[Dialog], envelope="items", needs=Needs.USER)
COUNT: Final = Endpoint("GET", "/chat/Dialog", int, envelope="items.count", needs=Needs.USER)
CREATE: Final = Endpoint("POST", "/chat/Dialog", Dialog, needs=Needs.USER, retry=Retry.NEVER)
# Two people have one dialog: a repeat gets the one that the first attempt may have made.
CREATE_PRIVATE: Final = attrs.evolve(CREATE, retry=Retry.SAFE)
UPDATE: Final = Endpoint("PUT", "/chat/Dialog/{dialog_id}", Dialog, needs=Needs.USER)
DELETE: Final = Endpoint("DELETE", "/chat/Dialog/{dialog_ids}", Deleted, needs=Needs.USER)
CLEAR_HISTORY: Final = Endpoint(
    "DELETE", "/chat/Dialog/clearHistory/{dialog_id}", NoneType, needs=Needs.USER
)
SUBSCRIBE: Final = Endpoint("POST", "/chat/Dialog/{dialog_id}/subscribe", Dialog, needs=Needs.USER)
UNSUBSCRIBE: Final = Endpoint(
    "DELETE", "/chat/Dialog/{dialog_id}/subscribe", NoneType, needs=Needs.USER
)
CHANGE_ADMINS: Final = Endpoint("PUT", "/chat/Dialog/{dialog_id}/admins", Dialog, needs=Needs.USER)
GET_NOTIFICATIONS: Final = Endpoint(
    "GET",
    "/chat/Dialog/{dialog_id}/notifications",
    bool,
    envelope="notifications.enabled",
    needs=Needs.USER,
)
SET_NOTIFICATIONS: Final = attrs.evolve(GET_NOTIFICATIONS, method="PUT")
FIND_OCCUPANTS: Final = Endpoint(
    "GET", "/chat/Dialog/{dialog_id}/occupants", Page[User], item="user", needs=Needs.USER
)


@attrs.frozen(eq=False, repr=False)
class Dialogs:
    """
    Everything about dialogs; `ConnectyCube.chat.dialogs` is one.

    Wherever a dialog or a user is meant, its id serves as well as a `Dialog` or a `User`. All of it
    is for signed-in users alone: a session without one gets `ForbiddenError`.
    """

    _caller: Caller
    _creations: SharedWork[Dialog] = attrs.field(factory=SharedWork[Dialog])

    # -- finding

    async def find(
        self,
        *,
        limit: int | None = None,
        skip: int = 0,
        sort: str | None = None,
        **filters: Unpack[DialogFilters],
    ) -> Page[Dialog]:
        """
        Return a page of the caller's dialogs that fit all filters together.

        The caller's are those that they are in, public ones that they are subscribed to, and every
        broadcast.

        Args:
            limit: dialogs on the page, 100 by default.
            skip: dialogs to leave out first.
            sort: `last_message_date_sent`, `created_at` or `updated_at`, with a minus sign for
                the newest first.
            filters: `id`, `type`, `name`, `last_message_date_sent`, `created_at`, `updated_at` and
                `extensions`, each with a value or an operator of `connectycube.where`, such as
                `type=where.in_([DialogType.GROUP, DialogType.PUBLIC])` or
                `extensions={"city": "Kyiv"}`; typed by `DialogFilters`.

        Raises:
            InvalidQueryError: the service's rules forbid it; nothing was sent.

        https://developers.connectycube.com/server/chat
        """
        check_page(limit=limit, skip=skip, most=None)
        queries = dialog_queries(filters, sort=sort, most=1)
        if not queries:
            return Page(items=[], total_entries=0, skip=skip, limit=limit)
        return await self._page(queries[0], limit, skip)

    def iterate(
        self,
        *,
        limit: int | None = None,
        skip: int = 0,
        sort: str | None = "created_at",
        **filters: Unpack[DialogFilters],
    ) -> Pager[Dialog]:
        """
        Iterate over all of the caller's dialogs that fit, each once, fetching page after page.

        One list of `where.in_` may be of any length: it is asked for in parts of a hundred, and
        the order holds within each.

        Args:
            limit: dialogs on each page.
            skip: dialogs to leave out first.
            sort: by default the oldest first, an order that never changes: while dialogs come and
                go, none that stays is missed. By another one, which any message may change, one
                may be.
            filters: as for `find`.

        Raises:
            InvalidQueryError: the service's rules forbid it; nothing was sent.

        https://developers.connectycube.com/server/chat
        """
        check_page(limit=limit, skip=skip, most=None)
        searches = [
            partial(self._page, query, limit) for query in dialog_queries(filters, sort=sort)
        ]
        return Pager(searches, key=lambda dialog: dialog.id, offset=skip)

    async def count(self, **filters: Unpack[DialogFilters]) -> int:
        """
        Return how many of the caller's dialogs fit; filters are as for `find`.

        Raises:
            InvalidQueryError: the service's rules forbid it; nothing was sent.

        https://developers.connectycube.com/server/chat
        """
        queries = dialog_queries(filters, most=1)
        if not queries:
            return 0
        return await self._caller.call(COUNT, query={**queries[0], "count": True})

    async def get(self, dialog_id: DialogLike) -> Dialog:
        """
        Return the dialog with this id, if it is one of the caller's.

        Raises:
            InvalidInputError: it is no id.
            NotFoundError: there is none, or it is none of the caller's.

        https://developers.connectycube.com/server/chat
        """
        query = {"_id": id_of(dialog_id), "limit": 1}
        found = await self._caller.call(FIND_ONE, query=query)
        if not found:
            raise NotFoundError(label=FIND_ONE.label, messages=["The resource wasn't found"])
        return found[0]

    # -- making

    async def create_private(self, user_id: UserLike) -> Dialog:
        """
        Return the dialog of the caller and one other user, which is made if there is none.

        Two people have one dialog. The service makes two where it is asked twice at once; so on
        one client those who ask for the same user at the same time share one request. Cancelling
        one of them concerns nobody else. Cancelled in flight, the dialog may have been made.

        Raises:
            InvalidInputError: it is no user's id.
            ValidationError: it is the caller's own. What the service says to an id that is nobody's
                is not documented.

        https://developers.connectycube.com/server/chat
        """
        other = id_of_user(user_id)
        body = {"type": int(DialogType.PRIVATE), "occupants_ids": [other]}
        with self._caller.deadline(CREATE_PRIVATE.label):
            # Not everybody who uses this client need be the same user, from one login to another.
            session = await self._caller.sessions.current()
            key = session.user_id or session.token, other
            return await self._creations.run(
                key, partial(self._caller.call, CREATE_PRIVATE, body=body)
            )

    async def create_group(
        self,
        name: str,
        occupants_ids: Iterable[UserLike],
        **options: Unpack[DialogOptions],
    ) -> Dialog:
        """
        Make a dialog of the caller, who owns it, and some others.

        Never repeated by itself; cancelled in flight, the dialog may exist or not.

        Args:
            occupants_ids: the others; the caller is added by the service.
            options: `description`, `photo`, `admins_ids`, `extensions` and `allow_preview`; typed
                and told by `DialogOptions`.

        Raises:
            InvalidInputError: no name, or ids that are none.
            ValidationError: the service refused a value; what it does about ids that are nobody's
                is not documented.

        https://developers.connectycube.com/server/chat
        """
        body = new_dialog(DialogType.GROUP, name, options, occupants_ids=occupants_ids)
        return await self._caller.call(CREATE, body=body)

    async def create_public(
        self,
        name: str,
        **options: Unpack[DialogOptions],
    ) -> Dialog:
        """
        Make a dialog that everybody may subscribe to; the rest is as for `create_group`.

        https://developers.connectycube.com/server/chat
        """
        body = new_dialog(DialogType.PUBLIC, name, options)
        return await self._caller.call(CREATE, body=body)

    async def create_broadcast(
        self,
        name: str,
        **options: Unpack[DialogOptions],
    ) -> Dialog:
        """
        Make a dialog in which owner and admins write to all users of the application.

        The rest is as for `create_group`.

        https://developers.connectycube.com/server/chat
        """
        body = new_dialog(DialogType.BROADCAST, name, options)
        return await self._caller.call(CREATE, body=body)

    # -- changing

    async def update(
        self,
        dialog_id: DialogLike,
        *,
        name: str | UnsetType = UNSET,
        description: Text = UNSET,
        photo: Text = UNSET,
        extensions: Extensions | UnsetType | None = UNSET,
        allow_preview: bool | UnsetType = UNSET,
        add_occupants: Iterable[UserLike] = (),
        remove_occupants: Iterable[UserLike] = (),
        pin_messages: Iterable[MessageLike] = (),
        unpin_messages: Iterable[MessageLike] = (),
    ) -> Dialog:
        """
        Change a dialog and return it as it is now.

        What is left out stays; `None` clears. In groups everybody may rename the dialog and add
        people; to remove others and to pin messages takes an admin. Elsewhere all of it does.
        Anybody may remove themselves. For admins see `add_admins`. Cancelled in flight, the dialog
        may have changed or not.

        Args:
            extensions: replaces all that there were.
            add_occupants: users or their ids; groups and public dialogs only, as is removing.
            pin_messages: messages, or their ids.

        Raises:
            InvalidInputError: nothing to change, or ids that are none.
            ForbiddenError: it is not the caller's to change, or has no such list.
            NotFoundError: there is no such dialog, or it is none of the caller's.

        https://developers.connectycube.com/server/chat
        """
        body = dialog_changes(
            name=name,
            description=description,
            photo=photo,
            extensions=extensions,
            allow_preview=allow_preview,
            added={
                "occupants_ids": user_ids(add_occupants, "add_occupants"),
                "pinned_messages_ids": message_ids(pin_messages, "pin_messages"),
            },
            removed={
                "occupants_ids": user_ids(remove_occupants, "remove_occupants"),
                "pinned_messages_ids": message_ids(unpin_messages, "unpin_messages"),
            },
        )
        return await self._caller.call(UPDATE, path=_path(dialog_id), body=body)

    async def add_admins(self, dialog_id: DialogLike, user_ids: Iterable[UserLike]) -> Dialog:
        """
        Make users admins of a dialog, and return it as it is now; a dialog has at most five.

        Raises:
            InvalidInputError: ids that are none, or no ids.
            ForbiddenError: the caller is not the owner.
            ValidationError: too many admins.

        https://developers.connectycube.com/server/chat
        """
        return await self._change_admins("push_all", dialog_id, user_ids)

    async def remove_admins(self, dialog_id: DialogLike, user_ids: Iterable[UserLike]) -> Dialog:
        """
        Make admins of a dialog ordinary members, and return it as it is now.

        Raises:
            InvalidInputError: ids that are none, or no ids.
            ForbiddenError: the caller is not the owner.

        https://developers.connectycube.com/server/chat
        """
        return await self._change_admins("pull_all", dialog_id, user_ids)

    async def delete(
        self, dialog_id: DialogLike, /, *more: DialogLike, force: bool = False
    ) -> Deleted:
        """
        Delete dialogs, and return what became of each.

        Of one dialog a refusal is an error; of several it is told in the result, and nothing is
        raised for it. More than a hundred go in several requests. Cancelled in flight, or where
        one of those fails, some may be gone.

        Args:
            force: delete for everybody, which takes the owner; otherwise they go from the
                caller's list alone.

        Raises:
            InvalidInputError: ids that are none, or `force` is neither True nor False.
            ForbiddenError: the only one is not the caller's to delete for everybody.
            NotFoundError: the only one does not exist, or is none of the caller's.

        https://developers.connectycube.com/server/chat
        """
        ids = dialog_ids([dialog_id, *more])
        return await delete_all(self._caller, DELETE, "dialog_ids", ids, query=_force(force))

    async def clear_history(self, dialog_id: DialogLike, *, force: bool = False) -> None:
        """
        Delete all messages of a dialog, which itself stays.

        Args:
            force: for everybody, which takes the owner; otherwise for the caller alone.

        Raises:
            InvalidInputError: it is no id, or `force` is neither True nor False.
            ForbiddenError: they are not the caller's to delete for everybody.
            NotFoundError: there is no such dialog, or it is none of the caller's.

        https://developers.connectycube.com/server/chat
        """
        await self._caller.call(CLEAR_HISTORY, path=_path(dialog_id), query=_force(force))

    # -- the caller's own part in it

    async def subscribe(self, dialog_id: DialogLike) -> Dialog:
        """
        Join a public dialog, and return it.

        Raises:
            ForbiddenError: it is not public.
            NotFoundError: there is no such dialog.

        https://developers.connectycube.com/server/chat
        """
        return await self._caller.call(SUBSCRIBE, path=_path(dialog_id))

    async def unsubscribe(self, dialog_id: DialogLike) -> None:
        """
        Leave a public dialog.

        Raises:
            NotFoundError: there is no such dialog.

        https://developers.connectycube.com/server/chat
        """
        await self._caller.call(UNSUBSCRIBE, path=_path(dialog_id))

    async def get_notifications(self, dialog_id: DialogLike) -> bool:
        """
        Say whether the caller gets push notifications of a dialog, as everybody does at first.

        Raises:
            NotFoundError: there is no such dialog, or it is none of the caller's.

        https://developers.connectycube.com/server/chat
        """
        return await self._caller.call(GET_NOTIFICATIONS, path=_path(dialog_id))

    async def set_notifications(
        self,
        dialog_id: DialogLike,
        enabled: bool,  # noqa: FBT001 - named by its method
    ) -> bool:
        """
        Switch the caller's own push notifications of a dialog, and return what they are now.

        Raises:
            InvalidInputError: it is no id, or `enabled` is neither True nor False.
            NotFoundError: there is no such dialog, or it is none of the caller's.

        https://developers.connectycube.com/server/chat
        """
        body = {"enabled": int(checked_flag(enabled, "enabled"))}
        return await self._caller.call(SET_NOTIFICATIONS, path=_path(dialog_id), body=body)

    # -- who is in it

    async def find_occupants(
        self, dialog_id: DialogLike, *, limit: int | None = None, skip: int = 0
    ) -> Page[User]:
        """
        Return a page of the users who are in a dialog, intended for public ones.

        Dialogs of other kinds tell their `occupants_ids`. The service does not say how many there
        are in all: see `Dialog.occupants_count`.

        Args:
            limit: users on the page, 100 by default.
            skip: users to leave out first.

        Raises:
            InvalidQueryError: a limit or a number to skip that cannot be.
            NotFoundError: there is no such dialog.

        https://developers.connectycube.com/server/chat
        """
        check_page(limit=limit, skip=skip, most=None)
        page = await self._occupants(_path(dialog_id), limit, skip)
        # The service tells of none of these.
        return attrs.evolve(page, skip=page.skip or skip, limit=page.limit or limit)

    def iterate_occupants(
        self, dialog_id: DialogLike, *, limit: int | None = None, skip: int = 0
    ) -> Pager[User]:
        """
        Iterate over all users who are in a dialog, each once, fetching page after page.

        Intended for public dialogs, as `find_occupants` is. Their order is the service's own: where
        somebody leaves meanwhile, others are not missed as long as it keeps to it.

        Raises:
            InvalidQueryError: a limit or a number to skip that cannot be.

        https://developers.connectycube.com/server/chat
        """
        check_page(limit=limit, skip=skip, most=None)
        search = partial(self._occupants, _path(dialog_id), limit)
        return Pager([search], key=lambda user: user.id, offset=skip)

    async def _page(self, query: Mapping[str, Any], limit: int | None, skip: int) -> Page[Dialog]:
        return await self._caller.call(FIND, query={"limit": limit, "skip": skip or None, **query})

    async def _occupants(self, path: Mapping[str, Any], limit: int | None, skip: int) -> Page[User]:
        query = {"limit": limit, "skip": skip or None}
        return await self._caller.call(FIND_OCCUPANTS, path=path, query=query)

    async def _change_admins(
        self, change: str, dialog_id: DialogLike, admins_ids: Iterable[UserLike]
    ) -> Dialog:
        ids = user_ids(admins_ids, "user_ids")
        if not ids:
            raise InvalidInputError("admins are changed by at least one id")
        return await self._caller.call(
            CHANGE_ADMINS, path=_path(dialog_id), body={change: {"admins_ids": ids}}
        )


def _path(dialog: DialogLike) -> dict[str, str]:
    return {"dialog_id": id_of(dialog)}


def _force(force: object) -> dict[str, bool] | None:
    return {"force": True} if checked_flag(force, "force") else None
