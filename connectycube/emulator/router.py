"""Finding the operation behind a method and a path."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

import attrs

from .call import Caller, Handler

if TYPE_CHECKING:
    from collections.abc import Iterable


@attrs.frozen
class Route:
    """Tie an operation to its place; `{…}` in the path takes any one segment."""

    method: str
    path: str
    caller: Caller
    handler: Handler
    legacy: bool = False
    """Only there with the legacy switch on."""


class Router:
    """Look routes up: exact paths first, then patterns of as many segments."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._exact: dict[tuple[str, str], Route] = {}
        self._patterns: dict[tuple[str, int], list[tuple[list[str], Route]]] = {}
        for route in routes:
            if "{" in route.path:
                segments = route.path.split("/")
                key = (route.method, len(segments))
                self._patterns.setdefault(key, []).append((segments, route))
            else:
                self._exact[route.method, route.path] = route

    def find(self, method: str, path: str) -> tuple[Route, tuple[str, ...]] | None:
        """Return the route and the decoded variable parts of the path, if there is one."""
        exact = self._exact.get((method, path))
        if exact is not None:
            return exact, ()
        segments = path.split("/")
        for pattern, route in self._patterns.get((method, len(segments)), ()):
            arguments = _match(pattern, segments)
            if arguments is not None:
                return route, arguments
        return None


def without_suffix(path: str) -> str:
    """Strip one trailing `.json`: one SDK sends it everywhere, the others never."""
    return path.removesuffix(".json")


def _match(pattern: list[str], segments: list[str]) -> tuple[str, ...] | None:
    arguments: list[str] = []
    for expected, given in zip(pattern, segments, strict=True):
        if expected[:1] == "{":
            if not given:
                return None
            arguments.append(unquote(given))
        elif expected != given:
            return None
    return tuple(arguments)
