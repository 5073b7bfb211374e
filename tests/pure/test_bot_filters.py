"""Which messages a filter holds for, alone and joined with others."""

from collections.abc import Callable
from typing import Any

import anyio.lowlevel
import pytest

from connectycube.bots import (
    Filter,
    attachment,
    in_group,
    in_private,
    predicate,
    regex,
    sender,
    text,
)
from connectycube.bots.injection import Offer
from connectycube.chat.events import ChatEvent, ChatMessage, Typing
from connectycube.errors import InvalidInputError
from connectycube.models.user import User

from .bot_stage import context, message, picture

pytestmark = pytest.mark.anyio
HELLO = text("hello")
NOT_ASKED = predicate(lambda message: message.body / 0)
TYPING = Typing(user_id=8)


async def found(wanted: Filter, event: ChatEvent) -> dict[str, Any] | None:
    check = wanted.bind(Offer(kinds=(type(event),)))
    told = await check.holds(context(event))
    return None if told is None else dict(told)


async def is_long(message: ChatMessage) -> bool:
    await anyio.lowlevel.checkpoint()
    return len(message.body) > 10


@pytest.mark.parametrize(
    ("wanted", "event", "holds"),
    [
        (text("hello"), message("hello"), True),
        (text("hello"), message(" hello\n"), True),
        (text("hello"), message("Hello"), False),
        (text("hello", ignore_case=True), message("HELLO"), True),
        (text("straße", ignore_case=True), message("STRASSE"), True),
        (text("hello"), message("hello you"), False),
        (text("a", "b"), message("b"), True),
        (text("hello"), TYPING, False),
        (regex("l+o"), message("hello"), True),
        (regex("^l+o"), message("hello"), False),
        (regex("."), TYPING, False),
        (in_private(), message(), True),
        (in_private(), message(is_group=True), False),
        (in_private(), TYPING, False),
        (in_group(), message(is_group=True), True),
        (in_group(), message(), False),
        (in_group(), TYPING, False),
        (sender(8), message(), True),
        (sender(9, User(id=8)), message(), True),
        (sender(9), message(), False),
        (sender(8), TYPING, True),
        (attachment(), message(), False),
        (attachment(), picture(), True),
        (attachment("image"), picture(), True),
        (attachment("video"), picture(), False),
        (attachment(), TYPING, False),
        (predicate(lambda message: "ell" in message.body), message("hello"), True),
        (predicate(lambda event: event.user_id == 9), TYPING, False),
        (predicate(is_long), message("long enough"), True),
        (predicate(is_long), message("short"), False),
        (HELLO & sender(8), message("hello"), True),
        (HELLO & sender(9), message("hello"), False),
        (HELLO & NOT_ASKED, message("bye"), False),
        (HELLO | sender(8), message("bye"), True),
        (HELLO | NOT_ASKED, message("hello"), True),
        (HELLO | sender(9), message("bye"), False),
        (~HELLO, message("bye"), True),
        (~HELLO, message("hello"), False),
        (~(HELLO | sender(9)) & in_private(), message("bye"), True),
        (HELLO & predicate(is_long), message("hello"), False),
        (predicate(is_long) & sender(8), message("long enough"), True),
        (HELLO | predicate(is_long), message("long enough"), True),
        (predicate(is_long) | HELLO, message("hello"), True),
        (~predicate(is_long), message("short"), True),
        (~predicate(is_long), message("long enough"), False),
    ],
)
async def test_a_filter_holds_or_does_not(wanted: Filter, event: ChatEvent, *, holds: bool) -> None:
    assert holds == (await found(wanted, event) is not None)


async def test_a_regex_finds_its_match_and_its_groups() -> None:
    told = await found(regex(r"(?P<verb>\w+) (?P<number>\d+)?"), message("buy 3"))

    assert told is not None
    assert ("buy", "3", "buy 3") == (told["verb"], told["number"], told["match"].string)


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (regex("(?P<a>.)"), {"a", "match"}),
        (regex("(?P<a>.)") & regex("(?P<b>.)"), {"a", "b", "match"}),
        (regex("(?P<a>.)") | regex("(?P<b>.)"), {"match"}),
        (regex("(?P<a>.)") | HELLO, set()),
        (~regex("(?P<a>.)"), set()),
    ],
)
def test_what_is_sure_to_be_found_can_be_asked_for(wanted: Filter, names: set[str]) -> None:
    """Of two filters joined by `or` only what both find is sure."""
    assert names == set(wanted.found)


async def test_a_coroutine_is_no_answer() -> None:
    """A lambda that forgets to wait would hold for everything."""
    wanted = predicate(lambda message: is_long(message))  # noqa: PLW0108 - it hides that it is async
    with pytest.raises(InvalidInputError, match="must be async"):
        await found(wanted, message("x"))


@pytest.mark.parametrize(
    "make",
    [
        lambda _: text(),
        lambda _: sender(),
        sender,
        predicate,
        lambda wrong: HELLO & wrong,
        lambda wrong: HELLO | wrong,
    ],
)
def test_what_cannot_be_a_filter_is_refused(make: Callable[[Any], Any]) -> None:
    with pytest.raises(InvalidInputError):
        make("hello")
