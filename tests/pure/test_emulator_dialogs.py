"""Listing and creating dialogs of the emulator, and what each user sees of them."""

from typing import Any

import pytest

from connectycube.emulator.chat_records import DialogType

from .chat_stage import ChatStage

NO_OPPONENT = {"errors": {"base": ["occupants_ids field must contain an opponent user id"]}}
BLANK = ["can't be blank"]


@pytest.fixture
def stage() -> ChatStage:
    return ChatStage()


def create(stage: ChatStage, **members: Any) -> tuple[int, Any]:
    return stage.send(stage.owner, "POST", "/chat/Dialog", members)


# Creating.


@pytest.mark.parametrize(
    "occupants", [[1002, 1003], ["1002", 1003], "1002,1003", "1002, 1003", [1002, 1003, 1001, 1002]]
)
def test_occupants_come_in_every_spelling(stage: ChatStage, occupants: Any) -> None:
    """Ids are an array or a comma string; the caller is the first occupant."""
    status, dialog = create(stage, type=2, name="Crew", occupants_ids=occupants)

    assert (201, [1001, 1002, 1003]) == (status, dialog["occupants_ids"])
    assert stage.owner.id == dialog["user_id"]


def test_form_bodies_are_taken(stage: ChatStage) -> None:
    """Older SDKs send forms with brackets."""
    form = b"type=2&name=Crew&occupants_ids[]=1002&occupants_ids[]=1003&extensions[place]=Quay"

    status, dialog = stage.send_raw(stage.owner, "POST", "/chat/Dialog.json", form)

    assert (201, [1001, 1002, 1003]) == (status, dialog["occupants_ids"])
    assert {"place": "Quay"} == dialog["extensions"]


@pytest.mark.parametrize(
    ("members", "errors"),
    [
        ({"type": 2}, {"name": BLANK, "occupants_ids": BLANK}),
        ({"name": "Crew"}, {"type": BLANK}),
        ({"type": 5, "name": "Crew"}, {"type": ["is invalid"]}),
        ({"type": 4, "name": ""}, {"name": BLANK}),
        ({"type": 1}, {"name": BLANK}),
        ({"type": 2, "name": 7, "occupants_ids": []}, {"name": ["must be a string"]}),
        ({"type": 2, "name": "C", "occupants_ids": "x"}, {"occupants_ids": ["is invalid"]}),
        ({"type": 2, "name": "C", "occupants_ids": [True]}, {"occupants_ids": ["is invalid"]}),
        ({"type": 2, "name": "C", "occupants_ids": ["1" * 19]}, {"occupants_ids": ["is invalid"]}),
        ({"type": 4, "name": "C", "extensions": "x"}, {"extensions": ["must be an object"]}),
        ({"type": 4, "name": "C", "permissions": 1}, {"permissions": ["must be an object"]}),
    ],
)
def test_unfit_dialog_is_refused(stage: ChatStage, members: Any, errors: Any) -> None:
    """Type and name, and for groups a list of occupants, are needed; nothing is created."""
    assert (422, {"errors": errors}) == create(stage, **members)
    assert stage.chat.dialogs == []


@pytest.mark.parametrize("occupants", [[], [1001], [1002, 1003], None, ""])
def test_private_dialog_has_one_opponent(stage: ChatStage, occupants: Any) -> None:
    """Neither the caller alone nor more than one other make a private dialog."""
    assert (422, NO_OPPONENT) == create(stage, type=3, occupants_ids=occupants)


def test_private_dialog_is_made_once(stage: ChatStage) -> None:
    """Either side, and whoever deleted it from the own list, gets the same dialog again."""
    _, first = create(stage, type=3, occupants_ids=[1003], name="ignored", photo="ignored")
    dialog = stage.chat.dialogs[0]
    stage.chat.hide_dialog(dialog, stage.owner.id)

    _, again = create(stage, type="3", occupants_ids="1003")
    _, other = stage.send(
        stage.member, "POST", "/chat/Dialog", {"type": 3, "occupants_ids": [1001]}
    )

    assert (None, None, None) == (first["name"], first["photo"], first["xmpp_room_jid"])
    assert [first["_id"]] * 2 == [again["_id"], other["_id"]]
    assert [first["_id"]] == stage.listed(stage.owner)


def test_admins_are_occupants_and_five_at_most(stage: ChatStage) -> None:
    """Admins come in the spellings of occupants; a sixth is refused."""
    _, dialog = create(stage, type=2, name="Crew", occupants_ids="", admins_ids="1002, 1003")
    status, answer = create(
        stage, type=2, name="Crew", occupants_ids=[], admins_ids=[1, 2, 3, 4, 5, 6]
    )

    assert [1002, 1003] == dialog["admins_ids"]
    assert [1001, 1002, 1003] == dialog["occupants_ids"]
    assert (422, {"errors": {"base": ["A dialog has at most 5 admins"]}}) == (status, answer)


