"""A call of the service as a value."""

import enum
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, Generic, TypeVar
from urllib.parse import quote

import attrs

from connectycube.errors import InvalidInputError
from connectycube.values import frozen

T = TypeVar("T")
_PLACEHOLDER: Final = r"\{(\w+)\}"  # compiled when first needed, as the next one
# A slash or a pair of dots would make the path name something else; control characters and lone
# surrogates cannot be sent.
_FORBIDDEN: Final = r"[/\\\x00-\x1f\x7f\ud800-\udfff]|\.\."


class Needs(enum.Enum):
    """What a request must carry."""

    NOTHING = "nothing"
    APP_KEYS = "app keys"
    AUTH_KEY = "auth key"
    SESSION = "any session"
    USER = "user session"
    ADMIN_KEY = "admin key"


class Retry(enum.Enum):
    """Whether a repeat is harmless when it is unknown what became of the first attempt."""

    SAFE = "safe"
    NEVER = "no"


@frozen
class Endpoint(Generic[T]):
    """
    What one call of the service looks like.

    Attributes:
        method: HTTP method.
        path: template below the base URL, with `{names}` for ids.
        result: what the body becomes: a model, or `NoneType` where success has no content.
        envelope: the member that the result is wrapped in; a dot leads further in.
        may_be_bare: whether the result may come without its envelope, too; where there is none,
            the only item of a list without the list.
        item: the member that each item of a page is wrapped in, or may be.
        needs: what the request must carry.
        retry: whether it may be repeated.
        bracket_lists: how lists are spelled in its query (`encode_query`).
        authenticating: whether it presents credentials, so that a refusal speaks of them.
        label: method and template, for messages and logs.
        steps: the members that lead to the result, from the outermost.
        memo: what reads its answers, once that was found out.
    """

    method: str
    path: str
    result: type[T]
    envelope: str | None = attrs.field(default=None, kw_only=True)
    may_be_bare: bool = attrs.field(default=False, kw_only=True)
    item: str | None = attrs.field(default=None, kw_only=True)
    needs: Needs = attrs.field(default=Needs.SESSION, kw_only=True)
    retry: Retry = attrs.field(default=Retry.SAFE, kw_only=True)
    bracket_lists: bool = attrs.field(default=False, kw_only=True)
    authenticating: bool = attrs.field(default=False, kw_only=True)
    label: str = attrs.field(init=False, repr=False, eq=False)
    steps: tuple[str, ...] = attrs.field(init=False, repr=False, eq=False)
    memo: Any = attrs.field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        # Asked for at each call, so made once.
        object.__setattr__(self, "label", f"{self.method} {self.path}")
        steps = () if self.envelope is None else tuple(self.envelope.split("."))
        object.__setattr__(self, "steps", steps)
        object.__setattr__(self, "memo", None)

    def fill(self, values: Mapping[str, Any] | None) -> str:
        """
        Put ids into the path template.

        Raises:
            InvalidInputError: an id is missing, empty, or would change what the path names.
        """
        if "{" not in self.path:
            return self.path
        return re.sub(_PLACEHOLDER, lambda found: _segment(found[1], values or {}), self.path)


def _segment(name: str, values: Mapping[str, Any]) -> str:
    value = values.get(name)
    if isinstance(value, Sequence) and not isinstance(value, str | bytes) and value:
        # The service reads id lists with bare commas.
        return ",".join(_one(name, item) for item in value)
    return _one(name, value)


def _one(name: str, value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise InvalidInputError(f"{name} must be an id, not {type(value).__name__}")
    text = str(value)
    if not text.strip() or text == "." or re.search(_FORBIDDEN, text):
        raise InvalidInputError(f"{name} is empty, or holds what cannot stand in a path")
    return quote(text, safe="")


def checked_id(value: object, name: str) -> int:
    """
    Return an integer id as it is.

    Raises:
        InvalidInputError: it is no positive integer.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        raise InvalidInputError(f"{name} must be a positive integer")
    return value
