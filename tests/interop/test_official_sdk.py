"""The unmodified official JavaScript SDK has sessions, users and files: `flows.mjs`."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import attrs
import pytest

from connectycube.emulator import Emulator, IdentityProvider, Settings

from .stage import APP_ID, AUTH_KEY, Run, lines

MARA: Final = {"login": "mara", "password": "canary-password-1"}
JONAS: Final = {"email": "jonas@example.org", "password": "canary-password-2"}
CONTENT: Final = "small, but really there"
PAST_THE_END: Final = 2 * 60 * 60 + 1
EXPIRED: Final = {"errors": {"base": ["Required session does not exist"]}}

OWN_TOKEN: Final = "eyJhbGciOiJIUzI1NiJ9." + "canary" * 50 + ".signature"
PHONE: Final = {"project_id": "a-project", "access_token": "canary-phone-token"}
EMAIL: Final = {"project_id": "a-project", "access_token": "canary-email-token"}
FACEBOOK: Final = {"token": "canary-facebook-token"}
TWITTER: Final = {"token": "canary-twitter-token", "secret": "canary-twitter-secret"}
VOUCHED: Final = {
    json.dumps(PHONE, sort_keys=True): {"phone": "37120000001"},
    json.dumps(EMAIL, sort_keys=True): {"email": "ida@example.org"},
    json.dumps(FACEBOOK, sort_keys=True): {"facebook_id": "77120"},
    json.dumps(TWITTER, sort_keys=True): {"twitter_id": "551"},
}


def vouch(proof: Mapping[str, str], /) -> Mapping[str, str] | None:
    return VOUCHED.get(json.dumps(dict(proof), sort_keys=True))


def verify(asked: Mapping[str, str], /) -> Any:
    return {"user": {"id": 2345}} if asked == {"token": OWN_TOKEN} else (404, {"error": "no"})


@attrs.frozen
class Strategy:
    """Name what the SDK is given, what that proves of the user, and to whose backend."""

    params: Mapping[str, Any]
    proves: tuple[str, str]
    identity: IdentityProvider | None = None

    @property
    def in_session(self) -> Mapping[str, Any]:
        """Return how a session body carries it; a login body carries the parameters as they are."""
        return self.params if "provider" in self.params else {"user": self.params}


GUEST: Final = Strategy({"guest": "1", "full_name": "Gwen"}, ("full_name", "Gwen"))
STRATEGIES: Final = {
    "login": Strategy(MARA, ("login", "mara")),
    "email": Strategy(JONAS, ("email", "jonas@example.org")),
    "firebase_phone": Strategy(
        {"provider": "firebase_phone", "firebase_phone": PHONE}, ("phone", "37120000001")
    ),
    "firebase_email": Strategy(
        {"provider": "firebase_email", "firebase_email": EMAIL}, ("email", "ida@example.org")
    ),
    "facebook": Strategy({"provider": "facebook", "keys": FACEBOOK}, ("facebook_id", "77120")),
    "twitter": Strategy({"provider": "twitter", "keys": TWITTER}, ("twitter_id", "551")),
    "own_backend": Strategy(
        {"login": OWN_TOKEN, "password": "canary-filler"},
        ("external_id", "2345"),
        IdentityProvider(verify=verify),
    ),
}


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    providers = ["firebase_phone", "firebase_email", "facebook", "twitter"]
    settings = Settings(verifiers=dict.fromkeys(providers, vouch))
    with Emulator(app_id=APP_ID, auth_key=AUTH_KEY, settings=settings) as emulator:
        yield emulator


# Sessions.


def test_session_of_the_application(run: Run, emulator: Emulator) -> None:
    """Without parameters the SDK asks for a session without a user."""
    detail = run("createSession", params={})

    assert {"userId": None, "isSame": True} == detail
    assert ["POST /session.json", "GET /session.json"] == lines(emulator)
    assert {"application_id": APP_ID, "auth_key": AUTH_KEY} == emulator.requests[0].json
    assert "JS 6.1.2 - Client" == emulator.requests[0].headers["CB-SDK"]
    assert [None] == [session.user_id for session in emulator.world.sessions]
    assert [] == emulator.world.users


@pytest.mark.parametrize(
    "strategy", [GUEST, *STRATEGIES.values()], ids=["guest", *STRATEGIES.keys()]
)
def test_session_by(strategy: Strategy, run: Run, emulator: Emulator) -> None:
    """Each strategy opens, in one request, the session of a user that it makes."""
    emulator.settings.identity = strategy.identity
    detail = run("createSession", params=strategy.params)

    [user], [session] = emulator.world.users, emulator.world.sessions
    assert {"userId": user.id, "isSame": True} == detail
    assert ["POST /session.json", "GET /session.json"] == lines(emulator)
    keys = {"application_id": APP_ID, "auth_key": AUTH_KEY}
    assert {**keys, **strategy.in_session} == emulator.requests[0].json
    assert user.id == session.user_id
    assert strategy.proves[1] == getattr(user, strategy.proves[0])
    assert (strategy is GUEST) == user.is_guest


def test_session_refused(run: Run, emulator: Emulator) -> None:
    """A wrong password is an error of the shape that the SDK reads."""
    emulator.world.add_user(login=MARA["login"], password=MARA["password"])
    detail = run("refuseWrongPassword", params={**MARA, "password": "wrong"})

    assert {"code": 401, "info": {"errors": ["Invalid password"]}} == detail


@pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=STRATEGIES.keys())
def test_login_and_logout_by(strategy: Strategy, run: Run, emulator: Emulator) -> None:
    """A login puts a user on the application's session, a logout takes it off; the token stays."""
    emulator.settings.identity = strategy.identity
    detail = run("loginAndLogout", params=strategy.params)

    [user], [session] = emulator.world.users, emulator.world.sessions
    assert {"userId": user.id} == detail
    assert ["POST /session.json", "POST /login.json", "DELETE /login.json"] == lines(emulator)
    assert strategy.params == emulator.requests[1].json
    assert strategy.proves[1] == getattr(user, strategy.proves[0])
    tokens = {request.headers["CB-Token"] for request in emulator.requests[1:]}
    assert {session.token} == tokens
    assert None is session.user_id


