"""Which handler an event comes to, and what stands around it."""

from collections.abc import Callable
from typing import Any

import pytest

from connectycube import InvalidInputError
from connectycube.bots import (
    CallNext,
    Command,
    CommandHelp,
    Context,
    Rest,
    Router,
    in_group,
    regex,
    text,
)
from connectycube.chat.events import ChatEvent, MessageReceived, Read, Typing

from .bot_stage import ME, bot, context, message

pytestmark = pytest.mark.anyio


class Heard(list[str]):
    """What handlers say of themselves."""

    def handler(self, name: str) -> Callable[..., Any]:
        async def handler() -> None:
            self.append(name)

        return handler

    def middleware(self, name: str) -> Callable[..., Any]:
        async def middleware(_context: Context, call_next: CallNext) -> None:
            self.append(f"{name} in")
            taken = await call_next()
            self.append(f"{name} out" if taken else f"{name} in vain")

        return middleware


async def route(router: Router, event: ChatEvent, **options: Any) -> bool:
    own = bot(router, **options)
    return await own._routes.route(context(event, own))


@pytest.fixture
def heard() -> Heard:
    return Heard()


async def test_the_first_that_fits_gets_it(heard: Heard) -> None:
    """In the order of registration, whatever is more special."""
    router = Router()
    router.message(text("never"))(heard.handler("other"))
    router.message()(heard.handler("first"))
    router.message(text("hello"))(heard.handler("second"))

    assert await route(router, message("hello"))
    assert ["first"] == heard


async def test_what_fits_nobody_is_left(heard: Heard) -> None:
    router = Router()
    router.message(text("hello"))(heard.handler("a"))
    router.event(Typing)(heard.handler("b"))

    assert not await route(router, message("bye"))
    assert not await route(router, Read(message_id="1", user_id=8))
    assert [] == heard


async def test_all_filters_have_to_hold(heard: Heard) -> None:
    router = Router()
    router.message(text("hello"), in_group())(heard.handler("a"))

    assert not await route(router, message("hello"))
    assert await route(router, message("hello", is_group=True))


async def test_a_router_has_its_place_in_the_order(heard: Heard) -> None:
    router, inner = Router(), Router()
    router.message(text("1"))(heard.handler("before"))
    router.include(inner)
    router.message()(heard.handler("after"))
    inner.message(text("1", "2"))(heard.handler("within"))
    for said in "123":
        await route(router, message(said))

    assert ["before", "within", "after"] == heard


async def test_other_events_come_to_handlers_of_their_kind(heard: Heard) -> None:
    router = Router()
    router.event(Typing)(heard.handler("typing"))
    router.event((Read, Typing))(heard.handler("both"))
    await route(router, Typing(user_id=8))
    await route(router, Read(message_id="1", user_id=8))

    assert ["typing", "both"] == heard


async def test_one_s_own_come_to_those_who_ask_for_them(heard: Heard) -> None:
    """A bot that answered itself would never end."""
    router = Router()
    router.message()(heard.handler("others'"))
    router.message(include_own=True)(heard.handler("all"))
    await route(router, message("echo", sender_id=ME))
    await route(router, message("hello"))

    assert ["all", "others'"] == heard


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("/start", Command(name="start")),
        ("/START", Command(name="start")),
        ("/begin now", Command(name="begin", text="now")),
        ("/start\n two\nlines ", Command(name="start", text="two\nlines")),
        ("/started", None),
        ("start", None),
        (" /start", None),
        ("/", None),
        ("", None),
        ("/ start", None),
    ],
)
async def test_a_command_is_a_word_behind_its_sign(said: str, found: Command | None) -> None:
    router = Router()
    had: list[Command] = []

    @router.command("start", "begin")
    async def start(command: Command, text: Rest = "") -> None:
        assert text == command.text
        had.append(command)

    await route(router, message(said))

    assert ([] if found is None else [found]) == had


async def test_a_command_may_have_another_sign(heard: Heard) -> None:
    router = Router()
    router.command("do", prefix="!!")(heard.handler("do"))
    await route(router, message("/do"))
    await route(router, message("!!do"))

    assert ["do"] == heard


def test_commands_are_offered_in_their_order_with_their_usage() -> None:
    """And the first line of the docstring, for a help text."""
    router, inner = Router(), Router()

    @router.command("help")
    async def explain() -> None:
        """
        Tell what there is.

        And more.
        """

    @inner.command("say", "s", description="Repeats.")
    async def say(words: Rest) -> None:
        """Not this."""

    router.include(inner)
    router.command("quiet")(Heard().handler("x"))

    assert [
        CommandHelp(name="help", usage="/help", description="Tell what there is."),
        CommandHelp(name="say", usage="/say WORDS...", description="Repeats."),
        CommandHelp(name="quiet", usage="/quiet"),
    ] == bot(router).commands


