"""What a check has found."""

import enum

from connectycube.values import frozen


class Verdict(enum.StrEnum):
    """What it comes to; a `FAIL` keeps something from working."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    SKIPPED = "skipped"


@frozen(kw_only=True)
class Finding:
    """
    What a check has found.

    Attributes:
        evidence: what was seen.
        remedy: what to do; empty where there is nothing to do.
    """

    check: str
    verdict: Verdict
    evidence: str
    remedy: str = ""


@frozen
class Judge:
    """Makes the findings of one check."""

    check: str

    def ok(self, evidence: str) -> Finding:
        return Finding(check=self.check, verdict=Verdict.OK, evidence=evidence)

    def skipped(self, evidence: str) -> Finding:
        return Finding(check=self.check, verdict=Verdict.SKIPPED, evidence=evidence)

    def warn(self, evidence: str, remedy: str) -> Finding:
        return Finding(check=self.check, verdict=Verdict.WARN, evidence=evidence, remedy=remedy)

    def fail(self, evidence: str, remedy: str) -> Finding:
        return Finding(check=self.check, verdict=Verdict.FAIL, evidence=evidence, remedy=remedy)
