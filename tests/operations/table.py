"""The operations that the contract lists."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import attrs

_HERE: Final = Path(__file__).parent
_REPEATS: Final = _HERE.parent / "pure" / "retry_table.json"


@attrs.frozen(kw_only=True)
class Operation:
    """
    One operation of the contract.

    Attributes:
        id: the contract's.
        caller: what its request must carry; several where it depends.
        status: of its success.
        answer: `empty`, or `content` where a success says more than that it is one.
        calls: what does it in our package, as module, class and method.
        asks: the member of the query by which it differs from another operation of its path.
        also: other spellings of method and path.
        legacy: why nobody is given it.
        vector: why no request of the official SDK was recorded.
        emulator: where it is emulated, if not among the routes.
    """

    id: str
    area: str
    operation: str
    method: str
    path: str
    caller: list[str]
    status: int
    answer: str
    calls: list[str]
    page: str
    asks: str | None = None
    also: list[str] = attrs.field(factory=list[str])
    legacy: str | None = None
    vector: str | None = None
    emulator: str | None = None

    @property
    def label(self) -> str:
        return plain(f"{self.method} {self.path}")

    @property
    def labels(self) -> set[str]:
        """Every spelling of method and path."""
        return {self.label, *map(plain, self.also)}

    def __str__(self) -> str:
        return f"{self.id} {self.operation}"


def plain(label: str) -> str:
    """Return a label without the names of its ids."""
    return re.sub(r"\{\w+\}", "{}", label)


def _read() -> Iterator[Operation]:
    table = json.loads((_HERE / "operations.json").read_text(encoding="utf-8"))
    for area in table["areas"]:
        for members in area["operations"]:
            row: dict[str, Any] = {"page": area["page"], **members}
            yield Operation(area=area["area"], **row)


ALL: Final = list(_read())
OPERATIONS: Final = [one for one in ALL if one.legacy is None]
# Whether each is repeated, by its label.
REPEATS: Final[dict[str, list[str]]] = json.loads(_REPEATS.read_text(encoding="utf-8"))[
    "operations"
]


def labels() -> dict[str, list[Operation]]:
    """Return the operations that anybody is given, by each of their labels."""
    found: dict[str, list[Operation]] = {}
    for one in OPERATIONS:
        for label in one.labels:
            found.setdefault(label, []).append(one)
    return found
