"""The small pure parts of the core: identity numbers, opening hours, expressions, flow documents, Erlang's formulas."""

import json
from datetime import UTC, datetime, timedelta
from math import inf
from pathlib import Path

import pytest

from hotline.core import id_card
from hotline.core.expression import ExpressionError, as_text
from hotline.core.expression_v1 import compile_expression
from hotline.core.flow import FlowError, parse
from hotline.core.flow_nodes import Menu
from hotline.core.ids import AuthorityId, FlowId, HoursId
from hotline.core.metrics import erlang
from hotline.core.opening_hours import opening_at
from hotline.core.site import Hours, Period, SpecialDay

OFFICE = tuple((Period(start_min=540, end_min=1050),) for _ in range(5))


def hours(**settings: object) -> Hours:
    given = {"week": (*OFFICE, (), ()), **settings}
    return Hours(id=HoursId("h"), authority_id=AuthorityId("a"), name="h", **given)  # pyright: ignore[reportArgumentType]


@pytest.mark.req("IVR-6")
@pytest.mark.parametrize(
    "number,valid",
    [
        ("11010519491231002X", True),  # the example of GB 11643-1999
        ("11010519491231002x", True),
        ("110105194912310021", False),
        ("440524188001010014", True),  # its second example
        ("110105194913310026", False),  # no thirteenth month
        ("1101051949123100", False),
        ("１1010519491231002X", False),
        ("", False),
    ],
)
def test_identity_numbers_are_checked_by_length_date_and_check_character(number: str, valid: bool) -> None:
    assert id_card.is_valid(number) is valid


@pytest.mark.req("IVR-4")
@pytest.mark.parametrize(
    "at,is_open",
    [
        (datetime(2026, 3, 2, 0, 59, tzinfo=UTC), False),  # Monday 08:59 in China
        (datetime(2026, 3, 2, 1, 0, tzinfo=UTC), True),
        (datetime(2026, 3, 2, 9, 29, 59, tzinfo=UTC), True),
        (datetime(2026, 3, 2, 9, 30, tzinfo=UTC), False),  # the end is not open any more
        (datetime(2026, 3, 7, 2, 0, tzinfo=UTC), False),  # Saturday
        (datetime(2026, 3, 1, 17, 0, tzinfo=UTC), False),  # Monday 01:00 in China, Sunday in UTC
    ],
)
def test_a_week_is_local_time(at: datetime, is_open: bool) -> None:
    assert opening_at(hours(), at, 480).open is is_open


@pytest.mark.req("IVR-4")
def test_a_special_day_wins_over_the_week_and_the_override_over_both() -> None:
    monday = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
    holiday = hours(special=(SpecialDay(day="2026-03-02", periods=(), note="holiday"),))
    assert opening_at(holiday, monday, 480).note == "holiday"
    assert not opening_at(holiday, monday, 480).open
    assert opening_at(hours(special=holiday.special, override="open"), monday, 480).open
    assert not opening_at(hours(override="closed"), monday, 480).open


@pytest.mark.req("IVR-4")
def test_an_override_with_an_end_gives_way_to_the_calendar_at_that_moment() -> None:
    noon = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)  # Monday 12:00 in China
    closed = hours(override="closed", override_until=noon)
    assert opening_at(closed, noon - timedelta(seconds=1), 480).why == "override"
    assert opening_at(closed, noon, 480).open
    assert opening_at(closed, noon, 480).periods


@pytest.mark.req("IVR-2")
@pytest.mark.parametrize(
    "source,value",
    [
        ("1 + 2", 3.0),
        ("'a' + 1", "a1"),
        ("n + 1", 43.0),
        ("n == 42 and not (ani == '')", True),
        ("n == '42'", True),
        ("n < 100", True),
        ("'abc' < 5", False),
        ("'abc' != 5", True),
        ("nothing == ''", True),
        ("'38' in ani", True),
        ("startswith(ani, '138') or false", True),
        ("endswith(ani, '0') and right(ani, 2) == '00'", True),
        ("len(ani) >= 11", True),
        ("id_card_valid('11010519491231002X')", True),
        ("not not true", True),
        ("right(ani, 0)", ""),
        ("right(ani, 'x')", ""),
    ],
)
def test_expressions_mean_what_they_say(source: str, value: object) -> None:
    assert compile_expression(source)({"ani": "13800000000", "n": "42"}) == value