@pytest.mark.parametrize(
    ("known", "sent", "kept"),
    [
        ("", {"a": 1, "b": True, "c": [1], "d": "dropped"}, {"a": "1", "b": "true", "c": "[1]"}),
        ("place", {"place": "Quay", "unknown": "dropped"}, {"place": "Quay"}),
        ("place", {"unknown": "dropped"}, None),
        ("", {"a": None}, None),
        ("", None, None),
    ],
)
def test_extensions_are_known_fields_as_texts(
    stage: ChatStage, known: str, sent: Any, kept: Any
) -> None:
    """Unknown fields vanish silently, values become texts, and there are three at most."""
    stage.service.settings.dialog_extensions = known

    _, dialog = create(stage, type=4, name="Quay", extensions=sent)

    assert kept == dialog["extensions"]


@pytest.mark.parametrize(("sent", "kept"), [(True, True), (0, False), ("1", True)])
def test_preview_is_a_permission(stage: ChatStage, sent: Any, kept: Any) -> None:
    """The one permission is shown as a boolean."""
    _, dialog = create(stage, type=4, name="Quay", permissions={"allow_preview": sent})

    assert {"allow_preview": kept} == dialog["permissions"]


@pytest.mark.parametrize("kind", [1, 4])
def test_open_dialogs_do_not_list_their_occupants(stage: ChatStage, kind: int) -> None:
    """Only a public dialog says how many there are."""
    _, dialog = create(stage, type=kind, name="Quay", photo=17)

    room = f"774_{dialog['_id']}@muc.chat.connectycube.com"
    assert ([], "17", room) == (dialog["occupants_ids"], dialog["photo"], dialog["xmpp_room_jid"])
    assert (1 if kind == 4 else None) == dialog.get("occupants_count")


# What a user sees.


def test_list_has_own_dialogs_and_every_broadcast(stage: ChatStage) -> None:
    """Groups, private and public dialogs are for those in them, broadcasts for all."""
    group = stage.dialog()
    private = stage.dialog(DialogType.PRIVATE)
    public = stage.dialog(DialogType.PUBLIC)
    broadcast = stage.dialog(DialogType.BROADCAST)

    assert {one.id for one in (group, private, public, broadcast)} == set(stage.listed(stage.owner))
    assert {group.id, public.id, broadcast.id} == set(stage.listed(stage.admin))
    assert [broadcast.id] == stage.listed(stage.stranger)


def test_dialog_shows_each_reader_the_last_message_in_an_own_way(stage: ChatStage) -> None:
    """Unread messages, the status of an own last message and deleted ones depend on the reader."""
    dialog = stage.dialog(DialogType.PRIVATE)
    first = stage.world.add_message(dialog, stage.member, "Hello")
    last = stage.world.add_message(dialog, stage.owner, "Ahoy")

    def seen(user: Any) -> tuple[Any, ...]:
        _, page = stage.send(user, "GET", "/chat/Dialog")
        (one,) = page["items"]
        return (
            one["last_message"],
            one["last_message_id"],
            one["last_message_user_id"],
            one["last_message_status"],
            one["unread_messages_count"],
        )

    assert ("Ahoy", last.id, stage.owner.id, "sent", 1) == seen(stage.owner)
    assert ("Ahoy", last.id, stage.owner.id, None, 1) == seen(stage.member)
    stage.chat.mark_delivered(last, stage.member.id)
    assert seen(stage.owner)[3] == "delivered"
    stage.chat.mark_read(last, stage.member.id)
    assert seen(stage.owner)[3] == "read"
    assert seen(stage.member)[4] == 0
    stage.chat.delete_for(last, stage.owner.id)
    assert ("Hello", first.id, stage.member.id, None, 1) == seen(stage.owner)


def test_unread_messages_of_a_public_dialog_are_not_counted(stage: ChatStage) -> None:
    """The service does not compute them there."""
    dialog = stage.dialog(DialogType.PUBLIC)
    stage.world.add_message(dialog, stage.member, "Hello")

    _, page = stage.send(stage.owner, "GET", "/chat/Dialog")

    assert page["items"][0]["unread_messages_count"] is None


