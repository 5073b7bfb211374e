"""Strategies produce values, without a network; most are tables."""

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import pytest

from connectycube.auth.existing import ExistingSession
from connectycube.auth.password import (
    AppOnly,
    EmailPassword,
    Guest,
    LoginPassword,
    after_change,
)
from connectycube.auth.strategy import AuthStrategy, Credentials
from connectycube.auth.token import (
    CustomIdentity,
    Facebook,
    FirebaseEmail,
    FirebasePhone,
    Twitter,
)
from connectycube.errors import InvalidInputError, SessionExpiredError
from connectycube.models.user import User
from connectycube.session import Session

T = TypeVar("T")
PASSWORD = "canary-password"
TOKEN = "canary-provider-token"
FIREBASE = {"project_id": "p", "access_token": TOKEN}
OTHER = "canary-other"
SESSION = Session(token="canary-token", user_id=7, application_id=1)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run what never waits: a strategy needs no event loop of its own."""
    try:
        work.send(None)
    except StopIteration as done:
        value: T = done.value
        return value
    work.close()
    raise AssertionError("it waited for something")


def asked(*answers: Any) -> Callable[[], Coroutine[Any, Any, Any]]:
    """Give each answer in turn to whoever asks."""
    rest = iter(answers)

    async def ask() -> Any:
        return next(rest)

    return ask


# -- credentials


@pytest.mark.parametrize(
    ("members", "session", "login"),
    [
        (
            {"login": "mara", "password": PASSWORD},
            {"user": {"login": "mara", "password": PASSWORD}},
            {"login": "mara", "password": PASSWORD},
        ),
        (
            {"email": "m@example.org", "password": PASSWORD},
            {"user": {"email": "m@example.org", "password": PASSWORD}},
            {"email": "m@example.org", "password": PASSWORD},
        ),
        (
            {"provider": "facebook", "provider_keys": {"token": TOKEN}},
            {"provider": "facebook", "keys": {"token": TOKEN}},
            {"provider": "facebook", "keys": {"token": TOKEN}},
        ),
        (
            {"provider": "firebase_phone", "provider_keys": FIREBASE},
            {"provider": "firebase_phone", "firebase_phone": FIREBASE},
            {"provider": "firebase_phone", "firebase_phone": FIREBASE},
        ),
        ({}, {}, None),
        ({"guest": True}, {"user": {"guest": "1"}}, None),
        (
            {"guest": True, "full_name": "Mara"},
            {"user": {"guest": "1", "full_name": "Mara"}},
            None,
        ),
    ],
)
def test_credentials_have_two_forms(
    members: dict[str, Any], session: dict[str, Any], login: dict[str, Any] | None
) -> None:
    """Nested for `POST /session`, flat for `POST /login`, which has no form for some."""
    credentials = Credentials(**members)

    assert session == credentials.session_members()
    if login is None:
        with pytest.raises(InvalidInputError):
            credentials.login_members()
    else:
        assert login == credentials.login_members()


@pytest.mark.parametrize(
    "members",
    [
        {"login": "mara"},
        {"email": "m@example.org"},
        {"password": PASSWORD},
        {"login": "mara", "email": "m@example.org", "password": PASSWORD},
        {"login": "", "password": PASSWORD},
        {"email": "", "password": PASSWORD},
        {"login": "mara", "password": ""},
        {"guest": True, "login": "mara", "password": PASSWORD},
        {"guest": True, "password": PASSWORD},
        {"full_name": "Mara"},
        {"provider": "facebook"},
        {"provider_keys": {"token": TOKEN}},
        {"provider": "", "provider_keys": {"token": TOKEN}},
        {"provider": "facebook", "provider_keys": {}},
        {"provider": "facebook", "provider_keys": {"token": ""}},
        {"provider": "facebook", "provider_keys": {"token": TOKEN}, "guest": True},
        {"provider": "facebook", "provider_keys": {"token": TOKEN}, "password": PASSWORD},
        {
            "provider": "facebook",
            "provider_keys": {"token": TOKEN},
            "login": "mara",
            "password": PASSWORD,
        },
        {"login": "mara", "password": PASSWORD, "full_name": "Mara"},
    ],
)
def test_half_credentials_are_refused(members: dict[str, Any]) -> None:
    """Half a pair, or two ways at once, is refused at once and not shown."""
    with pytest.raises(InvalidInputError):
        Credentials(**members)


# -- strategies


@pytest.mark.parametrize(
    ("strategy", "identity", "credentials"),
    [
        (AppOnly(), "application", Credentials()),
        (
            LoginPassword("mara", PASSWORD),
            "mara",
            Credentials(login="mara", password=PASSWORD),
        ),
        (
            LoginPassword("mara", asked(PASSWORD)),
            "mara",
            Credentials(login="mara", password=PASSWORD),
        ),
        (
            EmailPassword("m@example.org", PASSWORD),
            "m@example.org",
            Credentials(email="m@example.org", password=PASSWORD),
        ),
        (
            EmailPassword("m@example.org", asked(PASSWORD)),
            "m@example.org",
            Credentials(email="m@example.org", password=PASSWORD),
        ),
        (Guest(), None, Credentials(guest=True)),
        (Guest("Mara"), None, Credentials(guest=True, full_name="Mara")),
        (ExistingSession(SESSION), None, SESSION),
        (ExistingSession("canary-token"), None, Session(token="canary-token")),
        (ExistingSession(SESSION, renew=asked(SESSION)), None, SESSION),
    ],
)
def test_a_first_session(
    strategy: Any, identity: str | None, credentials: Credentials | Session
) -> None:
    """Each strategy says who it is, and what a first session is made of."""
    assert identity == strategy.identity
    assert credentials == run(strategy.credentials(None))


def of_providers(token: Any) -> list[tuple[Any, Credentials]]:
    """Give each strategy of a provider, and what it sends for this token."""
    return [
        (
            FirebasePhone(project_id="p", access_token=token),
            Credentials(provider="firebase_phone", provider_keys=FIREBASE),
        ),
        (
            FirebaseEmail(project_id="p", access_token=token),
            Credentials(provider="firebase_email", provider_keys=FIREBASE),
        ),
        (Facebook(token), Credentials(provider="facebook", provider_keys={"token": TOKEN})),
        (
            Twitter(token=token, secret="canary-secret"),
            Credentials(
                provider="twitter", provider_keys={"token": TOKEN, "secret": "canary-secret"}
            ),
        ),
    ]


@pytest.mark.parametrize(
    ("strategy", "credentials"), [*of_providers(TOKEN), *of_providers(asked(*[TOKEN] * 8))]
)
def test_a_provider_signs_in(strategy: Any, credentials: Credentials) -> None:
    """A token goes to the service under its provider; who that is, only the service knows."""
    assert credentials == run(strategy.credentials(None))
    assert strategy.identity is None
    assert "canary-token" == run(strategy.chat_password(SESSION))


@pytest.mark.parametrize(
    ("strategy", "credentials"), [of_providers(asked(TOKEN))[index] for index in range(4)]
)
def test_a_provider_renews_by_a_callable(strategy: Any, credentials: Credentials) -> None:
    """A callable is asked for a newer token when the session has died."""
    assert credentials == run(strategy.credentials(SESSION))


@pytest.mark.parametrize(
    "strategy", [*(pair[0] for pair in of_providers(TOKEN)), CustomIdentity(TOKEN)]
)
def test_a_text_is_good_for_one_sign_in(strategy: Any) -> None:
    """A token given as text has aged by the time its session dies, which is said."""
    with pytest.raises(SessionExpiredError, match="an async callable can be renewed"):
        run(strategy.credentials(SESSION))


@pytest.mark.parametrize(
    ("token", "previous"), [(TOKEN, None), (asked(TOKEN), None), (asked(TOKEN), SESSION)]
)
def test_an_identity_of_ones_own_signs_in(token: Any, previous: Session | None) -> None:
    """The token goes as a login beside some password, as the service wants it."""
    strategy = CustomIdentity(token)
    credentials = run(strategy.credentials(previous))

    assert isinstance(credentials, Credentials)
    assert TOKEN == credentials.login
    assert credentials.password
    assert Credentials(login=TOKEN, password=credentials.password) == credentials
    assert strategy.identity is None
    assert "canary-token" == run(strategy.chat_password(SESSION))


NEW = Session(token="canary-new")
APP_SESSION = Session(token="canary-app", application_id=1)


@pytest.mark.parametrize(
    ("strategy", "previous", "credentials"),
    [
        (AppOnly(), APP_SESSION, Credentials()),
        (
            LoginPassword("mara", PASSWORD),
            SESSION,
            Credentials(login="mara", password=PASSWORD),
        ),
        (ExistingSession(SESSION, renew=asked(NEW)), SESSION, NEW),
    ],
)
def test_a_session_that_continues(
    strategy: Any, previous: Session, credentials: Credentials | Session
) -> None:
    """These can make another session of the same identity."""
    assert credentials == run(strategy.credentials(previous))


@pytest.mark.parametrize(
    ("strategy", "previous"),
    [
        (AppOnly(), SESSION),
        (AppOnly(), Session(token="canary-bare")),
        (Guest(), SESSION),
        (ExistingSession(SESSION), SESSION),
        (ExistingSession("canary-token"), Session(token="canary-token")),
    ],
)
def test_a_session_that_cannot_continue(strategy: Any, previous: Session) -> None:
    """Where a new session would be somebody else's, its end is reported."""
    with pytest.raises(SessionExpiredError):
        run(strategy.credentials(previous))


