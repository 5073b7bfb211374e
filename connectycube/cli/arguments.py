"""How arguments are read: secrets are refused among them, and what is refused is not repeated."""

from collections.abc import Generator
from contextlib import contextmanager

import click

from connectycube.cli.secret_names import NO_SECRETS, is_secret_name


@contextmanager
def no_secret_options(ctx: click.Context) -> Generator[None]:
    """Say why there is no such option, where it would take a secret."""
    try:
        yield
    except click.NoSuchOption as error:
        if is_secret_name(error.option_name):
            raise click.UsageError(f"{error.option_name}: {NO_SECRETS}", ctx) from None
        raise


class Command(click.Command):
    """A command that takes no secret by its arguments."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        # What is too much may be a secret in the wrong place, so click is not left to quote it.
        ctx.allow_extra_args = True
        with no_secret_options(ctx):
            rest = super().parse_args(ctx, args)
        if rest and not ctx.resilient_parsing:
            raise click.UsageError(f"{len(rest)} more than the arguments of {self.name}", ctx)
        return rest
