"""Simulated queues held against Erlang's formulas: several independent runs, their mean, their standard error."""

from dataclasses import dataclass, replace
from datetime import timedelta
from math import sqrt
from statistics import fmean, stdev

from hotline.core.metrics import erlang
from hotline.simulation.figures import Figures
from hotline.simulation.plan import FLAT, Plan
from hotline.simulation.world import World

WARM_UP_HOURS = 1.0
"""Left out at the beginning of each run: the queue starts empty."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One figure: what theory says, what was measured, and how sure the measurement is."""

    name: str
    theory: float
    measured: float
    standard_error: float

    @property
    def errors_off(self) -> float:
        """Distance in standard errors."""
        off = abs(self.measured - self.theory)
        return off / self.standard_error if self.standard_error > 0 else (0.0 if off < 1e-9 else float("inf"))


def bare_plan(
    model: str, calls_per_hour: float, agents: int, talk_s: float, patience_s: float, hours: float
) -> Plan:
    """Return the plan of one run: no ringing, no after-call work, no breaks, Poisson arrivals at one rate."""
    return Plan(
        model=model,
        hours=hours + WARM_UP_HOURS,
        calls=round(calls_per_hour * (hours + WARM_UP_HOURS)),
        agents=agents,
        talk_s=talk_s,
        wrap_up_s=0.0,
        patience_s=patience_s if model == "mmnm" else 0.0,
        answer_s=0.0,
        missed=0.0,
        rejected=0.0,
        hang_up_anywhere=0.0,
        breaks_per_hour=0.0,
        curve=FLAT,
    )


def one_run(plan: Plan, seed: int) -> Figures:
    """Simulate one run and return its figures without the warm-up."""
    world = World(plan, seed)
    begin = world.clock.at + timedelta(hours=WARM_UP_HOURS)
    figures = Figures(begin, begin + timedelta(hours=plan.hours - WARM_UP_HOURS))
    world.observer = figures.see
    world.run()
    figures.close(world.clock.at)
    return figures


def compare(plan: Plan, seed: int, runs: int) -> list[Comparison]:
    """Simulate `runs` runs with seeds of their own and hold them against the theory of the plan's model."""
    results = [one_run(replace(plan), seed * 1_000 + n) for n in range(runs)]
    rate = plan.calls / plan.hours / 3600.0
    load = rate * plan.talk_s
    if plan.model == "mmn":
        theory = {
            "waiting": erlang.erlang_c(load, plan.agents),
            "mean_wait_s": erlang.mean_wait_s(load, plan.agents, plan.talk_s),
            "answered_in_20_s": erlang.service_level(load, plan.agents, plan.talk_s, 20.0),
            "utilisation": load / plan.agents,
        }
    else:
        impatient = erlang.erlang_a(rate, plan.agents, plan.talk_s, plan.patience_s)
        theory = {
            "abandoned": impatient.abandoned,
            "waiting": impatient.waiting,
            "mean_wait_s": impatient.mean_wait_s,
            "utilisation": impatient.utilisation,
        }
    return [_comparison(name, value, [_figure(r, name) for r in results]) for name, value in theory.items()]


def _comparison(name: str, theory: float, values: list[float]) -> Comparison:
    return Comparison(
        name, theory, fmean(values), stdev(values) / sqrt(len(values)) if len(values) > 1 else 0.0
    )


def _figure(figures: Figures, name: str) -> float:
    match name:
        case "waiting":
            return figures.waiting_share()
        case "mean_wait_s":
            return figures.mean_wait_s
        case "answered_in_20_s":
            return figures.answered_within(20.0)
        case "abandoned":
            return figures.abandoned_share
        case _:
            return figures.utilisation
