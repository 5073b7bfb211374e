"""
The contract's example answers, and what a service that changes may make of them.

Models are told by their fields alone: what is said here of how they are read is said anew, so that
it cannot agree with our readers by sharing their mistakes.
"""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from types import NoneType
from typing import Any, Final, TypeVar, get_args, get_origin

import attrs

from connectycube import Endpoint
from connectycube.codec import _told, decode
from connectycube.errors import ApiError, DecodeError
from connectycube.models.meeting import MeetingWebhook
from connectycube.models.page import Page
from connectycube.models.record import Records
from connectycube.retry import Attempt
from tests.operations.reach import endpoints

Json = dict[str, Any]
WIRE: Final = Path(__file__).parents[1] / "wire"
WEBHOOK: Final = Endpoint("POST", "<application webhook URL>", MeetingWebhook)
ENDPOINTS: Final[dict[str, Endpoint[Any]]] = {
    **{
        ".".join(spot).removeprefix("connectycube."): endpoint
        for spot, endpoint in endpoints().items()
        if endpoint.result is not NoneType
    },
    "webhook": WEBHOOK,
}
# What no field of a kind can be read from; a kind that is not here is a model or a list of them.
MISFITS: Final[dict[Any, list[Any]]] = {
    int: ["x", "", 1.5, True, [], [1], {}, {"value": 1}],
    str: [1.5, True, [], ["a"], {}, {"value": "a"}],
    bool: ["maybe", 7, 1.5, [], {}],
    float: ["x", True, [], {}],
    datetime: ["soon", "2024-13-01T00:00:00Z", "-", True, 1e300, [], {}],
    list[str]: [5, True, {}, [["a"]], ["a", None], ["a", {}]],
    list[int]: [True, {}, "a,b", [1, None], [1, "x"], [[1]]],
    dict[str, Any]: [5, "x", True, [], [1]],
}
_OF_MAPPINGS: Final = [5, "x", True, [], [1]]
_OF_MODELS: Final = [5, "x", True, [], [{}]]
_OF_LISTS: Final = [5, "x", True, {}, [5], [None], [{}, 5]]
MOMENT: Final = datetime(2031, 5, 17, 8, 30, tzinfo=UTC)


@attrs.frozen
class Spot:
    """
    A field of a model somewhere in an answer.

    Attributes:
        number: which of the answer's objects it is in, as `objects` and `models` give them.
        model: the object's.
        kind: of the field's values, but for null.
    """

    number: int
    model: type
    field: "attrs.Attribute[Any]"
    kind: Any

    @property
    def wire(self) -> str:
        return str(self.field.metadata.get("wire", self.field.name))

    @property
    def default(self) -> Any:
        return getattr(self.field.default, "factory", lambda: self.field.default)()

    @property
    def misfits(self) -> list[Any]:
        """Return values that the field cannot be read from."""
        if attrs.has(get_origin(self.kind) or self.kind):
            return _OF_MODELS[: 4 if can_be_empty(self.kind) else 5]
        if get_origin(self.kind) is list and self.kind not in MISFITS:
            [item] = get_args(self.kind)
            return _OF_LISTS if can_be_empty(item) else [*_OF_LISTS, [{}]]
        return MISFITS.get(self.kind, _OF_MAPPINGS)


def samples(endpoint: Endpoint[Any]) -> list[Any]:
    """Return the answers in the contract's examples that an endpoint is for."""
    pattern = re.sub(r"\\\{(\w+)\\\}", r"[\\w,-]+", re.escape(endpoint.path))
    told = [json.loads(path.read_text()) for path in sorted(WIRE.glob("*.json"))]
    bodies = [
        one["request"]["json"] if endpoint is WEBHOOK else one["body"]
        for one in told
        if endpoint.method == one["request"]["method"]
        and re.fullmatch(f"(https://[^/]+)?{pattern}", one["request"]["path"])
        and 200 <= one["status"] < 300
    ]
    return [body for body in bodies if is_readable(endpoint, body)]


