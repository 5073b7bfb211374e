"""Every encoding of parameters that the contract lists, read into one nested form."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NoReturn, TypeGuard, cast
from urllib.parse import parse_qsl

from .refusals import bad_request

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Parameters = dict[str, Any]

_BRACKETED = re.compile(r"\[([^\]]*)\]")


def read_parameters(method: str, query: str, headers: Mapping[str, str], body: bytes) -> Parameters:
    """
    Return the parameters of a request.

    GET takes the query and a form body, DELETE any body too; the query wins. Others take the body.
    """
    if method in ("GET", "DELETE"):
        form_only = method == "GET"
        return {**read_body(headers, body, form_only=form_only), **nest(_pairs(query))}
    return read_body(headers, body)


def read_body(headers: Mapping[str, str], body: bytes, *, form_only: bool = False) -> Parameters:
    """Return the members of a JSON or form body; an empty body has none."""
    if not body or body.isspace():
        return {}
    kind = headers.get("content-type", "").lower()
    if "multipart/" in kind:
        return {}
    if "json" in kind or body.lstrip()[:1] in (b"{", b"["):
        return {} if form_only else _read_json(body)
    return nest(_pairs(body.decode("utf-8", "replace")))


def nest(pairs: Iterable[tuple[str, str]]) -> Parameters:
    """
    Turn bracket keys into nested objects: `a[b]=1` and `a[c][]=2` into `{a: {b: 1, c: [2]}}`.

    A repeated key becomes a list. A plain value beside operators of the same key has the key "".
    """
    nested: Parameters = {}
    for key, value in pairs:
        steps, is_list = _steps(key)
        inner = nested
        for step in steps[:-1]:
            known = inner.get(step)
            deeper = as_object(known)
            if deeper is None:
                deeper = inner[step] = {} if known is None else {"": known}
            inner = deeper
        _add(inner, steps[-1], [value] if is_list else value)
    return nested


@lru_cache
def _steps(key: str) -> tuple[tuple[str, ...], bool]:
    """Return the steps to a value, and whether it is one of a list."""
    head, bracket, _ = key.partition("[")
    if not bracket or not head:
        return (key,), False
    steps = (head, *_BRACKETED.findall(key))
    is_list = len(steps) > 1 and steps[-1] == ""
    return (steps[:-1] if is_list else steps), is_list


def as_object(value: Any) -> Parameters | None:
    """Return an object's members; None for any other value."""
    return cast("Parameters", value) if isinstance(value, dict) else None


def as_list(value: Any) -> list[Any]:
    """Read a list as it may be spelled: a list, or one string joined by commas."""
    if value is None:
        return []
    if _is_list(value):
        return value
    if isinstance(value, str):
        return [part for piece in value.split(",") if (part := piece.strip())]
    return [value]


def _is_list(value: Any) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def _add(inner: Parameters, key: str, value: str | list[str]) -> None:
    known = inner.get(key)
    deeper = as_object(known)
    if known is None:
        inner[key] = value
    elif deeper is not None:
        _add(deeper, "", value)
    elif _is_list(known):
        known.extend(_flat(value))
    else:
        inner[key] = [known, *_flat(value)]


def _flat(value: Any) -> list[Any]:
    return value if _is_list(value) else [value]


def _pairs(raw: str) -> list[tuple[str, str]]:
    return parse_qsl(raw, keep_blank_values=True) if raw else []


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


# NaN and Infinity are Python's own additions to JSON.
_JSON = json.JSONDecoder(parse_constant=_no_constant)


def _read_json(body: bytes) -> Parameters:
    # Bracket keys inside JSON stay as they are: the service does not understand them.
    try:
        value = _JSON.decode(body.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise bad_request() from error
    members = {} if value is None else as_object(value)
    if members is None:
        raise bad_request()
    return members
