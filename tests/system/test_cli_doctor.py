"""The doctor against a healthy emulator, and with one thing planted that is wrong."""

import socket
import ssl
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs
import pytest
import trustme

from connectycube.emulator import Emulator

from .cli_stage import PASSWORD, Crew, Done, Shell

BY_PASSWORD = {"CONNECTYCUBE_LOGIN": "mara", "CONNECTYCUBE_PASSWORD": PASSWORD}
NOWHERE = "127.0.0.1:1"  # nobody listens at such a port


@attrs.frozen
class Seen:
    """One finding, as --json tells it."""

    verdict: str
    evidence: str
    remedy: str


def findings(done: Done) -> dict[str, Seen]:
    """Return what was found, by check."""
    return {
        one["check"]: Seen(one["verdict"], one["evidence"], one["remedy"])
        for one in done.json["findings"]
    }


def examined(shell: Shell, **environment: str) -> dict[str, Seen]:
    """Let the doctor look, hold its status against what it says, and return its findings."""
    done = shell("doctor", "--json", **environment)

    found = findings(done)
    faults = [name for name, one in found.items() if one.verdict == "fail"]
    assert (9 if faults else 0) == done.status, done.stderr
    assert done.json["healthy"] is not bool(faults)
    for one in found.values():
        assert bool(one.remedy) == (one.verdict in ("warn", "fail")), one
    assert "canary" not in done.stdout + done.stderr
    return found


def faults(found: dict[str, Seen]) -> list[str]:
    return [name for name, one in found.items() if one.verdict == "fail"]


@pytest.fixture
def patient(crew: Crew) -> Shell:
    """Give mara's shell, with her password at hand."""
    crew.shell.environment |= BY_PASSWORD
    return crew.shell


def test_a_healthy_emulator_is_healthy(patient: Shell) -> None:
    """Nothing is wrong, nothing is skipped but what is not there, and the status is 0."""
    found = examined(patient)

    assert [] == faults(found)
    assert ["profile-file", "certificate"] == [
        name for name, one in found.items() if one.verdict == "skipped"
    ]
    assert "ok" == found["chat-login"].verdict


def test_a_kept_session_is_enough(crew: Crew) -> None:
    """Without a password the session of login is looked at."""
    found = examined(crew.shell)

    assert [] == faults(found)
    assert "the kept session lives" in found["user"].evidence


def test_the_doctor_leaves_no_session(patient: Shell, crew: Crew) -> None:
    """What it made to look, it ends again."""
    before = len(list(crew.emulator.world.sessions))

    examined(patient)

    assert before == len(list(crew.emulator.world.sessions))


def test_people_read_what_to_do(patient: Shell) -> None:
    """A line for each check, the remedy under it, and the faults by name at the end."""
    done = patient("doctor", CONNECTYCUBE_AUTH_KEY="canary-wrong")

    assert 9 == done.status
    assert "fail    application     the id 21, its key, or both are wrong" in done.stdout
    assert "→ compare CONNECTYCUBE_APP_ID and CONNECTYCUBE_AUTH_KEY" in done.stdout
    assert "skipped user            it needs application" in done.stdout
    assert "connectycube doctor: something is wrong: application\n" == done.stderr


# -- the application


@pytest.mark.parametrize(
    "planted", [{"CONNECTYCUBE_APP_ID": "22"}, {"CONNECTYCUBE_AUTH_KEY": "canary-wrong"}]
)
def test_a_wrong_application_id_or_key(patient: Shell, planted: dict[str, str]) -> None:
    """The service refuses both alike, so both are named."""
    found = examined(patient, **planted)

    assert ["application"] == faults(found)
    assert "compare CONNECTYCUBE_APP_ID and CONNECTYCUBE_AUTH_KEY" in found["application"].remedy


@pytest.mark.parametrize(
    ("planted", "words"),
    [
        ({"CONNECTYCUBE_APP_ID": "twenty-one"}, "is no number"),
        ({"CONNECTYCUBE_APP_ID": ""}, "no application id"),
        ({"CONNECTYCUBE_AUTH_KEY": ""}, "no authorization key"),
    ],
)
def test_settings_that_cannot_do(patient: Shell, planted: dict[str, str], words: str) -> None:
    """What is missing, or no id at all, is found before anything is sent."""
    patient.kept.unlink()

    found = examined(patient, **planted)

    assert ["settings"] == faults(found)
    assert words in found["settings"].evidence


