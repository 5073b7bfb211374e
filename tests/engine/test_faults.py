"""Whatever the line or the service does, a call ends with a value or an error of ours, in time."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final

import anyio
import pytest

from connectycube import (
    Backoff,
    ConnectyCube,
    ConnectyCubeError,
    DecodeError,
    NoRetry,
    RateLimitedError,
    RequestTimeoutError,
    RetryPolicy,
    ServerError,
    TransportError,
    User,
)
from connectycube.emulator import Fault, Faults
from connectycube.emulator.faults import Match

from .stage import MAR, SIM, Stage, outcomes, rename
from .virtual_time import ON_ONE_LOOP

pytestmark = [pytest.mark.anyio, ON_ONE_LOOP]

TIMEOUT: Final = 5.0
GRACE: Final = 1.0
HTML: Final = "<html><head><title>Oops</title></head><body>down</body></html>"

Trouble = Callable[[Faults, Match], object]
FAULTS: dict[str, Trouble] = {
    "hang": lambda faults, match: faults.hang(**match),
    "slow": lambda faults, match: faults.delay(60.0, **match),
    "reset before": lambda faults, match: faults.drop(**match),
    "reset after": lambda faults, match: faults.drop(processed=True, **match),
    "cut at once": lambda faults, match: faults.cut(at=0.0, **match),
    "cut": lambda faults, match: faults.cut(**match),
    "html": lambda faults, match: faults.answer(200, body=HTML, **match),
    "html 502": lambda faults, match: faults.answer(502, body=HTML, **match),
    "204": lambda faults, match: faults.answer(204, **match),
    "empty": lambda faults, match: faults.answer(200, **match),
    "space": lambda faults, match: faults.answer(200, body=" ", **match),
    "json list": lambda faults, match: faults.answer(200, body=[1, 2], **match),
    "json null": lambda faults, match: faults.answer(200, body=b"null", **match),
    "half json": lambda faults, match: faults.answer(200, body=b'{"session": {"tok', **match),
    "wrong json": lambda faults, match: faults.answer(200, body={"user": 7}, **match),
    "bytes": lambda faults, match: faults.answer(200, body=b"\xff\xfe\x00", **match),
    "errors": lambda faults, match: faults.answer(200, body={"errors": ["no"]}, **match),
    "redirect": lambda faults, match: faults.answer(
        302, headers={"Location": "https://elsewhere.example/"}, **match
    ),
    "odd status": lambda faults, match: faults.answer(299, body={"x": 1}, **match),
    "teapot": lambda faults, match: faults.status(418, **match),
    "500": lambda faults, match: faults.status(500, **match),
    "503": lambda faults, match: faults.status(503, **match),
    "503 later": lambda faults, match: faults.status(503, headers={"Retry-After": "3"}, **match),
    "429": lambda faults, match: faults.status(429, **match),
    "429 next year": lambda faults, match: faults.status(
        429, headers={"Retry-After": "9999999"}, **match
    ),
    "429 nonsense": lambda faults, match: faults.status(
        429, headers={"Retry-After": "soon"}, **match
    ),
    "429 at a date": lambda faults, match: faults.rate_limit(2, as_date=True, **match),
    "some latency": lambda faults, match: faults.delay(0.0, up_to=10.0, **match),
    "reset unread": lambda faults, match: faults.drop(read=False, **match),
    "stall": lambda faults, match: faults.stall(**match),
    "short stall": lambda faults, match: faults.stall(seconds=2.0, **match),
    "drip": lambda faults, match: faults.drip(1.0, **match),
    "fast drip": lambda faults, match: faults.drip(0.001, size=10, **match),
    "no utf-8": lambda faults, match: faults.garble(**match),
    "no json": lambda faults, match: faults.garble(spoiled="json", **match),
    "mistyped": lambda faults, match: faults.mistype(**match),
    "wrong page": lambda faults, match: faults.mistype(body=HTML, **match),
    "huge": lambda faults, match: faults.huge(4096, **match),
    "bomb": lambda faults, match: faults.huge(4096, gzip=True, **match),
    "308": lambda faults, match: faults.redirect("//elsewhere.example/", code=308, **match),
    "odd paths": lambda faults, match: faults.script(
        lambda request: Fault.status(503) if len(request.path) % 2 else None, **match
    ),
    "ups and downs": lambda faults, match: faults.script(
        [Fault.stall(), None, Fault.cut(), Fault.delay(1.0), Fault.expire()], **match
    ),
    "expired": lambda faults, match: faults.expire(**match),
    "401": lambda faults, match: faults.status(401, **match),
}

CALLS: dict[str, Callable[[ConnectyCube], Awaitable[Any]]] = {
    "create_session": lambda cube: cube.create_session(),
    "get_session": lambda cube: cube.get_session(),
    "destroy_session": lambda cube: cube.destroy_session(),
    "login": lambda cube: cube.login(SIM),
    "logout": lambda cube: cube.logout(),
    "users.sign_up": lambda cube: cube.users.sign_up(login="nia", password="canary-of-nia"),
    "users.update": lambda cube: cube.users.update(full_name="Mar"),
    "users.password": lambda cube: cube.users.update(
        password="canary-changed", old_password="canary-of-mar"
    ),
    "users.get": lambda cube: cube.users.get(1001),
    "users.reset_password": lambda cube: cube.users.reset_password("mar@example.com"),
    "users.delete": lambda cube: cube.users.delete(),
}


@pytest.mark.parametrize("retry", [NoRetry(), Backoff()], ids=["once", "repeated"])
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
async def test_every_call_ends_in_time_with_a_value_or_an_error_of_ours(
    fault: Trouble, retry: RetryPolicy
) -> None:
    """Never a bare exception of a library, never a hang, whatever meets every request."""
    for name, call in CALLS.items():
        stage = Stage()
        cube, _ = await stage.signed_in(retry=retry, timeout=TIMEOUT)
        fault(stage.service.faults, Match(times=None))
        began = anyio.current_time()

        [result] = await outcomes([partial(call, cube)])

        assert not isinstance(result, Exception) or isinstance(result, ConnectyCubeError), (
            f"{name}: {result!r}"
        )
        assert anyio.current_time() - began <= TIMEOUT + GRACE + 0.01, name


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
async def test_a_renewal_in_trouble_ends_in_time_for_all(stage: Stage, fault: Trouble) -> None:
    """The same when the trouble meets the sign-in that fifty calls wait for."""
    cube, _ = await stage.expired(timeout=TIMEOUT)
    fault(stage.service.faults, Match(method="POST", path="/session", times=None))
    began = anyio.current_time()

    results = await outcomes([rename(cube)] * 50)

    assert [] == [one for one in results if not isinstance(one, User | ConnectyCubeError)]
    assert anyio.current_time() - began <= TIMEOUT + GRACE + 0.01


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
@pytest.mark.parametrize("name", ["users.update", "create_session", "users.get"])
async def test_trouble_that_passes_leaves_a_working_client(
    stage: Stage, fault: Trouble, name: str
) -> None:
    """Whatever one request met, the next call finds no trace of it."""
    cube, session = await stage.signed_in(timeout=TIMEOUT)
    fault(stage.service.faults, Match(times=1))
    await outcomes([lambda: CALLS[name](cube)])
    stage.service.faults.clear()

    user = await cube.users.update(full_name="Mar again")

    assert (session.user_id, "Mar again") == (user.id, user.full_name)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("hang", RequestTimeoutError),
        ("reset before", TransportError),
        ("reset after", TransportError),
        ("cut", TransportError),
        ("html", DecodeError),
        ("204", DecodeError),
        ("empty", DecodeError),
        ("half json", DecodeError),
        ("stall", RequestTimeoutError),
        ("drip", RequestTimeoutError),
        ("reset unread", TransportError),
        ("no utf-8", DecodeError),
        ("no json", DecodeError),
        ("wrong page", DecodeError),
        ("huge", DecodeError),
        ("bomb", DecodeError),
        ("429 at a date", RateLimitedError),
        ("500", ServerError),
        ("503", ServerError),
        ("429", RateLimitedError),
    ],
)
async def test_trouble_has_the_type_that_says_what_to_do(
    stage: Stage, name: str, kind: type[ConnectyCubeError]
) -> None:
    """A call that needs a user back cannot take an empty success for one."""
    cube, _ = await stage.signed_in(timeout=TIMEOUT)
    FAULTS[name](stage.service.faults, Match(times=None))

    [result] = await outcomes([rename(cube)])

    assert isinstance(result, kind)


@pytest.mark.parametrize("name", ["mistyped", "short stall", "fast drip"])
async def test_what_is_only_odd_is_taken(stage: Stage, name: str) -> None:
    """A right body counts, slow or under a wrong name."""
    cube, _ = await stage.signed_in(timeout=TIMEOUT)
    FAULTS[name](stage.service.faults, Match(times=None))

    assert (await cube.users.update(full_name="Mar")).full_name == "Mar"


async def test_compressed_answers_are_read(stage: Stage) -> None:
    """Answers of a service that compresses mean the same, and a damaged one is a lost one."""
    stage.service.settings.compress = True
    cube, _ = await stage.signed_in()
    renamed = await cube.users.update(full_name="Mar")
    stage.service.faults.garble()

    assert renamed.full_name == "Mar"
    with pytest.raises(TransportError):
        await cube.users.update(full_name="Sim")


@pytest.mark.parametrize("name", ["reset before", "reset unread", "cut", "503", "429", "500"])
async def test_a_short_trouble_is_repeated_away(stage: Stage, name: str) -> None:
    """With the default policy a caller does not notice it."""
    cube, _ = await stage.signed_in(retry=Backoff())
    FAULTS[name](stage.service.faults, Match(times=2))

    assert (await cube.users.update(full_name="Mar")).full_name == "Mar"


@pytest.mark.parametrize("body", [b"", b" "])
async def test_calls_without_a_result_take_an_empty_success(stage: Stage, body: bytes) -> None:
    """Success without content is success."""
    for label in ("destroy_session", "logout", "users.delete"):
        cube, _ = await stage.signed_in()
        stage.service.faults.answer(200, body=body, method="DELETE")

        assert await CALLS[label](cube) is None
    assert MAR.login == "mar"
