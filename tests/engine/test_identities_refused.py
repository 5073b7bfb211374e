"""Identities that are refused, half given, or told where they should not be."""

import io
import logging
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from connectycube import (
    CustomIdentity,
    ExternalAuthError,
    Facebook,
    FirebaseEmail,
    FirebasePhone,
    InvalidInputError,
    Twitter,
)
from connectycube.auth.strategy import Credentials

from .identity_stage import Provider, Way, every_way, provider_of
from .stage import MAR, Stage, outcomes
from .storage_stage import REAL_TIME

pytestmark = REAL_TIME


@pytest.fixture
def provider(stage: Stage) -> Provider:
    return provider_of(stage)


@every_way
@pytest.mark.parametrize("endpoint", ["session", "login"])
async def test_a_refusal_is_the_provider_s(
    stage: Stage, provider: Provider, way: Way, endpoint: str
) -> None:
    """`ExternalAuthError`, at both endpoints; the client's strategy stays what it was."""
    stage.service.world.add_user(login=MAR.login, password="canary-of-mar")
    cube = stage.client(MAR)
    before = await cube.create_session()
    strategy = way.make("wrong-canary")

    with pytest.raises(ExternalAuthError) as caught:
        await (cube.create_session(strategy) if endpoint == "session" else cube.login(strategy))

    assert 422 == caught.value.status
    assert (404 if strategy == CustomIdentity("wrong-canary") else None) == (
        caught.value.provider_status
    )
    assert 1 == len(stage.service.world.users)
    assert (await cube.users.update(full_name="Mar")).id == before.user_id
    assert [] != provider.asked


@pytest.mark.parametrize("endpoint", ["session", "login"])
@pytest.mark.parametrize(
    ("switch", "answer", "told"),
    [
        (None, (404, {"error": "Token invalid"}), (422, 404)),
        (None, (503, "down"), (422, 503)),
        (None, (200, {"user": {}}), (422, None)),
        ("external_failure_in_200", (401, {}), (200, 401)),
        ("external_failure_in_200", (200, {}), (200, None)),
        ("older_texts", (401, {}), (422, 401)),
    ],
)
async def test_every_refusal_of_an_own_identity_is_understood(
    stage: Stage,
    endpoint: str,
    switch: str | None,
    answer: tuple[int, Any],
    told: tuple[int, int | None],
) -> None:
    """Newer and older words, a missing uid, and the failure inside a 200."""
    if switch is not None:
        setattr(stage.service.settings, switch, True)
    provider_of(stage).refusal = answer
    strategy = CustomIdentity("canary-token")
    cube = stage.client(strategy)

    with pytest.raises(ExternalAuthError) as caught:
        await (cube.create_session() if endpoint == "session" else cube.login(strategy))

    assert told == (caught.value.status, caught.value.provider_status)
    assert [] == stage.service.world.users


EMPTY: dict[str, Callable[[], object]] = {
    "no project": lambda: FirebasePhone(project_id="", access_token="canary"),
    "blank project": lambda: FirebaseEmail(project_id=" ", access_token="canary"),
    "no firebase token": lambda: FirebasePhone(project_id="p", access_token=""),
    "no firebase mail token": lambda: FirebaseEmail(project_id="p", access_token=""),
    "no token": lambda: CustomIdentity(""),
    "no facebook token": lambda: Facebook(""),
    "no twitter token": lambda: Twitter(token="", secret="canary"),
    "no twitter secret": lambda: Twitter(token="canary", secret=""),
    "None": lambda: CustomIdentity(None),  # type: ignore[arg-type]
    "number": lambda: Facebook(7),  # type: ignore[arg-type]
    "half login": lambda: Credentials(login="mar"),
    "half e-mail": lambda: Credentials(email="a@b.example"),
    "password alone": lambda: Credentials(password="canary"),
    "provider alone": lambda: Credentials(provider="facebook"),
    "keys alone": lambda: Credentials(provider_keys={"token": "canary"}),
    "empty key": lambda: Credentials(
        provider="twitter", provider_keys={"token": "x", "secret": ""}
    ),
    "two ways": lambda: Credentials(login="mar", password="canary", provider="facebook"),
}


@pytest.mark.parametrize("make", EMPTY.values(), ids=EMPTY)
async def test_half_a_credential_is_refused_where_it_is_made(make: Callable[[], object]) -> None:
    """The official SDK would send it as a session of nobody."""
    with pytest.raises(InvalidInputError):
        make()


@every_way
async def test_no_secret_shows_up_anywhere(stage: Stage, provider: Provider, way: Way) -> None:
    """Not in a repr, a log or a formatted traceback, whatever goes wrong; nor the filler."""
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    logging.getLogger("connectycube").addHandler(handler)
    told: list[str] = []
    strategy = way.make("canary-token")
    cube = stage.client(strategy)
    try:
        for trouble in (None, "refused", "500", "half"):
            provider.refusal = (401, {}) if trouble == "refused" else None
            if trouble == "500":
                stage.service.faults.status(500, path="/session")
            if trouble == "half":
                stage.service.faults.answer(201, body={"session": {"token": 1.5}}, path="/session")
            for error in await outcomes([cube.create_session]):
                if isinstance(error, Exception):
                    told += [
                        repr(error),
                        *traceback.TracebackException.from_exception(error).format_exception_only(),
                    ]
                told.append(repr(error))
    finally:
        logging.getLogger("connectycube").removeHandler(handler)

    produced = await strategy.credentials(None)
    told += [repr(strategy), str(strategy), repr(produced), repr(cube), log.getvalue()]
    sent = [one.json for one in stage.service.requests if one.json]
    fillers = [one["user"]["password"] for one in sent if "user" in one]
    assert [] == [text for text in told if "canary" in text]
    assert [] == [text for text in told for filler in fillers if filler in text]
    assert "POST /session: 201" in log.getvalue()
