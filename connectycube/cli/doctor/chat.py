"""The realtime chat: where it is, whether it can be reached, and whom it lets in."""

from typing import Final
from urllib.parse import urlsplit

from connectycube.auth.existing import ExistingSession
from connectycube.cli.clients import hosts_of, strategy_of, with_chat_hosts
from connectycube.cli.doctor.case import Case
from connectycube.cli.doctor.finding import Finding, Judge
from connectycube.cli.doctor.way import reach
from connectycube.cli.exit_codes import CommandError
from connectycube.cli.settings import variable
from connectycube.errors import (
    ChatRefusedError,
    ConnectError,
    ConnectyCubeError,
    InvalidInputError,
    RequestTimeoutError,
)
from connectycube.frames import ChatAddress
from connectycube.http import Hosts

_CHAT: Final = variable("chat_host")
_PORTS: Final = {"wss": 443, "ws": 80}


async def look_at_hosts(case: Case) -> Finding:
    """It is known where the chat of this service is."""
    judge = Judge("chat-hosts")
    try:
        case.settings = await with_chat_hosts(case.settings)
        hosts = hosts_of(case.settings) or Hosts()
        ChatAddress.from_hosts(hosts)
    except CommandError as error:
        return judge.fail(str(error), f"set {_CHAT} to the chat's host, or host:port")
    except InvalidInputError:
        return judge.fail(f"{_CHAT} is no host", f"set {_CHAT} to a host, or host:port")
    case.hosts = hosts
    return judge.ok(f"{hosts.chat}, or {hosts.chat_websocket}")


async def look_at_port(case: Case) -> Finding:
    """The chat's port can be reached."""
    address = ChatAddress.from_hosts(case.hosts or Hosts())
    return judge_port(f"{address.host}:{address.port}", await reach(address.host, address.port))


def judge_port(where: str, reason: str | None) -> Finding:
    """Say what is wrong with the way to the chat, where there is a reason why it is closed."""
    judge = Judge("chat-port")
    if reason is None:
        return judge.ok(f"{where} is open")
    if "no such host" in reason:
        return judge.fail(f"{where}: {reason}", f"mend {_CHAT}")
    return judge.fail(
        f"{where}: {reason}",
        f"check {_CHAT}; or let a firewall pass this port, or go by --websocket (AiohttpConnector)",
    )


async def look_at_websocket(case: Case) -> Finding:
    """The chat's other line can be reached, too."""
    judge = Judge("chat-websocket")
    url = (case.hosts or Hosts()).chat_websocket
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 443)
    except ValueError:
        remedy = f"mend {variable('chat_websocket')}"
        return judge.warn("its address is no URL", remedy)
    reason = await reach(host, port)
    if reason is None:
        return judge.ok(f"{host}:{port} is open")
    return judge.warn(f"{host}:{port}: {reason}", "only --websocket and browsers need it")


async def look_at_login(case: Case) -> Finding:
    """The chat lets the user in."""
    judge = Judge("chat-login")
    if case.session is None or case.session.user_id is None:
        return judge.skipped("only a user can chat")
    strategy = strategy_of(case.settings, case.kept)
    try:
        async with case.client(strategy) as cube, cube.chat.connect() as chat:
            who = chat.user_id
    except ConnectyCubeError as error:
        return judge_login(error, is_by_token=isinstance(strategy, ExistingSession))
    return judge.ok(f"user {who} may chat")


def judge_login(error: ConnectyCubeError, *, is_by_token: bool) -> Finding:
    """
    Say why the chat does not let a user in.

    Args:
        is_by_token: whether the session's token was given for a password.
    """
    judge = Judge("chat-login")
    if isinstance(error, ChatRefusedError) and error.condition == "not-authorized":
        if is_by_token:
            remedy = f"set {variable('password')}: this chat wants it; or check {_CHAT}"
            return judge.fail("the session's token is refused as a password", remedy)
        return judge.fail(
            "the password is refused", f"check {_CHAT}: the service itself took the password"
        )
    if isinstance(error, ChatRefusedError) and error.condition == "host-unknown":
        return judge.fail("it serves another name than it was asked for", f"mend {_CHAT}")
    if isinstance(error, ConnectError):
        remedy = "see that it speaks TLS with a certificate that this machine trusts"
        return judge.fail(str(error), remedy)
    if isinstance(error, RequestTimeoutError):
        return judge.fail(f"{error}: something else may listen there", f"check {_CHAT}")
    return judge.fail(str(error), f"check {_CHAT}, and see what the service says")
