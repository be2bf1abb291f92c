"""Knowledge over the interface: the way of an article, two editors, rights, search, what is missing, bad input, files, citizens."""

import io
import zipfile
from typing import Any

import httpx
import pytest
from openpyxl import Workbook

from hotline.features.knowledge.asking import without_numbers
from hotline.ports.knowledge import KnowledgeSearch
from hotline.ports.sms import SmsSender
from tests.integration.features_admin.conftest import World

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)


async def branch(world: World, username: str = "manager", **more: Any) -> str:
    client = await world.log_in(username)
    answer = await client.post("/knowledge/categories", json={"name": "不动产登记", **more})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def body(category_id: str, title: str = "二手房过户怎么办理", **more: Any) -> dict[str, Any]:
    return {
        "category_id": category_id,
        "title": title,
        "html": "<p>携带<strong>身份证</strong>、不动产权证书，到登记中心办理。咨询电话 12333。</p>",
        "similar": ["存量房买卖怎样办手续"],
        "public": True,
        **more,
    }


async def written(client: httpx.AsyncClient, category_id: str, **more: Any) -> dict[str, Any]:
    answer = await client.post("/knowledge/articles", json=body(category_id, **more))
    assert answer.status_code == 201, answer.text
    return answer.json()


async def published(
    world: World, category_id: str, author: str = "agent", reviewer: str = "leader", **more: Any
) -> str:
    agent, leader = await world.log_in(author), await world.log_in(reviewer)
    article = await written(agent, category_id, **more)
    assert (await agent.post(f"/knowledge/articles/{article['id']}/submit")).status_code == 200
    approved = await leader.post(f"/knowledge/articles/{article['id']}/approve")
    assert approved.json()["state"] == "official", approved.text
    return article["id"]


async def found(client: httpx.AsyncClient, q: str, path: str = "/knowledge/search") -> list[str]:
    answer = await client.get(path, params={"q": q})
    assert answer.status_code == 200, answer.text
    return ["".join(piece["text"] for piece in item["title"]) for item in answer.json()["items"]]


@pytest.mark.req("KNW-2")
async def test_a_proposal_is_reviewed_and_found_and_its_return_says_why(knowledge: World) -> None:
    category = await branch(knowledge)
    agent, leader = await knowledge.log_in("agent"), await knowledge.log_in("leader")
    article = await written(agent, category)
    path = f"/knowledge/articles/{article['id']}"
    assert await found(agent, "二手房过户") == []
    await agent.post(f"{path}/submit")
    assert (await agent.post(f"{path}/approve")).status_code == 403
    returned = await leader.post(f"{path}/return", json={"reason": "请补充收费标准"})
    assert (returned.json()["state"], returned.json()["reason"]) == ("returned", "请补充收费标准")
    saved = await agent.put(path, json=body(category, revision=returned.json()["revision"]))
    assert saved.json()["state"] == "temporary"
    await agent.post(f"{path}/submit")
    assert (await leader.post(f"{path}/approve")).json()["official_version"] == 1
    assert await found(agent, "二手房过户") == ["二手房过户怎么办理"]
    assert await found(knowledge.client(), "二手房过户", "/public/knowledge/search") == ["二手房过户怎么办理"]
    withdrawn = await leader.post(f"{path}/withdraw", json={"reason": "政策已变"})
    assert withdrawn.json()["state"] == "withdrawn"
    assert await found(agent, "二手房过户") == []
    assert (await agent.get(f"/knowledge/view/{article['id']}")).status_code == 404
    actions = [
        entry["action"]
        for entry in (
            await (await knowledge.log_in("admin")).get("/audit", params={"action": "knowledge"})
        ).json()["items"]
    ]
    assert {"knowledge.approve", "knowledge.return", "knowledge.withdraw"} <= set(actions)


async def test_who_wrote_it_does_not_approve_it(knowledge: World) -> None:
    leader = await knowledge.log_in("leader")
    article = await written(leader, await branch(knowledge))
    await leader.post(f"/knowledge/articles/{article['id']}/submit")
    answer = await leader.post(f"/knowledge/articles/{article['id']}/approve")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "own_review")


@pytest.mark.req("KNW-1")
async def test_of_two_editors_neither_loses_text(knowledge: World) -> None:
    category = await branch(knowledge)
    first, second = await knowledge.log_in("agent"), await knowledge.log_in("leader")
    article = await written(first, category)
    path = f"/knowledge/articles/{article['id']}"
    revision = article["revision"]
    assert (
        await second.put(path, json=body(category, html="<p>班长写的</p>", revision=revision))
    ).status_code == 200
    refused = await first.put(path, json=body(category, html="<p>座席写的</p>", revision=revision))
    error = refused.json()["error"]
    assert (refused.status_code, error["code"]) == (409, "changed_meanwhile")
    assert "班长写的" in error["details"]["article"]["html"]
    again = body(category, html="<p>两人写的</p>", revision=error["details"]["article"]["revision"])
    assert (await first.put(path, json=again)).status_code == 200


