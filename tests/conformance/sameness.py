"""When two requests are the same to the service, and where two records differ."""

import base64
import difflib
import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from connectycube.emulator.multipart import Part, read_form
from connectycube.http import Request

from .vectors import Case, Json

ABSENT = object()
ANY_TEXT = {"$any": "text"}
_COMPARED = ("cb-token", "cb-authkey", "cb-sdk", "content-type")


def recorded(request: Json) -> Json:
    """Return a recorded request in the form in which requests are compared."""
    form = request.get("raw_body")
    parts = request.get("multipart")
    content: Json = {}
    if "json" in request:
        content["json"] = request["json"]
    if form:
        content["form"] = _query(form)
    if parts:
        content["multipart"] = _numbered([_recorded_part(part) for part in parts])
        content["framing"] = request["framing"]
    return {
        "method": request["method"],
        "host": request["host"],
        "path": request["path"].removesuffix(".json"),
        "query": _query(request.get("raw_query", "")),
        "headers": _headers(request["headers"], has_body=bool(content)),
        **content,
    }


def sent(request: Request, body: bytes) -> Json:
    """Return a request of ours in the form in which requests are compared."""
    url = urlsplit(request.url)
    kind = request.headers.get("Content-Type", "")
    content: Json = {}
    if kind.startswith("multipart/"):
        content["multipart"] = _numbered([_part(part) for part in read_form(kind, body)])
        length = request.headers.get("Content-Length")
        content["framing"] = "content-length" if length == str(len(body)) else "unknown"
    elif body:
        content["json"] = json.loads(body)
    return {
        "method": request.method,
        "host": url.netloc,
        "path": url.path,
        "query": _query(url.query),
        "headers": _headers(request.headers, has_body=bool(content)),
        **content,
    }


def differences(theirs: Json, ours: Json) -> dict[str, Json]:
    """Return every member in which two records differ, by its path, with both values."""
    found: dict[str, Json] = {}
    for at, one, other in _aligned(theirs.pop("requests"), ours.pop("requests")):
        found |= _differing(one, other, at)
    return found | _differing(theirs, ours, "")


def fits(listed: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    """Say whether a listed difference is the one that was found."""
    sides = [(listed.get(side, ABSENT), found.get(side, ABSENT)) for side in ("theirs", "ours")]
    return all(_fits(wanted, value) for wanted, value in sides)


def told(case: Case) -> Json:
    """Return the record of what the official SDK did."""
    record: Json = {
        "requests": [recorded(request) for request in case.requests],
        "results": _numbered([_outcome(result) for result in case.results]),
        "callbacks": case.callbacks,
    }
    if case.after is not None:
        after = case.after
        record["after"] = {"token": after["session_token"], "user_id": after["current_user_id"]}
    return record


def _outcome(result: Json) -> Json:
    if "never_settled_within_ms" in result:
        return {"ended": "never"}
    if "returned" in result:
        value = result["returned"]
        if isinstance(value, str):
            value = without_scheme(value)
        elif value is not None and value.get("user_id") == 0:
            value = {**value, "user_id": None}
        return {"returned": value}
    threw = result["threw"]
    if isinstance(threw.get("code"), int):
        return {"ended": f"refused by the service with {threw['code']}"}
    network = "code" in threw or threw.get("type") == "request-timeout"
    return {"ended": "no answer" if network else "refused before sending"}


def without_scheme(url: str) -> str:
    """Return a URL without its scheme: the recording server spoke plain HTTP."""
    return url.removeprefix("http://").removeprefix("https://")


def _fits(wanted: Any, value: Any) -> bool:
    if wanted == ANY_TEXT:
        return isinstance(value, str) and bool(value)
    if isinstance(wanted, dict) and isinstance(value, dict):
        return wanted.keys() == value.keys() and all(_fits(wanted[k], value[k]) for k in wanted)
    return bool(wanted == value and type(wanted) is type(value))


def _numbered(items: list[Json]) -> Json:
    return {str(number): item for number, item in enumerate(items)}


def _query(raw: str) -> list[list[str]]:
    # Comma lists come with and without a space; the order of pairs means nothing.
    pairs = parse_qsl(raw, keep_blank_values=True)
    return sorted([name, value.replace(", ", ",")] for name, value in pairs)


def _headers(headers: Mapping[str, str], *, has_body: bool) -> Json:
    lower = {name.lower(): value for name, value in headers.items()}
    kept = {name: lower[name] for name in _COMPARED if name in lower}
    if "cb-sdk" in kept:
        kept["cb-sdk"] = "*"
    if not has_body:
        kept.pop("content-type", None)
    elif "content-type" in kept:
        kept["content-type"] = kept["content-type"].partition(";")[0].strip().lower()
    return kept


def _recorded_part(part: Json) -> Json:
    return {name: value for name, value in part.items() if name != "byte_length"}


def _part(part: Part) -> Json:
    if part.name != "file":
        return {"name": part.name, "value": part.text}
    file = {"filename": part.filename, "content_type": part.content_type}
    content = base64.b64encode(part.content).decode()
    told = {name: value for name, value in file.items() if value is not None}
    return {"name": part.name, "value_base64": content, **told}


def _aligned(theirs: list[Json], ours: list[Json]) -> Iterator[tuple[str, Any, Any]]:
    """Pair the requests that go to the same place; where there is no twin all of it differs."""
    keys = [[f"{one['method']} {one['path']}" for one in side] for side in (theirs, ours)]
    matcher = difflib.SequenceMatcher(None, keys[0], keys[1], autojunk=False)
    for kind, first, last, start, end in matcher.get_opcodes():
        if kind == "equal":
            for offset in range(last - first):
                yield f"requests.{first + offset}", theirs[first + offset], ours[start + offset]
            continue
        for number in range(first, last):
            yield f"requests.{number}", keys[0][number], ABSENT
        for number in range(start, end):
            yield f"our requests.{number}", ABSENT, ours[number]


def _differing(theirs: Any, ours: Any, at: str) -> dict[str, Json]:
    if isinstance(theirs, dict) and isinstance(ours, dict):
        found: dict[str, Json] = {}
        for name in [*theirs, *(name for name in ours if name not in theirs)]:
            inner = f"{at}.{name}" if at else name
            found |= _differing(theirs.get(name, ABSENT), ours.get(name, ABSENT), inner)
        return found
    if theirs == ours and type(theirs) is type(ours):
        return {}
    sides = {"theirs": theirs, "ours": ours}
    return {at: {side: value for side, value in sides.items() if value is not ABSENT}}
