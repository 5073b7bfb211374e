"""How the plain values of JSON are read, in every form that the service gives them."""

from datetime import UTC, datetime
from typing import Any, Final

from connectycube.reader import Hook


def _integer(value: Any, _kind: Any) -> int:
    if type(value) is int:
        return value
    if isinstance(value, str) and value.strip().removeprefix("-").isdecimal():
        return int(value)
    raise wanted("an integer")


def _text(value: Any, _kind: Any) -> str:
    if type(value) is str:
        return value
    if type(value) is int:
        return str(value)  # an id of another system
    raise wanted("a text")


def _flag(value: Any, _kind: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | str) and value in _FLAGS:  # some flags are numbers, as text too
        return _FLAGS[value]
    raise wanted("a flag")


def _moment(value: Any, _kind: Any) -> datetime:
    """Read ISO 8601 or unix seconds; both occur, sometimes as text."""
    try:
        if isinstance(value, str) and not value.replace(".", "", 1).isdecimal():
            return _aware(datetime.fromisoformat(value))
        if not isinstance(value, bool):
            return datetime.fromtimestamp(float(value), UTC)
    except (ValueError, TypeError, OverflowError, OSError):
        pass  # said below, without the value
    raise wanted("a date")


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _strings(value: Any, kind: Any) -> list[str]:
    """Read a list that comes as such or joined by commas."""
    if value is None:
        return []
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, list):
        raise wanted("a list")
    texts: list[str] = []
    for item in value:  # a comprehension would be a call of its own before Python 3.12
        text = item if type(item) is str else _text(item, kind)
        if text := text.strip():
            texts.append(text)
    return texts


def _integers(value: Any, kind: Any) -> list[int]:
    """Read a list of ids in the forms that lists of texts have; ids may be texts, too."""
    if isinstance(value, list):
        return [item if type(item) is int else _integer(item, kind) for item in value]
    return [_integer(item, kind) for item in _strings(value, kind)]


def _mapping(value: Any, _kind: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise wanted("an object")
    return value


def _number(value: Any, _kind: Any) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            pass  # said below, without the value
    raise wanted("a number")


class WantedError(ValueError):
    """What a value should have been; it never holds the value."""


def wanted(what: str) -> WantedError:
    return WantedError(f"expected {what}")


_FLAGS: Final[dict[int | str, bool]] = {
    0: False,
    "0": False,
    "false": False,
    1: True,
    "1": True,
    "true": True,
}
LEAVES: Final[dict[Any, Hook]] = {
    int: _integer,
    str: _text,
    bool: _flag,
    float: _number,
    datetime: _moment,
    list[str]: _strings,
    list[int]: _integers,
    dict[str, Any]: _mapping,
}
