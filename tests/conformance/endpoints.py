"""The endpoint that a recorded request is a call of."""

import re
from typing import Any, Final

from connectycube import Endpoint
from connectycube.api import (
    address_book,
    calls,
    chat_search,
    data,
    dialogs,
    link_previews,
    meetings,
    messages,
    push,
    storage,
    users,
    users_v1,
    whiteboards,
)
from connectycube.auth.endpoints import CREATE_SESSION, DESTROY_SESSION, GET_SESSION, LOGIN, LOGOUT

from .vectors import Json

# One path, several answers: what the query must hold for these.
BY_QUERY: Final[list[tuple[str, Endpoint[Any]]]] = [
    ("count=", users.COUNT_ONLINE),
    ("count=", dialogs.COUNT),
    ("count=", messages.COUNT),
    ("count=", data.COUNT),
    ("[calc]=", data.AGGREGATE),
    ("permissions=", data.GET_PERMISSIONS),
    ("_id=", meetings.GET),
]
# Of two that fit a path the first counts.
ENDPOINTS: Final[list[Endpoint[Any]]] = [
    *(CREATE_SESSION, GET_SESSION, DESTROY_SESSION, LOGIN, LOGOUT),
    *(users.SIGN_UP, users.UPDATE, users.DELETE, users.RESET_PASSWORD),
    *(users.FIND, users.FIND_ONLINE),
    *(users_v1.FIND, users_v1.FIND_BY_FULL_NAME, users_v1.FIND_BY_TAGS),
    *(users_v1.GET_BY_LOGIN, users_v1.GET_BY_EMAIL, users_v1.GET_BY_PHONE),
    *(users_v1.GET_BY_FACEBOOK_ID, users_v1.GET_BY_TWITTER_ID, users_v1.GET_BY_EXTERNAL_ID),
    users_v1.GET,
    *(storage.CREATE, storage.COMPLETE, storage.FIND, storage.DELETE),
    *(storage.GET, storage.GET_BY_UID),
    *(dialogs.FIND, dialogs.CREATE, dialogs.UPDATE, dialogs.DELETE),
    *(dialogs.CLEAR_HISTORY, dialogs.SUBSCRIBE, dialogs.UNSUBSCRIBE, dialogs.CHANGE_ADMINS),
    *(dialogs.GET_NOTIFICATIONS, dialogs.SET_NOTIFICATIONS, dialogs.FIND_OCCUPANTS),
    *(messages.FIND, messages.UNREAD_COUNTS, messages.CREATE, messages.SEND_SYSTEM),
    *(messages.UPDATE, messages.UPDATE_ALL, messages.DELETE),
    *(messages.REACT, messages.GET_REACTIONS),
    *(chat_search.SEARCH, calls.REJECT, link_previews.UNFURL),
    *(data.CREATE, data.CREATE_MANY, data.FIND, data.GET),
    *(data.UPDATE_MANY, data.UPDATE_WHERE, data.UPDATE, data.DELETE_WHERE, data.DELETE),
    *(push.SUBSCRIBE, push.FIND_SUBSCRIPTIONS, push.UNSUBSCRIBE, push.SEND),
    *(address_book.UPLOAD, address_book.GET, address_book.FIND_REGISTERED),
    *(meetings.CREATE, meetings.FIND, meetings.UPDATE, meetings.DELETE),
    meetings.FIND_RECORDINGS,
    *(whiteboards.CREATE, whiteboards.FIND, whiteboards.UPDATE, whiteboards.DELETE),
]
# The official SDK asks for the whole collection where it does not know which of it is meant.
WHOLE: Final[dict[tuple[str, str], Endpoint[Any]]] = {
    ("PUT", "/users"): users.UPDATE,
    ("DELETE", "/users"): users.DELETE,
    ("PUT", "/data/profile"): data.UPDATE,
    ("DELETE", "/data/profile"): data.DELETE,
}


def endpoint_of(request: Json) -> Endpoint[Any]:
    """Return the endpoint that a recorded request is a call of."""
    query = request.get("raw_query", "")
    asked_for = [endpoint for text, endpoint in BY_QUERY if text in query]
    method, path = request["method"], request["path"].removesuffix(".json")
    for endpoint in [*asked_for, *ENDPOINTS]:
        pattern = re.sub(r"\{\w+\}", "[^/]+", endpoint.path)
        if endpoint.method == method and re.fullmatch(pattern, path):
            return endpoint
    return WHOLE[method, path]
