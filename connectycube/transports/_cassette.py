"""The file that a recording is: readable JSON, without a single secret."""

import base64
import json
import os
import re
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl

import attrs

from connectycube.content_encoding import Decoder
from connectycube.errors import InvalidInputError, TransportError
from connectycube.http import Headers, Request
from connectycube.transports._capture import LARGEST, Capture, FormCapture, capture_of
from connectycube.transports._redaction import Redaction

_FORMAT: Final = "connectycube-cassette"
_VERSION: Final = 1
_SMALL: Final = 1024
_SIGN_IN: Final = re.compile(r"/(session|login)(\.json)?$")
_RESET: Final = re.compile(r"/password/reset(\.json)?$")
# They speak of the bytes on the line, which are not what a cassette keeps.
_OF_THE_LINE: Final = frozenset(
    {"connection", "content-encoding", "content-length", "keep-alive", "transfer-encoding"}
)


@attrs.define(eq=False)
class Exchange:
    """One request as it went, and what came of it."""

    request: Request
    sent: Capture | FormCapture | None = None
    status: int | None = None
    headers: Mapping[str, str] = attrs.field(factory=Headers, repr=False)
    received: Capture = attrs.field(factory=Capture)
    error: str | None = None

    def new_sent(self) -> Capture | FormCapture:
        """Begin to record the body; one that is sent again is recorded afresh."""
        self.sent = capture_of(self.request.headers.get("Content-Type", ""))
        return self.sent


@attrs.frozen(kw_only=True)
class Recorded:
    """
    One exchange as a cassette tells it.

    Attributes:
        sent: the JSON value that was sent, `None` for any other body.
        content: the answer's body, `None` where it was too large to be kept.
        is_whole: whether the body came to its end, and somebody read it.
        error: `ConnectError` or `TransportError`, where no answer came.
    """

    label: str
    method: str
    url: str
    token: str | None
    sent: Any
    status: int
    headers: Headers
    content: bytes | None
    is_whole: bool
    error: str | None


def write(path: Path, exchanges: Iterable[Exchange]) -> None:
    """Write a cassette in one step, for its owner's eyes."""
    redaction = Redaction()
    answered = [one for one in exchanges if one.status is not None or one.error is not None]
    public = {_login_of(_parsed(_decoded(one))) for one in answered if _is_sign_in(one)}
    # Twice: what is told last may be secret in what came first.
    for exchange in answered:
        _learn_names(exchange, public, redaction)
        _shown(exchange, redaction)
    redaction.seal()
    cassette = {
        "format": _FORMAT,
        "version": _VERSION,
        "exchanges": [_shown(exchange, redaction) for exchange in answered],
    }
    text = json.dumps(cassette, ensure_ascii=False, indent=2) + "\n"
    part = path.with_name(f".{os.urandom(8).hex()}.part")
    try:
        file = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(file, "wb") as stream:  # noqa: PTH123 - it is open already
            stream.write(text.encode("utf-8", "surrogatepass"))
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def read(path: Path) -> list[Recorded]:
    """
    Read a cassette.

    Raises:
        InvalidInputError: it is none, or one of a later version.
        OSError: the file cannot be read.
    """
    try:
        cassette = json.loads(path.read_bytes().decode("utf-8", "surrogatepass"))
        if (cassette["format"], cassette["version"]) == (_FORMAT, _VERSION):
            return [_recorded(one) for one in cassette["exchanges"]]
    except (ValueError, KeyError, TypeError, AttributeError):
        pass  # said below: what a file holds that is no cassette is nobody's business
    raise InvalidInputError(f"{path.name} is no cassette of version {_VERSION}") from None


def _shown(exchange: Exchange, redaction: Redaction) -> dict[str, Any]:
    request = exchange.request
    asked = {
        "label": request.label,
        "method": request.method,
        "url": redaction.url(request.url),
        "headers": redaction.headers(request.headers),
        "body": _body(exchange.sent, request.headers, redaction),
    }
    if exchange.error is not None:
        return {"request": asked, "error": exchange.error}
    kept = {
        name: value for name, value in exchange.headers.items() if name.lower() not in _OF_THE_LINE
    }
    answer = {
        "status": exchange.status,
        "headers": redaction.headers(kept),
        "body": _body(_decoded(exchange), exchange.headers, redaction),
        "whole": exchange.received.is_whole,
    }
    return {"request": asked, "response": answer}


