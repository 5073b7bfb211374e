"""
The webhook of meetings: the service tells the application that recordings are ready.

https://developers.connectycube.com/server/meetings
"""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import orjson

from connectycube.errors import DecodeError, InvalidInputError
from connectycube.models.meeting import MeetingWebhook
from connectycube.structure import explain, reader


def parse_meeting_webhook(body: bytes | str | Mapping[str, Any]) -> MeetingWebhook:
    """
    Read what the service posted about the recordings of a meeting.

    The service signs nothing, so anybody who knows the address may have sent it. Take no more from
    it than the meeting's id, and ask the service, or keep the address secret.

    Args:
        body: the request's body, or the object that it was already read into.

    Raises:
        InvalidInputError: it is none of these.
        DecodeError: it does not tell of a meeting.

    https://developers.connectycube.com/server/meetings
    """
    content = _content(body)
    try:
        webhook: MeetingWebhook = reader(MeetingWebhook)(content, MeetingWebhook)
    except Exception:  # noqa: BLE001 - the reader may raise anything; explained from the start below
        problems = explain(MeetingWebhook, _content(body))
        raise DecodeError("meeting webhook: unreadable", problems=problems) from None
    return webhook


def _content(body: object) -> Any:
    if isinstance(body, Mapping):
        return deepcopy(dict(body))  # a reader uses up what it reads
    if not isinstance(body, bytes | str):
        raise InvalidInputError("a webhook's body is bytes, a text or a mapping")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise DecodeError("meeting webhook: the body is no JSON") from None
