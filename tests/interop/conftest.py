"""The official SDK, installed once from npm, what it needs of this machine, and how it is run."""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NoReturn

import attrs
import pytest

from connectycube.emulator import Emulator

from .stage import APP_ID, AUTH_KEY, People, Run

HERE: Final = Path(__file__).parent
PACKAGE: Final = ("package.json", "package-lock.json")
# Scripts of strangers do not run here; a registry that is not there is found out soon.
INSTALL: Final = (
    "ci",
    "--ignore-scripts",
    "--omit=optional",
    "--no-audit",
    "--no-fund",
    "--prefer-offline",
    "--loglevel=error",
    "--fetch-timeout=15000",
    "--fetch-retries=1",
    "--fetch-retry-mintimeout=1000",
)


def cannot_run(reason: str) -> NoReturn:
    """Skip at a desk that lacks something; CI lacks nothing, so there it is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def node() -> str:
    """Find Node, not too old."""
    found = shutil.which("node")
    if found is None:
        cannot_run("the official SDK needs Node 18 or newer, and there is no `node` here")
    told = subprocess.run([found, "--version"], capture_output=True, text=True, check=False)
    if int(told.stdout.lstrip("v").partition(".")[0] or 0) < 18:
        cannot_run(f"the official SDK needs Node 18 or newer, and this is {told.stdout.strip()}")
    return found


@pytest.fixture(scope="session")
def sdk_folder(pytestconfig: pytest.Config) -> Path:
    """Install what the lock file names, once, into pytest's cache."""
    cache = pytestconfig.cache.mkdir("interop")
    lock = (HERE / "package-lock.json").read_bytes()
    home = cache / hashlib.sha256(lock).hexdigest()[:12]
    if home.is_dir():
        return home
    with TemporaryDirectory(dir=cache) as scratch:
        fresh = Path(scratch, "fresh")
        fresh.mkdir()
        for name in PACKAGE:
            shutil.copy(HERE / name, fresh)
        install(fresh)
        # Half an installation never has this name.
        try:
            fresh.rename(home)
        except OSError:
            if not home.is_dir():  # else another run was quicker
                raise
    return home


@pytest.fixture(scope="session")
def flows_folder(sdk_folder: Path) -> Iterator[Path]:
    """Copy the flows to where Node finds the SDK from: it looks beside a module, and above."""
    with TemporaryDirectory(dir=sdk_folder) as folder:
        for module in HERE.glob("*.mjs"):
            shutil.copy(module, folder)
        yield Path(folder)


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(app_id=APP_ID, auth_key=AUTH_KEY) as emulator:
        yield emulator


@pytest.fixture
def people(emulator: Emulator) -> People:
    return People.of(emulator)


@pytest.fixture
def run(node: str, flows_folder: Path, emulator: Emulator) -> Run:
    def run(flow: str, **given: Any) -> Any:
        service = {
            "baseUrl": emulator.base_url,
            "hosts": attrs.asdict(emulator.hosts),
            "appId": APP_ID,
            "authKey": AUTH_KEY,
        }
        done = subprocess.run(
            [node, "play.mjs", flow],
            cwd=flows_folder,
            env={**os.environ, "INTEROP": json.dumps(service | given)},
            capture_output=True,
            encoding="utf-8",
            timeout=30,
            check=False,
        )
        assert (0, "") == (done.returncode, done.stderr)
        assert "canary" not in done.stdout
        told = json.loads(done.stdout)
        assert told["ok"], told["detail"]
        return told["detail"]

    return run


def install(folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        cannot_run("the official SDK comes from npm, and there is no `npm` here")
    try:
        subprocess.run(
            [npm, *INSTALL], cwd=folder, capture_output=True, text=True, timeout=60, check=True
        )
    except subprocess.TimeoutExpired:
        cannot_run("the official SDK was not installed in a minute")
    except subprocess.CalledProcessError as failed:
        told = failed.stderr.strip().partition("\n")[0]
        cannot_run(f"the official SDK could not be installed: {told}")
