"""Minutes of talk over lines that are cut all the time, in a moment, and the same each time."""

import random
from collections import Counter
from collections.abc import AsyncGenerator, Generator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

import anyio
from trio._core import _run as trio_run

from connectycube.emulator import Clock as EmulatorClock
from connectycube.emulator.chat_records import DialogType
from connectycube.emulator.service import Service
from connectycube.emulator.settings import Settings
from connectycube.http import Request
from connectycube.testing.inprocess import EmulatorResponse, EmulatorTransport
from tests.engine.virtual_time import virtual_backends

from .ledger import Ledger, Place, Swap
from .network import Network, WireConnector
from .person import AUTH_KEY, Device, Person, client
from .plan import Figures, Plan, dice
from .trouble import Trouble

_START: Final = datetime(2024, 6, 10, 9, tzinfo=UTC)
_NAMES: Final = ("mar", "sim", "pat", "ida", "leo")
_GROUPS: Final = (("mar", "sim", "pat", "ida"), ("sim", "leo", "ida"), ("mar", "leo"))
_PAIRS: Final = (("mar", "sim"), ("pat", "ida"), ("leo", "mar"), ("sim", "pat"))
_TICK: Final = 0.5  # seconds between looks at what time has made due


def simulate(plan: Plan, backend: str) -> Figures:
    """Play it on a new event loop of this kind."""
    name, options = virtual_backends()[backend]
    with _repeatable(plan.seed):
        return anyio.run(_Simulation(plan).play, backend=name, backend_options=options)


class _LoopClock(EmulatorClock):
    """The emulator's clock, moving with the event loop's."""

    def now(self) -> datetime:
        return _START + timedelta(seconds=anyio.current_time())


class _Slow(EmulatorTransport):
    """The way to the API, on which everything takes a moment."""

    def __init__(self, service: Service, network: Network) -> None:
        super().__init__(service)
        self._network = network

    async def send(self, request: Request, /) -> EmulatorResponse:
        await anyio.sleep(self._network.latency())
        answer = await super().send(request)
        await anyio.sleep(self._network.latency())
        return answer