def test_a_wrong_secret(patient: Shell) -> None:
    """A signature that the service refuses is the secret's fault."""
    found = examined(patient, CONNECTYCUBE_AUTH_SECRET="canary-wrong-secret")

    assert ["application"] == faults(found)
    assert "the secret is wrong" in found["application"].evidence
    assert "CONNECTYCUBE_AUTH_SECRET" in found["application"].remedy


def test_a_missing_secret(patient: Shell, crew: Crew) -> None:
    """Where signatures are required, the secret is asked for."""
    crew.emulator.settings.signature_required = True

    found = examined(patient)

    assert ["application"] == faults(found)
    assert "there is no secret" in found["application"].evidence


def test_clock_skew(patient: Shell, crew: Crew) -> None:
    """A clock that is hours off is told with the direction, before signatures fail by it."""
    crew.emulator.clock.advance(2 * 60 * 60)

    found = examined(patient, CONNECTYCUBE_AUTH_SECRET=crew.emulator.auth_secret)

    assert ["clock", "application"] == faults(found)
    assert "120 minutes behind the service" in found["clock"].evidence
    assert "set the clock right" in found["clock"].remedy
    assert "set this machine's clock right" in found["application"].remedy


# -- the user


def test_users_are_not_made_on_the_fly(patient: Shell, crew: Crew) -> None:
    """Somebody unknown, where the application makes nobody."""
    crew.emulator.settings.create_users = False

    found = examined(patient, CONNECTYCUBE_LOGIN="nobody")

    assert ["user"] == faults(found)
    assert "does not make users on the fly" in found["user"].evidence
    assert "sign the user up first" in found["user"].remedy


def test_a_wrong_password(patient: Shell) -> None:
    """The service refuses it."""
    found = examined(patient, CONNECTYCUBE_PASSWORD="canary-wrong")

    assert ["user"] == faults(found)
    assert "the password of mara is refused" in found["user"].evidence


def test_a_kept_session_that_has_ended(crew: Crew) -> None:
    """Its user is told to log in again."""
    crew.emulator.world.close_sessions_of(int(crew.id_of("users", "mara")))

    found = examined(crew.shell)

    assert ["user"] == faults(found)
    assert "connectycube login" in found["user"].remedy


def test_version_1_is_switched_off(patient: Shell, crew: Crew) -> None:
    """It is a warning, for only some need it; `--strict` makes it a fault."""
    off = examined(patient)
    strict = patient("doctor", "--strict", "--json")
    crew.emulator.settings.v1_enabled = True
    on = examined(patient)

    assert ("warn", 9) == (off["users-v1"].verdict, strict.status)
    assert "use `users.find`" in off["users-v1"].remedy
    assert "ok" == on["users-v1"].verdict


# -- the way there


def test_a_port_where_nobody_listens(patient: Shell) -> None:
    """It is told as that, and what needs it is skipped."""
    found = examined(patient, CONNECTYCUBE_BASE_URL=f"http://{NOWHERE}")

    assert ["port"] == faults(found)
    assert f"{NOWHERE}: nothing listens there" == found["port"].evidence
    assert "it needs port" == found["certificate"].evidence


@pytest.mark.parametrize(
    ("base_url", "check", "words"),
    [
        ("https://no-such-host.invalid", "dns", "is not found"),
        ("http://198.51.100.7", "base-url", "in the clear to another machine"),
        ("ftp://localhost", "base-url", "is no https:// URL"),
        ("localhost:8787", "base-url", "is no https:// URL"),
        ("http://[", "base-url", "is no URL"),
        ("https://user:canary@localhost", "base-url", "has a user"),
    ],
)
def test_a_wrong_base_url(patient: Shell, base_url: str, check: str, words: str) -> None:
    """Each way to be wrong is found, at the latest where its name is looked up."""
    found = examined(patient, CONNECTYCUBE_BASE_URL=base_url)

    assert [check] == faults(found)
    assert words in found[check].evidence


