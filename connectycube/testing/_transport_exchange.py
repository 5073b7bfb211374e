"""Promises of a transport about what goes out and what comes in."""

import zlib
from typing import Final

import anyio

from connectycube.http import Headers
from connectycube.testing._transport_stage import (
    WAYS_TO_READ,
    Make,
    Pieces,
    asking,
    fetched,
    uploading,
    using,
)
from connectycube.testing.promise import promise
from connectycube.testing.raw_server import OK, Answering, Line

_TARGETS: Final = (
    "/?x",
    "/a%2Fb/%7E~/%c3%A9?x",
    "/a,b/..%2F?x",
    "/a/../b/./c?x",
    "/x?id[in][]=1&id[in][]=2",
    "/x?q=%2C%20%2B+&empty=&q=%5Bgt%5D",
)
# What HTTP demands, and what a library may be unable to leave out.
_MAY_BE_ADDED: Final = frozenset({"accept", "connection", "content-length", "host", "user-agent"})
_SIZES: Final = (0, 1, 70_000, 3_000_000)
_AT_ONCE: Final = 50


async def methods_and_addresses_go_out_as_given(make: Make) -> None:
    talk = Answering()
    async with using(make, talk) as (server, transport):
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            for target in _TARGETS:
                await fetched(transport, asking(server.url + target, method))
                sent = talk.requests[-1].partition(b"\r\n")[0].decode()
                promise(
                    sent == f"{method} {target} HTTP/1.1",
                    f"method, path and query go out as given: {method} {target} became {sent}",
                )


async def headers_go_out_as_given(make: Make) -> None:
    given = {"CB-Token": "a token", "cb-SDK": "Python 1", "Content-Type": "application/json"}
    talk = Answering()
    async with using(make, talk) as (server, transport):
        await fetched(transport, asking(server.url, "PUT", headers=Headers(given), body=b"{}"))
        await fetched(transport, asking(server.url, "POST"))
    lines = talk.requests[0].partition(b"\r\n\r\n")[0].decode().split("\r\n")
    for name, value in given.items():
        promise(
            lines.count(f"{name}: {value}") == 1,
            f"each header goes out once, spelled as given; not so {name}",
        )
    names = {line.partition(":")[0].lower() for sent in talk.requests for line in _fields(sent)}
    added = names - {name.lower() for name in given} - _MAY_BE_ADDED
    promise(not added, f"no header is added but what HTTP demands, such as {sorted(added)}")
    promise(
        b"content-type" not in talk.requests[1].lower(), "a request without a body describes none"
    )


def _fields(sent: bytes) -> list[str]:
    return sent.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]


async def bodies_of_any_size_are_whole(make: Make) -> None:
    for size in _SIZES:
        body = b"x" * size
        talk = Answering(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (size, body))
        async with using(make, talk) as (server, transport):
            told = await fetched(transport, asking(server.url, "POST", body=body))
        sent = talk.requests[0].partition(b"\r\n\r\n")[2]
        promise(sent == body, f"a body of bytes goes out whole: {len(sent)} of {size} came")
        promise(told == (200, body), f"a body comes in whole: {len(told[1])} of {size} came")


async def bodies_in_pieces_go_out_whole_and_again(make: Make) -> None:
    talk = Answering()
    async with using(make, talk) as (server, transport):
        request = uploading(server.url, Pieces(b"one", b"two" * 100_000, b"three"))
        for _ in range(2):
            await fetched(transport, request)
    promise(len(talk.requests) == 2, "a Body can be sent again")  # noqa: PLR2004 - again
    for sent in talk.requests:
        head, _, body = sent.partition(b"\r\n\r\n")
        promise(
            body == b"one" + b"two" * 100_000 + b"three",
            "a Body goes out whole, from its start each time",
        )
        promise(
            head.lower().count(b"content-length: 300008") == 1
            and b"transfer-encoding" not in head.lower(),
            "a Body goes out with its Content-Length, told once",
        )


