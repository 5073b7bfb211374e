"""Completion for shells, by click."""

import pytest

from connectycube.cli.catalogue import CATALOGUE

from .cli_stage import Shell


@pytest.mark.parametrize("shell_name", ["bash", "zsh", "fish"])
def test_a_script_is_printed(shell: Shell, shell_name: str) -> None:
    """What a shell evaluates asks `connectycube` itself what could come next."""
    done = shell("completion", shell_name)

    assert (0, "") == (done.status, done.stderr)
    assert f"_CONNECTYCUBE_COMPLETE={shell_name}_complete" in done.stdout


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("connectycube ", set(CATALOGUE)),
        ("connectycube do", {"doctor", "download"}),
        ("connectycube users --o", {"--online"}),
        ("connectycube emulator --", {"--port", "--seed", "--json", "--help"}),
        ("connectycube demo --", {"--live", "--json", "--help"}),
        ("connectycube dialogs --type p", {"private", "public"}),
    ],
)
def test_words_are_completed(shell: Shell, words: str, wanted: set[str]) -> None:
    """Commands, their options and known values, those of the plain commands too."""
    done = shell.run(
        _CONNECTYCUBE_COMPLETE="bash_complete",
        COMP_WORDS=words,
        COMP_CWORD=str(len(words.split(" ")) - 1),
    )

    found = {line.partition(",")[2] for line in done.stdout.splitlines()}
    assert wanted <= found
    assert found - wanted <= {"--help"}
