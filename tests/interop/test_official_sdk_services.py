"""The unmodified official JavaScript SDK does all the rest: the second part of `flows_data.mjs`."""

import re
from pathlib import Path
from typing import Final

from connectycube.emulator import Emulator

from .stage import NOT_FOUND, NOT_PERMITTED, People, Run, lines

FLOWS: Final = "".join(
    path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("flows_*.mjs")
)
# What the SDK's own operations are made of.
NO_OPERATIONS: Final = {
    "chat.message.putReaction",
    "data.createRecord",
    "linkpreview.getHostFromUrl",
}


def test_every_operation_is_called(run: Run) -> None:
    """What the SDK can do in these areas, as it says itself, is done in some flow."""
    operations = {*run("listOperations"), "chat.search"} - NO_OPERATIONS
    called = set(re.findall(r"ConnectyCube\.([\w.]+)\(", FLOWS))

    assert set() == operations - called
    assert 49 == len(operations)


# Pushes.


def test_subscribe(run: Run, emulator: Emulator, people: People) -> None:
    """A device has one subscription; the name of a page's sample is not understood."""
    detail = run("subscribe", **people.given)

    [kept] = emulator.world.push.subscriptions
    phone = {"udid": "a-phone", "platform": {"name": "android"}}
    browser = {"udid": "a-browser", "platform": {"name": "web"}}
    [made] = detail.pop("made")
    assert {
        "id": made["subscription"]["id"],
        "notification_channel": {"name": "gcm"},
        "device": phone,
    } == made["subscription"]
    assert {
        "isSame": True,
        "listed": [phone, browser],
        "deleted": "",
        "gone": NOT_FOUND,
        "wrong": 422,
    } == detail
    assert (people.mara.id, "web", "a-browser", "production") == (
        kept.user_id,
        kept.channel,
        kept.udid,
        kept.environment,
    )


def test_send_pushes(run: Run, emulator: Emulator, people: People) -> None:
    """A universal push goes to all devices, one in a platform's format to that platform."""
    world, mara, jonas = emulator.world, people.mara, people.jonas
    world.change_user(jonas, {"tags": ("vip",)})
    world.add_subscription(mara.id, token="canary-token", udid="mara's")
    world.add_subscription(
        jonas.id, channel="apns", platform="ios", token="canary-token", udid="jonas's"
    )
    detail = run("sendPushes", **people.given)

    text = "Users with ids 404 do not have push notification subscriptions"
    assert {
        "sent": ["apns", "gcm"],
        "native": ["payload=e30="],
        "nobody": {"code": 422, "info": {"errors": {"base": [text]}}},
    } == detail
    payload = {"message": "Привіт 🎉", "ios_badge": 3, "own": "yes"}
    assert [
        ("jonas's", "apns", payload),
        ("mara's", "gcm", payload),
        ("jonas's", "apns", None),
    ] == [(push.udid, push.channel, push.payload) for push in world.pushes]
    assert {mara.id} == {push.sender_id for push in world.pushes}


# Contacts.


def test_keep_contacts(run: Run, emulator: Emulator, people: People) -> None:
    """There is a book for everywhere and one for each device; both find registered users."""
    detail = run("keepContacts", **people.given)

    jonas, aunt = people.jonas.phone or "", "37120000009"
    wrong, whole = detail.pop("wrong"), detail.pop("whole")
    too_short = "Length of 'phone' field should be min: 10 and max: 15."
    assert {
        "uploaded": {"created": 2, "updated": 0, "deleted": 0, "rejected": {"2": [too_short]}},
        "changed": {"created": 0, "updated": 1, "deleted": 1, "rejected": {}},
        "onPhone": {"created": 1, "updated": 0, "deleted": 0, "rejected": {}},
        "book": [{"phone": aunt, "name": "Auntie"}],
        "bookOnPhone": [{"phone": jonas, "name": "Jonas"}],
        "registered": {"items": []},
        "compact": {
            "items": [
                {"user": {"id": people.jonas.id, "phone": jonas, "address_book_name": "Jonas"}}
            ]
        },
    } == detail
    [item] = whole["items"]
    assert ("jonas", "Jonas") == (item["user"]["login"], item["user"]["address_book_name"])
    assert 422 == wrong["code"]
    books = emulator.world.address_books
    assert {aunt: "Auntie"} == books.book(people.mara.id)
    assert {jonas: "Jonas"} == books.book(people.mara.id, "a-phone")


