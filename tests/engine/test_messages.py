"""Messages over HTTP: what is sent for each call, and what becomes of the recorded answers."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from connectycube import (
    Backoff,
    DecodeError,
    ForbiddenError,
    InvalidInputError,
    InvalidQueryError,
    NotFoundError,
    Page,
    ServerError,
    where,
)
from connectycube.api.messages import Messages
from connectycube.models.deleted import Deleted
from connectycube.models.dialog import Dialog
from connectycube.models.message import Attachment, Message, Reactions, UnreadCounts
from connectycube.testing import Reply

from .wire_stage import ME, Sent, Wire, played, reply

pytestmark = pytest.mark.anyio

GROUP: Final = "6666c1d2a4b35e0017f0a911"
PRIVATE: Final = "6666c1f0a4b35e0017f0a912"
PUBLIC: Final = "6666c22ca4b35e0017f0a913"
FIRST: Final = "6666c901a4b35e0017f0b001"
SECOND: Final = "6666c902a4b35e0017f0b002"
MISSING: Final = "6666ffffa4b35e0017f0b0ff"
Call = Callable[[Messages], Awaitable[object]]


def scripted(*replies: Reply) -> tuple[Wire, Messages]:
    wire = Wire(replies)
    return wire, wire.chat.messages


def recorded(*names: str) -> tuple[Wire, Messages]:
    return scripted(*map(reply, names))


def ids(count: int) -> list[str]:
    return [f"{number:024x}" for number in range(count)]


def a_message(number: int) -> dict[str, Any]:
    return {"_id": f"{number:024x}", "chat_dialog_id": GROUP, "message": f"Message {number}"}


def a_page(*numbers: int, limit: int = 100) -> Reply:
    return Reply(200, {"skip": 0, "limit": limit, "items": [a_message(one) for one in numbers]})


# -- as recorded


CALLS: Final[list[tuple[str, Call]]] = [
    (
        "chat.list_messages",
        lambda messages: messages.find(GROUP, sort="date_sent", mark_as_read=False),
    ),
    ("chat.list_messages.preview", lambda messages: messages.find(PUBLIC, preview=True)),
    ("chat.count_messages", lambda messages: messages.count(GROUP)),
    ("chat.get_unread_counts", lambda messages: messages.unread_counts(GROUP, PRIVATE)),
    ("chat.get_unread_counts.total", lambda messages: messages.unread_counts()),
    (
        "chat.create_message",
        lambda messages: messages.create(
            GROUP,
            "Bring jackets",
            attachments=[Attachment(type="image", id="510077")],
            send_to_chat=True,
            params={"country": "LV"},
        ),
    ),
    ("chat.create_message.private", lambda messages: messages.create(90244, "hello")),
    (
        "chat.update_messages",
        lambda messages: messages.update(FIRST, SECOND, dialog_id=GROUP, read=True),
    ),
    ("chat.update_all_messages", lambda messages: messages.mark_read(GROUP)),
    (
        "chat.delete_messages",
        lambda messages: messages.delete(FIRST, MISSING, SECOND, force=True),
    ),
    (
        "chat.send_system_message",
        lambda messages: messages.send_system(90244, event="dialog_changed", dialog={"id": GROUP}),
    ),
    ("chat.list_message_reactions", lambda messages: messages.get_reactions(FIRST)),
    ("chat.list_message_reactions.empty", lambda messages: messages.get_reactions(SECOND)),
]


@pytest.mark.parametrize(("name", "call"), CALLS, ids=[name for name, _ in CALLS])
async def test_the_recorded_request_is_sent(name: str, call: Call) -> None:
    """Method, path, query and body, and once."""
    await played(name, lambda wire: call(wire.chat.messages))


async def test_recorded_messages_are_read() -> None:
    """With their attachments, reactions and the sender's own parameters."""
    _, messages = recorded("chat.list_messages")

    page = await messages.find(GROUP)

    first, second, third = page.items
    assert (0, 100, None) == (page.skip, page.limit, page.total_entries)
    assert (
        Message(
            id=FIRST,
            dialog_id=GROUP,
            text="Anyone for Saturday?",
            sender_id=ME,
            recipient_id=0,
            date_sent=datetime(2024, 6, 10, 9, 34, 21, tzinfo=UTC),
            created_at=datetime(2024, 6, 10, 9, 34, 20, tzinfo=UTC),
            updated_at=datetime(2024, 6, 10, 9, 34, 20, tzinfo=UTC),
            read_ids=[ME, 90244],
            delivered_ids=[ME, 90244],
            reactions=Reactions(own=["👍"], total={"👍": 2, "⛵": 1}),
            views_count=0,
        )
        == first
    )
    assert [
        Attachment(
            type="image",
            uid="D41C2F0B9A7E4C63B1F05E8A7D2C4B60E100",
            id="510077",
            name="map.png",
            size=48213,
        )
    ] == second.attachments
    assert (None, None) == (second.text, second.reactions)
    assert {"priority": "high", "meta": {"source": "bot"}} == third.params


