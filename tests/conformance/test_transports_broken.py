"""`check_transport` names the promise that a transport breaks."""

from typing import Final

import pytest

from connectycube.testing import check_transport

from .broken_transports import (
    AsksForGzip,
    CallsEverythingUnsent,
    CallsNothingUnsent,
    ClosesOnce,
    CutsBodies,
    EndsQuietly,
    FollowsRedirects,
    ForgivesCuts,
    HoldsBodiesBack,
    Inflates,
    KeepsCookies,
    LeavesAnswersOpen,
    LetsErrorsThrough,
    LowersHeaders,
    MendsBodies,
    MindsCase,
    MixesAnswersUp,
    NeverCloses,
    OneAtATime,
    ReadsABodyOnce,
    Reopens,
    Repeats,
    ShowsItsHeaders,
    SwallowsCancellation,
    TellsTheAddress,
    TidiesAddresses,
    Wrapped,
)

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"  # `check_transport` itself is tried on each


@pytest.fixture(autouse=True)
def check_canary() -> None:
    """Let be shown here what is shown on purpose."""


CASES: Final = [
    (TidiesAddresses, "method, path and query go out as given"),
    (AsksForGzip, "no header is added"),
    (LowersHeaders, "each header goes out once, spelled as given"),
    (CutsBodies, "a body of bytes goes out whole"),
    (ReadsABodyOnce, "a Body goes out whole, from its start each time"),
    (FollowsRedirects, "a redirect is an answer, and not followed"),
    (KeepsCookies, "cookies are not kept"),
    (Repeats, "nothing is repeated"),
    (CallsEverythingUnsent, "a TransportError and no ConnectError"),
    (CallsNothingUnsent, "a refused connection is a ConnectError"),
    (LetsErrorsThrough, "a TransportError and no ConnectError: it was OSError"),
    (TellsTheAddress, "no repr and no error, nor its cause, shows"),
    (ShowsItsHeaders, "no repr and no error, nor its cause, shows"),
    (Inflates, "bodies come as they were on the line"),
    (MindsCase, "headers are found in any case"),
    (ForgivesCuts, "a cut body never passes for a whole one"),
    (ClosesOnce, "an answer may be closed twice"),
    (EndsQuietly, "after a cancelled wait the body goes on without a gap"),
    (Reopens, "send() after aclose() is a ClosedError"),
    (SwallowsCancellation, "cancelled before the answer: TransportError"),
    (MendsBodies, "a Body that raises ends its request"),
    (MixesAnswersUp, "50 requests at once get each its own answer"),
]
# Each is found by waiting in vain, which is not to take long.
LATE: Final = [
    (HoldsBodiesBack, "a body comes in chunks as they arrive"),
    (OneAtATime, "10 requests to one origin go out at once"),
    (NeverCloses, "aclose() closes every idle connection"),
    (LeavesAnswersOpen, "closing an answer frees its connection, read or not"),
]
PATIENCE: Final = 1.0


@pytest.mark.parametrize(("kind", "promise"), CASES)
async def test_a_broken_promise_is_named(kind: type[Wrapped], promise: str) -> None:
    """Each way to break a transport is found, and told as what was promised."""
    with pytest.raises(AssertionError, match=r"^broken promise: ") as caught:
        await check_transport(kind)

    assert promise in str(caught.value)


@pytest.mark.parametrize(("kind", "promise"), LATE)
async def test_what_does_not_happen_is_not_waited_for_forever(
    kind: type[Wrapped], promise: str
) -> None:
    """What a transport has not done within the patience of the check, it does not do."""
    made: list[Wrapped] = []

    def make() -> Wrapped:
        made.append(kind())
        return made[-1]

    with pytest.raises(AssertionError) as caught:
        await check_transport(make, patience=PATIENCE)
    for one in made:
        await one.inner.aclose()

    assert f"broken promise: {promise}" == str(caught.value)


async def test_a_good_wrapper_keeps_every_promise() -> None:
    """What the broken ones stand on is whole."""
    await check_transport(Wrapped)
