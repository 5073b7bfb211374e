"""
A page of 100 users read into models: CPU per user, beside other decoders at the same bytes.

`python -m benchmarks.decode [--quick] [--check] [--json FILE]`

Ours keeps members that it does not name, and reads numbers and dates in more than one form; the
peers name every member of the sample and read one form of it. Rounds are interleaved, every other
one runs backwards, and each decoder is compared with msgspec's block of its round; figures are
medians.
"""

import gc
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from importlib import import_module
from statistics import median
from typing import Any, Final

import attrs
import orjson

from benchmarks.http_server import USER
from benchmarks.peers.shape import reason
from benchmarks.report import Options, Report
from connectycube.api.users import FIND
from connectycube.codec import decode
from connectycube.http import Headers
from connectycube.retry import Attempt

USERS: Final = 100
MOST: Final = 4.0
OURS: Final = "connectycube"
REFERENCE: Final = "msgspec into attrs"

Decoder = Callable[[bytes], Any]


@attrs.frozen(kw_only=True)
class PlainUser:
    """The members of the sample, each under its own name and in one form."""

    id: int
    full_name: str | None = None
    email: str | None = None
    login: str | None = None
    phone: str | None = None
    website: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    last_request_at: datetime | None = None
    external_user_id: int | None = None
    facebook_id: str | None = None
    twitter_id: str | None = None
    blob_id: int | None = None
    custom_data: str | None = None
    user_tags: str | None = None
    avatar: str | None = None
    timezone: int | None = None


@attrs.frozen(kw_only=True)
class PlainPage:
    items: list[PlainUser]
    total_entries: int
    limit: int
    skip: int


def ours() -> Decoder:
    headers = Headers()
    return lambda content: decode(FIND, Attempt(1, FIND, 200, headers, content)).value


def with_msgspec() -> Decoder:
    msgspec: Any = import_module("msgspec")
    decoder: Decoder = msgspec.json.Decoder(PlainPage).decode
    return decoder


def with_pydantic() -> Decoder:
    pydantic: Any = import_module("pydantic")
    fields = {
        field.name: (field.type, ... if field.default is attrs.NOTHING else field.default)
        for field in attrs.fields(PlainUser)
    }
    user: Any = pydantic.create_model("User", **fields)
    whole = dict.fromkeys(("total_entries", "limit", "skip"), (int, ...))
    page = pydantic.create_model("Page", items=(list[user], ...), **whole)
    decoder: Decoder = page.model_validate_json
    return decoder


def with_cattrs() -> Decoder:
    converter = import_module("cattrs.preconf.orjson").make_converter()
    return lambda content: converter.loads(content, PlainPage)


DECODERS: Final[Mapping[str, Callable[[], Decoder]]] = {
    REFERENCE: with_msgspec,
    OURS: ours,
    "orjson to dict": lambda: orjson.loads,
    "json to dict": lambda: json.loads,
    "pydantic models": with_pydantic,
    "cattrs by default": with_cattrs,
}


def sample() -> bytes:
    users = [{**USER, "id": number} for number in range(USERS)]
    page = {"limit": USERS, "skip": 0, "total_entries": USERS, "items": users}
    return json.dumps(page, separators=(",", ":")).encode()


def check(decoder: Decoder, content: bytes) -> None:
    """See that all users are read, and where they are no dicts, their dates too."""
    page = decoder(content)
    last = (page["items"] if isinstance(page, dict) else page.items)[-1]
    if isinstance(last, dict):
        last = PlainUser(id=last["id"], created_at=datetime.fromisoformat(last["created_at"]))
    if (last.id, last.created_at) != (USERS - 1, datetime.fromisoformat(f"{USER['created_at']}")):
        raise RuntimeError("what was read is not what was sent")


def block(decoder: Decoder, content: bytes, pages: int) -> float:
    """Return the CPU microseconds of a user."""
    gc.collect()
    started = time.process_time()
    for _ in range(pages):
        decoder(content)
    return (time.process_time() - started) / pages / USERS * 1e6


def interleaved(decoders: Mapping[str, Decoder], *, rounds: int) -> dict[str, list[float]]:
    """Return what a user costs each decoder, round by round."""
    content = sample()
    for decoder in decoders.values():
        check(decoder, content)
        block(decoder, content, pages=10)
    costs: dict[str, list[float]] = {name: [] for name in decoders}
    gc.freeze()  # nobody pays for anybody's modules
    for number in range(rounds):
        for name in list(decoders)[:: 1 if number % 2 else -1]:
            costs[name].append(block(decoders[name], content, pages=20))
    return costs


def run(report: Report, *, rounds: int) -> None:
    able: dict[str, Decoder] = {}
    missing: dict[str, str] = {}
    for name, make in DECODERS.items():
        try:
            able[name] = make()
        except ImportError as error:
            missing[name] = reason(error)
    costs = interleaved(able, rounds=rounds)
    reference = costs.get(REFERENCE)
    for name, spent in costs.items():
        report.add(
            decoder=name,
            **{"CPU us/user": median(spent), "least": min(spent)},
            **{"CPU/msgspec": _ratio(spent, reference) if reference else None, "why not": None},
        )
    for name, why in missing.items():
        report.add(decoder=name, **{"why not": why})
    if reference is None:
        return
    ratio = _ratio(costs[OURS], reference)
    report.bar(
        f"a user costs {ratio:.2f} of msgspec's CPU, at most {MOST:.0f} (goal 3)",
        holds=ratio <= MOST,
    )


def _ratio(spent: Sequence[float], reference: Sequence[float]) -> float:
    return median(mine / other for mine, other in zip(spent, reference, strict=True))


def main() -> int:
    report = Report("decode: a page of 100 users into models", Options.parse(__doc__ or ""))
    run(report, rounds=15 if report.options.quick else 75)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
