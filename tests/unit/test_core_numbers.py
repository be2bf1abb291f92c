"""Telephone numbers: rewriting by rules, what is dialled, who can be called back; and who may dial what, when and how often."""

from dataclasses import replace
from datetime import timedelta

import pytest

from hotline.core import events as e
from hotline.core import requests
from hotline.core import switching as s
from hotline.core.ids import AgentId, LegId
from hotline.core.numbers import callable_back, dialled, rewrite
from hotline.core.outbound_rules import refusal, rule_for
from hotline.core.requests import Refused
from hotline.core.site import NumberRule, OutboundRule
from tests.unit.core_bench import START, Bench, agent, site

INBOUND = (
    NumberRule(prefix="+86", strip=3),
    NumberRule(prefix="0086", strip=4),
    NumberRule(prefix="86", strip=2),
    NumberRule(prefix="+8610", strip=3, prepend="0"),
    NumberRule(prefix="+", strip=1, prepend="00"),
    NumberRule(prefix="10", strip=0, prepend="0"),
)


@pytest.mark.req("TEL-1")
@pytest.mark.parametrize(
    "came,is_",
    [
        ("+8613800138000", "13800138000"),
        ("008613800138000", "13800138000"),
        ("8613800138000", "13800138000"),
        ("+861084000000", "01084000000"),
        ("+85223456789", "0085223456789"),
        ("1084000000", "01084000000"),
        ("01084000000", "01084000000"),
        ("075512345678", "075512345678"),
        ("anonymous", "anonymous"),
        ("", ""),
    ],
)
def test_rules_bring_callers_numbers_into_one_form(came: str, is_: str) -> None:
    assert rewrite(INBOUND, came) == is_


@pytest.mark.req("TEL-1")
def test_the_longest_prefix_wins_whatever_the_order_of_the_rules() -> None:
    assert rewrite(tuple(reversed(INBOUND)), "+861084000000") == "01084000000"
    assert rewrite((), "123") == "123"
    assert rewrite((NumberRule(prefix="", prepend="9"),), "13800138000") == "913800138000"


@pytest.mark.req("TEL-1")
@pytest.mark.parametrize(
    "text,number",
    [
        ("138 0013 8000", "13800138000"),
        ("+86 138-0013-8000", "13800138000"),
        ("+86 10 8400 0000", "01084000000"),
        ("(010) 84000000", "01084000000"),
        ("0086 755 2345 6789", "075523456789"),
        ("+852 2345 6789", "0085223456789"),
        ("12345", "12345"),
        ("110", "110"),
        ("4006001234", "4006001234"),
        ("sip:1001", ""),
        ("1３8", ""),
        ("", ""),
        ("1" * 33, ""),
    ],
)
def test_what_people_type_becomes_what_is_dialled(text: str, number: str) -> None:
    assert dialled(text) == number


@pytest.mark.req("ACD-2")
@pytest.mark.parametrize(
    "text,number",
    [
        ("13800138000", "13800138000"),
        ("+8613800138000", "13800138000"),
        ("01084000000", "01084000000"),
        ("075512345678", "075512345678"),
        ("07551234567", "07551234567"),
        ("84000000", "84000000"),
        ("12800138000", ""),
        ("1380013800", ""),
        ("0085223456789", ""),
        ("110", ""),
        ("0108400", ""),
        ("11111111", ""),
        ("anonymous", ""),
    ],
)
def test_only_numbers_of_the_country_are_called_back(text: str, number: str) -> None:
    assert callable_back(text) == number


@pytest.mark.req("TEL-1")
def test_a_trunks_rules_rewrite_callers_and_numbers_dialled() -> None:
    plain = site()
    trunk = replace(
        plain.trunks[0], inbound_rules=INBOUND, outbound_rules=(NumberRule(prefix="1", prepend="9"),)
    )
    bench = Bench(replace(plain, trunks=(trunk,)))
    bench.tell(
        s.LegIncoming,
        leg_id=LegId("in"),
        kind=s.LegKind.TRUNK,
        ani="+8613800138000",
        dnis="01084000000",
        trunk_id="trunk",
    )
    assert bench.last(e.CallArrived).ani == "13800138000"
    bench.sign_in("1001")
    bench.ask(requests.PlaceCall, "1001", to="138 0013 8000")
    bench.up(bench.last(e.CallPlaced).leg_id)
    to = bench.sent(s.Originate)[0].to
    assert to == s.ToTrunk(trunk_id="trunk", number="913800138000")  # pyright: ignore[reportArgumentType]
    assert bench.last(e.LegStarted).number == "13800138000"


