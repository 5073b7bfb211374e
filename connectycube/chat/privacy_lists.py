"""
The calls for privacy lists.

https://developers.connectycube.com/js/messaging#privacy-black-list
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import attrs

from connectycube.chat.privacy import Block, PrivacyList, PrivacyNames
from connectycube.chat.protocol import ChatProtocol


@attrs.frozen(eq=False, repr=False)
class PrivacyLists:
    """Whom the caller blocks; `ChatConnection.privacy` is one."""

    _ask: Callable[[Callable[[ChatProtocol, float], str]], Awaitable[Any]]

    async def names(self) -> PrivacyNames:
        """Return the names of all lists, and which of them holds."""
        found: PrivacyNames = await self._ask(lambda talk, now: talk.privacy_names(now))
        return found

    async def get(self, name: str) -> PrivacyList:
        """
        Return a list.

        Raises:
            StanzaError: there is none of that name.
        """
        found: PrivacyList = await self._ask(lambda talk, now: talk.privacy_list(name, now))
        return found

    async def set(self, name: str, blocks: Iterable[Block]) -> None:
        """
        Make a list, or put another in its place.

        A list that is the default is taken out of force for that moment, as the service wants it;
        cancelled then, it is no longer the default.

        Raises:
            InvalidInputError: a list needs at least one block.
        """
        wanted = list(blocks)
        is_default = (await self.names()).default == name
        if is_default:
            await self.set_default(None)
        await self._ask(lambda talk, now: talk.set_privacy_list(name, wanted, now))
        if is_default:
            await self.set_default(name)

    async def delete(self, name: str) -> None:
        """Delete a list."""
        await self._ask(lambda talk, now: talk.delete_privacy_list(name, now))

    async def set_default(self, name: str | None) -> None:
        """Let a list hold from now on, or none."""
        await self._ask(lambda talk, now: talk.set_default_privacy_list(name, now))
