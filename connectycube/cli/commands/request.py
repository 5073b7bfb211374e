"""`connectycube request`: any endpoint of the service, whether this package names it or not."""

import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import parse_qsl, urlsplit

import click

from connectycube.cli.as_json import hidden
from connectycube.cli.command import command
from connectycube.cli.invocation import Invocation
from connectycube.cli.secret_names import NO_SECRETS, REFUSED, is_secret_name
from connectycube.endpoint import Endpoint, Retry

_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
_ANY_JSON: Final = cast("type[Any]", Any)  # the reader knows it, though it is no class
_PATH: Final = re.compile(r"/[!-~]*")


@command
@click.argument("method", type=click.Choice(_METHODS, case_sensitive=False))
@click.argument("path")
@click.option(
    "-q", "--query", "pairs", multiple=True, metavar="NAME=VALUE", help="May be repeated."
)
@click.option("-b", "--body", metavar="JSON", help="JSON, or @FILE that holds it, or @- for stdin.")
@click.option("--show-secrets", is_flag=True, help="Print tokens and signed URLs as they come.")
async def request(
    run: Invocation,
    *,
    method: str,
    path: str,
    pairs: Sequence[str],
    body: str | None,
    show_secrets: bool,
) -> None:
    """
    Call METHOD PATH with your session, and print the JSON that the service answers.

    A body that holds a secret, such as a new password, comes from a file or from stdin. What the
    answer has of secrets is shown as *** unless you ask for it. GET alone is repeated where
    it is lost.

    \b
    connectycube request GET /users/v2 -q login=mara
    connectycube request POST /chat/Message -b '{"chat_dialog_id": "…", "message": "Ahoy"}'
    """  # noqa: D301 - click keeps the lines behind this sign as they are
    plain, query = _query(path, pairs)
    content = None if body is None else _body(body)
    verb = method.upper()
    endpoint = Endpoint(
        verb,
        plain,
        _ANY_JSON,
        retry=Retry.SAFE if verb == "GET" else Retry.NEVER,
        bracket_lists=True,
    )
    async with run.client() as cube:
        answer = await cube.call(endpoint, query=query or None, body=content)
    run.output.answer(answer if show_secrets else hidden(answer))


def _query(path: str, pairs: Sequence[str]) -> tuple[str, dict[str, Any]]:
    """Return the path alone, and the query of both."""
    parts = urlsplit(path)
    if not _PATH.fullmatch(path) or parts.netloc or parts.fragment or ".." in path or "{" in path:
        raise click.UsageError(
            "PATH begins with a slash, is percent-encoded and leads nowhere else"
        )
    query: dict[str, Any] = {}
    for name, value in [*parse_qsl(parts.query, keep_blank_values=True), *_split(pairs)]:
        if is_secret_name(name):
            raise click.UsageError(f"{name}: {NO_SECRETS}")
        if name.endswith("[]"):
            query.setdefault(name.removesuffix("[]"), []).append(value)
        elif name in query:
            raise click.UsageError(f"{name} is there twice: a list is spelled {name}[]")
        else:
            query[name] = value
    return parts.path, query


def _split(pairs: Sequence[str]) -> Iterator[tuple[str, str]]:
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign or not name:
            raise click.UsageError("--query takes NAME=VALUE")
        yield name, value


def _body(text: str) -> dict[str, Any]:
    is_argument = not text.startswith("@")
    if not is_argument:
        text = sys.stdin.read() if text == "@-" else Path(text[1:]).read_text(encoding="utf-8")
    try:
        body = json.loads(text)
    except ValueError as error:
        where = getattr(error, "pos", 0)  # its text quotes nothing, but its document is ours
        raise click.UsageError(f"the body is no JSON at character {where}") from None
    if not isinstance(body, dict):
        raise click.UsageError("the body is a JSON object")
    if is_argument and (name := next(_secrets(body), None)) is not None:
        raise click.UsageError(f"{name}: {REFUSED}. Use --body @FILE, or @-")
    return body


def _secrets(value: Any) -> Iterator[str]:
    """Give the names of members that hold secrets."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if is_secret_name(name):
                yield name
            yield from _secrets(inner)
    elif isinstance(value, list):
        for one in value:
            yield from _secrets(one)