@pytest.mark.req("IVR-2")
@pytest.mark.parametrize(
    "source",
    [
        "",
        "1 +",
        "a.b",
        "__import__('os')",
        "(1",
        "1 2",
        "len()",
        "f(1)",
        "a = 1",
        "'open",
        "and",
        "[1]",
        "x" * 1001,
        "(" * 40 + "1" + ")" * 40,
    ],
)
def test_what_is_no_expression_is_refused(source: str) -> None:
    with pytest.raises(ExpressionError):
        compile_expression(source)


def test_values_become_text_without_surprises() -> None:
    assert [as_text(v) for v in (True, False, 3.0, 2.5, "x")] == ["true", "false", "3", "2.5", "x"]


@pytest.mark.req("IVR-1")
@pytest.mark.parametrize(
    "document,where",
    [
        ("{", ""),
        ("[]", ""),
        ({"format": 3, "start": "a", "nodes": {"a": {"kind": "hangup"}}}, ""),
        ({"format": 1, "start": "b", "nodes": {"a": {"kind": "hangup"}}}, ""),
        ({"format": 1, "start": "a", "nodes": {"a": {"kind": "dance"}}}, "a"),
        ({"format": 1, "start": "a", "nodes": {"a": {"kind": "play", "prompts": "x", "next": "a"}}}, "a"),
        ({"format": 1, "start": "a", "nodes": {"a": {"kind": "play", "prompts": [], "next": "b"}}}, "a"),
        ({"format": 1, "start": "a", "nodes": {"a": {"kind": "say", "pieces": [{}], "next": "a"}}}, "a"),
        (
            {
                "format": 1,
                "start": "a",
                "nodes": {
                    "a": {"kind": "condition", "cases": [{"when": "1 +", "next": "a"}], "otherwise": "a"}
                },
            },
            "a",
        ),
        (
            {
                "format": 1,
                "start": "a",
                "nodes": {"a": {"kind": "menu", "choices": {"A": {"next": "a"}}, "on_failure": "a"}},
            },
            "a",
        ),
        (
            {
                "format": 1,
                "start": "a",
                "nodes": {
                    "a": {"kind": "menu", "choices": {"1": {"next": "a"}}, "on_failure": "a", "timeout_s": 0}
                },
            },
            "a",
        ),
    ],
)
def test_a_flow_that_cannot_be_run_is_refused_with_its_place(document: object, where: str) -> None:
    text = document if isinstance(document, str) else json.dumps(document)
    with pytest.raises(FlowError) as refusal:
        parse(FlowId("f"), 1, text)
    assert refusal.value.node_id == where


@pytest.mark.req("IVR-1")
def test_the_demo_flow_can_be_run() -> None:
    text = (Path(__file__).parents[2] / "src/hotline/demo/flow.json").read_text(encoding="utf-8")
    flow = parse(FlowId("demo"), 1, text)
    menus = [node for node in flow.nodes.values() if isinstance(node, Menu)]
    assert any(set(menu.choices) == set("12309*") for menu in menus)


@pytest.mark.req("WFM-1")
def test_erlang_agrees_with_published_values() -> None:
    assert erlang.erlang_b(123, 132) == pytest.approx(0.0312, abs=5e-5)
    assert erlang.erlang_c(123, 132) == pytest.approx(0.3211, abs=5e-5)
    assert erlang.erlang_c(12345, 12421) == pytest.approx(0.3812, abs=5e-5)
    assert erlang.agents_for(10, 3.0, 0.33, 0.8) == 14
    assert erlang.service_level(10, 14, 3.0, 0.33) == pytest.approx(0.888, abs=5e-4)
    assert erlang.mean_wait_s(48, 50, 60.0) == pytest.approx(20.83, abs=0.005)


@pytest.mark.req("WFM-1")
def test_erlang_a_agrees_with_published_values() -> None:
    figures = erlang.erlang_a(48 / 60, 50, 60.0, 120.0)
    assert figures.abandoned == pytest.approx(0.0309, abs=5e-5)
    assert figures.mean_wait_s == pytest.approx(3.71, abs=0.005)
    assert figures.utilisation == pytest.approx(0.9303, abs=5e-5)


def test_too_much_load_waits_for_ever() -> None:
    assert erlang.erlang_c(10, 10) == 1.0
    assert erlang.mean_wait_s(10, 10, 60.0) == inf
    assert erlang.service_level(11, 10, 60.0, 20.0) == 0.0
    assert erlang.erlang_a(10.0, 5, 60.0, 60.0).abandoned == pytest.approx(1 - 5 / 600, abs=1e-3)
