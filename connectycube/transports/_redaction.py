"""
What must not reach a cassette, and what stands there in its place.

A secret is known by the name of its field, header or query member. From then on it is known by its
value as well, in whatever spelling, and wherever it occurs it has one and the same placeholder.
"""

import base64
import html
import json
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, unquote

PLACEHOLDER: Final = re.compile(r"<[a-z][a-z0-9_]*-\d+>")

_SECRET: Final = re.compile(
    r"token|secret|pass(w|code|phrase|$)|pwd|jwt|signature|auth_?key|api_?key|access_?key|private_?key|credential|policy"
    r"|cookie|authorization|key_pair_id|string_?to_?sign|canonical_?request"
    r"|client_identification_sequence|web_auth|web_p256dh|web_endpoint",
    re.IGNORECASE,
)
# Worth hiding where they stand; their values are words and dates that occur elsewhere too.
_DULL: Final = re.compile(r"x_amz_|acl$", re.IGNORECASE)
# A signature covers them, so that no two signed requests are alike.
_SALT: Final = frozenset({"nonce", "timestamp"})
UNREPEATABLE: Final = _SALT | {"signature"}
_HEADERS: Final = frozenset(
    {
        "accept",
        "accept-encoding",
        "cb-sdk",
        "cb-token-expirationdate",
        "content-length",
        "content-type",
        "date",
        "host",
        "location",
        "retry-after",
    }
)
_KINDS: Final = {"cb_token": "token", "cb_authkey": "auth_key"}
# Told by the names of members, they speak of secrets and hold none.
_ERRORS: Final = frozenset({"error", "errors"})
_DEEPEST: Final = 200
# What is shorter may be part of any word: it is replaced only where it is the whole value.
_SHORT: Final = 6
_PAIR: Final = re.compile(r"(?P<before>^|[?&;\s])(?P<name>[\w.%\[\]-]+)=(?P<value>[^&\s\"'<>]+)")
_ELEMENT: Final = re.compile(r"<(?P<name>[A-Za-z][\w.-]*)>(?P<value>[^<>]+)</(?P=name)>")
_USERINFO: Final = re.compile(r"(?<=://)[^/?#@\s]+(?=@)")
_ALIKE: Final = re.compile(r"[A-Za-z0-9]+")
_WORD: Final = re.compile(r"[A-Za-z_]*")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")


