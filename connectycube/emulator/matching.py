"""Which requests a scripted fault meets."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fnmatch import translate
from typing import TYPE_CHECKING, TypeAlias, TypedDict
from urllib.parse import parse_qs

import attrs

from .fault import Fault
from .messages import Headers, Origin, WireRequest
from .router import without_suffix

if TYPE_CHECKING:
    from random import Random

Script: TypeAlias = Sequence[Fault | None] | Callable[[WireRequest], Fault | None]
"""What happens to one request after the other, or who decides; None lets a request pass."""


class Match(TypedDict, total=False):
    """Say which requests a fault meets."""

    method: str | None
    path: str | None
    """A shell-style pattern of the path without `.json`."""
    origin: Origin | None
    """Only requests to the API or only those to the object store; None for both."""
    session: str | None
    """Only requests with this token."""
    after: int
    """How many matching requests pass first."""
    every: int
    """Of those that follow, one in so many: with 3 the third, the sixth, and so on."""
    probability: float
    """How likely each of these is met, by the generator that `Faults.seed` starts."""
    times: int | None
    """How often in all; None for always."""


@attrs.define(kw_only=True, eq=False)
class Rule:
    """A script and whom it waits for; a single fault is a script of one step."""

    script: Script = attrs.field(repr=False)
    method: str | None
    path: str | None
    origin: Origin | None
    session: str | None = attrs.field(repr=False)
    after: int
    """How many matching requests will still pass first."""
    every: int
    probability: float
    remaining: int | None
    """How many requests it will still meet; None for all."""
    pattern: re.Pattern[str] | None = attrs.field(repr=False)
    _counted: int = 0
    _step: int = 0

    @classmethod
    def of(cls, script: Script, match: Match) -> Rule:
        """Return the rule that says this; raises where it could never be meant."""
        if unknown := match.keys() - Match.__annotations__.keys():
            raise TypeError(f"a fault has no {', '.join(sorted(unknown))}")
        method, path, origin = match.get("method"), match.get("path"), match.get("origin")
        after, every = match.get("after", 0), match.get("every", 1)
        probability = match.get("probability", 1.0)
        speaks_of_many = callable(script) or "every" in match or "probability" in match
        times = match.get("times", None if speaks_of_many else 1)
        if origin not in (None, "api", "store"):
            raise ValueError("origin is api or store; None is both")
        if after < 0 or every < 1 or (times is not None and times < 1):
            raise ValueError("after counts from 0, every and times from 1; times=None is always")
        if not 0 <= probability <= 1:
            raise ValueError("probability is one of 0 to 1")
        if not callable(script) and not script:
            raise ValueError("a script has steps")
        return cls(
            script=script,
            method=None if method is None else method.upper(),
            path=path,
            origin=origin,
            session=match.get("session"),
            after=after,
            every=every,
            probability=probability,
            remaining=times if times is None or callable(script) else times * len(script),
            pattern=None if path is None else re.compile(translate(path)),
        )

    @property
    def kind(self) -> str:
        """Return the kind of a single fault; of more than that it is `script`."""
        if callable(self.script) or len(self.script) > 1 or self.script[0] is None:
            return "script"
        return self.script[0].kind

    @property
    def is_over(self) -> bool:
        """Say that it will meet no more requests."""
        return self.remaining == 0

    def is_due(self, request: WireRequest, random: Random) -> bool:
        """Count a request, and say whether it is one to meet."""
        if not self._matches(request):
            return False
        if self.after > 0:
            self.after -= 1
            return False
        self._counted += 1
        if self._counted % self.every:
            return False
        return self.probability == 1 or random.random() < self.probability

    def step(self, request: WireRequest) -> Fault | None:
        """Return what is to happen to a request that is due."""
        if callable(self.script):
            return self.script(request)
        return self.script[self._step % len(self.script)]

    def use_up(self) -> None:
        """Go on to the next step."""
        self._step += 1
        if self.remaining is not None:
            self.remaining -= 1

    def _matches(self, request: WireRequest) -> bool:
        if self.origin is not None and self.origin != request.origin:
            return False
        if self.method is not None and self.method != request.method:
            return False
        if self.pattern is not None and not self.pattern.match(without_suffix(request.path)):
            return False
        return self.session is None or self.session == token_of(request)


def token_of(request: WireRequest) -> str | None:
    """Return the token that a request came with."""
    # The token of a few URLs is in their query.
    token = Headers(request.headers).get("CB-Token")
    return token or parse_qs(request.query).get("token", [None])[0]
