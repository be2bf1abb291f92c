"""What is simulated: the people's habits, the size of the centre, the faults. Times in seconds, rates per hour."""

from dataclasses import dataclass, field

DAY_CURVE = (1, 1, 1, 1, 1, 2, 6, 20, 70, 100, 95, 75, 45, 60, 90, 95, 85, 60, 25, 15, 10, 7, 4, 2)
"""Calls by local hour of a government hotline, relative to the busiest (synthetic: shape of two peaks around lunch)."""
FLAT = (1,) * 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """What goes wrong, as chances per event or rates per hour."""

    device_drops_per_hour: float = 0.0
    """Each agent's telephone loses its connection so often."""
    device_back_s: float = 15.0
    leg_breaks: float = 0.0
    """Share of talks whose agent leg breaks."""
    engine_losses_per_hour: float = 0.0
    restarts_per_hour: float = 0.0
    """Crashes of the application, which then folds the journal and adopts the calls."""
    repeats: float = 0.0
    """Share of switch events that are reported twice."""
    failures: float = 0.0
    """Share of commands to the switch that fail."""
    silences: float = 0.0
    """Share of `PlayDone` reports that never come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A simulation. `model`: `day` for a whole hotline with menus, `mmn` and `mmnm` for the bare queues of Erlang's formulas."""

    model: str = "day"
    hours: float = 24.0
    calls: int = 10_000
    agents: int = 60
    talk_s: float = 150.0
    wrap_up_s: float = 20.0
    patience_s: float = 180.0
    answer_s: float = 3.0
    missed: float = 0.01
    rejected: float = 0.002
    hang_up_anywhere: float = 0.02
    """Share of callers who hang up at some random moment."""
    breaks_per_hour: float = 0.4
    break_s: float = 600.0
    outbound_per_hour: float = 0.0
    start_hour: float = 0.0
    """Local hour at which it begins."""
    curve: tuple[float, ...] = DAY_CURVE
    max_calls: int = 100_000
    questions: bool = False
    """Callers are asked to say what they want to know, before the menu."""
    withheld: float = 0.05
    """Share of callers who show no number."""
    returning: float = 0.3
    """Share of callers who have called before."""
    mobile: float = 0.15
    """Share of agents who work at a mobile seat."""
    faults: Faults = field(default_factory=Faults)
