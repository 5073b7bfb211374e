"""What a handler answers, before it becomes bytes."""

from __future__ import annotations

from typing import Any

import attrs


@attrs.frozen(kw_only=True)
class Reply:
    """Answer with JSON, with plain text, or with neither: the empty body of the settings."""

    status: int = 200
    payload: Any = attrs.field(default=None, repr=False)
    text: str | None = attrs.field(default=None, repr=False)
    location: str | None = attrs.field(default=None, repr=False)
    """Where a redirect leads."""
