"""`check_connector` names the promise that a connector breaks."""

from typing import Final

import pytest

from connectycube.testing.connector_check import check_connector

from .broken_connectors import (
    AlwaysSaysGoodbye,
    ClosesNothing,
    CutsFrames,
    EndsOddly,
    FearsItself,
    ForgetsWhenCancelled,
    HangsUp,
    HearsTheOldStream,
    LeavesLinesBehind,
    LetsConnectErrorsThrough,
    RestartsQuietly,
    SendsBackwards,
    SendsIntoTheVoid,
    ShowsWhatItSent,
    TidiesFrames,
    WaitsForGoodbye,
    WrappedConnector,
)

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "trio"  # `check_connector` itself is tried on each


@pytest.fixture(autouse=True)
def check_canary() -> None:
    """Let be shown here what is shown on purpose."""


CASES: Final = [
    (FearsItself, "a line that does not leave this machine is private"),
    (CutsFrames, "frames go out whole, as given, in their order"),
    (SendsBackwards, "many frames go out as each would, in their order"),
    (TidiesFrames, "frames come one by one, whole and as they were said"),
    (ForgetsWhenCancelled, "cancelling a wait for a frame loses none"),
    (HearsTheOldStream, "a restart opens the stream anew"),
    (RestartsQuietly, "no opening shows as a frame"),
    (EndsOddly, "the end is told: EndOfStream"),
    (SendsIntoTheVoid, "send() on a cut line is a StreamClosedError"),
    (LetsConnectErrorsThrough, "a refused connection is a ConnectError"),
    (HangsUp, "aclose() says goodbye, and nothing sent before it is lost"),
    (AlwaysSaysGoodbye, "aclose() says no goodbye for who is cancelled already"),
    (WaitsForGoodbye, "aclose() does not wait long for a deaf server"),
    (ClosesNothing, "aclose() frees the line"),
    (LeavesLinesBehind, "connect() leaves no line behind when it is cancelled"),
    (ShowsWhatItSent, "no repr and no error shows what was sent"),
]
PATIENCE: Final = 2.0


@pytest.mark.parametrize(("kind", "promise"), CASES)
async def test_a_broken_promise_is_named(kind: type[WrappedConnector], promise: str) -> None:
    """Each way to break a connector is found, and told as what was promised."""
    LeavesLinesBehind.left = []
    made: list[WrappedConnector] = []

    def make() -> WrappedConnector:
        made.append(kind())
        return made[-1]

    with pytest.raises(AssertionError, match=r"^broken promise: ") as caught:
        await check_connector(make, patience=PATIENCE)
    for each in made:
        if hasattr(each, "inner"):
            await each.inner.abandon()
    for line in LeavesLinesBehind.left:
        await line.aclose()

    assert promise in str(caught.value)


async def test_a_good_wrapper_keeps_every_promise() -> None:
    """What the broken ones stand on is whole."""
    await check_connector(WrappedConnector, patience=PATIENCE)
