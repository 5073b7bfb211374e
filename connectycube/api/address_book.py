"""
The address book: a user's contacts, and who of them uses the application.

https://developers.connectycube.com/server/address_book
"""

from collections.abc import Iterable
from typing import Any, Final

import attrs

from connectycube._caller import Caller
from connectycube.endpoint import Endpoint, Needs
from connectycube.errors import InvalidInputError
from connectycube.fields import checked_flag
from connectycube.models.contact import Contact, ContactsUpload, RegisteredContact
from connectycube.models.user import User

UPLOAD: Final = Endpoint("POST", "/address_book", ContactsUpload, needs=Needs.USER)
GET: Final = Endpoint("GET", "/address_book", list[Contact], needs=Needs.USER)
FIND_REGISTERED: Final = Endpoint(
    "GET",
    "/address_book/registered_users",
    list[User],
    envelope="items",
    item="user",
    needs=Needs.USER,
)

_MAX_UDID: Final = 64
_NAME: Final = "address_book_name"


@attrs.frozen
class AddressBook:
    """
    Everything about address books; `ConnectyCube.address_book` is one.

    A user has one book for each device that says its `udid`, and a global one.
    """

    _caller: Caller

    async def upload(
        self, contacts: Iterable[Contact], /, *, force: bool = False, udid: str | None = None
    ) -> ContactsUpload:
        """
        Add, rename and remove contacts, and return how many of each there were.

        A contact that the service cannot take is told in `rejected`, and does not stop the others.
        All go with one request: the service documents no limit, and with `force` parts would
        replace each other. Cancelled in flight, its effect is unknown; done again, it is the same.

        Args:
            contacts: those with `remove` go, the others are put under their number.
            force: replace the whole book by these, and by nothing where there are none.
            udid: the device whose book it is, at most 64 characters; by default the global one.

        Raises:
            InvalidInputError: no contacts, a udid that is too long, or a flag that is none.
            ForbiddenError: the session has no user.
            ValidationError: the service could take none of it.

        https://developers.connectycube.com/server/address_book#upload-address-book
        """
        if not isinstance(contacts, Iterable):
            raise InvalidInputError("contacts are a list")
        body: dict[str, Any] = {"contacts": [_told(contact) for contact in contacts]}
        if checked_flag(force, "force"):
            body["force"] = 1
        return await self._caller.call(UPLOAD, body=body | _of(udid))

    async def get(self, *, udid: str | None = None) -> list[Contact]:
        """
        Return all contacts of a book.

        Args:
            udid: the device whose book it is; by default the global one.

        Raises:
            InvalidInputError: a udid that is too long.
            ForbiddenError: the session has no user.

        https://developers.connectycube.com/server/address_book#retrieve-address-book
        """
        return await self._caller.call(GET, query=_of(udid))

    async def find_registered(
        self, *, udid: str | None = None, compact: bool = False
    ) -> list[RegisteredContact]:
        """
        Return the contacts whose number is that of a user of the application.

        Args:
            udid: the device whose book it is; by default the global one.
            compact: return no more of each user than its id and number.

        Raises:
            InvalidInputError: a udid that is too long, or a flag that is none.
            ForbiddenError: the session has no user.

        https://developers.connectycube.com/server/address_book
        """
        query = {"compact": checked_flag(compact, "compact"), **_of(udid)}
        return [_registered(user) for user in await self._caller.call(FIND_REGISTERED, query=query)]


def _told(contact: object) -> dict[str, Any]:
    if not isinstance(contact, Contact):
        raise InvalidInputError("an address book is made of contacts")
    told: dict[str, Any] = {} if contact.name is None else {"name": contact.name}
    told["phone"] = contact.phone
    if checked_flag(contact.remove, "remove"):
        told["destroy"] = 1
    return told


def _of(udid: object) -> dict[str, str]:
    if udid is None:
        return {}
    if not isinstance(udid, str) or not 1 <= len(udid) <= _MAX_UDID:
        raise InvalidInputError(f"a udid has 1 to {_MAX_UDID} characters")
    return {"udid": udid}


def _registered(user: User) -> RegisteredContact:
    name = user.extra.get(_NAME)
    if name is not None and not isinstance(name, str):
        return RegisteredContact(user=user)
    extra = {told: value for told, value in user.extra.items() if told != _NAME}
    return RegisteredContact(name=name, user=attrs.evolve(user, extra=extra))
