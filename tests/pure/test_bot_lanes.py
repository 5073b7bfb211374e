"""Who is handled next: order in each place, turns among them, and what finds no room."""

from connectycube.bots.lanes import Lanes
from connectycube.chat.events import ChatEvent, MessageReceived, Typing

from .bot_stage import DIALOG_ID, message


def bodies(events: list[ChatEvent]) -> list[str]:
    return [event.message.body for event in events if isinstance(event, MessageReceived)]


def lanes(most: int = 10, *, has_history: bool = True) -> Lanes:
    return Lanes(most, has_history=has_history)


def said(*texts: str, place: int = 8, first: int = 1) -> list[MessageReceived]:
    return [
        message(text, sender_id=place, number=1000 * place + number)
        for number, text in enumerate(texts, start=first)
    ]


def handled(line: Lanes, turns: int = 100) -> list[str]:
    """Let one worker do so many turns, and return what it had."""
    had: list[ChatEvent] = []
    for _ in range(turns):
        lane = line.take()
        if lane is None:
            break
        if lane.waiting:
            lane.current = lane.waiting.popleft()
            had.append(lane.current)
        line.give_back(lane)
    return bodies(had)


def test_places_take_turns_and_keep_their_order() -> None:
    """However much is said in one dialog, another waits for one message of it."""
    line = lanes()
    for one in said("a1", "a2", "a3"):
        line.put(8, one)
    for one in said("b1", "b2", place=9):
        line.put(9, one)

    assert ["a1", "b1", "a2", "b2", "a3"] == handled(line)
    assert 0 == len(line)


def test_a_place_is_for_one_worker_at_a_time() -> None:
    line = lanes()
    for one in said("a1", "a2"):
        line.put(8, one)
    lane = line.take()

    assert lane is not None
    assert line.take() is None
    line.give_back(lane)
    assert lane is line.take()


def test_what_is_idle_is_forgotten() -> None:
    line = lanes()
    for place in range(100):
        line.put(place, message(str(place), number=place))
    handled(line)

    assert ([], False) == (line.unfinished, line.is_ready)
    assert {} == line._lanes


def test_what_waits_and_what_is_being_handled_is_unfinished() -> None:
    line = lanes()
    for one in said("a1", "a2"):
        line.put(8, one)
    lane = line.take()
    assert lane is not None
    lane.current = lane.waiting.popleft()

    assert (["a1", "a2"], 2) == (bodies(line.unfinished), len(line))


def test_a_message_that_is_known_is_taken_once() -> None:
    """By sender and id, so that nobody hides another's message by its id."""
    line = lanes()
    line.put(8, message("first", number=1))
    line.put(8, message("again", number=1))
    line.put(9, message("another's", sender_id=9, number=1))
    handled(line)
    line.put(8, message("late", number=1))

    assert [] == handled(line)


def test_messages_without_an_id_are_all_taken() -> None:
    line = lanes()
    for _ in range(2):
        line.put(8, message("x", id=""))

    assert ["x", "x"] == handled(line)


def test_a_full_place_goes_on_from_the_history_when_it_has_handled_what_it_holds() -> None:
    """In their order, though others find room again before."""
    line = lanes(most=2)
    one, two, three, four = said("1", "2", "3", "4")
    taken = [line.put(8, each) for each in (one, two, three)]
    assert ["1"] == handled(line, turns=1)
    taken.append(line.put(8, four))
    assert ["2"] == handled(line, turns=1)
    lane = line.take()
    assert lane is not None
    looks_back = lane.looks_back
    line.missed(lane, [two, three, four])
    line.give_back(lane)

    assert [True, True, False, False] == taken
    assert (True, 2) == (looks_back, lane.dropped)
    assert ["3", "4"] == handled(line)


def test_without_a_history_what_finds_no_room_is_dropped() -> None:
    line = lanes(most=1, has_history=False)
    for one in said("1", "2"):
        line.put(8, one)

    assert ["1"] == handled(line)


def test_other_events_find_no_room_either() -> None:
    line = lanes(most=1)
    kept = [line.put(8, Typing(user_id=8)) for _ in range(2)]

    assert [True, False] == kept
    assert 1 == len(line)


def test_missed_messages_come_before_what_waits_and_once() -> None:
    """What both have comes in the history's order."""
    line = lanes()
    one, two, three = said("1", "2", "3")
    line.put(8, two)
    line.miss(8, DIALOG_ID, is_group=False)
    line.put(8, three)
    lane = line.take()
    assert lane is not None
    assert lane.looks_back
    line.missed(lane, [one, two])
    line.give_back(lane)

    assert ["1", "2", "3"] == handled(line)
    line.miss(8, DIALOG_ID, is_group=False)
    lane = line.take()
    assert lane is not None
    line.missed(lane, [one, two, three])
    line.give_back(lane)
    assert [] == handled(line)


def test_an_event_joins_the_messages_of_its_dialog() -> None:
    """Under the group where its messages wait, else under the user."""
    line = lanes()
    line.put(DIALOG_ID, message("1", is_group=True))
    line.put(DIALOG_ID, Typing(user_id=8, dialog_id=DIALOG_ID))
    line.put("another", Typing(user_id=9, dialog_id="another"))

    assert {DIALOG_ID, 9} == set(line._lanes)
