"""What the package of bots loads, and what loads it."""

import subprocess
import sys

import pytest


def loaded(statement: str, *names: str) -> set[str]:
    code = f"import sys; {statement}; print(*({set(names)!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "statement",
    ["import connectycube", "from connectycube import ConnectyCube", "import connectycube.chat"],
)
def test_who_needs_no_bots_does_not_load_them(statement: str) -> None:
    assert set() == loaded(statement, "connectycube.bots", "connectycube.bots.bot")


def test_bots_need_no_event_loop_of_their_own_and_no_http_library() -> None:
    """Those come with the client that a bot is made of, when it is used."""
    assert set() == loaded("import connectycube.bots", "asyncio", "trio", "aiohttp", "httpx2")
