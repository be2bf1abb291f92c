"""The knowledge part of report 19: counted in the reader's sight, as a file, in the catalogue; what is missing, per organisation."""

import pytest

from hotline.ports.call_control import CallControl
from hotline.ports.statistics import Statistics
from tests.integration.features_admin.conftest import World
from tests.integration.features_admin.fake_control import FakeControl
from tests.integration.features_know.test_knowledge import branch, found, published

SPAN = {"from": "2026-11-01", "to": "2026-12-01"}


@pytest.mark.req("KNW-3")
async def test_use_is_counted_by_channel_in_sight_and_made_into_files(knowledge: World) -> None:
    article_id = await published(knowledge, await branch(knowledge))
    agent, leader = await knowledge.log_in("agent"), await knowledge.log_in("leader")
    for question in ("身份证", "火星移民签证 13800138000", "火星移民签证 13800138000"):
        await found(agent, question)
    await agent.get(f"/knowledge/view/{article_id}")
    await agent.post(f"/knowledge/view/{article_id}/feedback", json={"solved": True})
    await leader.post("/knowledge/missing/handled", json={"question": "火星移民签证 …"})
    figures = (await leader.get("/knowledge/figures", params=SPAN)).json()
    (channel,) = figures["channels"]
    assert (channel["searches"], channel["answered"], channel["nothing_found"]) == (3, 1, 2)
    assert (figures["answered_rate"], figures["solved_rate"], figures["articles"]) == (1 / 3, 1.0, 1)
    assert [(one["id"], one["reads"], one["solved"]) for one in figures["hot"]] == [(article_id, 1, 1)]
    assert figures["missing"] == [{"question": "火星移民签证 …", "times": 2}], (
        "dealt with since, but missing then"
    )
    elsewhere = (await (await knowledge.log_in("leader-b")).get("/knowledge/figures", params=SPAN)).json()
    assert (elsewhere["searches"], elsewhere["reads"], elsewhere["solved"], elsewhere["hot"]) == (0, 0, 0, [])
    for kind in ("csv", "xlsx", "pdf"):
        made = await leader.get("/knowledge/figures", params=SPAN | {"format": kind})
        assert (made.status_code, len(made.content) > 300) == (200, True)
    knowledge.platform.services[CallControl] = FakeControl()
    knowledge.platform.services[Statistics] = object()  # these figures are not of the statistics store
    report = (await leader.get("/reports/knowledge", params=SPAN | {"grain": "day"})).json()
    (day,) = [row["texts"] for row in report["rows"] if row["values"]["knowledge_searches"]]
    assert day == {
        "knowledge_searches": "3",
        "knowledge_answered": "1",
        "knowledge_nothing_found": "2",
        "knowledge_answered_rate": "33.33%",
        "knowledge_reads": "1",
        "knowledge_solved": "1",
        "knowledge_unsolved": "0",
        "knowledge_solved_rate": "100.00%",
        "knowledge_articles": "—",
    }
    assert report["totals"]["texts"] == day | {"knowledge_articles": "1"}
    assert (len(report["rows"]), report["variant_words"]) == (
        30,
        "知识库按检索、阅读与反馈的时间计入，不分口径",
    )
    told = await leader.get("/reports/knowledge/explain", params=SPAN | {"figure": "knowledge_solved_rate"})
    assert [(one["measure"], one["count"]) for one in told.json()["terms"]] == [
        ("solved", 1),
        ("solved", 1),
        ("unsolved", 0),
    ]
    finer = await leader.get("/reports/knowledge", params=SPAN | {"grain": "hour"})
    assert (finer.status_code, finer.json()["error"]["code"]) == (422, "invalid_request")
    catalogue = {one["key"]: one for one in (await leader.get("/reports")).json()}
    assert (catalogue["knowledge"]["number"], catalogue["knowledge"]["path"]) == (19, "/knowledge-report")
    assert (catalogue["complaints"]["number"], catalogue["complaints"]["kind"]) == (17, "page")
    dictionary = {one["key"]: one for one in (await leader.get("/metrics")).json()}
    assert dictionary["knowledge_answered_rate"]["words"] == "有答案次数 ÷ 检索次数"
    assert dictionary["tickets_in_time_rate"]["formula"] == "in_time / answered"


async def test_what_is_missing_is_dealt_with_in_one_organisation_and_stays_open_in_the_other(
    knowledge: World,
) -> None:
    for name in ("agent-a", "agent-b"):
        await found(await knowledge.log_in(name), "月球车驾照")
    first, second = await knowledge.log_in("leader-a"), await knowledge.log_in("leader-b")
    await first.post("/knowledge/missing/handled", json={"question": "月球车驾照"})
    assert (await first.get("/knowledge/missing")).json()["items"] == []
    assert [one["times"] for one in (await second.get("/knowledge/missing")).json()["items"]] == [1]
