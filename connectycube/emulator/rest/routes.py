"""The operations of the service: what is emulated, and what is known and not emulated yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectycube.emulator.call import Call, Caller, Handler
from connectycube.emulator.refusals import not_emulated
from connectycube.emulator.router import Route

from .files import (
    complete_file,
    create_file,
    delete_file,
    download_file,
    get_file,
    get_file_object,
    list_files,
    update_file,
)
from .login import login, logout
from .sessions import (
    create_session,
    destroy_other_sessions,
    destroy_session,
    destroy_session_by_id,
    get_session,
)
from .users import (
    delete_user,
    delete_user_by_external_id,
    reset_password,
    sign_up,
    update_user,
)
from .users_online import list_online_users
from .users_search import list_users
from .users_v1 import (
    get_user,
    get_user_by,
    get_user_by_external_id,
    list_users_by_full_name,
    list_users_by_tags,
    list_users_v1,
)

if TYPE_CHECKING:
    from connectycube.emulator.reply import Reply


def _missing(name: str) -> Handler:
    def handler(_call: Call) -> Reply:
        raise not_emulated(name)

    return handler


_EMULATED = [
    Route("POST", "/session", Caller.ANYONE, create_session),
    Route("GET", "/session", Caller.SESSION, get_session),
    Route("DELETE", "/session", Caller.SESSION, destroy_session),
    Route("POST", "/login", Caller.SESSION, login),
    Route("DELETE", "/login", Caller.USER, logout),
    Route("DELETE", "/session/list", Caller.USER, destroy_other_sessions, legacy=True),
    Route("DELETE", "/session/{id}", Caller.SESSION, destroy_session_by_id, legacy=True),
    Route("POST", "/session/web", Caller.ANYONE, _missing("create_web_session"), legacy=True),
    Route("PATCH", "/session/web", Caller.USER, _missing("upgrade_web_session"), legacy=True),
    Route("POST", "/users", Caller.AUTH_KEY_OR_SESSION, sign_up),
    Route("GET", "/users/v2", Caller.USER, list_users),
    Route("GET", "/users/online", Caller.USER, list_online_users),
    Route("PUT", "/users/{id}", Caller.USER, update_user),
    Route("DELETE", "/users/{id}", Caller.USER, delete_user),
    Route("DELETE", "/users/external/{id}", Caller.USER, delete_user_by_external_id),
    Route("POST", "/users/password/reset", Caller.SESSION, reset_password),
    Route("GET", "/users/password/reset", Caller.SESSION, reset_password),
    Route("GET", "/users", Caller.USER, list_users_v1),
    Route("GET", "/users/{id}", Caller.USER, get_user),
    Route("GET", "/users/by_login", Caller.USER, get_user_by("login")),
    Route("GET", "/users/by_full_name", Caller.USER, list_users_by_full_name),
    Route("GET", "/users/by_facebook_id", Caller.USER, get_user_by("facebook_id")),
    Route("GET", "/users/by_twitter_id", Caller.USER, get_user_by("twitter_id")),
    Route("GET", "/users/by_email", Caller.USER, get_user_by("email")),
    Route("GET", "/users/by_tags", Caller.USER, list_users_by_tags),
    # Two SDKs spell the path differently; the documentation is silent.
    Route("GET", "/users/phone", Caller.USER, get_user_by("phone")),
    Route("GET", "/users/by_phone", Caller.USER, get_user_by("phone")),
    Route("GET", "/users/external/{id}", Caller.USER, get_user_by_external_id),
    Route("POST", "/blobs", Caller.USER, create_file),
    Route("GET", "/blobs", Caller.USER, list_files),
    Route("PUT", "/blobs/{id}", Caller.USER, update_file),
    Route("DELETE", "/blobs/{id}", Caller.USER, delete_file),
    Route("PUT", "/blobs/{id}/complete", Caller.USER, complete_file),
    Route("POST", "/blobs/{id}/complete", Caller.USER, complete_file),
    # Public files are for anyone, so these look themselves.
    Route("GET", "/blobs/{id}", Caller.ANYONE, get_file),
    Route("GET", "/blobs/{uid}/download", Caller.ANYONE, download_file),
    Route("GET", "/blobs/{uid}/object", Caller.USER, get_file_object),
]

# One line per method and path. The caller is checked as for every other operation.
_NOT_YET_FOR_USERS = """
GET /chat/Dialog
POST /chat/Dialog
PUT /chat/Dialog/{id}
DELETE /chat/Dialog/{ids}
DELETE /chat/Dialog/clearHistory/{id}
POST /chat/Dialog/{id}/subscribe
DELETE /chat/Dialog/{id}/subscribe
POST /chat/dialog/{id}/subscribe
DELETE /chat/dialog/{id}/subscribe
PUT /chat/Dialog/{id}/admins
PUT /chat/Dialog/{id}/notifications
GET /chat/Dialog/{id}/notifications
GET /chat/Dialog/{id}/occupants
GET /chat/Message
GET /chat/Message/unread
POST /chat/Message
POST /chat/Message/system
PUT /chat/Message
PUT /chat/Message/{ids}
DELETE /chat/Message/{ids}
PUT /chat/Message/{id}/reactions
GET /chat/Message/{id}/reactions
GET /chat/search
POST /calls/reject
POST /subscriptions
GET /subscriptions
DELETE /subscriptions/{id}
POST /events
POST /data/{class}
POST /data/{class}/multi
GET /data/{class}
GET /data/{class}/{ids}
PUT /data/{class}/by_criteria
PUT /data/{class}/multi
PUT /data/{class}/{id}
DELETE /data/{class}/by_criteria
DELETE /data/{class}/{ids}
POST /address_book
GET /address_book
GET /address_book/registered_users
POST /meetings
GET /meetings
PUT /meetings/{id}
DELETE /meetings/{id}
GET /meetings/recordings/{id}
POST /whiteboards
GET /whiteboards
PUT /whiteboards/{id}
DELETE /whiteboards/{id}
"""

_NOT_YET_FOR_ANYONE = """
POST /unfurl
PUT /admin/chat/{id}
GET /admin/chat/list
GET /admin/chat/messages/list
POST /admin/meetings
GET /admin/meetings/recordings/{id}
DELETE /admin/meetings/recordings/{id}
GET /admin/stats/messages/sent-total
GET /admin/stats/messages/sent-per-day
GET /admin/stats/dialogs/created-total
GET /admin/stats/dialogs/created-per-day
DELETE /admin/user/{id}
"""


def _not_yet(lines: str, caller: Caller) -> list[Route]:
    pairs = (line.split() for line in lines.strip().splitlines())
    return [Route(method, path, caller, _missing(f"{method} {path}")) for method, path in pairs]


ROUTES = [
    *_EMULATED,
    *_not_yet(_NOT_YET_FOR_USERS, Caller.USER),
    *_not_yet(_NOT_YET_FOR_ANYONE, Caller.ANYONE),
]
