"""When alarms begin, worsen, get better and end: by value, by time, and without flapping."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.core.events import AgentState
from hotline.core.ids import TrunkId
from hotline.core.metrics.figures import FIGURES
from hotline.core.metrics.figures_live import DAY_FIGURES, LITTLE_IS_BAD, MOMENT_FIGURES
from hotline.features.alarms.evaluator import HOLD_S, Alarm, Evaluator
from hotline.features.alarms.rules import SCOPES, Level, Metric, Rule, Scope
from hotline.ports.call_control import AgentView, LiveChange, LiveSnapshot, QueueView, TrunkView
from hotline.ports.day_figures import DayFigures, DayValue
from tests.integration.features_admin.fake_control import agent_view, queue_view

T0 = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
ROOT = "root"


def after(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def a_rule(metric: str, scope: Scope = Scope.QUEUE, **more: Any) -> Rule:
    made = Rule(
        id="r1", authority_id=ROOT, name="规则", scope=scope, target_id=None, metric=metric, amber=5, red=10, sound=True
    )  # fmt: skip
    return replace(made, **more)


def a_trunk(used: int) -> TrunkView:
    return TrunkView(trunk_id=TrunkId("t"), authority_id=ROOT, name="中继", used=used, max_calls=30)  # pyright: ignore[reportArgumentType]


View = QueueView | AgentView | TrunkView


class Floor:
    """An evaluator and its input."""

    def __init__(self, *rules: Rule, views: tuple[View, ...] = (), up: bool = True) -> None:
        ids = count(1)
        self.evaluator = Evaluator(lambda: f"a{next(ids)}")
        self.family = {ROOT: frozenset({ROOT, "a"}), "a": frozenset({"a"})}
        self.first = self.evaluator.begin(rules, self.family, snapshot(*views, up=up), T0)

    def now(self, seconds: float, *views: View, up: bool = True) -> list[tuple[str, Level | None]]:
        """Something changed; return (alarm, level) of what it did, level None for an end."""
        given = kinds(views)
        change = LiveChange(seq=1, at=after(seconds), engine_up=up, **given)
        return shown(self.evaluator.take((change,), after(seconds)) + self.evaluator.tick(after(seconds)))

    def later(self, seconds: float) -> list[tuple[str, Level | None]]:
        """Nothing changed until then; time passes from one due moment to the next."""
        found: list[Alarm] = []
        while (due := self.evaluator.next_due()) is not None and due <= after(seconds):
            found += self.evaluator.tick(due)
        return shown(found)


def kinds(views: tuple[View, ...]) -> dict[str, Any]:
    return {
        "queues": tuple(v for v in views if isinstance(v, QueueView)),
        "agents": tuple(v for v in views if isinstance(v, AgentView)),
        "trunks": tuple(v for v in views if isinstance(v, TrunkView)),
    }


def snapshot(*views: View, up: bool = True) -> LiveSnapshot:
    return LiveSnapshot(seq=0, at=T0, engine_up=up, calls=(), **kinds(views))


def shown(alarms: list[Alarm]) -> list[tuple[str, Level | None]]:
    return [(alarm.id, None if alarm.cleared_at else alarm.level) for alarm in alarms]


@pytest.mark.req("SUP-1")
def test_an_alarm_begins_at_once_worsens_at_once_and_ends_after_the_hold() -> None:
    floor = Floor(a_rule(Metric.WAITING), views=(queue_view("q"),))
    assert floor.now(1, queue_view("q", waiting=4)) == []
    assert floor.now(2, queue_view("q", waiting=5)) == [("a1", Level.AMBER)]
    assert floor.now(3, queue_view("q", waiting=9)) == []
    assert floor.now(4, queue_view("q", waiting=10)) == [("a1", Level.RED)]
    assert floor.now(5, queue_view("q", waiting=0)) == []
    assert floor.later(5 + HOLD_S - 0.1) == []
    assert floor.later(5 + HOLD_S) == [("a1", None)]
    assert floor.evaluator.running == {} and floor.evaluator.next_due() is None


@pytest.mark.req("SUP-1")
def test_a_value_that_comes_and_goes_is_one_alarm() -> None:
    floor = Floor(a_rule(Metric.WAITING), views=(queue_view("q"),))
    found: list[tuple[str, Level | None]] = []
    for second in range(0, 300, 5):
        found += floor.now(second, queue_view("q", waiting=5 if second % 10 else 4))
    assert found == [("a1", Level.AMBER)]
    assert floor.later(1000) == []
    floor.now(1000, queue_view("q"))
    assert floor.later(1000 + HOLD_S) == [("a1", None)]


@pytest.mark.req("SUP-1")
def test_red_falls_to_amber_after_the_hold_and_remembers_the_worst() -> None:
    floor = Floor(a_rule(Metric.WAITING), views=(queue_view("q", waiting=12),))
    assert shown(floor.first) == [("a1", Level.RED)]
    floor.now(10, queue_view("q", waiting=6))
    assert floor.later(10 + HOLD_S) == [("a1", Level.AMBER)]
    (alarm,) = floor.evaluator.running.values()
    assert (alarm.worst_level, alarm.value, alarm.line, alarm.raised_at) == (Level.RED, 6, 5, T0)


@pytest.mark.req("SUP-1")
def test_a_wait_reaches_its_lines_without_anything_changing() -> None:
    rule = a_rule(Metric.LONGEST_WAIT_S, amber=30, red=60)
    floor = Floor(rule, views=(queue_view("q"),))
    assert floor.now(1, queue_view("q", waiting=1, longest_wait_since=after(1))) == []
    assert floor.evaluator.next_due() == after(31)
    assert floor.later(30.9) == []
    assert floor.later(31) == [("a1", Level.AMBER)]
    assert floor.later(61) == [("a1", Level.RED)]
    floor.now(70, queue_view("q"))
    assert floor.later(70 + HOLD_S) == [("a1", None)]


@pytest.mark.req("SUP-1")
@pytest.mark.parametrize(
    "metric,state", [(Metric.REST_S, AgentState.REST), (Metric.BUSY_S, AgentState.BUSY), (Metric.AFTER_CALL_S, AgentState.AFTER_CALL)]
)  # fmt: skip
def test_each_agent_is_timed_in_a_state(metric: Metric, state: AgentState) -> None:
    floor = Floor(a_rule(metric, Scope.AGENT, amber=600, red=None), views=())
    one, two = (
        agent_view("x", "1001", state=state, since=T0),
        agent_view("y", "1002", state=state, since=after(60)),
    )
    floor.now(61, one, two)
    assert floor.later(600) == [("a1", Level.AMBER)]
    assert floor.later(660) == [("a2", Level.AMBER)]
    assert {alarm.target_name for alarm in floor.evaluator.running.values()} == {"1001 x", "1002 y"}
    floor.now(700, agent_view("x", "1001", since=after(700)))
    assert floor.later(900) == [("a1", None)]


def day_of(key: str, value: float | None, of: int, queue: str = "q") -> DayFigures:
    told = {key: DayValue(value=value, text="", of=of)}
    return DayFigures(at=T0, start=T0, variant="", total=told, queues={queue: told})


@pytest.mark.req("SUP-1", "STA-0")
@pytest.mark.parametrize("scope,target", [(Scope.QUEUE, "q"), (Scope.SITE, "")])
def test_figures_of_the_day_are_measured_when_counted_and_wait_for_enough_calls(
    scope: Scope, target: str
) -> None:
    rule = a_rule("service_level", scope, amber=80, red=60, min_calls=10)
    floor = Floor(rule, views=(queue_view("q"),))
    assert floor.evaluator.of_the_day() == {ROOT: floor.family[ROOT]}

    def counted(seconds: float, value: float | None, of: int) -> list[tuple[str, Level | None]]:
        days = {ROOT: day_of("service_level", value, of)}
        return shown(floor.evaluator.take_days(days, after(seconds)))

    assert floor.first == []
    assert counted(1, None, 0) == [], "nothing to divide by says nothing"
    assert counted(2, 0.1, 9) == [], "nine calls say nothing"
    assert counted(3, 0.8, 10) == [("a1", Level.AMBER)]
    assert floor.now(4, queue_view("q", waiting=3)) == [], "the floor changes nothing of the day"
    assert counted(5, 0.35, 20) == [("a1", Level.RED)]
    alarm = floor.evaluator.running["r1", target]
    assert (alarm.value, alarm.metric) == (35.0, "service_level")
    assert counted(6, 0.9, 30) == []
    assert floor.later(6 + HOLD_S) == [("a1", None)]


@pytest.mark.req("SUP-1", "STA-0")
@pytest.mark.parametrize(
    "key,good,bad",
    [("queue_answer_rate", 0.06, 0.05), ("abandon_rate", 0.04, 0.05), ("asa", 4.9, 5.0), ("visits_abandoned", 4, 5)],
)  # fmt: skip
def test_figures_of_the_day_tell_good_from_bad(key: str, good: float, bad: float) -> None:
    floor = Floor(a_rule(key, red=None, min_calls=1), views=(queue_view("q"),))
    of = 0 if key == "visits_abandoned" else 100
    assert floor.evaluator.take_days({ROOT: day_of(key, good, of)}, after(1)) == []
    assert shown(floor.evaluator.take_days({ROOT: day_of(key, bad, of)}, after(2))) == [("a1", Level.AMBER)]
    assert floor.evaluator.take_days({}, after(3)) == [], (
        "while the statistics are away nothing is known anew"
    )
    assert floor.evaluator.running


@pytest.mark.req("SUP-1", "STA-0")
def test_whatever_rules_measure_stands_in_the_dictionary() -> None:
    assert set(Metric) <= MOMENT_FIGURES.keys()
    assert set(DAY_FIGURES) <= FIGURES.keys() and not MOMENT_FIGURES.keys() & FIGURES.keys()
    assert LITTLE_IS_BAD <= SCOPES.keys() == {*Metric, *DAY_FIGURES}


@pytest.mark.req("SUP-1")
@pytest.mark.parametrize(
    "metric,scope,good,bad",
    [
        (Metric.READY, Scope.QUEUE, queue_view("q", ready=6), queue_view("q", ready=5)),
        (Metric.SIGNED_IN, Scope.QUEUE, queue_view("q", signed_in=6), queue_view("q", signed_in=5)),
        (Metric.TRUNK_USED_PCT, Scope.TRUNK, a_trunk(0), a_trunk(2)),
        (Metric.TRUNK_USED_PCT, Scope.SITE, a_trunk(0), a_trunk(2)),
        (Metric.WAITING, Scope.SITE, queue_view("q", waiting=2), queue_view("q", waiting=5)),
    ],
)  # fmt: skip
def test_every_metric_tells_good_from_bad(metric: Metric, scope: Scope, good: View, bad: View) -> None:
    floor = Floor(a_rule(metric, scope, amber=5, red=None, min_calls=1), views=(good,))
    assert floor.first == []
    assert floor.now(1, bad) == [("a1", Level.AMBER)]


@pytest.mark.req("SUP-1")
def test_agents_of_several_queues_count_once_for_the_site() -> None:
    rule = a_rule(Metric.READY, Scope.SITE, amber=1, red=0)
    floor = Floor(rule, views=(agent_view("x", "1001"), agent_view("y", "1002")))
    assert floor.first == []
    busy = agent_view("x", "1001", state=AgentState.BUSY)
    assert floor.now(1, busy) == [("a1", Level.AMBER)]
    assert floor.now(2, agent_view("y", "1002", state=AgentState.BUSY)) == [("a1", Level.RED)]


@pytest.mark.req("SUP-1", "OPS-3")
def test_an_engine_that_is_away_alarms_after_its_time_and_ends_when_it_is_back() -> None:
    floor = Floor(a_rule(Metric.ENGINE_DOWN, Scope.SITE, amber=None, red=5))
    assert floor.now(10, up=False) == []
    assert floor.later(15) == [("a1", Level.RED)]
    floor.now(30, up=True)
    assert floor.later(30 + HOLD_S) == [("a1", None)]


@pytest.mark.req("SUP-1", "ADM-1")
def test_a_rule_reaches_its_organisation_and_those_below() -> None:
    queues = (queue_view("q", waiting=9), queue_view("qa", waiting=9, authority_id="a"))
    above = Floor(a_rule(Metric.WAITING), views=queues)
    assert {(alarm.target_id, alarm.authority_id) for alarm in above.first} == {("q", ROOT), ("qa", "a")}
    below = Floor(a_rule(Metric.WAITING, authority_id="a"), views=queues)
    assert [alarm.target_id for alarm in below.first] == ["qa"]
    named = Floor(a_rule(Metric.WAITING, target_id="q"), views=queues)
    assert [alarm.target_id for alarm in named.first] == ["q"]
    whole = Floor(a_rule(Metric.WAITING, Scope.SITE, amber=10, red=None, authority_id="a"), views=queues)
    assert whole.first == []


@pytest.mark.req("SUP-1")
def test_alarms_of_rules_and_things_that_are_gone_end() -> None:
    floor = Floor(a_rule(Metric.WAITING), views=(queue_view("q", waiting=9), queue_view("p", waiting=9)))
    ended = floor.evaluator.begin(
        [a_rule(Metric.WAITING)], floor.family, snapshot(queue_view("q", waiting=9)), after(1)
    )
    assert [(a.target_id, a.cleared_at) for a in ended] == [("p", after(1))]
    ended = floor.evaluator.begin([], floor.family, snapshot(queue_view("q", waiting=9)), after(2))
    assert [(a.target_id, a.cleared_at) for a in ended] == [("q", after(2))]


@pytest.mark.req("SUP-1")
def test_an_acknowledgement_holds_until_it_gets_worse() -> None:
    floor = Floor(a_rule(Metric.WAITING), views=(queue_view("q", waiting=5),))
    key = ("r1", "q")
    floor.evaluator.running[key] = replace(floor.evaluator.running[key], acknowledged_at=after(1))
    floor.now(2, queue_view("q", waiting=6))
    assert floor.evaluator.running[key].acknowledged_at is not None
    floor.now(3, queue_view("q", waiting=10))
    assert floor.evaluator.running[key].acknowledged_at is None


STEPS = st.lists(st.tuples(st.floats(0.1, 60), st.integers(0, 15)), max_size=60)


@pytest.mark.req("SUP-1")
@given(STEPS)
def test_whatever_happens_alarms_agree_with_the_value_and_never_flap(
    given_steps: list[tuple[float, int]],
) -> None:
    floor = Floor(a_rule(Metric.WAITING), views=(queue_view("q"),))
    now, ends, begins = 0.0, [], []
    for pause, waiting in given_steps:
        for alarm, level in floor.later(now + pause):
            assert level in {None, Level.AMBER}, (alarm, "time alone makes nothing worse")
            ends += [now + pause] if level is None else []
        now += pause
        before = bool(floor.evaluator.running)
        floor.now(now, queue_view("q", waiting=waiting))
        begins += [now] if not before and floor.evaluator.running else []
        levels = [alarm.level for alarm in floor.evaluator.running.values()]
        assert not (waiting >= 10 and levels != [Level.RED])
        assert not (waiting >= 5 and not levels)
    floor.later(now + HOLD_S)
    floor.now(now + HOLD_S, queue_view("q", waiting=0))
    floor.later(now + 3 * HOLD_S)
    assert floor.evaluator.running == {}
    assert len(ends) <= len(begins)
