"""Our client sends what the official SDK sends, or differs exactly as the reviewed list says."""

from collections.abc import Sequence

import anyio
import pytest

from connectycube import (
    ApiError,
    ConnectError,
    ConnectyCube,
    DecodeError,
    ExpiredSession,
    Hosts,
    InvalidInputError,
    NoRetry,
    Request,
    Session,
    SignedOutError,
    TransportError,
)
from connectycube.testing import Reply, ScriptedTransport

from .identities import identity
from .meanings import https, perform, strategy
from .sameness import differences, fits, sent, told
from .vectors import (
    API_HOST,
    AREAS,
    CASES,
    CLIENT_DIFFERENCES,
    EMULATOR_DIFFERENCES,
    NO_COUNTERPART,
    PREVIEW_HOST,
    REASONS,
    Case,
    Json,
    NoCounterpartError,
    body_of,
    counts,
)


@pytest.mark.anyio
@pytest.mark.filterwarnings("ignore:users.v1:DeprecationWarning")
@pytest.mark.parametrize("case", CASES, ids=str)
async def test_our_requests_are_theirs(case: Case) -> None:
    """Same meaning, same requests and same end, but for what is listed with a reason."""
    listed = CLIENT_DIFFERENCES.get(case.id, {})
    answers = [*listed.get("answers", case.answers), *listed.get("more_answers", [])]
    ours = await play(case, answers)
    if case.id in NO_COUNTERPART:
        assert ours is None, "it has a counterpart after all"
        return
    assert ours is not None, "no counterpart, and not listed as such"
    theirs = told(case)
    if "after" not in theirs:
        del ours["after"]
    found = differences(theirs, ours)

    expected = listed.get("differs", {})
    news = {at: both for at, both in found.items() if not fits(expected.get(at, {}), both)}
    stale = expected.keys() - found.keys()
    assert ({}, set()) == (news, stale)


def test_every_case_is_played() -> None:
    """No case of these areas is left out."""
    assert AREAS == counts()
    assert sum(AREAS.values()) == len(CASES)


def test_every_difference_has_a_case_and_a_reason() -> None:
    """The list speaks of cases that exist, and each reason of it serves one."""
    ids = {case.id for case in CASES}
    reasons = [*NO_COUNTERPART.values()]
    for listed in CLIENT_DIFFERENCES.values():
        assert listed["differs"]
        reasons += [both["because"] for both in listed["differs"].values()]

    listed_ids = CLIENT_DIFFERENCES.keys() | NO_COUNTERPART.keys()
    assert set() == listed_ids - ids
    reasons += [listed["because"] for listed in EMULATOR_DIFFERENCES.values()]
    assert REASONS.keys() == set(reasons)
    for reason in REASONS.values():
        assert {"why", "reference"} == reason.keys()
        assert all(reason.values())


async def play(case: Case, answers: Sequence[Json]) -> Json | None:
    """Return the record of what our client does, `None` where it has no words for the case."""
    is_down = {"code": "ECONNREFUSED", "info": " "} in [one.get("threw") for one in case.results]
    line = Line(answers, is_down=is_down)
    asked: list[ExpiredSession] = []
    results: list[Json] = []
    session: Session | None = None
    try:
        cube = client(case, line, asked)
        for op, args in case.steps:
            results.append(await _outcome(cube, op, args))
        session = cube.session
    except NoCounterpartError:
        return None
    except InvalidInputError:
        results.append({"ended": "refused before sending"})
    return {
        "requests": line.arrived,
        "results": {str(number): result for number, result in enumerate(results)},
        "callbacks": len(asked),
        "after": {
            "token": session.token if session else None,
            "user_id": session.user_id if session else None,
        },
    }


def client(case: Case, line: "Line", asked: list[ExpiredSession]) -> ConnectyCube:
    """Return a client in the state that the case begins with."""
    app, session, policy = case.given["app"], case.given["session"], case.policy
    milliseconds = case.given.get("timeout_ms", 30_000)

    async def renew(expired: ExpiredSession) -> Session | None:
        asked.append(expired)
        if policy["policy"] == "recreate_and_retry":
            return await cube.create_session(strategy(policy.get("user", {})))
        given = policy.get("session")
        return Session.from_token(given["token"], given["user_id"]) if given else None

    cube = ConnectyCube(
        app["app_id"],
        # There is no key per call; another key is another client.
        case.args.get("auth_key", app.get("auth_key")),
        base_url=f"https://{API_HOST}",
        hosts=Hosts(link_preview=f"https://{PREVIEW_HOST}"),
        transport=ScriptedTransport(line.answer),
        retry=NoRetry(),
        timeout=milliseconds / 1000,
        on_session_expired=None if policy["policy"] == "none" else renew,
    )
    if session is None and "token" in app:
        session = app
    if session is not None:
        cube.set_session(Session.from_token(session["token"], session.get("user_id")))
    return cube


async def _outcome(cube: ConnectyCube, op: str, args: Json) -> Json:
    try:
        return {"returned": identity(await perform(cube, op, args))}
    except ApiError as error:
        return {"ended": f"refused by the service with {error.status}"}
    except TransportError:
        return {"ended": "no answer"}
    except (InvalidInputError, SignedOutError):
        return {"ended": "refused before sending"}
    except DecodeError:
        return {"ended": "unreadable"}


class Line:
    """Answers as it was recorded, and keeps what arrives."""

    def __init__(self, answers: Sequence[Json], *, is_down: bool) -> None:
        self._answers = list(answers)
        self._is_down = is_down
        self.arrived: list[Json] = []

    async def answer(self, request: Request) -> Reply | Exception:
        body = request.body
        if body is not None and not isinstance(body, bytes):
            body = b"".join([piece async for piece in body.open()])
        if self._is_down:
            return ConnectError("there was no recording server at that place")
        self.arrived.append(sent(request, body or b""))
        assert self._answers, f"{request.label} came, and no answer is left"
        answer = self._answers.pop(0)
        if answer.get("reset"):
            return TransportError("reset")
        if answer.get("partial"):
            return Reply(answer["status"], TransportError("cut"))
        gate = anyio.Event() if answer.get("hang") else None
        headers = answer.get("headers", {})
        content = https(body_of(answer).decode()).encode()
        return Reply(answer.get("status") or 200, content, headers=headers, gate=gate)
