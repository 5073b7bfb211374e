"""People who talk over the emulator: by our client, and by the official SDK."""

import ssl
from pathlib import Path
from typing import Any, Final

import attrs
import trustme

from connectycube import ConnectyCube, LoginPassword, NoRetry
from connectycube.emulator import Emulator
from connectycube.emulator.records import User
from connectycube.http import Transport
from tests.chat_script import OurPartner
from tests.chat_script.lines import Line

from .chat_partner import SdkPartner, SdkSettings
from .stage import APP_ID, AUTH_KEY, People

ADDRESS: Final = "127.0.0.1"
_CA: Final = trustme.CA()


@attrs.frozen(eq=False)
class ChatStage:
    """
    An emulator, and one line of ours to it.

    Attributes:
        node: the command, and `folder` is where the SDK is found.
        transport: for REST.
    """

    emulator: Emulator
    people: People
    line: Line
    node: str
    folder: Path
    transport: Transport

    def client(self, user: User) -> ConnectyCube:
        """Return a client that owns nothing."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        _CA.configure_trust(context)
        return ConnectyCube(
            APP_ID,
            AUTH_KEY,
            auth=LoginPassword(user.login or "", user.password or ""),
            base_url=self.emulator.base_url,
            hosts=self.emulator.hosts,
            transport=self.transport,
            chat_connector=self.line.connector(context),
            retry=NoRetry(),
        )

    def ours(self, user: User) -> OurPartner:
        """Return our client as a party of the script."""
        return OurPartner(self.client(user).chat.connect)

    def sdk(self, user: User, password: str | None = None) -> SdkPartner:
        """Return the official SDK as one, which knows a plain WebSocket alone here."""
        given: dict[str, Any] = {
            "baseUrl": self.emulator.base_url,
            "hosts": attrs.asdict(self.emulator.hosts),
            "appId": APP_ID,
            "authKey": AUTH_KEY,
        }
        settings = SdkSettings(
            node=self.node,
            folder=self.folder,
            domain=ADDRESS,
            websocket=self.emulator.chat_url,
            given=given,
            user_id=user.id,
            password=password or user.password or "",
        )
        return SdkPartner(settings)

    def group(self) -> str:
        """Return the id of a new group of everybody."""
        people = self.people
        others = [people.jonas.id, people.ida.id]
        return self.emulator.world.add_dialog(people.mara, occupants_ids=others).id

    def private(self) -> str:
        """Return the id of the private dialog of the first two."""
        people = self.people
        return self.emulator.world.chat.private_dialog(people.mara.id, people.jonas.id).id


def server_context() -> ssl.SSLContext:
    """Return what a server needs that clients of the stage trust."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _CA.issue_cert(ADDRESS).configure_cert(context)
    return context
