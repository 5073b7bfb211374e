"""
100 MB up and down: memory and throughput beside bare aiohttp moving the same bytes.

`python -m benchmarks.transfer [--quick] [--check] [--json FILE]`

The emulator runs in a process of its own. Rounds are interleaved, figures are medians, and each
download writes a new file; memory is this process's peak while a file moves, over what it was after
a warm-up.
"""

import asyncio
import hashlib
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Final
from urllib.parse import parse_qsl, urlsplit

import aiohttp

from benchmarks.report import Options, Report
from connectycube import Blob, ConnectyCube, LoginPassword
from connectycube.multipart import form

SIZE: Final = 100 * 1000 * 1000
CHUNK: Final = 256 * 1024
MOST_GROWTH: Final = 8.0
LEAST_RATIO: Final = 0.9
KEY: Final = "emulator-auth-key"
_MIB: Final = 1024 * 1024

Work = Callable[[], Awaitable[object]]


@contextmanager
def emulator() -> Iterator[str]:
    """Serve the emulator from another process, and give its address."""
    command = [sys.executable, "-m", "connectycube", "emulator", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - ours
        try:
            line = process.stdout.readline() if process.stdout else ""
            found = re.search(r"http://\S+", line)
            if found is None:
                raise RuntimeError("the emulator did not start")
            yield found[0]
        finally:
            process.kill()


def pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            yield piece


async def bare_upload(http: aiohttp.ClientSession, blob: Blob, path: Path) -> None:
    """Send the same form by aiohttp alone."""
    if blob.access is None or blob.access.params is None:
        raise RuntimeError("no place to upload to")
    target = urlsplit(blob.access.params)
    fields = dict(parse_qsl(target.query.replace("+", "%2B")))
    frame = form(fields, filename=path.name, content_type="application/octet-stream")

    async def body() -> AsyncIterator[bytes]:
        yield frame.head
        for piece in pieces(path):
            yield piece
        yield frame.tail

    length = len(frame.head) + SIZE + len(frame.tail)
    headers = {"Content-Type": frame.content_type, "Content-Length": str(length)}
    url = target._replace(query="").geturl()
    async with http.post(url, data=body(), headers=headers) as answer:
        if answer.status != 201:  # noqa: PLR2004 - HTTP
            raise RuntimeError(f"the store answered {answer.status}")


async def bare_download(http: aiohttp.ClientSession, url: str, path: Path) -> None:
    """Fetch the same bytes into a file by aiohttp alone."""
    async with http.get(url) as answer:
        with path.open("wb") as file:
            async for chunk in answer.content.iter_chunked(CHUNK):
                file.write(chunk)


async def timed(work: Work) -> float:
    """Return megabytes a second."""
    started = time.perf_counter()
    await work()
    return SIZE / 1e6 / (time.perf_counter() - started)


def peak() -> float:
    """Return the peak resident memory of this process, in MiB."""
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used / 1024 if sys.platform != "darwin" else used / _MIB


def digest(path: Path) -> str:
    whole = hashlib.sha256()
    for piece in pieces(path):
        whole.update(piece)
    return whole.hexdigest()


async def interleaved(
    works: Mapping[str, Work], tidy: Work, *, rounds: int
) -> dict[str, list[float]]:
    """Return each work's rates, round by round; every other round runs backwards."""
    rates: dict[str, list[float]] = {name: [] for name in works}
    for number in range(rounds):
        for name in list(works)[:: 1 if number % 2 else -1]:
            await tidy()
            rates[name].append(await timed(works[name]))
    return rates


async def run(report: Report, folder: Path, base_url: str) -> None:
    source, back = folder / "up.bin", folder / "down.bin"
    with source.open("wb") as file:
        for _ in range(SIZE // 1_000_000):
            file.write(os.urandom(1_000_000))
    auth = LoginPassword("cubeuser", "awesomepwd")
    async with (
        aiohttp.ClientSession(auto_decompress=False) as http,
        ConnectyCube(21, KEY, auth=auth, base_url=base_url) as cube,
    ):

        async def ours_up() -> None:
            uploaded.append(await cube.storage.upload(source))

        async def theirs_up() -> None:
            uploaded.append(await cube.storage.create(name="up.bin"))
            await bare_upload(http, uploaded[-1], source)

        async def ours_down() -> None:
            await cube.storage.download(uploaded[-1].uid, back)

        async def theirs_down() -> None:
            await bare_download(http, cube.storage.private_url(uploaded[-1].uid), back)

        # A small file warms up. Ours goes first, so that the peak is nobody else's.
        uploaded = [await cube.storage.upload(os.urandom(64 * 1024))]
        await ours_down()
        before = peak()
        await ours_up()
        await ours_down()
        growth = peak() - before
        if digest(back) != digest(source):
            raise RuntimeError("what came back is not what was sent")
        works = {
            "up ours": ours_up,
            "up bare": theirs_up,
            "down ours": ours_down,
            "down bare": theirs_down,
        }
        kept = len(uploaded)

        async def tidy() -> None:
            """Leave no round's file to the next: freeing or finding its memory is not our work."""
            back.unlink(missing_ok=True)
            for blob in uploaded[kept:]:
                await cube.storage.delete(blob.id)
            del uploaded[kept:]

        rates = await interleaved(works, tidy, rounds=3 if report.options.quick else 15)
        for direction in ("up", "down"):
            ours, bare = (rates[f"{direction} {who}"] for who in ("ours", "bare"))
            ratio = median(mine / other for mine, other in zip(ours, bare, strict=True))
            report.add(
                direction=direction,
                **{"ours MB/s": median(ours), "bare aiohttp MB/s": median(bare)},
                ratio=ratio,
                **{"memory growth MiB": growth},
            )
            report.bar(
                f"{direction}: {ratio:.2f} of bare aiohttp's throughput, at least {LEAST_RATIO}",
                holds=ratio >= LEAST_RATIO,
            )
    report.bar(
        f"peak memory grows by {growth:.1f} MiB, at most {MOST_GROWTH:.0f}",
        holds=growth <= MOST_GROWTH,
    )


def main() -> int:
    report = Report("transfer: 100 MB to another process, and back", Options.parse(__doc__ or ""))
    with tempfile.TemporaryDirectory() as folder, emulator() as base_url:
        asyncio.run(run(report, Path(folder), base_url))
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