def test_a_base_url_with_a_path_too_much(patient: Shell, crew: Crew) -> None:
    """The service has nothing there, and the remedy names what to leave out."""
    found = examined(patient, CONNECTYCUBE_BASE_URL=f"{crew.emulator.base_url}/v2")

    assert ["service"] == faults(found)
    assert "warn" == found["base-url"].verdict
    assert "leave /v2 out of CONNECTYCUBE_BASE_URL" == found["service"].remedy


@pytest.mark.parametrize(
    ("status", "headers", "words"),
    [
        (200, {}, "something else answers"),
        (503, {}, "the service fails"),
        (302, {"Location": "https://portal.example/login?token=canary"}, "on to portal.example"),
    ],
)
def test_something_else_answers(
    patient: Shell, crew: Crew, status: int, headers: dict[str, str], words: str
) -> None:
    """A page of another server, a failing service, a portal that wants a login."""
    crew.emulator.faults.answer(
        status, body="<title>Welcome</title>", headers=headers, path="/session", times=None
    )

    found = examined(patient)

    assert ["service"] == faults(found)
    assert words in found["service"].evidence


def test_a_proxy_that_does_not_answer(patient: Shell) -> None:
    """The variable that names it is told, and how to go around it; never its password."""
    proxy = {"HTTPS_PROXY": f"http://me:canary-proxy@{NOWHERE}"}

    found = examined(patient, CONNECTYCUBE_BASE_URL="https://api.connectycube.test", **proxy)

    assert ["proxy"] == faults(found)
    wanted = f"the proxy {NOWHERE} of HTTPS_PROXY does not answer: nothing listens there"
    assert wanted == found["proxy"].evidence
    assert "NO_PROXY" in found["proxy"].remedy
    assert "skipped" == found["dns"].verdict


def test_a_proxy_for_others_is_no_fault(patient: Shell) -> None:
    """This machine is reached without one."""
    found = examined(patient, HTTPS_PROXY=f"http://{NOWHERE}", HTTP_PROXY=f"http://{NOWHERE}")

    assert [] == faults(found)


def test_a_proxy_of_a_kind_that_is_not_spoken(patient: Shell) -> None:
    """SOCKS is told before anything goes there."""
    found = examined(
        patient,
        CONNECTYCUBE_BASE_URL="https://api.connectycube.test",
        ALL_PROXY=f"socks5://{NOWHERE}",
    )

    assert ["proxy"] == faults(found)
    assert "names a socks5 proxy" in found["proxy"].evidence


@contextmanager
def tls_server(context: ssl.SSLContext) -> Iterator[int]:
    """Serve TLS on a port, and nothing behind it."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.settimeout(0.05)
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                try:
                    line, _ = door.accept()
                except TimeoutError:
                    continue
                line.settimeout(5)
                try:
                    with context.wrap_socket(line, server_side=True) as wrapped:
                        wrapped.recv(4096)
                        wrapped.sendall(
                            b"HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\n"
                            b'Content-Length: 33\r\n\r\n{"errors": ["Token is required"]}'
                        )
                except OSError:
                    line.close()

        serving = threading.Thread(target=serve)
        serving.start()
        try:
            yield int(door.getsockname()[1])
        finally:
            over.set()
            serving.join()


def context_of(
    authority: trustme.CA, name: str = "127.0.0.1", until: datetime | None = None
) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name, not_after=until).configure_cert(context)
    return context


def test_an_untrusted_certificate(patient: Shell, tmp_path: Path) -> None:
    """Nobody vouches for it; with the authority in SSL_CERT_FILE somebody does."""
    authority = trustme.CA()
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    with tls_server(context_of(authority)) as port:
        place = {"CONNECTYCUBE_BASE_URL": f"https://127.0.0.1:{port}"}
        distrusted = examined(patient, **place)
        # A process of its own: trust is loaded once.
        trusted = findings(patient.run("doctor", "--json", SSL_CERT_FILE=str(file), **place))

    assert ["certificate"] == faults(distrusted)
    assert "does not trust it" in distrusted["certificate"].evidence
    assert "SSL_CERT_FILE" in distrusted["certificate"].remedy
    assert ("ok", "ok") == (trusted["certificate"].verdict, trusted["service"].verdict)


@pytest.mark.parametrize(
    ("name", "until", "words"),
    [
        ("elsewhere.example", None, "IP address mismatch"),
        ("127.0.0.1", datetime.now(UTC) - timedelta(days=1), "expired"),
    ],
)
def test_a_certificate_of_another_or_an_old_one(
    patient: Shell,
    tmp_path: Path,
    name: str,
    until: datetime | None,
    words: str,
) -> None:
    """What is wrong with it is told."""
    authority = trustme.CA()
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    with tls_server(context_of(authority, name, until)) as port:
        found = examined(
            patient,
            CONNECTYCUBE_BASE_URL=f"https://127.0.0.1:{port}",
            SSL_CERT_FILE=str(file),
        )

    assert ["certificate"] == faults(found)
    assert words in found["certificate"].evidence


def test_a_port_without_tls(patient: Shell, crew: Crew) -> None:
    """https:// where only http:// is spoken."""
    place = crew.emulator.base_url.replace("http:", "https:")

    found = examined(patient, CONNECTYCUBE_BASE_URL=place)

    assert ["certificate"] == faults(found)
    assert "no TLS is spoken there" in found["certificate"].remedy


