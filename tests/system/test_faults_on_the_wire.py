"""Each scripted fault as it shows on a plain socket: no client, and no HTTP library, between."""

import json
import time
import zlib
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from email.utils import parsedate_to_datetime

import pytest

from connectycube.emulator import Emulator, Fault

from .plain_line import KEYS, Line, pass_by, until_recorded

MEBIBYTE = 1024 * 1024


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def line(emulator: Emulator) -> Iterator[Line]:
    with closing(Line(emulator.port)) as line:
        yield line


def told(emulator: Emulator) -> list[tuple[str | None, bool]]:
    return [(one.fault, one.processed) for one in emulator.requests]


def test_no_fault_is_a_plain_answer(emulator: Emulator, line: Line) -> None:
    """What all the others differ from: 201, a length, and JSON of that length."""
    line.ask()
    status, fields, body = line.answer()

    assert (201, "application/json; charset=utf-8") == (status, fields["Content-Type"])
    assert [json.loads(body)["session"]["token"]] == [one.token for one in emulator.world.sessions]
    assert [(None, True)] == told(emulator)


def test_status(emulator: Emulator, line: Line) -> None:
    """A refusal with the body that the service has for it; the line stays open."""
    emulator.faults.status(403)
    line.ask()
    refused = line.answer()
    line.ask()

    assert (403, b'{"errors": {"base": ["Forbidden. Need user."]}}') == (refused[0], refused[2])
    assert 201 == line.answer()[0]
    assert [("status", False), (None, True)] == told(emulator)


@pytest.mark.parametrize(("retry_after", "told_as"), [(None, None), (7, "7")])
def test_rate_limit(
    emulator: Emulator, line: Line, retry_after: int | None, told_as: str | None
) -> None:
    """429, with or without the seconds to wait."""
    emulator.faults.rate_limit(retry_after)
    line.ask()
    status, fields, body = line.answer()

    assert (429, {"errors": ["Too many requests"]}) == (status, json.loads(body))
    assert told_as == fields.get("Retry-After")
    assert [("rate_limit", False)] == told(emulator)


def test_rate_limit_with_a_date(emulator: Emulator, line: Line) -> None:
    """The moment is told by the clock that also writes `Date`."""
    emulator.faults.rate_limit(7, as_date=True)
    line.ask()
    _, fields, _ = line.answer()

    sent, ends = (parsedate_to_datetime(fields[name]) for name in ("Date", "Retry-After"))
    assert timedelta(seconds=7) == ends - sent


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_redirect(emulator: Emulator, line: Line, code: int) -> None:
    """Any redirect may lead to another origin, and the service did nothing."""
    emulator.faults.redirect("http://127.0.0.1:1/elsewhere?a=b", code=code)
    line.ask()
    status, fields, body = line.answer()

    assert (code, "http://127.0.0.1:1/elsewhere?a=b", b"") == (status, fields["Location"], body)
    assert [("redirect", False)] == told(emulator)


@pytest.mark.parametrize("up_to", [None, 0.06])
def test_delay(emulator: Emulator, line: Line, up_to: float | None) -> None:
    """The answer is late by the time given at least; the service has worked at once."""
    emulator.faults.delay(0.05, up_to=up_to)
    began = time.monotonic()
    line.ask()
    status, _, _ = line.answer()

    assert 201 == status
    assert time.monotonic() - began >= 0.05
    assert [("delay", True)] == told(emulator)


def test_expire(emulator: Emulator, line: Line) -> None:
    """A session ends under the request that carries it."""
    token = emulator.world.open_session(None, ts=0).token
    emulator.faults.expire()
    line.ask(b"GET /session", b"", b"CB-Token: " + token.encode() + b"\r\n")

    assert 401 == line.answer()[0]
    assert [("expire", True)] == told(emulator)


def test_hang(emulator: Emulator, line: Line) -> None:
    """Not a byte comes, and nothing was done."""
    emulator.faults.hang()
    line.ask()
    until_recorded(emulator)
    pass_by(emulator)

    assert line.is_silent
    assert ([], [("hang", False)]) == (emulator.world.sessions, told(emulator))


