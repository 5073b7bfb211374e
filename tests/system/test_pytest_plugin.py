"""The pytest plugin, as users meet it: test runs in a folder of their own."""

import importlib
import json
import pkgutil
import re
import statistics
import time
from collections.abc import Callable
from typing import Final

import pytest

import connectycube
from connectycube.emulator import Emulator
from connectycube.testing import StagedEmulator

MARA: Final = {"users": [{"login": "mara", "password": "long-enough-1", "full_name": "Mara"}]}
INI: Final = """
    [pytest]
    asyncio_default_fixture_loop_scope = function
    addopts = --strict-markers -p no:cacheprovider
    filterwarnings = error
"""


# What an inner run has loaded is forgotten after it, and must not come a second time as another.
for _module in pkgutil.walk_packages(connectycube.__path__, "connectycube."):
    if not _module.name.endswith("__main__"):
        importlib.import_module(_module.name)


@pytest.fixture
def folder(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeini(INI)
    return pytester


def run(folder: pytest.Pytester, code: str, *args: str) -> pytest.RunResult:
    folder.makepyfile(code)
    return folder.runpytest_inprocess(*args)


# -- event loops


LOOPS: Final = {
    "anyio": (
        "@pytest.mark.anyio",
        ["-p", "no:asyncio", "-W", "ignore::pytest.PytestConfigWarning"],
    ),
    "asyncio, strict": ("@pytest.mark.asyncio", ["--asyncio-mode=strict", "-p", "no:anyio"]),
    "asyncio, auto": ("", ["--asyncio-mode=auto", "-p", "no:anyio"]),
    "both": ("@pytest.mark.anyio", []),
}


@pytest.mark.parametrize("loop", LOOPS)
def test_fixtures_serve_every_plugin_for_async_tests(folder: pytest.Pytester, loop: str) -> None:
    """The same fixtures, over REST and the chat; with anyio's plugin on asyncio and on trio."""
    marker, args = LOOPS[loop]
    done = run(
        folder,
        f"""
        import pytest

        {marker}
        async def test_talk(connectycube_client, connectycube_emulator):
            me = (await connectycube_client.get_session()).user
            writer = await connectycube_emulator.actor("writer")
            async with connectycube_client.chat.connect() as chat:
                await writer.send("tester", "Hello")
                async for event in chat:
                    if getattr(event, "message", None):
                        await chat.reply(event, event.message.body)
                        break
                await writer.sees("Hello", sender=me.id)
            connectycube_emulator.calls("POST", "/session").once()

        def test_plain(connectycube_emulator):
            assert [] == connectycube_emulator.world.users
            assert [] == connectycube_emulator.requests
        """,
        *args,
    )

    done.assert_outcomes(passed=3 if "anyio" in marker else 2)


# -- worlds


def test_each_test_has_a_world_of_its_own(folder: pytest.Pytester) -> None:
    """On one server: what a test leaves behind, faults and a moved clock too, is gone."""
    done = run(
        folder,
        """
        import pytest
        from datetime import UTC, datetime, timedelta

        urls = set()

        @pytest.mark.anyio
        @pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
        @pytest.mark.parametrize("number", [1, 2])
        async def test_fresh(number, connectycube_emulator, connectycube_client):
            emulator = connectycube_emulator
            urls.add(emulator.base_url)
            assert 1 == len(urls)
            assert ["tester"] == [one.login for one in emulator.world.users]
            assert ([], ()) == (emulator.requests, emulator.faults.scripted)
            assert abs(emulator.clock.now() - datetime.now(UTC)) < timedelta(minutes=1)
            assert emulator.settings.v1_enabled is False
            await connectycube_client.users.find(login="mara")
            emulator.faults.hang(path="/never", times=None)
            emulator.clock.advance(10_000)
            emulator.settings.v1_enabled = True
            await emulator.actor("writer")

        def test_server(connectycube_server):
            assert {connectycube_server.base_url} == urls
            assert [] == connectycube_server.service.xmpp.sessions
        """,
    )

    done.assert_outcomes(passed=5)


def test_what_a_test_has_given_up_does_not_arrive_in_the_next(folder: pytest.Pytester) -> None:
    """A request whose sender did not wait for the answer is the business of its own test."""
    done = run(
        folder,
        """
        import socket
        import pytest

        @pytest.mark.parametrize("number", range(200))
        def test_hasty(number, connectycube_emulator):
            assert [] == connectycube_emulator.requests
            for _ in range(3):
                with socket.create_connection(("127.0.0.1", connectycube_emulator.port)) as line:
                    line.sendall(b"GET /session HTTP/1.1\\r\\nHost: here\\r\\n\\r\\n")
        """,
    )

    done.assert_outcomes(passed=200)


def test_a_fresh_world_costs_next_to_nothing(connectycube_server: StagedEmulator) -> None:
    """Less than a server of one's own; `pytest -rP` tells how many milliseconds."""

    def anew() -> None:
        connectycube_server.reset()
        connectycube_server.settle()

    def another() -> None:
        Emulator().start().stop()

    fresh, started = medians(anew, another)

    share = f"{fresh / started:.0%} of a new server"
    print(f"a fresh world: {fresh * 1000:.3f} ms, {share}")  # noqa: T201 - the figure is the point
    assert fresh < started


def medians(*actions: Callable[[], object]) -> list[float]:
    """Return how long each takes, measured in turns, so that a busy machine is busy for all."""
    taken: list[list[float]] = [[] for _ in actions]
    for _ in range(100):
        for action, seconds in zip(actions, taken, strict=True):
            began = time.perf_counter()
            action()
            seconds.append(time.perf_counter() - began)
    return [statistics.median(seconds) for seconds in taken]


# -- seeds


def test_seeds_of_ini_file_module_class_and_test_add_up(folder: pytest.Pytester) -> None:
    """The general ones first, so that a special one may build on them; None begins anew."""
    folder.makeini(f"{INI}    connectycube_seed = data/everywhere.json\n")
    folder.mkdir("data").joinpath("everywhere.json").write_text(json.dumps(MARA))
    inner = folder.mkdir("inner")
    inner.joinpath("module.yaml").write_text("users: [{login: jonas, password: long-enough-1}]")
    inner.joinpath("test_seeds.py").write_text(
        """
import pytest
from pathlib import Path

pytestmark = pytest.mark.connectycube(seed="module.yaml")
PAT = {"users": [{"login": "pat", "password": "long-enough-1"}]}
CREW = {"dialogs": [{"name": "Crew", "type": "group", "owner": "mara", "occupants": ["pat"]}]}

def logins(emulator):
    return [one.login for one in emulator.world.users]

def test_general(connectycube_emulator):
    assert ["mara", "jonas"] == logins(connectycube_emulator)

@pytest.mark.connectycube(seed=PAT)
class TestClass:
    @pytest.mark.connectycube(seed=CREW)
    def test_special(self, connectycube_emulator):
        assert ["mara", "jonas", "pat"] == logins(connectycube_emulator)
        [crew] = connectycube_emulator.world.chat.dialogs
        assert [1001, 1003] == crew.occupants_ids
        connectycube_emulator.world.add_user(login="passing")
        connectycube_emulator.reset()
        assert ["mara", "jonas", "pat"] == logins(connectycube_emulator)

    @pytest.mark.connectycube(seed=None)
    def test_nothing(self, connectycube_emulator):
        assert [] == logins(connectycube_emulator)

@pytest.mark.connectycube(seed=None)
@pytest.mark.connectycube(seed=PAT)
def test_anew(connectycube_emulator):
    assert ["pat"] == logins(connectycube_emulator)

@pytest.mark.connectycube(seed=None)
@pytest.mark.connectycube(seed=Path(__file__).parent.parent / "data/everywhere.json")
def test_path(connectycube_emulator):
    assert ["mara"] == logins(connectycube_emulator)

@pytest.mark.anyio
@pytest.mark.connectycube(user="mara")
async def test_user(connectycube_client):
    session = await connectycube_client.create_session()
    assert ("Mara", 1001) == (session.user.full_name, session.user_id)
"""
    )
    done = folder.runpytest_inprocess("inner")

    done.assert_outcomes(passed=7)
    done.stdout.fnmatch_lines("connectycube: live service out of reach, seed everywhere.json")


@pytest.mark.parametrize(
    ("marker", "told"),
    [
        ("seed={'users': [{}]}", "the seed of this test: users[0]: needs a login or an email"),
        ("seed={'user': []}", "the seed of this test: *user*"),
        ("seed={'users': 7}", "the seed of this test: users: *"),
        ("seed='missing.json'", "the seed missing.json: No such file or directory: *missing.json"),
        ("sead={}", "the marker connectycube takes seed= and user=, no more"),
        ("{}", "the marker connectycube takes seed= and user=, no more"),
    ],
)
def test_a_wrong_seed_is_told_in_one_line(folder: pytest.Pytester, marker: str, told: str) -> None:
    """Where it is wrong, and no traceback of ours; the next test is none the worse."""
    done = run(
        folder,
        f"""
        import pytest

        @pytest.mark.connectycube({marker})
        def test_wrong(connectycube_emulator):
            pass

        def test_next(connectycube_emulator):
            assert [] == connectycube_emulator.world.users
        """,
    )

    done.assert_outcomes(errors=1, passed=1)
    done.stdout.fnmatch_lines(told.replace("[", "[[]"))
    assert "pytest_plugin.py" not in done.stdout.str()


# -- checks


def test_a_failed_check_points_into_the_test(folder: pytest.Pytester) -> None:
    """The story of what arrived, at the line of the test, without our own code."""
    done = run(
        folder,
        """
        import pytest

        @pytest.mark.anyio
        async def test_calls(anyio_backend_name, connectycube_client, connectycube_emulator):
            await connectycube_client.get_session()
            connectycube_emulator.calls("POST", "/session").times(2)

        @pytest.mark.anyio
        async def test_sees(connectycube_emulator):
            reader = await connectycube_emulator.actor("reader")
            await reader.sees("Hello", timeout=0.01)
        """,
    )

    done.assert_outcomes(failed=4)
    told = done.stdout.str()
    assert "> *connectycube_emulator.calls" in re.sub(r"> +", "> *", told)
    assert "E       AssertionError: expected 2 calls of POST /session, but there was 1" in told
    assert "E       The nearest other is 2. GET /session by tester:" in told
    assert "reader saw no 'Hello' within 0.01 s" in told
    assert "def times" not in told
    assert "def sees" not in told


# -- the live service


LIVE: Final = """
    import pytest
    from connectycube import ConnectyCube, InvalidInputError, NoRetry, TransportError

    # Nobody is there: the machine itself stands in for a proxy that could not be reached.
    @pytest.fixture(autouse=True)
    def proxy(monkeypatch):
        monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
        monkeypatch.setenv("NO_PROXY", "")

    def client():
        from connectycube import Httpx2Transport
        return ConnectyCube(1, "key", transport=Httpx2Transport(), retry=NoRetry(), timeout=20)

    @pytest.mark.anyio
    @pytest.mark.parametrize("anyio_backend", ["trio"])
    async def test_live(anyio_backend):
        await client().create_session()

    @pytest.mark.anyio
    @pytest.mark.parametrize("anyio_backend", ["trio"])
    @pytest.mark.connectycube_live
    async def test_marked(anyio_backend):
        with pytest.raises(TransportError):
            await client().create_session()
"""


@pytest.mark.parametrize(
    ("args", "ini", "said"),
    [([], "", None), (["-n", "1"], "", None), ([], "", "no")],
    ids=["by itself", "in a worker", "by the environment"],
)
def test_the_live_service_is_refused(
    folder: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
    args: list[str],
    ini: str,
    said: str | None,
) -> None:
    """Loudly, before anything is sent, and where a test says that it means it not at all."""
    told = live_run(folder, monkeypatch, args, ini, said)

    assert "InvalidInputError: POST /session: this leads to the live service" in told
    assert "connectycube.errors.ConnectError" not in told
    assert "connectycube: live service out of reach" in told


@pytest.mark.parametrize(
    ("args", "ini", "said"),
    [
        (["--connectycube-live"], "", None),
        (["--connectycube-live"], "", "no"),
        ([], "connectycube_live = true", None),
        ([], "", "yes"),
        (["-p", "no:connectycube", "-W", "ignore", "-o", "addopts="], "", None),
    ],
    ids=["option", "option first", "ini", "environment", "without the plugin"],
)
def test_the_live_service_is_reached_where_it_is_asked_for(
    folder: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
    args: list[str],
    ini: str,
    said: str | None,
) -> None:
    """By option, ini file or environment; or where the plugin is left out."""
    told = live_run(folder, monkeypatch, args, ini, said)

    assert "this leads to the live service" not in told
    assert "connectycube.errors.ConnectError" in told
    if "no:connectycube" not in args:
        assert "connectycube: live service WITHIN REACH" in told


def live_run(
    folder: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
    args: list[str],
    ini: str,
    said: str | None,
) -> str:
    """Return what a run says in which one test may not fail, and another cannot but do."""
    monkeypatch.delenv("CONNECTYCUBE_LIVE", raising=False)
    if said is not None:
        monkeypatch.setenv("CONNECTYCUBE_LIVE", said)
    folder.makeini(f"{INI}    {ini}\n")
    done = run(folder, LIVE, *args)
    done.assert_outcomes(passed=1, failed=1)
    return done.stdout.str()


# -- the plugin itself


def test_it_explains_itself(folder: pytest.Pytester) -> None:
    """In the help, among the markers and among the fixtures."""
    told = folder.runpytest_inprocess("--help").stdout.str()
    markers = folder.runpytest_inprocess("--markers").stdout.str()
    fixtures = folder.runpytest_inprocess("--fixtures").stdout.str()

    assert "tests against the emulator of ConnectyCube:" in told
    for name in ("--connectycube-live", "connectycube_live (bool)", "connectycube_seed (paths)"):
        assert name in told
    assert "@pytest.mark.connectycube(seed=None, user='tester'): what there is" in markers
    assert "@pytest.mark.connectycube_live: the test may reach the live service" in markers
    for name in ("server [session scope]", "emulator", "client", "environment"):
        assert f"connectycube_{name} -- " in fixtures
    assert "A client that reaches the emulator without a socket" in fixtures


def test_it_can_be_left_out(folder: pytest.Pytester) -> None:
    done = run(folder, "def test_it(connectycube_emulator): pass", "-p", "no:connectycube")

    done.assert_outcomes(errors=1)
    assert "fixture 'connectycube_emulator' not found" in done.stdout.str()
    assert "connectycube: live" not in done.stdout.str()


def test_each_worker_of_xdist_has_its_own_server(folder: pytest.Pytester) -> None:
    done = run(
        folder,
        """
        import os
        import pytest

        @pytest.mark.anyio
        @pytest.mark.parametrize("number", range(8))
        async def test_it(number, connectycube_emulator, connectycube_client):
            await connectycube_client.get_session()
            connectycube_emulator.calls("POST", "/session").once()
            with open(f"port-{os.environ['PYTEST_XDIST_WORKER']}", "a") as file:
                print(connectycube_emulator.port, file=file)
        """,
        "-n",
        "2",
    )

    done.assert_outcomes(passed=16)
    ports = [set(one.read_text().split()) for one in folder.path.glob("port-*")]
    assert [1, 1] == [len(one) for one in ports]
    assert 2 == len(set.union(*ports))


LOADED: Final = """
    import json, sys

    def pytest_sessionfinish(session):
        print("LOADED", json.dumps(sorted(sys.modules)))
"""


def loaded(folder: pytest.Pytester, *args: str) -> set[str]:
    folder.makeconftest(LOADED)
    folder.makepyfile("def test_it(): pass")
    done = folder.runpytest_subprocess("-s", *args, timeout=120)
    done.assert_outcomes(passed=1)
    found = re.search("LOADED (.*)", done.stdout.str())
    assert found is not None
    names: list[str] = json.loads(found[1])
    return set(names)


def test_a_run_that_does_not_use_it_loads_next_to_nothing(folder: pytest.Pytester) -> None:
    """The plugin and the packages around it, which load nothing else."""
    with_it = loaded(folder)
    without = loaded(folder, "-p", "no:connectycube")

    ours = {name for name in with_it if name.partition(".")[0] == "connectycube"}
    assert {
        "connectycube",
        "connectycube._version",
        "connectycube.testing",
        "connectycube.testing.pytest_plugin",
    } == ours
    assert set() == {name for name in without if name.partition(".")[0] == "connectycube"}
    assert set() == with_it - without - ours


def test_other_plugins_may_turn_warnings_into_errors(folder: pytest.Pytester) -> None:
    """Neither a server, nor clients, nor actors leave anything behind that would warn."""
    done = run(
        folder,
        """
        import gc
        import pytest

        @pytest.mark.anyio
        @pytest.mark.parametrize("fails", [False, True])
        async def test_it(fails, connectycube_emulator, connectycube_client):
            writer, reader = [await connectycube_emulator.actor(n) for n in ("writer", "reader")]
            await connectycube_client.get_session()
            await writer.send(reader, "Hello")
            assert not fails

        def test_nothing_is_left(connectycube_server):
            gc.collect()
            assert [] == connectycube_server.service.xmpp.sessions
        """,
        "-W",
        "error",
    )

    done.assert_outcomes(passed=3, failed=2)
    assert "Unraisable" not in done.stdout.str()
    assert "" == done.stderr.str()
