"""What a command says: data to standard output, words about it to standard error."""

import errno
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import TypeVar

from connectycube.cli.as_json import as_json
from connectycube.cli.printable import printable

T = TypeVar("T")


class OutputGoneError(Exception):
    """Whoever read standard output has gone, as `head` does when it has enough."""


class Output:
    """
    Prints for people or, with `as_json`, for programs.

    Tables are drawn on a terminal alone; into a pipe go lines with tabs between their cells.
    """

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json

    def record(self, value: object, told: Mapping[str, object]) -> None:
        """Print one thing: the value as JSON, or what is told of it, a line each."""
        if self.as_json:
            self._json(value)
            return
        width = max(map(len, told), default=0)
        for name, text in told.items():
            if text is not None and text != "":
                self._write(f"{name:<{width}}  {printable(str(text))}")

    def reveal(
        self, value: Mapping[str, object], told: Mapping[str, object], *, name: str, secret: str
    ) -> None:
        """As `record`, with one secret more, which somebody asked for by name."""
        if self.as_json:
            self._json_text({**as_json(value), name: secret})
        else:
            self.record(value, {**told, name: secret})

    def table(self, values: Iterable[T], columns: Mapping[str, Callable[[T], object]]) -> None:
        """Print several things: a JSON array of them, or a table of these columns."""
        if self.as_json:
            self._json(list(values))
            return
        rows = [[_cell(tell(value)) for tell in columns.values()] for value in values]
        if sys.stdout.isatty():
            self._draw(list(columns), rows)
            return
        for row in rows:
            self._write("\t".join(row))

    def answer(self, value: object) -> None:
        """Print JSON as it is, for people in many lines."""
        self._write(json.dumps(value, indent=None if self.as_json else 2))

    def line(self, value: object, told: str, *, mark: str = "") -> None:
        """Print a piece of a stream: a line of JSON, or a line for people behind a mark of ours."""
        if self.as_json:
            self._write(json.dumps(as_json(value)))
        else:
            self._write(f"{mark} {printable(told)}" if mark else printable(told))

    def raw(self, data: bytes) -> None:
        """Write bytes as they are."""
        with _PipeWatch():
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()

    def text(self, text: str) -> None:
        """Print text of our own, of any number of lines."""
        self._write(text.rstrip("\n"))

    def note(self, text: str) -> None:
        """Tell people something beside the data."""
        # Who has gone needs no note.
        with suppress(OSError):
            print(printable(text), file=sys.stderr, flush=True)

    def _json(self, value: object) -> None:
        self._json_text(as_json(value))

    def _json_text(self, value: object) -> None:
        # Escaped beyond ASCII, so that any terminal and any locale can carry it.
        self._write(json.dumps(value, indent=2 if sys.stdout.isatty() else None))

    def _write(self, text: str) -> None:
        with _PipeWatch():
            print(text, flush=True)

    def _draw(self, names: list[str], rows: list[list[str]]) -> None:
        # Loaded here, since most output needs none of it.
        from rich.box import SIMPLE_HEAD  # noqa: PLC0415 - as said
        from rich.console import Console  # noqa: PLC0415 - as said
        from rich.table import Table  # noqa: PLC0415 - as said
        from rich.text import Text  # noqa: PLC0415 - as said

        table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
        for name in names:
            table.add_column(Text(name), overflow="fold")
        for row in rows:
            table.add_row(*map(Text, row))  # as Text, in which brackets are no markup
        console = Console(file=sys.stdout, highlight=False)
        with console.capture() as drawn:
            console.print(table)
        self._write(drawn.get().rstrip("\n"))


class _PipeWatch:
    """Turns the end of a pipe into an error of its own, and keeps Python from meeting it again."""

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # Windows says EINVAL.
        is_gone = isinstance(error, OSError) and error.errno in (errno.EPIPE, errno.EINVAL)
        if not is_gone:
            return
        with suppress(OSError, ValueError):
            # Else the interpreter flushes into the closed pipe at its end, and complains.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise OutputGoneError from None


def _cell(value: object) -> str:
    return "" if value is None else printable(str(value))
