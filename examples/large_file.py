"""
100 MB into the emulator with a progress line, and back, byte for byte.

Run it as it stands: it starts `connectycube emulator` as a process of its own.
"""

import hashlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import anyio

from connectycube import ConnectyCube, LoginPassword, Progress

SIZE = 100 * 1024 * 1024


@contextmanager
def emulator() -> Iterator[str]:
    """Serve the emulator from another process, and give its address."""
    command = [sys.executable, "-m", "connectycube", "emulator", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            told = process.stdout.readline() if process.stdout else ""
            yield re.findall(r"http://\S+", told)[0]
        finally:
            process.terminate()


def line(verb: str) -> Callable[[Progress], None]:
    """Return what prints one line that grows."""

    def show(progress: Progress) -> None:
        done = progress.done / (progress.total or 1)
        print(f"\r{verb} {'#' * int(40 * done):40} {done:4.0%}", end="", flush=True)
        if progress.done == progress.total:
            print()

    return show


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def main(base_url: str, folder: Path) -> None:
    source, back = folder / "hundred.bin", folder / "back.bin"
    with source.open("wb") as file:
        for _ in range(SIZE // 2**20):
            file.write(os.urandom(2**20))
    mara = LoginPassword("mara", "long-enough-1")
    async with ConnectyCube(21, "emulator-auth-key", auth=mara, base_url=base_url) as cube:
        blob = await cube.storage.upload(source, progress=line("up  "))
        await cube.storage.download(blob.uid, back, progress=line("down"))
        await cube.storage.delete(blob.id)
    same = digest(source) == digest(back)
    print(f"{blob.size:,} bytes there and back: {'identical' if same else 'DIFFERENT'}")
    if not same:
        sys.exit(1)


if __name__ == "__main__":
    with emulator() as url, tempfile.TemporaryDirectory() as place:
        anyio.run(main, url, Path(place))
