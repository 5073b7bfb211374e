"""Messages as lines that a person, or a model, can read."""

import unicodedata
from collections.abc import Iterable, Mapping
from datetime import UTC
from typing import Final

from connectycube.assist.redaction import Redactor
from connectycube.errors import InvalidInputError
from connectycube.models.message import Attachment, Message
from connectycube.models.user import User

UNKNOWN: Final = "unknown"
_JOINER: Final = "\N{ZERO WIDTH JOINER}"  # of emoji


def format_transcript(
    messages: Iterable[Message],
    users: Mapping[int, User],
    *,
    redact: Redactor,
    current_user_id: int | None = None,
) -> str:
    """
    Return messages as lines: when, who, a mark for the caller's own, what, and what was attached.

    Names, texts and the types and names of attachments go through the redactor one by one; nothing
    else of a message is there but its minute, in UTC. A message is one line whatever it holds, so
    that none can pass for several. One without text and attachments is left out.

    Args:
        users: who wrote them, by their ids; see `collect_senders`.
        redact: such as `mask_private`; what it raises is raised.
        current_user_id: whose messages are marked as the caller's own.

    Raises:
        InvalidInputError: there is no redactor, or it returned no text.
    """
    check_redactor(redact)
    lines = (_line(message, users, redact, current_user_id) for message in messages)
    return "\n".join(line for line in lines if line)


def check_redactor(redact: Redactor) -> None:
    """
    Check that there is a redactor.

    Raises:
        InvalidInputError: it cannot be called.
    """
    if not callable(redact):
        raise InvalidInputError("redact must be a function of a text, such as mask_private")


def redacted(redact: Redactor, text: str) -> str:
    """
    Return a text without its line breaks, without what does not show, and without secrets.

    Raises:
        InvalidInputError: the redactor returned no text.
    """
    seen = "".join(char for char in text if _shows(char))
    shown: object = redact(" ".join(seen.split()))
    if not isinstance(shown, str):
        raise InvalidInputError("the redactor must return a text")
    return " ".join(shown.split())


def _line(
    message: Message, users: Mapping[int, User], redact: Redactor, current_user_id: int | None
) -> str:
    parts = [redacted(redact, message.text or "")]
    parts += [f"[{redacted(redact, _title(one))}]" for one in message.attachments]
    said = " ".join(part for part in parts if part)
    if not said:
        return ""
    user = None if message.sender_id is None else users.get(message.sender_id)
    name = UNKNOWN if user is None else user.full_name or user.login or UNKNOWN
    when = f"{message.date_sent.astimezone(UTC):%Y-%m-%d %H:%M} " if message.date_sent else ""
    is_own = current_user_id is not None and message.sender_id == current_user_id
    return f"{when}{redacted(redact, name)}{' (me)' if is_own else ''}: {said}"


def _title(attachment: Attachment) -> str:
    kind = attachment.type or "file"
    return f"{kind}: {attachment.name}" if attachment.name else kind


def _shows(char: str) -> bool:
    # An invisible character within a number would hide the number.
    return char.isspace() or char == _JOINER or unicodedata.category(char) not in ("Cc", "Cf")
