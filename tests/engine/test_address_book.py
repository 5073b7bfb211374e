"""Address books: each call as the contract's examples have it, and what is never sent."""

from typing import Any, Final

import pytest

from connectycube import InvalidInputError, User
from connectycube.api.address_book import AddressBook
from connectycube.models.contact import Contact, ContactsUpload, RegisteredContact
from connectycube.testing import Reply

from .wire_stage import Wire, played

pytestmark = pytest.mark.anyio

JONAS: Final = Contact(name="Jonas", phone="37120000002")
MARA: Final = Contact(name="Mara", phone="37120000001")


def book(wire: Wire) -> AddressBook:
    return AddressBook(wire.cube._caller)


async def test_contacts_are_uploaded() -> None:
    """Those that the service rejects are told, and do not stop the others."""
    contacts = [
        JONAS,
        MARA,
        Contact(name="Short", phone="12"),
        Contact(phone="37120000099"),
        Contact(phone="37120000005", remove=True),
    ]
    found = await played(
        "address_book.upload_address_book", lambda w: book(w).upload(contacts, udid="phone-1")
    )

    rejected = {
        2: ["Length of 'phone' field should be min: 10 and max: 15."],
        3: ["Invalid fields set"],
    }
    assert ContactsUpload(created=2, updated=1, deleted=1, rejected=rejected) == found


async def test_a_book_is_replaced() -> None:
    found = await played(
        "address_book.upload_address_book.clean", lambda w: book(w).upload([JONAS], force=True)
    )

    assert ContactsUpload(created=1) == found


@pytest.mark.parametrize("rejected", [{}, None])
async def test_nothing_rejected_is_nothing(rejected: Any) -> None:
    """However it is told."""
    wire = Wire([Reply(201, {"deleted": 0, "rejected": rejected, "created": 0, "updated": 0})])

    assert ContactsUpload() == await book(wire).upload([])


async def test_a_book_is_got() -> None:
    found = await played("address_book.get_address_book", lambda w: book(w).get(udid="phone-1"))

    assert [MARA, JONAS] == found
    assert [] == await book(Wire([Reply(200, [])])).get()


async def test_registered_contacts_are_found() -> None:
    """With as little of each user as was asked for, under the name that the book has."""
    found = await played(
        "address_book.list_registered_contacts", lambda w: book(w).find_registered(compact=True)
    )

    assert [RegisteredContact(name="Mara", user=User(id=90211, phone="37120000001"))] == found


async def test_registered_contacts_are_whole_users() -> None:
    """Unless told otherwise."""
    [found] = await played(
        "address_book.list_registered_contacts.full", lambda w: book(w).find_registered()
    )

    assert ("Mara", "mara.k", ["team_red", "beta"]) == (
        found.name,
        found.user.login,
        found.user.tags,
    )
    assert "address_book_name" not in found.user.extra


async def test_registered_contacts_may_come_flat() -> None:
    """Without the member around each."""
    item = {"id": 7, "phone": "37120000001", "address_book_name": "Mara"}
    wire = Wire([Reply(200, {"items": [item]})])

    found = await book(wire).find_registered(udid="phone-1", compact=True)

    assert [RegisteredContact(name="Mara", user=User(id=7, phone="37120000001"))] == found
    assert [[("compact", "1"), ("udid", "phone-1")]] == [one.query for one in wire.sent]


@pytest.mark.parametrize(
    "call",
    [
        lambda b: b.upload([{"phone": "37120000001"}]),
        lambda b: b.upload([JONAS], udid="x" * 65),
        lambda b: b.get(udid=""),
        lambda b: b.find_registered(udid=7),
    ],
)
async def test_what_is_no_contact_is_not_sent(call: Any) -> None:
    wire = Wire([])

    with pytest.raises(InvalidInputError):
        await call(book(wire))

    assert [] == wire.sent
