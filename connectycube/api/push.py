"""
Push notifications: devices that want them, and sending them.

https://developers.connectycube.com/server/push_notifications
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import NoneType
from typing import Any, Final, Literal, TypeAlias, overload

import attrs

from connectycube._caller import Caller
from connectycube.bodies.push import PushPayload, encode_push_payload
from connectycube.endpoint import Endpoint, Needs, Retry, checked_id
from connectycube.errors import InvalidInputError
from connectycube.fields import check_text
from connectycube.models.push import PushEvent, Subscription
from connectycube.models.user import UserLike, user_id
from connectycube.searches.lists import is_moment, unix

Environment: TypeAlias = Literal["development", "production"]
DeviceChannel: TypeAlias = Literal["gcm", "apns", "apns_voip"]
Platform: TypeAlias = Literal["ios", "android", "web"]
PushType: TypeAlias = Literal["apns", "apns_voip", "gcm", "web"]

# The same device and token again replace what was there.
SUBSCRIBE: Final = Endpoint(
    "POST", "/subscriptions", list[Subscription], item="subscription", needs=Needs.USER
)
FIND_SUBSCRIPTIONS: Final = Endpoint(
    "GET", "/subscriptions", list[Subscription], item="subscription", needs=Needs.USER
)
UNSUBSCRIBE: Final = Endpoint(
    "DELETE", "/subscriptions/{subscription_id}", NoneType, needs=Needs.USER
)
SEND: Final = Endpoint(
    "POST", "/events", list[PushEvent], item="event", needs=Needs.USER, retry=Retry.NEVER
)

_ENVIRONMENTS: Final = ("development", "production")
_PLATFORMS: Final = {"gcm": "android", "apns": "ios", "apns_voip": "ios", "web": "web"}


@attrs.frozen
class Push:
    """Everything about push notifications; `ConnectyCube.push` is one."""

    _caller: Caller

    @overload
    async def subscribe(
        self,
        *,
        channel: DeviceChannel,
        environment: Environment,
        udid: str,
        token: str,
        bundle_identifier: str | None = None,
        platform: Platform | None = None,
    ) -> list[Subscription]: ...
    @overload
    async def subscribe(
        self,
        *,
        channel: Literal["web"],
        environment: Environment,
        udid: str,
        web_endpoint: str,
        web_auth: str,
        web_p256dh: str,
        platform: Platform | None = None,
    ) -> list[Subscription]: ...
    async def subscribe(
        self,
        *,
        channel: DeviceChannel | Literal["web"],
        environment: Environment,
        udid: str,
        token: str | None = None,
        bundle_identifier: str | None = None,
        web_endpoint: str | None = None,
        web_auth: str | None = None,
        web_p256dh: str | None = None,
        platform: Platform | None = None,
    ) -> list[Subscription]:
        """
        Let a device of the session's user get notifications, and return what was made of it.

        The same device and token again replace what was there.

        Args:
            channel: `gcm` for Firebase, `apns` and `apns_voip` for Apple, `web` for browsers.
            environment: `development` or `production`, as the device's token is.
            udid: any text that names the device, another for each.
            token: what Firebase or Apple gave the device.
            bundle_identifier: bundle of an iOS application, or package of an Android one.
            web_endpoint: where the browser's service takes notifications; with its keys.
            platform: by default what belongs to the channel.

        Raises:
            InvalidInputError: something is missing, or does not belong to the channel.
            ForbiddenError: the session has no user.
            ValidationError: the service refused a value.

        https://developers.connectycube.com/server/push_notifications#create-subscription
        """
        if channel not in list(_PLATFORMS):
            raise InvalidInputError(f"channel is one of {', '.join(_PLATFORMS)}")
        check_text(udid, "udid")
        by_token = {"client_identification_sequence": token}
        by_web = {"web_endpoint": web_endpoint, "web_auth": web_auth, "web_p256dh": web_p256dh}
        wanted, other = (by_web, by_token) if channel == "web" else (by_token, by_web)
        for name, value in wanted.items():
            check_text(value, name if name in by_web else "token")
        if any(value is not None for value in other.values()):
            raise InvalidInputError(
                "a browser has web_endpoint, web_auth, web_p256dh; others token"
            )
        push_token = {"environment": _checked(environment), **wanted}
        if bundle_identifier is not None:
            push_token["bundle_identifier"] = bundle_identifier
        body = {
            "notification_channel": channel,
            "push_token": push_token,
            "device": {"platform": platform or _PLATFORMS[channel], "udid": udid},
        }
        return await self._caller.call(SUBSCRIBE, body=body)

    async def find_subscriptions(self) -> list[Subscription]:
        """
        Return all devices of the session's user that get notifications.

        Raises:
            ForbiddenError: the session has no user.

        https://developers.connectycube.com/server/push_notifications#retrieve-subscriptions
        """
        return await self._caller.call(FIND_SUBSCRIPTIONS)

    async def unsubscribe(self, subscription_id: int) -> None:
        """
        Let a device of the session's user get no more notifications by this channel.

        Raises:
            InvalidInputError: it is no id.
            NotFoundError: there is no such subscription.
            ForbiddenError: the session has no user.

        https://developers.connectycube.com/server/push_notifications#remove-subscription
        """
        path = {"subscription_id": checked_id(subscription_id, "subscription_id")}
        await self._caller.call(UNSUBSCRIBE, path=path)

    async def send(
        self,
        payload: PushPayload | Mapping[str, Any] | str,
        /,
        *,
        environment: Environment,
        user_ids: Iterable[UserLike] | None = None,
        tags_any: Iterable[str] | None = None,
        tags_all: Iterable[str] | None = None,
        tags_exclude: Iterable[str] | None = None,
        external_ids: Iterable[str | int] | None = None,
        push_type: PushType | None = None,
        name: str | None = None,
        **more: object,
    ) -> list[PushEvent]:
        """
        Send a notification, and return an event for each channel that it goes by.

        Recipients are chosen in exactly one way: by their ids, by their tags, or by their ids in
        the application's own system. Never repeated by itself, which could notify them twice;
        cancelled in flight, its effect is unknown.

        Args:
            payload: what it carries; a text is the message that is shown. With `push_type` a text
                in the form of that platform, which goes out as it is.
            environment: `development` or `production`: which subscriptions it goes to.
            user_ids: users, or their ids.
            tags_any: users who have one of these tags.
            tags_all: users who have all of these tags.
            tags_exclude: users who have none of these tags.
            push_type: one platform alone.
            name: what to call the event.
            more: other members of the event, such as the `event_type`, `date`, `end_date` and
                `period` of the service's former scheduled events.

        Raises:
            InvalidInputError: no recipients, or chosen in two ways; a payload that cannot be sent.
            ForbiddenError: the session has no user.
            ValidationError: none of them has a subscription, or the service refused a value.

        https://developers.connectycube.com/server/push_notifications#create-event
        """
        recipients = _recipients(
            user_ids=user_ids,
            tags={"any": tags_any, "all": tags_all, "exclude": tags_exclude},
            external_ids=external_ids,
        )
        event = {
            "notification_type": "push",
            "environment": _checked(environment),
            **recipients,
            "message": _message(payload, push_type),
            "push_type": push_type,
            "name": name,
        }
        if taken := sorted(more.keys() & {*event, "user", "external_user"}):
            raise InvalidInputError(f"{taken[0]} has an argument of its own")
        event |= {
            one: unix(to) if isinstance(to, datetime) and is_moment(to) else to
            for one, to in more.items()
        }
        told = {one: to for one, to in event.items() if to is not None}
        return await self._caller.call(SEND, body={"event": told})


def _checked(environment: object) -> object:
    if environment not in _ENVIRONMENTS:
        raise InvalidInputError(f"environment is one of {', '.join(_ENVIRONMENTS)}")
    return environment


def _message(payload: PushPayload | Mapping[str, Any] | str, push_type: str | None) -> str:
    if push_type is not None:
        if not isinstance(payload, str) or not payload:
            raise InvalidInputError("with push_type the payload is text in the platform's form")
        return payload
    return encode_push_payload(PushPayload(payload) if isinstance(payload, str) else payload)


def _recipients(
    *,
    user_ids: Iterable[UserLike] | None,
    tags: Mapping[str, Iterable[str] | None],
    external_ids: Iterable[str | int] | None,
) -> dict[str, Any]:
    by_tags = {
        name: _joined(listed, "a tag") for name, listed in tags.items() if listed is not None
    }
    ways: list[dict[str, Any]] = []
    if user_ids is not None:
        ids = [user_id(one, "a user's id") for one in _listed(user_ids)]
        ways.append({"user": {"ids": _joined(ids, "a user's id")}})
    if by_tags:
        ways.append({"user": {"tags": by_tags}})
    if external_ids is not None:
        ways.append({"external_user": {"ids": _joined(external_ids, "an external id")}})
    if len(ways) != 1:
        raise InvalidInputError("recipients are chosen by user_ids, by tags, or by external_ids")
    return ways[0]


def _joined(values: Iterable[object], what: str) -> str:
    """Join values by commas, which is how the service takes them."""
    texts = [str(one) if type(one) is int else one for one in _listed(values)]
    if not texts:
        raise InvalidInputError("a push needs somebody to go to")
    for text in texts:
        check_text(text, what)
        if "," in str(text):
            raise InvalidInputError(f"{what} cannot hold a comma: the service would read two")
    return ",".join(map(str, texts))


def _listed(values: Iterable[Any]) -> list[Any]:
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise InvalidInputError("recipients are given as lists")
    return list(values)
