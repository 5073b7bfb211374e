"""The service itself: what answers, its clock, and whom it lets in."""

import json
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import NoneType
from typing import Final
from urllib.parse import urlsplit

from connectycube.auth.password import AppOnly
from connectycube.cli.clients import by_password, strategy_of, transport_of
from connectycube.cli.doctor.case import Answer, Case
from connectycube.cli.doctor.finding import Finding, Judge
from connectycube.cli.exit_codes import NotSignedInError
from connectycube.cli.settings import Settings, variable
from connectycube.endpoint import Endpoint
from connectycube.errors import (
    AuthenticationError,
    ConnectyCubeError,
    ForbiddenError,
    NotFoundError,
    SessionExpiredError,
    TransportError,
    UnauthorizedError,
    UserNotFoundError,
)
from connectycube.http import Headers, Request

LARGEST_SKEW: Final = 300.0
_KEYS: Final = "the dashboard's overview has both"
_TITLE: Final = re.compile(rb"(?is)<title[^>]*>(.*?)</title>")
_CLIENT_ERRORS: Final = range(400, 500)


async def look_at_answer(case: Case) -> Finding:
    """What answers at the base URL is a ConnectyCube service."""
    transport = transport_of(case.settings.base_url)
    request = Request(
        method="GET",
        url=f"{case.settings.base_url.rstrip('/')}/session",
        headers=Headers({"Accept": "application/json"}),
        label="GET /session",
    )
    try:
        response = await transport.send(request)
        try:
            body = await response.read()
        finally:
            await response.aclose()
    except TransportError as error:
        remedy = f"see that {variable('base_url')} names a ConnectyCube service"
        return Judge("service").fail(str(error), remedy)
    finally:
        await transport.aclose()
    case.answer = Answer(
        status=response.status,
        headers=dict(response.headers),
        body=body,
        arrived_at=time.time(),
    )
    return judge_answer(case.answer, case.settings.base_url)


def judge_answer(answer: Answer, base_url: str) -> Finding:
    """Say whether this is what the service answers to somebody without a session."""
    judge, status = Judge("service"), answer.status
    seen = f"status {status}{_title(answer.body)}"
    setting = variable("base_url")
    path = urlsplit(base_url).path.rstrip("/")
    if 300 <= status < 400:  # noqa: PLR2004 - HTTP
        place = urlsplit(_header(answer, "location")).hostname or "elsewhere"
        return judge.fail(f"{seen}: it sends on to {place}", f"set {setting} to that place")
    if status >= 500:  # noqa: PLR2004 - HTTP
        return judge.fail(f"{seen}: the service fails", "try again later, and look at its status")
    if status == NotFoundError.default_status:
        remedy = f"{setting} is https:// and a host"
        if path:
            remedy = f"leave {path} out of {setting}"
        return judge.fail(f"{seen}: no such route as {path}/session", remedy)
    if status in _CLIENT_ERRORS and _has_errors(answer.body):
        return judge.ok("it answers as a ConnectyCube service does")
    return judge.fail(f"{seen}: something else answers", f"check {setting}")


def _has_errors(body: bytes) -> bool:
    try:
        told = json.loads(body)
    except ValueError:
        return False
    return isinstance(told, dict) and bool(told.keys() & {"errors", "error", "message"})


def _title(body: bytes) -> str:
    found = _TITLE.search(body[:4096])
    if found is None:
        return ""
    return f", {' '.join(found[1].decode(errors='replace').split())[:80]!r}"


def _header(answer: Answer, name: str) -> str:
    headers: Mapping[str, str] = {key.lower(): value for key, value in answer.headers.items()}
    return headers.get(name, "")


async def look_at_clock(case: Case) -> Finding:
    if case.answer is None:
        return Judge("clock").skipped("the service told no time")
    return judge_clock(_header(case.answer, "date"), case.answer.arrived_at)


def judge_clock(date: str, here: float) -> Finding:
    """
    This machine's clock and the service's agree.

    Args:
        date: the `Date` of an answer.
        here: seconds since 1970 when it came, by this machine.
    """
    judge = Judge("clock")
    try:
        there = parsedate_to_datetime(date)
    except (TypeError, ValueError):
        return judge.skipped("the service told no time")
    if there.tzinfo is None:
        there = there.replace(tzinfo=UTC)
    skew = here - there.timestamp()
    if abs(skew) <= LARGEST_SKEW:
        return judge.ok("within a few minutes of the service's")
    direction = "ahead of" if skew > 0 else "behind"
    told = f"{datetime.fromtimestamp(here, UTC):%Y-%m-%d %H:%M} UTC here"
    return judge.fail(
        f"{abs(skew) / 60:,.0f} minutes {direction} the service ({told})",
        "set the clock right, best by NTP: signed requests and certificates depend on it",
    )


