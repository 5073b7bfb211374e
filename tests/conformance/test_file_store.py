"""The store in a folder: for this user alone, whole at any time, and one lease among processes."""

import json
import logging
import os
import stat
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
from cryptography.fernet import Fernet

from connectycube import InvalidInputError, Session
from connectycube.models.user import User
from connectycube.stores.file import FileStore
from connectycube.testing.session_store_check import check_session_store

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="permissions and signals of POSIX"),
]

KEY: Final = "canary key/../\0é"
ENDS: Final = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
SESSION: Final = Session(token="canary-token", user_id=7, application_id=21, expires_at=ENDS)
OTHER: Final = Session(token="canary-other")
A_LONG_TIME: Final = 60.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "parent" / "sessions"


@pytest.fixture
def store(folder: Path) -> FileStore:
    return FileStore(folder)


def the_file(folder: Path) -> Path:
    """Return the one file that holds a session."""
    [file] = folder.glob("*.session")
    return file


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [one.getMessage() for one in caplog.records if one.levelno >= logging.WARNING]


async def test_it_keeps_the_promises(tmp_path: Path) -> None:
    await check_session_store(lambda: FileStore(tempfile.mkdtemp(dir=tmp_path)))


async def test_it_keeps_the_promises_encrypted(tmp_path: Path) -> None:
    cipher = Fernet(Fernet.generate_key())

    def make() -> FileStore:
        folder = tempfile.mkdtemp(dir=tmp_path)
        return FileStore(folder, encrypt=cipher.encrypt, decrypt=cipher.decrypt)

    await check_session_store(make)


async def test_another_store_finds_what_was_saved(store: FileStore, folder: Path) -> None:
    await store.save(KEY, SESSION)

    assert await FileStore(folder).load(KEY) == SESSION


async def test_folder_and_files_are_open_to_this_user_alone(store: FileStore, folder: Path) -> None:
    """Whatever the process would give others by default."""
    before = os.umask(0)
    try:
        other = FileStore(folder.with_name("other"))
        await other.save(KEY, SESSION)
        async with other.lease(KEY, seconds=A_LONG_TIME):
            modes = {stat.S_IMODE(file.stat().st_mode) for file in folder.parent.glob("other/*")}
    finally:
        os.umask(before)

    assert stat.S_IMODE(folder.with_name("other").stat().st_mode) == 0o700
    assert modes == {0o600}
    assert repr(store) == f"<FileStore in {folder}>"


async def test_only_the_session_is_written(store: FileStore, folder: Path) -> None:
    """No profile, and nothing of the key in the names of files."""
    user = User(id=7, email="canary@example.org")
    await store.save(KEY, Session(token="canary-token", user_id=7, user=user))

    assert {
        "token": "canary-token",
        "user_id": 7,
        "application_id": None,
        "expires_at": None,
    } == json.loads(the_file(folder).read_bytes())
    assert not any("canary" in file.name for file in folder.iterdir())


async def test_a_relative_folder_stays_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    store = FileStore("sessions")
    monkeypatch.chdir("/")
    await store.save(KEY, SESSION)

    assert await FileStore(tmp_path / "sessions").load(KEY) == SESSION


@pytest.mark.parametrize("mode", [0o750, 0o707, 0o770])
def test_a_folder_that_is_open_to_others_is_refused(folder: Path, mode: int) -> None:
    folder.mkdir(parents=True)
    folder.chmod(mode)

    with pytest.raises(InvalidInputError, match="open to nobody else"):
        FileStore(folder)


def test_a_link_to_a_folder_is_refused(tmp_path: Path) -> None:
    """Also one that leads nowhere."""
    (tmp_path / "real").mkdir(mode=0o700)
    for target in ("real", "nowhere"):
        link = tmp_path / f"link to {target}"
        link.symlink_to(tmp_path / target)

        with pytest.raises(InvalidInputError, match="is a link"):
            FileStore(link)


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(InvalidInputError, match="no folder"):
        FileStore(tmp_path / "file")


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="only root gives away")
def test_a_folder_of_somebody_else_is_refused(folder: Path) -> None:
    folder.mkdir(parents=True, mode=0o700)
    os.chown(folder, 12345, 12345)

    with pytest.raises(InvalidInputError, match="belong to this user"):
        FileStore(folder)


async def test_a_folder_is_looked_at_each_time(store: FileStore, folder: Path) -> None:
    """What was this user's alone at first may have been opened since."""
    await store.save(KEY, SESSION)
    folder.chmod(0o755)

    with pytest.raises(InvalidInputError):
        await store.save(KEY, OTHER)
    with pytest.raises(InvalidInputError):
        await store.load(KEY)
    with pytest.raises(InvalidInputError):
        await store.delete(KEY, SESSION.token)
    with pytest.raises(InvalidInputError):
        await store.lease(KEY, seconds=A_LONG_TIME).__aenter__()


