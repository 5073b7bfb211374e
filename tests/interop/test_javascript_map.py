"""The documentation's map from JavaScript knows every public call of the official SDK."""

import re
from pathlib import Path
from typing import Final

from tests.docs.javascript import is_named

from .stage import Run

TYPES: Final = "node_modules/connectycube/dist/types"
_PRIVATE: Final = re.compile(r"^\s+(?:private|protected) (\w+)", re.MULTILINE)
_LISTENER: Final = re.compile(r"^\s+(on\w+): ", re.MULTILINE)


def types_of(folder: Path) -> dict[str, str]:
    """Return the SDK's own types by file, but for those of media."""
    top = folder / TYPES
    found = {path.relative_to(top).as_posix(): path for path in top.rglob("*.d.ts")}
    return {
        name: path.read_text(encoding="utf-8")
        for name, path in found.items()
        if "video" not in name
    }


def test_every_public_call_is_in_the_map(run: Run, sdk_folder: Path) -> None:
    """What an application can call has its row; private is what the SDK's types call so."""
    private = {name for text in types_of(sdk_folder).values() for name in _PRIVATE.findall(text)}
    calls = [one for one in run("listPublicCalls") if one.rpartition(".")[2] not in private]

    assert 130 < len(calls)
    assert [] == [call for call in calls if not is_named(call)]


def test_every_listener_is_in_the_map(sdk_folder: Path) -> None:
    """What an application can be told has its row."""
    listeners = _LISTENER.findall(types_of(sdk_folder)["messaging/AbstractChatService.d.ts"])

    assert 18 == len(listeners)
    assert [] == [name for name in listeners if not is_named(f"chat.{name}")]
