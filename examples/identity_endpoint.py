"""
Your own users sign in: the endpoint that the service asks about their tokens, as an ASGI app.

The service is told once, in its dashboard, where this answers: that `?token=` is the login that it
was given (`{"token": "#{login}"}`), and that the user's id is at `{"uid": "#{user.id}"}`.
Run it as it stands, with `uvicorn` installed: an emulator asks it. For good, with IDENTITY_SECRET
in the environment: `uvicorn --factory identity_endpoint:make_app --no-access-log`.
"""

import base64
import hashlib
import hmac
import json
import os
import re
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from typing import Any
from urllib.parse import parse_qs, urlsplit

import anyio
import uvicorn

from connectycube import ConnectyCube, CustomIdentity, ExternalAuthError

Message = MutableMapping[str, Any]
LIFETIME = 10 * 60
LONGEST_QUERY = 4096


class Tokens:
    """What your own sign-in gives to a user: who it is and until when, and a signature."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def make(self, user_id: str, *, lifetime: float = LIFETIME) -> str:
        claim = base64.urlsafe_b64encode(f"{time.time() + lifetime:.0f} {user_id}".encode())
        return f"{claim.decode()}.{self._signature(claim)}"

    def user_of(self, token: str) -> str | None:
        """Return whose token it is; `None` where nobody signed it, or too long ago."""
        claim, _, signature = token.encode("utf-8", "replace").partition(b".")
        # In constant time, so that nobody finds a signature by how long a wrong one takes.
        if not hmac.compare_digest(signature, self._signature(claim).encode()):
            return None
        until, _, user_id = base64.urlsafe_b64decode(claim).decode().partition(" ")
        return user_id if time.time() < float(until) else None

    def _signature(self, claim: bytes) -> str:
        return hmac.new(self._secret, claim, hashlib.sha256).hexdigest()


class IdentityEndpoint:
    """Answers `GET /verify?token=…`: 200 and who it is, or 401."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    async def __call__(
        self,
        scope: Message,
        _receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        if scope["type"] != "http":
            raise NotImplementedError(scope["type"])  # of a lifespan it knows nothing
        status, answer = self._answer(scope)
        body = json.dumps(answer).encode()
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if _is_head(scope) else body})

    def _answer(self, scope: Message) -> tuple[int, dict[str, Any]]:
        if scope["path"] != "/verify":
            return 404, {"error": "There is nothing here"}
        if scope["method"] not in ("GET", "HEAD"):
            return 405, {"error": "Only GET is answered"}
        query = scope["query_string"]
        found = parse_qs(query.decode("latin-1")) if len(query) <= LONGEST_QUERY else {}
        user_id = self._tokens.user_of(found.get("token", [""])[0])
        if user_id is None:
            return 401, {"error": "Unknown or expired token"}
        return 200, {"user": {"id": user_id}}


def _is_head(scope: Message) -> bool:
    return bool(scope["method"] == "HEAD")


def make_app() -> IdentityEndpoint:
    return IdentityEndpoint(Tokens(os.environ["IDENTITY_SECRET"].encode()))


# -- an emulator that asks it


async def main(tokens: Tokens, base_url: str, listening: socket.socket) -> None:
    # No access log: the token stands in the URL.
    options = uvicorn.Config(
        IdentityEndpoint(tokens), lifespan="off", ws="none", access_log=False, log_level="warning"
    )
    server = uvicorn.Server(options)
    async with anyio.create_task_group() as group:
        group.start_soon(server.serve, [listening])
        await sign_in(tokens, base_url)
        server.should_exit = True


async def sign_in(tokens: Tokens, base_url: str) -> None:
    async def fresh_token() -> str:
        return tokens.make("sailor-17")  # where your own back end would be asked

    async with ConnectyCube(21, "emulator-auth-key", base_url=base_url) as cube:
        user = await cube.login(CustomIdentity(fresh_token))
        print(f"sailor-17 is user {user.id}, whose external id is {user.external_id}")
        again = await cube.create_session(CustomIdentity(fresh_token))
        print(f"signed in again: user {again.user_id}, the same one")
        for what, token in (
            ("an expired token", tokens.make("sailor-17", lifetime=-1)),
            ("a forged token", Tokens(secrets.token_bytes(32)).make("sailor-17")),
        ):
            try:
                await cube.create_session(CustomIdentity(token))
            except ExternalAuthError as error:
                print(f"{what} is refused: {error.provider_status}")


@contextmanager
def emulator(verify_url: str) -> Iterator[str]:
    """Serve the emulator from another process, let it ask that URL, and give its address."""
    command = [sys.executable, "-m", "connectycube", "emulator", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            told = process.stdout.readline() if process.stdout else ""
            base_url = re.findall(r"http://\S+", told)[0]
            with closing(HTTPConnection(urlsplit(base_url).netloc)) as http:
                http.request("PUT", "/_emulator/identity", json.dumps({"url": verify_url}))
                http.getresponse().read()
            yield base_url
        finally:
            process.terminate()


if __name__ == "__main__":
    given = os.environ.get("IDENTITY_SECRET")
    made = Tokens(given.encode() if given else secrets.token_bytes(32))
    with (
        socket.create_server(("127.0.0.1", 0)) as port,
        emulator(f"http://127.0.0.1:{port.getsockname()[1]}/verify") as url,
    ):
        anyio.run(main, made, url, port)
