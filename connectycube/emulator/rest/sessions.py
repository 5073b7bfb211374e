"""Sessions: A1 to A3, and the removed A6 and A7 behind the legacy switch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectycube.emulator.refusals import not_found, unauthorized
from connectycube.emulator.rendering import session_json, shown_session_id
from connectycube.emulator.reply import Reply

from .identities import user_of_form
from .signatures import check_signature

if TYPE_CHECKING:
    from connectycube.emulator.call import Call
    from connectycube.emulator.parameters import Parameters
    from connectycube.emulator.records import Session


def create_session(call: Call) -> Reply:
    """Open a session for the application, or for the user that the body proves (A1)."""
    body = call.parameters
    _check_keys(call, body)
    check_signature(call, body)
    user = user_of_form(call, body.get("user"), body)
    session = call.world.open_session(
        user,
        # An echo of the request's timestamp, or the server's time.
        ts=_integer(body.get("timestamp"), int(call.now.timestamp())),
        nonce=_integer(body.get("nonce"), None),
    )
    call.session = session
    return Reply(status=201, payload={"session": _shown(call, session)})


def get_session(call: Call) -> Reply:
    """Show the caller's session (A2)."""
    return Reply(payload={"session": _shown(call, call.own_session)})


def destroy_session(call: Call) -> Reply:
    """Forget the caller's session (A3)."""
    call.world.close_session(call.own_session.token)
    return Reply()


def destroy_session_by_id(call: Call) -> Reply:
    """Forget those of the caller's sessions that show this id (A6, removed on the service)."""
    own, older = call.own_session, call.settings.older_objects
    mine = [
        one
        for one in call.world.sessions
        if one is own or (own.user_id is not None and one.user_id == own.user_id)
    ]
    meant = [one for one in mine if str(shown_session_id(one, older=older)) == call.arguments[0]]
    if not meant:
        raise not_found()
    for session in meant:
        call.world.close_session(session.token)
    return Reply()


def destroy_other_sessions(call: Call) -> Reply:
    """Forget the user's sessions but this one (A7, removed on the service)."""
    call.world.close_sessions_of(call.user.id, but=call.own_session.token)
    return Reply()


def _check_keys(call: Call, body: Parameters) -> None:
    application = call.world.application
    # The id may be a number or a numeric string. The refusal of wrong keys is inferred.
    id_fits = str(body.get("application_id")) == str(application.id)
    if not id_fits or body.get("auth_key") != application.auth_key:
        raise unauthorized()


def _shown(call: Call, session: Session) -> dict[str, Any]:
    world = call.world
    user = world.user(session.user_id)
    older = call.settings.older_objects
    return session_json(session, user, world.application.id, older=older)


def _integer(value: Any, otherwise: int | None) -> Any:
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return otherwise
