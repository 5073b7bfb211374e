"""One page of a longer answer."""

from typing import Generic, TypeVar

import attrs

from connectycube.values import frozen

T = TypeVar("T")


@frozen(kw_only=True)
class Page(Generic[T]):
    """
    One page of a longer answer.

    Attributes:
        total_entries: how many there are in all, `None` where the service does not tell.
        skip: how many stand before this page.
        limit: how many fit on a page.
    """

    items: list[T]
    total_entries: int | None = attrs.field(default=None, metadata={"may_misfit": True})
    skip: int = attrs.field(default=0, metadata={"may_misfit": True})
    limit: int | None = attrs.field(default=None, metadata={"may_misfit": True})
