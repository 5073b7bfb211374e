"""
The object store: an origin of its own, which knows forms and signed URLs and no session.

It follows the published rules of an S3 bucket as far as files need them; the signatures are fake.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from email.utils import format_datetime
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlencode

import attrs

from .messages import WireResponse
from .multipart import FormError, Part
from .policy import (
    ALGORITHM,
    PolicyError,
    check_form,
    check_query,
    credential,
    fits,
    form_fields,
    signed_query,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .messages import Headers, WireRequest
    from .settings import Settings

# The official JavaScript SDK keeps its session headers from URLs that hold this name alone.
BUCKET = "emulator.s3.amazonaws.com"
DEFAULT_URL = "http://store.localhost"


@attrs.frozen(kw_only=True)
class StoredObject:
    """Keep the content of one file."""

    key: str = attrs.field(repr=False)
    content_type: str
    public: bool
    etag: str
    content: bytes = attrs.field(repr=False)


class StoreError(Exception):
    """End a request to the store with an error in its own shape."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


class ObjectStore:
    """Hold the contents of files, and answer the requests that carry them."""

    def __init__(self, settings: Settings, url: str = DEFAULT_URL) -> None:
        self.url = url
        """Where it lives: scheme and authority."""
        self.objects: dict[str, StoredObject] = {}
        """What was uploaded, by key: the uid of the file."""
        self._settings = settings
        self._secret = secrets.token_bytes(32)

    def reset(self) -> None:
        """Forget every object; what was signed before opens nothing any more."""
        self.objects.clear()
        self._secret = secrets.token_bytes(32)

    def write_url(self, key: str, *, content_type: str, public: bool, now: datetime) -> str:
        """Return where to post the content to, with the fields of the form as its query."""
        ends = now + timedelta(seconds=self._settings.write_url_seconds)
        fields = {
            "Content-Type": content_type,
            "Expires": format_datetime(ends, usegmt=True),
            "acl": "public-read" if public else "authenticated-read",
            "key": key,
            "success_action_status": "201",
            "x-amz-algorithm": ALGORITHM,
            "x-amz-credential": credential(now),
            "x-amz-date": f"{now:%Y%m%dT%H%M%SZ}",
        }
        largest = self._settings.largest_file
        form = form_fields(self._secret, fields, BUCKET, ends=ends, largest=largest)
        return f"{self.url}/{BUCKET}?{urlencode(form, quote_via=quote, safe='')}"

    def read_url(self, key: str, *, now: datetime) -> str:
        """Return a URL that lets anybody read an object for some days."""
        path = f"/{BUCKET}/{quote(key)}"
        seconds = self._settings.read_url_seconds
        return f"{self.url}{path}?{signed_query(self._secret, path, now=now, seconds=seconds)}"

    def plain_url(self, key: str) -> str:
        """Return the unsigned URL of an object: it opens public ones."""
        return f"{self.url}/{BUCKET}/{quote(key)}"

    def remove(self, key: str) -> None:
        """Forget an object, if it is there."""
        self.objects.pop(key, None)

    def answer(self, request: WireRequest, headers: Headers, now: datetime) -> WireResponse:
        """Take an upload, or show an object."""
        bucket, _, key = request.path.removeprefix("/").partition("/")
        try:
            if bucket != BUCKET:
                raise StoreError(404, "NoSuchBucket", "The specified bucket does not exist")
            if request.method == "POST" and not key:
                return self._take(request, headers, now)
            if request.method in ("GET", "HEAD") and key:
                return self._show(request, unquote(key), now)
            text = "The specified method is not allowed against this resource."
            raise StoreError(405, "MethodNotAllowed", text)
        except StoreError as error:
            return error_answer(error.status, error.code, error.message)

    def _take(self, request: WireRequest, headers: Headers, now: datetime) -> WireResponse:
        if "Transfer-Encoding" in headers and not self._settings.store_takes_chunked:
            text = "You must provide the Content-Length HTTP header."
            raise StoreError(411, "MissingContentLength", text)
        fields, file = _fields_and_file(request)
        largest = self._check(fields, now)
        if file.size > largest:
            raise _too_large()
        stored = StoredObject(
            key=fields["key"],
            content_type=fields.get("content-type", "binary/octet-stream"),
            public=fields.get("acl", "").startswith("public-read"),
            # As in a bucket with keys of its own, this is no digest: nobody may rely on one.
            etag=f'"{secrets.token_hex(16)}"',
            content=file.content,
        )
        self.objects[stored.key] = stored
        location = self.plain_url(stored.key)
        status = {"200": 200, "201": 201}.get(fields.get("success_action_status", ""), 204)
        body = _post_response(location, stored) if status == 201 else b""  # noqa: PLR2004 - HTTP
        kind = {"Content-Type": "application/xml"} if body else {}
        sent = {"ETag": stored.etag, "Location": location, **kind}
        return WireResponse(status=status, headers=sent, body=body)

    def _check(self, fields: Mapping[str, str], now: datetime) -> int:
        for name in ("key", "policy", "x-amz-signature"):
            if not fields.get(name):
                text = (
                    f"Bucket POST must contain a field named '{name}'.  "
                    "If it is specified, please check the order of the fields."
                )
                raise StoreError(400, "InvalidArgument", text)
        if not fits(self._secret, fields["policy"], fields["x-amz-signature"]):
            raise _wrong_signature()
        try:
            return check_form(fields["policy"], fields, BUCKET, now)
        except PolicyError as error:
            text = f"Invalid according to Policy: {error}"
            raise StoreError(403, "AccessDenied", text) from None

    def _show(self, request: WireRequest, key: str, now: datetime) -> WireResponse:
        stored = self.objects.get(key)
        if "X-Amz-Signature=" in request.query:
            opens = check_query(self._secret, f"/{BUCKET}/{quote(key)}", request.query, now)
            if opens is None:
                raise _wrong_signature()
            if not opens:
                raise StoreError(403, "AccessDenied", "Request has expired")
        elif stored is None or not stored.public:
            # As the real one, an unsigned request does not learn what is there.
            raise StoreError(403, "AccessDenied", "Access Denied")
        if stored is None:
            raise StoreError(404, "NoSuchKey", "The specified key does not exist.")
        sent = {
            "Content-Type": stored.content_type,
            "Content-Length": str(len(stored.content)),
            "ETag": stored.etag,
        }
        body = b"" if request.method == "HEAD" else stored.content
        return WireResponse(status=200, headers=sent, body=body)


