"""How far a transfer has come: a bar on a terminal, nothing anywhere else."""

import sys
from collections.abc import Generator
from contextlib import contextmanager

from connectycube.cli.printable import printable
from connectycube.models.blob import Progress, ProgressHook


@contextmanager
def progress_of(name: str, *, is_quiet: bool) -> Generator[ProgressHook | None]:
    """Give the hook that moves a bar on standard error; `None` where there is nobody to see it."""
    if is_quiet or not sys.stderr.isatty():
        yield None
        return
    from rich import progress  # noqa: PLC0415 - only a terminal needs it
    from rich.console import Console  # noqa: PLC0415 - only a terminal needs it

    columns = (
        progress.TextColumn("{task.description}", markup=False),
        progress.BarColumn(),
        progress.DownloadColumn(),
        progress.TransferSpeedColumn(),
        progress.TimeRemainingColumn(),
    )
    with progress.Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        bar = bars.add_task(printable(name), total=None)

        def move(step: Progress) -> None:
            bars.update(bar, completed=step.done, total=step.total)

        yield move