async def test_middleware_stands_around_in_its_order(heard: Heard) -> None:
    """Outer before the filters, whether or not one holds; inner around what was found."""
    router, inner = Router(), Router()
    router.include(inner)
    for name in ("o1", "o2"):
        router.outer_middleware()(heard.middleware(name))
    inner.outer_middleware()(heard.middleware("io"))
    router.middleware()(heard.middleware("m1"))
    inner.middleware()(heard.middleware("m2"))
    inner.message(text("hello"))(heard.handler("handler"))
    await route(router, message("hello"))
    taken = [*heard]
    heard.clear()
    await route(router, message("bye"))

    assert "o1 in,o2 in,io in,m1 in,m2 in,handler,m2 out,m1 out,io out,o2 out,o1 out" == ",".join(
        taken
    )
    assert "o1 in,o2 in,io in,io in vain,o2 in vain,o1 in vain" == ",".join(heard)


async def test_middleware_that_does_not_go_on_ends_it(heard: Heard) -> None:
    """Nobody else is asked, of no other router."""
    router, inner = Router(), Router()

    @inner.outer_middleware()
    async def stop(_context: Context, _call_next: CallNext) -> None: ...

    inner.message()(heard.handler("within"))
    router.include(inner)
    router.message()(heard.handler("after"))

    assert await route(router, message("hello"))
    assert [] == heard


async def test_middleware_gives_something_to_handlers() -> None:
    router = Router()
    had = []

    @router.middleware(provides=["name"])
    async def learn(context: Context, call_next: CallNext) -> None:
        context.found["name"] = f"user {context.user_id}"
        await call_next()

    @router.message()
    async def handler(name: str) -> None:
        had.append(name)

    await route(router, message())

    assert ["user 8"] == had


async def test_middleware_that_breaks_its_promise_is_found_out() -> None:
    router = Router()

    @router.middleware(provides=["name"])
    async def forget(_context: Context, call_next: CallNext) -> None:
        await call_next()

    @router.message()
    async def handler(name: str) -> None: ...

    with pytest.raises(InvalidInputError, match="promised 'name', and did not"):
        await route(router, message())


async def test_error_handlers_get_what_goes_wrong_from_within_outwards() -> None:
    """The first of the nearest router that fits; what none takes is raised."""
    router, inner = Router(), Router()
    had: list[str] = []

    @inner.message(regex(r"(?P<number>\d+)"))
    async def divide(number: str) -> None:
        if number == "7":
            raise KeyError(number)
        had.append(str(1 / int(number)))

    @inner.error(ZeroDivisionError)
    async def within(error: ZeroDivisionError, event: ChatEvent) -> None:
        had.append(f"within: {type(error).__name__} {isinstance(event, MessageReceived)}")

    @inner.error(ArithmeticError)
    async def never() -> None:
        had.append("never")

    @router.error(LookupError, OSError)
    async def around(error: Exception) -> None:
        had.append(f"around: {type(error).__name__}")

    router.include(inner)
    assert await route(router, message("0"))
    assert await route(router, message("7"))
    with pytest.raises(ValueError, match="Exceeds the limit"):
        await route(router, message("12345" * 1000))

    assert ["within: ZeroDivisionError True", "around: KeyError"] == had


async def test_an_error_handler_that_fails_is_not_asked_again() -> None:
    router = Router()
    router.message()(Heard().handler("x"))

    @router.outer_middleware()
    async def fail(_context: Context, _call_next: CallNext) -> None:
        raise KeyError("first")

    @router.error(Exception)
    async def fail_too(error: Exception) -> None:
        raise ValueError("second") from error

    with pytest.raises(ValueError, match="second"):
        await route(router, message())


def test_a_router_never_includes_itself() -> None:
    router, inner, innermost = Router(), Router(), Router()
    router.include(inner)
    inner.include(innermost)
    for outer in (innermost, inner, router):
        with pytest.raises(InvalidInputError):
            innermost.include(outer)


@pytest.mark.parametrize(
    "register",
    [
        lambda on: on.event(str),
        lambda on: on.event(()),
        lambda on: on.error(),
        lambda on: on.error(BaseException),
        lambda on: on.command(),
        lambda on: on.command("two words"),
        lambda on: on.command("x", prefix=""),
        lambda on: on.message("hello"),
        lambda on: on.message(include_own="no"),
        lambda on: on.message(timeout=0),
    ],
)
def test_what_cannot_be_registered_is_refused(register: Callable[[Router], object]) -> None:
    with pytest.raises(InvalidInputError):
        register(Router())


@pytest.mark.parametrize(
    "options",
    [
        {"max_concurrency": 0},
        {"max_queued": 1.5},
        {"handler_timeout": -1},
        {"drain_timeout": "long"},
        {"catch_up": -1},
        {"mark_read": "no"},
        {"mark_read": False},
    ],
)
def test_options_that_cannot_be_right_are_refused(options: Any) -> None:
    with pytest.raises(InvalidInputError):
        bot(**options)