@pytest.mark.req("KNW-1")
async def test_readers_keep_the_old_version_until_the_new_one_is_approved_and_can_have_it_back(
    knowledge: World,
) -> None:
    category = await branch(knowledge)
    article_id = await published(knowledge, category)
    agent, leader = await knowledge.log_in("agent"), await knowledge.log_in("leader")
    path = f"/knowledge/articles/{article_id}"
    revision = (await agent.get(path)).json()["revision"]
    await agent.put(path, json=body(category, html="<p>全部改成网上办理。</p>", revision=revision))
    assert "身份证" in (await agent.get(f"/knowledge/view/{article_id}")).json()["html"]
    await agent.post(f"{path}/submit")
    await leader.post(f"{path}/approve")
    assert "网上办理" in (await agent.get(f"/knowledge/view/{article_id}")).json()["html"]
    changed = (await agent.get(f"{path}/diff", params={"from": 1, "to": 2})).json()["body"]
    assert {piece["kind"] for piece in changed} >= {"added", "removed"}
    assert (await leader.post(f"{path}/versions/1/restore")).json()["official_version"] == 3
    assert "身份证" in (await agent.get(f"/knowledge/view/{article_id}")).json()["html"]
    versions = (await agent.get(f"{path}/versions")).json()["items"]
    assert [one["version"] for one in versions] == [3, 2, 1]


@pytest.mark.req("KNW-3")
@pytest.mark.parametrize(
    "q",
    [
        "二手房过户",
        "er shou fang guo hu",
        "ershoufang",
        "esf",
        "二手房过护",
        "二首房过户",
        "二手房　过户？",
        "12333",
        "房子更名",
    ],
)
async def test_words_pinyin_letters_wrong_characters_and_synonyms_find(knowledge: World, q: str) -> None:
    category = await branch(knowledge)
    await published(knowledge, category)
    await published(
        knowledge, category, title="社保卡丢失补办", html="<p>到银行网点补卡。</p>", similar=["卡丢了"]
    )
    manager = await knowledge.log_in("manager")
    await manager.put("/knowledge/synonyms", json={"groups": [["更名", "过户"]]})
    assert (await found(manager, q))[:1] == ["二手房过户怎么办理"]


@pytest.mark.req("KNW-3")
async def test_what_meets_the_question_is_marked_and_what_finds_nothing_is_listed(knowledge: World) -> None:
    category = await branch(knowledge)
    article_id = await published(knowledge, category)
    agent = await knowledge.log_in("agent")
    hit = (await agent.get("/knowledge/search", params={"q": "身份证"})).json()["items"][0]
    assert [piece["text"] for piece in hit["snippet"] if piece["hit"]] == ["身份证"]
    for _ in range(2):
        await found(agent, "火星移民签证 13800138000")
    leader = await knowledge.log_in("leader")
    missing = (await leader.get("/knowledge/missing")).json()["items"]
    assert [(one["question"], one["times"]) for one in missing if "火星" in one["question"]] == [
        ("火星移民签证 …", 2)
    ]
    await leader.post("/knowledge/missing/handled", json={"question": "火星移民签证 …"})
    assert not [
        one for one in (await leader.get("/knowledge/missing")).json()["items"] if "火星" in one["question"]
    ]
    await agent.get(f"/knowledge/view/{article_id}")
    await agent.post(f"/knowledge/view/{article_id}/feedback", json={"solved": True})
    await agent.put(f"/knowledge/articles/{article_id}/favourite")
    assert [one["reads"] for one in (await agent.get("/knowledge/hot")).json()["items"]] == [1]
    assert [one["solved"] for one in (await agent.get("/knowledge/favourites")).json()["items"]] == [1]
    span = {"from": "2026-11-01", "to": "2026-12-01"}
    figures = (await leader.get("/knowledge/figures", params=span)).json()
    assert (figures["searches"], figures["reads"], figures["solved"], figures["articles"]) == (3, 1, 1, 1)


def test_long_numbers_are_not_kept() -> None:
    assert without_numbers("我是 11010519900307123X 电话13800138000 拨12333") == "我是 … 电话… 拨…"


