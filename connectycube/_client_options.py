"""The options that clients share: what they may be, and what stands in for those not given."""

from typing import Final
from urllib.parse import urlsplit

from connectycube.addresses import is_this_machine
from connectycube.auth.strategy import AuthStrategy
from connectycube.errors import InvalidInputError
from connectycube.fields import header_text
from connectycube.http import Transport

BASE_URL: Final = "https://api.connectycube.com"


def default_transport() -> Transport:
    # Loaded here, so that programs with a transport of their own do without aiohttp.
    from connectycube.transports.aiohttp import AiohttpTransport  # noqa: PLC0415 - as said

    return AiohttpTransport()


def checked_app_id(value: object) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        raise InvalidInputError("app_id must be a positive integer")
    return value


def checked_key(value: object, name: str) -> str | None:
    return None if value is None else header_text(value, name)


def checked_strategy(value: AuthStrategy) -> AuthStrategy:
    """
    Return a strategy as it is.

    Raises:
        InvalidInputError: it is none, such as a pair of texts, or the class of one.
    """
    if isinstance(value, type):
        raise InvalidInputError(f"auth is a strategy: {value.__name__}(...), not its class")
    if not callable(getattr(value, "credentials", None)):
        raise InvalidInputError("auth is a strategy, such as LoginPassword(login, password)")
    return value


def checked_timeout(value: object) -> float | None:
    # Written so that NaN is refused as well.
    if value is None or (isinstance(value, int | float) and value > 0):
        return value
    raise InvalidInputError("timeout must be positive, or None for no limit")


def checked_base_url(value: str) -> str:
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise InvalidInputError("base_url is no URL") from None
    if parts.scheme not in ("https", "http") or not host:
        raise InvalidInputError("base_url must be an absolute https:// URL")
    if not value.isascii() or not value.isprintable() or " " in value:
        raise InvalidInputError("base_url must be percent-encoded")
    if parts.query or parts.fragment or parts.username is not None:
        raise InvalidInputError("base_url must hold no query, fragment or user")
    if parts.scheme == "http" and not is_this_machine(host):
        raise InvalidInputError(
            "base_url may be http:// only for this machine: tokens travel in it"
        )
    return value.rstrip("/")
