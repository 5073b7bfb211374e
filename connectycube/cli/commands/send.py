"""`connectycube send`: say something in real time."""

import sys

import anyio
import click

from connectycube.chat.connection import ChatConnection
from connectycube.chat.events import MessageRefused
from connectycube.cli.chat_line import chat_line
from connectycube.cli.command import command
from connectycube.cli.exit_codes import CommandError, ExitCode
from connectycube.cli.invocation import Invocation
from connectycube.cli.place import Place, place_of
from connectycube.models.dialog import Dialog

_REFUSAL = 0.2  # seconds that a refusal may come behind the confirmation


@command
@click.argument("to")
@click.argument("text", required=False)
@click.option("--websocket", is_flag=True, help="Talk over a WebSocket instead of TCP.")
@click.option("--no-history", is_flag=True, help="Let the service keep nothing of it.")
async def send(
    run: Invocation, *, to: str, text: str | None, websocket: bool, no_history: bool
) -> None:
    """
    Send TEXT to a dialog or a user, named by id; without TEXT, what comes on stdin.

    It is done when the service has the message.
    """
    body = sys.stdin.read().rstrip("\n") if text in (None, "-") else text
    if not body:
        raise click.UsageError("there is nothing to send")
    async with run.chat_client() as cube:
        place = await place_of(cube, to)
        async with cube.chat.connect(connector=chat_line(cube, is_websocket=websocket)) as chat:
            sent = await chat.send(_there(place), body, save_to_history=not no_history)
            await _check_refusal(chat, sent.message_id)
    dialog_id = None if place.dialog is None else place.dialog.id
    run.output.record(
        {"message_id": sent.message_id, "dialog_id": dialog_id, "user_id": place.user_id},
        told={"sent": sent.message_id},
    )


def _there(place: Place) -> Dialog | int:
    if place.dialog is not None:
        return place.dialog
    return place.user_id or 0


async def _check_refusal(chat: ChatConnection, message_id: str) -> None:
    """Wait a moment: what the service took over it may still send back, as from one who blocks."""
    with anyio.move_on_after(_REFUSAL):
        async for event in chat:
            if isinstance(event, MessageRefused) and event.message_id == message_id:
                reason = event.text or event.condition or "the service sent it back"
                raise CommandError(f"refused: {reason}", ExitCode.REFUSED)
