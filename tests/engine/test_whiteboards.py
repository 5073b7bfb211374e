"""Whiteboards: each call as the contract's examples have it, and the page that shows one."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import pytest

from connectycube import ConnectyCube, Hosts, InvalidInputError, ValidationError
from connectycube.api.whiteboards import Whiteboards
from connectycube.models.dialog import Dialog
from connectycube.models.whiteboard import Whiteboard

from .wire_stage import Wire, played

pytestmark = pytest.mark.anyio

DIALOG: Final = "6666c1d2a4b35e0017f0a911"
BOARD: Final = "666700aba4b35e0017f0f001"
MADE: Final = datetime(2024, 6, 10, 13, 0, 0, 411_000, tzinfo=UTC)
CHART: Final = Whiteboard(
    id=BOARD, name="Chart", dialog_id=DIALOG, user_id=90211, created_at=MADE, updated_at=MADE
)


@pytest.mark.parametrize("dialog", [DIALOG, Dialog(id=DIALOG)])
async def test_a_whiteboard_is_made_and_found(dialog: str | Dialog) -> None:
    """By the dialog or its id."""
    assert CHART == await played(
        "whiteboard.create_whiteboard", lambda w: w.whiteboards.create("Chart", dialog)
    )
    assert [CHART] == await played(
        "whiteboard.list_whiteboards", lambda w: w.whiteboards.find(dialog)
    )


@pytest.mark.parametrize("board", [BOARD, CHART])
async def test_a_whiteboard_is_renamed_and_deleted(board: str | Whiteboard) -> None:
    """By the whiteboard or its id."""
    await played("whiteboard.delete_whiteboard", lambda w: w.whiteboards.delete(board))
    renamed = await played(
        "whiteboard.update_whiteboard", lambda w: w.whiteboards.update(board, name="Chart 2")
    )

    assert (BOARD, "Chart 2") == (renamed.id, renamed.name)


async def test_a_fourth_whiteboard_is_refused() -> None:
    """By the service, in its own words."""
    with pytest.raises(ValidationError, match="Maximum number"):
        await played(
            "whiteboard.create_whiteboard.error.limit",
            lambda w: w.whiteboards.create("Fourth", DIALOG),
        )


@pytest.mark.parametrize(
    "call",
    [
        lambda w: w.create("", DIALOG),
        lambda w: w.create("Chart", "7"),
        lambda w: w.find(None),
        lambda w: w.update(BOARD, name=" "),
        lambda w: w.update(7, name="Chart"),
        lambda w: w.delete("../users/7"),
    ],
)
async def test_what_cannot_be_is_not_sent(call: Callable[[Any], Any]) -> None:
    """Names are texts, ids have 24 digits."""
    wire = Wire([])
    with pytest.raises(InvalidInputError):
        await call(wire.whiteboards)

    assert [] == wire.sent


@pytest.mark.parametrize(
    ("board", "title", "told"),
    [
        (BOARD, None, {}),
        (BOARD, "A & B", {"title": "A & B"}),
        (CHART, None, {"title": "Chart"}),
        (CHART, "Q1?", {"title": "Q1?"}),
    ],
)
async def test_the_page_of_a_whiteboard(
    board: str | Whiteboard, title: str | None, told: dict[str, str]
) -> None:
    """On the host of the whiteboards, with its name unless told otherwise."""
    url = Wire([]).whiteboards.url(board, "Zoë #1", title)

    assert "https://whiteboard.connectycube.com" == url.partition("?")[0]
    assert url.isascii()
    assert {"whiteboardid": BOARD, "username": "Zoë #1", **told} == dict(
        parse_qsl(urlsplit(url).query)
    )


async def test_a_deployment_has_its_own_page() -> None:
    """As its hosts say, and nothing of the session in it."""
    cube = ConnectyCube(21, hosts=Hosts(whiteboard="http://127.0.0.1:8787/whiteboard"))

    url = Whiteboards(cube._caller, cube.hosts).url(BOARD, "mar")

    assert f"http://127.0.0.1:8787/whiteboard?whiteboardid={BOARD}&username=mar" == url
    with pytest.raises(InvalidInputError):
        Whiteboards(cube._caller, cube.hosts).url(BOARD, "")
