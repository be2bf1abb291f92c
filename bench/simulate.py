"""`hotline simulate`: what a day of 10,000 calls takes, and how far bare queues are from Erlang's formulas.

The day runs as people run it, in a process of its own. The bare queues run with seeds of their own, and the distance is given in
standard errors of their mean: above three, something is wrong with the core or with the simulation.

    python -m bench.simulate --runs 20
"""

import argparse
import gc
import os
import resource
import subprocess
import sys
import time

from hotline.simulation.plan import Plan
from hotline.simulation.theory import bare_plan, compare

SEED = 7
DAY = ("--hours", "24", "--calls", "10000", "--agents", "60", "--seed", str(SEED))
ERLANG_C = bare_plan("mmn", 200.0, 14, 180.0, 0.0, 8.0)
"""100 calls in half an hour, 3 minutes each, 14 agents (evidence.md): 88.8 % answered in 20 s."""
ERLANG_A = bare_plan("mmnm", 2880.0, 50, 60.0, 120.0, 2.0)
"""48 calls a minute, 1 minute each, patience of 2 minutes, 50 agents (evidence.md): 3.09 % abandon, 3.71 s wait."""


def day() -> None:
    """Print what a day takes."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, "-m", "hotline", "simulate", *DAY], check=True, stdout=subprocess.DEVNULL)
    wall_s, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print("| a day of 10,000 calls, 60 agents | | target |\n| --- | ---: | --- |")
    print(f"| from command to prompt | {wall_s:.1f} s | ≤ 10 s |")
    print(f"| CPU | {cpu_s:.1f} s | |")
    print(f"| peak memory | {after.ru_maxrss / 1024:.0f} MiB | |")


def theory(name: str, plan: Plan, runs: int) -> None:
    """Print a model beside its theory."""
    for line in compare(plan, SEED, runs):
        print(
            f"| {name}: {line.name} | {line.theory:.4f} | {line.measured:.4f} | {line.standard_error:.4f} "
            f"| {line.errors_off:.2f} |"
        )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=20, help="of each model, with seeds of their own")
    args = parser.parse_args()
    print(f"load average {os.getloadavg()[0]:.1f}\n")
    day()
    gc.disable()  # as the command does: a run keeps all it makes to its end
    print(f"\n| {args.runs} runs | theory | measured | standard error | off by errors (≤ 3) |")
    print("| --- | ---: | ---: | ---: | ---: |")
    theory("M/M/14, Erlang C", ERLANG_C, args.runs)
    gc.collect()
    theory("M/M/50+M, Erlang A", ERLANG_A, args.runs)


if __name__ == "__main__":
    main()
