"""Push notifications: the devices that get them, and the events that send them."""

from datetime import datetime
from typing import Any

import attrs

from connectycube.values import frozen


@frozen(kw_only=True)
class Named:
    """Something of which the service tells the name."""

    name: str | None = None
    extra: dict[str, Any] = attrs.field(factory=dict[str, Any], repr=False)


@frozen(kw_only=True)
class Device:
    """
    A device that gets notifications.

    Attributes:
        udid: the application's own text for it, another for each device.
        platform: its name is `ios`, `android` or `web`.
    """

    udid: str | None = None
    platform: Named | None = None
    extra: dict[str, Any] = attrs.field(factory=dict[str, Any], repr=False)


@frozen(kw_only=True)
class Subscription:
    """
    A device of a user that gets notifications by one channel; its token is never told.

    Attributes:
        notification_channel: its name is `apns`, `apns_voip`, `gcm` or `web`.
        extra: members that this package does not name, or that came in another form.

    https://developers.connectycube.com/server/push_notifications
    """

    id: int
    notification_channel: Named | None = None
    device: Device | None = None
    extra: dict[str, Any] = attrs.field(factory=dict[str, Any], repr=False)

    @property
    def channel(self) -> str | None:
        """Name of the channel."""
        return self.notification_channel.name if self.notification_channel else None


@frozen(kw_only=True)
class PushEvent:
    """
    A notification that was sent, or is to be, by one channel.

    Attributes:
        message: in the channel's own form.
        occurred_count: how often it was sent.
        tag_query: the tags that its recipients were chosen by.
        notification_channel: its name is `apns`, `apns_voip`, `gcm` or `web`.
        extra: members that this package does not name, or that came in another form.

    https://developers.connectycube.com/server/push_notifications#create-event
    """

    id: int
    event_type: str | None = None
    message: str | None = None
    date: datetime | None = None
    end_date: datetime | None = None
    period: int | None = None
    name: str | None = None
    occurred_count: int | None = attrs.field(default=None, metadata={"wire": "occured_count"})
    created_at: datetime | None = None
    updated_at: datetime | None = None
    active: bool | None = None
    application_id: int | None = None
    user_id: int | None = None
    kind: str | None = None
    environment: str | None = None
    tag_query: str | None = None
    notification_channel: Named | None = None
    extra: dict[str, Any] = attrs.field(factory=dict[str, Any], repr=False)

    @property
    def channel(self) -> str | None:
        """Name of the channel."""
        return self.notification_channel.name if self.notification_channel else None