async def test_a_created_message_is_returned() -> None:
    """As the service keeps it, parameters of one's own included."""
    _, messages = recorded("chat.create_message")

    made = await messages.create(GROUP, "Bring jackets")

    assert ("6666c904a4b35e0017f0b004", "Bring jackets", [ME]) == (
        made.id,
        made.text,
        made.read_ids,
    )
    assert ([Attachment(type="image", id="510077")], {"country": "LV"}) == (
        *(made.attachments, made.params),
    )


async def test_recorded_values_are_read() -> None:
    """Numbers, ids, and who chose what."""
    _, messages = recorded(
        *("chat.count_messages", "chat.send_system_message", "chat.list_message_reactions"),
        "chat.list_message_reactions.empty",
    )

    assert 3 == await messages.count(GROUP)
    assert "6666d001a4b35e0017f0c001" == await messages.send_system(90244, event="x")
    assert {"👍": [ME, 90244], "⛵": [90400]} == await messages.get_reactions(FIRST)
    assert {} == await messages.get_reactions(SECOND)


async def test_a_dialog_without_unread_messages_counts_none() -> None:
    """The service leaves such dialogs out, or says null; each that was asked for is there."""
    told = {"total": 5, GROUP: 2, PUBLIC: None}
    _, messages = scripted(Reply(200, told), Reply(200, {"total": "3"}))

    asked = await messages.unread_counts(GROUP, PRIVATE, PUBLIC, GROUP)
    total = await messages.unread_counts()

    assert UnreadCounts(total=5, dialogs={GROUP: 2, PRIVATE: 0, PUBLIC: 0}) == asked
    assert UnreadCounts(total=3, dialogs={}) == total


async def test_a_dialog_or_a_message_stands_for_its_id() -> None:
    """Wherever an id can stand."""
    wire, messages = scripted(*[Reply(200, {})] * 3, *[Reply(200)] * 5, a_page())
    dialog, message = Dialog(id=GROUP, name="Sailing"), Message(id=FIRST)

    await messages.unread_counts(dialog)
    await messages.get_reactions(message)
    await messages.delete(message)
    await messages.update(message, dialog_id=dialog, text="x")
    await messages.mark_read(dialog, message)
    await messages.mark_delivered(dialog, message)
    await messages.add_reaction(message, "👍")
    await messages.remove_reaction(message, "👍")
    await messages.find(dialog)

    of_dialog, of_message = {"chat_dialog_id": GROUP}, f"/chat/Message/{FIRST}"
    reactions = f"{of_message}/reactions"
    assert [
        Sent(method="GET", path="/chat/Message/unread", query=[("chat_dialog_ids", GROUP)]),
        Sent(method="GET", path=reactions),
        Sent(method="DELETE", path=of_message),
        Sent(method="PUT", path=of_message, json={**of_dialog, "message": "x"}),
        Sent(method="PUT", path=of_message, json={**of_dialog, "read": 1}),
        Sent(method="PUT", path=of_message, json={**of_dialog, "delivered": 1}),
        Sent(method="PUT", path=reactions, json={"add": "👍"}),
        Sent(method="PUT", path=reactions, json={"remove": "👍"}),
        Sent(method="GET", path="/chat/Message", query=[("chat_dialog_id", GROUP)]),
    ] == wire.sent


