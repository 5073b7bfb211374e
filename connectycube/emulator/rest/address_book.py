"""The address book: B1 to B3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectycube.emulator.parameters import as_object
from connectycube.emulator.refusals import based, field
from connectycube.emulator.rendering import user_json
from connectycube.emulator.reply import Reply

if TYPE_CHECKING:
    from connectycube.emulator.call import Call
    from connectycube.emulator.records import User

_INVALID = "Invalid fields set"
_PHONE = ("phone", 10, 15)
_NAME = ("name", 1, 255)
_LONGEST_UDID = 64


def upload_address_book(call: Call) -> Reply:
    """Create, update and delete contacts; unfit ones are told and fail nothing else (B1)."""
    udid, contacts = _udid(call), _contacts(call)
    known = call.world.address_books.book(call.user.id, udid)
    book = {} if _is_true(call.parameters.get("force")) else dict(known)
    counts = {"created": 0, "updated": 0, "deleted": 0}
    rejected: dict[str, list[str]] = {}
    for index, contact in enumerate(contacts):
        if reasons := _unfit(contact):
            rejected[str(index)] = reasons  # counted from 0: inferred
            continue
        phone = str(contact["phone"])
        if _is_true(contact.get("destroy")):
            book.pop(phone, None)
            continue
        counts["updated" if phone in known or phone in book else "created"] += 1
        book[phone] = str(contact["name"])
    if contacts and len(rejected) == len(contacts):
        # Seen without detail; the words are inferred.
        raise based(422, *dict.fromkeys(text for texts in rejected.values() for text in texts))
    counts["deleted"] = len(known.keys() - book.keys())
    call.world.address_books.replace(call.user.id, book, udid=udid)
    return Reply(payload={**counts, "rejected": rejected})


def get_address_book(call: Call) -> Reply:
    """Show the contacts of one device, or the global ones (B2)."""
    book = call.world.address_books.book(call.user.id, _udid(call))
    return Reply(payload=[{"phone": phone, "name": name} for phone, name in book.items()])


def list_registered_contacts(call: Call) -> Reply:
    """Show the users behind the contacts (B3). Only digits are compared (inferred)."""
    book = call.world.address_books.book(call.user.id, _udid(call))
    by_digits: dict[str, list[User]] = {}
    for user in call.world.users:
        if digits := _digits(user.phone or ""):
            by_digits.setdefault(digits, []).append(user)
    is_compact = _is_true(call.parameters.get("compact"))
    items = [
        {"user": {**_shown(call, user, is_compact=is_compact), "address_book_name": name}}
        for phone, name in book.items()
        for user in by_digits.get(_digits(phone), ())
    ]
    return Reply(payload={"items": items})


def _shown(call: Call, user: User, *, is_compact: bool) -> dict[str, Any]:
    if is_compact:
        return {"id": user.id, "phone": user.phone}
    return user_json(user, older=call.settings.older_objects)


def _udid(call: Call) -> str | None:
    udid = call.parameters.get("udid")
    if udid is None or udid == "":
        return None
    if len(str(udid)) > _LONGEST_UDID:
        raise field("udid", f"is too long (maximum is {_LONGEST_UDID} characters)")
    return str(udid)


def _contacts(call: Call) -> list[dict[str, Any]]:
    given = call.parameters.get("contacts")
    numbered = as_object(given)
    if numbered is not None and all(key.isascii() and key.isdigit() for key in numbered):
        # What a form makes of a list.
        given = [numbered[key] for key in sorted(numbered, key=int)]
    if not isinstance(given, list):
        raise field("contacts", "must be a list")
    listed: list[Any] = given
    return [as_object(one) or {} for one in listed]


def _unfit(contact: dict[str, Any]) -> list[str]:
    is_gone = _is_true(contact.get("destroy"))
    limits = [_PHONE] if is_gone and contact.get("name") is None else [_PHONE, _NAME]
    if any(not isinstance(contact.get(name), (str, int)) for name, _, _ in limits):
        return [_INVALID]
    return [
        f"Length of '{name}' field should be min: {least} and max: {most}."
        for name, least, most in limits
        if not least <= len(str(contact[name])) <= most
    ]


def _digits(phone: str) -> str:
    return "".join(sign for sign in phone if sign.isdecimal())


def _is_true(value: Any) -> bool:
    return str(value).lower() in ("1", "true")
