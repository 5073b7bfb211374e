"""
Play one page while you write it: `python -m tests.docs docs/guides/files.md`.

Shows what each step of its session prints, and where it says something else.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from .pages import Page
from .running import lay_out, play_session


def main(path: Path) -> int:
    page, wrong = Page(path.resolve()), 0
    steps = page.of_kind("session")
    with TemporaryDirectory() as name:
        folder = Path(name)
        lay_out(page, folder)
        printed, trouble = play_session(steps, folder)
    for step, told in zip(steps, printed, strict=False):
        fits = step.promised == step.kept(told)
        wrong += not fits
        sys.stdout.write(f"{step.place}{'' if fits else f': promised {step.promised}'}\n")
        sys.stdout.writelines(f"    {line}\n" for line in told)
    sys.stdout.write(trouble)
    return int(bool(wrong or trouble))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
