"""The doctor's judges: what is seen in, what it means out."""

from importlib import metadata

import pytest

from connectycube.cli.doctor.case import Answer
from connectycube.cli.doctor.chat import judge_login, judge_port
from connectycube.cli.doctor.checks import CHECKS
from connectycube.cli.doctor.finding import Verdict
from connectycube.cli.doctor.here import judge_packages, judge_python
from connectycube.cli.doctor.service import (
    judge_answer,
    judge_application,
    judge_clock,
    judge_user,
)
from connectycube.cli.doctor.way import judge_base_url
from connectycube.cli.settings import Settings
from connectycube.errors import (
    ChatRefusedError,
    ConnectError,
    ConnectyCubeError,
    RateLimitedError,
    RequestTimeoutError,
    UserNotFoundError,
    ValidationError,
)

NOON = 1_718_020_800.0  # 2024-06-10 12:00 UTC
NOON_TOLD = "Mon, 10 Jun 2024 12:00:00 GMT"
NEEDED = ["aiohttp>=3.12", 'click>=8.2; extra == "cli"', 'redis>=5.2; extra == "redis"', "attrs"]


@pytest.mark.parametrize(
    ("version", "verdict"),
    [
        ((3, 9, 18), Verdict.FAIL),
        ((3, 10, 0), Verdict.FAIL),
        ((3, 11, 0), Verdict.OK),
        ((3, 14, 1), Verdict.OK),
    ],
)
def test_python_s_age(version: tuple[int, ...], verdict: Verdict) -> None:
    """3.11 is the oldest that will do."""
    assert verdict is judge_python(version).verdict


@pytest.mark.parametrize(
    ("installed", "verdict", "words"),
    [
        ({"aiohttp": "3.12", "click": "8.2.0"}, Verdict.OK, "aiohttp 3.12, click 8.2.0"),
        ({"aiohttp": "4.0.0a1", "click": "10.0"}, Verdict.OK, "click 10.0"),
        ({"aiohttp": "3.9.5", "click": "8.2"}, Verdict.FAIL, "aiohttp 3.9.5 is older than 3.12"),
        ({"aiohttp": "3.12"}, Verdict.FAIL, "click is missing"),
    ],
)
def test_packages_age(installed: dict[str, str], verdict: Verdict, words: str) -> None:
    """What is needed with the extra `cli`, and nothing of other extras."""

    def version_of(name: str) -> str:
        if name not in installed:
            raise metadata.PackageNotFoundError(name)
        return installed[name]

    finding = judge_packages(NEEDED, version_of)

    assert verdict is finding.verdict
    assert words in finding.evidence
    assert "redis" not in finding.evidence


@pytest.mark.parametrize(
    ("here", "date", "verdict", "words"),
    [
        (NOON, NOON_TOLD, Verdict.OK, ""),
        (NOON + 299, NOON_TOLD, Verdict.OK, ""),
        (NOON + 301, NOON_TOLD, Verdict.FAIL, "5 minutes ahead of the service"),
        (NOON - 3600, NOON_TOLD, Verdict.FAIL, "60 minutes behind the service"),
        (NOON, "", Verdict.SKIPPED, "told no time"),
        (NOON, "noon", Verdict.SKIPPED, "told no time"),
    ],
)
def test_clock_skew(here: float, date: str, verdict: Verdict, words: str) -> None:
    """Five minutes are let pass, to either side."""
    finding = judge_clock(date, here)

    assert verdict is finding.verdict
    assert words in finding.evidence


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (401, b'{"errors": ["Token is required"]}', Verdict.OK),
        (403, b'{"message": "no"}', Verdict.OK),
        (401, b"<html>", Verdict.FAIL),
        (200, b"{}", Verdict.FAIL),
        (404, b'{"errors": ["no"]}', Verdict.FAIL),
        (301, b"", Verdict.FAIL),
        (502, b"<title>Bad gateway</title>", Verdict.FAIL),
    ],
)
def test_who_answers(status: int, body: bytes, verdict: Verdict) -> None:
    """A service of ConnectyCube's says no in JSON to somebody without a session."""
    answer = Answer(status=status, headers={"Location": "https://a.b/c"}, body=body, arrived_at=0)

    assert verdict is judge_answer(answer, "https://api.connectycube.com").verdict


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValidationError(messages=["Unexpected signature"]), "there is no secret"),
        (ValidationError(messages=["Bad timestamp"]), "time is refused"),
        (RateLimitedError(messages=["Too many requests"]), "Too many requests"),
        (ConnectError("POST /session: no connection"), "no connection"),
    ],
)
def test_why_an_application_may_not_sign_in(error: ConnectyCubeError, words: str) -> None:
    """What the service says tells the cause apart; whatever else it says is told as it is."""
    finding = judge_application(error, Settings(app_id="21", auth_key="canary-key"))

    assert Verdict.FAIL is finding.verdict
    assert words in finding.evidence
    assert finding.remedy


def test_why_a_user_may_not_sign_in() -> None:
    """The one that nobody knows is named as it was spelled."""
    finding = judge_user(UserNotFoundError(), Settings(login="marra"))

    assert "nobody is called marra" in finding.evidence


@pytest.mark.parametrize(
    ("error", "is_by_token", "words"),
    [
        (ChatRefusedError("not-authorized"), False, "the password is refused"),
        (ChatRefusedError("not-authorized"), True, "the session's token is refused"),
        (ChatRefusedError("host-unknown"), False, "another name"),
        (ChatRefusedError("conflict"), False, "conflict"),
        (ConnectError("no connection to chat:5223: SSLError"), False, "SSLError"),
        (RequestTimeoutError("chat: connect: not done"), False, "something else may listen"),
    ],
)
def test_why_the_chat_lets_nobody_in(
    error: ConnectyCubeError,
    is_by_token: bool,  # noqa: FBT001 - a table
    words: str,
) -> None:
    """A refused password, a wrong name, no TLS, and no chat at all are told apart."""
    finding = judge_login(error, is_by_token=is_by_token)

    assert Verdict.FAIL is finding.verdict
    assert words in finding.evidence
    assert finding.remedy


@pytest.mark.parametrize("reason", ["no such host: unknown", "nothing listens there", "no answer"])
def test_a_closed_chat_port_has_a_remedy(reason: str) -> None:
    """A wrong name is mended; a blocked port is gone around."""
    assert judge_port("chat:5223", reason).remedy
    assert Verdict.OK is judge_port("chat:5223", None).verdict


@pytest.mark.parametrize(
    ("base_url", "verdict"),
    [
        ("https://api.connectycube.com", Verdict.OK),
        ("https://api.connectycube.com/", Verdict.OK),
        ("http://127.0.0.1:8787", Verdict.OK),
        ("http://localhost", Verdict.OK),
        ("https://api.connectycube.com/v2", Verdict.WARN),
        ("http://api.connectycube.com", Verdict.FAIL),
        ("https://me:canary@api.connectycube.com", Verdict.FAIL),
        ("https://api.connectycube.com?a=b", Verdict.FAIL),
        ("https://", Verdict.FAIL),
        ("https://a:b", Verdict.FAIL),
    ],
)
def test_base_urls(base_url: str, verdict: Verdict) -> None:
    """What the client would refuse is told with what to write instead."""
    finding = judge_base_url(base_url)

    assert verdict is finding.verdict
    assert "canary" not in finding.evidence


def test_checks_need_what_comes_before_them() -> None:
    """Each has a name of its own, and needs none that is yet to come."""
    known: set[str] = set()
    for check in CHECKS:
        assert check.name not in known
        assert set(check.needs) <= known
        known.add(check.name)
