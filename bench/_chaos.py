"""Run the product under load, break it at random, and print whether every call is accounted for.

    python -m bench._chaos --minutes 60 [--nodes 2]

Exit status: 0 every call is accounted for, 1 something is wrong (each thing in one line).
"""

import argparse
import asyncio
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path

import structlog

from tests.chaos.run import Plan, run


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=1.0, help="calls a second")
    parser.add_argument(
        "--pause", type=float, nargs=2, default=(5.0, 25.0), metavar="S", help="between faults"
    )
    parser.add_argument("--nodes", type=int, default=0, help="of FreeSWITCH instead of the embedded engine")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--keep", type=Path, help="folder to keep data and logs in")
    args = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    print(f"{args.minutes:g} minutes, {args.rate:g} calls a second, seed {args.seed}", flush=True)
    plan = Plan(
        seconds=60 * args.minutes,
        rate=args.rate,
        pause_s=tuple(args.pause),
        seed=args.seed,
        nodes=args.nodes,
    )
    with tempfile.TemporaryDirectory() as name:
        found, faults, agents = asyncio.run(run(plan, args.keep or Path(name)))
    answers: Counter[str] = Counter()
    for agent in agents:
        answers += agent.answers
    wrong = found.wrong + [
        f"HTTP {said}: {count}" for said, count in answers.items() if said.startswith("500")
    ]
    print("\n| fault | times |\n| --- | ---: |")
    for name, count in sorted(faults.happened.items()):
        print(f"| {name} | {count} |")
    print("\n| calls | |\n| --- | ---: |")
    for name, count in found.figures.items():
        print(f"| {name} | {count} |")
    print("\n| answers to verbs and looks | |\n| --- | ---: |")
    for name, count in answers.most_common():
        print(f"| {name} | {count} |")
    print(f"\nwrong: {len(wrong) or 'nothing'}")
    for line in wrong[:100]:
        print(f"  {line}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
