"""The official SDK, installed once from npm, and what it needs of this machine."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NoReturn

import pytest

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
