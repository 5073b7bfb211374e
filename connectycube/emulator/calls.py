"""What arrived, to be looked at and counted by tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, overload

from .calls_wanted import Wanted

if TYPE_CHECKING:
    from .messages import RecordedRequest

_MOST_SHOWN = 12


class Calls(Sequence["RecordedRequest"]):
    """
    The requests that fit a description, the oldest first, as they were when it was asked for.

    `once`, `times`, `at_least` and `never` raise an `AssertionError` that names the nearest other
    call and what it differs in. What should be secret, such as a password, is not shown.
    """

    def __init__(self, wanted: Wanted, arrived: Sequence[RecordedRequest]) -> None:
        self._wanted = wanted
        self._arrived = tuple(arrived)
        self._found = [one for one in self._arrived if not wanted.differences(one)]

    def once(self) -> RecordedRequest:
        """Return the one call that there was."""
        __tracebackhide__ = True
        return self.times(1)[0]

    def times(self, count: int) -> list[RecordedRequest]:
        """Return the calls, of which there were exactly so many."""
        __tracebackhide__ = True
        if len(self._found) != count:
            expected = _calls(count) if count else "no call"
            raise AssertionError(self._story(expected, too_few=len(self._found) < count))
        return list(self._found)

    def at_least(self, count: int) -> list[RecordedRequest]:
        """Return the calls, of which there were so many or more."""
        __tracebackhide__ = True
        if len(self._found) < count:
            raise AssertionError(self._story(f"at least {_calls(count)}", too_few=True))
        return list(self._found)

    def never(self) -> None:
        """Check that there was none."""
        __tracebackhide__ = True
        self.times(0)

    @overload
    def __getitem__(self, index: int) -> RecordedRequest: ...
    @overload
    def __getitem__(self, index: slice) -> list[RecordedRequest]: ...
    def __getitem__(self, index: int | slice) -> RecordedRequest | list[RecordedRequest]:
        return self._found[index]

    def __len__(self) -> int:
        return len(self._found)

    def __repr__(self) -> str:
        return f"<Calls {self._wanted}: {len(self._found)} of {len(self._arrived)}>"

    def _story(self, expected: str, *, too_few: bool) -> str:
        there_were = {0: "there was none", 1: "there was 1"}.get(
            len(self._found), f"there were {len(self._found)}"
        )
        lines = [f"expected {expected} of {self._wanted}, but {there_were}"]
        if not self._arrived:
            return f"{lines[0]}: nothing arrived at all"
        lines += self._nearest() if too_few else []
        lines.append("All that arrived (those meant are marked >):")
        shown = self._arrived[-_MOST_SHOWN:]
        first = len(self._arrived) - len(shown)
        if first:
            lines.append(f"  … {_calls(first)} before")
        lines += [
            f"{'>' if one in self._found else ' '} {number}. {self._wanted.told(one)}"
            for number, one in enumerate(shown, start=first + 1)
        ]
        return "\n".join(lines)

    def _nearest(self) -> list[str]:
        others = [
            (self._wanted.distance(one), number, one)
            for number, one in enumerate(self._arrived, start=1)
            if one not in self._found
        ]
        if not others:
            return []
        # Of those that are equally near the last: it is what the test has just done.
        _, number, nearest = min(others, key=lambda other: (other[0], -other[1]))
        differences = self._wanted.differences(nearest)
        return [
            f"The nearest other is {number}. {self._wanted.told(nearest)}:",
            *(f"  {one}" for one in differences),
        ]


def _calls(count: int) -> str:
    return "1 call" if count == 1 else f"{count} calls"
