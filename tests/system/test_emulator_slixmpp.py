"""A third implementation on the emulator's chat: slixmpp, which knows nothing of us."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from connectycube.emulator import Emulator
from connectycube.emulator.records import User

slixmpp = pytest.importorskip("slixmpp", reason="slixmpp is not installed")
PATIENCE = 30.0
PLUGINS = ("xep_0030", "xep_0045", "xep_0085", "xep_0198", "xep_0199", "xep_0280")


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


class Guest:
    """A slixmpp client, and what it has heard."""

    def __init__(self, emulator: Emulator, user: User, password: str | None = None) -> None:
        token = password or emulator.world.open_session(user, ts=0).token
        self.heard: asyncio.Queue[Any] = asyncio.Queue()
        self.client = client = slixmpp.ClientXMPP(f"{user.id}-21@localhost/slix", token)
        client.enable_plaintext, client.enable_starttls = True, False
        client.enable_direct_tls = False
        for plugin in PLUGINS:
            client.register_plugin(plugin)
        client.plugin["feature_mechanisms"].unencrypted_plain = True
        client.add_event_handler("message", self.heard.put_nowait)
        self._began, self._refused = asyncio.Event(), asyncio.Event()
        client.add_event_handler("session_start", lambda _: self._began.set())
        client.add_event_handler("failed_all_auth", lambda _: self._refused.set())
        client.connect("127.0.0.1", emulator.chat_port)

    async def began(self) -> None:
        await asyncio.wait_for(self._began.wait(), PATIENCE)
        self.client.send_presence()
        await self.client.plugin["xep_0199"].ping("localhost", timeout=PATIENCE)

    async def refused(self) -> None:
        await asyncio.wait_for(self._refused.wait(), PATIENCE)

    async def hear(self) -> Any:
        return await asyncio.wait_for(self.heard.get(), PATIENCE)


@pytest.mark.asyncio
async def test_slixmpp_holds_a_conversation(emulator: Emulator) -> None:
    """Login, stream management, a message, a room, its occupants."""
    mar, sim = (emulator.world.add_user(login=name) for name in ("mar", "sim"))
    dialog = emulator.world.add_dialog(mar, occupants_ids=[sim.id])
    room = f"21_{dialog.id}@muc.localhost"
    one, other = Guest(emulator, mar), Guest(emulator, sim)
    await one.began()
    await other.began()

    one.client.send_message(f"{sim.id}-21@localhost", "hello <&> \U0001f600", mtype="chat")
    message = await other.hear()
    one.client.plugin["xep_0045"].join_muc(room, str(mar.id))
    other.client.send_message(room, "to all", mtype="groupchat")
    in_room = await one.hear()
    items = await one.client.plugin["xep_0030"].get_items(room, timeout=PATIENCE)

    assert ("hello <&> \U0001f600", f"{mar.id}-21@localhost/slix") == (
        message["body"],
        str(message["from"]),
    )
    assert ("to all", f"{room}/{sim.id}") == (in_room["body"], str(in_room["from"]))
    assert [f"{room}/{mar.id}"] == [jid for jid, _, _ in items["disco_items"]["items"]]
    for guest in (one, other):
        await guest.client.disconnect()
    assert (False, False) == (mar.is_online, sim.is_online)


@pytest.mark.asyncio
async def test_slixmpp_is_refused_with_a_wrong_password(emulator: Emulator) -> None:
    guest = Guest(emulator, emulator.world.add_user(login="mar"), "wrong")

    await guest.refused()
    await guest.client.disconnect()