# -- searching


async def test_a_page_is_searched_and_sorted() -> None:
    """Filters, order and place in the whole go into one query."""
    wire, messages = scripted(a_page(1))
    noon = datetime(2024, 6, 10, 12, tzinfo=UTC)

    page = await messages.find(
        GROUP,
        limit=5,
        skip=10,
        sort="-date_sent",
        sender_id=where.in_([ME, 90244]),
        date_sent=where.gte(noon),
        text=where.contains("price & 50%"),
        attachment_type="image",
    )

    assert ["0" * 23 + "1"] == [message.id for message in page.items]
    assert [
        ("attachments.type", "image"),
        ("chat_dialog_id", GROUP),
        ("date_sent[gte]", str(int(noon.timestamp()))),
        ("limit", "5"),
        ("message[ctn]", "price & 50%"),
        ("sender_id[in]", f"{ME},90244"),
        ("skip", "10"),
        ("sort_desc", "date_sent"),
    ] == wire.sent[0].query


async def test_one_of_none_is_nothing_and_is_not_sent() -> None:
    """An empty list is an answer, not a mistake."""
    wire, messages = scripted()
    nobody = where.in_(list[int]())

    page = await messages.find(GROUP, sender_id=nobody, skip=3, limit=7)
    found = [message async for message in messages.iterate(GROUP, sender_id=nobody)]

    assert Page[Message](items=[], skip=3, limit=7) == page
    assert ([], 0) == (found, await messages.count(GROUP, sender_id=nobody))
    assert [] == wire.sent


async def test_all_messages_come_once() -> None:
    """The oldest first; one that is deleted while others are read hides none."""
    wire, messages = scripted(
        a_page(1, 2, 3, limit=3), a_page(4, 5, 6, limit=3), a_page(3, 4, 5, limit=3), a_page(5, 6)
    )

    pager = messages.iterate(GROUP, limit=3, mark_as_read=False)
    found = [int(message.id, 16) async for message in pager]

    assert [1, 2, 3, 4, 5, 6] == found
    queries = [dict(one.query) for one in wire.sent]
    assert [None, "2", None, "2"] == [query.get("skip") for query in queries]
    assert {("date_sent", "0", "3")} == {
        (query["sort_asc"], query["mark_as_read"], query["limit"]) for query in queries
    }


async def test_a_long_list_is_searched_in_parts() -> None:
    """A page takes a hundred values, and iterating any number."""
    wire, messages = scripted(a_page(1), a_page(2))
    many = where.in_(ids(150))

    with pytest.raises(InvalidQueryError, match="iterate"):
        await messages.find(GROUP, id=many)
    found = [int(message.id, 16) async for message in messages.iterate(GROUP, id=many)]

    assert [1, 2] == found
    assert [100, 50] == [len(dict(one.query)["_id[in]"].split(",")) for one in wire.sent]


# -- changing and deleting


async def test_many_are_changed_in_requests_of_a_hundred() -> None:
    """Each id once; where one request fails, the error says what stands."""
    wire, messages = scripted(Reply(200), reply("chat.update_messages.error.not_found"))
    many = ids(150)

    with pytest.raises(NotFoundError, match="wasn't found") as caught:
        await messages.mark_read(GROUP, *many, *many)

    assert many == [one for sent in wire.sent for one in sent.path.rpartition("/")[2].split(",")]
    assert ["the first 75 of 150 messages were updated before"] == caught.value.__notes__


async def test_a_first_failure_needs_no_note() -> None:
    """Nothing stands before it."""
    _, messages = recorded("chat.update_messages.error.not_found")
    with pytest.raises(NotFoundError) as caught:
        await messages.update(MISSING, dialog_id=GROUP, read=True)

    assert not hasattr(caught.value, "__notes__")


async def test_each_deletion_is_told() -> None:
    """What is gone, what was not there, and what was not the caller's."""
    _, messages = recorded("chat.delete_messages")

    told = await messages.delete(FIRST, MISSING, SECOND, force=True)

    assert Deleted(deleted=[FIRST], not_found=[MISSING], not_permitted=[SECOND]) == told


