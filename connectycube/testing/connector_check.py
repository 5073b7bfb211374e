"""Does a connector keep its Protocol's promises?"""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final, TypeAlias

import anyio
import anyio.lowlevel
import attrs

from connectycube.errors import ConnectError, StreamClosedError
from connectycube.frames import ChatAddress, Connector, FrameStream
from connectycube.testing._chat_peer import ChatServer, Peer, Talk, serving
from connectycube.testing.promise import promise
from connectycube.testing.raw_server import PATIENCE, RawServer

_LONGEST: Final = 30.0  # for one promise
_CLOSING: Final = 5.0
_SECRET: Final = "canary-password"  # noqa: S105 - nobody's
_NS: Final = "xmlns='jabber:client'"
_TEXTS: Final = (
    f"<message {_NS} id='1'><body>first &amp; &lt;</body></message>",
    f"<presence {_NS}/>",
    f"<message {_NS} id='2'><body>Žluťoučký 🐎 /&gt;</body></message>",
    "<r xmlns='urn:xmpp:sm:3'/>",
    f"<message {_NS} id='3'><body>{'long ' * 40_000}</body></message>",
)


@attrs.frozen
class _Make:
    """Gives new connectors; `patience` is what one may take for what it should do at once."""

    new: Callable[[], Connector]
    patience: float


_Check: TypeAlias = Callable[[_Make], Awaitable[None]]


async def check_connector(make: Callable[[], Connector], *, patience: float = PATIENCE) -> None:
    """
    Check a connector against a server on this machine, over TCP or WebSockets as it likes.

    What cannot be seen from there is not checked: TLS, proxies.

    Args:
        make: gives a new connector, on whatever event loop runs. Lines to this machine are plain.
        patience: seconds that it may take for what it should do at once, such as closing a line.

    Raises:
        AssertionError: a promise of `Connector` or `FrameStream` is broken.
    """
    for check in _CHECKS:
        what = check.__name__.strip("_").replace("_", " ")
        try:
            with anyio.fail_after(_LONGEST):
                await check(_Make(make, patience))
        except TimeoutError:
            raise AssertionError(f"broken promise: {what}: it hangs") from None
        except Exception as error:
            first = _first(error)
            if isinstance(first, AssertionError):
                raise first from None
            raise AssertionError(f"broken promise: {what}: {type(first).__name__}") from error


@asynccontextmanager
async def _line(make: _Make, talk: Talk) -> AsyncGenerator[tuple[ChatServer, FrameStream]]:
    """Give a server and an open line to it, and close both."""
    async with serving(talk, patience=make.patience) as server:
        stream = await make.new().connect(server.address)
        try:
            yield server, stream
        finally:
            with anyio.move_on_after(_CLOSING, shield=True):
                await stream.aclose()


async def _the_stream_is_opened_to_the_domain(make: _Make) -> None:
    openings: list[str] = []

    async def talk(peer: Peer) -> None:
        openings.append(await peer.open())
        await peer.gone()

    async with _line(make, talk) as (server, stream):
        await server.until(lambda: bool(openings))
        said = openings[0] if openings else ""
        promise(
            "localhost" in said and "1.0" in said,
            "connect() returns once the stream is open, to the domain, as XMPP 1.0",
        )
        promise(stream.is_private is True, "a line that does not leave this machine is private")


async def _frames_go_out_whole(make: _Make) -> None:
    heard: list[str] = []

    async def talk(peer: Peer) -> None:
        await peer.open()
        while True:
            for _ in _TEXTS:
                heard.append(await peer.hear())  # noqa: PERF401 - what came before a failure is kept
            await peer.say(_TEXTS[0])

    async with _line(make, talk) as (_, stream):
        for text in _TEXTS:
            await stream.send(text)
        await stream.receive()
        promise(list(_TEXTS) == heard, "frames go out whole, as given, in their order")
        heard.clear()
        if (send_all := getattr(stream, "send_all", None)) is not None:
            await send_all(_TEXTS)
            await stream.receive()
            promise(list(_TEXTS) == heard, "many frames go out as each would, in their order")


