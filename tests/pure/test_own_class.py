"""Records as values of an application's own classes."""

import dataclasses
import enum
from datetime import UTC, datetime
from typing import Any, Optional

import attrs
import pytest

from connectycube import DecodeError
from connectycube.own_class import fitted


class Rig(enum.Enum):
    SLOOP = "sloop"


@dataclasses.dataclass
class Engine:
    power: int


@attrs.frozen(kw_only=True)
class Voyage:
    boat: str
    length: float
    rig: Rig | None = None
    crew: int = 1
    ports: list[str] = attrs.field(factory=list[str])
    at: tuple[float, float] | None = None
    note: Optional[str] = "none"  # noqa: UP045 - the older spelling
    mixed: int | str = 0
    sailed: datetime | None = attrs.field(default=None, metadata={"wire": "sail_date"})
    engine: Engine | None = None
    extra: str = "a field like any other"


@attrs.define
class Checked:
    crew: "int" = attrs.field(validator=attrs.validators.ge(1))
    other: "str | None" = "x"


def test_a_record_becomes_a_value() -> None:
    """With what stands inside it; members that the class does not know are left out."""
    members = {
        "boat": "Petrel, the",
        "length": 7,
        "rig": "sloop",
        "ports": ["Riga", " a,b "],
        "at": [24.1, 56.9],
        "mixed": "x",
        "sail_date": "2024-06-10T12:00:00Z",
        "engine": {"power": "9"},
        "unknown": 1,
    }

    assert Voyage(
        boat="Petrel, the",
        length=7.0,
        rig=Rig.SLOOP,
        ports=["Riga", " a,b "],
        at=(24.1, 56.9),
        mixed="x",
        sailed=datetime(2024, 6, 10, 12, tzinfo=UTC),
        engine=Engine(9),
    ) == fitted(Voyage, members, "GET")


def test_a_null_is_the_default_where_the_field_cannot_be_none() -> None:
    """The service has a null for each field that nobody set."""
    nulls = dict.fromkeys(["rig", "crew", "ports", "at", "note", "mixed", "engine", "extra"])
    found = fitted(Voyage, {"boat": "a", "length": 1, **nulls}, "GET")

    assert Voyage(boat="a", length=1.0, note=None) == found


def test_a_class_may_check_its_values() -> None:
    """And write its types as texts."""
    assert Checked(2, None) == fitted(Checked, {"crew": 2, "other": None}, "GET")
    with pytest.raises(DecodeError, match="no Checked"):
        fitted(Checked, {"crew": 0}, "GET")


@pytest.mark.parametrize(
    ("members", "problem"),
    [
        ({"length": 7}, "missing @ record.boat"),
        ({"boat": "a", "length": "canary"}, "@ record.length"),
        ({"boat": "a", "length": 1, "crew": 1.5}, "does not fit @ record.crew"),
        ({"boat": "a", "length": 1, "engine": 7}, "@ record.engine"),
    ],
)
def test_what_does_not_fit_says_where(members: Any, problem: str) -> None:
    with pytest.raises(DecodeError) as caught:
        fitted(Voyage, members, "GET /data")

    assert any(problem in one for one in caught.value.problems), caught.value.problems
