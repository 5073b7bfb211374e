"""An upload that fails says why in the words of who failed, and leaves no record behind."""

from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from connectycube import (
    ApiError,
    ConnectyCubeError,
    ForbiddenError,
    InvalidInputError,
    Progress,
    ServerError,
    TransportError,
)
from connectycube.emulator import Faults
from connectycube.emulator.faults import Match
from connectycube.session import ExpiredSession

from .storage_stage import (
    CONTENT,
    CREATE,
    REAL_TIME,
    REMOVE,
    WHOLE,
    Files,
    OneReading,
    Pieces,
)

pytestmark = REAL_TIME

REMOVED = [CREATE, CONTENT, REMOVE]


class OddError(Exception):
    """An error of the application's own."""


@pytest.fixture
def files() -> Iterator[Files]:
    files = Files()
    yield files
    files.check()


@pytest.mark.parametrize(
    ("pieces", "told"),
    [
        ([b"123"], "the source held 3 bytes, not 4"),
        ([], "the source held 0 bytes, not 4"),
        ([b"123", b"45"], "the source holds more than its 4 bytes"),
        ([b"1234", b"5"], "the source holds more than its 4 bytes"),
    ],
)
async def test_a_source_of_another_size_is_refused(
    files: Files, pieces: list[bytes], told: str
) -> None:
    """Too short and too long are the caller's mistake, and no file comes of it."""
    cube, _ = await files.signed_in()

    with pytest.raises(InvalidInputError) as caught:
        await cube.storage.upload(OneReading(pieces), size=4)

    assert told == str(caught.value)
    assert REMOVED == files.steps
    assert ([], []) == (files.records, files.stored)


@pytest.mark.parametrize(
    "error", [OddError("mine"), OSError(5, "disk"), ValueError("v"), TransportError("of a source")]
)
async def test_an_error_of_the_source_reaches_the_caller_as_it_is(
    files: Files, error: Exception
) -> None:
    """The very object, whatever its type; it is the application's."""
    cube, _ = await files.signed_in()

    with pytest.raises(type(error)) as caught:
        await cube.storage.upload(OneReading([b"12", error]), size=4)

    assert error is caught.value
    assert REMOVED == files.steps
    assert [] == files.records


async def test_an_error_of_the_progress_hook_reaches_the_caller_as_it_is(files: Files) -> None:
    """The hook is the application's too."""
    cube, _ = await files.signed_in()
    error = OddError("hook")

    def complain(_: Progress) -> None:
        raise error

    with pytest.raises(OddError) as caught:
        await cube.storage.upload(Pieces(b"1234"), size=4, progress=complain)

    assert error is caught.value
    assert [] == files.records


class Opened:
    """An async iterable that opens something each time it is read, and closes it at the end."""

    def __init__(self) -> None:
        self.open = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self.open += 1
        try:
            yield b"12"
            yield b"34"
        finally:
            self.open -= 1


@pytest.mark.parametrize("size", [4, 3, 5])
async def test_a_reading_that_is_given_up_is_closed(files: Files, size: int) -> None:
    """We began it, so we end it, and leave nothing to the garbage collector."""
    cube, _ = await files.signed_in()
    source = Opened()

    def complain(_: Progress) -> None:
        if size == 4:
            raise OddError("hook")

    with pytest.raises((OddError, InvalidInputError)):
        await cube.storage.upload(source, size=size, progress=complain)

    assert 0 == source.open


@pytest.mark.parametrize("piece", ["text", None, 7, bytearray(b"1234")])
async def test_pieces_that_are_not_bytes_are_refused(files: Files, piece: object) -> None:
    """A list of texts would be measured in characters."""
    cube, _ = await files.signed_in()

    class Odd:
        def __aiter__(self) -> "Odd":
            return self

        async def __anext__(self) -> object:
            return piece

    with pytest.raises(InvalidInputError):
        await cube.storage.upload(Odd(), size=4)  # type: ignore[arg-type]

    assert [] == files.records


async def test_a_text_file_in_disguise_is_refused(files: Files, tmp_path: Path) -> None:
    """What `read` gives must be bytes; a wrapper of tempfile does not tell before."""
    cube, _ = await files.signed_in()
    path = tmp_path / "a.txt"
    path.write_text("text")

    class Wrapper:
        def __init__(self) -> None:
            self._file = path.open()

        def __getattr__(self, name: str) -> object:
            return getattr(self._file, name)

    wrapper = Wrapper()
    try:
        with pytest.raises(InvalidInputError):
            await cube.storage.upload(wrapper)  # type: ignore[arg-type]
    finally:
        wrapper._file.close()

    assert [] == files.records


