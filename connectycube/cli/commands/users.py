"""`connectycube users`: who there is."""

from collections.abc import Sequence

import click

from connectycube import where
from connectycube.cli.command import command
from connectycube.cli.exit_codes import CommandError, ExitCode
from connectycube.cli.invocation import Invocation
from connectycube.cli.when import told_time
from connectycube.client import ConnectyCube
from connectycube.models.user import User

_COLUMNS = {
    "ID": lambda user: user.id,
    "LOGIN": lambda user: user.login,
    "NAME": lambda user: user.full_name,
    "E-MAIL": lambda user: user.email,
    "TAGS": lambda user: " ".join(user.tags),
    "LAST SEEN": lambda user: told_time(user.last_request_at),
}


@command
@click.argument("whom", nargs=-1)
@click.option("--name", metavar="TEXT", help="Whose full name begins so; four letters, five users.")
@click.option("--tag", metavar="TAG", help="Who has this tag.")
@click.option("--online", is_flag=True, help="Who is online.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="At most.")
async def users(
    run: Invocation,
    *,
    whom: Sequence[str],
    name: str | None,
    tag: str | None,
    online: bool,
    limit: int,
) -> None:
    """
    Look up users: each of WHOM is an id, a login, or an e-mail address.

    The service lists nobody who was not asked for: name somebody, or use one of the options.
    """
    if sum([bool(whom), name is not None, tag is not None, online]) != 1:
        raise click.UsageError("users takes names, or one of --name, --tag and --online")
    missing: list[str] = []
    async with run.client() as cube:
        if whom:
            found, missing = await _named(cube, whom)
        elif online:
            found = (await cube.users.find_online(limit=min(limit, 100))).items
        elif name is not None:
            found = (await cube.users.find(full_name=where.starts_with(name))).items
        else:
            found = []
            async for user in cube.users.iterate(tags=tag or ""):
                found.append(user)
                if len(found) == limit:
                    break
    run.output.table(found[:limit], _COLUMNS)
    if missing:
        raise CommandError(f"nobody is called {', '.join(missing)}", ExitCode.NOT_FOUND)


async def _named(cube: ConnectyCube, whom: Sequence[str]) -> tuple[list[User], list[str]]:
    """Return the users in the order that they were named, and the names of nobody."""
    ids = [int(one) for one in whom if _is_id(one)]
    emails = [one for one in whom if "@" in one]
    logins = [one for one in whom if not _is_id(one) and "@" not in one]
    known: dict[str, User] = {}
    if ids:
        known |= {str(user.id): user async for user in cube.users.iterate(id=where.in_(ids))}
    if emails:
        found = cube.users.iterate(email=where.in_(emails))
        known |= {(user.email or "").casefold(): user async for user in found}
    if logins:
        found = cube.users.iterate(login=where.in_(logins))
        known |= {(user.login or "").casefold(): user async for user in found}
    names = list(dict.fromkeys(one.casefold() for one in whom))
    return (
        [known[name] for name in names if name in known],
        [one for one in dict.fromkeys(whom) if one.casefold() not in known],
    )


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit()
