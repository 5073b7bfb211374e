"""The spellings of a query that the service understands."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
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
    try:
        return "&".join(
            f"{_quoted_key(key)}={_quoted(value)}"
            for key, value in _pairs(params, bracket_lists=bracket_lists)
        )
    except UnicodeEncodeError:
        raise InvalidInputError("a query cannot hold lone surrogates") from None


@lru_cache(maxsize=512)
def _quoted_key(key: str) -> str:
    return quote(key, safe="[]")


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


def _pairs(params: Mapping[str, Any], *, bracket_lists: bool) -> Iterator[tuple[str, str]]:
    for key, value in params.items():
        match value:
            case None:
                pass
            case Mapping():
                nested = {f"{key}[{name}]": inner for name, inner in value.items()}
                yield from _pairs(nested, bracket_lists=bracket_lists)
            case str():
                yield key, value
            case Sequence() if bracket_lists:
                for item in value:
                    yield f"{key}[]", _scalar(item)
            case Sequence():
                yield key, ",".join(_scalar(item) for item in value)
            case _:
                yield key, _scalar(value)


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, datetime):
        return iso(value)
    return str(value)
