"""What is handed out: a wheel that holds what it should, and works where there is nothing else."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from email.parser import HeaderParser
from pathlib import Path
from typing import Final
from zipfile import ZipFile

import pytest

import connectycube
from tests.docs.pages import README, Page
from tests.docs.running import cannot_run

ROOT: Final = Path(__file__).parents[2]
PARTS: Final = ("connectycube", "docs", "pyproject.toml", "mkdocs.yml", "Makefile")
REQUIRED: Final = {"aiohttp", "anyio", "attrs", "cattrs", "orjson"}
LARGEST: Final = 800 * 1024


def run(command: Sequence[object], folder: Path, **env: str) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=folder,
        env={**os.environ, **env},
    )
    assert 0 == done.returncode, done.stdout + done.stderr
    return done.stdout


def built(folder: Path, kind: str = "wheel", source: Path = ROOT) -> Path:
    """Build without a network, into a folder."""
    epoch = str(1_700_000_000)
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", folder]
    run(command, source, SOURCE_DATE_EPOCH=epoch)
    [made] = folder.iterdir()
    return made


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("wheel"))


def test_the_wheel_holds_the_package_and_no_more(wheel: Path) -> None:
    """Every module is in it, with the mark that says it is typed, and nothing of the tests."""
    with ZipFile(wheel) as file:
        names = set(file.namelist())
    modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "connectycube").rglob("*.py")}
    rest = {name for name in names - modules if ".dist-info/" not in name}

    assert modules <= names
    assert {"connectycube/py.typed"} == rest
    assert LARGEST > wheel.stat().st_size


def test_the_wheel_requires_five_packages(wheel: Path) -> None:
    """Everything else is an extra, and the tools of the project are none."""
    with ZipFile(wheel) as file:
        [name] = [one for one in file.namelist() if one.endswith(".dist-info/METADATA")]
        told = HeaderParser().parsestr(file.read(name).decode())
    needs = [str(one) for one in told.get_all("Requires-Dist", [])]
    required = {re.split(r"[^\w.-]", one)[0] for one in needs if "extra ==" not in one}

    assert REQUIRED == required
    assert (connectycube.__version__, ">=3.11") == (told["Version"], told["Requires-Python"])
    assert ("Apache-2.0", "text/markdown") == (
        told["License-Expression"],
        told["Description-Content-Type"],
    )


@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_two_builds_are_the_same_to_the_byte(kind: str, tmp_path: Path) -> None:
    """Whoever builds it, wherever and whenever, gets what was handed out."""
    elsewhere = tmp_path / "another place"
    names = {*PARTS, "tests", "benchmarks", "examples"}
    names |= {path.name for path in ROOT.glob("*.md")} | {"LICENSE"}
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
    for name in names:
        place = ROOT / name
        if place.is_dir():
            shutil.copytree(place, elsewhere / name, ignore=ignored, copy_function=shutil.copy)
        else:
            elsewhere.mkdir(exist_ok=True)
            shutil.copy(place, elsewhere)
    shutil.copy(ROOT / ".gitignore", elsewhere)
    later = time.time() + 1000
    for path in elsewhere.rglob("*"):
        os.utime(path, (later, later))
    first = built(tmp_path / "first", kind)
    second = built(tmp_path / "second", kind, elsewhere)

    assert first.name == second.name
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.long
def test_the_wheel_alone_is_enough(wheel: Path, tmp_path: Path) -> None:
    """In a fresh environment the README's example runs, and the command says what there is."""
    run([sys.executable, "-m", "venv", tmp_path / "venv"], tmp_path)
    scripts = tmp_path / "venv" / ("Scripts" if sys.platform == "win32" else "bin")
    python = scripts / "python"
    pip = [python, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    try:
        run([*pip, "install", wheel], tmp_path)
    except AssertionError as failed:
        cannot_run(f"the required packages could not be installed: {failed}")
    (tmp_path / "ten_lines.py").write_text(README.of_kind("program")[0].code, encoding="utf-8")
    there = run([*pip, "list", "--format", "freeze"], tmp_path)
    missing = "import connectycube\ntry: connectycube.RedisStore\nexcept ImportError as e: print(e)"

    assert set() == {"trio", "httpx2", "redis", "pyyaml", "pytest"} & {
        line.partition("==")[0].lower() for line in there.splitlines()
    }
    assert "" == run([python, "-W", "error", "-c", "import connectycube"], tmp_path)
    assert "Mar Sim\n" == run([python, "-W", "error", "ten_lines.py"], tmp_path)
    assert "emulator" in run([scripts / "connectycube", "--help"], tmp_path)
    told = "RedisStore needs an extra: pip install connectycube[redis]\n"
    assert told == run([python, "-c", missing], tmp_path)
    refused = subprocess.run(
        [scripts / "connectycube", "whoami"], capture_output=True, text=True, check=False
    )
    assert (1, True) == (refused.returncode, "connectycube[cli]" in refused.stderr)


@pytest.mark.long
def test_a_bot_is_tested_with_nothing_but_the_wheel_and_pytest(wheel: Path, tmp_path: Path) -> None:
    """The eight lines of the documentation, copied into an empty folder."""
    run([sys.executable, "-m", "venv", tmp_path / "venv"], tmp_path)
    python = tmp_path / "venv" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    try:
        run([python, "-m", "pip", "--quiet", "install", wheel, "pytest"], tmp_path)
    except AssertionError as failed:
        cannot_run(f"pytest could not be installed: {failed}")
    page = Page(ROOT / "docs/guides/pytest.md")
    for block in page.blocks:
        if block.title in {"echo_bot.py", "test_echo_bot.py"}:
            (tmp_path / block.title).write_text(block.code, encoding="utf-8")

    told = run([python, "-m", "pytest", "-q", "-k", "asyncio", "test_echo_bot.py"], tmp_path)
    assert "1 passed" in told


@pytest.mark.long
def test_every_public_type_is_known(tmp_path: Path) -> None:
    """A type checker of a user has nothing to guess: completeness is 100 %."""
    checker = shutil.which("basedpyright", path=str(Path(sys.executable).parent))
    if checker is None:
        cannot_run("the types are verified by basedpyright: pip install --group lint")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    command = [checker, "--verifytypes", "connectycube", "--ignoreexternal"]

    assert "Type completeness score: 100%" in run(command, tmp_path, PATH=path)
