"""Values of the client as JSON, without what is secret."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

import attrs

from connectycube.cli.secret_names import is_secret_name
from connectycube.fields import masked
from connectycube.models.blob import BlobAccess

HIDDEN: Final = "***"
# A URL with one of these opens what it leads to.
_SIGNED: Final = re.compile(r"[?&](x-amz-|signature=|token=|policy=)", re.IGNORECASE)


def as_json(value: Any) -> Any:
    """
    Return a value as JSON has it: models as objects of all their members, moments as ISO dates.

    What a model hides from its repr, and where an upload or a signed download leads, is left out.
    """
    if attrs.has(type(value)):
        return {
            field.name: as_json(getattr(value, field.name))
            for field in attrs.fields(type(value))
            if field.repr is not masked and not isinstance(getattr(value, field.name), BlobAccess)
        }
    if isinstance(value, Mapping):
        told = {str(name): as_json(inner) for name, inner in value.items()}
        return {name: HIDDEN if _is_secret(name, inner) else inner for name, inner in told.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [as_json(one) for one in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value


def hidden(value: Any) -> Any:
    """Return JSON with `***` wherever a member's name, or a URL, says that it is a secret."""
    if isinstance(value, dict):
        return {
            name: HIDDEN if _is_secret(name, inner) else hidden(inner)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [hidden(one) for one in value]
    if isinstance(value, str) and _SIGNED.search(value):
        return f"{value.partition('?')[0]}?{HIDDEN}"
    return value


def _is_secret(name: str, value: Any) -> bool:
    # A flag, or nothing at all, gives nothing away.
    says_nothing = value is None or isinstance(value, bool) or value == ""
    return is_secret_name(name) and not says_nothing
