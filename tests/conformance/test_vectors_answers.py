"""Every recorded answer decodes into what it says, or raises the error that it is."""

import re
from collections.abc import Mapping
from typing import Any, Final

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
    SessionExpiredError,
    TransportError,
    UnauthorizedError,
    ValidationError,
)
from connectycube.auth.endpoints import CREATE_SESSION, LOGIN
from connectycube.codec import decode
from connectycube.emulator import Emulator
from connectycube.http import Headers
from connectycube.models.blob import BlobAccess
from connectycube.models.deleted import Deleted
from connectycube.retry import Attempt
from connectycube.testing import Reply, ScriptedTransport

from .endpoints import endpoint_of
from .readings import read, told
from .vectors import (
    API_HOST,
    AREAS,
    CASES,
    PREVIEW_HOST,
    Case,
    Json,
    body_of,
    counts,
    is_broken,
    means_expired,
)

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
ANSWERS: Final = [(case, number) for case in CASES for number in range(len(case.answers))]
BROKEN: Final = [(case, n) for case, n in ANSWERS if is_broken(case.answers[n])]
OWN_HOSTS: Final = (API_HOST, PREVIEW_HOST)
STORED: Final = [(case, n) for case, n in ANSWERS if case.requests[n]["host"] not in OWN_HOSTS]
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
    assert told(answer, endpoint) == read(value)


def expected(answer: Json, endpoint: Endpoint[Any]) -> type[ConnectyCubeError] | None:
    """Return the error that an answer is, by its status and shape; `None` for a success."""
    status = answer["status"]
    if status >= 300:
        if means_expired(answer):
            return SessionExpiredError
        if status == 401 and endpoint in (CREATE_SESSION, LOGIN):
            return AuthenticationError
        return BY_STATUS[status]
    promises_nothing = endpoint.result in (type(None), Deleted)
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
