"""The site builds, strictly, and needs nothing of elsewhere to be read."""

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from .pages import PAGES, ROOT
from .running import cannot_run

pytestmark = pytest.mark.long

TOOLS = ("mkdocs", "material", "mkdocstrings_handlers")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if any(find_spec(name) is None for name in TOOLS):
        cannot_run("the site needs its tools: pip install --group docs")
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", folder],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=ROOT,
        # A proxy that nobody answers stands for a machine without a network.
        env={**os.environ, "HTTPS_PROXY": "http://127.0.0.1:9", "NO_MKDOCS_2_WARNING": "1"},
    )
    assert 0 == done.returncode, done.stdout + done.stderr
    return folder


def test_the_site_builds_with_every_link_checked(site: Path) -> None:
    """Every page is there, and so is `llms.txt`."""
    pages = {path.relative_to(site).as_posix() for path in site.rglob("index.html")}

    assert len(PAGES) == len(pages)
    assert (site / "llms.txt").is_file()


def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    """Fonts, scripts, styles and pictures are the site's own."""
    found = {
        (path.name, address)
        for path in site.rglob("*.html")
        for address in re.findall(
            r'<(?:script|link|img)[^>]+(?:src|href)="(https?://[^"]+)', path.read_text("utf-8")
        )
    }

    assert set() == found