def test_a_callable_is_asked_each_time() -> None:
    """A secret that ages is fetched anew at each sign-in, and for the chat."""
    strategy = LoginPassword("mara", asked("canary-1", "canary-2", "canary-3"))

    assert "canary-1" == run(strategy.credentials(None)).password
    assert "canary-2" == run(strategy.credentials(SESSION)).password
    assert "canary-3" == run(strategy.chat_password(SESSION))


@pytest.mark.parametrize(
    ("strategy", "password"),
    [
        (LoginPassword("mara", PASSWORD), PASSWORD),
        (EmailPassword("m@example.org", PASSWORD), PASSWORD),
        (EmailPassword("m@example.org", asked(PASSWORD)), PASSWORD),
        (Guest(), "canary-token"),
        (ExistingSession(NEW), "canary-token"),
    ],
)
def test_the_chat_has_a_password(strategy: Any, password: str) -> None:
    """The password after a password login, the live session's token after any other."""
    assert password == run(strategy.chat_password(SESSION))


def test_an_application_cannot_chat() -> None:
    """Without a user there is nobody to chat as."""
    with pytest.raises(InvalidInputError):
        run(AppOnly().chat_password(SESSION))


@pytest.mark.parametrize(
    "make",
    [
        lambda: LoginPassword("", PASSWORD),
        lambda: LoginPassword(" ", PASSWORD),
        lambda: LoginPassword("mara", ""),
        lambda: LoginPassword("mara", None),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        lambda: LoginPassword("mara", b"canary"),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        lambda: LoginPassword(5, PASSWORD),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        lambda: EmailPassword("", PASSWORD),
        lambda: EmailPassword("m@example.org", ""),
        lambda: Guest(""),
        lambda: Guest(" "),
        lambda: FirebasePhone(project_id="", access_token=TOKEN),
        lambda: FirebasePhone(project_id="p", access_token=""),
        lambda: FirebaseEmail(project_id=" ", access_token=TOKEN),
        lambda: FirebaseEmail(project_id="p", access_token=""),
        lambda: CustomIdentity(""),
        lambda: Facebook(""),
        lambda: Twitter(token="", secret="canary"),
        lambda: Twitter(token=TOKEN, secret=""),
        lambda: ExistingSession(""),
        lambda: ExistingSession("canary\n"),
    ],
)
def test_what_can_never_sign_in_is_refused_at_once(make: Callable[[], object]) -> None:
    """A mistake shows where it is made, not at the first call."""
    with pytest.raises(InvalidInputError):
        make()


