"""The avatar: a file, and a profile that shows it; never a profile that shows a removed one."""

from collections.abc import Iterator

import pytest

from connectycube import (
    ForbiddenError,
    NotFoundError,
    ServerError,
    TransportError,
    ValidationError,
)
from connectycube.session import ExpiredSession

from .stage import FIND, UPDATE, Together, begin
from .storage_stage import CONTENT, CREATE, REAL_TIME, REMOVE, WHOLE, Files

pytestmark = REAL_TIME


class OddError(Exception):
    """An error of the application's own."""


@pytest.fixture
def files() -> Iterator[Files]:
    files = Files()
    yield files
    files.check()


async def test_an_avatar_is_uploaded_and_put_on_the_profile(files: Files) -> None:
    """Four requests; the user as it is now comes back, and the client knows it."""
    cube, _ = await files.signed_in()

    user = await cube.users.set_avatar(b"1234", name="me.png")

    [record] = files.records
    assert [*WHOLE, UPDATE] == files.steps
    assert (record.uid, "image/png", 4) == (user.avatar, record.content_type, record.size)
    assert cube.session is not None
    assert user == cube.session.user
    assert {"user": {"avatar": record.uid}} == files.service.requests[-1].json


@pytest.mark.parametrize(
    ("trouble", "kind"), [(422, ValidationError), (403, ForbiddenError), (404, NotFoundError)]
)
async def test_a_profile_that_refuses_removes_the_file(
    files: Files, trouble: int, kind: type[Exception]
) -> None:
    """A picture that nobody shows is of no use."""
    cube, _ = await files.signed_in()
    files.service.faults.status(trouble, method="PUT", path="/users/*")

    with pytest.raises(kind):
        await cube.users.set_avatar(b"1234")

    assert [*WHOLE, UPDATE, REMOVE] == files.steps
    assert ([], []) == (files.records, files.stored)


async def test_a_failed_upload_does_not_touch_the_profile(files: Files) -> None:
    """The old avatar stays."""
    cube, _ = await files.signed_in()
    files.service.faults.status(403, origin="store")

    with pytest.raises(ForbiddenError):
        await cube.users.set_avatar(b"1234")

    assert [CREATE, CONTENT, REMOVE] == files.steps


async def test_a_cancelled_avatar_removes_the_file(files: Files) -> None:
    """Cancelled before the profile was asked to change."""
    cube, _ = await files.signed_in()
    gate = files.stage.line.hold(UPDATE)

    async with Together() as group:
        task = begin(group, lambda: cube.users.set_avatar(b"1234"))
        await gate.reached()
        task.scope.cancel()
        await task.done.wait()

    assert ([], None) == (files.records, files.service.world.users[0].avatar)


async def test_a_profile_never_shows_a_file_that_was_removed(files: Files) -> None:
    """Where the answer was lost the profile may have changed: then the file is still wanted."""
    cube, _ = await files.signed_in()
    files.service.faults.drop(processed=True, method="PUT", path="/users/*")

    with pytest.raises(TransportError):
        await cube.users.set_avatar(b"1234")

    shown = files.service.world.users[0].avatar
    assert shown in (None, *(record.uid for record in files.records))


@pytest.mark.parametrize("processed", [False, True])
async def test_a_lost_answer_is_looked_after(files: Files, *, processed: bool) -> None:
    """The file goes where the profile does not show it, and stays where it does."""
    cube, session = await files.signed_in()
    files.service.faults.drop(processed=processed, method="PUT", path="/users/*")

    with pytest.raises(TransportError):
        await cube.users.set_avatar(b"1234")

    shown = files.service.world.user(session.user_id)
    assert shown is not None
    assert [*WHOLE, UPDATE, FIND, *([] if processed else [REMOVE])] == files.steps
    assert ([shown.avatar] if processed else []) == [record.uid for record in files.records]


async def test_a_service_that_fails_is_asked_what_became_of_it(files: Files) -> None:
    """A 500 says nothing about the profile."""
    cube, _ = await files.signed_in()
    files.service.faults.status(500, method="PUT", path="/users/*")

    with pytest.raises(ServerError):
        await cube.users.set_avatar(b"1234")

    assert [*WHOLE, UPDATE, FIND, REMOVE] == files.steps
    assert [] == files.records


@pytest.mark.parametrize("trouble", ["drop", "hook"])
async def test_a_look_that_fails_does_not_hide_the_first_error(files: Files, trouble: str) -> None:
    """Neither the line's error nor that of the application's hook takes its place."""

    async def hook(_: ExpiredSession) -> None:
        raise OddError("hook")

    cube, _ = await files.signed_in(on_session_expired=hook)
    files.service.faults.status(500, method="PUT", path="/users/*")
    if trouble == "drop":
        files.service.faults.drop(path="/users/v2", times=None)
    else:
        files.service.faults.expire(path="/users/v2")

    with pytest.raises(ServerError) as caught:
        await cube.users.set_avatar(b"1234")

    assert UPDATE == caught.value.label


async def test_a_cancellation_survives_the_look(files: Files) -> None:
    """Cancelled after the service did its work: the profile shows the file, which stays."""
    cube, session = await files.signed_in()
    gate = files.stage.line.hold(UPDATE, answered=True)

    async with Together() as group:
        task = begin(group, lambda: cube.users.set_avatar(b"1234"))
        await gate.reached()
        task.scope.cancel()
        await task.done.wait()

    user = files.service.world.user(session.user_id)
    assert task.scope.cancelled_caught
    assert user is not None
    assert [user.avatar] == [record.uid for record in files.records]
