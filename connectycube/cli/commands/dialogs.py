"""`connectycube dialogs`: where messages go."""

import click

from connectycube import where
from connectycube.cli.command import command
from connectycube.cli.invocation import Invocation
from connectycube.cli.when import told_time
from connectycube.models.dialog import Dialog, DialogType
from connectycube.searches.dialogs import DialogFilters

_LONGEST = 60
_KINDS = [kind.name.lower() for kind in DialogType]


@command
@click.argument("dialog", required=False)
@click.option("--type", "kind", type=click.Choice(_KINDS), help="Of this kind alone.")
@click.option("--name", metavar="TEXT", help="Whose name holds this.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="At most.")
async def dialogs(
    run: Invocation, *, dialog: str | None, kind: str | None, name: str | None, limit: int
) -> None:
    """List your dialogs, the one with the newest message first, or show DIALOG alone."""
    async with run.client() as cube:
        if dialog is not None:
            one = await cube.chat.dialogs.get(dialog)
            run.output.record(one, told=_told(one))
            return
        filters = DialogFilters()
        if kind is not None:
            filters["type"] = DialogType[kind.upper()]
        if name is not None:
            filters["name"] = where.contains(name)
        found: list[Dialog] = []
        newest = "-last_message_date_sent"
        async for one in cube.chat.dialogs.iterate(sort=newest, limit=min(limit, 100), **filters):
            found.append(one)
            if len(found) == limit:
                break
    columns = {
        "ID": lambda one: one.id,
        "TYPE": lambda one: _kind(one.type),
        "NAME": lambda one: one.name,
        "UNREAD": lambda one: one.unread_messages_count,
        "LAST MESSAGE": lambda one: _short(one.last_message),
        "WHEN": lambda one: told_time(one.last_message_date_sent),
    }
    run.output.table(found, columns)


def _told(one: Dialog) -> dict[str, object]:
    return {
        "id": one.id,
        "type": _kind(one.type),
        "name": one.name,
        "description": one.description,
        "owner": one.user_id,
        "occupants": " ".join(map(str, one.occupants_ids)) or one.occupants_count,
        "admins": " ".join(map(str, one.admins_ids)),
        "unread": one.unread_messages_count,
        "last message": _short(one.last_message),
        "when": told_time(one.last_message_date_sent),
    }


def _kind(number: int | None) -> str:
    if number is None:
        return ""
    try:
        return DialogType(number).name.lower()
    except ValueError:
        return str(number)  # newer than this package


def _short(text: str | None) -> str:
    text = text or ""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
