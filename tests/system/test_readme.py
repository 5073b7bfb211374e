"""What the README says can be pasted and run, and what it names is there."""

import re
import subprocess
import sys
from pathlib import Path
from pkgutil import resolve_name
from typing import Final

import pytest

import connectycube
from connectycube import assist, emulator, testing

ROOT: Final = Path(__file__).parents[2]
README: Final = (ROOT / "README.md").read_text(encoding="utf-8")
CHANGELOG: Final = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
SNIPPETS: Final = re.findall(r"^```python\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
# A snippet that is a function of a client gets one, of the emulator in the same process.
TAKES_A_CLIENT: Final = re.compile(r"^async def (\w+)\(cube: ConnectyCube\)", re.MULTILINE)
CALL: Final = """

import anyio
from connectycube import LoginPassword
from connectycube.testing import EmulatorTransport


async def called() -> None:
    mara, url = LoginPassword("mara", "long-enough-1"), "http://localhost"
    transport = EmulatorTransport()
    key = transport.service.auth_key
    async with ConnectyCube(21, key, auth=mara, base_url=url, transport=transport) as cube:
        await {name}(cube)
    assert transport.service.requests


anyio.run(called)
"""


def complete(snippet: str) -> str:
    """Return a snippet as a program that calls what it defines."""
    found = TAKES_A_CLIENT.search(snippet)
    return snippet if found is None else snippet + CALL.format(name=found[1])


def run(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    script = folder / "pasted.py"
    script.write_text(code, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-W", "error", script],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=folder,
    )


@pytest.mark.parametrize("code", SNIPPETS, ids=range(len(SNIPPETS)))
def test_every_snippet_runs_against_the_emulator_as_it_stands(code: str, tmp_path: Path) -> None:
    """It runs to its end, says nothing on standard error, and prints what its comments say."""
    promised = [
        line
        for said in re.findall(r"# prints (.*)$", code, re.MULTILINE)
        for line in said.split(", ")
    ]
    program = complete(code)
    done = run(program, tmp_path)

    assert "anyio.run(" in program
    assert (0, "") == (done.returncode, done.stderr)
    assert promised == (done.stdout.splitlines() if promised else [])


def test_every_snippet_passes_a_strict_type_checker(tmp_path: Path) -> None:
    """What is pasted into a typed program stays typed; where mypy is not installed, nobody asks."""
    pytest.importorskip("mypy")
    for number, code in enumerate(SNIPPETS):
        (tmp_path / f"snippet_{number}.py").write_text(code, encoding="utf-8")

    options = ["--strict", "--config-file=", f"--cache-dir={tmp_path / 'cache'}"]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *options, *sorted(tmp_path.glob("*.py"))],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        cwd=tmp_path,
    )

    assert (0, "") == (done.returncode, done.stdout * (done.returncode != 0))


def test_the_first_snippet_is_ten_lines_and_prints_what_its_comment_says(tmp_path: Path) -> None:
    """The first thing that a newcomer runs shows a renewed session."""
    lines = [line for line in SNIPPETS[0].splitlines() if line.strip()]

    assert 10 == len(lines)
    assert "Mar Sim\n" == run(SNIPPETS[0], tmp_path).stdout


def test_every_file_that_the_readme_leads_to_is_there() -> None:
    """A relative link, or the place of a picture, is a file of this checkout."""
    places = re.findall(r"\]\((?!https?:)([^)]+)\)", README)

    assert "benchmarks/refresh.svg" in places
    assert [] == [place for place in places if not (ROOT / place).is_file()]


def test_every_class_that_the_readme_names_is_public() -> None:
    """A name such as `LoginPassword(login, password)` can be imported by whoever reads it."""
    prose = re.sub(r"^```.*?^```$", "", README, flags=re.MULTILINE | re.DOTALL)
    names = re.findall(r"`([A-Z][a-z]\w+)[`(.]", prose)
    public = {name for module in (connectycube, assist, emulator, testing) for name in dir(module)}

    assert "LoginPassword" in names
    assert [] == [name for name in names if name not in public]


NAMES: Final = sorted(
    set(re.findall(r"`((?:connectycube|benchmarks)\.[\w.]+)[`(]", README + CHANGELOG))
)


@pytest.mark.parametrize("name", NAMES)
def test_every_name_that_is_written_in_full_leads_somewhere(name: str) -> None:
    """What the README and the changelog call `connectycube.x.y` or `benchmarks.x` is there."""
    assert resolve_name(name)