@pytest.mark.req("KNW-4")
async def test_rights_by_role_organisation_public_and_day(knowledge: World) -> None:
    secret = await branch(knowledge, roles=["leader", "manager"])
    internal = await published(knowledge, secret, author="manager", title="内部处理口径说明")
    own = await branch(knowledge, "manager-a")
    await published(
        knowledge, own, author="agent-a", reviewer="leader-a", title="甲机构办事指南", public=False
    )
    ended = await branch(knowledge)
    await published(knowledge, ended, title="旧政策办事指南", valid_until="2026-01-01")
    agent, leader = await knowledge.log_in("agent-b"), await knowledge.log_in("leader")
    assert await found(agent, "内部处理口径") == []
    assert await found(leader, "内部处理口径") == ["内部处理口径说明"]
    assert await found(knowledge.client(), "内部处理口径", "/public/knowledge/search") == []
    for path in ("", "/versions"):
        closed = f"/knowledge/articles/{internal}{path}"
        assert ((await agent.get(closed)).status_code, (await leader.get(closed)).status_code) == (404, 200)
    assert (
        await agent.put(f"/knowledge/articles/{internal}", json=body(secret, revision=1))
    ).status_code == 404
    for reader, sees in ((agent, False), (leader, True)):
        listed = (await reader.get("/knowledge/articles")).json()["items"]
        assert (internal in [one["id"] for one in listed]) is sees
    assert await found(agent, "甲机构办事指南") == []
    assert await found(await knowledge.log_in("agent-a"), "甲机构办事指南") == ["甲机构办事指南"]
    assert await found(leader, "旧政策办事指南") == ["甲机构办事指南"]
    for reader, owners in ((leader, {"root", "a"}), (agent, {"root"})):
        offered = (await reader.get("/knowledge/departments")).json()["items"]
        assert {one["id"] for one in offered} == owners
    for department, titles in (("a", ["甲机构办事指南"]), ("b", []), ("root", [])):
        asked = {"q": "机构办事指南", "department": department}
        hits = (await leader.get("/knowledge/search", params=asked)).json()["items"]
        assert ["".join(piece["text"] for piece in hit["title"]) for hit in hits] == titles, department
    assert "旧政策办事指南" in [
        one["title"] for one in (await leader.get("/knowledge/reminders")).json()["items"]
    ]


@pytest.mark.req("KNW-4")
@pytest.mark.req("IVR-8")
async def test_the_telephone_gets_whole_sentences_of_public_articles(knowledge: World) -> None:
    category = await branch(knowledge)
    await published(knowledge, category)
    await published(knowledge, category, title="二手房过户内部口径", public=False)
    search: KnowledgeSearch = knowledge.platform.services[KnowledgeSearch]
    (one,) = await search.search("二手房过户")
    assert one.title == "二手房过户怎么办理"
    assert one.answer == "携带身份证、不动产权证书，到登记中心办理。咨询电话 12333。"
    assert not one.confident  # without a model nobody is sure
    assert await search.search("  ") == []
    await search.solved(one.article_id, solved=False)


ATTACKS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<img src='https://evil.example/p.png'>",
    "<a href='javascript:alert(1)'>x</a>",
    "<svg onload=alert(1)>",
    "<iframe src='//evil'></iframe>",
    "<p style='position:fixed' onclick='x()'>p</p>",
    "<form action='//evil'><input name=password></form>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
)


@pytest.mark.req("KNW-1")
async def test_nothing_that_runs_gets_into_an_article(knowledge: World) -> None:
    category = await branch(knowledge)
    agent = await knowledge.log_in("agent")
    for n, attack in enumerate(ATTACKS):
        article = await written(
            agent, category, title=f"第 {n} 种", html=f"<table><tr><td colspan=2>表</td></tr></table>{attack}"
        )
        kept = article["html"].lower()
        assert not any(
            bad in kept
            for bad in (
                "script",
                "onerror",
                "onload",
                "onclick",
                "javascript",
                "iframe",
                "evil",
                "style",
                "<form",
            )
        )
        assert '<td colspan="2">' in kept
    titled = await written(agent, category, title="<script>alert(1)</script>")
    assert titled["title"] == "<script>alert(1)</script>"  # text is shown as text


@pytest.mark.req("KNW-1")
async def test_files_and_pictures_are_looked_at_before_they_are_kept(knowledge: World) -> None:
    category = await branch(knowledge)
    article_id = await published(knowledge, category)
    agent = await knowledge.log_in("agent")
    path = f"/knowledge/articles/{article_id}/attachments"
    for name, content in (
        ("a.exe", b"MZ\x90\x00"),
        ("a.pdf", b"<html><script>"),
        ("a.docm", b"PK\x03\x04"),
        ("a.txt", b""),
    ):
        refused = await agent.post(path, files={"file": (name, content)})
        assert (refused.status_code, refused.json()["error"]["code"]) == (422, "upload_refused")
    kept = await agent.post(path, files={"file": ("指南.pdf", b"%PDF-1.7 ...")})
    assert kept.status_code == 201, kept.text
    got = await agent.get(f"{path}/{kept.json()['id']}")
    assert (got.content, got.headers["content-disposition"].split(";")[0]) == (b"%PDF-1.7 ...", "attachment")
    picture = await agent.post(f"{path}?picture=true", files={"file": ("p.png", PNG)})
    shown = await knowledge.client().get(f"/knowledge/pictures/{picture.json()['id']}")
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/png")
    assert (await knowledge.client().get(f"/knowledge/pictures/{kept.json()['id']}")).status_code == 404
    image = f'<img src="/api/v1/knowledge/pictures/{picture.json()["id"]}">'
    assert "<img" in (await written(agent, category, title="有图", html=f"<p>{image}</p>"))["html"]
    large = await agent.post(path, files={"file": ("big.pdf", b"%PDF" + bytes(22 * 1024 * 1024))})
    assert large.status_code in (413, 422)