@pytest.mark.req("TEL-1", "AGT-2")
@pytest.mark.parametrize("ani", ["", "anonymous", "unavailable"])
def test_a_withheld_number_stays_none_whatever_a_trunks_rules_put_before_numbers(ani: str) -> None:
    plain = site()
    trunk = replace(plain.trunks[0], inbound_rules=(NumberRule(prefix="", prepend="0"),))
    bench = Bench(replace(plain, trunks=(trunk,)))
    leg_id = LegId("in")
    bench.tell(
        s.LegIncoming, leg_id=leg_id, kind=s.LegKind.TRUNK, ani=ani, dnis="01084000000", trunk_id="trunk"
    )
    assert bench.last(e.CallArrived).ani == ""


# ── Toll fraud ──

RULES = (
    OutboundRule(prefix="0", min_class=2),
    OutboundRule(prefix="00", allowed=True, min_class=3, daily_limit=2),
    OutboundRule(prefix="0088", allowed=False),
    OutboundRule(prefix="16", from_min=9 * 60, until_min=18 * 60),
    OutboundRule(prefix="13", daily_limit=3),
)
RULED = replace(site(), outbound_rules=RULES)


@pytest.mark.req("ADM-6")
@pytest.mark.parametrize(
    "call_class,number,hour,used,code",
    [
        (2, "0755123", 10, 0, None),
        (1, "0755123", 10, 0, "number_barred"),
        (2, "0044123", 10, 0, "number_barred"),
        (3, "0044123", 10, 1, None),
        (3, "0044123", 10, 2, "daily_limit"),
        (3, "0088123", 10, 0, "number_barred"),
        (2, "16812345", 10, 0, None),
        (2, "16812345", 18, 0, "closed_hours"),
        (2, "16812345", 8, 0, "closed_hours"),
        (0, "84000000", 10, 0, "number_barred"),
        (1, "84000000", 10, 99, None),
        (2, "13800000000", 10, 3, "daily_limit"),
    ],
)
def test_who_may_dial_what_and_when(
    call_class: int, number: str, hour: int, used: int, code: str | None
) -> None:
    profile = replace(agent("1001"), call_class=call_class)
    at = START + timedelta(hours=hour - 10)  # START is ten o'clock in China
    assert refusal(RULED, profile, number, at, used) == code


@pytest.mark.req("ADM-6")
def test_abroad_is_barred_where_no_rule_speaks() -> None:
    world = replace(agent("1001"), call_class=3)
    assert refusal(site(), world, "0044123", START, 0) == "number_barred"
    assert rule_for(RULED, "00881") == RULES[2]
    assert rule_for(site(), "1") is None


@pytest.mark.req("ADM-6")
def test_the_daily_limit_counts_each_agents_calls_and_begins_anew_at_midnight() -> None:
    limited = replace(site(), outbound_rules=(OutboundRule(prefix="13", daily_limit=2),))
    bench = Bench(limited)
    bench.centre.remember_calls_today({AgentId("1001"): ["13900000000"]}, bench.at)
    bench.sign_in("1001", "1002")
    place(bench, "1001")
    with pytest.raises(Refused, match="daily_limit"):
        place(bench, "1001")
    place(bench, "1002")
    bench.at += timedelta(hours=15)
    place(bench, "1001")


def place(bench: Bench, number: str) -> None:
    """An agent dials and gives up."""
    call_id = bench.ask(requests.PlaceCall, number, to="13800138000").call_id
    bench.ask(requests.HangUpCall, number, call_id=call_id)
    bench.down(bench.last(e.CallPlaced).leg_id)


@pytest.mark.req("ADM-6")
@pytest.mark.parametrize(
    "number,code", [("0044123456", "number_barred"), ("16800000", "closed_hours"), ("x", "no_such_number")]
)
def test_a_desk_is_told_why_a_number_is_refused(number: str, code: str) -> None:
    closed = OutboundRule(prefix="168", from_min=0, until_min=60)
    bench = Bench(replace(site(), outbound_rules=(closed,)))
    bench.sign_in("1001")
    with pytest.raises(Refused, match=code):
        bench.ask(requests.PlaceCall, "1001", to=number)
    assert not bench.of(e.CallPlaced)
