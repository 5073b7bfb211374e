"""The place that a record names for its content: followed where it is safe, and never told."""

from collections.abc import Iterator

import pytest

from connectycube import ApiError, ConnectyCubeError, DecodeError, InvalidInputError, LoginPassword

from .storage_stage import CREATE, REAL_TIME, REMOVE, Files

pytestmark = REAL_TIME


@pytest.fixture
def files() -> Iterator[Files]:
    files = Files()
    yield files
    files.check()


@pytest.mark.parametrize(
    "params",
    [
        "not a url",
        "",
        "//half.example/x?key=k",
        "https://[half?key=k",
        "ftp://store.example/b?key=k",
        "http://store.example/b?key=canary-k&policy=canary-p&x-amz-signature=canary-s",
    ],
)
async def test_a_form_that_leads_nowhere_safe_is_an_error_of_ours(
    files: Files, params: str
) -> None:
    """Content goes out by https alone where the service is https; and the record is removed."""
    cube, _ = await files.signed_in()
    record = {
        "id": 77,
        "uid": "uid",
        "name": "a",
        "content_type": "a/b",
        "blob_object_access": {"params": params},
    }
    files.service.faults.answer(201, body={"blob": record}, path="/blobs")

    with pytest.raises(ConnectyCubeError):
        await cube.storage.upload(b"1234")

    assert [CREATE, REMOVE] == files.steps
    assert [] == files.at_store


@pytest.mark.parametrize("access", [None, {}, {"params": None}])
async def test_a_record_without_a_place_is_removed(files: Files, access: object) -> None:
    """The service must say where to upload to; otherwise there is nothing that could be done."""
    cube, _ = await files.signed_in()
    record = {"id": 77, "uid": "uid", "blob_object_access": access}
    files.service.faults.answer(201, body={"blob": record}, path="/blobs")

    with pytest.raises((InvalidInputError, DecodeError)):
        await cube.storage.upload(b"1234")

    assert [CREATE, REMOVE] == files.steps


async def test_nothing_of_a_refused_form_is_told(files: Files) -> None:
    """Neither repr nor error nor log holds what signs the form; the canary watches them."""
    cube, _ = await files.signed_in(LoginPassword("mar", "canary-of-mar"))
    params = f"{files.service.store_url}/b?key=k&policy=canary-p&x-amz-signature=canary-s"
    record = {"id": 77, "uid": "uid", "blob_object_access": {"params": params}}
    files.service.faults.answer(201, body={"blob": record}, path="/blobs")
    blob = await cube.storage.create(name="a")

    with pytest.raises(ApiError):
        await cube.storage.upload_content(blob, b"1234")

    assert "canary" not in repr(blob)
    assert blob.access is not None
    assert "canary" not in repr(blob.access)