async def test_a_folder_that_was_removed_is_made_again(store: FileStore, folder: Path) -> None:
    folder.rmdir()

    assert await store.load(KEY) is None
    await store.save(KEY, SESSION)
    assert await store.load(KEY) == SESSION


async def test_links_are_neither_read_nor_written_through(
    store: FileStore, folder: Path, tmp_path: Path
) -> None:
    await store.save(KEY, SESSION)
    file, target = the_file(folder), tmp_path / "target"
    file.rename(target)
    held = target.read_bytes()
    file.symlink_to(target)

    assert await store.load(KEY) is None
    await store.delete(KEY, SESSION.token)
    assert file.is_symlink()
    await store.save(KEY, OTHER)
    assert await store.load(KEY) == OTHER
    assert held == target.read_bytes()


async def test_a_link_in_place_of_the_lock_is_refused(
    store: FileStore, folder: Path, tmp_path: Path
) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"untouched")
    await store.save(KEY, SESSION)
    [lock] = folder.glob("*.lock")
    lock.unlink()
    lock.symlink_to(target)

    with pytest.raises(OSError, match=lock.name):
        await store.save(KEY, OTHER)
    with pytest.raises(OSError, match=lock.name):
        await store.lease(KEY, seconds=A_LONG_TIME).__aenter__()
    assert target.read_bytes() == b"untouched"


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"canary",
        b"[]",
        b"null",
        b"[" * 100_000,
        b"\xff\xfe\x00",
        b'{"token": ""}',
        b'{"token": "canary", "user_id": "7"}',
        b'{"token": "canary", "expires_at": "2031-05-06T07:08:09"}',
        b'{"token": "canary-token", "user_id": 7, "appl',
    ],
)
async def test_a_damaged_file_counts_as_none(
    store: FileStore, folder: Path, caplog: pytest.LogCaptureFixture, damage: bytes
) -> None:
    """It is told once, without its content, and the next session is saved in its place."""
    await store.save(KEY, SESSION)
    the_file(folder).write_bytes(damage)

    assert [await store.load(KEY), await store.load(KEY)] == [None, None]
    [warning] = warnings(caplog)
    assert the_file(folder).name in warning
    await store.save(KEY, SESSION)
    assert await store.load(KEY) == SESSION


async def test_a_file_that_others_may_read_counts_as_none(
    store: FileStore, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await store.save(KEY, SESSION)
    the_file(folder).chmod(0o644)

    assert await store.load(KEY) is None
    assert len(warnings(caplog)) == 1


async def test_a_folder_in_place_of_a_file_counts_as_none(store: FileStore, folder: Path) -> None:
    await store.save(KEY, SESSION)
    file = the_file(folder)
    file.unlink()
    file.mkdir()

    assert await store.load(KEY) is None


async def test_what_cannot_be_written_leaves_nothing_behind(store: FileStore, folder: Path) -> None:
    await store.save(KEY, SESSION)
    file = the_file(folder)
    file.unlink()
    file.mkdir()

    with pytest.raises(IsADirectoryError):
        await store.save(KEY, OTHER)
    assert not list(folder.glob("*.new"))


async def test_encrypted_content_holds_no_token(folder: Path) -> None:
    cipher = Fernet(Fernet.generate_key())
    store = FileStore(folder, encrypt=cipher.encrypt, decrypt=cipher.decrypt)
    await store.save(KEY, SESSION)

    assert SESSION.token.encode() not in the_file(folder).read_bytes()
    assert await store.load(KEY) == SESSION


async def test_what_cannot_be_decrypted_counts_as_none(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Told once for all keys: with the wrong cipher that is every session."""
    first, second = Fernet(Fernet.generate_key()), Fernet(Fernet.generate_key())
    await FileStore(folder, encrypt=first.encrypt, decrypt=first.decrypt).save("a", SESSION)
    await FileStore(folder).save("b", SESSION)
    store = FileStore(folder, encrypt=second.encrypt, decrypt=second.decrypt)

    assert [await store.load("a"), await store.load("b")] == [None, None]
    assert len(warnings(caplog)) == 1
    await store.save("a", OTHER)
    assert await store.load("a") == OTHER


def test_half_a_pair_of_callables_is_refused(folder: Path) -> None:
    with pytest.raises(InvalidInputError, match="together"):
        FileStore(folder, encrypt=bytes)
    with pytest.raises(InvalidInputError, match="together"):
        FileStore(folder, decrypt=bytes)
