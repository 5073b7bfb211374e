"""Firebase, social and own identities: signed in at both endpoints, renewed, signed."""

from typing import Any

import pytest

from connectycube import (
    ConnectyCube,
    CustomIdentity,
    InvalidInputError,
    SessionExpiredError,
    ValidationError,
)

from .identity_stage import LONG, Provider, Way, asked_for, bodies, every_way, provider_of
from .stage import SIGN_IN, Stage, outcomes, rename
from .storage_stage import REAL_TIME

pytestmark = REAL_TIME


@pytest.fixture
def provider(stage: Stage) -> Provider:
    return provider_of(stage)


@every_way
@pytest.mark.parametrize("token", ["canary-token", LONG, "canary-ü-🙂 &=+"], ids=len)
async def test_a_token_makes_a_session(
    stage: Stage, provider: Provider, way: Way, token: str
) -> None:
    """Nested, of any length and alphabet, in one request, for a user who is found again."""
    one, other = stage.client(way.make(token)), stage.client(way.make("canary-other"))

    session = await one.create_session()
    again = await other.create_session()

    assert session.user_id is not None
    assert session.user_id == again.user_id
    assert 1 == len(stage.service.world.users)
    assert [way.members(token), way.members("canary-other")] == bodies(stage, "/session")
    assert [token, "canary-other"] == [
        proof.get("access_token") or proof["token"] for proof in provider.asked
    ]


@every_way
async def test_the_same_token_logs_in_on_a_session(
    stage: Stage, provider: Provider, way: Way
) -> None:
    """`POST /login`, flat, finds the user that `POST /session` made; the token stays."""
    session = await stage.client(way.make("canary-token")).create_session()
    cube = stage.client()
    cube = cube.with_auth(way.make("canary-other"))

    user = await cube.login(way.make("canary-token"))

    assert session.user_id == user.id
    assert cube.session is not None
    assert user.id == cube.session.user_id
    assert [way.members("canary-token")] == bodies(stage, "/login")
    assert 2 == len(provider.asked)
    assert (await cube.users.update(full_name="Mar")).id == user.id


@every_way
async def test_a_callable_is_asked_at_each_renewal(
    stage: Stage, provider: Provider, way: Way
) -> None:
    """And at nothing else; each new session is made of a new token."""
    tokens = [f"canary-{number}" for number in range(4)]
    ask, given = asked_for(*tokens)
    cube = stage.client(way.make(ask))
    session = await cube.create_session()
    for count in range(2, 5):
        stage.expire()
        users = await outcomes([rename(cube)] * 10)
        assert {session.user_id} == {getattr(user, "id", user) for user in users}
        assert tokens[:count] == given

    assert [way.members(token) for token in tokens] == bodies(stage, "/session")
    assert 4 == len(provider.asked)


@every_way
async def test_a_text_is_not_presented_twice(stage: Stage, provider: Provider, way: Way) -> None:
    """It was good for one sign-in: the expiry is the caller's, and says what would help."""
    cube = stage.client(way.make("canary-token"))
    await cube.create_session()
    stage.expire()
    stage.line.sent.clear()

    results = await outcomes([rename(cube)] * 5)

    assert {SessionExpiredError} == {type(one) for one in results}
    assert "an async callable can be renewed" in str(results[0])
    assert (0, 1) == (stage.count(SIGN_IN), len(provider.asked))
    # Asking for a session explicitly is a new sign-in, not a renewal.
    assert (await cube.create_session()).user_id is not None


@every_way
async def test_a_callable_that_fails_is_heard(stage: Stage, provider: Provider, way: Way) -> None:
    """Its own error reaches the caller, at sign-in and at renewal."""
    error = LookupError("no token today")
    works = True

    async def ask() -> str:
        if not works:
            raise error
        return "canary-token"

    cube = stage.client(way.make(ask))
    await cube.create_session()
    works = False
    stage.expire()

    with pytest.raises(LookupError, match="no token today"):
        await cube.users.update(full_name="Mar")
    with pytest.raises(LookupError, match="no token today"):
        await cube.create_session()

    assert 1 == len(provider.asked)


@every_way
@pytest.mark.parametrize("value", ["", None, b"canary-bytes", 7])
async def test_a_callable_that_gives_no_token_sends_nothing(
    stage: Stage, way: Way, value: object
) -> None:
    """An empty one would make a session of nobody, or a refusal that nobody understands."""

    async def ask() -> Any:
        return value

    cube = stage.client(way.make(ask))

    for call in (cube.create_session(), cube.login(way.make(ask))):
        with pytest.raises(InvalidInputError):
            await call

    assert [] == [path for path in ("/session", "/login") for body in bodies(stage, path) if body]


@every_way
async def test_the_chat_password_is_the_session_s_token(
    stage: Stage, provider: Provider, way: Way
) -> None:
    """There is no password that the chat could know."""
    strategy = way.make("canary-token")
    session = await stage.client(strategy).create_session()

    assert session.token == await strategy.chat_password(session)
    assert None is strategy.identity
    assert 1 == len(provider.asked)


async def test_a_filler_is_random_and_of_no_use(stage: Stage, provider: Provider) -> None:
    """Different in each request, and no password of anything afterwards."""
    ask, _ = asked_for(*[f"canary-{number}" for number in range(6)])
    strategy = CustomIdentity(ask)
    cube = stage.client(strategy)
    await cube.create_session()
    stage.expire()
    await cube.users.update(full_name="Mar")
    await cube.login(strategy)
    await cube.create_session()

    sent = [one.json.get("user", one.json) for one in stage.service.requests if one.json]
    fillers = [body["password"] for body in sent if "password" in body]
    assert (4, 4) == (len(fillers), len(set(fillers)))
    assert all(len(one) >= 16 for one in fillers)
    [user] = stage.service.world.users
    assert None is user.password
    assert [] == [one for one in fillers if one in repr(cube) + repr(strategy)]
    assert 4 == len(provider.asked)


@every_way
async def test_a_signed_request_is_accepted(stage: Stage, provider: Provider, way: Way) -> None:
    """The signature covers nested members too; without the secret nobody gets in."""
    stage.service.settings.signature_required = True
    application = stage.service.application

    def client(auth_secret: str | None) -> ConnectyCube:
        auth = way.make(LONG + "ü&=+ [x]")
        key = application.auth_key
        return ConnectyCube(21, key, auth=auth, auth_secret=auth_secret, transport=stage.line)

    await client(application.auth_secret).create_session()
    accepted = stage.service.requests[-1].json
    for wrong in (None, "canary-wrong"):
        with pytest.raises(ValidationError, match="Unexpected signature"):
            await client(wrong).create_session()

    assert {"nonce", "timestamp", "signature"} <= accepted.keys()
    assert 40 == len(accepted["signature"])
    assert 1 == len(provider.asked)


async def test_each_signed_request_has_a_nonce_of_its_own(stage: Stage, provider: Provider) -> None:
    """A pair of nonce and time is good once; a renewal is signed as well."""
    stage.service.settings.signature_required = True
    application = stage.service.application
    ask, _ = asked_for(*[f"canary-{number}" for number in range(3)])
    cube = ConnectyCube(
        21,
        application.auth_key,
        auth=CustomIdentity(ask),
        auth_secret=application.auth_secret,
        transport=stage.line,
    )
    await cube.create_session()
    stage.expire()
    await cube.users.update(full_name="Mar")
    await cube.create_session()

    sent = [one.json for one in stage.service.requests if one.path == "/session"]
    assert (3, 3) == (len({one["nonce"] for one in sent}), len({one["signature"] for one in sent}))
    assert 3 == len(provider.asked)