async def an_answer_is_given_as_it_is(make: Make) -> None:
    for status in (200, 201, 400, 401, 404, 422, 429, 500, 503):
        answer = b"HTTP/1.1 %d X\r\nContent-Length: 2\r\nRetry-After: 7\r\n\r\nno" % status
        async with using(make, Answering(answer)) as (server, transport):
            response = await transport.send(asking(server.url))
            told = response.status, await response.read()
            found = [response.headers.get(name) for name in ("Retry-After", "retry-aFTER")]
            await response.aclose()
        promise(told == (status, b"no"), f"an answer is given whatever its status: {status}")
        promise(found == ["7", "7"], f"headers are found in any case: {found}")


async def bodies_come_in_raw(make: Make) -> None:
    squeezed = zlib.compress(b"plain" * 100)
    for encoding, body in ((b"deflate", squeezed), (b"gzip", b"not gzip at all")):
        answer = b"HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nContent-Length: %d\r\n\r\n%s"
        talk = Answering(answer % (encoding, len(body), body))
        async with using(make, talk) as (server, transport):
            for read in WAYS_TO_READ:
                response = await transport.send(asking(server.url))
                told = await read(response)
                encodings = response.headers.get("content-encoding")
                await response.aclose()
                promise(told == body, "bodies come as they were on the line, encoded or not")
                promise(encodings == encoding.decode(), "an encoded body keeps its header")


async def the_head_comes_before_the_body(make: Make) -> None:
    rest = anyio.Event()

    async def talk(line: Line) -> None:
        await line.request()
        await line.say(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\none")
        await rest.wait()
        await line.say(b"two")
        await line.gone()

    async with using(make, talk) as (server, transport):
        response = await transport.send(asking(server.url))
        chunks = response.iter_bytes()
        first = b""
        with anyio.move_on_after(make.patience):
            first = await anext(chunks)
        promise(first == b"one", "a body comes in chunks as they arrive")
        rest.set()
        others = [chunk async for chunk in chunks]
        await response.aclose()
    promise(b"".join(others) == b"two", "the chunks of a body are the whole of it")


async def redirects_are_not_followed(make: Make) -> None:
    for status in (301, 302, 303, 307, 308):
        talk = Answering(
            b"HTTP/1.1 %d X\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n" % status
        )
        async with using(make, talk) as (server, transport):
            told = await fetched(transport, asking(server.url))
        promise(
            (told[0], len(talk.requests)) == (status, 1),
            f"a redirect is an answer, and not followed: {status}",
        )


async def cookies_are_not_kept(make: Make) -> None:
    talk = Answering(OK.replace(b"\r\n", b"\r\nSet-Cookie: a=b; Path=/\r\n", 1))
    async with using(make, talk) as (server, transport):
        for _ in range(2):
            await fetched(transport, asking(server.url.replace("127.0.0.1", "localhost")))
            await fetched(transport, asking(server.url))
    sent = b"".join(talk.requests).lower()
    promise(b"cookie" not in sent, "cookies are not kept: many users share a transport")


async def answers_at_once_are_not_mixed_up(make: Make) -> None:
    async def echo(line: Line) -> None:
        while True:
            path = (await line.request()).split(b" ")[1]
            await line.say(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(path), path))

    told: dict[str, bytes] = {}
    async with using(make, echo) as (server, transport):

        async def ask(path: str) -> None:
            told[path] = (await fetched(transport, asking(server.url + path)))[1]

        async with anyio.create_task_group() as tasks:
            for number in range(_AT_ONCE):
                tasks.start_soon(ask, f"/{number}?x")
    promise(
        all(path.encode() == answer for path, answer in told.items()),
        f"{_AT_ONCE} requests at once get each its own answer",
    )


EXCHANGE: Final = (
    methods_and_addresses_go_out_as_given,
    headers_go_out_as_given,
    bodies_of_any_size_are_whole,
    bodies_in_pieces_go_out_whole_and_again,
    an_answer_is_given_as_it_is,
    bodies_come_in_raw,
    the_head_comes_before_the_body,
    redirects_are_not_followed,
    cookies_are_not_kept,
    answers_at_once_are_not_mixed_up,
)