@pytest.mark.parametrize("body", [None, b" ", b"{}", b"deleted", {"NotFound": {"ids": []}}])
async def test_a_deletion_without_lists_is_a_yes(body: object) -> None:
    """Of one message the service says little: nothing, or a word that is no JSON."""
    wire, messages = scripted(Reply(200, body))

    assert Deleted(deleted=[FIRST]) == await messages.delete(FIRST)
    assert [Sent(method="DELETE", path=f"/chat/Message/{FIRST}")] == wire.sent


@pytest.mark.parametrize(
    ("key", "error"), [("NotFound", NotFoundError), ("WrongPermissions", ForbiddenError)]
)
async def test_a_deletion_of_one_is_refused_aloud(key: str, error: type[Exception]) -> None:
    """There is nothing else to tell."""
    _, messages = scripted(Reply(200, {key: {"ids": [FIRST]}}))
    with pytest.raises(error):
        await messages.delete(FIRST)


# -- what is never repeated, and what is


@pytest.mark.parametrize(
    ("call", "attempts"),
    [
        (lambda messages: messages.create(GROUP, "x"), 1),
        (lambda messages: messages.send_system(5, event="x"), 1),
        (lambda messages: messages.add_reaction(FIRST, "👍"), 3),
        (lambda messages: messages.mark_read(GROUP), 3),
        (lambda messages: messages.find(GROUP), 3),
    ],
)
async def test_what_would_be_done_twice_is_not_repeated(call: Call, attempts: int) -> None:
    """A second attempt would write a second message."""
    wire = Wire([Reply(502)] * 3, retry=Backoff(uniform=lambda _low, _high: 0.0))
    with pytest.raises(ServerError):
        await call(wire.chat.messages)

    assert attempts == len(wire.sent)


# -- refused before anything is sent


WRONG: Final[list[Call]] = [
    lambda messages: messages.create("6666", "x"),
    lambda messages: messages.create(0, "x"),
    lambda messages: messages.create(True, "x"),
    lambda messages: messages.create(GROUP),
    lambda messages: messages.create(GROUP, ""),
    lambda messages: messages.create(GROUP, "x", params={"message": "y"}),
    lambda messages: messages.find("6666"),
    lambda messages: messages.find(GROUP, limit=101),
    lambda messages: messages.find(GROUP, skip=-1),
    lambda messages: messages.find(GROUP, sort="text"),
    lambda messages: messages.count(GROUP, sender_id=0),
    lambda messages: messages.unread_counts("x"),
    lambda messages: messages.unread_counts(*ids(101)),
    lambda messages: messages.update(FIRST, dialog_id=GROUP),
    lambda messages: messages.update(FIRST, dialog_id="x", read=True),
    lambda messages: messages.update(dialog_id=GROUP, text="x"),
    lambda messages: messages.update(FIRST, SECOND, dialog_id=GROUP, text="x"),
    lambda messages: messages.update(FIRST, dialog_id=GROUP, text=""),
    lambda messages: messages.mark_read(GROUP, "x"),
    lambda messages: messages.delete("x"),
    lambda messages: messages.send_system(0, event="x"),
    lambda messages: messages.send_system(5, recipientId=6),
    lambda messages: messages.add_reaction(FIRST, " "),
    lambda messages: messages.remove_reaction("x", "👍"),
    lambda messages: messages.get_reactions(GROUP[1:]),
]


@pytest.mark.parametrize("call", WRONG)
async def test_what_cannot_be_right_is_not_sent(call: Call) -> None:
    """It is refused here, by an error that says so."""
    wire, messages = scripted()
    with pytest.raises(InvalidInputError):
        await call(messages)

    assert [] == wire.sent


async def test_a_message_without_an_id_is_unreadable() -> None:
    """All else may be missing."""
    _, messages = scripted(Reply(200, {"items": [{"_id": FIRST}, {"message": "x"}]}))
    with pytest.raises(DecodeError, match="missing"):
        await messages.find(GROUP)
