"""Contract acceptance through the interface: the terms, a period from draft to confirmation, evidence that a stranger recomputes."""

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import httpx
import pytest
from dirty_equals import IsPartialDict
from pypdf import PdfReader

from hotline.core.ids import AuthorityId, FlowId, HotlineId
from hotline.core.site import Hotline, Site
from hotline.platform.people import ROOT_AUTHORITY
from hotline.ports.call_control import CallControl
from hotline.ports.fact_rows import FactRows
from hotline.ports.statistics import Statistics
from tests.integration.features_admin.conftest import World
from tests.integration.features_admin.counted_facts import HOTLINE, CountedFacts, a_month
from tests.integration.features_admin.fake_control import FakeControl

# Thirty days: 500 requests on the first four (one of them bad), 40 on the others; capacity 6 × 80 = 480.
REQUESTS = [500, 500, 500, 480, *([40] * 26)]
MISSED = [10, 60, 0, 24, *([20] * 26)]
FIGURES = [
    {"key": "answer", "name": "日均人工接通率", "metric": "agent_answer_rate", "target": "95", "per": "day",
     "capacity": {"agents": 6, "calls_each": 80}},
    {"key": "day_time", "name": "工作时间接通率", "metric": "agent_answer_rate", "target": "90", "hours": {"start": "09:00", "end": "17:30"}},
    {"key": "volume", "name": "接听量", "metric": "agent_answered", "target": "100"},
    {"key": "complaints", "name": "有效投诉率", "unit": "permille", "target": "2", "direction": "at_most",
     "formula": "有效投诉件数 ÷ 人工接听量"},
]  # fmt: skip
CONSEQUENCES = [
    {"figure": "answer", "when": "per_day", "kind": "deduct", "amount": "500"},
    {
        "figure": "day_time",
        "when": "per_point",
        "kind": "deduct",
        "percent": "1",
        "begun": True,
        "most": "20000",
    },
    {"when": "repeated", "kind": "terminate", "after": 2, "in_a_row": True},
    {"when": "failed", "kind": "withhold", "percent": "10"},
]
CONTRACT: dict[str, Any] = {
    "name": "热线外包服务", "number": "HT-2026-8", "client": "区政务局", "contractor": "呼叫公司", "hotline_ids": [HOTLINE],
    "starts_on": "2026-11-01", "ends_on": "2027-01-15", "period": "month", "period_fee": "100000.00",
    "terms": {"figures": FIGURES, "consequences": CONSEQUENCES},
}  # fmt: skip
DECLARED = {
    "declared": [
        {"figure": "complaints", "numerator": "3", "denominator": "1000", "evidence": "投诉台账 11 月"}
    ],
    "note": "",
}


@pytest.fixture
def counted(world: World) -> CountedFacts:
    made = CountedFacts(facts=a_month(REQUESTS, MISSED))
    hotline = Hotline(
        id=HotlineId(HOTLINE), authority_id=AuthorityId(ROOT_AUTHORITY), number="01084000000", name="热线",
        flow_id=FlowId("flow"),
    )  # fmt: skip
    control = FakeControl(site_now=Site(authority_id=AuthorityId(ROOT_AUTHORITY), hotlines=(hotline,)))

    async def known(_session: object, _actor: object, thing: str) -> bool:
        return thing == HOTLINE

    world.platform.reference_checks["hotline"] = known
    world.platform.services |= {Statistics: made, FactRows: made, CallControl: control}
    world.clock.forward(days=20)  # December
    return made


async def begun(manager: httpx.AsyncClient, **change: Any) -> str:
    answer = await manager.post("/contracts", json=CONTRACT | change)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert [period["label"] for period in made["periods"]] == ["2026年11月", "2026年12月", "2027年1月"]
    answer = await manager.post(f"/acceptances/of/{made['id']}", json={"first": "2026-11-01"})
    return str(answer.json()["id"])


async def submitted(manager: httpx.AsyncClient, **change: Any) -> str:
    acceptance = await begun(manager, **change)
    assert (await manager.put(f"/acceptances/{acceptance}/declared", json=DECLARED)).status_code == 204
    answer = await manager.post(f"/acceptances/{acceptance}/submit")
    assert answer.status_code == 204, answer.text
    return acceptance


