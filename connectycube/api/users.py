"""
Users: signing up, the own profile, looking others up.

https://developers.connectycube.com/server/users
"""

from collections.abc import Callable, Sequence
from functools import partial
from types import NoneType
from typing import TYPE_CHECKING, Final, Protocol, Unpack, cast

import anyio
import attrs

from connectycube._caller import Caller
from connectycube.auth.password import EmailPassword, LoginPassword, after_change
from connectycube.bodies.users import CustomData, Text, check_password, profile
from connectycube.endpoint import Endpoint, Needs, Retry
from connectycube.errors import (
    ApiError,
    InvalidInputError,
    NotFoundError,
    ServerError,
)
from connectycube.fields import UNSET, UnsetType, check_text
from connectycube.models.page import Page
from connectycube.models.user import User, UserLike
from connectycube.pager import Pager
from connectycube.searches.users import UserFilters, UserQuery, check_page, one_by, user_query

if TYPE_CHECKING:
    from connectycube._source import Source
    from connectycube.api.users_v1 import UsersV1
    from connectycube.models.blob import Blob, ProgressHook

SIGN_UP: Final = Endpoint(
    "POST", "/users", User, envelope="user", needs=Needs.AUTH_KEY, retry=Retry.NEVER
)
FIND: Final = Endpoint("GET", "/users/v2", Page[User], needs=Needs.USER, bracket_lists=True)
FIND_ONE: Final = Endpoint(
    "GET", "/users/v2", list[User], envelope="items", needs=Needs.USER, bracket_lists=True
)
UPDATE: Final = Endpoint("PUT", "/users/{user_id}", User, envelope="user", needs=Needs.USER)
# A repeat would present an old password that is not the old one any more.
CHANGE_PASSWORD: Final = attrs.evolve(UPDATE, retry=Retry.NEVER)
DELETE: Final = Endpoint("DELETE", "/users/{user_id}", NoneType, needs=Needs.USER)
DELETE_BY_EXTERNAL_ID: Final = Endpoint(
    "DELETE", "/users/external/{external_user_id}", NoneType, needs=Needs.USER
)
FIND_ONLINE: Final = Endpoint(
    "GET", "/users/online", list[User], envelope="users", needs=Needs.USER
)
COUNT_ONLINE: Final = Endpoint("GET", "/users/online", int, envelope="count", needs=Needs.USER)
RESET_PASSWORD: Final = Endpoint("POST", "/users/password/reset", NoneType, retry=Retry.NEVER)
# How the service had it before.
RESET_PASSWORD_BY_GET: Final = attrs.evolve(RESET_PASSWORD, method="GET")

# An avatar that nobody will see should go, but not hold up a cancellation for long.
_CLEAN_UP: Final = 5.0


class Files(Protocol):
    """What an avatar needs of the storage."""

    async def upload(
        self,
        source: "Source",
        *,
        name: str | None = None,
        content_type: str | None = None,
        public: bool = False,
        size: int | None = None,
        progress: "ProgressHook | None" = None,
    ) -> "Blob": ...
    async def discard(self, blob: "Blob") -> None: ...


