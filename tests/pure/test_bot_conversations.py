"""States of a talk: how they are declared, set, kept and left."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectycube.bots import (
    Conversation,
    MemoryConversationStore,
    Router,
    State,
    States,
    StoredConversation,
    in_state,
)
from connectycube.errors import InvalidInputError

from .bot_stage import bot, context, message

pytestmark = pytest.mark.anyio
NOW = datetime.now(UTC)


class Order(States):
    size = State(timeout=600)
    address = State()


class LongOrder(Order):
    note = State()


async def conversation(store: MemoryConversationStore) -> Conversation:
    return await Conversation.load(store, "k")


def test_states_are_known_by_their_names() -> None:
    assert "Order.size" == Order.size.name
    assert {"Order.size", "Order.address", "LongOrder.note"} == LongOrder.names()


async def test_a_talk_goes_from_state_to_state_and_remembers() -> None:
    """Whoever loads it finds it where it was left."""
    store = MemoryConversationStore()
    first = await conversation(store)
    at_first = first.state, dict(first.data)
    await first.set(Order.size, drink="tea")
    await first.update(size=5)
    await first.set(Order.address, size=6)
    second = await conversation(store)
    left = second.state, dict(second.data), second.is_in(Order.size), second.is_in(Order)
    await second.end()

    assert (None, {}) == at_first
    assert ("Order.address", {"drink": "tea", "size": 6}, False, True) == left
    assert (None, None) == (second.state, (await conversation(store)).state)


async def test_a_talk_ends_when_its_time_is_up() -> None:
    """By the state's own time, or by one that is given; the next state begins anew."""
    store = MemoryConversationStore()
    talk = await conversation(store)
    await talk.set(Order.size)
    stored = await store.load("k")
    assert stored is not None
    assert stored.expires_at is not None
    ends = stored.expires_at - datetime.now(UTC)
    await store.save("k", StoredConversation(state="Order.size", expires_at=NOW))
    over = await conversation(store)
    await over.set(Order.size, timeout=None)
    open_ended = await store.load("k")

    assert timedelta(seconds=590) < ends <= timedelta(seconds=600)
    assert open_ended is not None
    assert open_ended.expires_at is None


async def test_what_expired_counts_as_none() -> None:
    store = MemoryConversationStore()
    await store.save("k", StoredConversation(state="Order.size", data={"a": 1}, expires_at=NOW))
    talk = await conversation(store)

    assert (None, {}) == (talk.state, dict(talk.data))


@pytest.mark.parametrize("data", [{"a": object()}, {"a": float("nan")}, {"a": {1, 2}}])
async def test_what_json_cannot_hold_is_refused_at_once(data: dict[str, Any]) -> None:
    """By any store, so that a bug shows before there is a file or a server."""
    talk = await conversation(MemoryConversationStore())
    with pytest.raises(InvalidInputError, match="what JSON can hold"):
        await talk.set(Order.size, **data)

    assert talk.state is None


async def test_what_is_read_is_what_a_store_would_give() -> None:
    """Tuples become lists at once, not after the next start."""
    talk = await conversation(MemoryConversationStore())
    await talk.set(Order.size, pair=(1, 2))

    assert {"pair": [1, 2]} == talk.data
    with pytest.raises(TypeError):
        talk.data["pair"] = 1  # type: ignore[index] # the rule itself


async def test_there_is_nothing_to_update_without_a_talk() -> None:
    talk = await conversation(MemoryConversationStore())
    with pytest.raises(InvalidInputError, match="set a state first"):
        await talk.update(a=1)


@pytest.mark.parametrize("state", [State(), "Order.size", None, Order])
async def test_what_is_no_state_is_refused(state: Any) -> None:
    talk = await conversation(MemoryConversationStore())
    with pytest.raises(InvalidInputError):
        await talk.set(state)


def test_states_belong_to_a_class_of_states() -> None:
    with pytest.raises((InvalidInputError, RuntimeError)):

        class Other:
            state = State()


@pytest.mark.parametrize("timeout", [0, -1, True, "600", float("inf")])
def test_a_timeout_is_a_number_of_seconds(timeout: Any) -> None:
    with pytest.raises(InvalidInputError):
        State(timeout=timeout)


@pytest.mark.parametrize("states", [(), ("Order.size",), (5,)])
def test_a_filter_of_no_states_is_refused(states: Any) -> None:
    with pytest.raises(InvalidInputError):
        in_state(*states)


async def test_handlers_are_found_by_the_state_of_their_user_and_place() -> None:
    """Two users in one place, and one user in two places, have talks of their own."""
    router = Router()
    had: list[tuple[str, int, bool]] = []

    @router.message(in_state(None))
    async def begin(conversation: Conversation, message: Any) -> None:
        had.append(("begin", message.sender_id, message.is_group))
        await conversation.set(Order.size)

    @router.message(in_state(Order))
    async def go_on(conversation: Conversation, message: Any) -> None:
        had.append((conversation.state or "", message.sender_id, message.is_group))
        await conversation.set(Order.address)

    own = bot(router)
    for sender, in_group in [(8, False), (9, False), (8, True), (8, False), (9, False), (8, False)]:
        event = message("x", sender_id=sender, is_group=in_group)
        await own._routes.route(context(event, own))

    assert [
        ("begin", 8, False),
        ("begin", 9, False),
        ("begin", 8, True),
        ("Order.size", 8, False),
        ("Order.size", 9, False),
        ("Order.address", 8, False),
    ] == had


async def test_memory_forgets_what_has_expired() -> None:
    """A million users who never finish a talk cost what the last of them do."""
    store = MemoryConversationStore()
    for number in range(5000):
        await store.save(str(number), StoredConversation(state="x", expires_at=NOW))

    assert len(store._kept) <= 256
