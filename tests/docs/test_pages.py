"""The pages hold together: what they name is there, and all that is there is named."""

import builtins
import re
import tomllib
from pkgutil import resolve_name
from typing import Final

import orjson
import pytest

import connectycube
from connectycube import assist, bots, emulator, testing
from connectycube.cli.catalogue import CATALOGUE
from connectycube.cli.exit_codes import MEANINGS

from .pages import DOCS, EVERYTHING, PAGES, README, ROOT, Page

LLMS: Final = (DOCS / "llms.txt").read_text(encoding="utf-8")
LANGUAGES: Final = {"python", "sh", "json", "toml", "text"}
# Each command that nobody runs is known to whoever reads this.
NOT_RUN: Final = {"guides/command-line.md", "guides/fleets.md", "start.md"}
_INCLUDED: Final = re.compile(r'^--8<-- "(.+)"$')
_SENTENCES: Final = re.compile(r"[a-z0-9)`][.!?] [A-Z`]")


def navigation() -> list[str]:
    """Return the pages of the navigation, in their order."""
    _, _, told = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:\n")
    return re.findall(r"^ +- .+: (\S+\.md)$", told, re.MULTILINE)


def title_of(page: Page) -> str:
    """Return the title, of the file that a page includes where it has none."""
    included = _INCLUDED.match(page.text)
    return Page(ROOT / included[1]).title if included else page.title


def test_every_page_is_in_the_navigation_once() -> None:
    """A page that nothing leads to is not read."""
    assert sorted(page.name for page in PAGES) == sorted(navigation())


def test_llms_txt_names_every_page_by_its_title() -> None:
    """Whoever reads it for a machine finds what a person finds, in the same order."""
    told = re.findall(r"^- \[(.+?)\]\((.+?)\): \S", LLMS, re.MULTILINE)
    titles = {page.name: title_of(page) for page in PAGES}

    assert [
        (titles[name], "./" if name == "index.md" else f"{name.removesuffix('.md')}/")
        for name in navigation()
    ] == told


def test_every_block_is_of_a_language_that_somebody_looks_at() -> None:
    """No block is left out, and a command that is says why."""
    for page in PAGES:
        for block in page.blocks:
            assert block.language in LANGUAGES, block.place
            assert block.not_run is None or "sh" == block.language, block.place
            assert block.output is None or "# prints" not in block.code, block.place
    assert NOT_RUN == {page.name for page in PAGES for one in page.blocks if one.not_run}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_data_is_what_it_says(page: Page) -> None:
    """JSON and TOML can be read."""
    for block in page.blocks:
        match block.language:
            case "json":
                orjson.loads(block.code)
            case "toml":
                tomllib.loads(block.code)
            case _:
                pass


_ROOTS: Final = ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
FILES: Final = [*EVERYTHING, *(Page(ROOT / name) for name in _ROOTS)]


@pytest.mark.parametrize("page", FILES, ids=lambda page: page.name)
def test_one_sentence_stands_on_a_line(page: Page) -> None:
    """So that a change shows what has changed; tables are what they are."""
    lines = [line for _, line in page.prose if not line.lstrip().startswith(("|", "<!--"))]
    plain = [re.sub(r"`[^`]*`", "`", re.sub(r"^[-\d. ]+", "", line)) for line in lines]

    assert [] == [line for line in plain if _SENTENCES.search(line)]


@pytest.mark.parametrize("page", FILES, ids=lambda page: page.name)
def test_every_class_that_is_named_is_public(page: Page) -> None:
    """A name such as `LoginPassword(login, password)` can be imported by whoever reads it."""
    prose = "\n".join(line for _, line in page.prose)
    names = set(re.findall(r"`([A-Z][a-z]\w*[A-Z]\w+)[`(.]", prose))
    modules = (connectycube, assist, bots, emulator, testing, builtins)
    public = {name for module in modules for name in dir(module)}

    assert set() == names - public - ELSEWHERE


# Classes of ours that are reached, not made, and names that are not ours.
ELSEWHERE: Final = {"UsersV1"}


@pytest.mark.parametrize("page", FILES, ids=lambda page: page.name)
def test_every_name_that_is_written_in_full_leads_somewhere(page: Page) -> None:
    """What is called `connectycube.x.y` or `benchmarks.x` is there."""
    prose = "\n".join(line for _, line in page.prose)
    for name in set(re.findall(r"`((?:connectycube|benchmarks)\.[a-zA-Z_][\w.]*)[`(]", prose)):
        if not (ROOT / name.replace(".", "/", 1)).exists() and name not in NOT_PYTHON:
            assert resolve_name(name), name


NOT_PYTHON: Final = {
    "connectycube.com",
    "connectycube.http",
    "connectycube.session",
    "connectycube.chat",
    "connectycube.transport",
}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_of_the_repository_that_is_named_is_there(page: Page) -> None:
    """`examples/fleet.py` and the like can be looked at."""
    prose = "\n".join(line for _, line in page.prose)
    places = re.findall(r"`((?:examples|tests|benchmarks|connectycube|docs)/[\w./-]*)`", prose)

    assert [] == [place for place in places if not (ROOT / place).exists()]


def test_every_file_that_the_readme_leads_to_is_there() -> None:
    """A relative link, or the place of a picture, is a file of this checkout."""
    places = re.findall(r"\]\((?!https?:)([^)]+)\)", README.text)

    assert "benchmarks/refresh.svg" in places
    assert [] == [place for place in places if not (ROOT / place).is_file()]


def test_every_example_is_in_its_list() -> None:
    """Whoever looks for an example finds each."""
    listed = re.findall(
        r"^\| `(examples/\w+\.py)` \|", Page(DOCS / "guides/examples.md").text, re.MULTILINE
    )

    assert sorted(listed) == sorted(
        path.relative_to(ROOT).as_posix() for path in (ROOT / "examples").glob("*.py")
    )


def test_every_command_and_exit_status_is_told() -> None:
    """The page knows what the command line has, and no more."""
    page = Page(DOCS / "guides/command-line.md")
    rows = [line.split("|")[1] for _, line in page.prose if line.startswith("| `")]
    statuses = re.findall(r"^\| (\d+) \| (.+) \|$", page.text, re.MULTILINE)

    assert sorted(CATALOGUE) == sorted(name for row in rows for name in re.findall(r"`(\w+)`", row))
    assert [(str(int(code)), meaning) for code, meaning in MEANINGS.items()] == statuses


def test_nothing_of_the_wider_net_is_needed_to_build() -> None:
    """No font, script or picture comes from elsewhere."""
    config = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")

    assert "font: false" in config
    assert [] == re.findall(r"https?://\S+", config)
