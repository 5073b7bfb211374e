"""Turning a call down over HTTP."""

from typing import Any, Final

import pytest

from connectycube import Backoff, InvalidInputError, ServerError
from connectycube.api.calls import Calls
from connectycube.testing import Reply

from .wire_stage import Wire, played

pytestmark = pytest.mark.anyio

CALL: Final = "0b9f2f0e-7e0d-4f6a-9a0b-2f7d6f0f7a11"


def calls(wire: Wire) -> Calls:
    return Calls(wire.cube._caller)


async def test_the_recorded_request_is_sent() -> None:
    """With whatever more is to be told."""
    await played(
        "chat.reject_call", lambda wire: calls(wire).reject(90244, CALL, user_info={"busy": True})
    )


async def test_nothing_more_needs_to_be_told() -> None:
    """But on what the application runs."""
    wire = Wire([Reply(200, {})])
    await calls(wire).reject(90244, CALL, platform="iOS")

    expected = {"recipientId": 90244, "sessionID": CALL, "platform": "iOS"}
    assert [expected] == [one.json for one in wire.sent]


async def test_a_call_is_turned_down_once() -> None:
    """A repeat could meet the next call."""
    wire = Wire([Reply(502)], retry=Backoff())
    with pytest.raises(ServerError):
        await calls(wire).reject(90244, CALL)

    assert 1 == len(wire.sent)


@pytest.mark.parametrize(
    "wrong", [{"recipient_id": 0}, {"session_id": ""}, {"session_id": 5}, {"platform": "ios"}]
)
async def test_what_cannot_be_right_is_not_sent(wrong: dict[str, Any]) -> None:
    """No user, no call, or a platform of another name."""
    wire = Wire([])
    with pytest.raises(InvalidInputError):
        await calls(wire).reject(**{"recipient_id": 90244, "session_id": CALL, **wrong})

    assert [] == wire.sent
