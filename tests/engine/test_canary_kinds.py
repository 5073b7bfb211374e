"""No kind of secret is told by what watches the line: no log, cassette, span, repr or error."""

import base64
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Final, TypeAlias
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from connectycube import (
    AppOnly,
    AuthenticationError,
    ConnectError,
    EmailPassword,
    ExistingSession,
    Guest,
    LoginPassword,
    ServerError,
    Session,
)
from connectycube.errors import ConnectyCubeError
from connectycube.http import Headers, Request
from connectycube.transports.aiohttp import AiohttpTransport
from connectycube.transports.logging import LoggingTransport
from connectycube.transports.opentelemetry import OpenTelemetryTransport
from connectycube.transports.recording import RecordingTransport

from .identity_stage import WAYS, Way, provider_of
from .middleware_stage import (
    Watched,
    client_over,
    exchanges_of,
    exporter_and_provider,
    logged,
)
from .stage import AUTH_KEY, MAR

Drive: TypeAlias = Callable[[Watched], Awaitable[list[str]]]

API: Final = "https://api.connectycube.com"
ODD: Final = 'canary "odd" & <köstlich> +/=%'


@pytest.fixture
def lines() -> Iterator[list[str]]:
    with logged() as lines:
        yield lines


@pytest.fixture
def watched(tmp_path: Path, lines: list[str]) -> Watched:
    return Watched(tmp_path / "cassette.json", lines)


async def auth_key(watched: Watched) -> list[str]:
    await watched.client(AppOnly()).create_session()
    return [AUTH_KEY]


async def auth_key_of_a_sign_up(watched: Watched) -> list[str]:
    await watched.client(AppOnly()).users.sign_up(login="new", password="canary-signing-up")
    return [AUTH_KEY, "canary-signing-up"]


async def signature(watched: Watched) -> list[str]:
    watched.service.settings.signature_required = True
    cube = watched.client(auth_secret=watched.service.auth_secret)
    await cube.create_session()
    return [watched.service.requests[-1].json["signature"]]


async def login_password(watched: Watched) -> list[str]:
    await watched.client(LoginPassword("mar", ODD)).create_session()
    return ["canary"]


async def refused_password(watched: Watched) -> list[str]:
    await watched.client(MAR).create_session()
    with pytest.raises(AuthenticationError):
        await watched.client(LoginPassword("mar", "canary-wrong")).create_session()
    return ["canary-wrong"]


async def email_password(watched: Watched) -> list[str]:
    await watched.client(EmailPassword("a@b.example", "canary-by-mail")).create_session()
    return ["canary-by-mail"]


async def changed_password(watched: Watched) -> list[str]:
    cube = watched.client(LoginPassword("mar", "canary-old-one"))
    await cube.users.update(password="canary-new-one", old_password="canary-old-one")
    watched.service.world.expire_sessions()
    await cube.users.update(full_name="Mar")
    return ["canary-old-one", "canary-new-one"]


def identity(way: Way) -> Drive:
    async def drive(watched: Watched) -> list[str]:
        provider_of(watched.stage)
        given: list[str] = []

        async def ask() -> str:
            given.append(f"canary-token-{len(given)}")
            return given[-1]

        cube = watched.client(way.make(ask))
        await cube.create_session()
        watched.service.world.expire_sessions()
        await cube.users.update(full_name="Mar")
        await cube.login(way.make(ask))
        return given

    return drive


async def twitter_secret(watched: Watched) -> list[str]:
    await identity(WAYS["twitter"])(watched)
    return ["canary-secret"]


async def refused_identity(watched: Watched) -> list[str]:
    provider = provider_of(watched.stage)
    provider.refusal = 500, {"error": "no"}
    with pytest.raises(ConnectyCubeError):
        await watched.client(WAYS["custom"].make("canary-unknown")).create_session()
    return ["canary-unknown"]


async def session_token(watched: Watched) -> list[str]:
    cube = watched.client()
    tokens = [(await cube.create_session()).token]
    for name in ("Mar", "Sim"):
        watched.service.world.expire_sessions()
        await cube.users.update(full_name=name)
        assert cube.session is not None
        tokens.append(cube.session.token)
    await cube.get_session()
    await cube.destroy_session()
    return tokens


async def existing_session(watched: Watched) -> list[str]:
    made = await watched.stage.elsewhere()
    session = Session.from_token(made.token)
    await watched.client(ExistingSession(session)).users.update(full_name="Mar")
    return [made.token]


async def guest_token(watched: Watched) -> list[str]:
    return [(await watched.client(Guest("Mar")).create_session()).token]


async def upload_form(watched: Watched) -> list[str]:
    await watched.client().storage.upload(b"content", name="a.bin")
    fields = {part.name: part.text for part in watched.service.store_requests[-1].form}
    return [fields[name] for name in ("policy", "x-amz-signature", "x-amz-credential")]


async def signed_url(watched: Watched) -> list[str]:
    cube = watched.client()
    blob = await cube.storage.upload(b"content", name="a.bin")
    told = await cube.storage.get_by_uid(blob.uid, download_url=True)
    assert await cube.storage.download(blob.uid) == b"content"
    assert told.access is not None
    assert told.access.download_url is not None
    query = parse_qs(urlsplit(told.access.download_url).query)
    return query["X-Amz-Signature"] + query["X-Amz-Credential"]


