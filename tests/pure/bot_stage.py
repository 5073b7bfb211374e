"""A bot that is never run, and what can be asked of it without a loop."""

from typing import Any, cast

from connectycube.bots import Bot, Context, Router
from connectycube.chat.connection import ChatConnection
from connectycube.chat.events import ChatEvent, ChatMessage, MessageReceived
from connectycube.client import ConnectyCube
from connectycube.models.message import Attachment
from connectycube.testing import ScriptedTransport

ME = 7
DIALOG_ID = "65a0b1c2d3e4f5a6b7c8d9ff"


class Somebody:
    """As much of a conversation as those need who only ask whose it is."""

    user_id = ME


def bot(router: Router | None = None, **options: Any) -> Bot:
    cube = ConnectyCube(21, "canary-key", transport=ScriptedTransport())
    return Bot(cube, Router() if router is None else router, **options)


def message(
    body: str = "", *, sender_id: int = 8, number: int = 0, **members: Any
) -> MessageReceived:
    members = {"id": f"{number:024x}", "dialog_id": DIALOG_ID, **members}
    return MessageReceived(message=ChatMessage(sender_id=sender_id, body=body, **members))


def picture(**members: Any) -> MessageReceived:
    return message(attachments=[Attachment(type="image", uid="u")], **members)


def context(event: ChatEvent, of: Bot | None = None) -> Context:
    return Context(of or bot(), cast("ChatConnection", Somebody()), event)
