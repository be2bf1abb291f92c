"""Call forwarding, the rules for calls out and full trunks, with real telephones: who rings instead, and what is refused with which code."""

from datetime import UTC, datetime, timedelta

import pytest

from hotline.adapters.sip_caller.conversation import Conversation
from tests.e2e.product import Refusal
from tests.e2e.queue_ground import Ground, ground
from tests.e2e.tones import hear, hum
from tests.e2e.verb_floor import CALLER, HOTLINE, OUTSIDE, Floor, agent, floor, module_product, talks_of

__all__ = ["floor", "ground", "module_product"]
pytestmark = [pytest.mark.e2e]

LOCAL = timedelta(hours=8)
DAY_MIN = 24 * 60


async def dials(floor: Floor, number: str, to: str) -> Conversation:
    """This agent dials from the desk; the own telephone picks up and hums."""
    await floor.agents[number].session.post("/agents/me/calls", to=to)
    return await floor.picks_up(number)


# ── Call forwarding ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.req("AGT-1")
async def test_always_forwards_an_internal_call_to_a_colleague(ground: Ground) -> None:
    floor = ground.floor
    await floor.staff("1001", "1002", "1003")
    await ground.forwards("1002", "always", "1003")
    await dials(floor, "1001", "1002")
    await floor.picks_up("1003")
    await hear(floor.people, {"1001": "1003", "1003": "1001"})
    assert floor.agents["1002"].calls.empty()


@pytest.mark.req("AGT-1", "TEL-1")
async def test_always_forwards_an_internal_call_outside_showing_the_service_number(ground: Ground) -> None:
    floor = ground.floor
    await floor.staff("1001", "1002")
    await ground.forwards("1002", "always", OUTSIDE)
    await dials(floor, "1001", "1002")
    rung = await floor.outside_picks_up()
    assert rung.invite is not None
    assert HOTLINE in (rung.invite.get("from") or "")
    assert OUTSIDE in rung.invite.uri
    await hear(floor.people, {"1001": "outside", "outside": "1001"})


@pytest.mark.req("AGT-1")
async def test_who_is_not_there_is_forwarded_as_not_answering(ground: Ground) -> None:
    floor = ground.floor
    await floor.staff("1001", "1002", "1003")
    await ground.forwards("1002", "no_answer", "1003")
    await floor.agents["1002"].session.post("/agents/me/sign-out")
    await dials(floor, "1001", "1002")
    await floor.picks_up("1003")
    await hear(floor.people, {"1001": "1003", "1003": "1001"})


@pytest.mark.req("AGT-1")
async def test_a_transfer_goes_where_the_colleague_always_forwards_to(ground: Ground) -> None:
    floor = ground.floor
    await ground.queue()
    await floor.staff("1001", "1002", "1003")
    await ground.forwards("1002", "always", "1003")
    call_id = await floor.talk()
    await floor.act("1001", call_id, "transfer", to=agent("1002"))
    await floor.gone("1001")
    await floor.picks_up("1003")
    await hear(floor.people, {"citizen": "1003", "1003": "citizen"})
    floor.people["citizen"].hang_up()
    assert talks_of(await floor.story(call_id)) == [("1001", "transferred_blind"), ("1003", "caller_hung_up")]


@pytest.mark.req("AGT-1", "TEL-1")
async def test_a_transfer_that_the_colleague_does_not_take_goes_outside(ground: Ground) -> None:
    floor = ground.floor
    await ground.queue()
    await floor.staff("1001", "1002")
    await ground.forwards("1002", "no_answer", OUTSIDE)
    call_id = await floor.talk()
    await floor.act("1001", call_id, "transfer", to=agent("1002"))
    await floor.gone("1001")
    (await floor.agents["1002"].ringing()).reject(480)
    await floor.outside_picks_up()
    await hear(floor.people, {"citizen": "outside", "outside": "citizen"})
    floor.people["citizen"].hang_up()
    story = await floor.story(call_id)
    assert [(one["kind"], one["outcome"]) for one in story["offers"]] == [
        ("queue", "answered"),
        ("direct", "missed"),
        ("outside", "answered"),
    ]


