"""What a partner has heard, and how a step waits for more."""

from typing import Any, Final, TypeAlias

import anyio

PATIENCE: Final = 30.0  # for what takes a moment, on a machine that is busy with others

Heard: TypeAlias = dict[str, Any]
"""
One thing that was heard: its `kind`, and the members of that kind.

    message    id, user_id, dialog_id, is_group, is_carbon, body, params, attachments
    sent       id
    refused    id, code
    delivered  id, user_id, dialog_id
    read       id, user_id, dialog_id
    typing     user_id, dialog_id, is_typing
    edited     id, user_id, dialog_id, body, is_last, params
    deleted    id, user_id, dialog_id
    reacted    id, user_id, dialog_id, added, removed
    system     id, user_id, body, params
    signal     user_id, type, session_id, params
    joined     dialog_id, user_id
    left       dialog_id, user_id
    kicked     dialog_id, by_id
    activity   user_id, seconds

`params` are the sender's own alone; attachments are mappings of texts by their names on the wire.
"""


class Inbox:
    """
    What was heard and not yet taken, the oldest first.

    Attributes:
        count: how much was heard at all.
    """

    def __init__(self) -> None:
        self.count = 0
        self._heard: list[Heard] = []
        self._news = anyio.Event()

    def put(self, heard: Heard) -> None:
        """Keep something that was heard."""
        self.count += 1
        self._heard.append(heard)
        self._news.set()
        self._news = anyio.Event()

    def clear(self) -> None:
        """Forget what nobody took."""
        self._heard.clear()

    def heard(self, kind: str) -> list[Heard]:
        """Return what was heard of a kind and not taken."""
        return [heard for heard in self._heard if heard["kind"] == kind]

    async def expect(self, kind: str, **named: Any) -> Heard:
        """Take the first of a kind with these members, waiting for it where it is not there yet."""
        wanted = {"kind": kind, **named}
        with anyio.move_on_after(PATIENCE):
            while True:
                for heard in self._heard:
                    if wanted.items() <= heard.items():
                        self._heard.remove(heard)
                        return heard
                await self._news.wait()
        raise AssertionError(f"never heard {wanted}, but {self._heard}")
