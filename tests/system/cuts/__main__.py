"""
Prints what comes of simulations: `python -m tests.system.cuts --help`.

The same seed plays the same on every machine, as long as nothing else changes.
"""

import argparse
import time

from .plan import Plan
from .simulation import simulate
from .variants import VARIANTS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--variant", choices=VARIANTS, action="append", help="default: all")
    parser.add_argument("--backend", choices=("asyncio", "trio"), action="append")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--cuts", type=int, default=500)
    given = parser.parse_args()
    for name in given.variant or VARIANTS:
        for backend in given.backend or ("asyncio", "trio"):
            for seed in given.seeds:
                plan = Plan(
                    variant=VARIANTS[name], seed=seed, seconds=given.seconds, cuts=given.cuts
                )
                began = time.monotonic()
                figures = simulate(plan, backend)
                took = time.monotonic() - began
                told = [f"{name}, {backend}, seed {seed} ({took:.0f} s): {figures}"]
                told += [f"    {line}" for line in (*figures.verdict.complaints, *figures.odd)]
                print("\n".join(told[:20]), flush=True)  # noqa: T201 - it prints for people


if __name__ == "__main__":
    main()
