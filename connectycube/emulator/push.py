"""Who gets pushes on which devices, and the pushes that went out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    import threading

    from .ids import Ids

CHANNELS = ("apns", "apns_voip", "gcm", "web")
ENVIRONMENTS = ("development", "production")
PLATFORMS = ("ios", "android", "web")


@attrs.frozen(kw_only=True)
class Subscription:
    """Keep that pushes for a user go to a device."""

    id: int
    user_id: int
    channel: str
    environment: str
    token: str = attrs.field(repr=False)
    """What a push service knows the device by; the endpoint, for a browser."""
    platform: str
    udid: str = attrs.field(repr=False)

    @property
    def device(self) -> tuple[str, str, str]:
        """Return what only one subscription has."""
        return self.channel, self.udid, self.token


@attrs.frozen(kw_only=True)
class SentPush:
    """Keep one push as it went to one device."""

    event_id: int
    sender_id: int
    user_id: int
    channel: str
    environment: str
    udid: str = attrs.field(repr=False)
    payload: Mapping[str, Any] | None = attrs.field(repr=False)
    """The object of a universal push; None where the sender wrote in a platform's own format."""
    message: str = attrs.field(repr=False)
    """The platform's own format."""
    sent_at: datetime


class Push:
    """Hold subscriptions by device, and what was sent."""

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock
        self._by_device: dict[tuple[str, str, str], Subscription] = {}
        self.sent: list[SentPush] = []
        """One for each device that got one, the oldest first."""

    @property
    def subscriptions(self) -> list[Subscription]:
        """Return all subscriptions, the oldest first."""
        with self._lock:
            return list(self._by_device.values())

    def subscriptions_of(self, user_id: int) -> list[Subscription]:
        """Return the subscriptions of a user."""
        return [one for one in self.subscriptions if one.user_id == user_id]

    def subscribe(
        self,
        user_id: int,
        *,
        ids: Ids,
        channel: str,
        token: str,
        udid: str,
        platform: str,
        environment: str,
    ) -> Subscription:
        """
        Let pushes for a user go to a device.

        The same device with the same token has one subscription, whoever had it before (inferred);
        to subscribe again keeps its id. A `ValueError` tells what is unknown.
        """
        choices = ((channel, CHANNELS), (environment, ENVIRONMENTS), (platform, PLATFORMS))
        for given, known_ones in choices:
            if given not in known_ones:
                raise ValueError(f"{given} must be one of {', '.join(known_ones)}")
        with self._lock:
            made = Subscription(
                id=0,
                user_id=user_id,
                channel=channel,
                environment=environment,
                token=token,
                platform=platform,
                udid=udid,
            )
            known = self._by_device.get(made.device)
            if known is not None and known.user_id != user_id:
                self.unsubscribe(known)
                known = None
            made = attrs.evolve(made, id=ids.subscription() if known is None else known.id)
            self._by_device[made.device] = made
            return made

    def unsubscribe(self, subscription: Subscription) -> None:
        """Forget a subscription, if it is there."""
        with self._lock:
            self._by_device.pop(subscription.device, None)

    def forget_user(self, user_id: int) -> None:
        """Forget the subscriptions of a user who is gone."""
        with self._lock:
            for subscription in self.subscriptions_of(user_id):
                self.unsubscribe(subscription)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._by_device.clear()
            self.sent.clear()
