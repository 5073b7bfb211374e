"""What a step needs that not everybody has."""

import enum


class Need(enum.Enum):
    """Something that a server may lack."""

    UNJOINED = "messages of rooms that were never joined"
    LAST_ACTIVITY = "last activity of strangers"
    STATUS_STREAMING = "being told of others' activity"
    MOBILE = "a state of being inactive"
