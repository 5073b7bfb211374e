"""The command line with its extra: click's group of all commands, each loaded late."""

import importlib
import sys
from collections.abc import Sequence
from typing import Any, Final

import click
from click.shell_completion import CompletionItem

from connectycube import __version__
from connectycube.cli.arguments import no_secret_options
from connectycube.cli.catalogue import CATALOGUE, Entry
from connectycube.cli.exit_codes import MEANINGS, ExitCode
from connectycube.cli.plain import OPTIONS, run_plain
from connectycube.cli.printable import printable

NAME: Final = "connectycube"
COMPLETE: Final = "_CONNECTYCUBE_COMPLETE"


class App(click.Group):
    """Loads a command when it is called, so that the list of them costs nothing."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        with no_secret_options(ctx):
            return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(CATALOGUE)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - the same
        entry = CATALOGUE.get(cmd_name)
        return None if entry is None else _loaded(cmd_name, entry)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, CATALOGUE[name].summary) for name in self.list_commands(ctx)]
            )
        with formatter.section("Exit statuses"):
            formatter.write_dl([(str(int(code)), told) for code, told in MEANINGS.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        names = [name for name in self.list_commands(ctx) if name.startswith(incomplete)]
        found = [CompletionItem(name, help=CATALOGUE[name].summary) for name in names]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]

    def main(self, args: Sequence[str] | None = None, *_: Any, **extra: Any) -> Any:
        """Run one command, and end the program with its exit status."""
        given = {**extra, "prog_name": NAME, "complete_var": COMPLETE, "standalone_mode": False}
        try:
            status = super().main(args, **given)
        except click.UsageError as error:
            error.show()
            status = error.exit_code
        except click.ClickException as error:
            click.echo(printable(error.format_message()), err=True)
            status = error.exit_code
        except click.Abort:
            status = ExitCode.INTERRUPTED
        sys.exit(int(status or 0))


def _loaded(name: str, entry: Entry) -> click.Command:
    if not entry.home:
        return _PlainCommand(name)
    command = getattr(importlib.import_module(entry.home), name)
    assert isinstance(command, click.Command)  # noqa: S101 - the catalogue is ours
    return command


class _PlainCommand(click.Command):
    """A command that the plain parser understands: known here for its name and its options."""

    def __init__(self, name: str) -> None:
        super().__init__(
            name,
            help=CATALOGUE[name].summary,
            add_help_option=False,
            context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
        )

    def invoke(self, ctx: click.Context) -> None:
        raise click.exceptions.Exit(run_plain([str(self.name), *ctx.args]))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002 - click's signature
        options = {**OPTIONS[str(self.name)], "--help": {"help": "Show this message and exit."}}
        return [
            CompletionItem(option, help=settings["help"])
            for option, settings in options.items()
            if incomplete and option.startswith(incomplete)
        ]


app: Final = App(
    NAME,
    help="Tools for ConnectyCube: its service from the shell, and a local emulator of it.",
    no_args_is_help=True,
)
click.version_option(__version__, message="%(prog)s %(version)s")(app)
