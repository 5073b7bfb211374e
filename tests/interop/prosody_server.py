"""
A Prosody server for one test, from Debian's packages, on free ports and in a folder of its own.

Who may sign in is decided by the REST service of an emulator: `prosody/mod_auth_cube.lua`.
"""

import logging
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import attrs
import trustme

from connectycube.emulator import Emulator
from connectycube.http import HostsLike

from .conftest import cannot_run

DOMAIN: Final = "127.0.0.1"
_PLUGINS: Final = Path(__file__).parent / "prosody"
_DEBIANS_MODULES: Final = Path("/usr/lib/prosody/modules")
_LOG: Final = "prosody.log"
_LINES: Final = ("PLAIN", "TLS", "WEBSOCKET", "WEBSOCKET_TLS")
_NEEDED: Final = "the chat over Prosody needs Debian's `prosody` and `prosody-modules`, and {}"
_TAKEN: Final = "Failed to open server port"
_STARTS_WITHIN: Final = 30.0
_log: Final = logging.getLogger("prosody")
_ATTEMPTS: Final = 5  # a free port may be gone by the time it is wanted


@attrs.frozen(kw_only=True)
class ProsodyServer:
    """
    Where it answers, by each of its lines.

    Attributes:
        trust: a context that trusts its certificate.
        stop: makes it end, as a restart does.
    """

    plain: HostsLike
    tls: HostsLike
    trust: ssl.SSLContext
    stop: Callable[[], None]


@contextmanager
def prosody_server(emulator: Emulator) -> Iterator[ProsodyServer]:
    """Start one that knows the emulator's users, those who are there by now."""
    command = shutil.which("prosody")
    if command is None:
        cannot_run(_NEEDED.format("there is no `prosody` here"))
    if not (_DEBIANS_MODULES / "mod_privacy_lists").is_dir():
        cannot_run(_NEEDED.format("there are no `prosody-modules` here"))
    authority = trustme.CA()
    with TemporaryDirectory(prefix="prosody") as name:
        folder = Path(name)
        certificate = authority.issue_cert(DOMAIN)
        certificate.private_key_pem.write_to_path(folder / "server.key")
        certificate.cert_chain_pems[0].write_to_path(folder / "server.pem")
        for _ in range(_ATTEMPTS):
            ports: dict[str, int] = dict(zip(_LINES, _free_ports(len(_LINES)), strict=True))
            (folder / "prosody.cfg.lua").write_text(_configuration(emulator, folder, ports))
            with _running(command, folder) as server:
                if _is_open(server, folder / _LOG, ports.values()):
                    yield _served(emulator, authority, ports, server)
                    return
        cannot_run(f"prosody does not start here: {(folder / _LOG).read_text()[-500:]}")


@contextmanager
def _running(command: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    arguments = [command, "-F", "--config", f"{folder / 'prosody.cfg.lua'}"]
    log = folder / _LOG
    with (
        log.open("w") as told,
        subprocess.Popen(arguments, stdout=told, stderr=told, cwd=folder) as server,
    ):
        try:
            yield server
        finally:
            server.kill()  # it has nothing to lose, and takes a second to say goodbye
            server.wait()
            _log.debug("%s", log.read_text())  # shown where a test fails


def _is_open(server: subprocess.Popen[bytes], log: Path, ports: Iterable[int]) -> bool:
    """Wait until it has opened all of its ports, and say whether it has."""
    give_up = time.monotonic() + _STARTS_WITHIN
    waiting = list(ports)
    while waiting:
        if server.poll() is not None or time.monotonic() > give_up:
            return False
        waiting = [port for port in waiting if not _answers(port)]
        time.sleep(0.01)
    return _TAKEN not in log.read_text()


def _served(
    emulator: Emulator,
    authority: trustme.CA,
    ports: Mapping[str, int],
    server: subprocess.Popen[bytes],
) -> ProsodyServer:
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    return ProsodyServer(
        plain=_hosts(emulator, ports["PLAIN"], f"ws://{DOMAIN}:{ports['WEBSOCKET']}"),
        tls=_hosts(emulator, ports["TLS"], f"wss://{DOMAIN}:{ports['WEBSOCKET_TLS']}"),
        trust=trust,
        stop=server.terminate,
    )


def _answers(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex((DOMAIN, port)) == 0


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        lines = [stack.enter_context(socket.create_server((DOMAIN, 0))) for _ in range(count)]
        return [line.getsockname()[1] for line in lines]


def _configuration(emulator: Emulator, folder: Path, ports: Mapping[str, int]) -> str:
    users = [user for user in emulator.world.users if user.login is not None]
    given = {
        "PLUGINS": _PLUGINS,
        "FOLDER": folder,
        "DOMAIN": DOMAIN,
        "SERVICE": emulator.base_url,
        "APP_ID": emulator.app_id,
        "AUTH_KEY": emulator.auth_key,
        "LOGINS": ", ".join(f'["{user.id}"] = "{user.login}"' for user in users),
        **ports,
    }
    text = (_PLUGINS / "prosody.cfg.lua").read_text()
    for name, value in given.items():
        text = text.replace(f"@{name}@", f"{value}")
    return text


def _hosts(emulator: Emulator, chat_port: int, websocket: str) -> HostsLike:
    return attrs.evolve(
        emulator.hosts,
        chat=f"{DOMAIN}:{chat_port}",
        muc=f"muc.{DOMAIN}",
        chat_websocket=f"{websocket}/xmpp-websocket",
    )
