"""The address book of the emulator."""

from typing import Any

import pytest

from .emulator_line import Line

MARA, JONAS = "37120000001", "37120000002"
PHONE_TEXT = "Length of 'phone' field should be min: 10 and max: 15."
NAME_TEXT = "Length of 'name' field should be min: 1 and max: 255."
NONE = {"created": 0, "updated": 0, "deleted": 0, "rejected": {}}


@pytest.fixture
def line() -> Line:
    line = Line()
    line.world.add_contacts(line.mara.id, {MARA: "Mara"})
    return line


def upload(line: Line, *contacts: Any, **members: Any) -> tuple[int, Any]:
    return line.send("POST", "/address_book", {"contacts": list(contacts), **members})


def book(line: Line, udid: str | None = None) -> dict[str, str]:
    return line.world.address_books.book(line.mara.id, udid)


@pytest.mark.parametrize(
    ("contacts", "force", "counts", "after"),
    [
        ([], None, {}, {MARA: "Mara"}),
        ([{"phone": JONAS, "name": "Jonas"}], None, {"created": 1}, {MARA: "Mara", JONAS: "Jonas"}),
        ([{"phone": MARA, "name": "M."}], None, {"updated": 1}, {MARA: "M."}),
        ([{"phone": MARA, "destroy": 1}], None, {"deleted": 1}, {}),
        ([{"phone": MARA, "name": "Mara", "destroy": "1"}], None, {"deleted": 1}, {}),
        ([{"phone": JONAS, "destroy": 1}], None, {}, {MARA: "Mara"}),
        ([{"phone": MARA, "name": "M.", "destroy": 0}], None, {"updated": 1}, {MARA: "M."}),
        ([{"phone": JONAS, "name": "J."}], 1, {"created": 1, "deleted": 1}, {JONAS: "J."}),
        ([{"phone": MARA, "name": "M."}], 1, {"updated": 1}, {MARA: "M."}),
        ([], 1, {"deleted": 1}, {}),
        (
            [{"phone": JONAS, "name": "J."}, {"phone": JONAS, "name": "Jonas"}],
            None,
            {"created": 1, "updated": 1},
            {MARA: "Mara", JONAS: "Jonas"},
        ),
        ([{"phone": 37120000002, "name": "J."}], "1", {"created": 1, "deleted": 1}, {JONAS: "J."}),
    ],
)
def test_contacts_are_created_updated_and_deleted(
    line: Line, contacts: Any, force: Any, counts: Any, after: Any
) -> None:
    """A phone is a contact's key; `force` leaves nothing but what was sent."""
    assert (200, {**NONE, **counts}) == upload(line, *contacts, force=force)
    assert after == book(line)


@pytest.mark.parametrize(
    ("contact", "reasons"),
    [
        ({"phone": "123456789", "name": "Short"}, [PHONE_TEXT]),
        ({"phone": "1" * 16, "name": "Long"}, [PHONE_TEXT]),
        ({"phone": JONAS, "name": ""}, [NAME_TEXT]),
        ({"phone": JONAS, "name": "a" * 256}, [NAME_TEXT]),
        ({"phone": "1", "name": ""}, [PHONE_TEXT, NAME_TEXT]),
        ({"phone": JONAS}, ["Invalid fields set"]),
        ({"name": "Jonas"}, ["Invalid fields set"]),
        ({"destroy": 1}, ["Invalid fields set"]),
        ("Jonas", ["Invalid fields set"]),
    ],
)
def test_rejected_contacts_fail_nothing_else(line: Line, contact: Any, reasons: list[str]) -> None:
    """They are told by their place; alone they fail the call."""
    good = {"phone": "+380665787842", "name": "a" * 255}

    status, answer = upload(line, good, contact)

    assert (200, 1, {"1": reasons}) == (status, answer["created"], answer["rejected"])
    assert (422, {"errors": {"base": reasons}}) == upload(line, contact, force=1)
    assert [MARA, "+380665787842"] == list(book(line))


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "contacts"),
        ({"contacts": "all"}, "contacts"),
        ({"contacts": {"phone": JONAS}}, "contacts"),
        ({"contacts": [], "udid": "u" * 65}, "udid"),
    ],
)
def test_malformed_upload_is_refused(line: Line, body: Any, field: str) -> None:
    """What is no list of contacts is told by field."""
    status, answer = line.send("POST", "/address_book", body)

    assert (422, [field]) == (status, list(answer["errors"]))


def test_upload_takes_a_form(line: Line) -> None:
    """A form numbers the contacts."""
    form = {"contacts[10][phone]": MARA, "contacts[10][name]": "last"}
    form |= {"contacts[9][phone]": MARA, "contacts[9][name]": "first"}

    assert 200 == line.send("POST", "/address_book", form=form)[0]
    assert {MARA: "last"} == book(line)


def test_each_device_has_its_book(line: Line) -> None:
    """The global book, the books of devices and those of other users are apart."""
    upload(line, {"phone": JONAS, "name": "Jonas"}, udid="u" * 64)

    assert (200, [{"phone": MARA, "name": "Mara"}]) == line.send("GET", "/address_book")
    assert (200, [{"phone": JONAS, "name": "Jonas"}]) == line.send(
        "GET", "/address_book", query="udid=" + "u" * 64
    )
    assert (200, []) == line.send("GET", "/address_book", by=line.jonas)
    assert 422 == line.send("GET", "/address_book", query="udid=" + "u" * 65)[0]


@pytest.mark.parametrize("phone", [JONAS, "+37120000002", "371-2000-0002"])
def test_registered_users_are_found_by_digits(line: Line, phone: str) -> None:
    """Signs other than digits do not count, in the contact and in the user."""
    upload(line, {"phone": phone, "name": "Skipper"}, force=1)

    _, answer = line.send("GET", "/address_book/registered_users", query="compact=1")

    jonas = {"id": line.jonas.id, "phone": "+371 2000-0002", "address_book_name": "Skipper"}
    assert {"items": [{"user": jonas}]} == answer


@pytest.mark.parametrize("query", ["", "compact=0", "compact=false"])
def test_registered_users_are_whole_by_default(line: Line, query: str) -> None:
    """Without `compact` the profile comes, with the contact's name."""
    _, answer = line.send("GET", "/address_book/registered_users", query=query)

    [item] = answer["items"]
    assert ("mara", "Mara") == (item["user"]["login"], item["user"]["address_book_name"])


def test_contacts_without_digits_match_nobody(line: Line) -> None:
    """Most users have no phone; they are nobody's contact."""
    upload(line, {"phone": "----------", "name": "Nobody"}, udid="one")

    assert (200, {"items": []}) == line.send(
        "GET", "/address_book/registered_users", query="udid=one"
    )


def test_books_go_with_their_user_and_with_a_reset(line: Line) -> None:
    """Nothing is left of them."""
    line.world.add_contacts(line.jonas.id, {MARA: "Mara"})
    line.world.remove_user(line.jonas.id)
    gone = line.world.address_books.book(line.jonas.id)
    line.world.reset()

    assert ({}, {}) == (gone, book(line))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/address_book"),
        ("GET", "/address_book"),
        ("GET", "/address_book/registered_users"),
    ],
)
def test_address_books_are_for_users(line: Line, method: str, path: str) -> None:
    """A session without a user has no book."""
    assert 403 == line.send(method, path, by="app")[0]
