"""Erlang's formulas for staffing: B (loss), C (waiting) and A (waiting with impatience). Pure arithmetic.

Load is in erlang: calls per second times seconds of handling. Sources: A. K. Erlang 1917 (B, C); C. Palm 1957 and Garnett, Mandelbaum,
Reiman 2002 (A), summed here over the states of the birth-death chain.
"""

from dataclasses import dataclass
from math import ceil, exp, inf

_TAIL = 1e-14
_STATES_MAX = 10_000_000


def erlang_b(load: float, agents: int) -> float:
    """Return the share of calls that find all of `agents` (0 or more) busy and are lost."""
    assert load >= 0 and agents >= 0
    blocked = 1.0
    for n in range(1, agents + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked


def erlang_c(load: float, agents: int) -> float:
    """Return the share of calls that must wait; 1 when the load is not below the number of agents."""
    if load >= agents:
        return 1.0
    blocked = erlang_b(load, agents)
    return agents * blocked / (agents - load * (1 - blocked))


def mean_wait_s(load: float, agents: int, handling_s: float) -> float:
    """Return the mean wait of all calls under patience without end (infinite when the load is too high)."""
    return inf if load >= agents else erlang_c(load, agents) * handling_s / (agents - load)


def service_level(load: float, agents: int, handling_s: float, target_s: float) -> float:
    """Return the share of calls answered within `target_s`."""
    if load >= agents:
        return 0.0
    return 1.0 - erlang_c(load, agents) * exp(-(agents - load) * target_s / handling_s)


def agents_for(load: float, handling_s: float, target_s: float, wanted: float) -> int:
    """Return the fewest agents with whom the service level reaches `wanted` (below 1)."""
    assert 0 <= wanted < 1
    agents = max(1, ceil(load))
    while service_level(load, agents, handling_s, target_s) < wanted:
        agents += 1
    return agents


@dataclass(frozen=True, slots=True)
class Impatient:
    """The figures of Erlang A: shares of all calls, seconds, and the share of time that agents are busy."""

    abandoned: float
    waiting: float
    mean_wait_s: float
    utilisation: float


def erlang_a(calls_per_s: float, agents: int, handling_s: float, patience_s: float) -> Impatient:
    """Return the figures of a queue whose callers give up after an exponential time of mean `patience_s`."""
    assert calls_per_s > 0 and agents > 0 and handling_s > 0 and patience_s > 0
    served, gives_up = 1 / handling_s, 1 / patience_s
    # Weights relative to the state "all agents busy, none waits", so that neither side overflows.
    below, busy_below = 0.0, 0.0
    weight = 1.0
    for n in range(agents, 0, -1):
        weight *= n * served / calls_per_s
        below += weight
        busy_below += weight * (n - 1)
        if weight < _TAIL:
            break
    at_or_above, queue, weight = 1.0, 0.0, 1.0
    for waiting in range(1, _STATES_MAX):
        weight *= calls_per_s / (agents * served + waiting * gives_up)
        at_or_above += weight
        queue += weight * waiting
        if weight * waiting < _TAIL * at_or_above:
            break
    total = below + at_or_above
    mean_queue = queue / total
    return Impatient(
        abandoned=mean_queue * gives_up / calls_per_s,
        waiting=at_or_above / total,
        mean_wait_s=mean_queue / calls_per_s,  # Little's law, over all calls
        utilisation=(busy_below + agents * at_or_above) / total / agents,
    )
