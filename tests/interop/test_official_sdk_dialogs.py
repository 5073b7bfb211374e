"""The unmodified official JavaScript SDK has dialogs: the first half of `flows_chat.mjs`."""

from collections.abc import Iterable
from datetime import UTC, datetime

from connectycube.emulator import Emulator
from connectycube.emulator.chat_records import Dialog, DialogType

from .stage import NO_ID, NOT_FOUND, NOT_PERMITTED, People, Run, lines, outcome

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def ids(dialogs: Iterable[Dialog]) -> list[str]:
    return [dialog.id for dialog in dialogs]


def test_create_dialogs(run: Run, emulator: Emulator, people: People) -> None:
    """A private dialog is made once; the number of a type counts, whatever the SDK calls it."""
    detail = run("createDialogs", **people.given)

    mara, jonas, ida = people.mara.id, people.jonas.id, people.ida.id
    pair, group, public, news = emulator.world.chat.dialogs
    assert detail["isSame"]
    assert [pair.id, group.id, public.id, news.id] == [one["_id"] for one in detail["made"]]
    assert [3, 2, 4, 1] == [one["type"] for one in detail["made"]]
    assert [DialogType.PRIVATE, DialogType.GROUP, DialogType.PUBLIC, DialogType.BROADCAST] == [
        pair.type,
        group.type,
        public.type,
        news.type,
    ]
    assert {mara} == {dialog.owner_id for dialog in (pair, group, public, news)}
    assert [mara, jonas] == pair.occupants_ids
    assert ([mara, jonas, ida], [ida]) == (group.occupants_ids, group.admins_ids)
    assert ("Friday party", "From six", {"city": "Riga"}) == (
        group.name,
        group.description,
        group.extensions,
    )
    assert public.allow_preview
    # The SDK joins lists of ids, with a space.
    sent = emulator.requests[3].json
    assert (f"{jonas}, {ida}", f"{ida}") == (sent["occupants_ids"], sent["admins_ids"])
    assert ["POST /chat/Dialog.json"] * 5 == lines(emulator)[1:]


def test_list_dialogs(run: Run, emulator: Emulator, people: People) -> None:
    """Every way in which the SDK writes a filter means what it says."""
    add, mara = emulator.world.add_dialog, people.mara
    pair = add(mara, 3, occupants_ids=[people.jonas.id], created_at=LONG_AGO)
    group = add(mara, 2, name="Про котики & 🐈", extensions={"city": "Riga"})
    public = add(mara, 4, name="Trends", created_at=datetime(2021, 1, 1, tzinfo=UTC))
    add(people.jonas, 2, name="Not hers")
    moment = int(datetime(2020, 6, 1, tzinfo=UTC).timestamp())
    detail = run("listDialogs", moment=moment, **people.given)

    whole, by_moment = detail.pop("all"), detail.pop("byMoment")
    assert {"total_entries": 3, "skip": 0, "limit": 100} == {
        name: value for name, value in whole.items() if name != "items"
    }
    assert set(ids([pair, group, public])) == set(whole["items"])
    assert {
        "byTypes": ids([pair, group]),
        "byList": ids([group, public]),
        "byText": [group.id],
        "byExtension": [group.id],
        "second": [public.id],
        "counted": {"items": {"count": 1}},
    } == detail
    assert set(ids([group, public])) == set(by_moment)
    sent = [request.raw_query for request in emulator.requests[2:4]]
    assert ["sort_asc=created_at&type[in]=2,3", "sort_desc=created_at&type[]=2&type[]=4"] == [
        query.replace("%2c", ",").replace("%2C", ",") for query in sent
    ]


