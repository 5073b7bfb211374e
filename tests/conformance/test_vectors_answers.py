"""Every recorded answer decodes into what it says, or raises the error that it is."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import attrs
import pytest

from connectycube import (
    ApiError,
    AuthenticationError,
    BadRequestError,
    Blob,
    ConnectyCube,
    ConnectyCubeError,
    DecodeError,
    Endpoint,
    ForbiddenError,
    LoginPassword,
    NoRetry,
    NotFoundError,
    RateLimitedError,
    RequestTimeoutError,
    ServerError,
    Session,
    SessionExpiredError,
    TransportError,
    UnauthorizedError,
    ValidationError,
)
from connectycube.api import storage, users, users_v1
from connectycube.auth.endpoints import CREATE_SESSION, DESTROY_SESSION, GET_SESSION, LOGIN, LOGOUT
from connectycube.codec import decode
from connectycube.emulator import Emulator
from connectycube.http import Headers
from connectycube.models.blob import BlobAccess
from connectycube.retry import Attempt
from connectycube.testing import Reply, ScriptedTransport

from .meanings import (
    CREATE_DIALOG,
    CREATE_MESSAGE,
    DELETE_DIALOGS,
    DIALOGS,
    RECORDS,
    SUBSCRIBE,
    UPDATE_DIALOG,
)
from .vectors import API_HOST, AREAS, CASES, Case, Json, body_of, counts, is_broken, means_expired

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
    *(DIALOGS, CREATE_DIALOG, UPDATE_DIALOG, DELETE_DIALOGS, SUBSCRIBE, CREATE_MESSAGE, RECORDS),
]
BY_STATUS: Final[Mapping[int, type[ApiError]]] = {
    400: BadRequestError,
    401: UnauthorizedError,
    403: ForbiddenError,
    404: NotFoundError,
    422: ValidationError,
    429: RateLimitedError,
    500: ServerError,
    502: ServerError,
    503: ServerError,
}
LINE: Final[Mapping[str, type[TransportError]]] = {
    "hang": RequestTimeoutError,
    "reset": TransportError,
    "partial": TransportError,
}
# The session's own id is not unique, and its dates say nothing about its end.
NOT_KEPT: Final = {"id", "ts", "created_at", "updated_at"}
# What models keep without a name of its own, for the service has better ones or deprecates it.
NOT_NAMED: Final = {
    *("_id", "id", "external_user_id", "blob_id"),
    *("blob_status", "set_completed_at", "download_url"),
}
ANSWERS: Final = [(case, number) for case in CASES for number in range(len(case.answers))]
BROKEN: Final = [(case, n) for case, n in ANSWERS if is_broken(case.answers[n])]
STORED: Final = [(case, n) for case, n in ANSWERS if case.requests[n]["host"] != API_HOST]
WHOLE: Final = [one for one in ANSWERS if one not in BROKEN and one not in STORED]


def name(value: object) -> str:
    return str(value)


@pytest.mark.parametrize(("case", "number"), WHOLE, ids=name)
def test_an_answer_is_read(case: Case, number: int) -> None:
    """A yes becomes its model with nothing lost, a no becomes its error with every word."""
    answer, endpoint = case.answers[number], endpoint_of(case.requests[number])
    kind = expected(answer, endpoint)
    headers = Headers(answer.get("headers", {}))
    attempt = Attempt(1, endpoint, answer["status"], headers, body_of(answer))
    if kind is not None:
        with pytest.raises(ConnectyCubeError) as caught:
            decode(endpoint, attempt)
        assert kind is type(caught.value)
        if isinstance(caught.value, ApiError):
            check_error(caught.value, answer)
        return

    value = decode(endpoint, attempt).value
    if endpoint.result is type(None):
        assert value is None
        return
    told = answer["json"]
    told = told[endpoint.envelope] if endpoint.envelope else told
    if endpoint.result is Session:
        told = {name: member for name, member in told.items() if name not in NOT_KEPT}
    if endpoint.item is not None:
        told = as_any_page(told, endpoint.item)
    assert something(told) == something(shown(value))


def expected(answer: Json, endpoint: Endpoint[Any]) -> type[ConnectyCubeError] | None:
    """Return the error that an answer is, by its status and shape; `None` for a success."""
    status = answer["status"]
    if status >= 300:
        if means_expired(answer):
            return SessionExpiredError
        if status == 401 and endpoint in (CREATE_SESSION, LOGIN):
            return AuthenticationError
        return BY_STATUS[status]
    promises_nothing = endpoint.result is type(None)
    return None if promises_nothing or "json" in answer else DecodeError


def check_error(error: ApiError, answer: Json) -> None:
    """Hold an error against the body that it came from."""
    assert answer["status"] == error.status
    assert answer.get("json", answer.get("text") or None) == error.raw
    if "json" in answer:
        messages, fields = words(answer["json"])
        assert (messages, fields) == (error.messages, error.fields)
    else:
        assert bool(answer.get("text")) == bool(error.messages)
    if isinstance(error, RateLimitedError):
        assert float(answer["headers"]["retry-after"]) == error.retry_after


def words(body: Json) -> tuple[list[str], dict[str, list[str]]]:
    """Return the texts of an error body, and those of its fields."""
    if "message" in body:
        return [body["message"]], {}
    errors = body["errors"]
    if isinstance(errors, list):
        return errors, {}
    fields = {name: texts for name, texts in errors.items() if name != "base"}
    named = [f"{name} {text}" for name, texts in fields.items() for text in texts]
    return [*errors.get("base", []), *named], fields


def as_any_page(told: Json, item: str) -> Json:
    """Write a numbered page with its wrapped items as an offset and a limit have it."""
    return {
        "items": [one[item] for one in told["items"]],
        "total_entries": told["total_entries"],
        "limit": told["per_page"],
        "skip": (told["current_page"] - 1) * told["per_page"],
    }


def shown(value: Any) -> Any:
    """Return a model as the service would write it; what it did not tell is left out."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, list):
        return [shown(one) for one in value]
    if not attrs.has(type(value)):
        return value
    found: Json = {}
    for field in attrs.fields(type(value)):
        content = getattr(value, field.name)
        if field.name == "extra":
            assert content.keys() <= NOT_NAMED
            found |= content
        elif field.name == "tags":
            found["user_tags"] = ",".join(content) or None
        else:
            found[field.metadata.get("wire", field.name)] = shown(content)
    return found


