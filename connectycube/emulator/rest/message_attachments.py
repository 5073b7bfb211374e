"""Attachments of a message, in the two forms that they are sent in."""

from __future__ import annotations

from typing import Any

from connectycube.emulator.parameters import Parameters, as_list, as_object
from connectycube.emulator.refusals import field


def read_attachments(value: Any) -> list[Parameters]:
    """
    Return the attachments in the order they were sent.

    They come as a list, or as a map whose keys mean nothing; the answer is always a list.
    """
    if value is None or value == "":
        return []
    by_key = as_object(value)
    given = as_list(value) if by_key is None else list(by_key.values())
    attachments = [one for each in given if (one := as_object(each)) is not None]
    if len(attachments) < len(given):
        raise field("attachments", "is invalid")  # inferred
    return attachments
