"""Ids, names and uids that anybody may have chosen never change path, query, header or form."""

import posixpath
import random
import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import HTTP
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from connectycube import ConnectyCube, Endpoint, InvalidInputError, Session
from connectycube.api import storage, users, users_v1
from connectycube.codec import encode
from connectycube.emulator.multipart import read_form
from connectycube.multipart import form
from connectycube.query import encode_query
from connectycube.session import App
from connectycube.testing import ScriptedTransport

BASE: Final = "https://api.example.com"
APP: Final = App(app_id=1, auth_key="canary-key")
ROUNDS: Final = 1500
PIECES: Final = [
    *("/", "\\", "..", ".", "...", "%2f", "%2F", "%5c", "%2e%2e", "%00", "%0d%0a", "%25"),
    *("\r\n", "\n", "\r", "\x00", "\t", "\x7f", "\x85", "\u2028", "\u2029", "\x1b", "\x0b"),
    *('"', "'", "`", "<", ">", "&", "=", "?", "#", ";", ":", ",", "@", "+", " ", "*", "|", "~"),
    *("[", "]", "[]", "[in][]", "{", "}", "{user_id}", "//evil.example", "http://evil.example/"),
    *("CB-Token: x", "\r\nX-Evil: 1\r\n\r\n", '"; filename="y', "--", "&sort_asc=id", "\ud800"),
    *("é", "е\u0301", "文字", "🙂", "\u202e", "\ufeff", "\u200b", "．．", "∕", "a", "Z", "0", "id"),  # noqa: RUF001
]
# Header lines as they stand: parsers differ in what a backslash before a quote means.
_DISPOSITION: Final = re.compile(rb"^Content-Disposition: form-data; ([^\r\n]*)\r$", re.MULTILINE)
_NAME: Final = re.compile(r'(?:^|; )(?:file)?name="([^"]*)"', re.MULTILINE)
WITH_IDS: Final[list[Endpoint[Any]]] = [
    endpoint
    for module in (users, users_v1, storage)
    for endpoint in vars(module).values()
    if isinstance(endpoint, Endpoint) and "{" in endpoint.path
]


def texts(seed: str, rounds: int = ROUNDS) -> Iterator[str]:
    """Give every piece, then mixtures of them; the same ones each time."""
    chance = random.Random(seed)  # noqa: S311 - chance, not secrecy
    yield from PIECES
    for _ in range(rounds):
        yield "".join(chance.choices(PIECES, k=chance.randrange(1, 7)))


