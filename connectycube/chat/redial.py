"""Opening the lines that follow the first: when, how often, and with which password."""

import logging
from collections.abc import Iterator
from typing import Final, Protocol, TypeAlias

import anyio

from connectycube.chat.outcome import Lost
from connectycube.chat.reconnect import Reconnect, Remedy, remedy
from connectycube.errors import ChatClosedError, ChatRefusedError
from connectycube.frames import FrameStream

# Who was let in for so long is not what the service wants to be rid of.
_FIRM: Final = 5.0
_log = logging.getLogger("connectycube.chat")

Login: TypeAlias = tuple[FrameStream, str]
"""An open line, and the password to be said on it."""


class Dial(Protocol):
    """Opens a line, and learns the password."""

    async def __call__(self, *, was_refused: bool) -> Login:
        """Do so; `was_refused`: the last password was."""
        ...


class Redial:
    """
    Opens one line after the other, ever more slowly while that does not help.

    Attributes:
        refusal: of the last password, until one was right.
    """

    def __init__(self, dial: Dial, reconnect: Reconnect | None) -> None:
        self.refusal: ChatRefusedError | None = None
        self._dial = dial
        self._reconnect = reconnect
        self._delays: Iterator[float] | None = None
        self._online_at: float | None = None
        self._is_prompt = False

    def online(self) -> None:
        """Note that a line is of use."""
        self.refusal = None
        self._online_at = anyio.current_time()

    def lost(self, lost: Lost) -> None:
        """Note how a line ended."""
        began, self._online_at = self._online_at, None
        if isinstance(lost.error, ChatRefusedError):
            if remedy(lost.error) is Remedy.PASSWORD:
                self.refusal, self._is_prompt = lost.error, True  # the line was well
            elif began is not None and anyio.current_time() - began >= _FIRM:
                self._delays = None
        elif lost.was_let_in:
            self._delays = None

    async def line(self, *, is_patient: bool) -> Login:
        """
        Wait, and open a line, once or however often that takes.

        Raises:
            ChatClosedError: there are no attempts left.
            Exception: what kept a line from being opened, and will again.
        """
        while True:
            await anyio.sleep(self._delay())
            try:
                return await self._dial(was_refused=self.refusal is not None)
            except Exception as error:
                if not is_patient or remedy(error) is not Remedy.TIME:
                    raise
                _log.debug("no line: %s", type(error).__name__)

    def _delay(self) -> float:
        if self._is_prompt:
            self._is_prompt = False
            return 0.0
        if self._delays is None:
            self._delays = iter(()) if self._reconnect is None else self._reconnect.delays()
        delay = next(self._delays, None)
        if delay is None:
            raise ChatClosedError("no line was to be had in so many attempts")
        return delay
