"""What handlers ask for is found by name or type, or missed where they are registered."""

import re
from collections.abc import Awaitable, Callable
from functools import partial, wraps
from typing import TYPE_CHECKING, Any

import pytest

from connectycube import ConnectyCube, InvalidInputError
from connectycube.bots import (
    Argument,
    Bot,
    Command,
    Context,
    Conversation,
    HandlerSignatureError,
    Rest,
    Router,
    predicate,
    regex,
    text,
)
from connectycube.bots.injection import Offer, inject
from connectycube.chat.connection import ChatConnection
from connectycube.chat.events import ChatEvent, ChatMessage, MessageReceived, Read, Typing

from .bot_stage import bot, context, message

if TYPE_CHECKING:
    from nowhere import Nobody  # type: ignore[import-not-found] # for type checkers alone

pytestmark = pytest.mark.anyio
MESSAGES = Offer(kinds=(MessageReceived,), values=frozenset())


def bool_of(user: object) -> bool:
    return bool(user)


class Database:
    """Something of an application's own."""


async def everything(  # noqa: PLR0917 - as handlers are written
    event: MessageReceived,
    message: ChatMessage,
    chat: ChatConnection,
    bot: Bot,
    cube: ConnectyCube,
    context: Context,
) -> list[object]:
    return [event, message, chat, bot, cube, context]


async def test_what_is_always_there_is_asked_for_by_name() -> None:
    event = message("hello")
    told = context(event)
    given = await inject(everything, MESSAGES).call(told)

    assert [event, event.message, told.chat, told.bot, told.cube, told] == given


async def test_it_may_be_asked_for_by_type_too() -> None:
    async def handler(said: ChatMessage, it: MessageReceived, client: ConnectyCube) -> Any:
        return said, it, client

    event = message("hello")
    told = context(event)

    assert (event.message, event, told.cube) == await inject(handler, MESSAGES).call(told)


async def test_the_application_s_own_values_are_given_by_name_and_by_type() -> None:
    async def handler(greeting: str, db: Database, *, other: int = 5) -> Any:
        return greeting, db, other

    database = Database()
    own = bot(values={"greeting": "Hi", Database: database})
    injected = inject(handler, Offer(kinds=(MessageReceived,), values=frozenset(own.values)))

    assert ("Hi", database, 5) == await injected.call(context(message(), own))


async def test_a_decorated_handler_is_asked_for_what_it_wraps() -> None:
    """`functools.wraps` tells what is within, and partials what is left."""

    def loud(handler: Callable[..., Awaitable[str]]) -> Callable[..., Awaitable[str]]:
        @wraps(handler)
        async def wrapped(*args: Any, **kwargs: Any) -> str:
            return (await handler(*args, **kwargs)).upper()

        return wrapped

    @loud
    async def handler(message: ChatMessage) -> str:
        return message.body

    async def twice(message: ChatMessage, times: int) -> str:
        return message.body * times

    told = context(message("hey"))

    assert "HEY" == await inject(handler, MESSAGES).call(told)
    assert "heyhey" == await inject(partial(twice, times=2), MESSAGES).call(told)


async def test_annotations_for_type_checkers_alone_do_not_matter() -> None:
    async def handler(message: "Nobody") -> Any:
        return message

    event = message("hello")

    assert event.message == await inject(handler, MESSAGES).call(context(event))


def refused(register: Callable[[Router], object]) -> str:
    with pytest.raises(HandlerSignatureError) as caught:
        register(Router())
    return str(caught.value)


async def wants_typo(mesage: Any, x: Any) -> None: ...
async def wants_other_type(message: str) -> None: ...
async def wants_match(match: Any) -> None: ...
async def wants_command(command: Command) -> None: ...
async def wants_argument(size: Argument[int]) -> None: ...
async def wants_error(error: Exception) -> None: ...
async def wants_message(message: ChatMessage) -> None: ...
async def wants_read(event: Read) -> None: ...
async def takes_all(*events: ChatEvent) -> None: ...
async def takes_names(**names: object) -> None: ...
async def takes_positions(message: ChatMessage, /) -> None: ...
async def wants_rest_first(text: Rest, size: Argument[int]) -> None: ...
async def wants_conversation(conversation: Conversation) -> None: ...
def is_no_coroutine(message: ChatMessage) -> None: ...
def is_long(message: ChatMessage) -> bool:
    return len(message.body) > 10


