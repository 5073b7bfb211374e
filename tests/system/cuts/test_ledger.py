"""The ledger of the simulations finds what is wrong, so its silence means something."""

from collections.abc import Callable, Iterable

import pytest

from connectycube.chat.events import ChatEvent, MessageReceived

from .careless import careless
from .ledger import Ledger, Place, Said, Shown, Verdict
from .person import Tap
from .plan import Figures, Plan
from .simulation import simulate
from .variants import VARIANTS

_PLACE = Place(name="here", dialog_id="d", people=("mar", "sim"))
backends = pytest.mark.parametrize("backend", ["asyncio", "trio"])


class Book:
    """A conversation of two, in which all is well until a test does something."""

    def __init__(self) -> None:
        self.ledger = Ledger({"mar": ["mar"], "sim": ["sim"]})
        self.history: dict[str, str] = {}
        self.said = [self.say(f"id {number}") for number in range(3)]

    def say(self, message_id: str) -> Said:
        said = self.ledger.begin("mar", _PLACE)
        said.outcome, said.message_id = "sent", message_id
        self.history[message_id] = said.text
        return said

    def show(self, *numbers: int) -> None:
        for said in (self.said[number] for number in numbers):
            self.ledger.show("sim", shown(said))

    def judge(self, *swaps: tuple[str, str, str]) -> Verdict:
        return self.ledger.judge(self.history, swaps)


def shown(said: Said, **changes: str) -> Shown:
    told = {"text": said.text, "message_id": said.message_id, "sender": said.sender}
    return Shown(**{**told, "dialog_id": said.place.dialog_id, **changes})


@pytest.fixture
def book() -> Book:
    return Book()


def test_it_has_nothing_to_say_where_all_is_well(book: Book) -> None:
    book.show(0, 1, 2)
    book.ledger.show("mar", shown(book.said[0]))  # one's own, back from a room

    assert [] == book.judge().complaints


def test_it_finds_what_was_lost(book: Book) -> None:
    book.show(0, 2)

    assert ["'mar in here, 2' (sent, id 1) by sim"] == book.judge().lost


def test_it_wants_what_the_history_has(book: Book) -> None:
    """Of that which is not there it is enough not to know."""
    book.show(0, 1)
    book.said[2].outcome = "unknown"
    with_it = book.judge().lost
    del book.history["id 2"]

    assert (1, []) == (len(with_it), book.judge().complaints)


def test_it_takes_a_gap_that_was_told_for_an_excuse(book: Book) -> None:
    """In that dialog, and of what was said before."""
    book.show(0, 1)
    book.ledger.gap("sim", ["other"], at=9)
    book.ledger.gap("sim", ["d"], at=-1)
    before = len(book.judge().lost)
    book.ledger.gap("sim", ["d"], at=9)

    assert (1, 0, 3) == (before, len(book.judge().lost), book.ledger.gaps)


def test_it_finds_what_came_twice(book: Book) -> None:
    book.show(0, 1, 1, 2)

    assert ["'mar in here, 2' by sim", "'id 1' by sim"] == book.judge().twice


def test_it_finds_what_came_twice_by_other_names(book: Book) -> None:
    book.show(0, 1, 2)
    book.ledger.show("sim", shown(book.said[1], message_id="another"))
    book.history["another"] = book.said[1].text

    assert 2 == len(book.judge().twice)


def test_it_finds_what_came_too_late(book: Book) -> None:
    book.show(1, 2, 0)

    assert ["'mar in here, 1' behind 'mar in here, 3' by sim"] == book.judge().disordered


def test_it_forgives_what_the_service_has_swapped(book: Book) -> None:
    """Of these two messages, to this device, and no more."""
    book.show(1, 0, 2)

    assert [] == book.judge(("sim", "id 0", "id 1")).disordered
    assert [] != book.judge(("mar", "id 0", "id 1")).disordered
    assert [] != book.judge(("sim", "id 1", "id 0")).disordered
    assert [] != book.judge(("sim", "id 0", "id 2")).disordered


def test_it_finds_what_was_not_sent(book: Book) -> None:
    book.show(0, 1, 2)
    del book.history["id 0"]

    assert ["'mar in here, 1' (id 0)"] == book.judge().false_sent


@pytest.mark.parametrize(
    "change", [{"text": "never said"}, {"sender": "pat"}, {"dialog_id": "e"}, {"message_id": "x"}]
)
def test_it_finds_what_was_not_said(book: Book, change: dict[str, str]) -> None:
    book.show(1, 2)
    book.ledger.show("sim", shown(book.said[0], **change))

    assert 1 == len(book.judge().other)


def test_it_finds_what_nobody_told_the_end_of(book: Book) -> None:
    book.show(0, 1, 2)
    book.said[0].outcome, book.said[1].outcome = "open", "failed"

    assert 2 == len(book.judge().other)


# In a simulation.


def now_and_then(odd: Callable[[ChatEvent], Iterable[ChatEvent]]) -> Tap:
    """Let something odd happen to every fiftieth message."""
    count = 0

    def tap(event: ChatEvent) -> Iterable[ChatEvent]:
        nonlocal count
        count += isinstance(event, MessageReceived)
        return odd(event) if isinstance(event, MessageReceived) and count % 50 == 0 else (event,)

    return tap


def play(backend: str, tap: Tap) -> Figures:
    plan = Plan(variant=VARIANTS["resumed"], seed=1, seconds=20.0, cuts=0, quiet=5.0, tap=tap)
    return simulate(plan, backend)


@backends
def test_a_tap_that_loses_is_found(backend: str) -> None:
    figures = play(backend, now_and_then(lambda _: ()))

    assert figures.verdict.lost
    assert [] == figures.verdict.twice + figures.verdict.disordered + figures.verdict.false_sent


@backends
def test_a_tap_that_repeats_is_found(backend: str) -> None:
    figures = play(backend, now_and_then(lambda event: (event, event)))

    assert figures.verdict.twice
    assert [] == figures.verdict.lost + figures.verdict.false_sent


@backends
def test_a_tap_that_keeps_back_is_found(backend: str) -> None:
    """What goes from one to another is shown behind the next now and then."""
    kept: dict[tuple[int, int | None], ChatEvent] = {}
    count = 0

    def tap(event: ChatEvent) -> Iterable[ChatEvent]:
        nonlocal count
        if not isinstance(event, MessageReceived) or event.message.is_group:
            return (event,)
        pair = event.message.sender_id, event.message.recipient_id
        if pair in kept:
            return (event, kept.pop(pair))
        count += 1
        if count % 10:
            return (event,)
        kept[pair] = event
        return ()

    assert play(backend, tap).verdict.disordered


@backends
def test_a_conversation_that_only_begins_anew_is_found_out(backend: str) -> None:
    plan = Plan(
        variant=VARIANTS["mixed"], seed=1, seconds=20.0, cuts=20, quiet=30.0, connect=careless
    )
    verdict = simulate(plan, backend).verdict

    assert verdict.lost
