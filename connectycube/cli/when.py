"""Moments, as people read them."""

from datetime import datetime


def told_time(moment: datetime | None) -> str:
    """Write a moment in the zone of this machine, to the second."""
    return "" if moment is None else f"{moment.astimezone():%Y-%m-%d %H:%M:%S}"
