"""What the documentation shows of testing, copied into an empty folder and run there."""

from typing import Final

import pytest

from tests.docs.pages import DOCS, Page

PAGE: Final = Page(DOCS / "guides/pytest.md")
FILES: Final = {block.title: block.code for block in PAGE.blocks if block.title is not None}
ECHO_BOT: Final = FILES["echo_bot.py"]
TEST_ECHO_BOT: Final = FILES["test_echo_bot.py"]
SERVICE: Final = FILES["service.py"]
TEST_SERVICE: Final = FILES["test_service.py"]
# The client of a test in place of the service's own, where there is no lifespan to go through.
TEST_SERVICE_IN_PROCESS: Final = FILES["test_service_in_process.py"]


def lines(snippet: str) -> int:
    return len([one for one in snippet.splitlines() if one.strip()])


def write(pytester: pytest.Pytester, **files: str) -> None:
    for name, content in files.items():
        (pytester.path / f"{name}.py").write_text(content, encoding="utf-8")


def test_a_bot_is_tested_in_eight_lines(pytester: pytest.Pytester) -> None:
    """On every event loop that is installed, and with nothing beside the wheel and pytest."""
    write(pytester, echo_bot=ECHO_BOT, test_echo_bot=TEST_ECHO_BOT)

    done = pytester.runpytest_subprocess("-p", "no:asyncio", "-W", "error")

    assert 8 == lines(TEST_ECHO_BOT)
    done.assert_outcomes(passed=2)


def test_a_bot_that_fails_its_test_is_told_plainly(pytester: pytest.Pytester) -> None:
    """As one failed check, with what the bot said instead."""
    write(pytester, echo_bot=ECHO_BOT.replace("event.message.body", "'Helo'"))
    write(pytester, test_echo_bot=TEST_ECHO_BOT.replace('sees("Hello"', 'sees("Hello", timeout=1'))

    done = pytester.runpytest_subprocess("-k", "asyncio")

    done.assert_outcomes(failed=1, deselected=1)
    told = (
        "E *AssertionError: writer saw no 'Hello' within 1 s; the nearest was 'Helo';"
        " messages that came, seen or not: 'Helo' from tester"
    )
    done.stdout.fnmatch_lines(told)
    assert "ExceptionGroup" not in done.stdout.str()


def test_a_fastapi_service_is_tested_in_ten_lines(pytester: pytest.Pytester) -> None:
    """With its own client and lifespan, or with the test's client in its place."""
    write(pytester, service=SERVICE, test_service=TEST_SERVICE)
    write(pytester, test_in_process=TEST_SERVICE_IN_PROCESS)

    done = pytester.runpytest_subprocess("-W", "ignore::DeprecationWarning")

    assert 10 == lines(TEST_SERVICE)
    done.assert_outcomes(passed=2)
