"""Other people in a test: each has an account, and a device that is connected to the chat."""

import re
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from difflib import get_close_matches
from typing import Any, Final, Protocol, TypeAlias, TypeVar

import anyio

from connectycube.chat.connection import ChatConnection
from connectycube.chat.events import ChatEvent, ChatMessage, Disconnected, MessageReceived
from connectycube.models.dialog import DialogLike
from connectycube.testing._backstage import Backstage, settled
from connectycube.testing._inbox import Inbox

T = TypeVar("T")
E = TypeVar("E")


class HasId(Protocol):
    """A user or a dialog, however it is held."""

    @property
    def id(self) -> int | str: ...


Whom: TypeAlias = HasId | int | str
"""Somebody: an actor, a user, an id or a login. Or a dialog, its id, or its name in the seed."""
Text: TypeAlias = str | re.Pattern[str]
_PATIENCE: Final = 5.0
_PARTING: Final = 10.0
_MOST_SHOWN: Final = 8


class Actor:
    """
    Somebody who talks with what is tested, in real time; `StagedEmulator.actor` makes one.

    An actor lives in a thread of its own, so it can be awaited from any event loop. Nothing that
    actors do over the chat is among the emulator's requests. It is online until `leave`, or until
    the emulator is reset or stopped.

    Attributes:
        id: the id of the user.
        login: the user's login.
    """

    def __init__(
        self,
        user_id: int,
        login: str,
        *,
        backstage: Backstage,
        chat: Callable[[], ChatConnection],
        resolve: Callable[[Whom, int], int | DialogLike],
        name_of: Callable[[int], str],
    ) -> None:
        self.id = user_id
        self.login = login
        self._backstage = backstage
        self._new_chat = chat
        self._resolve = resolve
        self._name_of = name_of
        self._inbox = Inbox()
        self._chat: ChatConnection | None = None
        self._life: Future[None] | None = None
        self._scope: anyio.CancelScope | None = None
        self._is_dismissed = False

    async def send(self, to: Whom, text: str | None = None, **options: Any) -> str:
        """
        Send a message; return its id once the service has it.

        Args:
            to: whom or where: an actor, a user, a dialog, or the id or name of one of these.
            text: what to say.
            options: further ones of `ChatConnection.send`.

        Raises:
            LookupError: there is nobody of that name, and no such dialog.
        """
        target = self._resolve(to, self.id)
        return (await self.do(lambda chat: chat.send(target, text, **options))).message_id

    async def reply(self, message: ChatMessage, text: str) -> str:
        """Answer a message where it was written; return the answer's id."""
        return (await self.do(lambda chat: chat.reply(message, text))).message_id

    async def sees(
        self, text: Text, *, sender: "Actor | int | None" = None, timeout: float = _PATIENCE
    ) -> ChatMessage:
        """
        Wait until somebody else's message with this text is there, and return it.

        Each message is seen once: a second `sees` of the same text waits for a second message.
        Others stay to be seen, in whatever order they are asked for.

        Args:
            text: the whole text, or a compiled pattern that is found in it.
            sender: who has to have written it.
            timeout: how many seconds to wait.

        Raises:
            AssertionError: it did not come; the message tells what came instead.
        """
        __tracebackhide__ = True
        sender_id = sender.id if isinstance(sender, Actor) else sender

        def fits(event: MessageReceived) -> bool:
            return (
                event.message.sender_id != self.id
                and sender_id in (None, event.message.sender_id)
                and _says(event.message, text)
            )

        event = await self._take(MessageReceived, fits, timeout)
        if event is None:
            wanted = repr(text) if isinstance(text, str) else f"a match of {text.pattern!r}"
            raise AssertionError(self._story(f"saw no {wanted}", timeout, text))
        return event.message

    async def notices(
        self,
        kind: type[E],
        where: Callable[[E], bool] = lambda _: True,
        *,
        timeout: float = _PATIENCE,
    ) -> E:
        """
        Wait until an event of this kind is there, such as `Typing`, and return it.

        Each event is noticed once.

        Args:
            kind: one of the chat's events.
            where: says whether it is the one.
            timeout: how many seconds to wait.

        Raises:
            AssertionError: it did not come; the message tells what came instead.
        """
        __tracebackhide__ = True
        event = await self._take(kind, where, timeout)
        if event is None:
            raise AssertionError(self._story(f"noticed no {kind.__name__}", timeout, None))
        return event

    async def do(self, work: Callable[[ChatConnection], Awaitable[T]]) -> T:
        """
        Do anything with the actor's own `ChatConnection`, such as `lambda chat: chat.typing(7)`.

        It runs in the actor's event loop.
        """
        chat = self._chat
        if chat is None:
            raise RuntimeError(f"{self.login} is not online")
        return await self._backstage.run(lambda: work(chat))

    @property
    def events(self) -> list[ChatEvent]:
        """Return everything that came so far, seen or not, the oldest first."""
        return list(self._inbox.events)

    @property
    def messages(self) -> list[ChatMessage]:
        """Return the messages of others that came so far, seen or not, the oldest first."""
        return [
            one.message
            for one in self._inbox.events
            if isinstance(one, MessageReceived) and one.message.sender_id != self.id
        ]

    async def leave(self) -> None:
        """Go offline; what came until then can still be seen."""
        await self._backstage.run(self._depart)

    async def appear(self) -> None:
        """Go online. `StagedEmulator.actor` has done it; raises what prevents it."""
        appeared: Future[None] = Future()
        self._life = self._backstage.begin(lambda: self._live(appeared))
        await settled(appeared)

    def dismiss(self) -> None:
        """Go offline from wherever; waits a bounded moment for the goodbye."""
        if self._life is not None and not self._life.done():
            self._backstage.call(self._cancel)
            self._life.exception(timeout=_PARTING)

    async def _live(self, appeared: Future[None]) -> None:
        with anyio.CancelScope() as self._scope:
            if self._is_dismissed:
                self._scope.cancel()
            try:
                async with self._new_chat() as chat:
                    self._chat = chat
                    appeared.set_result(None)
                    async for event in chat:
                        self._inbox.put(event)
            except Exception as error:
                if appeared.done():
                    raise
                appeared.set_exception(error)  # raised where the actor is awaited
            finally:
                self._chat = None
                self._inbox.end()
                appeared.cancel()

    async def _depart(self) -> None:
        self._cancel()
        await self._inbox.take(lambda _: False, _PARTING)

    def _cancel(self) -> None:
        self._is_dismissed = True
        if self._scope is not None:
            self._scope.cancel()

    async def _take(self, kind: type[E], where: Callable[[E], bool], timeout: float) -> E | None:
        def fits(event: ChatEvent) -> bool:
            return isinstance(event, kind) and where(event)

        found = await self._backstage.run(lambda: self._inbox.take(fits, timeout))
        return found if isinstance(found, kind) else None

    def _story(self, failed: str, timeout: float, text: Text | None) -> str:
        told = [f"{self.login} {failed} within {timeout:g} s"]
        if self._chat is None:
            ends = [one.reason for one in self._inbox.events if isinstance(one, Disconnected)]
            told.append(f"{self.login} is offline{f': {ends[-1]}' if ends else ''}")
        bodies = [one.body for one in self.messages]
        if isinstance(text, str) and (near := get_close_matches(text, bodies, n=1)):
            told.append(f"the nearest was {near[0]!r}")
        if text is None:
            kinds = [type(one).__name__ for one in self._inbox.events[-_MOST_SHOWN:]]
            told.append(f"what came, seen or not: {', '.join(kinds) or 'nothing'}")
        else:
            shown = [
                f"{one.body!r} from {self._name_of(one.sender_id)}"
                for one in self.messages[-_MOST_SHOWN:]
            ]
            told.append(f"messages that came, seen or not: {', '.join(shown) or 'none'}")
        return "; ".join(told)

    def __repr__(self) -> str:
        return f"<Actor {self.login} {self.id}>"


def _says(message: ChatMessage, text: Text) -> bool:
    return text == message.body if isinstance(text, str) else bool(text.search(message.body))
