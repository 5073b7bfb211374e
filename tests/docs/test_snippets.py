"""Every snippet of the README and of the documentation runs, and prints what it says."""

from pathlib import Path

import pytest

from .pages import EVERYTHING, PAGES, README, Block, Page
from .running import (
    commands,
    complete,
    lay_out,
    play_session,
    run_program,
    run_tests,
    type_check,
)


def blocks(kind: str) -> list[object]:
    return [
        pytest.param(page, block, id=block.place)
        for page in EVERYTHING
        for block in page.of_kind(kind)
    ]


def pages(kind: str, among: list[Page]) -> list[object]:
    return [pytest.param(page, id=page.name) for page in among if page.of_kind(kind)]


@pytest.mark.parametrize(("page", "block"), blocks("program"))
def test_every_program_runs_against_the_emulator_as_it_stands(
    page: Page, block: Block, tmp_path: Path
) -> None:
    """It runs to its end, says nothing on standard error, and prints what it promises."""
    lay_out(page, tmp_path)
    program = complete(block)
    done = run_program(program, tmp_path)

    assert (0, "") == (done.returncode, done.stderr)
    assert block.promised == block.kept(done.stdout.splitlines())


@pytest.mark.parametrize("page", pages("session", EVERYTHING))
def test_every_session_can_be_typed_at_a_prompt(page: Page, tmp_path: Path) -> None:
    """The steps of a page run in their order, and each prints what it promises."""
    lay_out(page, tmp_path)
    steps = page.of_kind("session")
    printed, trouble = play_session(steps, tmp_path)

    assert not trouble, trouble
    promised = {step.place: step.promised for step in steps}
    assert promised == {
        step.place: step.kept(told) for step, told in zip(steps, printed, strict=True)
    }


@pytest.mark.parametrize(("page", "block"), blocks("test"))
def test_every_test_passes_in_an_empty_folder(page: Page, block: Block, tmp_path: Path) -> None:
    """A reader who copies a test, and the files of its page, sees it pass."""
    lay_out(page, tmp_path)
    done = run_tests(block, tmp_path)

    assert (0, "") == (done.returncode, done.stderr), done.stdout
    assert " passed" in done.stdout


@pytest.mark.parametrize("page", pages("sh", PAGES))
def test_every_command_works(page: Page, tmp_path: Path) -> None:
    """The commands of a page run in their order, beside the servers that it starts."""
    lay_out(page, tmp_path)
    with commands(tmp_path) as terminals:
        for block in page.of_kind("sh"):
            if block.not_run is not None:
                continue
            done = terminals.run(block)

            assert 0 == done.returncode, f"{block.place}: {done.stdout}{done.stderr}"
            assert block.promised == block.kept(done.stdout.splitlines())


def test_every_snippet_passes_a_strict_type_checker(
    tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    """What is pasted into a typed program stays typed; where mypy is not installed, nobody asks."""
    pytest.importorskip("mypy")
    done = type_check(EVERYTHING, tmp_path, pytestconfig.cache.mkdir("docs-types"))

    assert 0 == done.returncode, done.stdout


def test_the_first_snippet_is_ten_lines_and_prints_what_its_comment_says(tmp_path: Path) -> None:
    """The first thing that a newcomer runs shows a renewed session."""
    first = README.of_kind("program")[0]
    lines = [line for line in first.code.splitlines() if line.strip()]

    assert 10 == len(lines)
    assert "Mar Sim\n" == run_program(first.code, tmp_path).stdout
