"""The pages of the documentation, and the fenced blocks in them."""

import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Final

import attrs

ROOT: Final = Path(__file__).parents[2]
DOCS: Final = ROOT / "docs"
_FENCE: Final = re.compile(r"^(?P<indent> *)```(?P<info>.*)$")
_TITLE: Final = re.compile(r'title="([^"]+)"')
_NOT_RUN: Final = re.compile(r"^<!-- not run: (.+) -->$")
_PROGRAM: Final = re.compile(r"^anyio\.run\(|^asyncio\.run\(|^trio\.run\(", re.MULTILINE)
_TAKES_A_CLIENT: Final = re.compile(r"^async def (\w+)\(cube: ConnectyCube\)", re.MULTILINE)
_TEST: Final = re.compile(r"^(?:async )?def test_", re.MULTILINE)


@attrs.frozen
class Block:
    """
    A fenced block.

    Attributes:
        page: the page it stands in.
        line: of its first line of code, counted from 1.
        language: as the fence says, such as `python`; empty where it says nothing.
        output: what the block `output` behind it says that it prints; `None` without one.
        not_run: why nobody runs it; `None` for what is run.
    """

    page: Path
    line: int
    language: str
    title: str | None
    code: str
    output: str | None = None
    not_run: str | None = None

    @property
    def place(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def takes_a_client(self) -> str | None:
        """The function in it that wants a client."""
        found = _TAKES_A_CLIENT.search(self.code)
        return found and found[1]

    @property
    def kind(self) -> str:
        """Say what it is: `program`, `test`, `session`, or its language."""
        if self.language != "python":
            return self.language
        if _TEST.search(self.code) and not _PROGRAM.search(self.code):
            return "test"
        if _PROGRAM.search(self.code) or self.takes_a_client:
            return "program"
        if self.title is not None and self.title.endswith(".py"):
            return "file"
        return "session"

    @property
    def promised(self) -> str | None:
        """What it says that it prints; `None` where it says nothing."""
        if self.output is not None:
            return self.output.strip("\n")
        said = re.findall(r"# prints (.*)$", self.code, re.MULTILINE)
        return ", ".join(said) or None

    def kept(self, printed: list[str]) -> str | None:
        """What it printed, in the form of what it promised; `None` where it promised nothing."""
        if self.promised is None:
            return None
        return ("\n" if self.output is not None else ", ").join(printed)

    @property
    def padded(self) -> str:
        """The code, with each line where it is in the page."""
        return "\n" * (self.line - 1) + self.code


@attrs.frozen(slots=False)
class Page:
    """A page, by its path."""

    path: Path

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def name(self) -> str:
        """The path below `docs/`, or below the checkout for what is not there."""
        base = DOCS if self.path.is_relative_to(DOCS) else ROOT
        return self.path.relative_to(base).as_posix()

    @cached_property
    def title(self) -> str:
        found = re.search(r"^# (.+)$", self.text, re.MULTILINE)
        assert found, f"{self.name} has no title"
        return found[1]

    @cached_property
    def blocks(self) -> list[Block]:
        return list(_with_outputs(_blocks(self.path, self.text.splitlines())))

    @cached_property
    def prose(self) -> list[tuple[int, str]]:
        """The numbered lines that are in no fence."""
        lines, inside = list[tuple[int, str]](), False
        for number, line in enumerate(self.text.splitlines(), 1):
            if _FENCE.match(line):
                inside = not inside
            elif not inside:
                lines.append((number, line))
        return lines

    def of_kind(self, kind: str) -> list[Block]:
        return [block for block in self.blocks if block.kind == kind]


def _blocks(page: Path, lines: list[str]) -> Iterator[Block]:
    opened: tuple[int, re.Match[str]] | None = None
    for number, line in enumerate(lines, 1):
        fence = _FENCE.match(line)
        if fence is None:
            continue
        if opened is None:
            opened = number, fence
            continue
        start, first = opened
        opened = None
        indent = len(first["indent"])
        code = "".join(f"{one[indent:]}\n" for one in lines[start : number - 1])
        language, _, rest = first["info"].strip().partition(" ")
        title = _TITLE.search(rest)
        above = next((one for one in reversed(lines[: start - 1]) if one.strip()), "")
        why = _NOT_RUN.match(above)
        yield Block(page, start + 1, language, title and title[1], code, None, why and why[1])
    assert opened is None, f"{page}: a fence is not closed"


def _with_outputs(blocks: Iterator[Block]) -> Iterator[Block]:
    waiting: Block | None = None
    for block in blocks:
        if block.language == "output":
            assert waiting is not None, f"{block.place}: the output of nothing"
            yield attrs.evolve(waiting, output=block.code)
            waiting = None
            continue
        if waiting is not None:
            yield waiting
        waiting = block
    if waiting is not None:
        yield waiting


README: Final = Page(ROOT / "README.md")
PAGES: Final = [Page(path) for path in sorted(DOCS.rglob("*.md"))]
EVERYTHING: Final = [README, *PAGES]
