"""Whatever an answer looks like, a call comes to a value or to an error of our own tree."""

import gzip
import json
import pkgutil
import random
import re
import zlib
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import anyio
import pytest
from trio.testing import MockClock

from connectycube import Backoff, ConnectyCube, ConnectyCubeError, LoginPassword, Session, api
from connectycube.auth import endpoints as session_calls
from connectycube.endpoint import Endpoint
from connectycube.http import Request
from connectycube.testing import Reply, ScriptedTransport

SEEDS: Final = [
    *range(20),
    *(pytest.param(seed, marks=pytest.mark.long) for seed in range(20, 200)),
]
CALLS_OF_A_SEED: Final = 200
RESOURCES: Final = [
    import_module(f"{api.__name__}.{one.name}") for one in pkgutil.iter_modules(api.__path__)
]
ENDPOINTS: Final[list[Endpoint[Any]]] = [
    endpoint
    for module in (session_calls, *RESOURCES)
    for endpoint in vars(module).values()
    if isinstance(endpoint, Endpoint)
]
RECORDED: Final = [
    json.loads(path.read_text())
    for path in sorted((Path(__file__).parents[1] / "wire").glob("*.json"))
]
SAMPLES: Final = [one["body"] for one in RECORDED]
# The recorded answers of each call.
FITTING: Final = {
    endpoint.label: [
        one["body"]
        for one in RECORDED
        if one.get("request", {}).get("method") == endpoint.method
        and re.fullmatch(re.sub(r"\{\w+\}", r"\\w+", endpoint.path), one["request"]["path"])
    ]
    for endpoint in ENDPOINTS
}
SESSION: Final = {"session": {"id": 1, "token": "canary-t", "user_id": 7}}
BOMB: Final = gzip.compress(bytes(17 * 1024 * 1024), 1)
ODD_VALUES: Final[list[Any]] = [
    *(None, True, False, 0, -1, 0.5, -0.0, 1e308, 2**31, 2**63 - 1, 2**64, 10**400),
    *(float("nan"), float("inf"), "", " ", "0", "-", "--1", "9" * 5000, "٣", "1e9", "NaN", "\x00"),
    *("errors", "\ud800", "a" * 10_000, "0001-01-01", "9999-12-31T23:59:59Z", "2024-13-01"),
    *("2024-06-10T09:05:09+99:99", "http://[", [], {}, [[]], [None], {"": None}, {"errors": []}),
    *({"errors": None}, {"errors": {"base": {"a": [1]}}}, {"errors": {"base": "x"}}),
    *({"errors": {"base": ["Required session does not exist"]}}, ["Token is required"]),
]
ODD_BODIES: Final = [
    *(b"", b" ", b"\r\n", b"\x00", b"null", b"{}", b"[]", b"0", b'""', b"{", b"]", b"'", b"\xff"),
    *(
        b"\xef\xbb\xbf{}",
        b"\xff\xfe{\x00}\x00",
        b"\x00{\x00}",
        b'{"user":"\xff\xfe"}',
        b"\xed\xa0\x80",
    ),
    *(
        b"NaN",
        b'{"count":NaN}',
        b'{"count":-Infinity}',
        b'{"count":1e999}',
        b'{"count":1,"count":[]}',
    ),
    *(b'{"user":{"id":1,"id":"x"},"user":null}', b'{"count":' + b"9" * 5000 + b"}"),
    *(b"[" * 100_000, b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 100_000, b'{"errors":' * 1000),
    b"<html><title>502</title>" + b"<title" * 2000,
    b"<Error><Code>AccessDenied</Code>" + b"<Message>" * 2000,
    *(b'{"errors":' + b"[" * deep + b"]" * deep + b"}" for deep in (100, 300, 500, 900, 1000)),
    *(b'{"errors":' + b'{"a":' * deep + b"1" + b"}" * (deep + 1) for deep in (300, 900, 1000)),
    *(b'{"user":{"id":1,"x":' + b"[" * deep + b"]" * deep + b"}}" for deep in (300, 900, 1000)),
    *(b'{"user":' + b"[" * deep + b"]" * deep + b"}" for deep in (300, 900)),
]
ENCODINGS: Final = [
    *("gzip", "GZIP", "x-gzip", "deflate", "br", "zstd", "compress", "identity", ""),
    *("gzip, gzip", "gzip, identity", " gzip ", "*", "utf-8", "\x00", "g" * 5000),
]
ODD_HEADERS: Final = {
    "Retry-After": [
        *("0", "1", "-1", "9e999", "1e3", "9" * 400, "1" * 5000, "٣", "", "soon", "\x00", "0x10"),
        "Mon, 10 Jun 2024 09:05:39 GMT",
        "Mon, 10 Jun 0001 09:05:39 GMT",
        "Fri, 31 Dec 9999 23:59:59 -2359",
        "Mon, 10 Jun 99999999999999999999 09:05:39 GMT",
        "Mon, 10 Jun 2024 09:05:39 +99999999999999999999",
        "Mon, 99 Jun 2024 99:99:99 GMT",
    ],
    "Date": [
        "Mon, 10 Jun 2024 09:05:09 GMT",
        "Mon, 01 Jan 0001 00:00:00 +2359",
        "Mon, 10 Jun 2024 09:05:09 -0000",
        "Mon, 10 Jun 99999999999999999999 09:05:39 GMT",
        *("", " ", ",", "yesterday", "2024-06-10", ":" * 500, "\x00"),
    ],
    "CB-Token-ExpirationDate": [
        "2024-06-10 11:05:09 UTC",
        "9999-12-31 23:59:59 UTC",
        "0001-01-01 00:00:00 UTC",
        "2024-06-10T11:05:09+99:99",
        "99999-06-10 11:05:09 UTC",
        *("", "UTC", "now", "0", "9" * 5000, "2024-02-30 00:00:00 UTC", "\x00"),
    ],
    "Content-Length": [
        "0",
        "1",
        "-1",
        "9" * 30,
        "9" * 5000,
        "16777217",
        "٣",
        "x",
        "",
        "1, 1",
        "1.5",
    ],
    "Content-Type": ["application/json; charset=utf-16", "text/html; charset=nonsense", "", "/"],
    "Content-Range": ["bytes 0-1/2", "x"],
    "Transfer-Encoding": ["chunked", "gzip"],
    "Location": [
        *("", "/", "//", "https://", "https://[", "http://a:99999/", "\x00", "https://a/%", "?"),
        *("https://store.example/x", "//store.example/" + "x" * 5000, "https://" + "a." * 5000),
    ],
    "Set-Cookie": ["a=b; Domain=.example"],
}