@pytest.mark.parametrize("processed", [False, True])
def test_drop(*, emulator: Emulator, line: Line, processed: bool) -> None:
    """The body is waited for; then the line is reset, not closed, with or without the work done."""
    emulator.faults.drop(processed=processed)
    line.send(b"POST /session HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(KEYS))
    pass_by(emulator)
    assert line.is_silent
    line.send(KEYS)

    with pytest.raises(ConnectionResetError):
        line.rest()
    assert int(processed) == len(emulator.world.sessions)
    assert [("drop", processed)] == told(emulator)


def test_drop_before_the_body_was_read(emulator: Emulator, line: Line) -> None:
    """The head is enough to be reset: the body that it promises never has to come."""
    emulator.faults.drop(read=False)
    line.send(b"POST /session HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n")

    with pytest.raises(ConnectionResetError):
        line.rest()
    assert (0, [("drop", False)]) == (emulator.requests[0].size, told(emulator))


@pytest.mark.parametrize("at", [0.0, 0.5])
def test_cut(emulator: Emulator, line: Line, at: float) -> None:
    """The head promises more than comes before the line ends in order."""
    emulator.faults.cut(at=at)
    line.ask()
    status, fields = line.head()

    assert (201, int(int(fields["Content-Length"]) * at)) == (status, len(line.rest()))
    assert [("cut", True)] == told(emulator)


@pytest.mark.parametrize("at", [0.0, 0.5])
def test_stall(emulator: Emulator, line: Line, at: float) -> None:
    """Head and part of the body come, and then nothing, not even an end."""
    emulator.faults.stall(at=at)
    line.ask()
    status, fields = line.head()
    part = line.take(int(int(fields["Content-Length"]) * at))
    pass_by(emulator)

    assert line.is_silent
    assert (201, int(int(fields["Content-Length"]) * at)) == (status, len(part))
    assert ([("stall", True)], 1) == (told(emulator), len(emulator.world.sessions))


def test_stall_that_ends(emulator: Emulator, line: Line) -> None:
    """After its time the rest comes, and the whole is right."""
    emulator.faults.stall(seconds=0.05)
    began = time.monotonic()
    line.ask()

    assert "token" in json.loads(line.answer()[2])["session"]
    assert time.monotonic() - began >= 0.05


def test_drip(emulator: Emulator, line: Line) -> None:
    """The first piece comes alone where the next is far away."""
    emulator.faults.drip(3600, size=7)
    line.ask()
    line.head()
    piece = line.take(7)
    pass_by(emulator)

    assert (b'{"sessi', True) == (piece, line.is_silent)
    assert [("drip", True)] == told(emulator)


def test_drip_that_ends(emulator: Emulator, line: Line) -> None:
    """A whole body in pieces takes all the pauses between them, and is right."""
    emulator.faults.drip(0.01, size=50)
    began = time.monotonic()
    line.ask()
    _, fields, body = line.answer()

    assert "token" in json.loads(body)["session"]
    assert time.monotonic() - began >= 0.01 * (int(fields["Content-Length"]) // 50)


def test_garble(emulator: Emulator, line: Line) -> None:
    """The length is right, and the text is no UTF-8, or no JSON."""
    emulator.faults.script([Fault.garble(), Fault.garble(spoiled="json")])
    line.ask()
    _, _, first = line.answer()
    line.ask()
    _, _, second = line.answer()

    with pytest.raises(UnicodeDecodeError):
        first.decode()
    with pytest.raises(json.JSONDecodeError):
        json.loads(second.decode())
    assert [("garble", True)] * 2 == told(emulator)


def test_mistype(emulator: Emulator, line: Line) -> None:
    """The right body under a wrong name, or a page where JSON was due."""
    emulator.faults.mistype()
    emulator.faults.mistype("text/html", body="<html>Welcome</html>")
    line.ask()
    _, named, right = line.answer()
    line.ask()
    _, _, page = line.answer()

    assert ("text/html; charset=utf-8", True) == (named["Content-Type"], b"token" in right)
    assert b"<html>Welcome</html>" == page
    assert [("mistype", True)] * 2 == told(emulator)


@pytest.mark.parametrize("accepted", [b"", b"Accept-Encoding: gzip;q=0, *\r\n"])
def test_huge(emulator: Emulator, line: Line, accepted: bytes) -> None:
    """A body of exactly that size, plain for those who do not take gzip."""
    emulator.faults.huge(3, gzip=bool(accepted), status=500)
    line.ask(more=accepted)
    status, fields, body = line.answer()

    assert (500, str(3 * MEBIBYTE), None) == (
        status,
        fields["Content-Length"],
        fields.get("Content-Encoding"),
    )
    assert 3 * MEBIBYTE == len(body) == len(json.loads(body)) + 2


def test_huge_in_gzip(emulator: Emulator, line: Line) -> None:
    """Few bytes without a stated length unfold to many."""
    emulator.faults.huge(8, gzip=True)
    line.ask(more=b"Accept-Encoding: deflate, GZIP;q=0.5\r\n")
    status, fields = line.head()
    packed = line.chunked()

    assert (200, "gzip", "chunked") == (
        status,
        fields["Content-Encoding"],
        fields["Transfer-Encoding"],
    )
    assert 8 * MEBIBYTE == len(zlib.decompress(packed, wbits=31))
    assert len(packed) < 8 * MEBIBYTE / 500


def test_huge_for_somebody_who_leaves(emulator: Emulator) -> None:
    """Who hangs up inside the flood, and who only asks for the head, leaves the server well."""
    emulator.faults.huge(1024)
    emulator.faults.huge(1024)
    with closing(Line(emulator.port)) as line:
        line.ask()
        line.head()
        line.take(1000)
    with closing(Line(emulator.port)) as line:
        line.ask(b"HEAD /session", b"")
        assert str(1024 * MEBIBYTE) == line.head()[1]["Content-Length"]
        line.ask()
        assert 201 == line.answer()[0]


def test_compressed_answers(emulator: Emulator, line: Line) -> None:
    """With the setting, whoever accepts it gets gzip of the right length, nobody else does."""
    emulator.settings.compress = True
    line.ask(more=b"Accept-Encoding: gzip, deflate\r\n")
    _, fields, packed = line.answer()
    line.ask(more=b"Accept-Encoding: identity\r\n")
    _, plain_fields, plain = line.answer()

    assert ("gzip", "Accept-Encoding") == (fields["Content-Encoding"], fields["Vary"])
    assert "token" in json.loads(zlib.decompress(packed, wbits=31))["session"]
    assert ("token" in json.loads(plain)["session"], "Content-Encoding" in plain_fields) == (
        True,
        False,
    )


def test_faults_of_the_store(emulator: Emulator) -> None:
    """The object store's own port meets them as well, also before a large form is read."""
    emulator.faults.drop(origin="store", read=False)
    emulator.faults.huge(1, origin="store")
    port = int(emulator.store_url.rpartition(":")[2])
    with closing(Line(port)) as line:
        line.send(b"POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            line.rest()
    with closing(Line(port)) as line:
        line.ask(b"GET /b/k", b"")
        assert MEBIBYTE == len(line.answer()[2])

    assert [("drop", False), ("huge", False)] == [
        (one.fault, one.processed) for one in emulator.store_requests
    ]


def test_faults_of_one_session_over_http(line: Line) -> None:
    """A program in another language scripts who meets what, and is told what became of it."""
    script = {
        "kind": "script",
        "session": "canary-b",
        "steps": [{"kind": "status", "code": 503}, None, {"kind": "rate_limit", "retry_after": 1}],
    }
    line.ask(b"POST /_emulator/faults", json.dumps(script).encode())
    assert 200 == line.answer()[0]
    statuses = []
    for token in (b"a", b"b", b"b", b"a", b"b", b"b"):
        line.ask(b"GET /session", b"", b"CB-Token: canary-" + token + b"\r\n")
        statuses.append(line.answer()[0])
    line.ask(b"GET /_emulator/requests", b"")
    records = json.loads(line.answer()[2])

    assert [401, 503, 401, 401, 429, 401] == statuses
    assert [None, "status", None, None, "rate_limit", None] == [one["fault"] for one in records]


@pytest.mark.parametrize("fault", [Fault.hang(), Fault.stall(), Fault.drip(3600)])
def test_stop_ends_every_wait(fault: Fault) -> None:
    """A stopping emulator resets the lines that still wait."""
    emulator = Emulator().start()
    emulator.faults.script([fault])
    with closing(Line(emulator.port)) as line:
        line.ask()
        until_recorded(emulator)
        emulator.stop()
        with pytest.raises(ConnectionResetError):
            line.rest()
