"""All checks in their order, and how they are gone through."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final

import anyio

from connectycube.auth.existing import ExistingSession
from connectycube.cli.doctor import chat, here, service, way
from connectycube.cli.doctor.case import TIMEOUT, Case
from connectycube.cli.doctor.finding import Finding, Judge, Verdict
from connectycube.errors import ConnectyCubeError
from connectycube.values import frozen

_LONGEST: Final = 2 * TIMEOUT


@frozen
class Check:
    """
    One thing to look at.

    Attributes:
        needs: without which there is no use in looking.
    """

    name: str
    look: Callable[[Case], Awaitable[Finding]]
    needs: tuple[str, ...] = ()


CHECKS: Final = (
    Check("python", here.look_at_python),
    Check("packages", here.look_at_packages),
    Check("profile-file", here.look_at_profile),
    Check("settings", here.look_at_settings),
    Check("base-url", way.look_at_base_url),
    Check("proxy", way.look_at_proxy, ("base-url",)),
    Check("dns", way.look_at_name, ("base-url",)),
    Check("port", way.look_at_port, ("dns",)),
    Check("certificate", way.look_at_certificate, ("port",)),
    Check("service", service.look_at_answer, ("proxy", "certificate")),
    Check("clock", service.look_at_clock, ("service",)),
    Check("application", service.look_at_application, ("service", "settings")),
    Check("user", service.look_at_user, ("application",)),
    Check("users-v1", service.look_at_users_v1, ("user",)),
    Check("chat-hosts", chat.look_at_hosts, ("service",)),
    Check("chat-port", chat.look_at_port, ("chat-hosts",)),
    Check("chat-websocket", chat.look_at_websocket, ("chat-hosts",)),
    Check("chat-login", chat.look_at_login, ("chat-port", "user")),
)


async def examine(case: Case, checks: Sequence[Check] = CHECKS) -> AsyncGenerator[Finding]:
    """Give a finding for each check; what needs something that is broken is skipped."""
    broken: set[str] = set()
    try:
        for check in checks:
            missing = [need for need in check.needs if need in broken]
            if missing:
                finding = Judge(check.name).skipped(f"it needs {' and '.join(missing)}")
                broken.add(check.name)
            else:
                finding = await _look(check, case)
                if finding.verdict is Verdict.FAIL:
                    broken.add(check.name)
            yield finding
    finally:
        await _part(case)


async def _look(check: Check, case: Case) -> Finding:
    with anyio.move_on_after(_LONGEST):
        return await check.look(case)
    return Judge(check.name).fail(f"nothing within {_LONGEST:g} s", "try again, or look why")


async def _part(case: Case) -> None:
    """End the session that the doctor made."""
    if case.made is None:
        return
    with anyio.move_on_after(TIMEOUT, shield=True), suppress(ConnectyCubeError):
        async with case.client(ExistingSession(case.made)) as cube:
            await cube.destroy_session()
