"""Promises of a transport about what goes wrong, and about what it keeps to itself."""

import socket
from contextlib import suppress
from typing import Final

from connectycube.errors import ClosedError, ConnectError, TransportError
from connectycube.http import Response, Transport
from connectycube.testing._transport_stage import (
    SECRET,
    WAYS_TO_READ,
    Make,
    Pieces,
    asking,
    check_no_answer,
    failure_of,
    fetched,
    uploading,
    using,
)
from connectycube.testing.promise import promise
from connectycube.testing.raw_server import OK, Answering, Line, Talk

_METHODS: Final = ("GET", "HEAD", "PUT", "DELETE", "POST")
_CUTS: Final = (
    b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
    b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhalf",
)


async def reset(line: Line) -> None:
    await line.request()
    await line.reset()


async def hang_up(line: Line) -> None:
    await line.request()


def saying(text: bytes) -> Talk:
    async def talk(line: Line) -> None:
        await line.request()
        await line.say(text)

    return talk


_NO_ANSWERS: Final[dict[str, Talk]] = {
    "a connection that is reset": reset,
    "a connection that is closed": hang_up,
    "a head that is cut": saying(b"HTTP/1.1 200 OK\r\nContent-Le"),
    "what is not HTTP": saying(b"\x00\x01 not HTTP\r\n\r\n"),
    "another protocol": saying(b"220 mail.example.org ESMTP\r\n"),
    "a length that is none": saying(b"HTTP/1.1 200 OK\r\nContent-Length: some\r\n\r\n"),
}


async def where_nobody_listens_nothing_was_sent(make: Make) -> None:
    with socket.socket() as taken:
        # Bound, so that nobody else gets the port meanwhile, but it does not listen.
        taken.bind(("127.0.0.1", 0))
        await _is_refused(make, taken.getsockname()[1])


async def _is_refused(make: Make, port: int) -> None:
    async with using(make, Answering()) as (_, transport):
        for scheme in ("http", "https"):
            for method, body in (("GET", None), ("POST", b"{}")):
                request = asking(f"{scheme}://127.0.0.1:{port}/", method, body=body)
                error = await failure_of(transport, request, "a refused connection raises")
                promise(
                    isinstance(error, ConnectError),
                    f"a refused connection is a ConnectError, not {type(error).__name__}",
                )
                _check_silent(transport, None, error)


async def what_was_sent_has_no_known_effect(make: Make) -> None:
    for what, talk in _NO_ANSWERS.items():
        for method in _METHODS:
            async with using(make, talk) as (server, transport):
                error = await failure_of(transport, asking(server.url, method), f"{what} raises")
                check_no_answer(error, f"{what} after the request was read")
                _check_silent(transport, None, error)
                promise(server.connections == 1, f"nothing is repeated, as here {method}")


async def a_cut_body_is_never_whole(make: Make) -> None:
    for cut in _CUTS:
        for read in WAYS_TO_READ:
            async with using(make, saying(cut)) as (server, transport):
                try:
                    response = await transport.send(asking(server.url))
                except Exception as error:  # noqa: BLE001 - judged below
                    check_no_answer(error, "a body that is cut")
                    continue
                try:
                    told = await read(response)
                except Exception as error:  # noqa: BLE001 - judged below
                    check_no_answer(error, "a body that is cut")
                    _check_silent(transport, response, error)
                else:
                    promise(holds=False, what=f"a cut body never passes for a whole one: {told!r}")
                finally:
                    await response.aclose()


async def a_stale_connection_is_no_reason_to_repeat(make: Make) -> None:
    for method in _METHODS:
        requests: list[bytes] = []

        async def talk(line: Line, requests: list[bytes] = requests) -> None:
            while True:
                requests.append(await line.request())
                if len(requests) > 1:
                    return
                await line.say(OK)

        async with using(make, talk) as (server, transport):
            await fetched(transport, asking(server.url))
            what = "a kept connection that dies under a request"
            error = await failure_of(transport, asking(server.url, method), f"{what} raises")
            check_no_answer(error, what)
        promise(
            len(requests) == 2,  # noqa: PLR2004 - two were asked for
            f"nothing is repeated, not on a kept connection either: {method}",
        )