def test_change_dialog(run: Run, emulator: Emulator, people: People) -> None:
    """Members are replaced, people and pins come and go, and the answer is the dialog."""
    detail = run("changeDialog", **people.given)

    [dialog] = emulator.world.chat.dialogs
    assert ("Night party", "From ten", None) == (dialog.name, dialog.description, dialog.photo)
    assert ({"city": "Kyiv"}, True) == (dialog.extensions, dialog.allow_preview)
    assert [people.mara.id, people.ida.id] == dialog.occupants_ids
    assert [] == dialog.pinned_messages_ids
    assert [[detail["note"]], []] == detail["pins"]
    last = detail["last"]
    assert (dialog.id, "Night party", None) == (last["_id"], last["name"], last["photo"])
    assert ({"city": "Kyiv"}, {"allow_preview": True}) == (last["extensions"], last["permissions"])
    assert (dialog.occupants_ids, "Bring cups") == (last["occupants_ids"], last["last_message"])


def test_name_admins(run: Run, emulator: Emulator, people: People) -> None:
    """The owner names admins; an admin does not."""
    detail = run("nameAdmins", **people.given)

    [dialog] = emulator.world.chat.dialogs
    jonas, ida = people.jonas.id, people.ida.id
    assert {"named": [jonas, ida], "left": [ida], "refused": NOT_PERMITTED} == detail
    assert [ida] == dialog.admins_ids
    path = f"PUT /chat/Dialog/{dialog.id}/admins.json"
    assert 3 == lines(emulator).count(path)


def test_come_and_go(run: Run, emulator: Emulator, people: People) -> None:
    """Public dialogs are open; what the SDK calls `…Public` is the same again."""
    detail = run("comeAndGo", **people.given)

    [dialog] = emulator.world.chat.dialogs
    assert {"came": 2, "second": ["jonas"], "went": "", "wentToo": ""} == detail
    assert [people.mara.id, people.ida.id] == dialog.occupants_ids
    path = f"/chat/Dialog/{dialog.id}/subscribe.json"
    assert 3 == lines(emulator).count(f"POST {path}")
    assert 2 == lines(emulator).count(f"DELETE {path}")


def test_silence_dialog(run: Run, emulator: Emulator, people: People) -> None:
    """Notifications are on at first; the SDK turns them on and off with numbers."""
    detail = run("silenceDialog", **people.given)

    [dialog] = emulator.world.chat.dialogs
    assert [1, 0, 0, 1, 0] == [one["notifications"]["enabled"] for one in detail]
    assert {people.mara.id} == dialog.silent_for


def test_delete_dialogs(run: Run, emulator: Emulator, people: People) -> None:
    """One is answered with nothing, several with what became of each."""
    add, mara, jonas = emulator.world.add_dialog, people.mara, people.jonas
    hidden, first, second = (add(mara, occupants_ids=[jonas.id]) for _ in range(3))
    kept = add(jonas, occupants_ids=[mara.id])
    given = ids([hidden, first, second, kept])
    detail = run("deleteDialogs", ids=given, nobodys=NO_ID, **people.given)

    assert "" == detail["one"]
    assert outcome(deleted=[first.id, second.id]) == detail["forced"]
    assert outcome(unknown=[NO_ID], foreign=[kept.id]) == detail["mixed"]
    assert NOT_FOUND == detail["again"]
    chat = emulator.world.chat
    assert [hidden, kept] == chat.dialogs
    assert ([kept], [hidden, kept]) == (chat.dialogs_of(mara.id), chat.dialogs_of(jonas.id))
    # The SDK puts the parameters of a deletion into the body, as a form.
    assert [b"", b"force=1"] == [request.body for request in emulator.requests[1:3]]


def test_clear_history(run: Run, emulator: Emulator, people: People) -> None:
    """The SDK clears a history for the caller alone."""
    world = emulator.world
    dialog = world.add_dialog(people.mara, occupants_ids=[people.jonas.id])
    message = world.add_message(dialog, people.jonas, "Hello")
    detail = run("clearHistory", id=dialog.id, **people.given)

    assert {"cleared": "", "own": []} == detail
    assert [] == world.chat.messages_of(dialog, people.mara.id)
    assert [message] == world.chat.messages_of(dialog, people.jonas.id)
    assert f"DELETE /chat/Dialog/clearHistory/{dialog.id}.json" == lines(emulator)[1]
