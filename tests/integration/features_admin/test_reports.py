"""From a figure back to its calls, variants in versions, exclusions, listings, files, and questions that make no sense."""

from datetime import timedelta
from typing import Any

import pytest

from hotline.core import events as e
from tests.integration.features_admin.test_history import PERIOD, History, ends, history

__all__ = ["history"]


async def refused(history: History, path: str, status: int, **query: Any) -> str:
    """GET what is refused, and return the code."""
    answer = await history.http.get(path, params=query)
    assert answer.status_code == status, answer.text
    return str(answer.json()["error"]["code"])


@pytest.mark.req("STA-0", "STA-1")
async def test_a_figure_leads_to_its_calls_and_to_its_formula(history: History) -> None:
    report = await history.get("/reports/queues", **PERIOD, grain="hour", group_by="queue")
    row = next(row for row in report["rows"] if row["values"]["visits_answered"])
    cell = {
        "figure": "visits_answered",
        "at": row["time"],
        "row": f"queue:{row['keys'][0]['id']}",
        "grain": "hour",
        "group_by": "queue",
    }
    page = await history.get("/reports/queues/calls", **PERIOD, **cell)
    assert page["total"] == row["values"]["visits_answered"] == len(page["items"])
    detail = await history.get(f"/calls/{page['items'][0]['call_id']}")
    assert detail["events"], "each counted call has its journal"
    told = await history.get("/reports/queues/explain", **PERIOD, **{**cell, "figure": "service_level"})
    assert told["text"] == row["texts"]["service_level"]
    assert {term["measure"]: term["count"] for term in told["terms"]}["queue_entered"] == row["values"][
        "queue_entered"
    ]
    first = await history.get("/reports/summary/calls", **PERIOD, figure="trunk_in", page=40)
    rest = await history.get(
        "/reports/summary/calls", **PERIOD, figure="trunk_in", page=200, cursor=first["next_cursor"]
    )
    seen = [one["call_id"] for one in (*first["items"], *rest["items"])]
    assert len(set(seen)) == len(seen) == first["total"] == sum(ends(history.events).values())


@pytest.mark.req("STA-0")
async def test_a_changed_variant_recomputes_the_past_and_stands_on_the_report(history: History) -> None:
    before = await history.get("/reports/summary", **PERIOD)
    change = {"options": {"answer_base": "trunk", "service_level": "credit_abandons"}, "note": "合同第 3 条"}
    answer = await history.http.put("/variants/default", json=change)
    assert answer.status_code == 200, answer.text
    after = await history.get("/reports/summary", **PERIOD)
    values = after["totals"]["values"]
    assert values["agent_answer_rate"] == pytest.approx(values["agent_answered"] / values["trunk_in"])
    assert "answer_base=trunk" in after["variant"] and after["variants"][0]["version"] == 1
    again = await history.get("/reports/summary", **PERIOD, variant=before["variant"])
    assert again["totals"]["texts"] == before["totals"]["texts"], (
        "a printed variant gives the printed figures again"
    )
    await history.http.put("/variants/default", json={"options": None, "note": ""})
    versions = await history.get("/variants/default/versions")
    assert [one["version"] for one in versions] == [2, 1]
    assert (await history.get("/reports/summary", **PERIOD))["totals"]["texts"] == before["totals"]["texts"]
    leader = await history.world.log_in("leader")
    assert (await leader.put("/variants/default", json=change)).status_code == 403
    wrong = await history.http.put("/variants/default", json={"options": {"service_level_s": -1}})
    assert wrong.status_code == 422


@pytest.mark.req("STA-0")
async def test_the_worst_24_hours_are_found_and_opened(history: History) -> None:
    own = {"figures": ["rolling_24h_connect_rate", "connect_rate", "trunk_in"], "dimensions": [], **PERIOD}
    totals = (await history.http.post("/reports/query", json=own)).json()["totals"]
    arrivals = sorted(event.at for event in history.events if isinstance(event, e.CallArrived))
    assert arrivals[-1] - arrivals[0] < timedelta(hours=3), "all calls lie in some 24 hours"
    assert 0 < totals["values"]["rolling_24h_connect_rate"] <= totals["values"]["connect_rate"]
    cell = {"figure": "rolling_24h_connect_rate", "part": "denominator", "page": 200}
    page = await history.get("/reports/query/calls", **PERIOD, **cell)
    told = await history.get("/reports/query/explain", **PERIOD, figure="rolling_24h_connect_rate")
    assert page["total"] == next(one["count"] for one in told["terms"] if one["side"] == "denominator") > 0
    assert told["text"] == totals["texts"]["rolling_24h_connect_rate"]
    hours = (await history.http.post("/reports/query", json={**own, "grain": "hour"})).json()["rows"]
    assert {row["texts"]["rolling_24h_connect_rate"] for row in hours} == {"—"}, "an hour has no 24"


