"""A service with four users who chat, for the tests of the emulator's chat."""

import json
from datetime import UTC, datetime
from typing import Any

from connectycube.emulator.chat_records import Dialog, DialogType
from connectycube.emulator.clock import Clock
from connectycube.emulator.messages import WireRequest
from connectycube.emulator.records import User
from connectycube.emulator.service import Service

BASED = "You don't have appropriate permissions to perform this operation"
NOT_FOUND = (404, {"errors": ["The resource wasn't found"]})
NOT_PERMITTED = (403, {"errors": {"base": [BASED]}})
NO_ID = "6666ffffa4b35e0017f0a999"
BROADCAST, GROUP, PRIVATE, PUBLIC, MEETING = (
    DialogType.BROADCAST,
    DialogType.GROUP,
    DialogType.PRIVATE,
    DialogType.PUBLIC,
    DialogType.MEETING,
)


def roles_in(kind: DialogType) -> tuple[str, ...]:
    """Return who is in the dialogs that the stage makes."""
    return ("owner", "member") if kind is PRIVATE else ("owner", "admin", "member")


class ChatStage:
    """An owner, an admin and a member of the dialogs that are made here, and a stranger."""

    def __init__(self) -> None:
        clock = Clock(datetime(2024, 6, 10, 9, tzinfo=UTC), frozen=True)
        self.service = Service(app_id=774, clock=clock)
        self.world = self.service.world
        self.chat = self.world.chat
        add = self.world.add_user
        self.owner = add(login="owner")
        self.admin = add(login="admin")
        self.member = add(login="member")
        self.stranger = add(login="stranger")

    def who(self, name: str) -> User:
        user: User = getattr(self, name)
        return user

    def send(
        self, user: User | None, method: str, path: str, body: Any = None, query: str = ""
    ) -> tuple[int, Any]:
        content = b"" if body is None else json.dumps(body).encode()
        return self.send_raw(user, method, path, content, query)

    def send_raw(
        self, user: User | None, method: str, path: str, content: bytes, query: str = ""
    ) -> tuple[int, Any]:
        headers = {"CB-Token": self.world.open_session(user, ts=0).token}
        response = self.service.receive(WireRequest(method, path, query, headers, content)).response
        assert response is not None
        return response.status, json.loads(response.body) if response.body else None

    def dialog(self, kind: DialogType = GROUP, **members: Any) -> Dialog:
        """Make a dialog of owner, admin and member; a private one of owner and member."""
        if kind is PRIVATE:
            return self.world.add_dialog(self.owner, kind, occupants_ids=[self.member.id])
        ids = [self.admin.id, self.member.id]
        members = {"name": "Crew", "occupants_ids": ids, "admins_ids": [self.admin.id], **members}
        return self.world.add_dialog(self.owner, kind, **members)

    def listed(self, user: User, query: str = "") -> list[str]:
        status, page = self.send(user, "GET", "/chat/Dialog", query=query)
        assert status == 200, page
        return [one["_id"] for one in page["items"]]
