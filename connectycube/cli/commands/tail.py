"""`connectycube tail`: follow what is said, in real time."""

import click

from connectycube.chat.connection import ChatConnection
from connectycube.chat.events import ChatEvent, Disconnected, MessageReceived
from connectycube.cli.chat_line import chat_line
from connectycube.cli.command import command
from connectycube.cli.commands.messages import told_text
from connectycube.cli.invocation import Invocation
from connectycube.cli.people import People
from connectycube.cli.place import Place, place_of
from connectycube.cli.talk_of import LINE, TALK, belongs, event_json, people_of, told
from connectycube.cli.when import told_time
from connectycube.client import ConnectyCube
from connectycube.errors import ChatClosedError
from connectycube.models.message import Message


@command
@click.argument("dialog", required=False)
@click.option(
    "--lines", type=click.IntRange(0, 100), default=10, show_default=True, help="Said before."
)
@click.option("--count", type=click.IntRange(1), help="End after so many messages.")
@click.option("--events", "is_all", is_flag=True, help="Typing, marks, reactions and all else too.")
@click.option("--mark-read", is_flag=True, help="Tell senders that their messages were read.")
@click.option("--websocket", is_flag=True, help="Listen over a WebSocket instead of TCP.")
async def tail(
    run: Invocation,
    *,
    dialog: str | None,
    lines: int,
    count: int | None,
    is_all: bool,
    mark_read: bool,
    websocket: bool,
) -> None:
    """
    Follow DIALOG, which may be a user's id too, or all that you hear, until Ctrl-C.

    With --json each event is a line, with its kind as `event`; what was said before comes as
    `History`. A line that is cut is opened anew.
    """
    async with run.chat_client() as cube:
        place = None if dialog is None else await place_of(cube, dialog)
        async with cube.chat.connect(connector=chat_line(cube, is_websocket=websocket)) as chat:
            if place is not None and place.is_room and place.dialog is not None:
                await chat.join(place.dialog)
            follower = _Follower(run, cube, place, is_all=is_all, mark_read=mark_read)
            # Only now, so that nothing is said between the history and the listening.
            await follower.recall(lines)
            await follower.follow(chat, count)


class _Follower:
    """Prints what was and is said at a place, each message once."""

    def __init__(
        self,
        run: Invocation,
        cube: ConnectyCube,
        place: Place | None,
        *,
        is_all: bool,
        mark_read: bool,
    ) -> None:
        self._output = run.output
        self._cube = cube
        self._people = People(cube)
        self._place = place
        self._is_all = is_all
        self._mark_read = mark_read
        self._before: set[str] = set()

    async def recall(self, lines: int) -> None:
        """Print what was said before."""
        if self._place is None or self._place.dialog is None or lines == 0:
            return
        page = await self._cube.chat.messages.find(
            self._place.dialog, sort="-date_sent", limit=lines, mark_as_read=False
        )
        said = page.items[::-1]
        await self._learn(*(one.sender_id for one in said))
        for one in said:
            self._before.add(one.id)
            self._output.line({"event": "History", "message": one}, self._recalled(one))

    async def follow(self, chat: ChatConnection, count: int | None) -> None:
        """Print what happens, until the end or so many messages."""
        reason = "the conversation is over"
        async for event in chat:
            if isinstance(event, Disconnected):
                reason = event.reason
            if isinstance(event, LINE):
                self._tell_of_line(event_json(event), told(event, self._people))
            elif self._is_wanted(event, chat.user_id):
                await self._learn(*people_of(event))
                self._output.line(event_json(event), told(event, self._people))
                if isinstance(event, MessageReceived):
                    await self._mark(chat, event)
                    count = None if count is None else count - 1
                    if count == 0:
                        return
        raise ChatClosedError(reason)

    def _is_wanted(self, event: ChatEvent, own_id: int) -> bool:
        if not belongs(event, self._place, own_id):
            return False
        if isinstance(event, MessageReceived) and event.message.id in self._before:
            return False  # it came while the history was fetched
        return self._is_all or isinstance(event, TALK)

    async def _mark(self, chat: ChatConnection, event: MessageReceived) -> None:
        if self._mark_read and event.user_id != chat.user_id:
            await chat.mark_read(event)

    def _tell_of_line(self, value: dict[str, object], text: str) -> None:
        if self._output.as_json:
            self._output.line(value, text)
        else:
            self._output.note(text)

    async def _learn(self, *ids: int | None) -> None:
        if not self._output.as_json:
            await self._people.learn(ids)

    def _recalled(self, one: Message) -> str:
        who = self._people.name(one.sender_id)
        return f"{told_time(one.date_sent)}  {who}: {told_text(one.text, one.attachments)}"
