"""The command line with the wheel alone: some of it works, and the rest says what it needs."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import connectycube
from connectycube.cli.catalogue import CATALOGUE, EXTRA
from connectycube.cli.main import _NEEDED

HIDING = (
    "import sys\n"
    "for name in {hidden!r}: sys.modules[name] = None\n"
    "from connectycube.cli.main import main\n"
    "sys.exit(main(sys.argv[1:]))"
)
NEEDY = [name for name, entry in CATALOGUE.items() if entry.home]
ROOT = Path(connectycube.__file__).parents[1]


def run(*arguments: str, hidden: tuple[str, ...] = _NEEDED) -> subprocess.CompletedProcess[str]:
    """Run a command where the extra's modules cannot be found."""
    code = HIDING.format(hidden=hidden)
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_help_lists_all_commands_and_what_they_need() -> None:
    """Whoever has the wheel alone sees what there is, and how to get the rest."""
    done = run("--help")

    assert (0, "") == (done.returncode, done.stderr)
    assert "pip install 'connectycube[cli]'" in done.stdout
    for name, entry in CATALOGUE.items():
        assert name in done.stdout
        assert entry.summary in done.stdout


@pytest.mark.parametrize("hidden", [*((name,) for name in _NEEDED), _NEEDED])
def test_a_command_names_the_extra(hidden: tuple[str, ...]) -> None:
    """Without any of what the extra brings, one line says what to install."""
    for name in NEEDY[:2]:
        done = run(name, hidden=hidden)

        wanted = f"connectycube {name}: needs the extra cli: pip install 'connectycube[cli]'\n"
        assert (1, "", wanted) == (done.returncode, done.stdout, done.stderr)


def test_the_emulator_and_the_demo_need_nothing() -> None:
    """Both work with the wheel alone."""
    told = run("demo", "--json")
    claims = [json.loads(line) for line in told.stdout.splitlines()]

    assert 0 == told.returncode, told.stderr
    assert claims
    assert all(claim["holds"] for claim in claims)
    assert 0 == run("emulator", "--help").returncode
    assert 1 == run("emulator", "--seed", "/nowhere").returncode


def test_version_and_wrong_commands_are_as_ever() -> None:
    """What needs no extra is the same without it."""
    assert f"connectycube {connectycube.__version__}\n" == run("--version").stdout
    assert 2 == run("nonsense").returncode
    assert 2 == run().returncode


def test_the_extra_brings_what_is_needed() -> None:
    """`pip install connectycube[cli]` installs each of the modules that are looked for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    brought = {name.partition(">")[0] for name in project["optional-dependencies"][EXTRA]}

    assert set(_NEEDED) == brought


@pytest.mark.parametrize(
    ("arguments", "heavy"),
    [
        (["--help"], {"aiohttp", "anyio", "rich", "cattrs", "orjson", "asyncio"}),
        (["login", "--help"], {"rich"}),
        (["emulator", "--help"], {"click", "rich", "aiohttp", "anyio"}),
    ],
)
def test_help_loads_nothing_heavy(arguments: list[str], heavy: set[str]) -> None:
    """A command that only tells about itself starts at once."""
    code = (
        "import sys, connectycube.cli.main as main\n"
        "try: main.main(sys.argv[1:])\n"
        f"finally: print(sorted({heavy!r} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False
    )

    assert "[]\n" == done.stderr
