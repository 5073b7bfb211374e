"""
Tokens of the other providers, as this emulator mints and takes them.

They are JSON web tokens without a signature, as the Firebase emulator makes them: whoever reads one
sees that it is fake, and anybody may mint one. The real providers are never asked.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from .parameters import as_object

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_MARK = "connectycube-emulator"


def mint(claims: Mapping[str, Any], *, now: datetime, seconds: float) -> str:
    """Return a token that says this, for so long."""
    issued = int(now.timestamp())
    payload = {"iss": _MARK, "iat": issued, "exp": issued + seconds, **claims}
    return f"{_encoded({'alg': 'none', 'typ': 'JWT'})}.{_encoded(payload)}."


def read(token: str, *, now: datetime) -> Mapping[str, Any] | None:
    """Return what a token says, or None where it is not ours or is too old."""
    parts = token.split(".")
    try:
        claims = as_object(json.loads(_decoded(parts[1])))
        is_ours = claims is not None and claims["iss"] == _MARK and parts[2] == ""
        is_fresh = claims is not None and now.timestamp() < claims["exp"]
    except (ValueError, LookupError, TypeError):
        return None
    return claims if is_ours and is_fresh else None


def _encoded(value: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
