"""Whether a request is one that was recorded, placeholders standing for any secret."""

import json
import re
from typing import Any, Final
from urllib.parse import parse_qsl

from connectycube.http import Request
from connectycube.transports._cassette import Recorded
from connectycube.transports._redaction import PLACEHOLDER, UNREPEATABLE

_NOTHING: Final = object()


def differences(recorded: Recorded, request: Request) -> list[str]:
    """Return what sets a request apart from a recorded one, the weightiest first; none: a match."""
    path, _, query = request.url.partition("?")
    recorded_path, _, recorded_query = recorded.url.partition("?")
    same = {
        "method": recorded.method == request.method,
        "path": same_value(recorded_path, path),
        "query": same_value(_pairs(recorded_query), _pairs(query)),
        "session": same_value(recorded.token, request.headers.get("CB-Token")),
        "body": same_value(recorded.sent, _json(request)),
    }
    return [part for part, is_same in same.items() if not is_same]


def same_value(recorded: Any, given: Any) -> bool:
    """
    Say whether a value is the recorded one.

    A placeholder stands for anything but another placeholder, which an earlier answer handed out.
    """
    match recorded, given:
        case str(), _ if PLACEHOLDER.fullmatch(recorded):
            return given is not None and (recorded == given or not _is_placeholder(given))
        case str(), str():
            return _same_text(recorded, given)
        case dict(), dict():
            recorded, given = _repeatable(recorded), _repeatable(given)
            return len(recorded) == len(given) and all(
                same_value(value, _member(given, name)) for name, value in recorded.items()
            )
        case list(), list():
            return len(recorded) == len(given) and all(map(same_value, recorded, given))
        case _:
            return type(recorded) is type(given) and bool(recorded == given)


def _same_text(recorded: str, given: str) -> bool:
    marks = PLACEHOLDER.findall(recorded)
    if not marks:
        return recorded == given
    texts = (re.escape(text) for text in PLACEHOLDER.split(recorded))
    found = re.fullmatch("(.+)".join(texts), given, re.DOTALL)
    return found is not None and all(map(same_value, marks, found.groups()))


def _is_placeholder(value: object) -> bool:
    return isinstance(value, str) and PLACEHOLDER.fullmatch(value) is not None


def _repeatable(members: dict[str, Any]) -> dict[str, Any]:
    if "signature" not in members:
        return members
    return {name: value for name, value in members.items() if name not in UNREPEATABLE}


def _member(members: dict[str, Any], name: str) -> Any:
    """Return the member of a name, which may itself have held a secret."""
    if name in members:
        return members[name]
    return next((members[one] for one in members if _same_text(name, one)), _NOTHING)


def _pairs(query: str) -> dict[str, list[str]]:
    """Return the values of each member: their order matters, that of members does not."""
    pairs: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        pairs.setdefault(name, []).append(value)
    return pairs


def _json(request: Request) -> Any:
    kind = request.headers.get("Content-Type", "")
    if not isinstance(request.body, bytes) or "json" not in kind.lower():
        return None
    try:
        return json.loads(request.body)
    except (ValueError, RecursionError):
        return None