async def a_connection_closed_while_idle_loses_nothing(make: Make) -> None:
    requests: list[bytes] = []

    async def talk(line: Line) -> None:
        requests.append(await line.request())
        await line.say(OK)

    async with using(make, talk) as (server, transport):
        for number in range(1, 4):
            before = len(requests)
            with suppress(TransportError):  # where it noticed too late, it says so
                await fetched(transport, asking(f"{server.url}/{number}"))
            await server.until(lambda: server.open == 0)
            promise(
                len(requests) - before <= 1,
                "a request is sent once, also after its connection was closed while idle",
            )
    promise(len(requests) > 0, "a first request is sent")


async def a_body_that_breaks_ends_its_request(make: Make) -> None:
    talk = Answering()
    for error in (OSError("the disk is gone"), KeyError("a bug")):
        body = Pieces(b"half", error=error)
        async with using(make, talk) as (server, transport):
            what = "a Body that raises ends its request"
            failure = await failure_of(transport, uploading(server.url, body), what)
            _check_silent(transport, None, failure)
            promise(
                await server.until(lambda server=server: server.open == 0),  # type: ignore[misc]
                f"{what}: the connection serves nobody else",
            )
            await fetched(transport, asking(server.url))
    promise(
        all(sent.startswith(b"GET") for sent in talk.requests),
        "a Body that raises is never sent as if it were whole",
    )


async def closing_an_answer_frees_its_connection(make: Make) -> None:
    async def talk(line: Line) -> None:
        await line.request()
        await line.say(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
        await line.gone()

    async with using(make, talk) as (server, transport):
        for is_begun in (False, True):
            response = await transport.send(asking(server.url))
            if is_begun:
                await anext(response.iter_bytes())
            await response.aclose()
            promise(
                await server.until(lambda: server.open == 0),
                "closing an answer frees its connection, read or not",
            )


async def an_answer_may_be_closed_twice(make: Make) -> None:
    talk = Answering(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody")
    async with using(make, talk) as (server, transport):
        for is_read in (True, False, True):
            response = await transport.send(asking(server.url))
            if is_read:
                told = await response.read()
                promise(told == b"body", "what an earlier answer left unread is nobody else's")
            for _ in range(2):
                await response.aclose()


async def closing_closes_every_connection(make: Make) -> None:
    async with using(make, Answering()) as (server, transport):
        await fetched(transport, asking(server.url))
        await transport.aclose()
        await transport.aclose()
        promise(
            await server.until(lambda: server.open == 0), "aclose() closes every idle connection"
        )


async def a_closed_transport_says_so(make: Make) -> None:
    for uses in range(2):
        async with using(make, Answering()) as (server, transport):
            for _ in range(uses):
                await fetched(transport, asking(server.url))
            await transport.aclose()
            what = "send() after aclose() is a ClosedError"
            error = await failure_of(transport, asking(server.url), what)
            promise(
                isinstance(error, ClosedError),
                f"{what}: it was {type(error).__name__}",
            )


async def secrets_are_not_shown(make: Make) -> None:
    async with using(make, Answering()) as (server, transport):
        response = await transport.send(asking(server.url))
        await response.read()
        _check_silent(transport, response, None)
        await response.aclose()


def _check_silent(
    transport: Transport, response: Response | None, error: BaseException | None
) -> None:
    """Check that a request's token is in no repr, and in no error that a log would show."""
    told = [repr(transport), repr(response)]
    while error is not None:
        told += [repr(error), str(error), *getattr(error, "__notes__", [])]
        hidden = error.__suppress_context__
        error = error.__cause__ or (None if hidden else error.__context__)
    promise(
        not any(SECRET in text for text in told),
        "no repr and no error, nor its cause, shows the request's URL or headers",
    )


FAILURES: Final = (
    where_nobody_listens_nothing_was_sent,
    what_was_sent_has_no_known_effect,
    a_cut_body_is_never_whole,
    a_stale_connection_is_no_reason_to_repeat,
    a_connection_closed_while_idle_loses_nothing,
    a_body_that_breaks_ends_its_request,
    closing_an_answer_frees_its_connection,
    an_answer_may_be_closed_twice,
    closing_closes_every_connection,
    a_closed_transport_says_so,
    secrets_are_not_shown,
)