class Redaction:
    """
    Replaces secrets by placeholders such as `<token-1>`, the same secret always by the same.

    First everything is to be shown to it, for names to tell what is secret; after `seal` the same
    things come out without the secrets, by whatever name.
    """

    def __init__(self) -> None:
        self._learned: dict[str, str] = {}
        self._hidden: dict[tuple[str, str], str] = {}
        self._counts: dict[str, int] = {}
        self._values: _Values | None = None

    def seal(self) -> None:
        """Look for every secret learned so far, in any spelling."""
        self._values = _Values(
            {value: mark for value, mark in self._learned.items() if len(value) >= _SHORT}
        )

    def learn(self, name: str, value: str) -> str:
        """Return the placeholder of a secret, known by its value from now on."""
        if not value or PLACEHOLDER.fullmatch(value):
            return value
        if value not in self._learned:
            self._learned[value] = self._placeholder(name)
        return self._learned[value]

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Return headers without secrets; of those that nobody knows, only the names."""
        return {name: self._header(name, value) for name, value in headers.items()}

    def url(self, url: str) -> str:
        """Return a URL without the secrets of its query, in readable form."""
        head, mark, query = url.partition("?")
        if not mark:
            return self._line(head)
        pairs = (self._query_pair(pair) for pair in query.split("&"))
        return f"{self._line(head)}?{'&'.join(pairs)}"

    def field(self, name: str, value: str) -> str:
        """Return what may be shown of a member with this name."""
        if _is_secret(name):
            return self.learn(name, value)
        if value and _DULL.match(_plain(name)):
            return self._hide(name, value)
        return self._line(value)

    def json(self, value: Any, name: str = "", *, named: bool = True, depth: int = 0) -> Any:
        """
        Return a JSON value without secrets; `named` says whether names tell what is secret.

        Raises:
            RecursionError: it is nested deeper than anything of the service's.
        """
        if depth > _DEEPEST:
            raise RecursionError
        match value:
            case dict():
                is_signed = "signature" in value
                return {
                    self._key(key): self._hide(key, str(item))
                    if is_signed and key in _SALT
                    else self.json(item, key, named=named and key not in _ERRORS, depth=depth + 1)
                    for key, item in value.items()
                }
            case list():
                return [self.json(item, name, named=named, depth=depth + 1) for item in value]
            case str():
                return self.learn(name, value) if named and _is_secret(name) else self.text(value)
            case int() | float() if named and _is_secret(name) and not isinstance(value, bool):
                return self.learn(name, str(value))
            case _:
                return value

    def text(self, text: str) -> str:
        """Return any text without secrets: JSON, a URL, XML or a form within it included."""
        if text in self._learned:
            return self._learned[text]
        if text[:1] in ("{", "["):
            try:
                parsed = json.loads(text)
            except ValueError:
                pass
            else:
                shown = self.json(parsed)
                return text if shown == parsed else json.dumps(shown, ensure_ascii=False)
        text = _USERINFO.sub(lambda found: self._userinfo(found[0]), text)
        text = _ELEMENT.sub(self._element, text)
        text = _PAIR.sub(self._pair, text)
        return self.values(text)

    def values(self, text: str) -> str:
        """Return a text without the secrets that are known by their values."""
        if self._values is None:
            return text
        return _BASE64.sub(self._base64, self._values.replaced(text))

    def _header(self, name: str, value: str) -> str:
        if name.lower() in _HEADERS:
            return self.url(value) if name.lower() == "location" else self._line(value)
        return self.learn(name, value) if _is_secret(name) else self._hide(name, value)

    def _line(self, text: str) -> str:
        try:
            return self.text(text)
        except RecursionError:
            return self._hide("text", text)

    def _key(self, key: str) -> str:
        # A word is a name, whatever password somebody chose.
        return key if _WORD.fullmatch(key) else self.values(key)

    def _query_pair(self, pair: str) -> str:
        name, mark, value = pair.partition("=")
        shown = self.field(unquote(name), unquote(value))
        # As it was where nothing was secret; a placeholder stays readable.
        return pair if shown == unquote(value) else f"{name}{mark}{quote(shown, safe='<>')}"

    def _pair(self, found: re.Match[str]) -> str:
        value = unquote(html.unescape(found["value"]))
        name = unquote(found["name"])
        if not (_is_secret(name) or _DULL.match(_plain(name))):
            return found[0]
        return f"{found['before']}{found['name']}={self.field(name, value)}"

    def _element(self, found: re.Match[str]) -> str:
        name = found["name"]
        if not _is_secret(name):
            return found[0]
        return f"<{name}>{self.learn(name, html.unescape(found['value']))}</{name}>"

    def _userinfo(self, text: str) -> str:
        user, mark, password = text.partition(":")
        return f"{user}{mark}{self.learn('password', unquote(password))}"

    def _base64(self, found: re.Match[str]) -> str:
        """Hide what tells a secret in base64, such as a policy or a basic authorization."""
        text = found[0].rstrip("=").translate(str.maketrans("-_", "+/"))
        decoded = base64.b64decode(text[: len(text) // 4 * 4 + (len(text) % 4 > 1) * 4] + "==")
        if self.values_in(decoded):
            return self._hide("base64", found[0])
        return found[0]

    def values_in(self, data: bytes) -> bool:
        """Say whether bytes hold a known secret."""
        text = data.decode("latin-1")
        return self._values is not None and self._values.replaced(text) != text

    def _hide(self, name: str, value: str) -> str:
        """Return a placeholder for a value that may well occur elsewhere, and stay there."""
        if PLACEHOLDER.fullmatch(value):
            return value
        if (name, value) not in self._hidden:
            self._hidden[name, value] = self._placeholder(name)
        return self._hidden[name, value]

    def _placeholder(self, name: str) -> str:
        kind = re.sub(r"[^a-z0-9]+", "_", _plain(name).lower()).strip("_") or "secret"
        kind = _KINDS.get(kind, kind)
        self._counts[kind] = self._counts.get(kind, 0) + 1
        return f"<{kind}-{self._counts[kind]}>"


class _Values:
    """Finds the secrets of a recording in texts, longer ones first."""

    def __init__(self, marks: Mapping[str, str]) -> None:
        known = sorted(marks, key=len, reverse=True)
        self._marks = [marks[value] for value in known]
        self._spelled = [f"({_spellings(value)})" for value in known]
        # No spelling changes letters and digits, and to look for those alone is quick.
        self._hints = [max(_ALIKE.findall(value), key=len, default="") for value in known]
        self._patterns: dict[tuple[int, ...], re.Pattern[str]] = {}

    def replaced(self, text: str) -> str:
        """Return the text with a placeholder for each secret in it."""
        likely = tuple(number for number, hint in enumerate(self._hints) if hint in text)
        if not likely:
            return text
        if likely not in self._patterns:
            # What is a placeholder already stays one, also where a secret is the word in it.
            spelled = [PLACEHOLDER.pattern, *(self._spelled[number] for number in likely)]
            self._patterns[likely] = re.compile("|".join(spelled))

        def mark(found: re.Match[str]) -> str:
            if found.lastindex is None:
                return found[0]
            return self._marks[likely[found.lastindex - 1]]

        return self._patterns[likely].sub(mark, text)


def _plain(name: str) -> str:
    """Return the innermost name of `user[password]`, with dashes and underscores alike."""
    return name.rpartition("[")[2].rstrip("]").replace("-", "_")


def _is_secret(name: str) -> bool:
    plain = _plain(name)
    return _SECRET.search(plain) is not None and not plain.lower().endswith("expirationdate")


def _spellings(secret: str) -> str:
    return "".join(map(_spelling, secret))


def _spelling(char: str) -> str:
    """Match one character as it is, and as URLs, forms, JSON, XML and wrong encodings write it."""
    if char.isascii() and char.isalnum():
        return char
    hexed = "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "surrogatepass"))
    ways = {
        char,
        hexed,
        hexed.lower(),
        quote(char, safe="", errors="surrogatepass"),
        json.dumps(char)[1:-1],
        html.escape(char),
        "+" if char == " " else char,
        "\\/" if char == "/" else char,
        char.encode("utf-8", "surrogatepass").decode("latin-1"),
    }
    return f"(?:{'|'.join(map(re.escape, sorted(ways, key=len, reverse=True)))})"