@pytest.mark.parametrize(
    ("register", "told"),
    [
        (lambda on: on.message()(wants_other_type), "'message' is annotated str, and is ChatM"),
        (lambda on: on.message()(wants_match), "no 'match' here: only a regex filter finds one"),
        (lambda on: on.message(text("x"))(wants_match), "only a regex filter finds one"),
        (lambda on: on.message()(wants_command), "only a command has one"),
        (lambda on: on.message()(wants_argument), "'size' is a command's argument, and this is no"),
        (lambda on: on.message()(wants_error), "only an error handler has one"),
        (lambda on: on.event(Typing)(wants_message), "only a message has one"),
        (lambda on: on.event(Typing)(wants_read), "'event' is annotated Read, and is Typing"),
        (lambda on: on.event((Read, Typing))(wants_read), "and is Read or Typing"),
        (lambda on: on.message()(takes_all), "*events: "),
        (lambda on: on.message()(takes_names), "**names: object cannot be given by its name"),
        (lambda on: on.message()(takes_positions), "cannot be given by its name"),
        (lambda on: on.command("x")(wants_rest_first), "'text' takes all that is left"),
        (lambda on: on.message()(is_no_coroutine), "a handler must be an async function"),
        (lambda on: on.message()("no function"), "a handler must be an async function"),
        (lambda on: on.error(ValueError)(is_no_coroutine), "an error handler must be an async"),
        (lambda on: on.error(ValueError)(wants_conversation), "nobody provides 'conversation'"),
        (lambda on: on.middleware()(is_no_coroutine), "a middleware must be an async function"),
        (lambda on: on.event(Read, predicate(is_long))(wants_read), "only a message has one"),
    ],
)
def test_a_wrong_signature_fails_where_it_is_registered(
    register: Callable[[Router], object], told: str
) -> None:
    if "nobody provides" in told:
        router = Router()
        register(router)
        with pytest.raises(HandlerSignatureError, match=told):
            bot(router)
    else:
        assert told in refused(register)


def test_where_it_is_wrong_is_told() -> None:
    """By module, name and line, which editors understand."""
    told = refused(lambda on: on.message()(wants_other_type))

    assert re.match(r"[\w.]*test_bot_injection\.wants_other_type \(line \d+\): ", told)


def test_what_nobody_provides_fails_where_the_bot_is_made() -> None:
    """Only then the application's own values are known; a typo is guessed."""
    router = Router()
    router.message()(wants_typo)
    with pytest.raises(HandlerSignatureError, match="nobody provides 'mesage'; did you mean 'mess"):
        bot(router)

    with pytest.raises(HandlerSignatureError, match="nobody provides 'x'; there are bot, chat"):
        bot(router, values={"mesage": 1})
    bot(router, values={"mesage": 1, "x": 2})


def test_named_groups_are_asked_for_by_name() -> None:
    router = Router()

    @router.message(regex("(?P<first>.)(?P<second>.)"))
    async def handler(first: str, second: str, match: re.Match[str]) -> None: ...

    bot(router)


def test_what_middleware_provides_is_asked_for_by_name() -> None:
    """Of the router it stands around, and of those within."""
    router, inner = Router(), Router()

    @router.outer_middleware(provides=["user"])
    async def middleware(context: Context, call_next: Callable[[], Awaitable[bool]]) -> None: ...

    @inner.message(predicate(bool_of))
    async def handler(user: object) -> None: ...

    with pytest.raises(HandlerSignatureError, match="nobody provides 'user'"):
        bot(inner)
    router.include(inner)
    bot(router)


@pytest.mark.parametrize("values", [{"chat": 1}, {"message": 1}, {5: 1}, {"two words": 1}])
def test_values_that_nobody_would_get_are_refused(values: Any) -> None:
    with pytest.raises(InvalidInputError):
        bot(values=values)


def test_bots_of_one_router_share_what_was_settled() -> None:
    """A thousand bots keep one table, for as long as nothing is added to it."""
    router, inner = Router(), Router()
    router.include(inner)
    inner.message()(wants_message)
    one, other, third = bot(router), bot(router), bot(router, values={"x": 1})
    inner.command("late")(wants_command)
    late = bot(router)

    assert one._routes is other._routes
    assert one._routes is not third._routes
    assert (0, 1) == (len(one.commands), len(late.commands))