async def refused_signature(watched: Watched) -> list[str]:
    """The store tells in XML what it was given, and how it reckoned."""
    said = "<SignatureProvided>canary-provided</SignatureProvided>"
    url = "https://x.example/?X-Amz-Signature=canary-signed&amp;a=1"
    body = f"<Error><Code>SignatureDoesNotMatch</Code>{said}<Url>{url}</Url></Error>"
    cube = watched.client()
    watched.service.faults.status(403, body=body, origin="store")
    with pytest.raises(ConnectyCubeError):
        await cube.storage.upload(b"content", name="a.bin")
    return ["canary-provided", "canary-signed"]


async def private_url(watched: Watched) -> list[str]:
    cube = watched.client()
    blob = await cube.storage.upload(b"content", name="a.bin")
    request = Request(
        method="GET", url=cube.storage.private_url(blob.uid), label="GET /blobs/{uid}"
    )
    response = await watched.line.send(request)
    assert response.status == 301
    await response.aclose()
    assert cube.session is not None
    return [cube.session.token]


async def reset_address(watched: Watched) -> list[str]:
    cube = watched.client(EmailPassword("canary@b.example", "canary-by-mail"))
    await cube.create_session()
    await cube.users.reset_password("canary@b.example")
    return ["canary@b.example"]


async def admin_key(watched: Watched) -> list[str]:
    headers = Headers({"CB-Administration-API-Key": "canary-admin", "X-Own": "canary-own"})
    request = Request(method="GET", url=f"{API}/admin/x", headers=headers, label="GET /admin/x")
    await (await watched.line.send(request)).aclose()
    return ["canary-admin", "canary-own"]


async def echoed(watched: Watched) -> list[str]:
    """What was once secret by its name is so wherever a service repeats it."""
    secret = "canary/of+mar=?"
    repeated = {
        "errors": [f"Bad: {secret}, {quote(secret, safe='')}, {quote(secret)}"],
        "raw": base64.b64encode(f"mar:{secret}".encode()).decode(),
        "nested": '{"as": ["canary\\/of+mar=?"]}',
    }
    watched.service.faults.status(500, body=repeated, times=None)
    with pytest.raises(ServerError):
        await watched.client(LoginPassword("mar", secret)).create_session()
    return [secret]


KINDS: Final[dict[str, Drive]] = {
    "auth key": auth_key,
    "auth key of a sign-up": auth_key_of_a_sign_up,
    "auth secret's signature": signature,
    "login password": login_password,
    "refused password": refused_password,
    "e-mail password": email_password,
    "changed password": changed_password,
    "Firebase phone token": identity(WAYS["firebase_phone"]),
    "Firebase e-mail token": identity(WAYS["firebase_email"]),
    "Facebook token": identity(WAYS["facebook"]),
    "Twitter token": identity(WAYS["twitter"]),
    "Twitter secret": twitter_secret,
    "CIdP token": identity(WAYS["custom"]),
    "refused CIdP token": refused_identity,
    "session token": session_token,
    "existing session": existing_session,
    "guest token": guest_token,
    "upload form": upload_form,
    "signed URL": signed_url,
    "refused signature": refused_signature,
    "private URL": private_url,
    "reset address": reset_address,
    "admin key": admin_key,
    "echoed secret": echoed,
}


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
@pytest.mark.parametrize("drive", KINDS.values(), ids=KINDS)
async def test_a_secret_stays_on_the_line(
    watched: Watched, drive: Drive, check_canary: Callable[[], None]
) -> None:
    """It was there, and nowhere else; what was sent at all is told of in all three."""
    secrets = await drive(watched)
    told = await watched.told()
    # What the service itself said in an error may be shown, and here a test let it.
    if drive is echoed:
        with pytest.raises(AssertionError, match="a secret shows up"):
            check_canary()

    assert [] == [one for one in secrets if one not in watched.traffic.all]
    assert [] == [one for one in secrets if one in told]
    assert [] == [line for line in told.splitlines() if "canary" in line.lower()]
    assert {"connectycube-cassette" in told, "bytes sent" in told} == {True}


@pytest.mark.asyncio
async def test_a_proxy_s_password_stays_inside(tmp_path: Path, lines: list[str]) -> None:
    """Where no proxy answers the error says so, and not how one signs in there."""
    path = tmp_path / "cassette.json"
    exporter, provider = exporter_and_provider()
    # Nothing listens at this port.
    proxied = AiohttpTransport(proxy="http://canary-user:canary-proxy@127.0.0.1:1")
    recorded = RecordingTransport(proxied, path)
    line = LoggingTransport(OpenTelemetryTransport(recorded, tracer_provider=provider))
    with pytest.raises(ConnectError):
        await client_over(line, MAR, timeout=60, base_url="https://127.0.0.1:1").create_session()
    await line.aclose()

    spans = [span.to_json() for span in exporter.get_finished_spans()]
    told = "\n".join([*lines, *map(repr, (proxied, recorded, line)), *spans, path.read_text()])
    assert [] == [text for text in told.splitlines() if "canary" in text.lower()]
    assert ["ConnectError"] == [one["error"] for one in exchanges_of(path)][:1]
