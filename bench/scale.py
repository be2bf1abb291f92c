"""The core against a fake engine at a size no site has: 5,000 agents and 100 calls a second, and whether a week leaves memory behind.

Virtual clock, so that only the core's own time is counted: the wall time of every `Centre.handle`, and apart from it of those inputs that
ended in an offer to an agent (the routing decision). The week is an ordinary one of a hotline; memory is looked at each midnight,
when nobody calls.

    python -m bench.scale --agents 5000 --rate 100 --seconds 900
"""

import argparse
import gc
import os
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from hotline.core import events as e
from hotline.core.centre import AnyInput
from hotline.simulation.plan import FLAT, Plan
from hotline.simulation.world import World

SEED = 7
TARGET_MS = 5.0
HOUR_S = 3600.0
DAYS = 7


class TimedWorld(World):
    """A world that takes the time of every input."""

    def __init__(self, plan: Plan, warm_s: float) -> None:
        super().__init__(plan, SEED, observer=self._see)
        self.all_s: list[float] = []
        self.decided_s: list[float] = []
        self.offered: dict[str, int] = {}
        self.most_talking = 0
        self._decided = False
        self._count_from_s = self.clock.now_s + warm_s

    def _see(self, events: tuple[e.Event, ...]) -> None:
        for event in events:
            if isinstance(event, e.OfferMade):
                self._decided = True
                self.offered[event.call_id] = self.offered.get(event.call_id, 0) + 1

    def take(self, message: AnyInput) -> None:
        """Hand the input to the core, timed; what the switch does with the outcome is not counted."""
        self.inputs += 1
        self._decided = False
        began = time.perf_counter()
        outcome = self.centre.handle(message)
        took_s = time.perf_counter() - began
        self._carry_out(outcome)
        if self.clock.now_s >= self._count_from_s:
            self.all_s.append(took_s)
            if self._decided:
                self.decided_s.append(took_s)
                self.most_talking = max(self.most_talking, self.centre.running)


def row(name: str, values: Sequence[float], target: str = "") -> None:
    """Print median, 99th percentile and worst of some seconds, in milliseconds."""
    ranked = sorted(values)
    p50, p99 = (1_000 * ranked[int(share * (len(ranked) - 1))] for share in (0.5, 0.99))
    print(f"| {name} | {p50:.3f} | {p99:.3f} | {1_000 * ranked[-1]:.2f} | {len(ranked)} | {target} |")


def decisions(model: str, agents: int, rate: float, seconds: float) -> None:
    """Measure the routing decision."""
    talk_s = 0.8 * agents / rate
    plan = Plan(
        model=model,
        hours=seconds / HOUR_S,
        calls=round(rate * seconds),
        agents=agents,
        talk_s=talk_s,
        wrap_up_s=2.0,
        breaks_per_hour=0.0,
        start_hour=10.0,
        curve=FLAT,
    )
    world = TimedWorld(plan, warm_s=2 * talk_s)
    gc.collect()
    gc.freeze()
    world.run()
    name = "one queue" if model == "mmn" else "three queues, two for each agent"
    row(f"{name}: inputs that rang an agent", world.decided_s, f"p99 ≤ {TARGET_MS:.0f}")
    row(f"{name}: every input", world.all_s)
    print(f"| {name}: most calls at once | | | | {world.most_talking} | |")
    gc.unfreeze()


def resident_mib() -> float:
    """Resident memory of this process now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def week(calls_a_day: int, agents: int) -> None:
    """Simulate a week day by day in one world; print what each midnight leaves."""
    plan = Plan(hours=24.0 * DAYS, calls=DAYS * calls_a_day, agents=agents)
    world = World(plan, SEED)
    seen: list[tuple[float, int, int]] = []

    def look() -> None:
        gc.collect()
        floor = world.centre.floor
        kept = len(floor.calls) + len(floor.legs) + len(floor.timers) + len(floor.recordings)
        seen.append((resident_mib(), kept, world.inputs))

    for day in range(1, DAYS + 1):
        world.clock.on(day * 24 * HOUR_S - 1.0, look)
    world.run()
    print("\n| a simulated week | resident MiB | calls, legs, timers, recordings held | inputs of the day |")
    print("| --- | ---: | ---: | ---: |")
    for day, ((_, _, before), (mib, kept, inputs)) in enumerate(pairwise([(0.0, 0, 0), *seen]), 1):
        print(f"| day {day} | {mib:.0f} | {kept} | {inputs - before} |")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--agents", type=int, default=5_000)
    parser.add_argument("--rate", type=float, default=100.0, help="calls a second")
    parser.add_argument(
        "--seconds", type=float, default=900.0, help="of virtual time, whole quarters of an hour"
    )
    parser.add_argument("--calls-a-day", type=int, default=10_000)
    args = parser.parse_args()
    print(f"load average {os.getloadavg()[0]:.1f}; {args.agents} agents, {args.rate:.0f} calls a second\n")
    print("| milliseconds | p50 | p99 | worst | n | target |\n| --- | ---: | ---: | ---: | ---: | --- |")
    for model in ("mmn", "day"):
        decisions(model, args.agents, args.rate, args.seconds)
    week(args.calls_a_day, 60)


if __name__ == "__main__":
    main()
