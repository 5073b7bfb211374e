"""The recorded requests of the official JavaScript SDK, and the reviewed list of differences."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import attrs

VECTORS: Final = Path(__file__).parent.parent / "wire" / "vectors"
AREAS: Final = {
    "auth": 38,
    "session_expired": 13,
    "errors": 19,
    "users": 65,
    "storage": 33,
    "chat": 103,
    "calls": 2,
    "linkpreview": 3,
    "data": 38,
    "push": 12,
    "addressbook": 11,
    "meeting": 10,
    "whiteboard": 7,
}
"""How many cases each area has."""
API_HOST: Final = "api.connectycube.test"
PREVIEW_HOST: Final = "linkpreview.connectycube.test"
SESSION_GONE: Final = "Required session does not exist"

Json = dict[str, Any]


class NoCounterpartError(Exception):
    """Our API cannot say that."""


@attrs.frozen(kw_only=True)
class Case:
    """What the official SDK was asked to do, what it sent, was answered, and made of it."""

    id: str
    area: str
    op: str
    args: Json
    given: Json
    requests: list[Json]
    answers: list[Json]
    results: list[Json]
    after: Json | None = None
    callbacks: int = 0
    quirks: Sequence[str] = ()
    note: str = ""

    def __str__(self) -> str:
        return self.id

    @property
    def steps(self) -> list[tuple[str, Json]]:
        """The operations in their order, with their arguments."""
        if self.op != "steps":
            return [(self.op, self.args)]
        return [(step["op"], step["args"]) for step in self.args["steps"]]

    @property
    def policy(self) -> Json:
        """What its session-expired callback does."""
        policy: Json = self.given.get("on_session_expired", {"policy": "none"})
        return policy


def _read() -> list[Case]:
    return [
        Case(area=area, **members)
        for area in AREAS
        for members in json.loads((VECTORS / f"{area}.json").read_text(encoding="utf-8"))
    ]


def _named(name: str) -> Mapping[str, Any]:
    section: Json = {}
    for area in AREAS:
        file = VECTORS / "differences" / f"{area}.json"
        listed: Json = json.loads(file.read_text(encoding="utf-8"))[name]
        assert not section.keys() & listed.keys(), "one name, two files"
        section |= listed
    return section


CASES: Final = _read()
REASONS: Final = _named("reasons")
CLIENT_DIFFERENCES: Final = _named("client")
NO_COUNTERPART: Final = _named("no_counterpart")
EMULATOR_DIFFERENCES: Final = _named("emulator")


def counts() -> Mapping[str, int]:
    """Return how many cases of each area there are, each id counted once."""
    return Counter(area for area, _ in {(case.area, case.id) for case in CASES})


def body_of(answer: Json) -> bytes:
    """Return the body of a recorded answer as it came, or a piece of it where it was cut."""
    if "json" in answer:
        return json.dumps(answer["json"], ensure_ascii=False).encode()
    return str(answer.get("text", "")).encode()


def is_broken(answer: Json) -> bool:
    """Say whether the line failed before the answer was whole."""
    return bool(answer.keys() & {"hang", "reset", "partial"})


def means_expired(answer: Json) -> bool:
    """Say whether the service did not know the session any more."""
    base = {"errors": {"base": [SESSION_GONE]}}
    return answer.get("status") == 401 and answer.get("json") == base
