"""One event: to its handler, and what becomes of it."""

import logging
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Final

import anyio
import attrs

from connectycube.bots.context import Context, is_own
from connectycube.bots.errors import CommandUsageError
from connectycube.bots.routes import Routes
from connectycube.chat.connection import ChatConnection
from connectycube.chat.events import ChatEvent, MessageReceived
from connectycube.errors import ChatError

if TYPE_CHECKING:
    from connectycube.bots.bot import Bot

_MARKING: Final = 0.1
_FRAMES: Final = 5
_OURS: Final = str(Path(__file__).parent)
_log: Final = logging.getLogger("connectycube.bots")


@attrs.frozen(eq=False)
class Handling:
    """Lets a bot's handlers have its events."""

    _bot: "Bot"
    _chat: ChatConnection
    _routes: Routes

    async def handle(self, event: ChatEvent) -> None:
        """Handle an event to its end; an error that no error handler took is logged."""
        try:
            await self._routes.route(Context(self._bot, self._chat, event))
        except CommandUsageError as error:
            await self._tell_usage(event, error)
        except Exception as error:  # noqa: BLE001 - an error of a handler's never ends the bot
            # Not its text, which may quote what people wrote.
            _log.error("a handler of %s failed: %s, at %s", type(event).__name__, *_told(error))
        if self._bot.mark_read and isinstance(event, MessageReceived):
            await self._mark(event)

    async def _tell_usage(self, event: ChatEvent, error: CommandUsageError) -> None:
        if isinstance(event, MessageReceived):
            try:
                await self._chat.reply(event, f"Usage: {error.usage}")
            except ChatError as failed:
                _log.warning("a usage was not told: %s", type(failed).__name__)

    async def _mark(self, event: MessageReceived) -> None:
        if is_own(event, self._chat.user_id) or not event.message.id:
            return
        # Known as handled even where time is up just now. It is on its way when it is said, and to
        # wait longer helps nobody.
        with anyio.move_on_after(_MARKING, shield=True):
            try:
                await self._chat.mark_read(event)
            except ChatError as error:
                _log.debug("a message was handled and not marked: %s", type(error).__name__)


def _told(error: Exception) -> tuple[str, str]:
    """Return an error's class, and where it came from, the innermost first."""
    frames = [
        f"{one.filename}:{one.lineno} in {one.name}"
        for one in reversed(traceback.extract_tb(error.__traceback__))
        if not one.filename.startswith(_OURS)
    ]
    places = frames[:_FRAMES]
    return type(error).__name__, ", from ".join(places)
