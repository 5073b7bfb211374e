"""What this machine itself has: Python, packages, the profile file, settings."""

import re
import sys
from collections.abc import Callable, Iterable
from importlib import metadata
from typing import Final

from connectycube.cli.catalogue import EXTRA
from connectycube.cli.clients import kept_for
from connectycube.cli.doctor.case import Case
from connectycube.cli.doctor.finding import Finding, Judge
from connectycube.cli.settings import variable

OLDEST_PYTHON: Final = (3, 11)
_NEEDED: Final = re.compile(r"(?P<name>[A-Za-z0-9._-]+)\s*>=\s*(?P<least>[0-9.]+)(?P<when>.*)")


async def look_at_python(_case: Case) -> Finding:
    return judge_python(sys.version_info[:3])


def judge_python(version: tuple[int, ...]) -> Finding:
    """Python itself is recent enough."""
    judge, told = Judge("python"), ".".join(map(str, version))
    if version[:2] < OLDEST_PYTHON:
        least = ".".join(map(str, OLDEST_PYTHON))
        return judge.fail(f"Python {told}", f"install Python {least} or newer")
    return judge.ok(f"Python {told}")


async def look_at_packages(_case: Case) -> Finding:
    try:
        needed = metadata.requires("connectycube") or []
    except metadata.PackageNotFoundError:
        return Judge("packages").skipped("connectycube is not installed, only run from its folder")
    return judge_packages(needed, metadata.version)


def judge_packages(needed: Iterable[str], version_of: Callable[[str], str]) -> Finding:
    """
    What the package stands on is there, and recent enough.

    Args:
        needed: requirements as packages declare them.
        version_of: tells a package's version, or raises `PackageNotFoundError`.
    """
    judge, seen, wrong = Judge("packages"), [], []
    for requirement in needed:
        found = _NEEDED.match(requirement)
        if found is None or ("extra" in found["when"] and f"'{EXTRA}'" not in _plain(found)):
            continue
        name, least = found["name"], found["least"]
        try:
            version = version_of(name)
        except metadata.PackageNotFoundError:
            wrong.append(f"{name} is missing")
            continue
        seen.append(f"{name} {version}")
        if _numbers(version) < _numbers(least):
            wrong.append(f"{name} {version} is older than {least}")
    if wrong:
        return judge.fail("; ".join(wrong), f"pip install --upgrade 'connectycube[{EXTRA}]'")
    return judge.ok(", ".join(seen))


def _plain(found: re.Match[str]) -> str:
    return found["when"].replace('"', "'")


def _numbers(version: str) -> tuple[int, ...]:
    numbers = [int(one) for one in re.findall(r"\d+", version.partition("+")[0])[:3]]
    return (*numbers, 0, 0, 0)[:3]


async def look_at_profile(case: Case) -> Finding:
    """The profile file is its owner's alone, and says what a profile may say."""
    judge, problem = Judge("profile-file"), case.profile_problem
    if problem is not None:
        return judge.fail(problem.what, problem.remedy)
    if not case.profile.exists():
        return judge.skipped(f"there is none: {case.profile}")
    return judge.ok(str(case.profile))


async def look_at_settings(case: Case) -> Finding:
    """There is an application, and what it takes to sign in."""
    judge, settings = Judge("settings"), case.settings
    if settings.app_id is None:
        return judge.fail(
            "no application id", f"set {variable('app_id')}: the dashboard's overview has it"
        )
    if not (settings.app_id.isascii() and settings.app_id.isdigit()):
        return judge.fail(
            f"the application id {settings.app_id!r} is no number",
            f"set {variable('app_id')} to the number that the dashboard shows",
        )
    told = ", ".join(f"{key} by {source}" for key, source in sorted(settings.sources.items()))
    if settings.auth_key is None:
        remedy = f"set {variable('auth_key')}: the dashboard's overview has it"
        if kept_for(settings, case.kept) is None and settings.token is None:
            return judge.fail("no authorization key, and no session to go on with", remedy)
        return judge.warn(f"no authorization key, so nobody can sign in anew; {told}", remedy)
    return judge.ok(told)
