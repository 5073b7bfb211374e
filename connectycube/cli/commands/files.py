"""`connectycube upload` and `download`."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from connectycube.cli.command import command
from connectycube.cli.exit_codes import CommandError
from connectycube.cli.invocation import Invocation
from connectycube.cli.progress import progress_of
from connectycube.client import ConnectyCube
from connectycube.models.blob import Blob

_COLUMNS = {
    "UID": lambda blob: blob.uid,
    "ID": lambda blob: blob.id,
    "SIZE": lambda blob: blob.size,
    "TYPE": lambda blob: blob.content_type,
    "NAME": lambda blob: blob.name,
}


@command
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False))
@click.option("--public", is_flag=True, help="Let everybody read them without a session.")
@click.option("--type", "content_type", metavar="TYPE", help="Media type, if not by the name.")
@click.option("--quiet", is_flag=True, help="Draw no progress.")
async def upload(
    run: Invocation,
    *,
    files: Sequence[str],
    public: bool,
    content_type: str | None,
    quiet: bool,
) -> None:
    """Upload FILES, one after the other, and print the uids that they are fetched by."""
    done: list[Blob] = []
    async with run.client() as cube:
        try:
            for file in files:
                with progress_of(Path(file).name, is_quiet=quiet) as progress:
                    blob = await cube.storage.upload(
                        Path(file), public=public, content_type=content_type, progress=progress
                    )
                done.append(blob)
        finally:
            # Those that were uploaded before one that failed are there all the same.
            if done:
                run.output.table(done, _COLUMNS)


@command
@click.argument("file")
@click.argument("to", required=False, type=click.Path())
@click.option("--force", is_flag=True, help="Replace what stands there.")
@click.option("--quiet", is_flag=True, help="Draw no progress.")
async def download(run: Invocation, *, file: str, to: str | None, force: bool, quiet: bool) -> None:
    """
    Fetch FILE, a uid or an id, to the path TO; `-` is standard output.

    Without TO it goes into this folder, under its own name. It appears when it is whole.
    """
    if to == "-" and run.output.as_json:
        raise click.UsageError("standard output takes the file, or JSON, but not both")
    async with run.client() as cube:
        uid, name = await _found(cube, file, needs_name=_is_folder(to))
        if to == "-":
            await _print(run, cube, uid)
            return
        target = _target(to, name, force=force)
        with progress_of(target.name, is_quiet=quiet) as progress:
            await cube.storage.download(uid, target, progress=progress)
    size = target.stat().st_size
    run.output.record(
        {"uid": uid, "path": str(target), "size": size}, told={"file": target, "size": size}
    )


async def _found(cube: ConnectyCube, file: str, *, needs_name: bool) -> tuple[str, str]:
    """Return a file's uid, and its name where that is needed."""
    if file.isascii() and file.isdigit():
        blob = await cube.storage.get(int(file))
    elif needs_name:
        blob = await cube.storage.get_by_uid(file)
    else:
        return file, ""
    return blob.uid, blob.name or ""


def _is_folder(to: str | None) -> bool:
    return Path(to or ".").is_dir()


def _target(to: str | None, name: str, *, force: bool) -> Path:
    target = Path(to or ".")
    if target.is_dir():
        target /= _safe(name)
    if target.exists() and not force:
        raise CommandError(f"{target} is there already: --force replaces it")
    return target


def _safe(name: str) -> str:
    """Return a name for a file here; whoever uploaded it must not choose where else it goes."""
    last = name.replace("\\", "/").rpartition("/")[2]
    plain = "".join(one for one in last if one.isprintable() and one not in '<>:"|?*').lstrip(".")
    return plain.strip() or "download"


async def _print(run: Invocation, cube: ConnectyCube, uid: str) -> None:
    if sys.stdout.isatty():
        raise CommandError("a file is not for a terminal: send it into a pipe, or name a path")
    async with cube.storage.stream(uid) as chunks:
        async for chunk in chunks:
            run.output.raw(chunk)
