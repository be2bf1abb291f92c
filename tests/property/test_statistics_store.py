"""The statistics store counts exactly what plain Python counts, for any facts, question and variant."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.adapters.statistics_sql import distinct_callers, top_callers
from hotline.adapters.statistics_sql.coding import province_and_city
from hotline.adapters.statistics_sql.gaps import refresh_all
from hotline.adapters.statistics_sql.store import Store
from hotline.core.events import (
    AgentState,
    Direction,
    Disposition,
    OfferKind,
    OfferOutcome,
    OverflowCause,
    Party,
    TalkEnd,
    VisitOutcome,
)
from hotline.core.ids import AuthorityId, CallId, QueueId, TalkId, VisitId
from hotline.core.metrics import facts as f
from hotline.core.metrics.dimensions import Dimension, Grain
from hotline.core.metrics.evaluate import evaluate
from hotline.core.metrics.folds import Memory
from hotline.core.metrics.measures import MEASURES
from hotline.core.metrics.query import Detail, Exclusion, Query, Row, bucket_of
from hotline.core.metrics.settling import Settled, Stamp, settle
from hotline.core.metrics.variant import Variant

START = datetime(
    2026, 12, 30, 15, 0, tzinfo=UTC
)  # 23:00 local: rows fall on both sides of midnight and of the year's end
moments = st.integers(0, 3 * 86_400_000).map(lambda ms: START + timedelta(milliseconds=ms))
ids: st.SearchStrategy[Any] = st.sampled_from(["a", "b", "c"])
optional: st.SearchStrategy[Any] = st.none() | ids
spans = st.integers(0, 200_000)


calls_of: st.SearchStrategy[Any] = st.sampled_from([f"call{n}" for n in range(8)])
numbers = st.sampled_from(["13800138000", "010840", "anonymous", "+8613900139000", "008"])


def _unique(prefix: str) -> st.SearchStrategy[Any]:
    return st.integers(0, 2**48).map(lambda n: f"{prefix}{n}")


@st.composite
def calls(draw: st.DrawFn) -> f.CallFact:
    start = draw(moments)
    return f.CallFact(
        call_id=draw(calls_of), authority_id=draw(ids), hotline_id=draw(optional), direction=draw(st.sampled_from(Direction)),
        ani=draw(numbers), dnis=draw(numbers), trunk_id=None, web=False, test=draw(st.booleans()), started_at=start,
        answered_at=draw(st.none() | st.just(start)), ended_at=start, disposition=draw(st.sampled_from(Disposition)),
        ended_by=Party.CITIZEN, agent_requested=draw(st.booleans()), agent_answered=draw(st.booleans()), agent_id=draw(optional),
        queue_id=draw(optional), talk_ms=draw(spans), survey_invited=draw(st.booleans()), sip_status=0, q850=16,
        business_type=draw(st.sampled_from(["", "x", "y"])), recorded=draw(st.booleans()), dial_ms=draw(spans), voicemail_ms=draw(st.just(0) | spans),
    )  # fmt: skip


@st.composite
def visits(draw: st.DrawFn) -> f.QueueVisitFact:
    start, wait = draw(moments), draw(st.sampled_from([0, 4999, 5000, 5001, 20_000, 20_001, 120_001]) | spans)
    return f.QueueVisitFact(
        visit_id=draw(_unique("visit")), call_id=draw(calls_of), authority_id=draw(ids), hotline_id=draw(optional), queue_id=draw(ids), ani="",
        dnis=draw(ids), test=draw(st.booleans()), entered_at=start, left_at=start + timedelta(milliseconds=wait),
        outcome=draw(st.sampled_from(VisitOutcome)), cause=draw(st.none() | st.sampled_from(OverflowCause)), wait_ms=wait, agent_id=draw(optional), line=draw(st.integers(1, 9)),
    )  # fmt: skip


@st.composite
def talks(draw: st.DrawFn) -> f.TalkFact:
    start = draw(moments)
    return f.TalkFact(
        talk_id=TalkId(f"talk{draw(st.integers(0, 8))}"), call_id=draw(calls_of), authority_id=draw(ids), hotline_id=draw(optional), dnis=draw(ids),
        test=draw(st.booleans()), direction=draw(st.sampled_from(Direction)), agent_id=draw(ids), queue_id=draw(optional), visit_id=None,
        started_at=start, ended_at=start, how=draw(st.sampled_from(TalkEnd)), talk_ms=draw(spans), hold_ms=draw(spans), wrap_ms=draw(spans),
    )  # fmt: skip


@st.composite
def offers(draw: st.DrawFn) -> f.OfferFact:
    start = draw(moments)
    return f.OfferFact(
        offer_id=draw(_unique("offer")), call_id=draw(calls_of), authority_id=draw(ids), hotline_id=draw(optional), dnis=draw(ids),
        test=draw(st.booleans()), queue_id=draw(optional), visit_id=None, agent_id=draw(optional), duty=draw(st.booleans()), started_at=start,
        ended_at=start, outcome=draw(st.sampled_from(OfferOutcome)), why="", ring_ms=draw(spans), kind=draw(st.sampled_from(OfferKind)),
    )  # fmt: skip


@st.composite
def intervals(draw: st.DrawFn) -> f.AgentIntervalFact:
    start = draw(moments)
    return f.AgentIntervalFact(
        agent_id=draw(ids), authority_id=draw(ids), from_at=start, to_at=start + timedelta(milliseconds=draw(st.integers(0, 900_000))),
        state=draw(st.sampled_from(AgentState)), reason=draw(st.sampled_from(["", "meal"])), queue_id=draw(optional), call_id=None, first=draw(st.booleans()),
        team=tuple(sorted(draw(st.sets(ids)))),
    )  # fmt: skip


@st.composite
def answers(draw: st.DrawFn) -> f.SurveyAnswerFact:
    start = draw(moments)
    return f.SurveyAnswerFact(
        call_id=draw(calls_of), question=draw(st.integers(1, 2)), authority_id=draw(ids), hotline_id=draw(optional),
        dnis=draw(ids), test=draw(st.booleans()), at=start, call_started_at=start, key="1", grade=draw(st.integers(1, 3)), label="",
        agent_id=draw(optional), queue_id=draw(optional),
    )  # fmt: skip


@st.composite
def keys(draw: st.DrawFn) -> f.IvrKeyFact:
    start = draw(moments)
    return f.IvrKeyFact(
        call_id=draw(calls_of), number=draw(st.integers(1, 3)), authority_id=draw(ids), hotline_id=draw(optional), test=draw(st.booleans()),
        at=start, call_started_at=start, flow_id=draw(ids), node_id=draw(ids), keys=draw(st.sampled_from(["", "1", "12", "1234"])),
        label=draw(st.sampled_from(["", "x"])), accepted=draw(st.booleans()),
    )  # fmt: skip


@st.composite
def sign_ins(draw: st.DrawFn) -> f.SignInFact:
    return f.SignInFact(
        agent_id=draw(ids), authority_id=draw(ids), from_at=draw(moments), to_at=draw(st.none() | moments), device_id="d",
        address="192.0.2.1", why=draw(st.sampled_from(["", "self"])), by=None,
    )  # fmt: skip


@st.composite
def callbacks(draw: st.DrawFn) -> f.CallbackFact:
    done = draw(st.sampled_from([-1, 0, 5, 86_400_000, 86_400_001]))
    return f.CallbackFact(
        call_id=draw(calls_of), authority_id=draw(ids), hotline_id=draw(optional), queue_id=draw(optional), number="1", test=draw(st.booleans()),
        requested_at=draw(moments), done_at=None, done_in_ms=done, agent_id=draw(optional),
    )  # fmt: skip


def _once(facts: list[f.Fact]) -> list[f.Fact]:
    """A call is one row, a talk one row."""
    kept: dict[object, f.Fact] = {}
    for n, fact in enumerate(facts):
        kept[fact.call_id if isinstance(fact, f.CallFact) else n] = fact
    return list(kept.values())


facts = st.lists(
    calls()
    | calls()
    | visits()
    | talks()
    | offers()
    | intervals()
    | answers()
    | keys()
    | sign_ins()
    | callbacks(),
    max_size=60,
).map(_once)
variants = st.builds(
    Variant,
    service_level_s=st.sampled_from([5, 20, 60]),
    short_abandon_s=st.sampled_from([0, 5]),
    satisfied_grade=st.integers(1, 3),
    repeat_min=st.sampled_from([1, 120]),
    matter_days=st.sampled_from([1, 7]),
    include_test=st.booleans(),
    include_excluded=st.booleans(),
)
some_authorities = st.none() | st.lists(ids, max_size=2).map(tuple)
exclusions = st.lists(
    st.builds(Exclusion, start=moments, end=moments, hotline=optional, authorities=some_authorities)
    | st.builds(Exclusion, number=numbers, authorities=some_authorities),
    max_size=2,
).map(tuple)


@st.composite
def queries(draw: st.DrawFn) -> Query:
    first, second = sorted([draw(moments), draw(moments)])
    dimensions = draw(st.lists(st.sampled_from(Dimension), unique=True, max_size=2))
    filters = draw(
        st.dictionaries(
            st.sampled_from(Dimension),
            st.lists(ids | numbers | st.sampled_from(["1", "x", "23"]), min_size=1, max_size=2).map(tuple),
            max_size=2,
        )
    )
    return Query(
        measures=tuple(draw(st.lists(st.sampled_from(list(MEASURES)), min_size=1, max_size=30, unique=True))), start=first, end=second, grain=draw(st.sampled_from(Grain)), dimensions=tuple(dimensions),
        filters=filters, authorities=draw(some_authorities), variant=draw(variants), exclusions=draw(exclusions), now=draw(st.none() | moments),
    )  # fmt: skip


def _told(rows: list[Row]) -> list[object]:
    """Only what is not zero: a row of zeros says nothing, and the difference of two answers is easier to read."""
    told = [(row.bucket, row.key, {k: v for k, v in row.counts.items() if v != 0}) for row in rows]
    return [row for row in told if any(row[2].values())]


def _unfinished(one: Settled) -> Settled:
    """A talk as it was before its after-call work was known."""
    fact, stamp = one
    return (fact.wrapped_up(0), stamp) if isinstance(fact, f.TalkFact) else one


@pytest.mark.req("STA-0")
@settings(max_examples=40, deadline=None)
@given(facts=facts, query=queries(), catching_up=st.booleans())
def test_store_agrees_with_plain_python(facts: list[f.Fact], query: Query, catching_up: bool) -> None:
    store = Store(None)
    try:
        settled = settle(facts)
        cut = len(settled) // 2  # in two writes, so that a talk is replaced across writes too
        talks = [_unfinished(one) for one in settled[cut:] if isinstance(one[0], f.TalkFact)]
        store.write([*settled[:cut], *talks], watermark=1, low_water=1, memory=Memory())
        store.write(settled[cut:], watermark=2, low_water=1, memory=Memory(), catching_up=catching_up)
        if catching_up:
            store.settle_gaps()
        expected = _told(evaluate(query, facts, province_and_city))
        assert _told(store.ask(query)) == expected
        refresh_all(store._db)
        assert _told(store.ask(query)) == expected, "gaps made in one sweep"
    finally:
        store.close()


@pytest.mark.req("STA-0")
def test_a_clean_store_answers_with_no_rows() -> None:
    store = Store(None)
    query = Query(measures=tuple(MEASURES), start=START, end=START + timedelta(days=1))
    assert store.ask(query) == []
    store.close()


@pytest.mark.req("STA-0")
@pytest.mark.parametrize("grain", list(Grain))
def test_every_grain_counts_by_the_same_intervals(grain: Grain) -> None:
    """A week once came out as a day: the brackets around `day + 3` were lost on the way to SQL."""
    store = Store(None)
    visit = f.QueueVisitFact(
        visit_id=VisitId("v"), call_id=CallId("c"), authority_id=AuthorityId("a"), hotline_id=None, queue_id=QueueId("q"), ani="",
        dnis="", test=False, entered_at=START, left_at=START, outcome=VisitOutcome.ANSWERED, cause=None, wait_ms=0, agent_id=None,
    )  # fmt: skip
    store.write([(visit, Stamp(number=1))], watermark=1, low_water=1, memory=Memory())
    query = Query(measures=("queue_entered",), start=START, end=START + timedelta(days=1), grain=grain)
    assert store.ask(query) == [Row(bucket=bucket_of(grain, START), key=(), counts={"queue_entered": 1})]
    store.close()


@pytest.mark.req("STA-20")
@settings(max_examples=12, deadline=None)
@given(facts=facts, query=queries(), limit=st.integers(1, 4))
def test_the_most_frequent_callers_are_those_of_the_whole_list(
    facts: list[f.Fact], query: Query, limit: int
) -> None:
    """They are found by one measure before the others are counted: odd numbers and ties come in the same order."""
    filters = {d: values for d, values in query.filters.items() if d is not Dimension.CALLER}
    query = replace(
        query, measures=(*query.measures, "trunk_in") if "trunk_in" not in query.measures else query.measures,
        dimensions=(Dimension.CALLER,), grain=Grain.TOTAL, filters=filters, order="trunk_in", limit=limit,
    )  # fmt: skip
    store = Store(None)
    try:
        store.write(settle(facts), watermark=1, low_water=1, memory=Memory())
        expected = [row for row in evaluate(query, facts, province_and_city) if row.counts["trunk_in"]]
        for steps in (top_callers.STEPS, (3, 2)):
            with mock.patch.object(top_callers, "STEPS", steps):
                assert [row for row in store.ask(query) if row.counts["trunk_in"]] == expected
    finally:
        store.close()


@pytest.mark.req("STA-20")
@settings(max_examples=25, deadline=None)
@given(
    facts=st.lists(calls(), max_size=12).map(_once),
    query=queries(),
    of_one=st.booleans(),
    apart_most=st.sampled_from([0, 1, 2_000]),
)
def test_different_callers_are_told_by_the_gaps_between_their_calls(
    facts: list[f.Fact], query: Query, of_one: bool, apart_most: int
) -> None:
    """Whatever hides the call before: a test call, an excluded time or number, an interval's or the period's beginning."""
    query = replace(query, measures=("callers", "trunk_in"), dimensions=(), filters={})
    if of_one:
        query = replace(query, authorities=("a",))
    store = Store(None)
    try:
        store.write(settle(facts), watermark=1, low_water=1, memory=Memory())
        with mock.patch.object(distinct_callers, "APART_MOST", apart_most):
            assert store.ask(query) == evaluate(query, facts, province_and_city)
    finally:
        store.close()


@pytest.mark.req("STA-0")
@settings(max_examples=12, deadline=None)
@given(facts=facts, query=queries(), size=st.integers(1, 5))
def test_pages_of_counted_rows_follow_one_another(facts: list[f.Fact], query: Query, size: int) -> None:
    """A page is looked for in ever longer stretches of time; no row is lost or comes twice."""
    query = replace(
        query,
        dimensions=(),
        grain=Grain.TOTAL,
        start=START - timedelta(days=300),
        end=START + timedelta(days=4),
    )
    store = Store(None)
    try:
        store.write(settle(facts), watermark=1, low_water=1, memory=Memory())
        whole = store.detail(Detail(query=query, limit=1000))
        paged = [
            row
            for offset in range(0, len(whole.rows) + size, size)
            for row in store.detail(Detail(query=query, offset=offset, limit=size)).rows
        ]
        assert whole.total == len(whole.rows)
        assert [(row.at_ms, row.parts) for row in paged] == [(row.at_ms, row.parts) for row in whole.rows]
    finally:
        store.close()