def error_answer(status: int, code: str, message: str) -> WireResponse:
    """Say no as the store does."""
    said = f"<Code>{code}</Code><Message>{escape(message, quote=False)}</Message>"
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{said}</Error>'.encode()
    return WireResponse(status=status, headers={"Content-Type": "application/xml"}, body=body)


def too_large_answer() -> WireResponse:
    """Refuse a body that nobody has read to its end."""
    error = _too_large()
    return error_answer(error.status, error.code, error.message)


def _fields_and_file(request: WireRequest) -> tuple[dict[str, str], Part]:
    try:
        parts = request.form
    except FormError:
        text = "The body of your POST request is not well-formed multipart/form-data."
        raise StoreError(400, "MalformedPOSTRequest", text) from None
    fields: dict[str, str] = {}
    for part in parts:
        # What comes after the file is ignored. Names of fields are the same in any case.
        if part.name == "file":
            return fields, part
        fields[part.name.lower()] = part.text
    text = "POST requires exactly one file upload per request."
    raise StoreError(400, "InvalidArgument", text)


def _post_response(location: str, stored: StoredObject) -> bytes:
    said = (
        f"<Location>{escape(location, quote=False)}</Location><Bucket>{BUCKET}</Bucket>"
        f"<Key>{escape(stored.key, quote=False)}</Key><ETag>{stored.etag}</ETag>"
    )
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return f"{head}<PostResponse>{said}</PostResponse>".encode()


def _too_large() -> StoreError:
    text = "Your proposed upload exceeds the maximum allowed size"
    return StoreError(400, "EntityTooLarge", text)


def _wrong_signature() -> StoreError:
    text = (
        "The request signature we calculated does not match the signature you provided. "
        "Check your key and signing method."
    )
    return StoreError(403, "SignatureDoesNotMatch", text)