# ── Rules for calls out ──────────────────────────────────────────────────────────────────────────────────────


async def refused(floor: Floor, to: str) -> tuple[int, str]:
    """Agent 1001 dials from the desk and is refused: status and code."""
    with pytest.raises(Refusal) as refusal:
        await floor.agents["1001"].session.post("/agents/me/calls", to=to)
    return refusal.value.status, refusal.value.code


@pytest.mark.req("ADM-6", "TEL-1")
async def test_rules_refuse_numbers_abroad_at_night_and_too_many_a_day(ground: Ground) -> None:
    floor = ground.floor
    local = datetime.now(UTC) + LOCAL
    minute = local.hour * 60 + local.minute
    past = {"from_min": 0, "until_min": minute - 5} if minute > DAY_MIN // 2 else {"from_min": minute + 5}
    await ground.replace(
        "/outbound-rules",
        items=[
            {"prefix": "00", "allowed": False},
            {"prefix": "0731", **past},
            {"prefix": "138", "daily_limit": 1},
        ],
    )
    await floor.staff("1001")
    for abroad in ("0085221234567", "+85221234567", "00 1 212 555 0100"):
        assert await refused(floor, abroad) == (409, "number_barred")
    assert await refused(floor, "073188880000") == (409, "closed_hours")
    rung = await dials(floor, "1001", CALLER)
    called = await floor.outside_picks_up()
    await hear(floor.people, {"1001": "outside", "outside": "1001"})
    called.hang_up()
    await rung.over.wait()
    assert await refused(floor, CALLER) == (409, "daily_limit")
    assert floor.outside_calls.empty(), "nothing left the house but the one call"


@pytest.mark.req("ADM-6")
async def test_neither_transfer_nor_forwarding_leads_where_dialling_may_not(ground: Ground) -> None:
    floor = ground.floor
    await ground.queue()
    await floor.staff("1001")
    call_id = await floor.talk()
    for verb in ("transfer", "consult", "conference"):
        with pytest.raises(Refusal) as refusal:
            await floor.act("1001", call_id, verb, to={"kind": "number", "value": "0085221234567"})
        assert (refusal.value.status, refusal.value.code) == (409, "number_barred"), verb
    with pytest.raises(Refusal) as refusal:
        await ground.forwards("1001", "always", "0085221234567")
    assert refusal.value.code == "number_barred"
    await hear(floor.people, {"citizen": "1001", "1001": "citizen"})


# ── Trunks ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.req("TEL-1")
async def test_a_full_trunk_gives_way_to_the_next_and_when_all_are_full_the_line_is(ground: Ground) -> None:
    floor = ground.floor
    await ground.change("/trunks/demo", max_outbound=1)
    await ground.change(
        "/trunks/demo-2", max_outbound=1, outbound_rules=[{"prefix": "0", "strip": 0, "prepend": "9"}]
    )
    await floor.staff("1001", "1002", "1003")
    await dials(floor, "1001", OUTSIDE)
    first = await floor.outside_picks_up()
    await hear(floor.people, {"1001": "outside", "outside": "1001"})
    floor.people["first"] = floor.people.pop("outside")
    await dials(floor, "1002", OUTSIDE)
    second = await floor.outside_picks_up()
    hum("2001", second)
    floor.people["2001"] = floor.people.pop("outside")
    await hear({who: floor.people[who] for who in ("1002", "2001")}, {"1002": "2001", "2001": "1002"})
    assert first.invite is not None
    assert second.invite is not None
    assert f"sip:{OUTSIDE}@" in first.invite.uri
    assert f"sip:9{OUTSIDE}@" in second.invite.uri, "the second trunk wants a nine before"
    with pytest.raises(Refusal) as refusal:
        await floor.agents["1003"].session.post("/agents/me/calls", to=OUTSIDE)
    assert (refusal.value.status, refusal.value.code) == (409, "line_full")