class Users:
    """Everything about users; `ConnectyCube.users` is one."""

    def __init__(self, caller: Caller, files: Callable[[], Files]) -> None:
        self._caller = caller
        self._files = files  # loaded for the first avatar, or by whoever names `storage` before

    async def sign_up(
        self,
        *,
        password: str,
        login: str | None = None,
        email: str | None = None,
        full_name: Text = UNSET,
        phone: Text = UNSET,
        website: Text = UNSET,
        tags: Sequence[str] | UnsetType | None = UNSET,
        custom_data: CustomData = UNSET,
        external_id: str | int | UnsetType | None = UNSET,
        facebook_id: Text = UNSET,
        twitter_id: Text = UNSET,
        timezone: int | UnsetType | None = UNSET,
        avatar: Text = UNSET,
    ) -> User:
        """
        Create a user; nobody is signed in by this.

        Goes out with the client's session where there is one, else with the application's key.
        Never repeated by itself; cancelled in flight, the user may exist or not.

        Args:
            password: at least eight characters on most deployments.
            login: this, `email` or both.
            email: this, `login` or both.
            tags: at most five.
            custom_data: text; anything else is written as JSON.
            timezone: offset from UTC in minutes.
            avatar: uid of an uploaded file.

        Raises:
            InvalidInputError: no identifier, no password, or tags that cannot be sent.
            ValidationError: the service refused a value, such as a login that is taken.

        https://developers.connectycube.com/server/users#sign-up
        """
        if login is None and email is None:
            raise InvalidInputError("sign_up needs a login or an email")
        check_password(password, "password")
        members = profile(
            login=UNSET if login is None else login,
            email=UNSET if email is None else email,
            full_name=full_name,
            phone=phone,
            website=website,
            tags=tags,
            custom_data=custom_data,
            external_id=external_id,
            facebook_id=facebook_id,
            twitter_id=twitter_id,
            timezone=timezone,
            avatar=avatar,
        )
        return await self._caller.call(SIGN_UP, body={"user": {**members, "password": password}})

    async def update(
        self,
        *,
        login: str | UnsetType = UNSET,
        email: Text = UNSET,
        full_name: Text = UNSET,
        phone: Text = UNSET,
        website: Text = UNSET,
        tags: Sequence[str] | UnsetType | None = UNSET,
        custom_data: CustomData = UNSET,
        external_id: str | int | UnsetType | None = UNSET,
        facebook_id: Text = UNSET,
        twitter_id: Text = UNSET,
        timezone: int | UnsetType | None = UNSET,
        avatar: Text = UNSET,
        password: str | UnsetType = UNSET,
        old_password: str | UnsetType = UNSET,
    ) -> User:
        """
        Change the own profile and return it as it is now.

        What is left out stays; `None` clears. A password or login that changes here changes in the
        client's strategy too, so that its sessions go on being renewed. Cancelled in flight, the
        profile may have changed or not.

        Args:
            password: the new password, together with `old_password`.
            tags: at most five.
            custom_data: text; anything else is written as JSON.
            timezone: offset from UTC in minutes.
            avatar: uid of an uploaded file.

        Raises:
            InvalidInputError: nothing to change, half a password pair, or tags that cannot be sent.
            ForbiddenError: the session has no user.
            ValidationError: the service refused a value, such as a wrong old password.

        https://developers.connectycube.com/server/users#update-user
        """
        changes = profile(
            login=login,
            email=email,
            full_name=full_name,
            phone=phone,
            website=website,
            tags=tags,
            custom_data=custom_data,
            external_id=external_id,
            facebook_id=facebook_id,
            twitter_id=twitter_id,
            timezone=timezone,
            avatar=avatar,
        )
        endpoint = UPDATE
        if password is not UNSET or old_password is not UNSET:
            check_password(password, "password")
            check_password(old_password, "old_password")
            changes |= {"password": password, "old_password": old_password}
            endpoint = CHANGE_PASSWORD
        if not changes:
            raise InvalidInputError("update needs at least one member to change")
        with self._caller.deadline(endpoint.label):
            # Whoever changes what the strategy signs in with must be known to be its user.
            renamed = bool(changes.keys() & {"login", "email", "password"})
            affected = isinstance(self._caller.sessions.strategy, LoginPassword | EmailPassword)
            before = await self._caller.own_session(endpoint, with_user=renamed and affected)
            user = await self._caller.call_as_user(endpoint, body={"user": changes})
        sessions = self._caller.sessions
        sessions.update_user(user)
        changed = after_change(
            sessions.strategy,
            before=before.user,
            after=user,
            password=None if password is UNSET else password,
        )
        await sessions.change_strategy(changed)
        return user

    async def set_avatar(
        self,
        source: "Source",
        *,
        name: str | None = None,
        content_type: str | None = None,
        public: bool = False,
        size: int | None = None,
        progress: "ProgressHook | None" = None,
    ) -> User:
        """
        Upload a picture, make it the own avatar, and return the profile as it is now.

        The uploaded file is removed again when the profile cannot be updated; where the answer was
        lost, only after a look at the profile. The former avatar's file stays. Others read it by
        `storage.private_url(user.avatar)`.

        Args:
            source: a path, bytes, a binary file object, or an async iterable of bytes.
            size: bytes in all; needed for an async iterable.

        Raises:
            InvalidInputError: nothing that can be uploaded.
            ForbiddenError: the session has no user.
            ApiError: the service or its object store refused.

        https://developers.connectycube.com/js/authentication-and-users#update-user-avatar
        """
        files = self._files()
        blob = await files.upload(
            source,
            name=name,
            content_type=content_type,
            public=public,
            size=size,
            progress=progress,
        )
        try:
            return await self.update(avatar=blob.uid)
        except BaseException as error:
            with anyio.move_on_after(_CLEAN_UP, shield=True):
                await self._withdraw(blob, error)
            raise

    async def delete(self) -> None:
        """
        Delete the own account, and sign the client out.

        Where it stays unknown whether the account is gone (no answer, a cancellation), the session
        is kept but never renewed by itself: that could create the account anew.

        Raises:
            ForbiddenError: the session has no user.

        https://developers.connectycube.com/server/users#delete-user
        """
        await self._caller.delete_account(DELETE)

    async def reset_password(self, email: str) -> None:
        """
        Have the service mail instructions to this address. Never repeated by itself.

        Raises:
            InvalidInputError: the address is empty.
            NotFoundError: nobody has this address.

        https://developers.connectycube.com/server/users#reset-password
        """
        check_text(email, "email")
        with self._caller.deadline(RESET_PASSWORD.label):
            try:
                await self._caller.call(RESET_PASSWORD, body={"email": email})
            except ApiError as error:
                if not _is_unknown_route(error):
                    raise
                await self._caller.call(RESET_PASSWORD_BY_GET, query={"email": email})

    async def delete_by_external_id(self, external_user_id: str | int) -> None:
        """
        Delete the own account by its id in the application's own system, and sign the client out.

        The service allows this to the account's owner alone; for a lost answer see `delete`.

        Raises:
            InvalidInputError: it is no id.
            NotFoundError: it is nobody's, or somebody else's.

        https://developers.connectycube.com/server/users#delete-user-by-external-id
        """
        path = {"external_user_id": external_user_id}
        DELETE_BY_EXTERNAL_ID.fill(path)
        await self._caller.delete_account(DELETE_BY_EXTERNAL_ID, path=path)

    async def find(
        self,
        *,
        limit: int | None = None,
        offset: int = 0,
        sort: str | None = None,
        **filters: Unpack[UserFilters],
    ) -> Page[User]:
        """
        Return a page of the users that fit, of all filters together.

        Args:
            limit: users on the page, 1 to 100; 100 by default, and never more than 5 where
                `where.starts_with` is used.
            offset: users to skip.
            sort: a field, with a minus sign for descending: `"-created_at"`.
            filters: values or operators of `connectycube.where`. One field other than a date must
                have a value, `where.in_` or `where.starts_with`; dates alone cannot be searched.

        Raises:
            InvalidQueryError: the service's rules forbid it; nothing was sent.
            ForbiddenError: the session has no user.

        https://developers.connectycube.com/server/users#retrieve-users-v2
        """
        check_page(limit=limit, offset=offset)
        [query] = user_query(filters, sort=sort).parts(most=1)
        return await self._page(query, limit=limit, offset=offset)

    def iterate(
        self,
        *,
        limit: int | None = None,
        offset: int = 0,
        sort: str | None = "id",
        **filters: Unpack[UserFilters],
    ) -> Pager[User]:
        """
        Iterate over all users that fit, each once, fetching a page when one is used up.

        One list of `where.in_` may be of any length: it is asked for in parts of a hundred, and
        the order holds within each.

        Args:
            limit: users on each page.
            offset: users to skip at first.
            sort: by default the id, which never changes: while users come and go, none that stays
                is missed. By something that changes, one may be.

        Raises:
            InvalidQueryError: the service's rules forbid it; nothing was sent.

        https://developers.connectycube.com/server/users#retrieve-users-v2
        """
        check_page(limit=limit, offset=offset)
        searches = [
            partial(self._page_at, query, limit) for query in user_query(filters, sort=sort).parts()
        ]
        return Pager(searches, key=lambda user: user.id, offset=offset)

    async def get(self, user_id: UserLike) -> User:
        """
        Return the user with this id; a `User` is got anew.

        Raises:
            InvalidQueryError: it is no id.
            NotFoundError: there is no such user.
            ForbiddenError: the session has no user.

        https://developers.connectycube.com/server/users#retrieve-users-v2
        """
        query = one_by("id", user_id.id if isinstance(user_id, User) else user_id)
        return _first(await self._caller.call(FIND_ONE, query=query))

    async def get_by_login(self, login: str) -> User:
        """Return the user with this login; rules and errors as for `get`."""
        return _first(await self._caller.call(FIND_ONE, query=one_by("login", login)))

    async def get_by_email(self, email: str) -> User:
        """Return the user with this e-mail address; rules and errors as for `get`."""
        return _first(await self._caller.call(FIND_ONE, query=one_by("email", email)))

    async def get_by_phone(self, phone: str) -> User:
        """Return the first user with this telephone number; rules and errors as for `get`."""
        return _first(await self._caller.call(FIND_ONE, query=one_by("phone", phone)))

    async def get_by_external_id(self, external_id: str | int) -> User:
        """Return the user with this id in the application's own system; otherwise as `get`."""
        return _first(
            await self._caller.call(FIND_ONE, query=one_by("external_id", _id_text(external_id)))
        )

    async def get_by_facebook_id(self, facebook_id: str | int) -> User:
        """Return the user with this Facebook id; rules and errors as for `get`."""
        return _first(
            await self._caller.call(FIND_ONE, query=one_by("facebook_id", _id_text(facebook_id)))
        )

    async def get_by_twitter_id(self, twitter_id: str | int) -> User:
        """Return the user with this Twitter id; rules and errors as for `get`."""
        return _first(
            await self._caller.call(FIND_ONE, query=one_by("twitter_id", _id_text(twitter_id)))
        )

    async def find_online(self, *, limit: int | None = None, offset: int = 0) -> Page[User]:
        """
        Return a page of the users who are connected to the chat now.

        The service does not tell how many there are in all: see `count_online`.

        Raises:
            InvalidQueryError: a limit or offset that cannot be.
            ForbiddenError: the session has no user.
        """
        check_page(limit=limit, offset=offset)
        query = {"limit": limit, "offset": offset or None}
        users = await self._caller.call(FIND_ONLINE, query=query)
        return Page(items=users, skip=offset, limit=limit)

    async def count_online(self) -> int:
        """
        Return how many users are connected to the chat now.

        Raises:
            ForbiddenError: the session has no user.
        """
        return await self._caller.call(COUNT_ONLINE, query={"count": True})

    @property
    def v1(self) -> "UsersV1":
        """The deprecated look-ups, which most applications have switched off."""
        # Loaded here, so that an import does not pay for it.
        from connectycube.api.users_v1 import UsersV1  # noqa: PLC0415 - as said

        return UsersV1(self._caller)

    async def _page(self, query: UserQuery, *, limit: int | None, offset: int) -> Page[User]:
        if query.is_empty:
            return Page(items=[], total_entries=0, skip=offset, limit=limit)
        return await self._caller.call(FIND, query=query.query(limit=limit, offset=offset))

    async def _page_at(self, query: UserQuery, limit: int | None, offset: int) -> Page[User]:
        return await self._page(query, limit=limit, offset=offset)

    async def _withdraw(self, blob: "Blob", error: BaseException) -> None:
        """Remove an avatar's file, unless the profile shows it although no answer said so."""
        refused = isinstance(error, ApiError) and error.status < ServerError.default_status
        doubted = hasattr(error, "__notes__")  # an attempt before it may have worked
        if doubted or not refused:
            try:
                session = await self._caller.own_session(FIND)
                if (await self.get(session.user_id or 0)).avatar == blob.uid:
                    return
            except Exception:  # noqa: BLE001 - a hook's own too: the first error is the one to tell
                return  # nobody knows, and nobody could remove it either
        await self._files().discard(blob)


def _first(found: list[User]) -> User:
    if not found:
        raise NotFoundError(label=FIND_ONE.label, messages=["User not found"])
    return found[0]


def _id_text(value: str | int) -> str:
    """Spell an id of another system; what is none is refused where the search is checked."""
    return str(value) if type(value) is int else cast("str", value)


def _is_unknown_route(error: ApiError) -> bool:
    return error.status in (404, 405) and "route not found" in " ".join(error.messages).lower()