def checked(package: Path, *arguments: str) -> tuple[int, str]:
    """Run the checker of a package as a stranger would: from the package, in an empty folder, without our packages."""
    folder = package.with_name("stranger")
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(package) as opened:
        if not (
            folder / "check.py"
        ).exists():  # a changed package is held against the checker of the true one
            (folder / "check.py").write_bytes(opened.read("check.py"))
    run = subprocess.run(
        [sys.executable, "-I", "-S", "check.py", str(package), *arguments], cwd=folder, capture_output=True, text=True, check=False
    )  # fmt: skip
    return run.returncode, run.stdout + run.stderr


@pytest.mark.req("KPI-1", "KPI-2", "KPI-3", "STA-22")
async def test_a_draft_names_every_figure_day_and_deduction(world: World, counted: CountedFacts) -> None:
    manager = await world.log_in("manager")
    acceptance = await begun(manager)
    await manager.put(f"/acceptances/{acceptance}/declared", json=DECLARED)
    read = (await manager.get(f"/acceptances/{acceptance}")).json()
    answer, day_time, volume, complaints = read["result"]["figures"]
    assert answer == IsPartialDict(
        numerator=1886,
        denominator=1980,
        value="95.25",
        passed=False,
        counted_days=4,
        failing_days=["2026-11-02"],
    )
    assert {day["left_out"] for day in answer["days"][4:]} == {"capacity"}
    assert volume == IsPartialDict(numerator=sum(REQUESTS) - sum(MISSED), denominator=None, passed=True)
    assert complaints == IsPartialDict(numerator="3", denominator="1000", value="3.00", passed=False)
    by_hand = [fact for fact in counted.facts if fact.hotline_id == HOTLINE and not fact.test]
    inside = [fact for fact in by_hand if 60 <= (fact.started_at.hour * 60 + fact.started_at.minute) < 570]
    assert day_time["denominator"] == len(inside)
    assert day_time["numerator"] == sum(fact.agent_answered for fact in inside)
    entries = {entry["rule"]: entry for entry in read["result"]["entries"]}
    assert entries[0] == IsPartialDict(times=1, amount="500.00")
    assert entries[1]["times"] == -(-(9000 - round(float(day_time["value"]) * 100)) // 100)
    assert entries[3]["amount"] == "10000.00"
    assert 2 not in entries, "one failure is not two in a row"
    assert read["state"] == "draft" and read["over"] and read["behind"] == 0
    assert any("480" in line for line in read["words"]["answer"])
    assert read["words"]["consequences"][2] == "连续 2 个考核期不达标，可终止合同"


@pytest.mark.req("KPI-3", "ADM-3")
async def test_from_draft_to_confirmation_and_nothing_after(world: World, counted: CountedFacts) -> None:
    manager, client = await world.log_in("manager"), await world.log_in("client")
    acceptance = await submitted(manager)
    path = f"/acceptances/{acceptance}"
    before = (await client.get(path)).json()
    counted.facts.clear()
    assert (await client.get(path)).json() == before, "what was submitted does not follow the store any more"
    assert (await manager.put(f"{path}/declared", json=DECLARED)).json()["error"][
        "code"
    ] == "wrong_acceptance_state"
    assert (await manager.post(f"{path}/confirm", json={})).status_code == 403
    assert (await client.post(f"{path}/return", json={})).status_code == 422, "a return needs its reason"
    assert (await client.post(f"{path}/confirm", json={"note": "同意"})).status_code == 204
    confirmed = (await client.get(path)).json()
    assert confirmed == IsPartialDict(state="confirmed", decided_by="client", result=before["result"])
    for verb, body in (("submit", None), ("confirm", {}), ("return", {"note": "重算"})):
        assert (
            await (manager if verb == "submit" else client).post(f"{path}/{verb}", json=body)
        ).status_code == 409
    assert (await manager.delete(path)).status_code == 409
    contract = f"/contracts/{before['contract_id']}"
    assert (await manager.delete(contract)).json()["error"]["code"] == "acceptance_kept"
    late = {"kind": "line_fault", "starts_at": "2026-11-03T09:00:00+08:00", "ends_at": "2026-11-03T10:00:00+08:00",
            "reason": "线路故障", "evidence": "运营商通知"}  # fmt: skip
    assert (await manager.post(f"{contract}/exclusions", json=late)).status_code == 409
    actions = [entry["action"] for entry in (await manager.get("/audit")).json()["items"]]
    assert {"contracts.create", "acceptances.begin", "acceptances.submit", "acceptances.confirm"} <= set(
        actions
    )


@pytest.mark.req("KPI-3")
async def test_returned_it_is_a_draft_again_and_who_submitted_does_not_confirm(
    world: World, counted: CountedFacts
) -> None:
    admin, client = await world.log_in("admin"), await world.log_in("client")
    acceptance = await submitted(admin)
    path = f"/acceptances/{acceptance}"
    assert (await admin.post(f"{path}/confirm", json={})).json()["error"]["code"] == "same_person"
    assert (await client.post(f"{path}/return", json={"note": "投诉数不符"})).status_code == 204
    read = (await admin.get(path)).json()
    assert read == IsPartialDict(state="draft", decision_note="投诉数不符", package_sha256="")
    assert (await admin.get(f"{path}/evidence")).status_code == 404


@pytest.mark.req("KPI-3")
async def test_a_stranger_recomputes_the_package_and_sees_every_change(
    world: World, counted: CountedFacts, tmp_path: Path
) -> None:
    manager = await world.log_in("manager")
    contract = (await manager.post("/contracts", json=CONTRACT | {"name": "另一合同"})).json()
    excluded = {"kind": "force_majeure", "starts_at": "2026-11-02T00:00:00+08:00", "ends_at": "2026-11-03T12:00:00+08:00",
                "reason": "暴雪停电", "evidence": "供电公司通知"}  # fmt: skip
    assert (await manager.post(f"/contracts/{contract['id']}/exclusions", json=excluded)).status_code == 201
    begun = (await manager.post(f"/acceptances/of/{contract['id']}", json={"first": "2026-11-01"})).json()
    await manager.put(f"/acceptances/{begun['id']}/declared", json=DECLARED)
    assert (await manager.post(f"/acceptances/{begun['id']}/submit")).status_code == 204
    read = (await manager.get(f"/acceptances/{begun['id']}")).json()
    answer = read["result"]["figures"][0]
    assert answer["days"][1]["left_out"] == "excluded" and answer["days"][2]["left_out"] == "capacity"
    assert answer["failing_days"] == []
    package = tmp_path / "package.zip"
    package.write_bytes((await manager.get(f"/acceptances/{begun['id']}/evidence")).content)
    code, said = checked(package, read["package_sha256"])
    assert (code, said.splitlines()[-1]) == (0, "AGREES"), said
    assert checked(package, "0" * 64)[0] == 1, "another manifest than the report's"
    with zipfile.ZipFile(package) as opened:
        files = {name: opened.read(name) for name in opened.namelist()}
    assert len(files["check.py"].splitlines()) < 200
    assert b"13800138000" not in b"".join(files.values()), "no caller's number leaves the house"
    for name, before, after, found in TAMPERED:
        changed = files[name].replace(before, after, 1)
        assert changed != files[name], name
        code, said = checked(repacked(tmp_path, files | {name: changed}, honest=False))
        assert code == 1 and name in said
        if name != "check.py":  # with the hashes made anew, only the counting finds it
            code, said = checked(repacked(tmp_path, files | {name: changed}, honest=True))
            assert code == 1, (name, before, said)
            assert found in said and max(map(len, said.splitlines())) < 300, (name, said)


TAMPERED = [
    (
        "result.json",
        b'"value": "95',
        b'"value": "96',
        "日均人工接通率 2026-11-04 的数值：报告为 96.00，按数据应为 95.00",
    ),
    ("result.json", b'"amount": "10000.00"', b'"amount": "9000.00"', "后果与金额"),
    ("result.json", b'"deducted": "', b'"deducted": "1', "后果与金额"),
    ("plan.json", b'"target": "95"', b'"target": "99"', "的结论"),
    ("plan.json", b'"2026-11-01",', b"", "日均人工接通率 多出的日期：报告为 ['2026-11-01']，按数据应为 []"),
    ("facts/call.csv", b",1,1,inbound,h1,0", b",0,1,inbound,h1,0", "的分子"),
    ("check.py", b"return 1 if", b"return 0 if", ""),
]


def repacked(folder: Path, files: dict[str, bytes], *, honest: bool) -> Path:
    """A package of these files; `honest`: with a manifest that lists them as they are."""
    manifest = json.loads(files["manifest.json"])
    if honest:
        for name in manifest["files"]:
            manifest["files"][name]["sha256"] = hashlib.sha256(files[name]).hexdigest()
    target = folder / "changed.zip"
    with zipfile.ZipFile(target, "w") as package:
        for name, content in files.items():
            package.writestr(name, json.dumps(manifest) if name == "manifest.json" else content)
    return target


@pytest.mark.req("KPI-3")
async def test_the_report_prints_with_formulas_days_and_hash(world: World, counted: CountedFacts) -> None:
    manager = await world.log_in("manager")
    acceptance = await submitted(manager)
    read = (await manager.get(f"/acceptances/{acceptance}")).json()
    content = (await manager.get(f"/acceptances/{acceptance}/report.pdf")).content
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).replace("\n", "")
    for expected in (
        "日均人工接通率",
        "95.25%",
        "2026-11-02",
        "480",
        "10000.00",
        read["package_sha256"],
        "投诉台账",
    ):
        assert expected in text, expected