@pytest.mark.parametrize("secret", ["", None, 5, b"canary"])
def test_a_callable_must_bring_a_secret(secret: Any) -> None:
    """What a callable brings is checked when it comes, and not shown."""
    with pytest.raises(InvalidInputError, match=r"^password must be a non-empty text$"):
        run(LoginPassword("mara", asked(secret)).credentials(None))


# -- a changed profile

MARA = User(id=7, login="mara", email="m@example.org")
CALLABLE = asked(PASSWORD)


@pytest.mark.parametrize(
    ("strategy", "before", "after", "password", "expected"),
    [
        (  # nothing that matters has changed
            LoginPassword("mara", PASSWORD),
            MARA,
            MARA,
            None,
            LoginPassword("mara", PASSWORD),
        ),
        (  # a new password
            LoginPassword("mara", PASSWORD),
            MARA,
            MARA,
            OTHER,
            LoginPassword("mara", OTHER),
        ),
        (
            EmailPassword("m@example.org", PASSWORD),
            MARA,
            MARA,
            OTHER,
            EmailPassword("m@example.org", OTHER),
        ),
        (  # a password from a callable is the callable's care
            LoginPassword("mara", CALLABLE),
            MARA,
            MARA,
            OTHER,
            LoginPassword("mara", CALLABLE),
        ),
        (  # a new name
            LoginPassword("mara", PASSWORD),
            MARA,
            User(id=7, login="tara"),
            None,
            LoginPassword("tara", PASSWORD),
        ),
        (
            LoginPassword("mara", CALLABLE),
            MARA,
            User(id=7, login="tara"),
            None,
            LoginPassword("tara", CALLABLE),
        ),
        (
            EmailPassword("m@example.org", PASSWORD),
            MARA,
            User(id=7, email="t@example.org"),
            None,
            EmailPassword("t@example.org", PASSWORD),
        ),
        (  # letters of another case are the same name
            LoginPassword("MARA", PASSWORD),
            MARA,
            User(id=7, login="tara"),
            OTHER,
            LoginPassword("tara", OTHER),
        ),
        (  # the service left the name out
            LoginPassword("mara", PASSWORD),
            MARA,
            User(id=7),
            OTHER,
            LoginPassword("mara", OTHER),
        ),
        (  # the session is of somebody else than the strategy
            LoginPassword("jonas", PASSWORD),
            MARA,
            User(id=7, login="tara"),
            OTHER,
            LoginPassword("jonas", PASSWORD),
        ),
        (  # the user was not known before: the answer says who it is
            LoginPassword("mara", PASSWORD),
            None,
            MARA,
            OTHER,
            LoginPassword("mara", OTHER),
        ),
        (AppOnly(), MARA, MARA, OTHER, AppOnly()),
        (Guest("Mara"), MARA, MARA, OTHER, Guest("Mara")),
        (ExistingSession(SESSION), MARA, MARA, OTHER, ExistingSession(SESSION)),
    ],
)
def test_a_changed_profile_keeps_signing_in(
    strategy: AuthStrategy,
    before: User | None,
    after: User,
    password: str | None,
    expected: AuthStrategy,
) -> None:
    """A login, an e-mail or a password that changed changes in its own user's strategy."""
    assert expected == after_change(strategy, before=before, after=after, password=password)
