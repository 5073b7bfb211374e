"""The map from JavaScript leads to what is there."""

from typing import Final

import connectycube
from connectycube import ChatConnection, ConnectyCube
from connectycube.chat.privacy_lists import PrivacyLists

from .javascript import ours, rows


def is_there(name: str) -> bool:
    """Say whether a name as a reader would type it is one of a client, a conversation, or ours."""
    start, *members = name.split(".")
    if start == "cube":
        *parts, last = members
        place: object = ConnectyCube(21, "key")
        for part in parts:
            place = getattr(place, part)
        return hasattr(place, last)
    if start == "chat":
        *_, member = members
        return hasattr(PrivacyLists if members[0] == "privacy" else ChatConnection, member)
    return name in connectycube.__all__ or name in KEYWORDS


KEYWORDS: Final = {"on_session_expired=", "async with", "async for event in chat", "active=", "..."}
IN_WORDS: Final = ("the end of the block", "an error where ")


def test_every_name_of_ours_is_there() -> None:
    """What the map leads to can be typed."""
    names = ours()

    assert 130 < len(names)
    assert [] == [name for name in names if not is_there(name)]


def test_every_call_has_its_like_or_a_reason() -> None:
    """A row that leads nowhere says why."""
    for named, said in rows():
        assert "`" in said or said.startswith(("not offered: ", *IN_WORDS)), named


def test_no_call_stands_twice() -> None:
    """Nobody has to ask which of two rows is right."""
    names = [name for named, _ in rows() for name in named]

    assert sorted(set(names)) == sorted(names)
