"""`connectycube whoami` and `session`: who is signed in, and for how long."""

import click

from connectycube.cli.command import command
from connectycube.cli.exit_codes import NotSignedInError
from connectycube.cli.invocation import Invocation
from connectycube.session import Session

_NOT_SIGNED_IN = "not signed in: this session is of the application alone"


@command
async def whoami(run: Invocation) -> None:
    """Ask the service who is signed in."""
    session = await _session(run)
    user = session.user
    if user is None:
        raise NotSignedInError(_NOT_SIGNED_IN)
    told = {
        "id": user.id,
        "login": user.login,
        "email": user.email,
        "name": user.full_name,
        "phone": user.phone,
        "guest": "yes" if user.is_guest else None,
        "application": session.application_id,
        "service": run.settings.base_url,
    }
    run.output.record(user, told=told)


@command
@click.option(
    "--show-token",
    is_flag=True,
    help="Print the token too: whoever has it can act as this user until the session ends.",
)
async def session(run: Invocation, *, show_token: bool) -> None:
    """
    Ask the service about the session: whose it is, and when it ends.

    The end moves on with each request. The token is shown when it is asked for, and never
    otherwise.
    """
    found = await _session(run)
    told = {
        "user": found.user_id,
        "application": found.application_id,
        "ends": None if found.expires_at is None else f"{found.expires_at:%Y-%m-%d %H:%M:%S %Z}",
        "service": run.settings.base_url,
    }
    value = {
        "user_id": found.user_id,
        "application_id": found.application_id,
        "expires_at": found.expires_at,
        "base_url": run.settings.base_url,
    }
    if not show_token:
        run.output.record(value, told=told)
        return
    run.output.note("the token that follows is a secret: whoever has it can act as this user")
    run.output.reveal(value, told, name="token", secret=found.token)


async def _session(run: Invocation) -> Session:
    async with run.client() as cube:
        return await cube.get_session()