# Meetings.


def test_hold_meetings(run: Run, emulator: Emulator, people: People) -> None:
    """The SDK fills in what a meeting needs; the host alone changes and ends it."""
    detail = run("holdMeetings", **people.given)

    [kept] = emulator.world.meetings
    planned = detail.pop("planned")
    assert {
        "quick": [True, 3600, [], False, None],
        "changed": ["Biweekly", True],
        "found": {"own": 2, "one": ["Biweekly"], "later": ["Biweekly"]},
        "deleted": "",
        "gone": NOT_FOUND,
        "invited": ["Biweekly"],
        "refused": NOT_PERMITTED,
    } == detail
    assert (kept.id, people.mara.id) == (planned["_id"], planned["host_id"])
    assert [{"id": people.jonas.id}, {"email": "guest@example.org"}] == planned["attendees"]
    assert ("Biweekly", True, True) == (kept.name, kept.record, kept.scheduled)
    assert (1_900_000_000, 1_900_003_600) == (kept.start_date, kept.end_date)
    assert ({"metric": "hours", "value": 1}, {"offset": 120, "name": "Europe/Riga"}) == (
        kept.notify_before,
        kept.timezone,
    )
    # `chat` made a dialog for the host and the invited user.
    [dialog] = emulator.world.chat.dialogs
    assert dialog.id == kept.chat_dialog_id == planned["chat_dialog_id"]
    assert [people.mara.id, people.jonas.id] == dialog.occupants_ids
    assert ["guest@example.org"] == [mail.to for mail in emulator.world.mails]


def test_recordings(run: Run, emulator: Emulator, people: People) -> None:
    """Whoever was invited sees the recordings, and their URLs lead to them."""
    world = emulator.world
    meeting = world.add_meeting(people.mara, name="Weekly", public=True)
    recording = world.add_recording(meeting.id, content=b"moving pictures", duration=61.5)
    detail = run("getRecordings", id=meeting.id, **people.given)

    told = detail["recording"]
    assert (recording.id, meeting.id, 61.5) == (told["_id"], told["room_id"], told["duration"])
    assert ([people.mara.id], 1) == (told["participants_ids"], told["participants_count"])
    assert {"status": 200, "type": "video/mp4", "text": "moving pictures"} == detail["shown"]


# Whiteboards.


def test_draw_together(run: Run, emulator: Emulator, people: People) -> None:
    """A board belongs to its maker, is shown to the dialog, and has an address to draw at."""
    world = emulator.world
    dialog = world.add_dialog(people.mara, occupants_ids=[people.jonas.id])
    detail = run("drawTogether", id=dialog.id, **people.given)

    [kept] = world.whiteboards.of_dialog(dialog.id)
    assert (kept.id, people.mara.id, "Plan_B") == (
        detail["board"]["_id"],
        kept.owner_id,
        kept.name,
    )
    assert dialog.id == detail["board"]["chat_dialog_id"]
    query = f"?whiteboardid={kept.id}&username=mara&title=Plan_B"
    assert emulator.hosts.whiteboard + query == detail["url"]
    assert ("Plan_B", NOT_PERMITTED, "") == (
        detail["renamed"],
        detail["refused"],
        detail["deleted"],
    )
    assert [["Plan_B", "Sketch"], ["Plan_B"]] == detail["names"]


# Link previews.


def test_preview_links(run: Run, emulator: Emulator, people: People) -> None:
    """The SDK asks for a page once; one that nobody knows is called after its host."""
    url, picture = "https://news.example.com/story?a=1&b=2", "https://news.example.com/1.png"
    emulator.world.link_pages.add(url, title="Story", description="Long", images=[picture])
    detail = run("previewLinks", **people.given)

    assert {"url": url, "title": "Story", "description": "Long", "images": [picture]} == (
        detail["known"]
    )
    assert "example.org" == detail["unknown"]["title"]
    assert ["POST /unfurl"] * 2 == lines(emulator)[1:]
