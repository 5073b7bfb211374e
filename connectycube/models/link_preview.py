"""What a web page says of itself, to be shown beside a link to it."""

from typing import Any

import attrs

from connectycube.values import frozen


@frozen(kw_only=True)
class LinkPreview:
    """
    What a web page says of itself, as far as it does.

    Attributes:
        images: URLs.
        extra: members that this package does not name, or that came in another form.
    """

    url: str | None = None
    title: str | None = None
    description: str | None = None
    images: list[str] = attrs.field(factory=list[str])
    extra: dict[str, Any] = attrs.field(factory=dict[str, Any], repr=False)