def test_newest_message_is_first_and_dialogs_without_one_are_last(stage: ChatStage) -> None:
    """The order is by the last message, then by id, both descending."""
    silent, older, newer, quiet = (stage.dialog() for _ in range(4))
    stage.world.add_message(newer, stage.member, "b", date_sent=20)
    stage.world.add_message(older, stage.member, "a", date_sent=10)

    assert [newer.id, older.id, quiet.id, silent.id] == stage.listed(stage.owner)


def test_list_is_a_window_with_a_total(stage: ChatStage) -> None:
    """Limit and skip cut, and the total stays; count answers nothing but the number."""
    ids = [stage.dialog().id for _ in range(3)]

    _, page = stage.send(
        stage.owner, "GET", "/chat/Dialog", query="limit=1&skip=1&sort_asc=created_at"
    )
    _, count = stage.send(stage.owner, "GET", "/chat/Dialog.json", query="count=1&type=2&limit=1")

    shown = page["items"][0]["_id"]
    assert (3, 1, 1, ids[1]) == (page["total_entries"], page["skip"], page["limit"], shown)
    assert {"items": {"count": 3}} == count


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("type=2", "ab"),
        ("type[in]=2,4", "abc"),
        ("type[in]=", ""),
        ("type%5Bnin%5D=2%2C%204", ""),
        ("type[]=4&type[]=3", "c"),
        ("type[gt]=2", "c"),
        ("name=Anchor", "a"),
        ("name[ctn]=a", "bc"),
        ("name[ne]=Anchor", "bc"),
        ("extensions[place]=Quay", "a"),
        ("extensions[place][in]=Quay,Pier", "ab"),
        ("extensions[place][ne]=Quay", "bc"),
        ("extensions[other]=Quay", ""),
        ("last_message_date_sent[gte]=20", "b"),
        ("last_message_date_sent[lt]=1970-01-01T00:00:20Z", "a"),
        ("created_at[gt]=2024-06-10T08:59:59Z", "abc"),
        ("created_at[lt]=2024-06-10T08:59:59", ""),
        ("updated_at[lte]=1718010000", "abc"),
        ("user_id=1001", "abc"),
        ("occupants_ids[all]=1001,1002", "abc"),
        ("occupants_ids[all]=1001,1004", ""),
        ("name=Anchor&type=4", ""),
    ],
)
def test_filters_narrow_the_list(stage: ChatStage, query: str, found: str) -> None:
    """Every operator of the contract, on every kind of field."""
    dialogs = {
        stage.dialog(name="Anchor", extensions={"place": "Quay"}).id: "a",
        stage.dialog(name="Boat", extensions={"place": "Pier"}).id: "b",
        stage.dialog(DialogType.PUBLIC, name="Calm sea").id: "c",
    }
    first, second, _ = stage.chat.dialogs
    stage.world.add_message(first, stage.member, "a", date_sent=10)
    stage.world.add_message(second, stage.member, "b", date_sent=20)

    assert found == "".join(sorted(dialogs[one] for one in stage.listed(stage.owner, query)))


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("photo=x", "Incorrect filter field - photo"),
        ("extensions=x", "Incorrect filter field - extensions"),
        ("name[like]=x", "Incorrect filter operator - like"),
        ("type=two", "Incorrect filter value - type"),
        ("updated_at[gt]=Mon Dec 10 2018", "Incorrect filter value - updated_at"),
        ("sort_asc=photo", "Incorrect sort field - photo"),
        ("sort_desc=date_sent", "Incorrect sort field - date_sent"),
        ("sort_desc=extensions", "Incorrect sort field - extensions"),
        ("sort_desc=occupants_ids", "Incorrect sort field - occupants_ids"),
    ],
)
def test_filters_that_are_none_are_refused(stage: ChatStage, query: str, message: str) -> None:
    """An unknown field, operator or order is 422, and so is a value of another kind."""
    stage.dialog()

    answer = stage.send(stage.owner, "GET", "/chat/Dialog", query=query)

    assert (422, {"errors": {"base": [message]}}) == answer


def test_dialogs_need_a_user(stage: ChatStage) -> None:
    """An application session is refused."""
    refusal = (403, {"errors": {"base": ["Forbidden. Need user."]}})

    assert refusal == stage.send(None, "GET", "/chat/Dialog")


def test_reset_forgets_the_chat(stage: ChatStage) -> None:
    """Dialogs, messages and what went out are gone."""
    dialog = stage.dialog()
    message = stage.world.add_message(dialog, stage.owner, "Hello")
    stage.chat.deliver_system(stage.owner.id, stage.member.id, {})

    stage.service.reset()

    assert ([], []) == (stage.chat.dialogs, stage.chat.deliveries)
    assert stage.chat.message(message.id) is None
