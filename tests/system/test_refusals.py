"""What the service refuses, in every area: the contract's class of error, status and words."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final

import pytest

from connectycube import (
    ApiError,
    Endpoint,
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    Session,
    UnauthorizedError,
    where,
)
from connectycube.api.storage import DOWNLOAD
from connectycube.endpoint import Needs
from connectycube.models.deleted import Deleted
from connectycube.models.meeting import Attendee
from connectycube.models.record import Access, Permissions
from tests.operations.reach import endpoints

from .refusals import NEED_USER, NOBODY, REFUSALS, Call, Stage

pytestmark = pytest.mark.anyio

AS_USER: Final = {
    ".".join(spot): endpoint
    for spot, endpoint in endpoints().items()
    if endpoint.needs is Needs.USER and endpoint is not DOWNLOAD  # public files are for anybody
}
AS_ADMIN: Final = {
    ".".join(spot): endpoint
    for spot, endpoint in endpoints().items()
    if endpoint.needs is Needs.ADMIN_KEY
}


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """Both, without a transport of either."""
    return str(request.param)


@pytest.mark.parametrize("name", REFUSALS)
async def test_a_refusal_is_told_as_what_it_is(name: str) -> None:
    """The narrowest class, the contract's status, its words and whose call it was."""
    refusal = REFUSALS[name]
    stage = Stage()

    with pytest.raises(ApiError) as caught:
        await refusal.what(stage, stage.client(refusal.who))

    error = caught.value
    assert refusal.error is type(error)
    assert refusal.error.default_status == error.status
    assert refusal.words in " ".join(f"{name} {text}" for name, text in _told(error))
    assert refusal.fields == error.fields
    assert error.label.partition(" ")[0] in ("GET", "POST", "PUT", "DELETE")


def _told(error: ApiError) -> Iterator[tuple[str, str]]:
    for text in error.messages:
        yield "", text
    for name, texts in error.fields.items():
        for text in texts:
            yield name, text


@pytest.mark.parametrize("name", AS_USER)
async def test_a_session_without_a_user_does_not_do(name: str) -> None:
    """Every call for users alone, as the service tells it where nothing was asked beforehand."""
    endpoint = AS_USER[name]
    stage = Stage()
    error = await _refused_without_user(stage, endpoint)

    assert ForbiddenError is type(error)
    assert [403, [NEED_USER]] == [error.status, error.messages]


async def _refused_without_user(stage: Stage, endpoint: Endpoint[Any]) -> ApiError:
    cube = stage.client("nobody")
    body = {"name": "x"} if endpoint.method in ("POST", "PUT") else None
    ids = {
        "record_ids": NOBODY,
        "record_id": NOBODY,
        "class_name": "Boat",
        "dialog_id": NOBODY,
        "dialog_ids": NOBODY,
        "message_id": NOBODY,
        "message_ids": NOBODY,
        "meeting_id": NOBODY,
        "whiteboard_id": NOBODY,
        "subscription_id": 7,
        "user_id": 7,
        "external_user_id": 7,
        "blob_id": 7,
        "uid": "A" * 32,
    }
    with pytest.raises(ApiError) as caught:
        await cube.call(endpoint, path=ids, body=body)
    return caught.value


@pytest.mark.parametrize("name", AS_ADMIN)
@pytest.mark.parametrize("key", ["canary-of-another", "emulator-auth-key"])
async def test_another_key_than_the_administrators_does_not_do(name: str, key: str) -> None:
    """Nor does that of the application."""
    stage = Stage()
    admin = stage.admin(key)
    ids = {"dialog_id": NOBODY, "meeting_id": NOBODY, "user_id": 7}
    endpoint = AS_ADMIN[name]
    body = {"name": "x"} if endpoint.method in ("POST", "PUT") else None

    with pytest.raises(UnauthorizedError) as caught:
        await admin._caller.call(endpoint, path=ids, body=body)

    assert [401, ["Unauthorized"]] == [caught.value.status, caught.value.messages]
    assert key not in f"{caught.value!r}{caught.value}{admin!r}"