async def look_at_application(case: Case) -> Finding:
    """The service knows the application by its id and key, and takes its signature."""
    if case.settings.auth_key is None:
        return Judge("application").skipped("there is no authorization key to try")
    try:
        async with case.client(AppOnly()) as cube:
            await cube.create_session()
            await cube.destroy_session()
    except ConnectyCubeError as error:
        return judge_application(error, case.settings)
    return Judge("application").ok(f"application {case.settings.app_id} may sign in")


def judge_application(error: ConnectyCubeError, settings: Settings) -> Finding:
    """Say why an application may not sign in."""
    judge, words = Judge("application"), str(error).lower()
    secret = variable("auth_secret")
    if "signature" in words and settings.auth_secret is None:
        remedy = f"set {secret}: the dashboard's overview has the authorization secret"
        return judge.fail("the application wants signed requests, and there is no secret", remedy)
    if "signature" in words:
        return judge.fail("the signature is refused: the secret is wrong", f"mend {secret}")
    if "timestamp" in words:
        return judge.fail("the signature's time is refused", "set this machine's clock right")
    if isinstance(error, UnauthorizedError | AuthenticationError):
        return judge.fail(
            f"the id {settings.app_id}, its key, or both are wrong: {error}",
            f"compare {variable('app_id')} and {variable('auth_key')}: {_KEYS}",
        )
    return judge.fail(str(error), "see what the service says")


async def look_at_user(case: Case) -> Finding:
    """The user may sign in, or the session that was kept still lives."""
    judge, settings = Judge("user"), case.settings
    strategy = by_password(settings)
    try:
        if strategy is not None:
            async with case.client(strategy) as cube:
                case.session = case.made = await cube.create_session()
        else:
            async with case.client(strategy_of(settings, case.kept)) as cube:
                case.session = await cube.get_session()
    except NotSignedInError as error:
        return judge.skipped(str(error))
    except ConnectyCubeError as error:
        return judge_user(error, settings)
    user = case.session.user
    if case.session.user_id is None:
        return judge.skipped("the session is of the application alone")
    since = "" if user is None or user.created_at is None else f", made {user.created_at:%Y-%m-%d}"
    how = "signed in" if strategy is not None else "the kept session lives"
    return judge.ok(f"{how}: user {case.session.user_id}{since}")


def judge_user(error: ConnectyCubeError, settings: Settings) -> Finding:
    """Say why a user may not sign in."""
    judge, name = Judge("user"), settings.name or "the user"
    if isinstance(error, UserNotFoundError):
        return judge.fail(
            f"nobody is called {name}, and the application does not make users on the fly",
            "sign the user up first, mend the spelling, or let the dashboard allow new users",
        )
    if isinstance(error, SessionExpiredError):
        return judge.fail("the kept session has ended", "run `connectycube login`")
    if isinstance(error, AuthenticationError):
        remedy = f"mend {variable('password')}, or have the password reset"
        return judge.fail(f"the password of {name} is refused", remedy)
    return judge.fail(str(error), "see what the service says")


async def look_at_users_v1(case: Case) -> Finding:
    """The deprecated look-ups of users, which some applications still make, are switched on."""
    judge, session = Judge("users-v1"), case.session
    if session is None or session.user_id is None:
        return judge.skipped("only a user can tell")
    # By its endpoint: the methods warn of their deprecation, which is not the application's doing.
    endpoint = Endpoint("GET", "/users/{user_id}", NoneType)
    try:
        async with case.client(strategy_of(case.settings, case.kept)) as cube:
            await cube.call(endpoint, path={"user_id": session.user_id})
    except ForbiddenError:
        return judge.warn(
            "switched off: `users.v1` and GET /users/{id} are refused",
            "use `users.find` and the getters of `users`; or switch it on in the dashboard",
        )
    except ConnectyCubeError as error:
        return judge.warn(str(error), "see what the service says")
    return judge.ok("switched on")
