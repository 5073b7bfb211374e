"""Contacts of a user's address book."""

from typing import Any

import attrs

from connectycube.models.user import User
from connectycube.values import frozen


@frozen(kw_only=True)
class Contact:
    """
    A contact of an address book.

    Attributes:
        phone: 10 to 15 characters.
        name: 1 to 255 characters; needed unless it is to be removed.
        remove: in an upload, whether this number is to go.
        extra: members that this package does not name, or that came in another form.

    https://developers.connectycube.com/server/address_book
    """

    phone: str
    name: str | None = None
    remove: bool = attrs.field(default=False, metadata={"wire": "destroy"})
    extra: dict[str, Any] = attrs.field(factory=dict[str, Any], repr=False)


@frozen(kw_only=True)
class ContactsUpload:
    """
    What an upload changed, in numbers of contacts.

    Attributes:
        rejected: texts of what was wrong with a contact, by where it stood in the upload, as the
            service counts; its documentation does not say whether from 0, which it seems to.
        extra: members that this package does not name, or that came in another form.

    https://developers.connectycube.com/server/address_book#upload-address-book
    """

    created: int = 0
    updated: int = 0
    deleted: int = 0
    rejected: dict[int, list[str]] = attrs.field(factory=dict[int, list[str]])
    extra: dict[str, Any] = attrs.field(factory=dict[str, Any], repr=False)


@frozen(kw_only=True)
class RegisteredContact:
    """
    A contact that is a user of the application, too.

    Attributes:
        name: what the address book calls the user.
        user: as much of it as was asked for.

    https://developers.connectycube.com/server/address_book
    """

    name: str | None = None
    user: User
