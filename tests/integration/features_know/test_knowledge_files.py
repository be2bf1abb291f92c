"""Files and neighbours of articles: readers have what was approved, and are told of nothing that they may not read."""

import pytest

from tests.integration.features_admin.conftest import World
from tests.integration.features_know.test_knowledge import branch, published, written

PDF = {"file": ("指南.pdf", b"%PDF-1.7 ...")}


@pytest.mark.req("KNW-1", "KNW-2")
async def test_a_file_reaches_readers_when_it_was_approved_and_not_before(knowledge: World) -> None:
    article = await published(knowledge, await branch(knowledge))
    agent, leader, citizen = (
        await knowledge.log_in("agent"),
        await knowledge.log_in("leader"),
        knowledge.client(),
    )
    files, public = f"/knowledge/articles/{article}/attachments", f"/public/knowledge/articles/{article}"
    knowledge.clock.forward(minutes=1)
    kept = (await agent.post(files, files=PDF)).json()["id"]
    assert (await citizen.get(public)).json()["attachments"] == []
    assert (await agent.get(f"/knowledge/view/{article}")).json()["attachments"] == []
    assert (await citizen.get(f"{public}/attachments/{kept}")).status_code == 404
    working = (await agent.get(f"/knowledge/articles/{article}")).json()
    assert (working["state"], [one["id"] for one in working["attachments"]]) == ("temporary", [kept])
    assert (await agent.post(f"/knowledge/articles/{article}/submit")).status_code == 200
    assert (await agent.post(files, files=PDF)).status_code == 409, "not while it is looked at"
    assert (await leader.post(f"/knowledge/articles/{article}/approve")).status_code == 200
    assert [one["id"] for one in (await citizen.get(public)).json()["attachments"]] == [kept]
    assert (await citizen.get(f"{public}/attachments/{kept}")).content == b"%PDF-1.7 ..."
    assert (await agent.delete(f"{files}/{kept}")).status_code == 403, "readers have it"
    assert (await leader.delete(f"{files}/{kept}")).status_code == 204
    assert (await citizen.get(f"{public}/attachments/{kept}")).status_code == 404


@pytest.mark.req("KNW-2", "KNW-4")
async def test_files_are_added_and_taken_away_by_who_may_change_the_article(knowledge: World) -> None:
    agent, other = await knowledge.log_in("agent"), await knowledge.log_in("officer")
    article = (await written(agent, await branch(knowledge)))["id"]
    files = f"/knowledge/articles/{article}/attachments"
    kept = (await agent.post(files, files=PDF)).json()["id"]
    assert (await other.post(files, files=PDF)).status_code == 403
    assert (await other.delete(f"{files}/{kept}")).status_code == 403
    assert (await agent.delete(f"{files}/{kept}")).status_code == 204


@pytest.mark.req("KNW-1", "KNW-4")
async def test_related_articles_are_named_to_those_who_may_read_them(knowledge: World) -> None:
    secret = await branch(knowledge, roles=["leader", "manager"])
    ended = await branch(knowledge)
    hidden = await published(knowledge, secret, author="manager", title="内部处理口径")
    past = await published(knowledge, ended, title="旧政策", valid_until="2026-01-01")
    inner = await published(knowledge, ended, title="窗口分工", public=False)
    shown = await published(knowledge, ended, title="办事指南", related=[hidden, past, inner])

    def named(answer: dict[str, list[dict[str, str]]]) -> list[str]:
        return [one["title"] for one in answer["related"]]

    for person, sees in (("agent", ["窗口分工"]), ("leader", ["内部处理口径", "窗口分工"])):
        seen = (await (await knowledge.log_in(person)).get(f"/knowledge/view/{shown}")).json()
        assert named(seen) == sees, person
    assert named((await knowledge.client().get(f"/public/knowledge/articles/{shown}")).json()) == []


@pytest.mark.req("KNW-1", "KNW-4")
async def test_every_version_has_its_own_files_and_gets_them_back_when_it_is_restored(
    knowledge: World,
) -> None:
    article = (await written(await knowledge.log_in("agent"), await branch(knowledge), public=True))["id"]
    agent, leader, citizen = (
        await knowledge.log_in("agent"),
        await knowledge.log_in("leader"),
        knowledge.client(),
    )
    path, public = f"/knowledge/articles/{article}", f"/public/knowledge/articles/{article}"

    async def attach() -> str:
        return (await agent.post(f"{path}/attachments", files=PDF)).json()["id"]

    async def approve() -> None:
        assert (await agent.post(f"{path}/submit")).status_code == 200
        assert (await leader.post(f"{path}/approve")).status_code == 200

    async def published_files() -> list[str]:
        shown = [one["id"] for one in (await citizen.get(public)).json()["attachments"]]
        for kept in (first, second, draft):
            got = (await citizen.get(f"{public}/attachments/{kept}")).status_code
            assert got == (200 if kept in shown else 404)
        return shown

    first, second, draft = await attach(), "", ""
    await approve()
    second = await attach()
    await approve()
    assert await published_files() == [first, second]
    assert (await leader.delete(f"{path}/attachments/{first}")).status_code == 204
    draft = await attach()
    assert await published_files() == [second], "without the one taken away and the one that nobody approved"
    restored = (await leader.post(f"{path}/versions/1/restore")).json()
    assert await published_files() == [first], "what version 1 had, although the clock has not moved"
    assert [one["id"] for one in restored["attachments"]] == [first], (
        "the working copy is that version, too: no later approval brings in what was only attached since"
    )
    assert (await agent.get(f"{path}/attachments/{draft}")).status_code == 404
    await leader.post(f"{path}/versions/2/restore")
    assert await published_files() == [first, second]
    await leader.post(f"{path}/withdraw", json={"reason": "政策变了"})
    assert (await citizen.get(f"{public}/attachments/{first}")).status_code == 404