@pytest.mark.req("KPI-3")
async def test_what_cannot_be_submitted_yet_says_why(world: World, counted: CountedFacts) -> None:
    manager = await world.log_in("manager")
    acceptance = await begun(manager)
    path = f"/acceptances/{acceptance}/submit"
    assert "有效投诉率" in (await manager.post(path)).text
    await manager.put(f"/acceptances/{acceptance}/declared", json=DECLARED)
    counted.behind = 3
    assert (await manager.post(path)).json()["error"]["code"] == "statistics_behind"
    counted.behind = 0
    world.clock.now = world.clock.now.replace(month=11, day=30)
    assert (await manager.post(path)).json()["error"]["code"] == "period_not_over"


@pytest.mark.req("KPI-1")
async def test_terms_that_make_no_sense_are_refused_in_chinese(world: World, counted: CountedFacts) -> None:
    manager = await world.log_in("manager")
    for change in SENSELESS:
        answer = await manager.post("/contracts", json=CONTRACT | change)
        assert answer.status_code == 422, (change, answer.text)
        (field, *_) = answer.json()["error"]["details"]["fields"]
        assert any("\u4e00" <= c <= "\u9fff" for c in field["message"]), field


SENSELESS: list[dict[str, Any]] = [
    {"ends_on": "2026-10-01"}, {"hotline_ids": []}, {"hotline_ids": ["nowhere"]}, {"period_fee": "1.234"}, {"name": ""},
    {"terms": {"figures": [FIGURES[0], FIGURES[0]]}}, {"terms": {"figures": [FIGURES[0] | {"metric": "queue_peak"}]}},
    {"terms": {"figures": [FIGURES[0] | {"metric": "no_such"}]}}, {"terms": {"figures": [FIGURES[0] | {"target": "NaN"}]}},
    {"terms": {"figures": [FIGURES[3] | {"per": "day"}]}}, {"terms": {"figures": [FIGURES[0] | {"variant": "weather=1"}]}},
    {"terms": {"figures": [FIGURES[0] | {"metric": "rolling_24h_connect_rate"}]}},
    {"terms": {"figures": [FIGURES[1] | {"hours": {"start": "18:00", "end": "09:00"}}]}},
    {"terms": {"figures": [], "consequences": [CONSEQUENCES[0]]}},
    {"terms": {"figures": FIGURES, "consequences": [CONSEQUENCES[0] | {"figure": "volume"}]}},
    {"terms": {"figures": FIGURES, "consequences": [CONSEQUENCES[0] | {"percent": "1"}]}},
]  # fmt: skip


@pytest.mark.req("ADM-1")
async def test_contracts_of_others_are_out_of_sight(world: World, counted: CountedFacts) -> None:
    manager, stranger = await world.log_in("manager"), await world.log_in("client-a")
    acceptance = await begun(manager)
    assert (await stranger.get("/contracts")).json()["items"] == []
    assert (await stranger.get(f"/acceptances/{acceptance}")).status_code == 404
    assert (await stranger.post(f"/acceptances/{acceptance}/confirm", json={})).status_code == 404
    assert (await (await world.log_in("agent")).get("/contracts")).status_code == 403
