"""What the README says can be pasted and run."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

README: Final = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
SNIPPETS: Final = re.findall(r"^```python\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


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
def test_every_snippet_runs_as_it_stands(code: str, tmp_path: Path) -> None:
    """A snippet pasted into a file runs to its end and says nothing on standard error."""
    done = run(code, tmp_path)

    assert (0, "") == (done.returncode, done.stderr)


def test_the_first_snippet_is_ten_lines_and_prints_what_its_comment_says(tmp_path: Path) -> None:
    """The first thing that a newcomer runs shows a renewed session."""
    lines = [line for line in SNIPPETS[0].splitlines() if line.strip()]

    assert 10 == len(lines)
    assert "Mar Sim\n" == run(SNIPPETS[0], tmp_path).stdout
