"""
The pytest plugin: the emulator, fresh for each test, and the live service out of reach.

It comes with the package; `-p no:connectycube` leaves it out. Every pytest run loads this module,
so it imports what it needs when a test asks for it. Its fixtures are synchronous: they serve
pytest-asyncio, anyio's own plugin and plain tests alike.

    @pytest.mark.connectycube(seed={"users": [{"login": "mara", "password": "long-enough-1"}]})
    async def test_who_is_there(connectycube_client, connectycube_emulator):
        assert "mara" == (await connectycube_client.users.get_by_login("mara")).login
        connectycube_emulator.calls("POST", "/session").once()
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping
    from pathlib import Path

    from connectycube import ConnectyCube
    from connectycube.testing.staged_emulator import StagedEmulator

_LIVE = "CONNECTYCUBE_LIVE"  # see `connectycube.live`, which is not loaded for its name alone
_MARKER = (
    "connectycube(seed=None, user='tester'): what there is in the emulator when the test begins,"
    " as a mapping or the path of a JSON or YAML file beside the test; seeds of class, module and"
    " ini file add up, and None starts from nothing. `user` is who `connectycube_client` is."
)
_LIVE_MARKER = "connectycube_live: the test may reach the live service of ConnectyCube."


# -- what a run can be told


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("connectycube", "tests against the emulator of ConnectyCube")
    group.addoption(
        "--connectycube-live",
        action="store_true",
        help="let every test reach the live service; else only those marked connectycube_live may",
    )
    parser.addini("connectycube_live", "the same as --connectycube-live", type="bool")
    parser.addini(
        "connectycube_seed",
        "JSON or YAML files of what there is in the emulator when a test begins",
        type="paths",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", _MARKER)
    config.addinivalue_line("markers", _LIVE_MARKER)
    is_live = config.getoption("connectycube_live") or config.getini("connectycube_live")
    # Without a word of ours, what the environment says itself holds.
    if is_live or _LIVE not in os.environ:
        patch = pytest.MonkeyPatch()
        patch.setenv(_LIVE, "yes" if is_live else "no")
        config.add_cleanup(patch.undo)


def pytest_report_header(config: pytest.Config) -> str:
    live = "out of reach" if os.environ.get(_LIVE) == "no" else "WITHIN REACH"
    seeds = "".join(f", seed {path.name}" for path in config.getini("connectycube_seed"))
    return f"connectycube: live service {live}{seeds}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    if item.get_closest_marker("connectycube_live") is None:
        return (yield)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(_LIVE, "yes")
        return (yield)


# -- fixtures


@pytest.fixture(scope="session")
def connectycube_server() -> Iterator[StagedEmulator]:
    """
    The emulator of the whole run, on real ports; for fixtures of a wider scope than a test's.

    Its address stays; whoever asks for `connectycube_emulator` begins it anew.
    """
    from connectycube.testing.staged_emulator import StagedEmulator  # noqa: PLC0415 - as said above

    with StagedEmulator() as server:
        yield server


@pytest.fixture
def connectycube_emulator(
    request: pytest.FixtureRequest, connectycube_server: StagedEmulator
) -> Iterator[StagedEmulator]:
    """
    The emulator with a fresh world: only what the test's seeds put there.

    `base_url`, `hosts` and `auth_key` lead clients to it; `client(name)` makes one, and
    `await actor(name)` brings somebody into the chat. `calls(method, path).once()` checks what
    arrived, `clock.advance(seconds)` moves the time, `faults` and `chat_faults` script trouble.
    """
    from connectycube.emulator.seeding_place import SeedError  # noqa: PLC0415 - as said above

    try:
        connectycube_server.reset(seed=_seed_of(request))
    except SeedError as error:
        pytest.fail(f"the seed of this test: {error}", pytrace=False)
    yield connectycube_server
    connectycube_server.dismiss_actors()
    # What the test has sent and given up must not arrive in the next one.
    connectycube_server.settle()


@pytest.fixture
def connectycube_client(
    request: pytest.FixtureRequest, connectycube_emulator: StagedEmulator
) -> ConnectyCube:
    """
    A client that reaches the emulator without a socket, on any event loop; nothing to close.

    It signs in at its first call, as `tester` or whom the marker calls `user`.
    """
    names = (mark.kwargs["user"] for mark in _marks(request) if "user" in mark.kwargs)
    return connectycube_emulator.client(next(names, "tester"))


@pytest.fixture
def connectycube_environment(
    connectycube_emulator: StagedEmulator, monkeypatch: pytest.MonkeyPatch
) -> Mapping[str, str]:
    """The environment leads `ConnectyCube.from_env()` to the emulator, as long as the test runs."""
    for name, value in connectycube_emulator.environment.items():
        monkeypatch.setenv(name, value)
    return connectycube_emulator.environment


# -- seeds


def _marks(request: pytest.FixtureRequest) -> list[pytest.Mark]:
    """Return the markers of a test, its own first."""
    marks = list(request.node.iter_markers("connectycube"))
    for mark in marks:
        if mark.args or mark.kwargs.keys() - {"seed", "user"}:
            pytest.fail("the marker connectycube takes seed= and user=, no more", pytrace=False)
    return marks


def _seed_of(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Return all that there is when the test begins: what is said in general comes first."""
    seeds: list[Any] = list(request.config.getini("connectycube_seed"))
    for mark in reversed(_marks(request)):
        if "seed" in mark.kwargs:
            seed = mark.kwargs["seed"]
            seeds = [] if seed is None else [*seeds, seed]
    together: dict[str, Any] = {}
    for seed in seeds:
        for section, things in _read(seed, request.path.parent).items():
            if isinstance(things, list) and isinstance(known := together.get(section), list):
                together[section] = [*known, *things]
            else:
                together[section] = things
    return together


def _read(seed: Mapping[str, Any] | str | Path, folder: Path) -> Mapping[str, Any]:
    if not isinstance(seed, str | os.PathLike):
        return seed
    from connectycube.emulator.seeding_file import read_seed  # noqa: PLC0415 - as said above

    try:
        return read_seed(folder / seed)
    except OSError as error:
        pytest.fail(f"the seed {seed}: {error.strerror}: {error.filename}", pytrace=False)