class Chance:
    """Makes answers; the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - chance, not secrecy

    def reply(self, label: str) -> Reply:
        chance = self._random
        status = chance.choice(
            [200, 200, 201, 401, 422, 429, 503, 301, chance.randrange(100, 1000)]
        )
        headers = {
            name: chance.choice(values)
            for name, values in ODD_HEADERS.items()
            if chance.random() < 0.25
        }
        samples = chance.choice([FITTING.get(label), SAMPLES]) or SAMPLES
        sample = chance.choice(samples)
        kinds = [self._noise, self._odd, *[self._mutant] * 4, self._broken]
        body = chance.choice(kinds)(sample)
        if chance.random() < 0.15:
            headers["Content-Encoding"], body = self._packed(body)
        return Reply(status, body, headers=headers)

    def pick(
        self, options: list[Callable[[], Awaitable[object]]]
    ) -> Callable[[], Awaitable[object]]:
        return self._random.choice(options)

    def _noise(self, _: Any) -> bytes:
        return self._random.randbytes(self._random.randrange(64))

    def _odd(self, _: Any) -> bytes:
        return self._random.choice(ODD_BODIES)

    def _mutant(self, sample: Any) -> bytes:
        """Give a real answer in which some values are others."""
        charset = self._random.choice([*["utf-8"] * 9, "utf-16"])
        return json.dumps(self._mutated(sample)).encode(charset)

    def _mutated(self, value: Any) -> Any:
        chance = self._random
        if chance.random() < 0.04:
            return chance.choice([*ODD_VALUES, *SAMPLES])
        if isinstance(value, dict):
            return {
                name: self._mutated(one) for name, one in value.items() if chance.random() > 0.02
            }
        if isinstance(value, list):
            return [self._mutated(one) for one in value] * chance.choice([1, 1, 1, 0, 3])
        return value

    def _broken(self, sample: Any) -> bytes:
        """Give a real answer of which some bytes are others, or are missing."""
        body = bytearray(json.dumps(sample).encode())
        for _ in range(self._random.randrange(1, 5)):
            body[self._random.randrange(len(body))] = self._random.randrange(256)
        return bytes(body[: self._random.randrange(1, 2 * len(body))])

    def _packed(self, body: bytes) -> tuple[str, bytes]:
        """Give an encoding, and a body that has it, or another, or not quite."""
        if self._random.random() < 0.02:
            return "gzip", BOMB
        packed = self._random.choice(
            [
                gzip.compress(body, 1, mtime=0),
                zlib.compress(body, 1),
                zlib.compress(body, 1)[2:-4],
                gzip.compress(body, 1, mtime=0)[:-3],
                gzip.compress(body, 1, mtime=0)[:9],
                gzip.compress(body, 1, mtime=0) + b"more",
                gzip.compress(body, 1, mtime=0) * 2,
                b"\x1f\x8b" + body,
                body,
            ]
        )
        return self._random.choice(ENCODINGS), packed


def client(transport: ScriptedTransport) -> ConnectyCube:
    """Return a client with a session."""
    cube = ConnectyCube(
        21,
        "canary-key",
        auth=LoginPassword("mar", "canary-of-mar"),
        transport=transport,
        retry=Backoff(attempts=2),
    )
    cube.set_session(Session.from_token("canary-t", user_id=7))
    return cube


def calls(cube: ConnectyCube) -> Iterator[Callable[[], Awaitable[object]]]:
    """Give every call of the package, by its endpoint, and what does more than one."""
    auth = LoginPassword("mar", "canary-of-mar")
    for endpoint in ENDPOINTS:
        body = {"login": "mar"} if endpoint.method in ("POST", "PUT") else None
        ids = dict.fromkeys(re.findall(r"\{(\w+)\}", endpoint.path), 7)
        yield partial(cube.call, endpoint, path=ids, body=body)
    yield from (lambda: cube.create_session(auth), cube.get_session, lambda: cube.login(auth))
    yield from (cube.logout, cube.destroy_session, cube.users.delete)
    yield lambda: cube.storage.download("abc")
    yield lambda: cube.storage.upload(b"content", name="a.bin")
    yield lambda: cube.users.reset_password("mar@example.com")
    yield lambda: cube.users.set_avatar(b"content", name="a.png")


class Play:
    """Makes calls to a service out of its mind, and counts what they come to."""

    def __init__(self, seed: int) -> None:
        self.chance = Chance(seed)
        self.transport = ScriptedTransport(self.answer)
        self.outcomes: Counter[str] = Counter()
        self.last: list[Reply] = []

    def answer(self, request: Request) -> Reply:
        # Mostly there is a session, and a place to upload to: else little else would be seen.
        reply = self.chance.reply(request.label)
        if request.label == "POST /session" and len(self.last) % 3:
            reply = Reply(201, SESSION)
        if request.label == "POST /blobs" and len(self.last) % 3:
            access = {"params": "https://store.example/x?a=b"}
            reply = Reply(201, {"blob": {"id": 3, "uid": "a", "blob_object_access": access}})
        self.last.append(reply)
        return reply

    async def one(self) -> None:
        """Make one call as a new client; the time of its limits passes at once."""
        cube = client(self.transport)
        call = self.chance.pick(list(calls(cube)))
        self.last.clear()
        try:
            await call()
            self.outcomes["value"] += 1
        except ConnectyCubeError as error:
            self.outcomes[type(error).__name__] += 1
        # What the answer said of the session must be bearable too.
        assert cube.session is None or cube.session.token

    async def many(self) -> None:
        for _ in range(CALLS_OF_A_SEED):
            try:
                await self.one()
            except BaseException as error:
                told = [(one.status, one.headers, one.body) for one in self.last]
                error.add_note(f"after {told}"[:2000])
                raise


def played(play: Callable[[], Awaitable[None]]) -> None:
    """Run in virtual time, where every pause is over at once."""
    anyio.run(play, backend="trio", backend_options={"clock": MockClock(autojump_threshold=0)})


@pytest.mark.parametrize("seed", SEEDS)
def test_any_answer_is_a_value_or_an_error_of_ours(
    seed: int, check_canary: Callable[[], None]
) -> None:
    """Ten thousand calls; none hangs, and none leaves an answer open."""
    play = Play(seed)

    played(play.many)

    check_canary()
    assert CALLS_OF_A_SEED == play.outcomes.total()
    assert 0 == play.transport.open_responses
    # Both ends of the scale occur, so the answers are neither all nonsense nor all fine.
    assert play.outcomes["value"] > 0
    assert len(play.outcomes) > 5


@pytest.mark.parametrize("date", ODD_HEADERS["Date"])
@pytest.mark.parametrize(
    ("status", "name"), [(200, "CB-Token-ExpirationDate"), (503, "Retry-After")]
)
def test_any_two_dates_can_be_compared(date: str, status: int, name: str) -> None:
    """Each date of the answer with each moment that is counted from it."""

    async def go() -> None:
        for value in ODD_HEADERS[name]:
            reply = Reply(status, SESSION, headers={"Date": date, name: value})
            cube = client(ScriptedTransport([reply] * 2))
            with suppress(ConnectyCubeError):
                await cube.get_session()
            assert cube.session is not None, value

    played(go)