def test_destroy_session(run: Run, emulator: Emulator) -> None:
    """A destroyed session is gone for good; its user stays."""
    detail = run("destroySession", params=MARA)

    assert {"code": 401, "info": EXPIRED} == detail
    assert "DELETE /session.json" == lines(emulator)[1]
    assert [] == emulator.world.sessions
    assert ["mara"] == [user.login for user in emulator.world.users]


def test_expired_session_is_renewed_and_the_call_repeated(run: Run, emulator: Emulator) -> None:
    """The answer to an expired session wakes `on.sessionExpired`; its `retry` sends again."""
    detail = run("renewExpiredSession", params=MARA, seconds=PAST_THE_END)

    [user], [session] = emulator.world.users, emulator.world.sessions
    assert {"asked": 1, "fullName": "Mar Sim"} == detail
    update = f"PUT /users/{user.id}.json"
    assert ["POST /session.json", update, "POST /session.json", update] == lines(emulator)
    first, second = (emulator.requests[index].headers["CB-Token"] for index in (1, 3))
    assert first != second == session.token
    assert "Mar Sim" == user.full_name


def test_expired_session_is_told_where_nobody_renews_it(run: Run, emulator: Emulator) -> None:
    """With `handleResponse` the call fails with the service's own answer."""
    detail = run("letExpiredSessionFail", params=MARA, seconds=PAST_THE_END)

    assert {"code": 401, "info": EXPIRED} == detail
    assert [None] == [user.full_name for user in emulator.world.users]


# Users.


def test_sign_up(run: Run, emulator: Emulator) -> None:
    """A sign-up brings the authorization key, or the token once there is a session."""
    detail = run("signUp", first=MARA, second=JONAS)

    mara, jonas = emulator.world.users
    assert {"ids": [mara.id, jonas.id]} == detail
    assert ("mara", "jonas@example.org") == (mara.login, jonas.email)
    assert ["POST /users.json", "POST /session.json", "POST /users.json"] == lines(emulator)
    assert {"user": MARA} == emulator.requests[0].json
    sent = [(one.headers.get("CB-AuthKey"), "CB-Token" in one.headers) for one in emulator.requests]
    assert [(AUTH_KEY, False), (None, False), (None, True)] == sent


def test_update_user(run: Run, emulator: Emulator) -> None:
    """Changes reach the profile, and come back as the service keeps them."""
    changes = {"full_name": "Mar Sim", "tag_list": ["vip", "riga"], "custom_data": "{}"}
    detail = run("updateUser", params=MARA, changes=changes)

    [user] = emulator.world.users
    assert ("Mar Sim", ("vip", "riga")) == (user.full_name, user.tags)
    assert (user.id, "vip,riga", "{}") == (
        detail["id"],
        detail["user_tags"],
        detail["custom_data"],
    )
    assert f"PUT /users/{user.id}.json" == lines(emulator)[-1]
    assert {"user": changes} == emulator.requests[-1].json


