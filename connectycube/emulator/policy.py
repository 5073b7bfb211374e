"""What the store signs: the policy of an upload form, and the query of a download URL."""

from __future__ import annotations

import base64
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlencode

from .parameters import as_object

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ALGORITHM = "AWS4-HMAC-SHA256"
# With these characters every base64 form has a "+" and a "/", which a careless client loses.
_TELLTALE = "fake ~~~~~ ?????"
_UNCHECKED = frozenset(("file", "policy", "x-amz-signature"))


class PolicyError(ValueError):
    """Say which rule of its policy a form breaks."""


def sign(secret: bytes, text: str) -> str:
    """Return our stand-in for the store's signature: one HMAC instead of a chain of five."""
    return hmac.new(secret, text.encode(), "sha256").hexdigest()


def fits(secret: bytes, text: str, signature: str) -> bool:
    """Say whether this text was signed by us."""
    return hmac.compare_digest(sign(secret, text).encode(), signature.encode())


def credential(now: datetime) -> str:
    """Return the name of a key, visibly none of a real account."""
    return f"EMULATORKEY/{now:%Y%m%d}/us-east-1/s3/aws4_request"


def form_fields(
    secret: bytes, fields: Mapping[str, str], bucket: str, *, ends: datetime, largest: int
) -> dict[str, str]:
    """Return the fields of an upload form with their policy and its signature."""
    conditions: list[Any] = [{"bucket": bucket}, *({name: fields[name]} for name in fields)]
    conditions.append(["content-length-range", 0, largest])
    policy = {
        "expiration": ends.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "conditions": conditions,
        "emulator": _TELLTALE,
    }
    encoded = base64.b64encode(json.dumps(policy).encode()).decode()
    signed = {**fields, "policy": encoded, "x-amz-signature": sign(secret, encoded)}
    return {name: signed[name] for name in sorted(signed)}


def check_form(policy: str, fields: Mapping[str, str], bucket: str, now: datetime) -> int:
    """Hold a form against its policy, which we signed, and return the largest size it allows."""
    document = json.loads(base64.b64decode(policy))
    if datetime.fromisoformat(document["expiration"]) <= now:
        raise PolicyError("Policy expired.")
    given = {"bucket": bucket, **fields}
    largest = 0
    known: set[str] = set()
    for condition in document["conditions"]:
        equal = as_object(condition)
        if equal is None:
            largest = condition[2]
            continue
        for name, wanted in equal.items():
            known.add(name.lower())
            if given.get(name.lower()) != wanted:
                shown = json.dumps(["eq", f"${name}", wanted])
                raise PolicyError(f"Policy Condition failed: {shown}")
    extra = [name for name in _checked(fields) if name not in known]
    if extra:
        raise PolicyError(f"Extra input fields: {', '.join(extra)}")
    return largest


def signed_query(secret: bytes, path: str, *, now: datetime, seconds: float) -> str:
    """Return the query that lets anybody read this path for so long."""
    pairs = {
        "X-Amz-Algorithm": ALGORITHM,
        "X-Amz-Credential": credential(now),
        "X-Amz-Date": f"{now:%Y%m%dT%H%M%SZ}",
        "X-Amz-Expires": str(int(seconds)),
        "X-Amz-SignedHeaders": "host",
    }
    signature = sign(secret, _signed_text(path, pairs))
    return urlencode({**pairs, "X-Amz-Signature": signature}, quote_via=quote)


def check_query(secret: bytes, path: str, query: str, now: datetime) -> bool | None:
    """Say whether a signed query still opens its path; None where the signature is wrong."""
    pairs = dict(parse_qsl(query, keep_blank_values=True))
    signature = pairs.pop("X-Amz-Signature", "")
    if not fits(secret, _signed_text(path, pairs), signature):
        return None
    began = datetime.strptime(pairs["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return now < began + timedelta(seconds=int(pairs["X-Amz-Expires"]))


def _signed_text(path: str, pairs: Mapping[str, str]) -> str:
    return "\n".join([path, *(f"{name}={pairs[name]}" for name in sorted(pairs))])


def _checked(fields: Mapping[str, str]) -> Iterator[str]:
    return (name for name in fields if name not in _UNCHECKED and not name.startswith("x-ignore-"))