def something(told: Any) -> Any:
    """Leave out what says nothing: null, false and the 0 of nobody's session."""
    if isinstance(told, list):
        return [something(one) for one in told]
    if not isinstance(told, dict):
        return told
    found = {name: something(one) for name, one in told.items()}
    return {name: one for name, one in found.items() if one not in (None, False)}


def endpoint_of(request: Json) -> Endpoint[Any]:
    """Return the endpoint that a recorded request is a call of."""
    path = request["path"].removesuffix(".json")
    if "count=" in request.get("raw_query", ""):
        return users.COUNT_ONLINE  # one path, two answers
    for endpoint in ENDPOINTS:
        pattern = re.sub(r"\{\w+\}", "[^/]+", endpoint.path)
        if endpoint.method == request["method"] and re.fullmatch(pattern, path):
            return endpoint
    # The official SDK asks for the whole collection where it does not know its user.
    assert path == "/users"
    return users.UPDATE if request["method"] == "PUT" else users.DELETE


@pytest.mark.anyio
@pytest.mark.parametrize(("case", "number"), STORED, ids=name)
async def test_an_answer_of_the_store_is_read(case: Case, number: int) -> None:
    """A yes of the object store is its status alone, a no is an error with its XML's words."""
    answer = case.answers[number]
    transport = ScriptedTransport([Reply(answer["status"], body_of(answer))])
    cube = ConnectyCube(1, transport=transport, retry=NoRetry())
    blob = Blob(id=1, uid="a", access=BlobAccess(params="https://store.example/bucket?key=a"))
    if answer["status"] == 201:
        assert 5 == await cube.storage.upload_content(blob, b"hello")
        return
    with pytest.raises(ApiError) as caught:
        await cube.storage.upload_content(blob, b"hello")

    assert BY_STATUS[answer["status"]] is type(caught.value)
    told = " ".join(caught.value.messages)
    assert all(text in told for text in re.findall(r">([^<>\n]+)<", answer["text"]))


@pytest.mark.asyncio
@pytest.mark.parametrize(("case", "number"), BROKEN, ids=name)
async def test_a_broken_line_is_an_error_of_the_transport(case: Case, number: int) -> None:
    """Over a real socket: silence, a closed connection and half an answer, each as what it is."""
    answer, endpoint = case.answers[number], endpoint_of(case.requests[number])
    (how,) = answer.keys() & LINE.keys()
    limit = case.given.get("timeout_ms", 30_000) / 1000
    async with Emulator() as emulator, local_client(emulator) as cube:
        await cube.create_session()
        faults = emulator.faults
        {"hang": faults.hang, "reset": faults.drop, "partial": faults.cut}[how]()
        with pytest.raises(TransportError) as caught:
            await cube.with_options(timeout=limit).call(endpoint)

    assert LINE[how] is type(caught.value)


def local_client(emulator: Emulator) -> ConnectyCube:
    return ConnectyCube(
        emulator.app_id,
        emulator.auth_key,
        auth=LoginPassword("mar", "canary-of-mar"),
        base_url=emulator.base_url,
        retry=NoRetry(),
    )


def test_every_answer_is_read() -> None:
    """No answer of these areas is left out."""
    assert AREAS == counts()
    assert sum(len(case.answers) for case in CASES) == len([*WHOLE, *STORED, *BROKEN])
    assert (12, 4) == (len(STORED), len(BROKEN))