class _Simulation:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.variant = plan.variant

    async def play(self) -> Figures:
        self.service = Service(
            auth_key=AUTH_KEY, settings=Settings(**self.variant.settings), clock=_LoopClock()
        )
        self.network = Network(self.service.xmpp, dice(self.plan.seed, "network"))
        self.places = self._settle()
        async with anyio.create_task_group() as group, AsyncExitStack() as stack:
            group.start_soon(self.network.run)
            group.start_soon(self._pass_time)
            people = [await stack.enter_async_context(self._person(name)) for name in _NAMES]
            self._devices = [one for person in people for one in person.devices]
            for person in people:
                for device in person.devices:
                    await stack.enter_async_context(device.online())
                    if self.variant.joins:
                        await _join(person, device)
            trouble = Trouble(self.plan, self.service, self.network, self._devices)
            trouble.begin()
            ends = anyio.current_time() + self.plan.seconds
            async with anyio.create_task_group() as talk:
                for person in people:
                    talk.start_soon(
                        person.talk, self.ledger, ends, self.plan.pause, self.plan.timeout
                    )
                talk.start_soon(trouble.cut, ends)
                talk.start_soon(trouble.crash, ends)
                talk.start_soon(trouble.refuse_logins, ends)
            trouble.end()
            await anyio.sleep(self.plan.quiet)
            figures = self._figures(trouble.cuts)
            await stack.aclose()
            group.cancel_scope.cancel()
        return figures

    # The stage.

    def _settle(self) -> list[Place]:
        """Let there be people, and places to talk."""
        add = self.service.world.add_user
        self.ids = {n: add(login=n, password=f"canary-of-{n}").id for n in _NAMES}
        names = {user_id: name for name, user_id in self.ids.items()}
        count = self.variant.devices
        devices = {n: [f"{n} {i}" if count > 1 else n for i in range(count)] for n in _NAMES}
        self.ledger = Ledger(devices, names)
        chat = self.service.world.chat
        places: list[Place] = []
        for number, people in enumerate((*_GROUPS, *_PAIRS)):
            owner, *others = (self.ids[name] for name in people)
            is_group = number < len(_GROUPS)
            kind = DialogType.GROUP if is_group else DialogType.PRIVATE
            dialog = chat.add_dialog(owner, kind, occupants_ids=others)
            name = f"group {number}" if is_group else " and ".join(people)
            places.append(Place(name=name, dialog_id=dialog.id, people=people))
        return places

    @asynccontextmanager
    async def _person(self, name: str) -> AsyncGenerator[Person]:
        own = dice(self.plan.seed, name)
        skew = own.uniform(-self.variant.skew, self.variant.skew)
        transport = _Slow(self.service, self.network)
        async with AsyncExitStack() as stack:
            devices: list[Device] = []
            for device in self.ledger.devices[name]:
                cube = client(
                    self.service.app_id, name, transport, skew=skew, start=_START.timestamp()
                )
                await stack.enter_async_context(cube)
                dates = partial(_by_clock, skew) if self.variant.dates else None
                connector = WireConnector(self.network, dates)
                connect = partial(self.plan.connect, cube)
                devices.append(
                    Device(device, connector, self.ledger, tap=self.plan.tap, connect=connect)
                )
            places = [one for one in self.places if name in one.people]
            targets = {one.name: self._target(one, name) for one in places}
            yield Person(name=name, devices=devices, random=own, places=places, targets=targets)

    def _target(self, place: Place, name: str) -> int | str:
        if place.name.startswith("group"):
            return place.dialog_id
        (other,) = (one for one in place.people if one != name)
        return self.ids[other]

    async def _pass_time(self) -> None:
        while True:
            await anyio.sleep(_TICK)
            self.service.xmpp.settle()

    # What came of it.

    def _figures(self, cuts: int) -> Figures:
        chat = self.service.world.chat
        history = {
            one.id: one.text or ""
            for place in self.places
            if (dialog := chat.dialog(place.dialog_id)) is not None
            for one in chat.messages_of(dialog)
        }
        outages = [one.outages for one in self._devices]
        still = [one.name for one in self._devices if one.outages.cut_at or one.outages.silent_at]
        return Figures(
            cuts=cuts,
            said=len(self.ledger.said),
            shown=sum(map(len, self.ledger.shown.values())),
            unknown=self.ledger.count("unknown"),
            gaps=self.ledger.gaps,
            resumed=sum(one.resumed for one in outages),
            reconnected=sum(one.reconnected for one in outages),
            back=[seconds for one in outages for seconds in one.back],
            found=[seconds for one in outages for seconds in one.found],
            struck=Counter(one.kind for one in self.service.xmpp.faults.struck),
            verdict=self.ledger.judge(history, self._swaps()),
            odd=[line for one in self._devices for line in one.odd]
            + [f"{name}: still away at the end" for name in still],
        )

    def _swaps(self) -> Iterable[Swap]:
        """Return what the service gave in another order, to each device of whom it gave it."""
        for struck in self.service.xmpp.faults.struck:
            if struck.kind == "reorder":
                for device in self.ledger.devices_of(struck.user_id or 0):
                    late, early = struck.message_ids
                    yield device, late, early


def _by_clock(skew: float) -> float:
    return _START.timestamp() + skew + anyio.current_time()


async def _join(person: Person, device: Device) -> None:
    for place in person.places:
        if place.name.startswith("group"):
            await device.chat.join(place.dialog_id)


@contextmanager
def _repeatable(seed: int) -> Generator[None]:
    """Let chance fall the same each time: the client's, and trio's, which shuffles its tasks."""
    before, flag = random.getstate(), "_ALLOW_DETERMINISTIC_SCHEDULING"
    inside = vars(trio_run)
    random.seed(seed)
    inside["_r"].seed(seed)
    inside[flag] = True
    try:
        yield
    finally:
        inside[flag] = False
        random.setstate(before)