def test_change_password(run: Run, emulator: Emulator) -> None:
    """The new password opens a session; `old_password` is what allows the change."""
    detail = run("changePassword", params=MARA, password="canary-password-3")

    [user] = emulator.world.users
    assert {"userId": user.id} == detail
    assert "canary-password-3" == user.password


def test_find_users(run: Run, emulator: Emulator) -> None:
    """The SDK writes lists under an operator with empty brackets."""
    for login in ("jonas", "ida", "liva"):
        emulator.world.add_user(login=login)
    detail = run("findUsers", params=MARA, logins=["jonas", "mara", "liva"])

    assert {"logins": ["jonas", "liva", "mara"], "total": 3} == detail
    assert "GET /users/v2.json" == lines(emulator)[-1]
    sent = "login[in][]=jonas&login[in][]=liva&login[in][]=mara&sort_asc=id"
    assert sent == emulator.requests[-1].raw_query


def test_reset_password(run: Run, emulator: Emulator) -> None:
    """A reset sends one mail."""
    emulator.world.add_user(email=JONAS["email"], password=JONAS["password"])
    run("resetPassword", email=JONAS["email"])

    assert ["POST /session.json", "POST /users/password/reset.json"] == lines(emulator)
    assert {"email": JONAS["email"]} == emulator.requests[-1].json
    assert [JONAS["email"]] == [mail.to for mail in emulator.world.mails]


def test_delete_user(run: Run, emulator: Emulator) -> None:
    """With the user its sessions go."""
    detail = run("deleteUser", params=MARA)

    assert {"code": 401, "info": EXPIRED} == detail
    assert "DELETE /users/" == lines(emulator)[1][:14]
    assert [] == emulator.world.users
    assert [] == emulator.world.sessions


# Files.


@pytest.mark.parametrize(
    "flow", ["uploadBuffer", "uploadFileStream", "uploadStreamOfUnknownLength"]
)
def test_upload(flow: str, run: Run, emulator: Emulator, tmp_path: Path) -> None:
    """A file is created, posted to the store as a signed form, and completed."""
    path = tmp_path / "a.txt"
    path.write_text(CONTENT, encoding="utf-8")
    detail = run(flow, params=MARA, content=CONTENT, path=str(path))

    [file] = emulator.world.files
    assert (file.id, file.uid, len(CONTENT)) == (detail["id"], detail["uid"], detail["size"])
    complete = f"PUT /blobs/{file.id}/complete.json"
    assert ["POST /session.json", "POST /blobs.json", complete] == lines(emulator)
    assert (len(CONTENT), False) == (file.size, file.public)
    assert None is not file.completed_at
    [posted] = emulator.store_requests
    assert "file" == posted.form[-1].name
    assert [] == [name for name in posted.headers if name.lower().startswith("cb-")]
    assert CONTENT == emulator.world.store.objects[file.uid].content.decode()


def test_avatar(run: Run, emulator: Emulator) -> None:
    """A private picture is shown to whoever has the private URL, which holds a token."""
    detail = run("setAvatar", params=MARA, content=CONTENT)

    [user], [file] = emulator.world.users, emulator.world.files
    assert file.uid == user.avatar == detail["avatar"]
    assert {"status": 200, "type": "text/plain", "text": CONTENT} == detail["shown"]
    assert 401 == detail["withoutToken"]
    assert [f"GET /blobs/{file.uid}"] * 2 == lines(emulator)[-2:]


def test_public_file(run: Run, emulator: Emulator) -> None:
    """A public file is shown to anybody."""
    detail = run("showPublicFile", params=MARA, content=CONTENT)

    assert {"status": 200, "type": "text/plain", "text": CONTENT} == detail
    assert [True] == [file.public for file in emulator.world.files]
    assert {} == emulator.requests[-1].query


def test_keep_files(run: Run, emulator: Emulator) -> None:
    """A file is looked up, listed, shown by a signed URL and deleted; a second time it is gone."""
    detail = run("keepFiles", params=MARA, content=CONTENT)

    shown = {"status": 200, "type": "text/plain", "text": CONTENT}
    again = {"code": 404, "info": {"errors": ["The resource wasn't found"]}}
    assert {"name": "a.txt", "size": len(CONTENT), "total": 1, "shown": shown} == {
        name: value for name, value in detail.items() if name != "again"
    }
    assert again == detail["again"]
    assert 0 == len(emulator.world.files)
    assert {} == emulator.world.store.objects
