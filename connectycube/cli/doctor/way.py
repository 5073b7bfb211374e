"""The way to the service: its address, a proxy, its name, its port, its certificate."""

import socket
import ssl
from typing import Final
from urllib.parse import urlsplit

import anyio

from connectycube.addresses import is_this_machine
from connectycube.cli.doctor.case import Case
from connectycube.cli.doctor.finding import Finding, Judge
from connectycube.cli.settings import DEFAULT_BASE_URL, variable

_CONNECTING: Final = 5.0
_BASE_URL: Final = variable("base_url")
_PROXIES: Final = ("https_proxy", "http_proxy", "all_proxy")


async def look_at_base_url(case: Case) -> Finding:
    return judge_base_url(case.settings.base_url)


def judge_base_url(base_url: str) -> Finding:
    """The address is one of a service, and what is said there stays private."""
    judge = Judge("base-url")
    remedy = f"set {_BASE_URL} to https:// and a host, or leave it out for {DEFAULT_BASE_URL}"
    try:
        parts = urlsplit(base_url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return judge.fail("it is no URL", remedy)
    if parts.username is not None or parts.query or parts.fragment:
        # Told without it: a user may come with a password.
        return judge.fail("it has a user, a query or a fragment", remedy)
    if parts.scheme not in ("https", "http") or not host:
        return judge.fail(f"{base_url} is no https:// URL", remedy)
    if parts.scheme == "http" and not is_this_machine(host):
        return judge.fail(f"{base_url} would send tokens in the clear to another machine", remedy)
    if parts.path not in ("", "/"):
        return judge.warn(
            f"{base_url} has a path, {parts.path}, and most services have none",
            f"set {_BASE_URL} to {parts.scheme}://{parts.netloc} alone, if nothing is found there",
        )
    return judge.ok(base_url)


async def look_at_proxy(case: Case) -> Finding:
    """A proxy that the environment names for this service is one, and answers."""
    judge = Judge("proxy")
    proxy = case.proxy
    if proxy is None:
        return judge.ok(f"none for {case.host}")
    names = [name for name in case.environ if name.lower() in _PROXIES]
    where = " or ".join(sorted(names)) or "the system's settings"
    remedy = f"mend {where}, or add {case.host} to NO_PROXY"
    try:
        parts = urlsplit(proxy)
        host, port = parts.hostname, parts.port or 80
    except ValueError:
        return judge.fail(f"what {where} names is no URL", remedy)
    if parts.scheme not in ("http", "https") or not host:
        return judge.fail(f"{where} names a {parts.scheme} proxy, which is not spoken", remedy)
    reason = await reach(host, port)
    if reason is not None:
        return judge.fail(f"the proxy {host}:{port} of {where} does not answer: {reason}", remedy)
    return judge.ok(f"{host}:{port} answers")


async def look_at_name(case: Case) -> Finding:
    """The service's name leads to an address."""
    judge = Judge("dns")
    if case.proxy is not None:
        return judge.skipped("the proxy looks it up")
    try:
        found = await anyio.getaddrinfo(case.host, case.port, type=socket.SOCK_STREAM)
    except OSError as error:
        return judge.fail(
            f"{case.host} is not found: {error.strerror or type(error).__name__}",
            f"check the spelling of {_BASE_URL}, and that this machine can look names up",
        )
    addresses = sorted({str(address[0]) for *_, address in found})
    return judge.ok(f"{case.host} is {', '.join(addresses)}")


async def look_at_port(case: Case) -> Finding:
    """Somebody listens where the service should."""
    judge = Judge("port")
    if case.proxy is not None:
        return judge.skipped("the proxy connects to it")
    reason = await reach(case.host, case.port)
    where = f"{case.host}:{case.port}"
    if reason is None:
        return judge.ok(f"{where} is open")
    remedy = f"start what should listen there, or let a firewall pass {where}"
    if is_this_machine(case.host):
        remedy = f"start it (`connectycube emulator`), or set {_BASE_URL} to where it is"
    return judge.fail(f"{where}: {reason}", remedy)


async def look_at_certificate(case: Case) -> Finding:
    """The service proves who it is, to an authority that this machine trusts."""
    judge = Judge("certificate")
    if case.address.scheme != "https":
        return judge.skipped("http:// has none")
    if case.proxy is not None:
        return judge.skipped("it is seen through the proxy, with the service's answer")
    try:
        with anyio.fail_after(_CONNECTING):
            stream = await anyio.connect_tcp(
                case.host,
                case.port,
                ssl_context=ssl.create_default_context(),
                tls_standard_compatible=False,
            )
        await stream.aclose()
    except (OSError, anyio.EndOfStream, anyio.BrokenResourceError) as error:
        return judge_certificate(case.host, error, case.environ.get("SSL_CERT_FILE"))
    return judge.ok("trusted")


def judge_certificate(host: str, error: Exception, trusted: str | None) -> Finding:
    """
    Say what is wrong with a certificate.

    Args:
        error: what ended the handshake.
        trusted: the file of authorities that the environment names.
    """
    judge = Judge("certificate")
    if isinstance(error, ssl.SSLCertVerificationError):
        words = error.verify_message or "not trusted"
        if "expired" in words:
            return judge.fail(words, "have it renewed; or set this machine's clock right")
        if "mismatch" in words or "not valid for" in words:
            return judge.fail(words, f"{host} shows another's certificate: check {_BASE_URL}")
        source = f"{trusted}, which SSL_CERT_FILE names," if trusted else "this machine"
        remedy = (
            "if a company's proxy or a service of your own made it, let SSL_CERT_FILE name a file"
            " with its authority"
        )
        return judge.fail(f"{source} does not trust it: {words}", remedy)
    if isinstance(error, ssl.SSLError):
        reason = (error.reason or "TLS failed").replace("_", " ").lower()
        return judge.fail(reason, f"no TLS is spoken there: check the port in {_BASE_URL}")
    return judge.fail(
        f"TLS did not come about: {type(error).__name__}",
        "look for a firewall that breaks TLS, or for another service on this port",
    )


async def reach(host: str, port: int) -> str | None:
    """Return why nobody can be reached at a port; `None` where somebody is there."""
    try:
        with anyio.fail_after(_CONNECTING):
            stream = await anyio.connect_tcp(host, port)
    except TimeoutError:
        return f"no answer within {_CONNECTING:g} s, as where a firewall drops what is sent"
    except socket.gaierror as error:
        return f"no such host: {error.strerror}"
    except ConnectionRefusedError:
        return "nothing listens there"
    except OSError as error:
        refused = isinstance(error.__cause__, ConnectionRefusedError)
        return "nothing listens there" if refused else error.strerror or str(error)
    await stream.aclose()
    return None
