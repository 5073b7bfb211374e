"""`connectycube completion`: what a shell needs to complete commands and options."""

import click
from click.shell_completion import get_completion_class

from connectycube.cli.command import command
from connectycube.cli.exit_codes import CommandError
from connectycube.cli.invocation import Invocation


@command
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
async def completion(run: Invocation, *, shell: str) -> None:
    """
    Print a script that completes commands and options, for a shell to read at its start.

    \b
    bash   eval "$(connectycube completion bash)"             in ~/.bashrc
    zsh    eval "$(connectycube completion zsh)"              in ~/.zshrc
    fish   connectycube completion fish | source             in ~/.config/fish/config.fish
    """  # noqa: D301 - click keeps the lines behind this sign as they are
    from connectycube.cli.app import COMPLETE, NAME, app  # noqa: PLC0415 - which has this command

    kind = get_completion_class(shell)
    if kind is None:
        raise CommandError(f"this version of click completes nothing for {shell}")
    script = kind(app, {}, NAME, COMPLETE).source()
    if run.output.as_json:
        run.output.record({"shell": shell, "script": script}, told={})
    else:
        run.output.text(script)
