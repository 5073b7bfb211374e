"""Scripted trouble: what a line or a service may do to a request."""

from __future__ import annotations

import math
import random
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Unpack

import attrs

from .fault import Fault, FaultBody, FaultKind
from .matching import Match, Rule, Script

if TYPE_CHECKING:
    from .damage import Spoiled
    from .messages import WireRequest

__all__ = ["NO_TROUBLE", "Fault", "Faults", "Match", "Rule", "Script", "Trouble"]


@attrs.frozen(kw_only=True)
class Trouble:
    """What the faults have decided for one request."""

    delay: float = 0.0
    expire: bool = False
    instead: Fault | None = None
    """What shapes the answer: at most one fault meets a request."""
    kind: FaultKind | None = None
    """That fault's kind; without one an expiry, or else a delay."""

    @property
    def processed(self) -> bool:
        """Say whether the handler runs."""
        return self.instead is None or self.instead.processed

    @property
    def reads(self) -> bool:
        """Say whether the request's body is read."""
        return self.instead is None or self.instead.reads


NO_TROUBLE = Trouble()


class Faults:
    """
    Script trouble for the requests to come.

    Every method takes the words of `Match`. These choose requests: `method=`, `path=` (a
    shell-style pattern), `origin=` ("api", "store", or None for both) and `session=` (a token).
    These choose among them, in this order: `after=` (so many pass first; 2 meets the third call),
    `every=` (3 meets the third, the sixth, ...), `probability=` (0 to 1) and `times=` (how many are
    met; None for always). Without `times` it is one, but always where `every` or `probability` are.

    Delays and expiries combine with the rest;
    of the others the oldest meets a request and the next waits for the next one.
    They meet a request when its head has come: its body is not read yet.
    """

    def __init__(self, *, lock: threading.RLock | None = None) -> None:
        self._lock = lock or threading.RLock()
        self._rules: list[Rule] = []
        self.seed()

    @property
    def scripted(self) -> tuple[Rule, ...]:
        """Return the faults that still wait for a request."""
        with self._lock:
            return tuple(self._rules)

    @property
    def any_wait(self) -> bool:
        """Say whether a request could meet one; costs next to nothing."""
        return bool(self._rules)

    def clear(self) -> None:
        """Forget every fault."""
        with self._lock:
            self._rules.clear()

    def seed(self, number: int = 0) -> None:
        """Start the generator behind `probability` and random delays anew; it starts with 0."""
        self._random = random.Random(number)  # noqa: S311 - a dice, no secret

    def script(self, steps: Script, **match: Unpack[Match]) -> Rule:
        """
        Let each step happen to one request after the other, or let a function decide.

        A step is a `Fault`, or None for a request that passes. `times` is how often the whole list
        plays. A function is asked about every request that matches, and must not call back here.
        """
        return self._add(steps if callable(steps) else tuple(steps), match)

    def status(
        self,
        code: int,
        *,
        body: FaultBody | None = None,
        headers: Mapping[str, str] | None = None,
        **match: Unpack[Match],
    ) -> Rule:
        """Answer with an error status; without a body with the one the contract knows for it."""
        return self._add((Fault.status(code, body=body, headers=headers),), match)

    def answer(
        self,
        status: int = 200,
        *,
        body: FaultBody = b"",
        headers: Mapping[str, str] | None = None,
        **match: Unpack[Match],
    ) -> Rule:
        """Answer with exactly this; the handler does not run."""
        return self._add((Fault.answer(status, body=body, headers=headers),), match)

    def rate_limit(
        self, retry_after: int | None = None, *, as_date: bool = False, **match: Unpack[Match]
    ) -> Rule:
        """Answer with 429, and with `Retry-After` in seconds or as that moment's HTTP date."""
        return self._add((Fault.rate_limit(retry_after, as_date=as_date),), match)

    def redirect(self, location: str, *, code: int = 302, **match: Unpack[Match]) -> Rule:
        """Answer with a redirect to any URL; the handler does not run."""
        return self._add((Fault.redirect(location, code=code),), match)

    def huge(
        self, mebibytes: int, *, status: int = 200, gzip: bool = False, **match: Unpack[Match]
    ) -> Rule:
        """
        Answer with a JSON string of so many MiB; the handler does not run.

        With `gzip` it comes packed, a thousandth as large and of no stated length, to those who
        accept that.
        """
        return self._add((Fault.huge(mebibytes, status=status, gzip=gzip),), match)

    def delay(self, seconds: float, *, up_to: float | None = None, **match: Unpack[Match]) -> Rule:
        """Keep the answer back for so many seconds of real time, or for a random time up to."""
        return self._add((Fault.delay(seconds, up_to=up_to),), match)

    def expire(self, **match: Unpack[Match]) -> Rule:
        """Let the request's session expire just before the handler runs."""
        return self._add((Fault.expire(),), match)

    def hang(self, **match: Unpack[Match]) -> Rule:
        """Never answer; the handler does not run."""
        return self._add((Fault.hang(),), match)

    def drop(self, *, processed: bool = False, read: bool = True, **match: Unpack[Match]) -> Rule:
        """Reset the connection: after the handler ran, before it, or before the body was read."""
        return self._add((Fault.drop(processed=processed, read=read),), match)

    def cut(self, *, at: float = 0.5, **match: Unpack[Match]) -> Rule:
        """
        Break off the answer inside its body, at this fraction of it.

        An answer without a body has no inside: it is dropped.
        """
        return self._add((Fault.cut(at=at),), match)

    def stall(self, *, at: float = 0.5, seconds: float = math.inf, **match: Unpack[Match]) -> Rule:
        """
        Send the answer up to this fraction of its body, and the rest so much later or never.

        An answer without a body is kept back as a whole.
        """
        return self._add((Fault.stall(at=at, seconds=seconds),), match)

    def drip(self, seconds: float, *, size: int = 1, **match: Unpack[Match]) -> Rule:
        """Send the body in pieces of so many bytes, with so many seconds between them."""
        return self._add((Fault.drip(seconds, size=size),), match)

    def garble(self, *, spoiled: Spoiled = "utf-8", **match: Unpack[Match]) -> Rule:
        """Damage one byte: the body is no UTF-8 any more, or it is and ends as no JSON does."""
        return self._add((Fault.garble(spoiled=spoiled),), match)

    def mistype(
        self,
        content_type: str = "text/html; charset=utf-8",
        *,
        body: FaultBody | None = None,
        **match: Unpack[Match],
    ) -> Rule:
        """Give the answer a wrong `Content-Type`, and with a `body` also that."""
        return self._add((Fault.mistype(content_type, body=body),), match)

    def meet(self, request: WireRequest) -> Trouble:
        """Return what happens to this request, whose body nobody looks at, and use it up."""
        if not self._rules:
            return NO_TROUBLE
        with self._lock:
            delay, kinds, instead = 0.0, set[FaultKind](), None
            for rule in self._rules:
                if not rule.is_due(request, self._random):
                    continue
                fault = rule.step(request)
                if fault is not None and fault.shape is not None:
                    if instead is not None:
                        continue
                    instead = fault
                elif fault is not None:
                    kinds.add(fault.kind)
                    delay += self._between(fault.delay_between)
                rule.use_up()
            self._rules = [rule for rule in self._rules if not rule.is_over]
            expire = "expire" in kinds
            beside: FaultKind | None = "expire" if expire else min(kinds, default=None)
            kind = beside if instead is None else instead.kind
            return Trouble(delay=delay, expire=expire, instead=instead, kind=kind)

    def _between(self, bounds: tuple[float, float]) -> float:
        shortest, longest = bounds
        return shortest if shortest == longest else self._random.uniform(shortest, longest)

    def _add(self, script: Script, match: Match) -> Rule:
        rule = Rule.of(script, match)
        with self._lock:
            self._rules.append(rule)
        return rule
