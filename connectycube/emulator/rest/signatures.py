"""The optional signature of a session request."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from connectycube.emulator.parameters import Parameters, as_object
from connectycube.emulator.refusals import RefusalError, based, listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connectycube.emulator.call import Call

# One SDK can be told to use SHA-256; the length of the digest tells which it was.
_DIGESTS = {40: hashlib.sha1, 64: hashlib.sha256}


def check_signature(call: Call, body: Parameters) -> None:
    """Verify a signature where one is present or required; nonce and time belong to it."""
    signature = body.get("signature")
    if signature is None and not call.settings.signature_required:
        return
    expected = sign(body, call.world.application.auth_secret, len(str(signature)))
    if not hmac.compare_digest(expected.encode(), str(signature).encode()):
        raise _unexpected(call)
    nonce, timestamp = body.get("nonce"), body.get("timestamp")
    if nonce is None or timestamp is None:
        raise _unexpected(call)
    try:
        distance = abs(call.now.timestamp() - float(timestamp))
    except (TypeError, ValueError, OverflowError):
        raise based(422, "Bad timestamp") from None
    if not distance <= call.settings.signature_window_seconds:
        raise based(422, "Bad timestamp")
    # The pair is not reusable; with which words is not stated.
    if not call.world.use_nonce(str(nonce), str(timestamp)):
        raise _unexpected(call)


def sign(body: Parameters, secret: str, length: int = 40) -> str:
    """Return the hex digest of the sorted, flattened, raw pairs of a body."""
    pairs = sorted(
        ((key.encode(), text.encode()) for key, text in _flat(body) if key != "signature"),
    )
    signed = b"&".join(key + b"=" + text for key, text in pairs)
    return hmac.new(secret.encode(), signed, _DIGESTS.get(length, hashlib.sha1)).hexdigest()


def _flat(members: Parameters, outer: str = "") -> Iterator[tuple[str, str]]:
    for name, value in members.items():
        key = f"{outer}[{name}]" if outer else name
        inner = as_object(value)
        if inner is not None:
            yield from _flat(inner, key)
        elif isinstance(value, bool):
            yield key, "true" if value else "false"
        elif value is not None:
            yield key, str(value)


def _unexpected(call: Call) -> RefusalError:
    text = "Unexpected signature"
    in_list = call.settings.signature_error_shape == "list"
    return listed(422, text) if in_list else based(422, text)