@pytest.mark.req("STA-0")
async def test_figures_of_mixed_variants_lead_to_their_own_calls(history: History) -> None:
    async def known(*_: object) -> bool:  # the simulated site's hotlines stand in no table
        return True

    history.world.platform.reference_checks["hotline"] = known
    hotline = next(one for one in (await history.get("/variants")) if one["hotline_id"])["hotline_id"]
    queues = await history.get("/reports/queues", **PERIOD, group_by="hotline")
    assert len(queues["rows"]) > 0
    change = {"options": {"service_level_s": 0, "answer_base": "trunk"}, "note": ""}
    difference = await history.http.post(f"/variants/{hotline}/difference", json={**change, "note": None})
    assert difference.status_code == 422, "a difference has no note"
    shown = await history.http.post(
        f"/variants/{hotline}/difference", json={"options": change["options"], **PERIOD}
    )
    assert shown.status_code == 200, shown.text
    assert (await history.http.put(f"/variants/{hotline}", json=change)).status_code == 200
    own = await history.get("/reports/summary", **PERIOD, hotline=hotline)
    told = {one["key"]: one["after"] for one in shown.json()["figures"]}
    assert "service_level" in told
    assert {key: own["totals"]["texts"][key] for key in told if key in own["totals"]["texts"]} == {
        key: text for key, text in told.items() if key in own["totals"]["texts"]
    }, "what was shown before is what came"
    mixed = await history.get("/reports/summary", **PERIOD)
    assert len(mixed["variants"]) == 2
    for figure in ("agent_answer_rate", "service_level"):
        terms = (await history.get("/reports/summary/explain", **PERIOD, figure=figure))["terms"]
        for side in ("numerator", "denominator"):
            page = await history.get("/reports/summary/calls", **PERIOD, figure=figure, part=side, page=200)
            counted = sum(one["contributes"] for one in terms if one["side"] == side)
            assert page["total"] == counted == len(page["items"]), (figure, side)
    assert {one["hotlines"] for one in terms} == {"其余热线", mixed["variants"][1]["hotline_name"]}


@pytest.mark.req("STA-0", "KPI-1")
async def test_what_is_excluded_does_not_count_until_it_is_asked_for(history: History) -> None:
    period = {"start": PERIOD["from"], "end": PERIOD["to"], "reason": "线路故障"}
    made = await history.http.post("/exclusions", json=period)
    assert made.status_code == 201, made.text
    assert (await history.get("/reports/summary", **PERIOD))["totals"]["values"]["trunk_in"] == 0
    all_in = await history.get("/reports/summary", **PERIOD, variant="include_excluded=true")
    assert all_in["totals"]["values"]["trunk_in"] == sum(ends(history.events).values())
    assert (await history.http.delete(f"/exclusions/{made.json()['id']}")).status_code == 204
    assert (await history.http.post("/exclusions", json={"reason": "x"})).status_code == 422


@pytest.mark.req("STA-0", "ADM-1")
async def test_what_is_excluded_is_the_same_for_whoever_looks(history: History) -> None:
    below, beside = await history.world.log_in("manager-a"), await history.world.log_in("manager-b")
    period = {"start": PERIOD["from"], "end": PERIOD["to"], "reason": "线路故障"}
    assert (await below.post("/exclusions", json=period)).status_code == 201
    assert (await below.post("/exclusions", json={"number": "12345", "reason": "自用"})).status_code == 201
    assert (await beside.get("/exclusions")).json() == []
    counted = (await history.get("/reports/summary", **PERIOD))["totals"]["values"]["trunk_in"]
    assert counted == sum(ends(history.events).values()), "an organisation excludes calls of its own only"
    above = (await history.http.post("/exclusions", json=period)).json()
    assert not above["inherited"]
    (seen,) = (await beside.get("/exclusions")).json()
    assert seen == above | {"inherited": True}, "what is excluded above counts below"
    assert (await beside.delete(f"/exclusions/{above['id']}")).status_code == 404
    assert sorted(one["inherited"] for one in (await below.get("/exclusions")).json()) == [False, False, True]


@pytest.mark.req("STA-9", "STA-15")
async def test_listings_show_single_events(history: History) -> None:
    signed = await history.get("/listings/sign_ins", **PERIOD)
    assert signed["total"] == sum(isinstance(event, e.AgentSignedIn) for event in history.events)
    line = await history.get("/listings/agent_timeline", **PERIOD)
    for one, other in zip(line["rows"], line["rows"][1:], strict=False):
        assert one["agent_id"] != other["agent_id"] or one["to"] == other["from"], "no hole in an agent's day"
    assert not [row["reason"] for row in line["rows"] if row["reason"].isascii() and row["reason"]]
    calls = await history.get("/listings/calls", **PERIOD, page=5)
    assert len(calls["rows"]) == 5 and calls["next_cursor"]
    file = await history.http.get("/listings/operations", params={**PERIOD, "format": "csv"})
    assert file.content.startswith(b"\xef\xbb\xbf")