Fault = Callable[[Faults, Match], object]
STORE_FAULTS: dict[str, tuple[Fault, type[ConnectyCubeError]]] = {
    "403": (lambda faults, match: faults.status(403, **match), ForbiddenError),
    "500": (lambda faults, match: faults.status(500, **match), ServerError),
    "html": (lambda faults, match: faults.answer(502, body="<html>", **match), ServerError),
    "redirect": (lambda faults, match: faults.answer(307, **match), ApiError),
    "drop": (lambda faults, match: faults.drop(**match), TransportError),
    "drop after": (lambda faults, match: faults.drop(processed=True, **match), TransportError),
    "cut": (lambda faults, match: faults.cut(**match), TransportError),
}


@pytest.mark.parametrize(("fault", "kind"), STORE_FAULTS.values(), ids=STORE_FAULTS)
async def test_trouble_at_the_store_removes_the_record(
    files: Files, fault: Fault, kind: type[ConnectyCubeError]
) -> None:
    """Whatever the store does, its error is told and the record goes, content included."""
    cube, _ = await files.signed_in()
    fault(files.service.faults, Match(origin="store"))

    with pytest.raises(kind):
        await cube.storage.upload(b"1234")

    assert REMOVED == files.steps
    assert ([], []) == (files.records, files.stored)


async def test_the_store_s_own_words_are_told(files: Files) -> None:
    """Its XML is read: code and message."""
    cube, _ = await files.signed_in()
    files.service.settings.largest_file = 3

    with pytest.raises(ApiError) as caught:
        await cube.storage.upload(b"1234")

    assert ["EntityTooLarge: Your proposed upload exceeds the maximum allowed size"] == (
        caught.value.messages
    )
    assert (400, CONTENT) == (caught.value.status, caught.value.label)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (partial(Faults.status, code=500), ServerError),
        (partial(Faults.status, code=403), ForbiddenError),
        (Faults.drop, TransportError),
        (partial(Faults.drop, processed=True), TransportError),
    ],
    ids=["500", "403", "drop", "drop after"],
)
async def test_trouble_at_completion_removes_the_file(
    files: Files, fault: Callable[..., object], kind: type[ConnectyCubeError]
) -> None:
    """Content that nobody declared complete is of no use."""
    cube, _ = await files.signed_in()
    fault(files.service.faults, path="/blobs/*/complete")

    with pytest.raises(kind):
        await cube.storage.upload(b"1234")

    assert [*WHOLE, REMOVE] == files.steps
    assert ([], []) == (files.records, files.stored)


async def test_a_failed_creation_leaves_nothing_to_remove(files: Files) -> None:
    """Nothing goes to the store where there is no record."""
    cube, _ = await files.signed_in()
    files.service.faults.status(422, body={"errors": {"name": ["is bad"]}}, path="/blobs")

    with pytest.raises(ApiError):
        await cube.storage.upload(b"1234")

    assert [CREATE] == files.steps


@pytest.mark.parametrize("trouble", ["drop", "500", "403"])
async def test_a_failing_clean_up_does_not_hide_the_first_error(files: Files, trouble: str) -> None:
    """The reason of the failure is what the caller can act on."""
    cube, _ = await files.signed_in()
    files.service.faults.status(403, origin="store")
    if trouble == "drop":
        files.service.faults.drop(method="DELETE", times=None)
    else:
        files.service.faults.status(int(trouble), method="DELETE", times=None)

    with pytest.raises(ForbiddenError) as caught:
        await cube.storage.upload(b"1234")

    assert CONTENT == caught.value.label
    assert REMOVE in files.steps


async def test_an_application_s_error_in_the_clean_up_does_not_hide_the_first_one(
    files: Files,
) -> None:
    """The clean-up may meet an expired session, and the application's hook may fail."""

    async def hook(_: ExpiredSession) -> None:
        raise OddError("hook")

    cube, _ = await files.signed_in(on_session_expired=hook)
    files.service.faults.status(500, origin="store")
    files.service.faults.expire(method="DELETE")

    with pytest.raises(ServerError) as caught:
        await cube.storage.upload(b"1234")

    assert CONTENT == caught.value.label
