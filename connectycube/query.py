"""The spellings of a query that the service understands."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any, Final
from urllib.parse import quote

from connectycube.errors import InvalidInputError, InvalidQueryError

_MAX_PER_PAGE: Final = 100


def encode_query(params: Mapping[str, Any], *, bracket_lists: bool = False) -> str:
    """
    Spell parameters as a query string, without the question mark.

    Nested mappings become `field[op]=value`. A list is one value joined by commas, or with
    `bracket_lists` (users V2) a repeated `field[op][]=value`. `None` is left out, a flag is 1 or 0.
    """
    pairs: list[str] = []
    try:
        for key, value in params.items():
            if type(value) is int and key.isidentifier() and key.isascii():  # nothing to quote
                pairs.append(f"{key}={value}")
            else:
                _spell(pairs, key, value, bracket_lists=bracket_lists)
    except UnicodeEncodeError:
        raise InvalidInputError("a query cannot hold lone surrogates") from None
    return "&".join(pairs)


def _quoted_key(key: str) -> str:
    return key if key.isidentifier() and key.isascii() else quote(key, safe="[]")


def _quoted(value: str) -> str:
    return value if value.isascii() and value.isalnum() else quote(value, safe="")


def numbered_page(page: object, per_page: object) -> dict[str, int]:
    """
    Return the query of a numbered page.

    Raises:
        InvalidQueryError: numbers out of range.
    """
    if type(page) is int and page >= 1 and type(per_page) is int and 1 <= per_page <= _MAX_PER_PAGE:
        return {"page": page, "per_page": per_page}
    raise InvalidQueryError(f"page counts from 1, and per_page is 1 to {_MAX_PER_PAGE}")


def iso(moment: datetime) -> str:
    """Write an aware moment the way the service does: UTC, whole seconds, `Z`."""
    if moment.tzinfo is None:
        raise InvalidInputError("a datetime needs a time zone, such as datetime.now(UTC)")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def json_text(value: object) -> str:
    """
    Write what JSON has no form for: moments, of which none goes out without its zone.

    Raises:
        InvalidInputError: a datetime has no zone.
        TypeError: it is no moment.
    """
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, date | time):
        return value.isoformat()
    raise TypeError(f"Type is not JSON serializable: {type(value).__name__}")


def _spell(pairs: list[str], key: str, value: Any, *, bracket_lists: bool) -> None:
    # Plain values first, and built-in kinds before abstract ones: to ask for those takes longer.
    if value is None:
        return
    if isinstance(value, (str, int, float, datetime)):
        pairs.append(f"{_quoted_key(key)}={_quoted(_scalar(value))}")
    elif isinstance(value, (dict, Mapping)):
        for name, inner in value.items():
            _spell(pairs, f"{key}[{name}]", inner, bracket_lists=bracket_lists)
    elif not isinstance(value, (list, tuple, Sequence)):
        pairs.append(f"{_quoted_key(key)}={_quoted(str(value))}")
    elif bracket_lists:
        name = _quoted_key(f"{key}[]")
        pairs.extend(f"{name}={_quoted(_scalar(item))}" for item in value)
    else:
        joined = ",".join([_scalar(item) for item in value])
        pairs.append(f"{_quoted_key(key)}={_quoted(joined)}")


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, datetime):
        return iso(value)
    return str(value)
