"""What all commands have in common: three options, one event loop, and how they fail."""

import logging
import os
import sys
import traceback
from collections.abc import Awaitable, Callable
from functools import partial, wraps
from typing import Any, Concatenate, ParamSpec

import anyio
import click

from connectycube.cli.arguments import Command
from connectycube.cli.exit_codes import CommandError, ExitCode, exit_code
from connectycube.cli.invocation import Invocation
from connectycube.cli.output import Output, OutputGoneError
from connectycube.cli.printable import printable
from connectycube.cli.settings import PREFIX
from connectycube.errors import ConnectyCubeError, SessionExpiredError, TransportError

P = ParamSpec("P")


def command(
    work: Callable[Concatenate[Invocation, P], Awaitable[None]],
) -> click.Command:
    """Make a command of an async function, under its name and with its docstring as the help."""

    @wraps(work)
    def run(*, as_json: bool, profile: str, debug: bool, **given: Any) -> None:
        invocation = Invocation(output=Output(as_json=as_json), profile=profile)
        if debug:
            logging.basicConfig(stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
            logging.getLogger("connectycube").setLevel(logging.DEBUG)
        _ending_well(
            click.get_current_context().command_path,
            partial(anyio.run, partial(work, invocation, **given)),
            debug=debug,
        )

    with_options = _shared_options(run)
    return click.command(cls=Command, name=getattr(work, "__name__", None))(with_options)


def _shared_options(run: Callable[..., None]) -> Callable[..., None]:
    as_json = click.option(
        "--json", "as_json", is_flag=True, help="Print JSON: a value, or a line for each event."
    )
    profile = click.option(
        "--profile",
        metavar="NAME",
        envvar=f"{PREFIX}PROFILE",
        default="default",
        show_default=True,
        help=f"Whose settings and session; also {PREFIX}PROFILE.",
    )
    debug = click.option("--debug", is_flag=True, help="Log, and show where a failure came from.")
    return as_json(profile(debug(run)))


def _ending_well(name: str, work: Callable[[], None], *, debug: bool) -> None:
    """Do the work, and end the command with a line on standard error if it fails."""
    try:
        work()
    except (click.ClickException, click.Abort, click.exceptions.Exit):
        raise
    except OutputGoneError:
        raise click.exceptions.Exit(ExitCode.PIPE_CLOSED) from None
    except Exception as error:  # noqa: BLE001 - the outermost seam: nothing goes past it
        if debug:
            traceback.print_exc()
        message, code = _told(error)
        click.echo(f"{name}: {printable(message)}", err=True)
        raise click.exceptions.Exit(code) from None


def _told(error: Exception) -> tuple[str, ExitCode]:
    match error:
        case CommandError():
            return str(error), error.code
        case SessionExpiredError():
            return f"{error}: run `connectycube login`", ExitCode.CREDENTIALS
        case TransportError():
            return f"{error}: `connectycube doctor` may know why", ExitCode.NETWORK
        case ConnectyCubeError():
            return str(error), exit_code(error)
        case OSError():
            place = "" if error.filename is None else f"{os.fspath(error.filename)}: "
            return f"{place}{error.strerror or type(error).__name__}", ExitCode.FAILED
        case _:
            # Its text is not ours, and may hold anything.
            return f"{type(error).__name__}, a mistake of ours: see --debug", ExitCode.FAILED
