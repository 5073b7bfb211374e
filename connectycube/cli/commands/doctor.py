"""`connectycube doctor`: what is set up wrongly, and what to do about it."""

import os
import sys
from contextlib import aclosing

import click

from connectycube.cli.command import command
from connectycube.cli.doctor.case import Case
from connectycube.cli.doctor.checks import examine
from connectycube.cli.doctor.finding import Finding, Verdict
from connectycube.cli.exit_codes import CommandError, ExitCode
from connectycube.cli.invocation import Invocation
from connectycube.cli.kept_session import KeptSession, read_kept
from connectycube.cli.profile import ProfileError, read_profile
from connectycube.cli.settings import settings_of

_COLOURS = {Verdict.OK: "green", Verdict.WARN: "yellow", Verdict.FAIL: "red"}
_WIDTH = len(Verdict.SKIPPED)


@command
@click.option("--strict", is_flag=True, help="Count warnings as faults.")
async def doctor(run: Invocation, *, strict: bool) -> None:
    """
    Look for what is set up wrongly, from this machine to the chat, and say what to do.

    It signs in as other commands would, which may make a user where the application allows that,
    and ends the session again. The exit status is 9 where something is wrong.
    """
    findings: list[Finding] = []
    async with aclosing(examine(_case(run))) as examined:
        async for finding in examined:
            findings.append(finding)
            if not run.output.as_json:
                _tell(run, finding)
    faults = {Verdict.FAIL, Verdict.WARN} if strict else {Verdict.FAIL}
    found = [one for one in findings if one.verdict in faults]
    if run.output.as_json:
        run.output.record({"healthy": not found, "findings": findings}, told={})
    elif not found:
        run.output.note("nothing is wrong")
    if found:
        names = ", ".join(one.check for one in found)
        raise CommandError(f"something is wrong: {names}", ExitCode.FINDINGS)


def _case(run: Invocation) -> Case:
    """Gather what there is; a file that cannot be used is a finding, not the end."""
    profile: dict[str, str] = {}
    problem: ProfileError | None = None
    try:
        profile = read_profile(run.places.profile)
    except ProfileError as error:
        problem = error
    kept = _kept(run)
    return Case(
        settings=settings_of(os.environ, profile, kept),
        kept=kept,
        environ=os.environ,
        profile=run.places.profile,
        profile_problem=problem,
    )


def _kept(run: Invocation) -> KeptSession | None:
    try:
        return read_kept(run.places.kept)
    except CommandError as error:
        run.output.note(str(error))
        return None


def _tell(run: Invocation, finding: Finding) -> None:
    word = f"{finding.verdict:<{_WIDTH}}"
    if sys.stdout.isatty():
        word = click.style(word, fg=_COLOURS.get(finding.verdict))
    run.output.line(finding, f"{finding.check:<15} {finding.evidence}", mark=word)
    if finding.remedy:
        run.output.line(finding, f"{'':<{_WIDTH + 16}} → {finding.remedy}")