def bomb(name: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("[Content_Types].xml", "<Types/>")
        packed.writestr(name, b"\0" * (60 * 1024 * 1024))
    return file.getvalue()


def sheet(rows: list[list[str]]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.mark.req("KNW-1")
async def test_imports_show_what_they_would_make_and_refuse_bombs(knowledge: World) -> None:
    category = await branch(knowledge)
    leader = await knowledge.log_in("leader")

    async def preview(name: str, content: bytes) -> httpx.Response:
        return await leader.post("/knowledge/import/preview", files={"file": (name, content)})

    html = "<html><head><title>x</title></head><body><h1>居住证</h1><p>到派出所<script>x</script>办理</p><h2>空的</h2></body>"
    shown = (await preview("指南.html", html.encode("gb18030"))).json()
    assert [(one["title"], one["html"]) for one in shown["items"]] == [("居住证", "<p>到派出所办理</p>")]
    assert shown["problems"] == ["“空的”：没有正文，未导入"]
    rows = [
        ["标题", "内容", "相似问"],
        ["停水", "打供水热线\n<b>抢修</b>", "没水了；水停了"],
        ["", "无标题", ""],
    ]
    excel = (await preview("表.xlsx", sheet(rows))).json()
    assert [(one["title"], one["similar"]) for one in excel["items"]] == [("停水", ["没水了", "水停了"])]
    assert excel["problems"] == ["第 3 行：没有标题"]
    for name, content in (
        ("b.docx", bomb("word/document.xml")), ("b.xlsx", bomb("xl/workbook.xml")), ("b.docx", b"PK\x03\x04broken"),
        ("b.xlsx", sheet([["甲", "乙"]])), ("b.doc", b"\xd0\xcf\x11\xe0"), ("b.html", b"\xff\xfe\xff\xff\x81"),
    ):  # fmt: skip
        assert (await preview(name, content)).status_code == 422, name
    order = {"category_id": category, "items": [*shown["items"], *excel["items"]], "file_name": "指南"}
    assert (await leader.post("/knowledge/import", json=order)).json() == {"made": 2}
    assert (await leader.post("/knowledge/import", json=order)).json() == {"made": 0}
    states = {one["state"] for one in (await leader.get("/knowledge/articles")).json()["items"]}
    assert states == {"temporary"}


@pytest.mark.req("AGT-3")
async def test_an_answer_goes_by_sms_once(knowledge: World) -> None:
    article_id = await published(knowledge, await branch(knowledge))
    agent = await knowledge.log_in("agent")
    message = {"to": "13800138000", "text": "携带身份证办理", "request_id": "abcdefgh-1"}
    for _ in range(2):
        assert (await agent.post(f"/knowledge/view/{article_id}/sms", json=message)).status_code == 201
    sender: SmsSender = knowledge.platform.services[SmsSender]
    assert [one.to for one in await sender.about("knowledge", article_id)] == ["13800138000"]
    refused = await agent.post(
        f"/knowledge/view/{article_id}/sms", json={**message, "to": "12345", "request_id": "abcdefgh-2"}
    )
    assert refused.json()["error"]["code"] == "sms_refused"


async def test_citizens_are_limited_by_address(knowledge: World) -> None:
    citizen = knowledge.client()
    answers = [await citizen.get("/public/knowledge/search", params={"q": "社保"}) for _ in range(125)]
    assert answers[-1].status_code == 429
    knowledge.clock.forward(minutes=6)
    assert (await citizen.get("/public/knowledge/search", params={"q": "社保"})).status_code == 200


async def test_a_branch_is_not_moved_below_itself_nor_removed_with_articles_in_it(knowledge: World) -> None:
    manager = await knowledge.log_in("manager")
    top = await branch(knowledge)
    below = await branch(knowledge, parent_id=top)
    moved = await manager.put(f"/knowledge/categories/{top}", json={"name": "x", "parent_id": below})
    assert moved.status_code == 422
    await written(await knowledge.log_in("agent"), below)
    for one in (top, below):
        assert (await manager.delete(f"/knowledge/categories/{one}")).json()["error"]["code"] == "not_empty"
