"""`connectycube messages`: what was written in a dialog."""

import click

from connectycube.cli.command import command
from connectycube.cli.invocation import Invocation
from connectycube.cli.people import People
from connectycube.cli.when import told_time
from connectycube.models.message import Attachment, Message


@command
@click.argument("dialog")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="The newest.")
@click.option("--all", "is_all", is_flag=True, help="The whole history.")
@click.option("--mark-read", is_flag=True, help="Let the service mark them as read by you.")
async def messages(
    run: Invocation, *, dialog: str, limit: int, is_all: bool, mark_read: bool
) -> None:
    """Read what was written in DIALOG, the oldest first; it stays unread unless you say so."""
    async with run.client() as cube:
        found: list[Message] = []
        newest_first = cube.chat.messages.iterate(
            dialog,
            sort="-date_sent",
            mark_as_read=mark_read,
            limit=100 if is_all else min(limit, 100),
        )
        async for one in newest_first:
            found.append(one)
            if not is_all and len(found) == limit:
                break
        found.reverse()
        people = People(cube)
        if not run.output.as_json:
            await people.learn(one.sender_id for one in found)
    columns = {
        "WHEN": lambda one: told_time(one.date_sent),
        "WHO": lambda one: people.name(one.sender_id),
        "TEXT": lambda one: told_text(one.text, one.attachments),
        "ID": lambda one: one.id,
    }
    run.output.table(found, columns)


def told_text(text: str | None, attachments: list[Attachment]) -> str:
    """Return a message on one line, with what is attached to it."""
    attached = [f"[{one.type or 'attachment'} {one.name or one.uid or ''}]" for one in attachments]
    return " ".join([*([text] if text else []), *attached])
