"""What there is for an operation: in the client, in the emulator and in the tests."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from connectycube import Endpoint
from connectycube.emulator.rest import routes
from connectycube.emulator.router import Route

from .reach import documentation, endpoints, reached
from .table import ALL, Operation, plain

Json = dict[str, Any]
_WIRE: Final = Path(__file__).parent.parent / "wire"


def client(one: Operation) -> str | None:
    """Name an endpoint of an operation, that which its methods use where they are there."""
    with suppress(ImportError):
        for call in one.calls:
            for spot, endpoint in reached(call).items():
                if plain(endpoint.label) == one.label:
                    return ".".join(spot).removeprefix("connectycube.")
    spots = (spot for spot, endpoint in endpoints().items() if _is_of(endpoint, one))
    return ".".join(next(spots, ())).removeprefix("connectycube.") or None


def docstring(one: Operation) -> str | None:
    """Name the first of the methods that do it, if each uses its endpoint and says its page."""
    for call in one.calls:
        try:
            used = reached(call).values()
            own, *rest = documentation(call)
        except (ImportError, AttributeError):
            return None
        says_page = any(one.page in text for text in (own, *rest))
        if not (own and says_page and any(_is_of(it, one) for it in used)):
            return None
    return one.calls[0].rpartition(".")[2] if one.calls else None


def emulator(one: Operation) -> str | None:
    """Name the handler of an operation, or say where else it is emulated."""
    handlers = [route.handler for route in routes_of(one) if is_emulated(route)]
    if handlers:
        return getattr(handlers[0], "__qualname__", repr(handlers[0])).partition(".")[0]
    return one.emulator


def sample(one: Operation) -> str | None:
    """Name a recorded success of an operation."""
    found = [name for name, _ in samples(one)]
    return found[0] if found else None


def vector(one: Operation) -> str | None:
    """Name a case in which the official SDK makes the call, or say why there is none."""
    return next((case["id"] for case in _cases() if _makes(case, one)), one.vector)


def samples(one: Operation) -> list[tuple[str, Json]]:
    """Return the recorded successes of an operation, by name."""
    name = f"{one.area}.{one.operation}"
    paths = [_WIRE / f"{name}.json", *sorted(_WIRE.glob(f"{name}.*.json"))]
    return [
        (path.name, json.loads(path.read_text(encoding="utf-8")))
        for path in paths
        if path.exists() and ".error." not in path.name
    ]


def routes_of(one: Operation) -> list[Route]:
    """Return the routes of an operation, in whatever spelling."""
    return [route for route in routes.ROUTES if plain(f"{route.method} {route.path}") in one.labels]


def is_emulated(route: Route) -> bool:
    """Say whether a handler is behind a route, or what merely says that there is none."""
    return getattr(route.handler, "__module__", "") != routes.__name__


def _is_of(endpoint: Endpoint[Any], one: Operation) -> bool:
    return plain(endpoint.label) in one.labels


@cache
def _cases() -> list[Json]:
    paths = sorted((_WIRE / "vectors").glob("*.json"))
    tables = [json.loads(path.read_text(encoding="utf-8")) for path in paths]
    # What our API cannot express proves nothing of it.
    left_out = {id_ for it in tables if isinstance(it, dict) for id_ in it["no_counterpart"]}
    cases = (case for it in tables if isinstance(it, list) for case in it)
    return [case for case in cases if case["id"] not in left_out]


def _makes(case: Mapping[str, Any], one: Operation) -> bool:
    return any(meaning is one for request in case["requests"] for meaning in _meanings(request))


def _meanings(request: Json) -> Iterator[Operation]:
    """Give the operations that a recorded request may stand for, by path and query."""
    path = urlsplit(request["path"]).path.removesuffix(".json")
    asked = parse_qs(request.get("raw_query") or "", keep_blank_values=True)
    fitting = [one for one in ALL if one.method == request["method"] and _fits(one, path, request)]
    # A word of a path is more than an id.
    most = min((one.path.count("{") for one in fitting), default=0)
    fitting = [one for one in fitting if one.path.count("{") == most]
    special = [one for one in fitting if one.asks is not None and one.asks in asked]
    yield from special or [one for one in fitting if one.asks is None]


def _fits(one: Operation, path: str, request: Json) -> bool:
    if one.path.startswith("("):
        return request.get("multipart") is not None
    pattern = re.sub(r"\\\{(\w+)\\\}", _of_ids, re.escape(one.path))
    return re.fullmatch(pattern, path) is not None


def _of_ids(found: "re.Match[str]") -> str:
    kinds = {"ids": "[^/]+,[^/]+", "uid": "\\w*[A-Za-z]\\w*"}
    return kinds.get(found[1].rpartition("_")[2], "[^/,]+")