async def _frames_come_whole(make: _Make) -> None:
    async def talk(peer: Peer) -> None:
        await peer.open()
        await peer.say(*_TEXTS)
        for text in _TEXTS[:4]:
            await peer.dribble(text)
        await peer.gone()

    async with _line(make, talk) as (_, stream):
        came = [await stream.receive() for _ in range(len(_TEXTS) + 4)]
        promise(
            [*_TEXTS, *_TEXTS[:4]] == came,
            "frames come one by one, whole and as they were said, however they were cut",
        )


async def _a_restart_opens_the_stream_anew(make: _Make) -> None:
    openings: list[str] = []

    async def talk(peer: Peer) -> None:
        openings.append(await peer.open())
        await peer.hear()
        await peer.say(_TEXTS[1])
        openings.append(await peer.open())
        await peer.say(_TEXTS[0])
        await peer.gone()

    async with _line(make, talk) as (_, stream):
        came: list[str] = []

        async def listen() -> None:
            for _ in range(2):
                came.append(await stream.receive())  # noqa: PERF401 - one after the other

        async with anyio.create_task_group() as group:
            await stream.send(_TEXTS[0])
            group.start_soon(listen)
            while not came:  # noqa: ASYNC110 - as the line does, not we
                await anyio.sleep(0.001)
            # The other task waits for a frame all the while.
            await anyio.sleep(0.001)
            await stream.restart()
        promise(
            len(openings) == 2 and openings[0] == openings[1],  # noqa: PLR2004 - once and once more
            "restart() opens the stream once more, as it was opened",
        )
        promise(came == [_TEXTS[1], _TEXTS[0]], "no opening shows as a frame")


async def _a_cancelled_wait_loses_nothing(make: _Make) -> None:
    async def talk(peer: Peer) -> None:
        await peer.open()
        for number in range(20):
            await peer.hear()
            await peer.say(f"<message {_NS} id='{number}'/>")
        await peer.gone()

    async with _line(make, talk) as (_, stream):
        came: list[str] = []
        for number in range(20):
            await stream.send(_TEXTS[1])
            with anyio.move_on_after(0.001 * (number % 4)):
                came.append(await stream.receive())
        with anyio.move_on_after(make.patience):
            while len(came) < 20:  # noqa: PLR2004 - as many as were asked for
                came.append(await stream.receive())
        promise(
            [f"<message {_NS} id='{number}'/>" for number in range(20)] == came,
            "cancelling a wait for a frame loses none",
        )


async def _the_end_is_told(make: _Make) -> None:
    async def politely(peer: Peer) -> None:
        await peer.open()
        await peer.say(_TEXTS[0])
        await peer.end()
        await peer.gone()

    async def suddenly(peer: Peer) -> None:
        await peer.open()
        await peer.hear()
        await peer.reset()

    async with _line(make, politely) as (_, stream):
        promise(await stream.receive() == _TEXTS[0], "what was said before the end is given")
        await _check_over(stream, "the server ended the stream")
    async with _line(make, suddenly) as (_, stream):
        await stream.send(_TEXTS[0])
        await _check_over(stream, "the line was cut")
        with anyio.move_on_after(make.patience) as waiting:
            while not await _is_over(lambda: stream.send(_TEXTS[0])):  # noqa: ASYNC110 - no event
                await anyio.sleep(0.01)
        promise(not waiting.cancelled_caught, "send() on a cut line is a StreamClosedError")


async def _no_line_is_told(make: _Make) -> None:
    async def shut(peer: Peer) -> None:
        await peer.reset()

    async with RawServer(lambda line: line.gone()) as left:
        nobody = left.port
    address = ChatAddress(
        domain="localhost",
        muc="muc.localhost",
        host="127.0.0.1",
        port=nobody,
        websocket_url=f"ws://127.0.0.1:{nobody}/",
    )
    error = await _failure(make, address)
    promise(isinstance(error, ConnectError), "a refused connection is a ConnectError")
    async with serving(shut) as server:
        error = await _failure(make, server.address)
        promise(
            isinstance(error, ConnectError | StreamClosedError),
            "a line that is shut before its stream is open is a ConnectError or StreamClosedError",
        )


