"""
A hundred thousand calls under every fault: is each accounted for, and is nothing left behind?

`python -m benchmarks.soak [--quick] [--check] [--json FILE] [--seed NUMBER]`

In process the clock jumps over every wait, so that more than half an hour passes in a minute or
two; the shorter runs are over real sockets. What became of a call is one of: ok; refused, with an
error that promises that nothing was done; unknown, with one that does not; cancelled by us.
"""

import argparse
import sys
from typing import Final

from benchmarks.report import Options, Report
from benchmarks.soak.legs import Leg, in_process, over_sockets
from benchmarks.soak.run import Soak, slope

_MINUTES: Final = 30
# One small object kept by every twentieth call would be seen.
_MOST_BLOCKS: Final = 500.0
# 500 bytes a call: bodies of 17 MiB come and go, and leave the pages that they were in for later.
_MOST_KIB: Final = 5_000.0


def note(report: Report, leg: Leg, soak: Soak) -> None:
    """Add a leg's figures, and its bars."""
    book, outcomes = soak.book, soak.book.outcomes
    samples = soak.samples[len(soak.samples) // 5 :]
    blocks = slope([(one.calls, one.blocks) for one in samples]) * 10_000
    kibibytes = slope([(one.calls, one.resident / 1024) for one in samples]) * 10_000
    report.add(
        line=leg.name,
        calls=book.started,
        minutes=soak.seconds / 60,
        ok=outcomes["ok"],
        refused=outcomes["refused"],
        unknown=outcomes["unknown"],
        cancelled=outcomes["cancelled"],
        requests=soak.ledger.first + soak.ledger.repeats,
        repeats=soak.ledger.repeats,
        duplicates=book.duplicates,
        leaks=soak.leaks,
        **{
            "blocks/10k calls": round(blocks) if leg.is_long else "-",
            "KiB/10k calls": round(kibibytes) if leg.is_long else "-",
        },
        problems=book.found,
    )
    accounted = outcomes.total()
    report.bar(
        f"{leg.name}: {accounted:,} of {book.started:,} calls are accounted for",
        holds=accounted == book.started >= leg.calls,
    )
    for problem in book.problems:
        report.bar(f"{leg.name}: {problem}", holds=False)
    if leg.is_long:
        report.bar(
            f"{leg.name}: {soak.seconds / 60:.0f} minutes, at least {_MINUTES}",
            holds=soak.seconds >= _MINUTES * 60,
        )
        report.bar(
            f"{leg.name}: {blocks:.0f} blocks more for 10,000 calls, at most {_MOST_BLOCKS:.0f}",
            holds=blocks <= _MOST_BLOCKS,
        )
        report.bar(
            f"{leg.name}: {kibibytes:.0f} KiB more for 10,000 calls, at most {_MOST_KIB:.0f}",
            holds=kibibytes <= _MOST_KIB,
        )


def main() -> int:
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--seed", type=int, default=1)
    own, others = parser.parse_known_args()
    report = Report(
        f"soak: every fault at once, seed {own.seed}", Options.parse(__doc__ or "", others)
    )
    quick = report.options.quick
    for leg in (
        Leg("in process, asyncio", 5_000 if quick else 100_000, is_long=not quick),
        Leg("in process, trio", 1_000 if quick else 10_000),
    ):
        note(report, leg, in_process(leg, seed=own.seed))
    for leg in (
        Leg("aiohttp", 300 if quick else 2_000),
        Leg("httpx2, asyncio", 150 if quick else 1_000),
        Leg("httpx2, trio", 150 if quick else 1_000),
    ):
        note(report, leg, over_sockets(leg, seed=own.seed))
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
