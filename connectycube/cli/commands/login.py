"""`connectycube login` and `logout`: the session that other commands use."""

import os
import sys

import attrs
import click

from connectycube.auth.existing import ExistingSession
from connectycube.auth.password import AppOnly, Guest
from connectycube.auth.strategy import AuthStrategy
from connectycube.cli.clients import by_password, client_of, kept_for
from connectycube.cli.command import command
from connectycube.cli.exit_codes import NotSignedInError
from connectycube.cli.invocation import Invocation, can_ask
from connectycube.cli.kept_session import KeptSession, forget, keep
from connectycube.cli.profile import read_profile
from connectycube.cli.settings import Settings, settings_of, variable
from connectycube.errors import SessionExpiredError
from connectycube.session import Session


@command
@click.argument("name", required=False)
@click.option("--guest", is_flag=True, help="Come as a temporary user, called NAME.")
@click.option("--token", "by_token", is_flag=True, help="Keep a session that was made elsewhere.")
@click.option(
    "--stdin", "from_stdin", is_flag=True, help="Read the password, or token, from stdin."
)
async def login(
    run: Invocation, *, name: str | None, guest: bool, by_token: bool, from_stdin: bool
) -> None:
    """
    Sign in as NAME, a login or an e-mail address, and keep the session.

    What is missing is asked for, where somebody can answer. The session is kept in a file that its
    owner alone may read, never the password; it lasts two hours from its last use.

    \b
    CONNECTYCUBE_APP_ID, CONNECTYCUBE_AUTH_KEY   the application
    CONNECTYCUBE_LOGIN, CONNECTYCUBE_EMAIL       who signs in
    CONNECTYCUBE_PASSWORD, CONNECTYCUBE_TOKEN    what with
    CONNECTYCUBE_BASE_URL                        where, if not at connectycube.com
    """  # noqa: D301 - click keeps the lines behind this sign as they are
    if guest and by_token:
        raise click.UsageError("a guest brings no token")
    secret = _line_of_stdin() if from_stdin else None
    settings = _of_application(run.settings, needs_key=not by_token)
    if by_token:
        auth: AuthStrategy = ExistingSession(_token(settings, secret))
    elif guest:
        auth = Guest(name)
    else:
        settings = _of_user(_named(settings, name), secret)
        auth = by_password(settings) or AppOnly()
    async with client_of(settings, auth) as cube:
        # A token is only looked at; anything else makes a session.
        session = await (cube.get_session() if by_token else cube.create_session())
    user, known = session.user, _known(session, settings)
    keep(run.places.kept, known)
    told = {"user": session.user_id, "login": known.login, "email": known.email}
    run.output.record({"profile": run.profile, "user_id": session.user_id, "user": user}, told=told)
    run.output.note(f"signed in; the session is in {run.places.kept}")
    _tell_of_rivals(run, known)


@command
async def logout(run: Invocation) -> None:
    """End the session that login kept, and forget it."""
    kept = run.kept
    if kept is None:
        run.output.note("nobody is signed in")
        return
    settings = Settings(app_id=str(kept.app_id), base_url=kept.base_url)
    try:
        async with client_of(settings, ExistingSession(kept.session)) as cube:
            cube.set_session(kept.session)
            await cube.destroy_session()
    except SessionExpiredError:
        pass  # it has ended by itself
    finally:
        forget(run.places.kept)
    run.output.record({"profile": run.profile, "user_id": kept.session.user_id}, told={})
    run.output.note("signed out")


def _known(session: Session, settings: Settings) -> KeptSession:
    user = session.user
    return KeptSession(
        session=session,
        app_id=session.application_id or int(settings.app_id or 0),
        base_url=settings.base_url,
        login=None if user is None else user.login,
        email=None if user is None else user.email,
        chat_host=settings.chat_host,
        chat_websocket=settings.chat_websocket,
        muc_host=settings.muc_host,
    )


def _tell_of_rivals(run: Invocation, known: KeptSession) -> None:
    """Say so where other commands will go by something stronger than the session kept here."""
    later = settings_of(os.environ, read_profile(run.places.profile), known)
    if later.token is not None or kept_for(later, known) is None:
        key = next(
            (key for key in ("token", "login", "email", "app_id") if key in later.sources), ""
        )
        source = later.sources.get(key, "environment")
        run.output.note(f"mind: the {source} names another user or service, and goes before this")


def _named(settings: Settings, name: str | None) -> Settings:
    """Return the settings of a user by name, whose password may be known already."""
    if name is None or name == settings.name:
        return settings
    # A password from a file belongs to the name in it; one in the environment is for this call.
    is_for_all = settings.sources.get("password") == "environment" and not (
        os.environ.get(variable("login")) or os.environ.get(variable("email"))
    )
    return attrs.evolve(
        settings,
        login=None if "@" in name else name,
        email=name if "@" in name else None,
        password=settings.password if is_for_all else None,
    )


def _of_application(settings: Settings, *, needs_key: bool) -> Settings:
    if settings.app_id is None:
        settings = attrs.evolve(settings, app_id=_asked("Application id", "app_id"))
    if needs_key and settings.auth_key is None:
        settings = attrs.evolve(settings, auth_key=_asked("Authorization key", "auth_key"))
    return settings


def _of_user(settings: Settings, secret: str | None) -> Settings:
    if settings.name is None:
        settings = _named(settings, _asked("Login or e-mail", "login"))
    if secret is not None:
        return attrs.evolve(settings, password=secret)
    if settings.password is None:
        settings = attrs.evolve(settings, password=_asked("Password", "password"))
    return settings


def _token(settings: Settings, secret: str | None) -> Session:
    return Session.from_token(secret or settings.token or _asked("Session token", "token"))


def _asked(question: str, key: str) -> str:
    if not can_ask():
        raise NotSignedInError(f"{variable(key)} is not set, and there is nobody to ask")
    is_secret = key in ("auth_key", "password", "token")
    answer: str = click.prompt(question, hide_input=is_secret, err=True)
    return answer


def _line_of_stdin() -> str:
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise NotSignedInError("there is nothing on stdin")
    return line
