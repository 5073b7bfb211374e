"""Both stores of conversations keep the promises, and the check finds one that does not."""

import logging
import os
import stat
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
import pytest

from connectycube import InvalidInputError
from connectycube.bots import (
    ConversationStore,
    FileConversationStore,
    MemoryConversationStore,
    StoredConversation,
)
from connectycube.testing import check_conversation_store

pytestmark = pytest.mark.anyio
TALK = StoredConversation(state="Order.size", data={"said": "canary"})
posix = pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")


async def test_memory_keeps_the_promises() -> None:
    await check_conversation_store(MemoryConversationStore)


async def test_files_keep_the_promises(tmp_path: Path) -> None:
    await check_conversation_store(lambda: FileConversationStore(tempfile.mkdtemp(dir=tmp_path)))


class Plain:
    """A store that keeps what it is given, as simply as can be."""

    def __init__(self) -> None:
        self.kept: dict[str, StoredConversation] = {}

    async def load(self, key: str, /) -> StoredConversation | None:
        return self.kept.get(key)

    async def save(self, key: str, conversation: StoredConversation, /) -> None:
        self.kept[key] = conversation

    async def delete(self, key: str, /) -> None:
        self.kept.pop(key, None)


class Memory(MemoryConversationStore):
    """One that is right, to be spoilt in one place."""


class First(Memory):
    async def save(self, key: str, conversation: StoredConversation, /) -> None:
        self._kept.setdefault(key, (conversation.to_json(), conversation.expires_at))


class Forgetful(Memory):
    async def save(self, key: str, conversation: StoredConversation, /) -> None:
        await super().save(key, attrs.evolve(conversation, expires_at=None))


class DropsData(Memory):
    async def save(self, key: str, conversation: StoredConversation, /) -> None:
        await super().save(key, attrs.evolve(conversation, data={}))


class IgnoresCase(Memory):
    async def save(self, key: str, conversation: StoredConversation, /) -> None:
        await super().save(key.lower(), conversation)

    async def load(self, key: str, /) -> StoredConversation | None:
        return await super().load(key.lower())


class NeverDeletes(Memory):
    async def delete(self, key: str, /) -> None:
        """Keep it."""


class DeletesAll(Memory):
    async def delete(self, key: str, /) -> None:
        await super().delete(key)
        self._kept.clear()


class NeedsOne(Memory):
    async def delete(self, key: str, /) -> None:
        del self._kept[key]


class Talkative(Memory):
    def __repr__(self) -> str:
        return f"<{self._kept}>"


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        (Plain, "what was given may be changed after"),
        (First, "what was saved last is loaded"),
        (Forgetful, "what was saved last is loaded"),
        (DropsData, "what was saved last is loaded"),
        (IgnoresCase, "keys are kept apart"),
        (NeverDeletes, "what was deleted is gone"),
        (DeletesAll, "its own key alone"),
        (NeedsOne, "'k'"),
        (Talkative, "the store's repr shows nothing"),
    ],
)
async def test_a_broken_promise_is_found(broken: type[ConversationStore], told: str) -> None:
    with pytest.raises((AssertionError, KeyError), match=told):
        await check_conversation_store(broken)


async def test_files_outlive_the_store(tmp_path: Path) -> None:
    await FileConversationStore(tmp_path / "talks").save("7/8/8", TALK)

    assert TALK == await FileConversationStore(tmp_path / "talks").load("7/8/8")


@posix
async def test_files_are_for_this_user_alone(tmp_path: Path) -> None:
    """And their names tell nobody's."""
    folder = tmp_path / "talks"
    await FileConversationStore(folder).save("7/8/8", TALK)

    modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert ({0o600}, 0o700) == (modes, stat.S_IMODE(folder.stat().st_mode))
    assert not any("8" == part for path in folder.iterdir() for part in path.stem.split("/"))


@posix
@pytest.mark.parametrize("harm", ["garbage", "truncated", "open", "link"])
async def test_a_damaged_file_counts_as_none_and_is_told(
    tmp_path: Path, harm: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The log says which file, and nothing of what it holds."""
    store = FileConversationStore(tmp_path / "talks")
    await store.save("k", TALK)
    [file] = (tmp_path / "talks").glob("*.conversation")
    if harm == "garbage":
        file.write_text('{"state": "canary"')
    elif harm == "truncated":
        os.truncate(file, file.stat().st_size // 2)
    elif harm == "open":
        file.chmod(0o644)
    else:
        other = tmp_path / "other"
        file.rename(other)
        file.symlink_to(other)
    loaded = await store.load("k")

    assert loaded is None
    [record] = [one for one in caplog.records if one.levelno == logging.WARNING]
    assert str(file) in record.getMessage()


@posix
def test_a_folder_that_is_open_to_others_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "talks"
    folder.mkdir()
    folder.chmod(0o755)
    with pytest.raises(InvalidInputError):
        FileConversationStore(folder)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"state": 1, "data": {}, "expires_at": null}',
        '{"state": "x", "data": [], "expires_at": null}',
        '{"state": "x", "data": {}, "expires_at": 5}',
        '{"state": "x", "data": {}, "expires_at": "soon"}',
        '{"state": "x", "data": {}, "expires_at": "2031-01-01T00:00:00"}',
    ],
)
def test_what_is_no_conversation_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever JSON says of it
        StoredConversation.from_json(text)


def test_a_repr_shows_nothing_of_what_people_said() -> None:
    shown: Any = repr(attrs.evolve(TALK, expires_at=datetime(2031, 1, 1, tzinfo=UTC)))

    assert "canary" not in shown
