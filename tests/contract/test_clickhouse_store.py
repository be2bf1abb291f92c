"""The statistics on ClickHouse's own engine, over HTTP: what the store in DuckDB's file says, they say; a write that was cut off counts once."""

import functools
from collections.abc import Iterator
from importlib import util
from itertools import count

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from hotline.adapters.statistics_sql.clickhouse.store import ClickHouseStore
from hotline.adapters.statistics_sql.clickhouse.tables import creating, emptying
from hotline.adapters.statistics_sql.fact_store import FactStore, StoreUnavailable, TakenOver
from hotline.adapters.statistics_sql.incoming import coded
from hotline.adapters.statistics_sql.store import Store
from hotline.core.metrics.dimensions import Dimension, Grain
from hotline.core.metrics.folds import Memory
from hotline.core.metrics.measures import Table
from hotline.core.metrics.query import Detail, Query
from hotline.core.metrics.settling import Settled
from hotline.platform.statistics_address import StatisticsAddress
from hotline.ports.fact_rows import RowsWanted
from tests.peers.clickhouse import ClickHousePeer, clickhouse_peer
from tests.property import test_statistics_store as random_facts
from tests.simulation.test_oracle import END, START, VARIANTS, WAYS, checked_columns, settled, stored

MEASURES = (
    "callers",
    "repeats",
    "queue_entered",
    "talks",
    "talk_ms",
    "trunk_in",
    "state_ready_ms",
    "survey_invited",
)
TOTALS = [way for way in WAYS if way[1] is Grain.TOTAL]
numbers = count(1)


@pytest.fixture(scope="module")
def peer() -> Iterator[ClickHousePeer]:
    if util.find_spec("chdb") is None:
        pytest.skip("chdb, the engine of ClickHouse, is not installed here")
    with clickhouse_peer() as started:
        yield started


def opened(peer: ClickHousePeer, database: str = "") -> ClickHouseStore:
    """A store in a database of its own, or another's."""
    name = database or peer.make(f"hotline_{next(numbers)}")
    store = ClickHouseStore(StatisticsAddress.parse(peer.address(name), "secret"))
    store.progress()
    return store


def put(store: FactStore, rows: list[Settled], watermark: int, *, catching_up: bool = False) -> None:
    """One write of the projector."""
    batch = coded(rows, store.coding)
    store.put(batch, watermark=watermark, low_water=1, memory=Memory(), catching_up=catching_up)


def put_in_parts(store: FactStore, rows: list[Settled], parts: int) -> None:
    """The same rows in several writes, the last of which has caught up."""
    size = 1 + len(rows) // parts
    for n in range(parts):
        put(store, rows[n * size : (n + 1) * size], n + 1, catching_up=n < parts - 2)
    store.settle_gaps()


@pytest.mark.req(*(f"STA-{n}" for n in (*range(1, 16), 19, 20)))
async def test_every_column_of_every_report_is_what_the_journal_says(peer: ClickHousePeer) -> None:
    store = opened(peer)
    put_in_parts(store, settled()[0], 4)
    assert store.calls() == stored()[0].calls()
    assert await checked_columns(VARIANTS[1], "as it happened", TOTALS, store) > 1_000
    store.close()


@pytest.mark.req("STA-0")
async def test_columns_stay_right_when_news_is_late(peer: ClickHousePeer) -> None:
    store = opened(peer)
    put_in_parts(store, settled("late by a day")[0], 3)
    by_day = [way for way in WAYS if way[1] is Grain.DAY and way[0] in {"summary", "repeats", "agent_states"}]
    assert await checked_columns(VARIANTS[2], "late by a day", by_day, store) > 100
    store.close()


@functools.cache
def _used(peer: ClickHousePeer) -> ClickHouseStore:
    """One store for all examples of a property: each begins by clearing it."""
    return opened(peer)