@pytest.mark.parametrize("endpoint", WITH_IDS, ids=lambda endpoint: endpoint.label)
def test_an_id_stays_in_its_place(endpoint: Endpoint[Any]) -> None:
    """It is refused, or it is one segment of the path, from which the same id is read."""
    before, after = endpoint.path.partition("{")[0], endpoint.path.partition("}")[2]
    name = endpoint.path[len(before) + 1 : -len(after) - 1]
    kept = 0
    for text in texts(endpoint.path, ROUNDS // 10):
        try:
            request = encode(APP, BASE, endpoint, token="canary-t", path={name: text})
        except InvalidInputError:
            continue
        kept += 1
        url = urlsplit(request.url)
        segment = url.path[len(before) : len(url.path) - len(after)]

        assert ("https", "api.example.com", "", "") == (*url[:2], *url[3:])
        assert request.url.isascii()
        assert request.url.isprintable()
        assert f"{before}{segment}{after}" == url.path
        assert (url.path, text) == (posixpath.normpath(url.path), unquote(segment))
        assert "/" not in segment
    assert kept > 50


def test_a_list_of_ids_keeps_its_length() -> None:
    """A comma in one of them does not make it two."""
    endpoint = Endpoint("GET", "/dialogs/{ids}", str)
    chance = random.Random(0)  # noqa: S311 - as above
    fit = [text for text in texts("ids") if _fits(endpoint, text)]
    for _ in range(ROUNDS):
        ids = chance.choices(fit, k=chance.randrange(1, 5))
        path = endpoint.fill({"ids": ids})

        assert ids == [unquote(one) for one in path.removeprefix("/dialogs/").split(",")]


def _fits(endpoint: Endpoint[Any], text: str) -> bool:
    try:
        endpoint.fill({"ids": text})
    except InvalidInputError:
        return False
    return True


@pytest.mark.parametrize("bracket_lists", [False, True])
def test_a_value_stays_in_its_pair(*, bracket_lists: bool) -> None:
    """It is refused, or an independent parser reads the same pairs and no more."""
    kept = 0
    for text in texts(f"query{bracket_lists}"):
        query = {"limit": 1, "login": text, "full_name": {"start_with": text}, "id": {"in": [7]}}
        listed = "id[in][]" if bracket_lists else "id[in]"
        try:
            spelled = encode_query(query, bracket_lists=bracket_lists)
        except InvalidInputError:
            assert "\ud800" in text
            continue
        kept += 1
        url = urlsplit(f"{BASE}/users/v2?{spelled}")
        expected = [("limit", "1"), ("login", text), ("full_name[start_with]", text), (listed, "7")]

        assert spelled.isascii()
        assert spelled.isprintable()
        assert ("/users/v2", spelled, "") == (url.path, url.query, url.fragment)
        assert expected == parse_qsl(url.query, keep_blank_values=True, strict_parsing=True)
    assert kept > ROUNDS / 2


def test_each_value_of_a_bracket_list_is_one() -> None:
    """Commas and brackets in it are its own."""
    for text in texts("lists"):
        if "\ud800" not in text:
            spelled = encode_query({"login": {"in": [text, "b"]}}, bracket_lists=True)
            assert [("login[in][]", text), ("login[in][]", "b")] == parse_qsl(spelled)


def test_a_token_is_one_header() -> None:
    """It is refused, or what the header carries is the token as it is."""
    kept = 0
    for text in texts("token"):
        try:
            session = Session.from_token(text)
        except InvalidInputError:
            continue
        kept += 1
        request = encode(APP, BASE, storage.FIND, token=session.token)

        assert {"CB-SDK", "CB-Token", "Accept-Encoding"} == set(request.headers)
        assert text == request.headers["CB-Token"]
        assert text.isascii()
        assert text.isprintable()
    assert kept > 50


@pytest.mark.parametrize("where", ["name", "value", "filename"])
def test_a_form_keeps_its_parts(where: str) -> None:
    """Two parsers read the same two parts with the same content, whatever stands in a name."""
    content = b"\x00\r\n--content"
    for text in texts(where, ROUNDS // 3):
        told = {"name": "key", "value": "v", "filename": "a.bin", where: text}
        try:
            made = form(
                {told["name"]: told["value"]}, filename=told["filename"], content_type="a/b"
            )
        except (InvalidInputError, UnicodeEncodeError):
            assert "\ud800" in text
            continue
        body = made.head + content + made.tail
        field, file = read_form(made.content_type, body)
        again = list(_parsed(made.content_type, body))

        assert (told["value"], content) == (field.text, file.content)
        assert [1, 2] == [len(part) for part in again]
        assert content == again[-1].get_payload(decode=True)
        names = [_escaped(told["name"]), "file", _escaped(told["filename"])]
        assert names == _NAME.findall(b"\n".join(_DISPOSITION.findall(body)).decode())


def _parsed(content_type: str, body: bytes) -> Iterator[EmailMessage]:
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    for part in message_from_bytes(head + body, policy=HTTP).iter_parts():
        assert isinstance(part, EmailMessage)
        yield part


def _escaped(text: str) -> str:
    return text.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")


def test_a_uid_stays_in_its_url() -> None:
    """URLs for others name the file, carry the token, and nothing else."""
    cube = ConnectyCube(1, "canary-key", base_url=BASE, transport=ScriptedTransport([]))
    cube.set_session(Session.from_token("canary&a=b#c?d/e+f%20"))
    kept = 0
    for uid in texts("uid"):
        try:
            public, private = cube.storage.public_url(uid), cube.storage.private_url(uid)
        except InvalidInputError:
            continue
        kept += 1
        plain, secret = urlsplit(public), urlsplit(private)

        assert ("", "", "", "") == (
            plain.query,
            plain.fragment,
            secret.fragment,
            plain.username or "",
        )
        assert (plain.netloc, plain.path) == (secret.netloc, secret.path)
        assert ["", "blobs", uid] == [unquote(one) for one in plain.path.split("/")]
        assert [("token", "canary&a=b#c?d/e+f%20")] == parse_qsl(secret.query)
    assert kept > ROUNDS / 10
