"""Somebody with devices, each with an application on it that is shown what comes."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from random import Random
from typing import Final, Protocol, TypeAlias

import anyio
import attrs

from connectycube import Clock, ConnectyCube, LoginPassword
from connectycube.chat.events import (
    ChatEvent,
    Gap,
    MessageReceived,
    Overflow,
    Reconnected,
    Resumed,
    Sent,
)
from connectycube.errors import ConnectyCubeError, DeliveryUnknownError
from connectycube.http import Transport

from .ledger import Ledger, Place, Said, Shown
from .network import WireConnector

Tap: TypeAlias = Callable[[ChatEvent], Iterable[ChatEvent]]
"""Stands between the chat and an application: what it is shown of an event."""
AUTH_KEY: Final = "canary-key"


class Conversation(Protocol):
    """What is tried here of a `ChatConnection`."""

    def __aiter__(self) -> AsyncIterator[ChatEvent]: ...

    async def send(self, to: int | str, body: str, /, *, timeout: float) -> Sent: ...

    async def join(self, dialog_id: str, /) -> None: ...


Connect: TypeAlias = Callable[
    [ConnectyCube, WireConnector], AbstractAsyncContextManager[Conversation]
]
"""How a client comes to a conversation over lines of this network."""


@attrs.define(kw_only=True)
class Outages:
    """
    How long a device was away, in seconds.

    Attributes:
        cut_at: when its line was cut, and it knew; as long as it is not back.
        silent_at: when its line fell silent, as long as it has not found out.
        back: from each cut, or from finding a silent line, to being online again.
        found: from each line's falling silent to its being given up.
        resumed, reconnected: how it came back.
    """

    cut_at: float | None = None
    silent_at: float | None = None
    back: list[float] = attrs.field(factory=list[float])
    found: list[float] = attrs.field(factory=list[float])
    resumed: int = 0
    reconnected: int = 0

    def cut(self) -> None:
        """Note that the line is cut, and the device knows."""
        self.cut_at = anyio.current_time() if self.cut_at is None else self.cut_at

    def fall_silent(self) -> None:
        """Note that the line is cut, and nobody knows."""
        self.silent_at, self.cut_at = anyio.current_time(), None

    def find(self) -> None:
        """Note that the silent line was given up."""
        if self.silent_at is not None:
            self.cut_at = anyio.current_time()
            self.found.append(self.cut_at - self.silent_at)
            self.silent_at = None

    def see(self, event: ChatEvent) -> None:
        """Note what an event says of the line."""
        if not isinstance(event, Resumed | Reconnected):
            return
        self.resumed += isinstance(event, Resumed)
        self.reconnected += isinstance(event, Reconnected)
        if self.cut_at is not None:
            self.back.append(anyio.current_time() - self.cut_at)
            self.cut_at = None


class Device:
    """
    A device with its own way to the chat.

    Attributes:
        odd: events that are not to be seen here.
    """

    def __init__(
        self,
        name: str,
        connector: WireConnector,
        ledger: Ledger,
        *,
        tap: Tap,
        connect: Callable[[WireConnector], AbstractAsyncContextManager[Conversation]],
    ) -> None:
        self.name = name
        self.connector = connector
        self.outages = Outages()
        connector.on_given_up = self.outages.find
        self.odd: list[str] = []
        self._ledger = ledger
        self._tap = tap
        self._connect = connect
        self._chat: Conversation | None = None

    @property
    def chat(self) -> Conversation:
        """Return the conversation, inside `online`."""
        assert self._chat is not None

        return self._chat

    @asynccontextmanager
    async def online(self) -> AsyncGenerator[None]:
        """Be connected, and take what comes, inside the block."""
        async with (
            self._connect(self.connector) as self._chat,
            anyio.create_task_group() as group,
        ):
            group.start_soon(self._listen, self.chat)
            yield
            group.cancel_scope.cancel()

    async def _listen(self, chat: Conversation) -> None:
        async for event in chat:
            for shown in self._tap(event):
                self._show(shown)
        self.odd.append(f"{self.name}: the conversation has ended")

    def _show(self, event: ChatEvent) -> None:
        self.outages.see(event)
        if isinstance(event, MessageReceived):
            message = event.message
            sender = self._ledger.names.get(message.sender_id, str(message.sender_id))
            self._ledger.show(
                self.name,
                Shown(
                    text=message.body,
                    message_id=message.id,
                    sender=sender,
                    dialog_id=message.dialog_id,
                ),
            )
        elif isinstance(event, Gap):
            self._ledger.gap(self.name, event.dialog_ids, anyio.current_time())
        elif isinstance(event, Overflow):
            self.odd.append(f"{self.name}: {event}")

    async def say(self, said: Said, to: int | str, timeout: float) -> None:
        """Say something, and note what came of it."""
        try:
            sent = await self.chat.send(to, said.text, timeout=timeout)
        except DeliveryUnknownError as unknown:
            said.outcome, said.message_id = "unknown", unknown.message_id
        except ConnectyCubeError as error:
            said.outcome, said.reason = "failed", repr(error)
        else:
            said.outcome, said.message_id = "sent", sent.message_id


@attrs.define(kw_only=True, eq=False)
class Person:
    """Somebody who talks."""

    name: str
    devices: list[Device]
    random: Random
    places: list[Place] = attrs.field(factory=list[Place])
    targets: dict[str, int | str] = attrs.field(factory=dict[str, int | str])
    """Where what goes to a place is sent, by its name."""

    async def talk(self, ledger: Ledger, until: float, pause: float, timeout: float) -> None:
        """Say things now and then, some of them in one breath, and wait for what comes of them."""
        async with anyio.create_task_group() as group:
            while anyio.current_time() < until:
                await anyio.sleep(self.random.expovariate(1 / pause))
                place = self.random.choice(self.places)
                # Always the same for a place: there is no order between devices.
                device = self.devices[self.places.index(place) % len(self.devices)]
                for _ in range(self.random.choice((1, 1, 1, 2, 4))):
                    group.start_soon(self._say, ledger, place, device, timeout)

    async def _say(self, ledger: Ledger, place: Place, device: Device, timeout: float) -> None:
        # Numbered here: the tasks of one breath may begin in any order.
        said = ledger.begin(device.name, place, anyio.current_time())
        await device.say(said, self.targets[place.name], timeout)


def client(
    app_id: int, name: str, transport: Transport, *, skew: float, start: float
) -> ConnectyCube:
    """Return somebody's client, whose clock is off by so many seconds."""
    return ConnectyCube(
        app_id,
        AUTH_KEY,
        auth=LoginPassword(name, f"canary-of-{name}"),
        transport=transport,
        clock=Clock(monotonic=anyio.current_time, wall=lambda: start + skew + anyio.current_time()),
    )
