"""The emulator answers the recorded requests about dialogs and whiteboards as the service did."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from connectycube.emulator.chat_records import Dialog, DialogType
from connectycube.emulator.service import Service

from .test_emulator_fixtures import WIRE, a_service, body_of, replay, shape, token_of

GROUP = "6666c1d2a4b35e0017f0a911"
PRIVATE = "6666c1f0a4b35e0017f0a912"
PUBLIC = "6666c22ca4b35e0017f0a913"
BROADCAST = "6666c24ca4b35e0017f0a914"
BOARD = "666700aba4b35e0017f0f001"
LOGINS = {"90211": "mara.k", "90244": "jonas", "90400": "ruta", "90350": "fb_77120"}
MADE_HERE = ("_id", "xmpp_room_jid", "created_at", "updated_at")
Arrange = Callable[[Service], None]


def id_of(service: Service, login: str) -> int:
    user = service.world.find_user(login=login)
    assert user is not None
    return user.id


def add(service: Service, dialog_id: str, kind: DialogType, **members: Any) -> Dialog:
    mara = service.world.find_user(login="mara.k")
    assert mara is not None
    made = datetime(2024, 6, 10, 9, 5, 38, tzinfo=UTC)
    return service.world.add_dialog(mara, kind, id=dialog_id, created_at=made, **members)


def last_changed(dialog: Dialog) -> None:
    dialog.updated_at = datetime(2024, 6, 10, 9, 44, 1, tzinfo=UTC)


def nothing(service: Service) -> None:
    service.settings.dialog_extensions = "location"


def group(service: Service) -> None:
    nothing(service)
    mara, jonas, ruta = (id_of(service, login) for login in ("mara.k", "jonas", "ruta"))
    dialog = add(
        service,
        GROUP,
        DialogType.GROUP,
        name="Sailing trip",
        description="Saturday crew",
        occupants_ids=[jonas, ruta],
        admins_ids=[jonas],
        extensions={"location": "Harbour"},
        pinned_messages_ids=["6666c9f0a4b35e0017f0aff0"],
    )
    for moment in (1718012061, 1718012122):
        service.world.chat.add_message(dialog, jonas, "Anyone?", date_sent=moment)
    service.world.chat.add_message(
        dialog,
        mara,
        "See you at six",
        id="6666cae1a4b35e0017f0b001",
        date_sent=1718012641,
        delivered_ids=[jonas],
    )
    last_changed(dialog)


def private(service: Service) -> None:
    jonas = id_of(service, "jonas")
    dialog = add(service, PRIVATE, DialogType.PRIVATE, occupants_ids=[jonas])
    service.world.chat.add_message(
        dialog, jonas, "ok", id="6666cb00a4b35e0017f0b002", date_sent=1718012672
    )
    last_changed(dialog)


def public(service: Service) -> None:
    ids = [id_of(service, login) for login in ("jonas", "ruta")]
    dialog = add(
        service,
        PUBLIC,
        DialogType.PUBLIC,
        name="Harbour news",
        occupants_ids=ids,
        allow_preview=True,
    )
    last_changed(dialog)


def all_four(service: Service) -> None:
    # Those without a message come by descending id, so the broadcast is the older one here.
    last_changed(add(service, BROADCAST, DialogType.BROADCAST, name="Announcements"))
    public(service)
    group(service)
    private(service)


def public_of_two(service: Service) -> None:
    public(service)
    dialog = service.world.chat.dialog(PUBLIC)
    assert dialog is not None
    service.world.chat.remove_occupants(dialog, [id_of(service, "ruta")])


def group_and_foreign(service: Service) -> None:
    group(service)
    ruta = service.world.find_user(login="ruta")
    assert ruta is not None
    service.world.add_dialog(ruta, id=BROADCAST)


def board(service: Service, count: int = 1) -> None:
    group(service)
    for number in range(count):
        service.world.whiteboards.add(
            id=BOARD if number == 0 else f"{number}",
            dialog_id=GROUP,
            owner_id=id_of(service, "mara.k"),
            name="Chart",
            now=service.clock.now(),
        )


def three_boards(service: Service) -> None:
    board(service, 3)


# Fixture, who calls, and what must be so before. Not here: the users in wrappers of one SDK, which
# we read and the emulator does not write.
REPLAYED: list[tuple[str, str, Arrange]] = [
    ("chat.clear_dialog_history", "mara.k", group),
    ("chat.count_dialogs", "mara.k", all_four),
    ("chat.create_dialog.error.no_opponent", "mara.k", nothing),
    ("chat.create_dialog", "mara.k", nothing),
    ("chat.create_dialog.private", "mara.k", nothing),
    ("chat.create_dialog.private_existing", "mara.k", private),
    ("chat.create_dialog.public", "mara.k", nothing),
    ("chat.delete_dialog", "mara.k", group),
    ("chat.delete_dialogs", "mara.k", group_and_foreign),
    ("chat.get_dialog_notifications", "mara.k", group),
    ("chat.list_dialogs.empty", "mara.k", nothing),
    ("chat.list_dialogs.filtered", "mara.k", all_four),
    ("chat.list_dialogs", "mara.k", all_four),
    ("chat.subscribe_to_dialog", "fb_77120", public),
    ("chat.unsubscribe_from_dialog", "jonas", public),
    ("chat.update_dialog.error.role", "ruta", group),
    ("chat.update_dialog.error.type", "mara.k", private),
    ("chat.update_dialog", "mara.k", group),
    ("chat.update_dialog.reset_extensions", "mara.k", group),
    ("chat.update_dialog_admins", "mara.k", group),
    ("chat.update_dialog_admins.remove", "mara.k", group),
    ("chat.update_dialog_notifications", "mara.k", group),
    ("whiteboard.create_whiteboard.error.limit", "mara.k", three_boards),
    ("whiteboard.create_whiteboard", "mara.k", group),
    ("whiteboard.delete_whiteboard", "mara.k", board),
    ("whiteboard.list_whiteboards", "mara.k", board),
    ("whiteboard.update_whiteboard", "mara.k", board),
]


@pytest.mark.parametrize("suffix", ["", ".json"])
@pytest.mark.parametrize(("name", "caller", "arrange"), REPLAYED, ids=[row[0] for row in REPLAYED])
def test_recorded_request_gets_the_recorded_answer(
    name: str, caller: str, arrange: Arrange, suffix: str
) -> None:
    """Status and body are as recorded, but for new ids, and for dates where something is new."""
    service = a_service()
    arrange(service)
    recorded = recording(service, name)

    response = replay(service, recorded, token_of(service, caller), suffix)

    assert recorded["status"] == response.status
    expected, actual = (comparable(one, name) for one in (recorded["body"], body_of(response)))
    assert expected == actual
    if "headers" in recorded:
        assert recorded["headers"].keys() <= response.headers.keys()


def test_recorded_occupants_are_flat_users() -> None:
    """The users of a public dialog look as they do elsewhere."""
    service = a_service()
    public_of_two(service)
    recorded = recording(service, "chat.list_dialog_occupants")

    response = replay(service, recorded, token_of(service, "mara.k"), "")

    assert shape(recorded["body"]) == shape(body_of(response))


def recording(service: Service, name: str) -> Any:
    """Return a recording with our users in it instead of the recorded ones."""
    text = (WIRE / f"{name}.json").read_text()
    for recorded, login in LOGINS.items():
        text = text.replace(recorded, str(id_of(service, login)))
    return json.loads(text)


def comparable(body: Any, name: str) -> Any:
    """Return an answer without what depends on the moment of the call."""
    if not isinstance(body, dict):
        boards: list[Any] = body or []
        return [comparable(one, name) for one in boards]
    members = cast("dict[str, Any]", body)
    is_new = ".create" in name or "whiteboard" in name
    left_out = MADE_HERE if is_new else ("updated_at",) if "items" not in members else ()
    return {key: value for key, value in members.items() if key not in left_out}
