"""A scripted chat server that remembers a conversation whose line was cut."""

from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from functools import partial
from typing import Any, Final, Generic, Literal, Self, TypeVar

import anyio
import anyio.lowlevel
import attrs

from connectycube.errors import ServerError
from connectycube.models.dialog import Dialog, DialogType
from connectycube.models.message import Message
from connectycube.testing.scripted_frames import Answer, ScriptedFrames, attribute

from .chat_stage import DIALOG_ID

T = TypeVar("T")
_SM: Final = "urn:xmpp:sm:3"
_SASL: Final = "urn:ietf:params:xml:ns:xmpp-sasl"
_STANZAS: Final = ("<message", "<presence", "<iq")
Resumes = Literal["yes", "no", "never answers"]


class Server(ScriptedFrames):
    """
    Attributes:
        resumes: what it says to whoever wants to go on.
        loses_acks: whether it keeps to itself what has arrived.
        refusals: how many passwords are refused from now on.
        heard: every stanza that was read, on all lines, those of logins aside.
        counted: how many stanzas it counted in this conversation.
    """

    def __init__(
        self,
        answer: Answer = lambda _frame: None,
        *,
        resumes: Resumes = "yes",
        refusals: int = 0,
    ) -> None:
        super().__init__(self._considered)
        self._scripted = answer
        self.resumes = resumes
        self.loses_acks = False
        self.refusals = refusals
        self.heard: list[str] = []
        self.counted = 0
        self._counts = False

    def _considered(self, frame: str) -> Iterable[str] | None:
        if frame.startswith("<auth"):
            self._counts = False
            return self._judged()
        if frame.startswith("<enable "):
            self._counts, self.counted = True, 0
            return [f"<enabled xmlns='{_SM}' id='sm-1' resume='true'/>"]
        if frame.startswith("<resume "):
            return self._resumed()
        if frame.startswith("<r "):
            return [] if self.loses_acks else [f"<a xmlns='{_SM}' h='{self.counted}'/>"]
        if self._counts and frame.startswith(_STANZAS):
            self.counted += 1
            self.heard.append(frame)
        return self._scripted(frame)

    def _judged(self) -> list[str] | None:
        if self.refusals <= 0:
            return None
        self.refusals -= 1
        return [f"<failure xmlns='{_SASL}'><not-authorized/></failure>"]

    def _resumed(self) -> list[str]:
        if self.resumes == "never answers":
            return []
        if self.resumes == "no":
            return [f"<failed xmlns='{_SM}'/>"]
        self._counts = True
        return [f"<resumed xmlns='{_SM}' previd='sm-1' h='{self.counted}'/>"]

    @property
    def bodies(self) -> list[str]:
        """The texts of all messages that were heard."""
        return [between(frame, "<body>", "</body>") for frame in self.heard if "<body>" in frame]

    @property
    def ids(self) -> list[str]:
        """The ids of all messages with a text that were heard."""
        return [attribute(frame, "id") for frame in self.heard if "<body>" in frame]


def between(text: str, left: str, right: str) -> str:
    """Return what stands between two texts."""
    return text.partition(left)[2].partition(right)[0]


class Row(Generic[T]):
    """Gives things one by one, once somebody let it."""

    def __init__(self, things: list[T], begin: Callable[[], Awaitable[None]]) -> None:
        self._things = deque(things)
        self._begin = begin

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        await self._begin()
        if not self._things:
            raise StopAsyncIteration
        return self._things.popleft()


@attrs.define(eq=False)
class Shelf:
    """
    A history of one group.

    Attributes:
        kept: its messages, the oldest first.
        held: set it to a new event to let nobody look before that is set.
        fails: whether nobody can look into dialogs, or into the list of them.
        since: from when on it was looked at.
    """

    kept: list[Message] = attrs.field(factory=list[Message])
    held: anyio.Event | None = None
    fails: Literal["", "dialogs", "messages"] = ""
    since: list[datetime] = attrs.field(factory=list["datetime"])

    def dialogs(self, since: datetime, /) -> Row[Dialog]:
        self.since.append(since)
        found = [Dialog(id=DIALOG_ID, type=DialogType.GROUP)] if self.kept else []
        return Row(found, partial(self._open, "dialogs"))

    def messages(self, dialog_id: str, _since: datetime, /) -> Row[Message]:
        assert dialog_id == DIALOG_ID
        return Row(self.kept, partial(self._open, "messages"))

    async def _open(self, what: str) -> None:
        await anyio.lowlevel.checkpoint()
        if self.held is not None:
            await self.held.wait()
        if self.fails == what:
            raise ServerError(status=503)


def kept(number: int, body: str = "", sender: int = 8, **members: Any) -> Message:
    """Return a message of the history, the same as `spoken` makes."""
    return Message(id=f"{number:024x}", sender_id=sender, text=body or f"{number}", **members)


def spoken(number: int, body: str = "", sender: int = 8) -> str:
    """Let somebody write in the group."""
    room = f"21_{DIALOG_ID}@muc.chat.test"
    return (
        f"<message xmlns='jabber:client' type='groupchat' from='{room}/{sender}'"
        f" id='{number:024x}'><body>{body or number}</body></message>"
    )
