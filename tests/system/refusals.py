"""Who is refused what by the service, in every area, and in what words."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import attrs

from connectycube import (
    ApiError,
    AppOnly,
    ConnectyCube,
    ForbiddenError,
    LoginPassword,
    NoRetry,
    NotFoundError,
    ValidationError,
)
from connectycube.admin import AdminClient
from connectycube.emulator import Service
from connectycube.emulator.chat_records import DialogType
from connectycube.models.contact import Contact
from connectycube.testing import EmulatorTransport

PASSWORD: Final = "canary-password"
NOBODY: Final = "6666ffffa4b35e0017f0a999"
LOW: Final = "You don't have appropriate permissions to perform this operation"
GONE: Final = "The resource wasn't found"
NEED_USER: Final = "Forbidden. Need user."
WRONG_TYPE: Final = "Updating occupants_ids is possible only for 'group' and 'public' chat dialogs"

Call = Callable[["Stage", ConnectyCube], Awaitable[object]]


class Stage:
    """An application whose users have a little of everything."""

    def __init__(self) -> None:
        self.service = Service()
        self.transport = EmulatorTransport(self.service)
        world = self.world = self.service.world
        names = ("owner", "admin", "member", "stranger")
        self.users = {name: world.add_user(login=name, password=PASSWORD) for name in names}
        self.ids = {name: user.id for name, user in self.users.items()}
        self.dialogs = {kind.name.lower(): self._dialog(kind) for kind in DialogType}
        owner = self.users["owner"]
        self.message = world.add_message(self._found("group"), owner, "Hello").id
        world.add_class("Boat", fields={"name": "String", "length": "Integer"})
        self.record = world.add_record("Boat", {"name": "A"}, user_id=owner.id).id
        hidden = {"read": {"access": "owner"}}
        self.hidden = world.add_record("Boat", {}, user_id=owner.id, permissions=hidden).id
        self.meeting = world.add_meeting(owner, name="Briefing").id
        group, private = self.dialogs["group"], self.dialogs["private"]
        now = world.clock.now()
        self.boards = [
            world.whiteboards.add(
                id=world.object_id(), dialog_id=one, owner_id=owner.id, name="Plan", now=now
            ).id
            for one in (group, group, group, private)
        ]

    def client(self, name: str) -> ConnectyCube:
        auth = AppOnly() if name == "nobody" else LoginPassword(name, PASSWORD)
        return ConnectyCube(
            self.service.app_id,
            self.service.auth_key,
            auth=auth,
            transport=self.transport,
            retry=NoRetry(),
        )

    def admin(self, key: str | None = None) -> AdminClient:
        key = self.service.admin_key if key is None else key
        return AdminClient(key, transport=self.transport, retry=NoRetry())

    def _found(self, kind: str) -> Any:
        return self.world.chat.dialog(self.dialogs[kind])

    def _dialog(self, kind: DialogType) -> str:
        ids = [self.ids["member"]]
        more: dict[str, Any] = {}
        if kind is not DialogType.PRIVATE:
            ids = [self.ids["admin"], *ids]
            more = {"name": "Crew", "admins_ids": [self.ids["admin"]]}
        return self.world.add_dialog(self.users["owner"], kind, occupants_ids=ids, **more).id


@attrs.frozen
class Refusal:
    """Who is refused what, and how."""

    who: str
    what: Call
    error: type[ApiError]
    words: str
    fields: dict[str, list[str]] = attrs.field(factory=dict)


REFUSALS: Final = {
    # -- the role in a dialog is too low, or the dialog is somebody else's
    "a member pins": Refusal(
        "member",
        lambda s, c: c.chat.dialogs.update(s.dialogs["group"], pin_messages=[s.message]),
        ForbiddenError,
        LOW,
    ),
    "a member removes another": Refusal(
        "member",
        lambda s, c: c.chat.dialogs.update(s.dialogs["group"], remove_occupants=[s.ids["admin"]]),
        ForbiddenError,
        LOW,
    ),
    "an admin makes admins": Refusal(
        "admin",
        lambda s, c: c.chat.dialogs.add_admins(s.dialogs["group"], [s.ids["member"]]),
        ForbiddenError,
        LOW,
    ),
    "a member deletes for all": Refusal(
        "member",
        lambda s, c: c.chat.dialogs.delete(s.dialogs["group"], force=True),
        ForbiddenError,
        LOW,
    ),
    "a member clears for all": Refusal(
        "member",
        lambda s, c: c.chat.dialogs.clear_history(s.dialogs["group"], force=True),
        ForbiddenError,
        LOW,
    ),
    "a member renames a broadcast": Refusal(
        "member",
        lambda s, c: c.chat.dialogs.update(s.dialogs["broadcast"], name="Ours"),
        ForbiddenError,
        LOW,
    ),
    "a member writes into a broadcast": Refusal(
        "member",
        lambda s, c: c.chat.messages.create(s.dialogs["broadcast"], "Hello"),
        ForbiddenError,
        LOW,
    ),
    "occupants of a private dialog": Refusal(
        "owner",
        lambda s, c: c.chat.dialogs.update(s.dialogs["private"], add_occupants=[s.ids["admin"]]),
        ForbiddenError,
        WRONG_TYPE,
    ),
    "occupants of a broadcast": Refusal(
        "owner",
        lambda s, c: c.chat.dialogs.update(s.dialogs["broadcast"], add_occupants=[7]),
        ForbiddenError,
        WRONG_TYPE,
    ),
    "a foreign dialog is changed": Refusal(
        "stranger",
        lambda s, c: c.chat.dialogs.update(s.dialogs["group"], name="Ours"),
        NotFoundError,
        GONE,
    ),
    "a foreign dialog is deleted": Refusal(
        "stranger",
        lambda s, c: c.chat.dialogs.delete(s.dialogs["private"]),
        NotFoundError,
        GONE,
    ),
    "a foreign dialog's notifications": Refusal(
        "stranger",
        lambda s, c: c.chat.dialogs.get_notifications(s.dialogs["group"]),
        NotFoundError,
        GONE,
    ),
    "an unknown dialog": Refusal(
        "owner", lambda _, c: c.chat.dialogs.subscribe(NOBODY), NotFoundError, GONE
    ),
    "a private dialog with oneself": Refusal(
        "owner",
        lambda s, c: c.chat.dialogs.create_private(s.ids["owner"]),
        ValidationError,
        "occupants_ids field must contain an opponent user id",
    ),
    "a sixth admin": Refusal(
        "owner",
        lambda s, c: c.chat.dialogs.add_admins(s.dialogs["group"], _more_members(s, 5)),
        ValidationError,
        "A dialog has at most 5 admins",
    ),
    # -- messages
    "messages of a foreign dialog": Refusal(
        "stranger",
        lambda s, c: c.chat.messages.find(s.dialogs["group"]),
        ForbiddenError,
        LOW,
    ),
    "messages of an unknown dialog": Refusal(
        "owner", lambda _, c: c.chat.messages.find(NOBODY), NotFoundError, GONE
    ),
    "a message into a foreign dialog": Refusal(
        "stranger",
        lambda s, c: c.chat.messages.create(s.dialogs["group"], "Hello"),
        ForbiddenError,
        LOW,
    ),
    "somebody else's text": Refusal(
        "member",
        lambda s, c: c.chat.messages.update(s.message, dialog_id=s.dialogs["group"], text="No"),
        ForbiddenError,
        LOW,
    ),
    "an unknown message is marked": Refusal(
        "owner",
        lambda s, c: c.chat.messages.mark_read(s.dialogs["group"], NOBODY),
        NotFoundError,
        GONE,
    ),
    "somebody else's message goes for all": Refusal(
        "member", lambda s, c: c.chat.messages.delete(s.message, force=True), ForbiddenError, LOW
    ),
    "an unknown message goes": Refusal(
        "member", lambda _, c: c.chat.messages.delete(NOBODY), NotFoundError, GONE
    ),
    "a reaction to a foreign message": Refusal(
        "stranger", lambda s, c: c.chat.messages.add_reaction(s.message, "👍"), ForbiddenError, LOW
    ),
    # -- custom objects
    "a class that there is not": Refusal(
        "owner",
        lambda _, c: c.data.create("Plane", {"name": "A"}),
        ForbiddenError,
        "Undefined class",
    ),
    "a search in a class that there is not": Refusal(
        "owner", lambda _, c: c.data.find("Plane"), ForbiddenError, "Undefined class"
    ),
    "a foreign record is changed": Refusal(
        "stranger", lambda s, c: c.data.update("Boat", s.record, {"name": "B"}), ForbiddenError, LOW
    ),
    "a foreign record is deleted": Refusal(
        "stranger", lambda s, c: c.data.delete("Boat", s.record), ForbiddenError, LOW
    ),
    "a hidden record": Refusal(
        "stranger", lambda s, c: c.data.get("Boat", s.hidden), ForbiddenError, LOW
    ),
    "somebody else's permissions": Refusal(
        "stranger", lambda s, c: c.data.get_permissions("Boat", s.record), ForbiddenError, LOW
    ),
    "an unknown record": Refusal(
        "owner", lambda _, c: c.data.update("Boat", NOBODY, {"name": "B"}), NotFoundError, GONE
    ),
    # -- meetings
    "not the host moves a meeting": Refusal(
        "stranger", lambda s, c: c.meetings.update(s.meeting, name="Ours"), ForbiddenError, LOW
    ),
    "not the host cancels a meeting": Refusal(
        "stranger", lambda s, c: c.meetings.delete(s.meeting), ForbiddenError, LOW
    ),
    "a foreign meeting": Refusal(
        "stranger", lambda s, c: c.meetings.get(s.meeting), NotFoundError, GONE
    ),
    "recordings of a foreign meeting": Refusal(
        "stranger", lambda s, c: c.meetings.find_recordings(s.meeting), NotFoundError, GONE
    ),
    "an unknown meeting": Refusal(
        "owner", lambda _, c: c.meetings.delete(NOBODY), NotFoundError, GONE
    ),
    # -- whiteboards
    "a fourth whiteboard": Refusal(
        "owner",
        lambda s, c: c.whiteboards.create("Plan", s.dialogs["group"]),
        ValidationError,
        "Maximum number of whiteboards reached",
    ),
    "a whiteboard of a foreign dialog": Refusal(
        "stranger", lambda s, c: c.whiteboards.find(s.dialogs["group"]), ForbiddenError, LOW
    ),
    "a whiteboard in a public dialog": Refusal(
        "owner",
        lambda s, c: c.whiteboards.create("Plan", s.dialogs["public"]),
        ValidationError,
        "chat_dialog_id is invalid",
        {"chat_dialog_id": ["is invalid"]},
    ),
    "somebody else's whiteboard": Refusal(
        "member", lambda s, c: c.whiteboards.update(s.boards[0], name="Ours"), ForbiddenError, LOW
    ),
    "somebody else's whiteboard goes": Refusal(
        "member", lambda s, c: c.whiteboards.delete(s.boards[0]), ForbiddenError, LOW
    ),
    "an unknown whiteboard": Refusal(
        "owner", lambda _, c: c.whiteboards.delete(NOBODY), NotFoundError, GONE
    ),
    # -- push, address book, calls
    "a push to a user without devices": Refusal(
        "owner",
        lambda s, c: c.push.send(
            {"message": "Hello"}, environment="development", user_ids=[s.ids["member"]]
        ),
        ValidationError,
        "do not have push notification subscriptions",
    ),
    "an unknown subscription": Refusal(
        "owner", lambda _, c: c.push.unsubscribe(7), NotFoundError, GONE
    ),
    "a book of no good contact": Refusal(
        "owner",
        lambda _, c: c.address_book.upload([Contact(phone="1", name="Mara")]),
        ValidationError,
        "Length of 'phone' field should be min: 10 and max: 15.",
    ),
}


def _more_members(stage: Stage, count: int) -> list[int]:
    """Put more users into the group."""
    made = [stage.world.add_user(login=f"more{number}").id for number in range(count)]
    dialog = stage.world.chat.dialog(stage.dialogs["group"])
    assert dialog is not None
    dialog.occupants_ids.extend(made)
    return made
