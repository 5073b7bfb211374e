"""Does a store of conversations keep its Protocol's promises?"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import anyio

from connectycube.bots.conversation_store import ConversationStore, StoredConversation
from connectycube.testing.promise import promise

_DATA: Final[dict[str, Any]] = {
    "text": "Grüße \N{SNOWMAN} \n\x00 '\"",
    "numbers": [0, -1, 2**53, 0.5, None, True],
    "nested": {"": {"a": []}},
}
_KEYS: Final = (
    "7/8/8",
    "7/8/80",
    "7/65a0b1c2/8",
    "A",
    "a",
    "../a",
    "a\\b",
    "%2e",
    "ключ",
    "x" * 300,
)
_AT_ONCE: Final = 20


async def check_conversation_store(make: Callable[[], ConversationStore]) -> None:
    """
    Check what a store keeps, replaces and forgets.

    Args:
        make: gives a new and empty store, on whatever event loop runs.

    Raises:
        AssertionError: a promise of `ConversationStore` is broken.
    """
    await _keeps(make())
    await _keeps_apart(make())
    await _keeps_copies(make())
    await _deletes(make())
    await _saves_at_once(make())
    await _shows_nothing(make())


async def _keeps(store: ConversationStore) -> None:
    promise(await store.load("k") is None, "an unknown key loads None")
    ends = datetime.now(UTC) + timedelta(days=1, microseconds=5)
    for one in (
        StoredConversation(state="Order.size", data=_DATA, expires_at=ends),
        StoredConversation(state="Order.address"),
    ):
        await store.save("k", one)
        promise(await store.load("k") == one, "what was saved last is loaded as it was")
    over = StoredConversation(state="x", expires_at=datetime.now(UTC) - timedelta(days=1))
    await store.save("k", over)
    promise(await store.load("k") in (None, over), "what has expired is loaded as it was, or not")


async def _keeps_apart(store: ConversationStore) -> None:
    for number, key in enumerate(_KEYS):
        await store.save(key, StoredConversation(state=str(number)))
    for number, key in enumerate(_KEYS):
        kept = await store.load(key)
        promise(
            kept is not None and kept.state == str(number),
            "keys are kept apart, whatever characters they hold",
        )


async def _keeps_copies(store: ConversationStore) -> None:
    data: dict[str, Any] = {"list": [1]}
    await store.save("k", StoredConversation(state="x", data=data))
    data["list"].append(2)
    kept = await store.load("k")
    promise(kept is not None and kept.data == {"list": [1]}, "what was given may be changed after")
    if kept is not None:
        kept.data["list"].append(3)
    again = await store.load("k")
    promise(again is not None and again.data == {"list": [1]}, "what was loaded may be changed")


async def _deletes(store: ConversationStore) -> None:
    await store.delete("k")
    for key in ("k", "other"):
        await store.save(key, StoredConversation(state="x"))
    await store.delete("k")
    promise(await store.load("k") is None, "what was deleted is gone")
    promise(await store.load("other") is not None, "delete concerns its own key alone")


async def _saves_at_once(store: ConversationStore) -> None:
    states = [f"{number}" * 500 for number in range(_AT_ONCE)]
    async with anyio.create_task_group() as group:
        for number, state in enumerate(states):
            group.start_soon(store.save, "k", StoredConversation(state=state))
            group.start_soon(store.save, f"k{number}", StoredConversation(state=state))
    kept = await store.load("k")
    promise(kept is not None and kept.state in states, "of several saves at once one is kept whole")
    for number, state in enumerate(states):
        one = await store.load(f"k{number}")
        promise(one is not None and one.state == state, "saves of several keys at once all count")


async def _shows_nothing(store: ConversationStore) -> None:
    await store.save("a-key", StoredConversation(state="x", data={"said": "a-word"}))
    promise("a-word" not in repr(store), "the store's repr shows nothing of what people said")