async def _aclose_frees_the_line(make: _Make) -> None:
    heard: list[str] = []

    async def talk(peer: Peer) -> None:
        await peer.open()
        await peer.say(*_TEXTS)  # unheard, which must not harm what was sent
        while True:
            heard.append(await peer.hear())
            if heard[-1].startswith(("</stream", "<close")):
                await peer.end()

    async with _line(make, talk) as (server, stream):
        await stream.send(_TEXTS[2])
        await stream.aclose()
        await stream.aclose()
        promise(await server.until(lambda: server.open == 0), "aclose() frees the line")
        promise(
            len(heard) == 2 and heard[0] == _TEXTS[2],  # noqa: PLR2004 - and the goodbye
            "aclose() says goodbye, and nothing sent before it is lost",
        )
        await _check_over(stream, "it was closed")
        promise(await _is_over(lambda: stream.send("<r/>")), "send() after aclose() says so")


async def _aclose_of_the_cancelled_says_nothing(make: _Make) -> None:
    heard: list[str] = []

    async def talk(peer: Peer) -> None:
        await peer.open()
        while True:
            heard.append(await peer.hear())

    async with _line(make, talk) as (server, stream):
        await stream.send(_TEXTS[0])
        promise(await server.until(lambda: bool(heard)), "what is sent arrives")
        with anyio.CancelScope() as scope:
            scope.cancel()
            await stream.aclose()
        promise(
            await server.until(lambda: server.open == 0),
            "aclose() frees the line, also of who is cancelled",
        )
        promise(heard == [_TEXTS[0]], "aclose() says no goodbye for who is cancelled already")


async def _aclose_waits_for_nobody(make: _Make) -> None:
    async def deaf(peer: Peer) -> None:
        await peer.open()
        await anyio.sleep_forever()

    async with _line(make, deaf) as (_, stream):
        with anyio.move_on_after(make.patience) as closing:
            await stream.aclose()
        promise(not closing.cancelled_caught, "aclose() does not wait long for a deaf server")


async def _cancelled_connecting_leaves_nothing(make: _Make) -> None:
    async def mute(peer: Peer) -> None:
        await peer.gone()

    async with serving(mute, patience=make.patience) as server:
        for step in range(10):
            with anyio.move_on_after(0.002 * step):
                await make.new().connect(server.address)
        promise(
            await server.until(lambda: server.open == 0),
            "connect() leaves no line behind when it is cancelled",
        )


async def _no_secret_shows(make: _Make) -> None:
    async def talk(peer: Peer) -> None:
        await peer.open()
        await peer.hear()
        await peer.reset()

    async with _line(make, talk) as (_, stream):
        await stream.send(f"<auth xmlns='urn:x'>{_SECRET}</auth>")
        try:
            await stream.receive()
        except StreamClosedError as error:
            told = f"{error!r} {error} {error.__cause__!r} {stream!r}"
            promise(_SECRET not in told, "no repr and no error shows what was sent")


async def _check_over(stream: FrameStream, why: str) -> None:
    for _ in range(2):
        promise(await _is_over(stream.receive), f"receive() is a StreamClosedError once {why}")


async def _is_over(what: Callable[[], Awaitable[object]]) -> bool:
    try:
        await what()
    except StreamClosedError:
        return True
    return False


async def _failure(make: _Make, address: ChatAddress) -> Exception | None:
    try:
        with anyio.fail_after(make.patience):
            stream = await make.new().connect(address)
    except Exception as error:  # noqa: BLE001 - judged by whoever asked
        return error
    await stream.aclose()
    return None


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


_CHECKS: Final[tuple[_Check, ...]] = (
    _the_stream_is_opened_to_the_domain,
    _frames_go_out_whole,
    _frames_come_whole,
    _a_restart_opens_the_stream_anew,
    _a_cancelled_wait_loses_nothing,
    _the_end_is_told,
    _no_line_is_told,
    _aclose_frees_the_line,
    _aclose_waits_for_nobody,
    _aclose_of_the_cancelled_says_nothing,
    _cancelled_connecting_leaves_nothing,
    _no_secret_shows,
)