@pytest.mark.parametrize("name", AS_ADMIN)
async def test_users_cannot_make_administrators_calls(name: str) -> None:
    """Whoever they are: without the key nothing is sent."""
    stage = Stage()
    cube = stage.client("owner")
    ids = {"dialog_id": NOBODY, "meeting_id": NOBODY, "user_id": 7}

    with pytest.raises(InvalidInputError):
        await cube.call(AS_ADMIN[name], path=ids)
    assert [] == [one for one in stage.service.requests if one.path.startswith("/admin")]


async def test_what_administrators_name_must_be_there() -> None:
    """All of it is 404, in the service's words."""
    admin = Stage().admin()
    calls: list[Callable[[], Awaitable[object]]] = [
        lambda: admin.update_dialog(NOBODY, name="x"),
        lambda: admin.mute(NOBODY, 7),
        lambda: admin.find_recordings(NOBODY),
        lambda: admin.delete_recordings(NOBODY),
        lambda: admin.delete_user(7),
        lambda: admin.create_meeting(7, "Briefing"),
    ]
    for call in calls:
        with pytest.raises(NotFoundError) as caught:
            await call()

        assert 404 == caught.value.status


async def test_of_several_it_is_told_what_became_of_each() -> None:
    """A refusal of one is not the end of the others."""
    stage = Stage()
    cube = stage.client("member")
    group, private = stage.dialogs["group"], stage.dialogs["private"]

    dialogs = await cube.chat.dialogs.delete(group, NOBODY, private, force=True)
    messages = await cube.chat.messages.delete(stage.message, NOBODY, force=True)
    records = await cube.data.delete("Boat", stage.record, NOBODY)

    assert Deleted(not_found=[NOBODY], not_permitted=[group, private]) == dialogs
    assert Deleted(not_found=[NOBODY], not_permitted=[stage.message]) == messages
    assert Deleted(not_found=[NOBODY], not_permitted=[stage.record]) == records


def _ids(count: int) -> list[str]:
    return [f"{number:024x}" for number in range(count)]


OVER_THE_LIMIT: Final[dict[str, Call]] = {
    "dialogs to search": lambda _, c: c.chat.search("hello", dialog_ids=_ids(11)),
    "a short text": lambda _, c: c.chat.search("hell"),
    "a search's limit": lambda _, c: c.chat.search("hello", limit=101),
    "a list of values": lambda _, c: c.chat.dialogs.find(id=where.in_(_ids(101))),
    "values of a record": lambda _, c: c.data.find("Boat", {"length": where.in_(range(101))}),
    "records on a page": lambda _, c: c.data.find("Boat", limit=101),
    "a device's name": lambda _, c: c.address_book.get(udid="x" * 65),
    "a reminder": lambda _, c: c.meetings.update(NOBODY, timezone=Attendee()),  # type: ignore[arg-type]
    "an unbounded deletion": lambda _, c: c.data.delete_where("Boat", {}),
    "nobody to tell": lambda _, c: c.push.send({"a": 1}, environment="development"),
    "all of a dialog's texts": lambda s, c: c.chat.messages.update(
        dialog_id=s.dialogs["group"], text="x"
    ),
}


@pytest.mark.parametrize("name", OVER_THE_LIMIT)
async def test_what_is_over_a_limit_is_not_even_sent(name: str) -> None:
    """The rules are known, so the service is spared the question."""
    stage = Stage()

    with pytest.raises(InvalidInputError):
        await OVER_THE_LIMIT[name](stage, stage.client("owner"))
    assert [] == list(stage.service.requests)


async def test_a_record_open_to_some_is_closed_to_others() -> None:
    """By user and by tag."""
    stage = Stage()
    owner = stage.client("owner")
    only = Permissions(read=Access.users([stage.ids["member"]]), update=Access.groups(["crew"]))
    made = await owner.data.create("Boat", {"name": "A"}, permissions=only)

    await stage.client("member").data.get("Boat", made)
    with pytest.raises(ForbiddenError, match="appropriate permissions"):
        await stage.client("stranger").data.get("Boat", made)
    with pytest.raises(ForbiddenError, match="appropriate permissions"):
        await stage.client("member").data.update("Boat", made, {"name": "B"})


async def test_a_dead_session_is_told_as_such() -> None:
    """Where nobody can renew it."""
    stage = Stage()
    cube = stage.client("nobody")
    cube.set_session(Session.from_token("canary-dead", user_id=7))
    stage.service.settings.error_shape = "base"

    with pytest.raises(UnauthorizedError, match="Required session does not exist"):
        await cube.get_session()