@pytest.mark.req("STA-0")
@settings(max_examples=10, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(facts=random_facts.facts, query=random_facts.queries(), catching_up=st.booleans())
def test_any_question_gets_the_same_answer(
    peer: ClickHousePeer, facts: list[random_facts.f.Fact], query: Query, catching_up: bool
) -> None:
    ours, theirs = Store(None), _used(peer)
    theirs.clear()
    rows = random_facts.settle(facts)
    cut = len(rows) // 2
    for store in (ours, theirs):
        put(store, rows[:cut], 1)
        put(store, rows[cut:], 2, catching_up=catching_up)
        store.settle_gaps()
    assert theirs.ask(query) == ours.ask(query)
    page = Detail(query=query, limit=20)
    assert theirs.detail(page) == ours.detail(page)
    for table, columns in (
        (Table.CALL, ("talk_ms", "answered", "before_ms")),
        (Table.VISIT, ("wait_ms", "outcome")),
    ):
        wanted = RowsWanted(table=table, columns=columns, start=START, end=END, hotlines=("a", "b"))  # fmt: skip
        assert theirs.rows(wanted) == ours.rows(wanted)
    ours.close()


QUESTIONS = [
    Query(measures=MEASURES, start=START, end=END, grain=grain, dimensions=by)
    for grain, by in ((Grain.HOUR, ()), (Grain.TOTAL, (Dimension.AGENT,)))
]


@pytest.mark.req("STA-0")
@pytest.mark.parametrize(
    ("at", "done"),
    [("INSERT INTO word", False), ("INSERT INTO talk", True), ("INSERT INTO call", True), ("INSERT INTO progress", False), ("INSERT INTO progress", True)],
)  # fmt: skip
def test_a_write_that_was_cut_off_counts_once(peer: ClickHousePeer, at: str, done: bool) -> None:
    rows = settled()[0]
    third = len(rows) // 3
    store = opened(peer)
    put(store, rows[:third], 1)
    peer.lose(at, done=done)
    with pytest.raises(StoreUnavailable):
        put(store, rows[third : 2 * third], 2)
    with pytest.raises(StoreUnavailable):
        put(store, rows[third : 2 * third], 2)  # nobody knows where the store stands: begin again
    watermark, _, _ = store.progress()
    written = at.endswith("progress") and done
    assert watermark == (2 if written else 1)
    put(store, rows[(2 if written else 1) * third :], 3)
    assert [store.ask(one) for one in QUESTIONS] == [stored()[0].ask(one) for one in QUESTIONS]
    assert store.calls() == stored()[0].calls()
    store.close()


def test_one_process_writes_and_the_one_before_ends(peer: ClickHousePeer) -> None:
    rows = settled()[0]
    first = opened(peer)
    put(first, rows[:100], 1)
    second = opened(peer, f"hotline_{next(numbers) - 1}")
    with pytest.raises(TakenOver):
        put(first, rows[100:], 2)
    put(second, rows[100:], 2)
    assert [second.ask(one) for one in QUESTIONS] == [stored()[0].ask(one) for one in QUESTIONS]
    first.close()
    second.close()


def test_a_store_taken_up_again_knows_its_codes_and_its_gaps(peer: ClickHousePeer) -> None:
    rows = settled()[0]
    half = len(rows) // 2
    store = opened(peer)
    put(store, rows[:half], 1, catching_up=True)
    store.close()
    again = opened(peer, f"hotline_{next(numbers) - 1}")
    put(again, rows[half:], 2)
    again.settle_gaps()
    assert [again.ask(one) for one in QUESTIONS] == [stored()[0].ask(one) for one in QUESTIONS]
    again.clear()
    assert (again.calls(), again.ask(QUESTIONS[0]), again.progress()[0]) == (0, [], 0)
    again.close()


def test_texts_in_questions_are_texts_to_the_engine(peer: ClickHousePeer) -> None:
    """A backslash escapes in ClickHouse, and no text may end the statement's own."""
    store = opened(peer)
    put(store, settled()[0], 1)
    for text in ("\\", "\\' OR 1 = 1 --", "' OR 1 = 1 --", "100%%", "%", "x\n\ty"):
        query = Query(measures=("ivr_keys",), start=START, end=END, filters={Dimension.LABEL: (text,)})
        assert store.ask(query) == []
    store.close()


def test_a_server_that_is_away_is_waited_for() -> None:
    store = ClickHouseStore(StatisticsAddress.parse("clickhouse+http://u@127.0.0.1:9/hotline", ""))
    with pytest.raises(StoreUnavailable):
        store.progress()
    with pytest.raises(StoreUnavailable):
        store.ask(QUESTIONS[0])


def test_the_statements_for_a_cluster_are_clickhouse(peer: ClickHousePeer) -> None:
    """One engine has no cluster to run them in: its parser reads them."""
    store = opened(peer)
    line = store._line
    assert line is not None
    statements = [*creating("city"), *emptying("city"), *emptying("city", drop=True)]
    for statement in statements:
        line.run(f"EXPLAIN AST {statement}")
    made = "\n".join(statements)
    assert "ENGINE = Distributed(city, currentDatabase(), call_local, cityHash64(no))" in made
    assert "ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/call_local', '{replica}', version, gone)" in made  # fmt: skip
    store.close()


@pytest.mark.parametrize(
    "text",
    ["http://a/b", "clickhouse+http://u:p@h/d", "clickhouse+http://h", "clickhouse+http:///d", "clickhouse+http://h/a-b", "clickhouse+http://h/d?cluster=a%20b"],
)  # fmt: skip
def test_an_address_that_does_not_fit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"[\u4e00-\u9fff]"):
        StatisticsAddress.parse(text, "")


def test_an_address_names_nodes_cluster_and_settings() -> None:
    told = "clickhouse+https://me@a.example,b.example:9443/city?cluster=c1&insert_quorum=auto"
    address = StatisticsAddress.parse(told, "secret")
    assert address.nodes == (("a.example", 8443), ("b.example", 9443))
    assert (address.user, address.database, address.cluster) == ("me", "city", "c1")
    assert address.settings == (("insert_quorum", "auto"),)
    assert "secret" not in repr(address)