def is_readable(endpoint: Endpoint[Any], body: Any) -> bool:
    """Say whether it is an answer of this endpoint: one may share its path with another."""
    try:
        read(endpoint, body)
    except (DecodeError, ApiError):
        return False
    return True


def read(endpoint: Endpoint[Any], body: Any) -> Any:
    """Read an answer as it would come over the line."""
    return decode(endpoint, Attempt(1, endpoint, 200, {}, json.dumps(body).encode())).value


def plain(kind: Any) -> Any:
    """Return a kind without its being null."""
    rest = [one for one in get_args(kind) if one is not NoneType]
    return rest[0] if NoneType in get_args(kind) and len(rest) == 1 else kind


def fields(kind: Any) -> "Iterator[tuple[attrs.Attribute[Any], Any]]":
    """Give the fields that are read from members of an object, each with the kind of its value."""
    for field in attrs.fields(get_origin(kind) or kind):
        if field.name != "extra" and not field.metadata.get("keeps_others"):
            inner: Any = plain(field.type)
            if get_args(kind) and any(isinstance(one, TypeVar) for one in get_args(inner)):
                inner = inner[get_args(kind)]
            yield field, inner


def can_be_empty(kind: Any) -> bool:
    """Say whether a model can be read from an object without members."""
    return all(field.default is not attrs.NOTHING for field, _ in fields(kind))


def told(endpoint: Endpoint[Any], body: Any) -> Any:
    """Return the part of an answer that is read; what is in it is the answer's own."""
    return _told(endpoint, body)


def objects(kind: Any, value: Any) -> Iterator[tuple[Any, Json]]:
    """Give each object of an answer that becomes a model, the outer before the inner."""
    if get_origin(kind) is list and isinstance(value, list):
        for one in value:
            yield from objects(get_args(kind)[0], one)
    model = get_origin(kind) or kind
    if attrs.has(model) and isinstance(value, dict):
        yield kind, value
        value = getattr(model, "told_as", dict)(value)
        for field, inner in fields(kind):
            yield from objects(inner, value.get(field.metadata.get("wire", field.name)))


def models(kind: Any, value: Any) -> Iterator[Any]:
    """Give the models of a result, in the order of the objects that they were read from."""
    if isinstance(value, list):
        for one in value:
            yield from models(get_args(kind)[0], one)
    elif attrs.has(type(value)):
        yield value
        for field, inner in fields(kind):
            if attrs.has(get_origin(inner) or inner) or get_origin(inner) is list:
                yield from models(inner, getattr(value, field.name))


def spots(endpoint: Endpoint[Any], body: Any) -> Iterator[Spot]:
    """Give each field of each model in an answer that is read from a member of its own."""
    for number, (kind, value) in enumerate(objects(endpoint.result, told(endpoint, body))):
        other = endpoint.item is not None and get_origin(kind) is Page
        if other or (kind is Records and "_id" in value):
            continue  # made of something else
        for field, inner in fields(kind):
            yield Spot(number, get_origin(kind) or kind, field, inner)


def changed(endpoint: Endpoint[Any], body: Any, spot: Spot, *value: Any) -> Any:
    """Return the answer with another value in a field's place, or without its member."""
    body = deepcopy(body)
    found = [one for _, one in objects(endpoint.result, told(endpoint, body))][spot.number]
    found.pop(spot.wire, None)
    for one in value:
        found[spot.wire] = one
    return body


def enlarged(value: Any) -> Any:
    """Return JSON with members in each of its objects that nobody knows."""
    if isinstance(value, list):
        return [enlarged(one) for one in value]
    if isinstance(value, dict):
        more = {"newer": {"a": [1, None]}, "newest": None, "x-y z": True, "": "…"}
        return {**{name: enlarged(one) for name, one in value.items()}, **more}
    return value