@pytest.mark.req("STA-0", "STA-13")
async def test_a_report_beside_the_period_before_and_as_a_file(history: History) -> None:
    day = {"from": "2026-03-01T16:00:00Z", "to": "2026-03-02T16:00:00Z"}
    before = {"from": "2026-02-28T16:00:00Z", "to": "2026-03-01T16:00:00Z"}
    compared = await history.get("/reports/trend", **day, grain="hour", compare="previous")
    earlier = await history.get("/reports/trend", **before, grain="hour")
    assert [row["before"] for row in compared["rows"]] == [row["values"] for row in earlier["rows"]]
    for kind, start in (("pdf", b"%PDF"), ("xlsx", b"PK")):
        file = await history.http.get("/reports/trend", params={**day, "compare": "previous", "format": kind})
        assert file.status_code == 200 and file.content.startswith(start)
    own = {"figures": ["trunk_in", "satisfaction_rate"], "dimensions": ["type", "weekday"], **PERIOD}
    answer = await history.http.post("/reports/query", json=own)
    assert sum(row["values"]["trunk_in"] for row in answer.json()["rows"]) == sum(
        ends(history.events).values()
    )


@pytest.mark.req("STA-0")
async def test_every_report_of_the_catalogue_answers_at_one_address(history: History) -> None:
    catalogue = await history.get("/reports")
    assert {one["kind"] for one in catalogue} == {"figures", "listing", "page"}
    for one in catalogue:
        answer = await history.get(f"/reports/{one['key']}", **PERIOD, grain="day")
        assert answer["key"] == one["key"] and answer["name"] == one["name"]
        assert {"key", "name", "unit"} <= answer["columns"][0].keys()
        assert {"rows", "totals", "variant"} <= answer.keys()
        if one["kind"] == "listing":
            assert answer["totals"]["count"] == answer["total"]
        else:
            assert [row["label"][:10] for row in answer["rows"]][:1] == ["2026-03-01"] or not answer["rows"]
        for kind in ("csv", "xlsx", "pdf"):
            made = await history.http.get(f"/reports/{one['key']}", params={**PERIOD, "format": kind})
            assert made.status_code == 200, made.text
            assert made.headers["Content-Disposition"].endswith(f'"{one["key"]}.{kind}"')
    officer = await history.world.log_in("officer")
    assert (await officer.get("/reports/summary", params=PERIOD)).status_code == 200
    unread = await officer.get("/reports/calls", params=PERIOD)
    assert (unread.status_code, unread.json()["error"]["details"]) == (403, {"permissions": ["calls.read"]})


@pytest.mark.req("STA-0")
async def test_questions_that_make_no_sense_are_refused(history: History) -> None:
    now = PERIOD["from"]
    assert await refused(history, "/reports/summary", 422, **{"from": now, "to": now}) == "invalid_request"
    century = {"from": "1990-01-01T00:00:00Z", "to": "2090-01-01T00:00:00Z"}
    await refused(history, "/reports/summary", 422, **century)
    await refused(
        history,
        "/reports/summary",
        422,
        **{"from": "2020-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z", "grain": "15min"},
    )
    for period in ({"from": now, "to": now}, century):
        await refused(history, "/reports/query/explain", 422, **period, figure="trunk_in")
        await refused(history, "/reports/query/explain", 422, **period, figure="tickets_made")
        await refused(history, "/reports/query/calls", 422, **period, figure="trunk_in")
        await refused(history, "/reports/query/calls", 422, **period, figure="tickets_made")
        await refused(history, "/listings/calls", 422, **period)
        await refused(history, "/ticket-reports/tickets", 422, **period)
        for figure in ("trunk_in", "tickets_made"):
            asked = await history.http.post("/reports/query", json={"figures": [figure], **period})
            assert asked.status_code == 422, asked.text
        tried = await history.http.post("/variants/default/difference", json={"options": {}, **period})
        assert tried.status_code == 422, tried.text
    await refused(history, "/reports/nothing", 404, **PERIOD)
    await refused(history, "/reports/summary/explain", 404, **PERIOD, figure="nothing")
    await refused(history, "/reports/summary/explain", 422, **PERIOD, figure="queue_peak")
    await refused(history, "/reports/summary/calls", 422, **PERIOD, figure="trunk_in", row="nothing:1")
    await refused(history, "/reports/summary/calls", 422, **PERIOD, figure="trunk_in", cursor="x")
    await refused(history, "/reports/summary", 422, **PERIOD, limit=1_000_000)
    await refused(history, "/listings/calls", 422, **PERIOD, page=1_000_000)
    await refused(history, "/reports/summary", 422, **PERIOD, group_by="nothing")
    await refused(history, "/reports/summary", 422, **PERIOD, grain="nothing")
    await refused(history, "/listings/nothing", 404, **PERIOD)
    assert (await history.http.post("/reports/query", json={"figures": ["nothing"]})).status_code == 422
    empty = await history.get(
        "/reports/summary", **{"from": "2020-01-01T00:00:00Z", "to": "2020-01-02T00:00:00Z"}
    )
    assert empty["totals"]["texts"]["agent_answer_rate"] == "—", "nothing to divide by"
