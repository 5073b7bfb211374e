"""
The optional signature of a session request, for deployments that ask for one.

https://developers.connectycube.com/server/auth#request-signature
"""

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from typing import Any


def signed(body: Mapping[str, Any], *, secret: str, nonce: int, timestamp: int) -> dict[str, Any]:
    """Return the body with `nonce`, `timestamp` and the `signature` over all of it."""
    content = {**body, "nonce": nonce, "timestamp": timestamp}
    pairs = sorted(_flatten(content), key=lambda pair: pair[0].encode())
    text = "&".join(f"{key}={value}" for key, value in pairs)
    # SHA-1 is the service's choice; as an HMAC it still stands.
    signature = hmac.new(secret.encode(), text.encode(), hashlib.sha1).hexdigest()
    return {**content, "signature": signature}


def _flatten(body: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in body.items():
        key = f"{prefix}[{name}]" if prefix else name
        if isinstance(value, Mapping):
            yield from _flatten(value, key)
        elif value is not None:
            yield key, str(value)