def _body(
    capture: Capture | FormCapture | None, headers: Mapping[str, str], redaction: Redaction
) -> Any:
    if capture is None:
        return None
    if isinstance(capture, FormCapture):
        return _form(capture, redaction)
    if capture.content is None:
        return _digest(capture)
    kind = headers.get("Content-Type", "").lower()
    try:
        return _content(capture.content, kind, redaction)
    except RecursionError:  # it is nested deeper than anything of the service's
        return _digest(capture)


def _content(content: bytes, kind: str, redaction: Redaction) -> Any:
    if not content:
        return None
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return _binary(content, redaction)
    if "json" in kind:
        try:
            return {"json": redaction.json(json.loads(text))}
        except ValueError:
            pass  # it only says so
    return {"text": redaction.text(text)}


def _binary(content: bytes, redaction: Redaction) -> dict[str, str]:
    # Latin-1 tells every byte, and placeholders fit into it.
    shown = redaction.values(content.decode("latin-1")).encode("latin-1")
    return {"base64": base64.b64encode(shown).decode()}


def _form(form: FormCapture, redaction: Redaction) -> dict[str, Any]:
    fields = {name: redaction.field(name, value) for name, value in form.fields.items()}
    if form.file is None:
        return {"form": fields}
    shown = _digest(form.file)
    if form.file.content is not None and 0 < form.file.length <= _SMALL:
        shown |= _content(form.file.content, "", redaction)
    return {"form": fields, "file": shown}


def _digest(capture: Capture) -> dict[str, Any]:
    return {"length": capture.length, "sha256": capture.sha256}


def _decoded(exchange: Exchange) -> Capture:
    """Return the body as it was before it was compressed; one that unfolds too far has no bytes."""
    encoding = exchange.headers.get("Content-Encoding", "")
    content = exchange.received.content
    if not encoding or content is None:
        return exchange.received
    plain = Capture()
    try:
        for piece in Decoder(encoding, exchange.request.label).feed(content):
            plain.feed(piece)
            if plain.length > LARGEST:
                break
    except TransportError:
        return exchange.received  # bytes that nobody could read, kept as they came
    return plain


def _is_sign_in(exchange: Exchange) -> bool:
    path = exchange.request.url.partition("?")[0]
    return exchange.request.method == "POST" and _SIGN_IN.search(path) is not None


def _learn_names(exchange: Exchange, public: AbstractSet[object], redaction: Redaction) -> None:
    """Learn what is secret although its name is not: a token sent as a login, an address."""
    members = _parsed(exchange.sent)
    form = members.get("user", members)
    named = list(form.items()) if isinstance(form, dict) else []
    path, _, query = exchange.request.url.partition("?")
    hidden = ""
    if _is_sign_in(exchange):
        hidden = "login"
    elif _RESET.search(path):
        hidden = "email"
        named += parse_qsl(query)
    for name, value in named:
        # The service tells a login to everybody, and a token that somebody's backend took to none.
        if name == hidden and isinstance(value, str) and value not in public:
            redaction.learn(name, value)


def _login_of(answer: dict[str, Any]) -> object:
    for name in ("session", "user"):
        inner = answer.get(name)
        answer = inner if isinstance(inner, dict) else answer
    return answer.get("login")


def _parsed(capture: Capture | FormCapture | None) -> dict[str, Any]:
    content = capture.content if isinstance(capture, Capture) else None
    try:
        value = json.loads(content or b"{}")
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _recorded(told: Mapping[str, Any]) -> Recorded:
    request = told["request"]
    response = told.get("response", {"status": 0, "headers": {}, "body": None, "whole": False})
    sent = request["body"]
    return Recorded(
        label=request["label"],
        method=request["method"],
        url=request["url"],
        token=Headers(request["headers"]).get("CB-Token"),
        sent=sent.get("json") if sent else None,
        status=response["status"],
        headers=Headers(response["headers"]),
        content=_bytes(response["body"]),
        is_whole=response["whole"],
        error=told.get("error"),
    )


def _bytes(body: Mapping[str, Any] | None) -> bytes | None:
    match body:
        case None:
            return b""
        case {"json": value}:
            return json.dumps(value).encode()
        case {"text": str(text)}:
            return text.encode("utf-8", "surrogatepass")
        case {"base64": str(text)}:
            return base64.b64decode(text)
        case _:
            return None
