"""The types of custom fields: what a value becomes, and what cannot become one."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from .parameters import as_list
from .refusals import RefusalError
from .rendering import iso
from .reply import Reply

_SCALARS = (str, int, float)
_LONGITUDES, _LATITUDES = 180, 90
_LARGEST = 2**63 - 1


class UnfitError(RefusalError, ValueError):
    """Refuse values by field: with 422 over the wire, as a `ValueError` in Python."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        errors = {name: [reason] for name, reason in reasons.items()}
        super().__init__(Reply(status=422, payload={"errors": errors}))
        self.reasons: dict[str, str] = dict(reasons)

    def __str__(self) -> str:
        """Tell the reasons."""
        return ", ".join(f"{name} {reason}" for name, reason in self.reasons.items())


def cast_value(kind: str, value: Any) -> Any:
    """Return the value as its type has it; raises `ValueError` with the reason. Null stays."""
    return None if value is None else _CASTS[kind](value)


def text_of(value: Any) -> str | None:
    """
    Return what a value is compared by, where its type does not tell.

    Elements of arrays have no type, and in a query or a form everything is text.
    """
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def number_from(value: Any) -> float:
    """Return a finite number; raises `ValueError` where there is none."""
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        raise ValueError("must be a number") from None
    if not math.isfinite(number):
        raise ValueError("must be a number")
    return number


def _integer(value: Any) -> int:
    number: Any = value
    try:
        if isinstance(value, str):
            number = int(value)  # not by way of a float, which loses digits
        elif isinstance(value, bool) or int(value) != value:
            number = None
    except (TypeError, ValueError, OverflowError):
        number = None
    if number is None or abs(number) > _LARGEST:
        raise ValueError("must be an integer")
    return int(number)


def _string(value: Any) -> str:
    if not isinstance(value, _SCALARS):
        raise ValueError("must be a string")  # noqa: TRY004 - the one way to say what is unfit
    return text_of(value) or ""


def _boolean(value: Any) -> bool:
    known = {"true": True, "1": True, "false": False, "0": False}.get(str(value).lower())
    if known is None:
        raise ValueError("must be a boolean")
    return known


def _array(value: Any) -> list[Any]:
    return list(as_list(value))


def _location(value: Any) -> list[float]:
    try:
        longitude, latitude = (number_from(part) for part in as_list(value))
    except ValueError:
        raise ValueError("must be a longitude and a latitude") from None
    if abs(longitude) > _LONGITUDES or abs(latitude) > _LATITUDES:
        raise ValueError("must be a longitude and a latitude")
    return [longitude, latitude]


def _date(value: Any) -> str | None:
    # Nothing states how dates look; ISO is inferred, as users and dialogs have it.
    try:
        return iso(_moment(value).astimezone(UTC))
    except (ValueError, OverflowError, OSError):
        raise ValueError("must be a date") from None


def _moment(value: Any) -> datetime:
    if isinstance(value, str) and "-" in value.strip("-"):
        moment = datetime.fromisoformat(value)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return datetime.fromtimestamp(number_from(value), UTC)


_CASTS: dict[str, Callable[[Any], Any]] = {
    "Integer": _integer,
    "Float": number_from,
    "String": _string,
    "Boolean": _boolean,
    "Array": _array,
    "File": _string,
    "Location": _location,
    "Date": _date,
}
FIELD_TYPES = tuple(_CASTS)
NUMBERS = ("Integer", "Float")
