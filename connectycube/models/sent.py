"""A message that the chat has taken."""

from connectycube.values import frozen


@frozen(kw_only=True)
class Sent:
    """
    The service has taken a message of ours: what `send` returns.

    As an event it is about a message that nobody waits for any more.
    """

    message_id: str