# -- the chat


def test_a_blocked_chat_port(patient: Shell) -> None:
    """REST works, and the chat's port does not."""
    found = examined(patient, CONNECTYCUBE_CHAT_HOST=NOWHERE)

    assert ["chat-port"] == faults(found)
    assert f"{NOWHERE}: nothing listens there" == found["chat-port"].evidence
    assert "--websocket" in found["chat-port"].remedy


@pytest.mark.parametrize(
    ("host", "check", "words"),
    [
        ("no-such-host.invalid", "chat-port", "no such host"),
        ("127.0.0.1:none", "chat-hosts", "is no host"),
    ],
)
def test_a_wrong_chat_host(patient: Shell, host: str, check: str, words: str) -> None:
    """A name that is not there, and one that is none."""
    found = examined(patient, CONNECTYCUBE_CHAT_HOST=host)

    assert [check] == faults(found)
    assert words in found[check].evidence


def test_something_else_listens_at_the_chat_s_port(patient: Shell, crew: Crew) -> None:
    """The API's own port speaks no XMPP."""
    found = examined(patient, CONNECTYCUBE_CHAT_HOST=f"127.0.0.1:{crew.emulator.port}")

    assert ["chat-login"] == faults(found)
    assert "CONNECTYCUBE_CHAT_HOST" in found["chat-login"].remedy


def test_a_chat_password_that_is_refused(patient: Shell) -> None:
    """The chat of another deployment knows neither the password nor the token."""
    with Emulator(auth_key="canary-auth-key", seed={"users": []}) as other:
        elsewhere = {"CONNECTYCUBE_CHAT_HOST": other.hosts.chat}
        by_password = examined(patient, **elsewhere)
        by_token = examined(patient, CONNECTYCUBE_PASSWORD="", **elsewhere)

    assert ["chat-login"] == faults(by_password) == faults(by_token)
    assert "the password is refused" == by_password["chat-login"].evidence
    assert "set CONNECTYCUBE_PASSWORD" in by_token["chat-login"].remedy


# -- this machine


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
def test_a_profile_that_is_too_open(patient: Shell) -> None:
    """It is found, and the rest is looked at without it."""
    path = patient.write_profile('login = "mara"\n', mode=0o644)

    found = examined(patient)

    assert ["profile-file"] == faults(found)
    assert f"chmod 600 {path}" == found["profile-file"].remedy
    assert "ok" == found["chat-login"].verdict


def test_an_old_package(patient: Shell, tmp_path: Path) -> None:
    """A version of aiohttp that is older than what is needed, as the installer recorded it."""
    told = tmp_path / "old" / "aiohttp-3.9.1.dist-info"
    told.mkdir(parents=True)
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: aiohttp\nVersion: 3.9.1\n")

    done = patient.run("doctor", "--json", PYTHONPATH=str(told.parent))

    found = findings(done)
    assert (9, ["packages"]) == (done.status, faults(found))
    assert "aiohttp 3.9.1 is older than 3.12" in found["packages"].evidence
    assert "pip install --upgrade 'connectycube[cli]'" == found["packages"].remedy
