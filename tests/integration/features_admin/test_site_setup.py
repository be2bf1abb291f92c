"""Migrations both ways on both databases, the demo site of the contract, and the picture that the running centre gets of it."""

import hashlib
from pathlib import Path

import pytest
from sqlalchemy import text

from hotline.core.flow import parse
from hotline.core.site import Hotline
from hotline.demo.seed import known_password
from hotline.platform import migrations
from hotline.platform.auth import Authenticator
from hotline.platform.database import Database
from hotline.platform.settings import Profile, Settings
from hotline.setup import demo_hints, set_up
from hotline.site_source import DatabaseSite
from hotline.tables import metadata
from tests.integration.features_admin.conftest import START, quick_passwords

COUNTS = """SELECT (SELECT count(*) FROM queue), (SELECT count(*) FROM agent), (SELECT count(*) FROM trunk),
            (SELECT count(*) FROM hotline), (SELECT count(*) FROM user_account)"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path, profile=Profile.DEMO)


@pytest.mark.req("OPS-2")
async def test_the_schema_goes_up_and_down_and_agrees_with_the_tables(database_url: str) -> None:
    database = Database(database_url)
    try:
        await migrations.upgrade(database)
        assert await migrations.current_revision(database) == migrations.head_revision()
        assert await migrations.drift(database, metadata) == []
        await migrations.downgrade(database, "base")
        assert await migrations.current_revision(database) == ""
        await migrations.upgrade(database)
        assert await migrations.drift(database, metadata) == []
    finally:
        await database.close()


@pytest.mark.req("OPS-2")
async def test_going_back_over_the_verbs_with_data_keeps_what_was_there_before(
    database: Database, settings: Settings
) -> None:
    await set_up(database, settings, quick_passwords())
    async with database.writing() as work:
        await work.session.execute(
            text("UPDATE queue SET overflow_to = 'duty', callback_key = '1' WHERE id = 'social'")
        )
        await work.session.execute(
            text("UPDATE agent SET mobile = '13900139000', forwarding_when = 'always'")
        )
        held = await work.session.execute(text(COUNTS))
        before = held.one()
    assert min(before) > 0
    await migrations.downgrade(database, "20261122_05")
    async with database.reading() as session:
        assert (await session.execute(text(COUNTS))).one() == before
        went = await session.execute(text("SELECT overflow_to FROM queue WHERE id = 'social'"))
        assert went.scalar_one() == "nowhere"
    await migrations.upgrade(database)
    assert await migrations.drift(database, metadata) == []
    site, _ = await DatabaseSite(database, lambda: START).load()
    assert (len(site.queues), len(site.agents), len(site.known_callers)) == (3, 14, 0)


@pytest.mark.req("ADM-1")
def test_every_table_carries_its_authority() -> None:
    assert [table.name for table in metadata.sorted_tables if "authority_id" not in table.columns] == []


async def test_the_demo_site_is_the_one_of_the_contract(database: Database, settings: Settings) -> None:
    made = await set_up(database, settings, quick_passwords())
    site, provision = await DatabaseSite(database, lambda: START).load()
    (hotline,) = site.hotlines
    assert (hotline.number, hotline.recording, hotline.hours_id) == ("01084000000", True, site.hours[0].id)
    assert [(queue.id, queue.name) for queue in site.queues] == [
        ("operator", "综合服务"), ("realestate", "不动产登记"), ("social", "社会保障"),
    ]  # fmt: skip
    assert [agent.number for agent in site.agents] == [*map(str, range(1001, 1013)), "2001", "2002"]
    assert site.agents[0].devices == ("1001", "1001-web")
    assert site.hours[0].override == "open"
    assert check_survey(hotline) == [("1", True), ("2", True), ("3", False)]
    trunk, further = provision.trunks
    assert (hotline.further_trunk_ids, hotline.duty_number) == ((further.trunk_id,), "01084009999")
    assert {caller.kind.value for caller in site.known_callers} == {"vip", "contract", "care"}
    assert [agent.number for agent in site.agents if agent.leader] == ["2001", "2002"]
    assert (trunk.peers, trunk.username, trunk.numbers) == (("127.0.0.1/32", "::1/128"), "", ("01084000000",))
    assert provision.web_numbers == ("01084000000",)
    assert made is not None and made == known_password(settings)
    assert made in "".join(demo_hints(settings, new=True))


def check_survey(hotline: Hotline) -> list[tuple[str, bool]]:
    assert hotline.survey is not None
    return [(grade.key, grade.satisfied) for grade in hotline.survey.grades]


async def test_every_prompt_that_the_demo_flow_plays_is_there(database: Database, settings: Settings) -> None:
    await set_up(database, settings, quick_passwords())
    site, _ = await DatabaseSite(database, lambda: START).load()
    keys = {prompt.key for prompt in site.prompts}
    for document in site.flows:
        flow = parse(document.id, document.version, document.json)
        named = {key for node in flow.nodes.values() for key in getattr(node, "prompts", ())}
        assert named and named <= keys
    for prompt in site.prompts:
        data = (settings.data / prompt.path).read_bytes()
        assert f"prompts/{hashlib.sha256(data).hexdigest()}.wav" == prompt.path
        assert prompt.duration_ms > 0


@pytest.mark.req("TEL-3")
async def test_desk_phones_get_the_digests_of_their_password(database: Database, settings: Settings) -> None:
    await set_up(database, settings, quick_passwords())
    _, provision = await DatabaseSite(database).load()
    entry = next(device for device in provision.devices if device.device_id == "1001")
    a1 = b"1001:hotline:demo-1001"  # RFC 7616 section 3.4.2: username ":" realm ":" password
    assert entry.ha1_md5 == hashlib.md5(a1).hexdigest()
    assert entry.ha1_sha256 == hashlib.sha256(a1).hexdigest()


async def test_a_second_start_changes_nothing_that_people_changed(
    database: Database, settings: Settings
) -> None:
    first = await set_up(database, settings, quick_passwords())
    async with database.writing() as work:
        await work.session.execute(metadata.tables["queue"].update().values(wrap_up_s=99))
        await work.session.execute(metadata.tables["prompt"].update().values(active=False))
    assert await set_up(database, settings, quick_passwords()) is None
    site, _ = await DatabaseSite(database).load()
    assert {queue.wrap_up_s for queue in site.queues} == {99}
    assert site.prompts == ()
    assert known_password(settings) == first


async def test_the_password_setting_is_the_password_of_all(database: Database, settings: Settings) -> None:
    await set_up(database, settings, quick_passwords())
    told = Settings(data=settings.data, profile=Profile.DEMO, demo_password="my-own-word")  # pyright: ignore[reportArgumentType]
    assert await set_up(database, told, quick_passwords()) == "my-own-word"
    authenticator = Authenticator(database, quick_passwords())
    for username in ("1001", "2001", "3001", "4001", "5001", "6001", "admin"):
        opened = await authenticator.log_in(username, "my-own-word", address="127.0.0.1")
        assert opened.actor.username == username


async def test_production_gets_prompts_and_roles_but_nobody_and_no_number(
    database: Database, tmp_path: Path
) -> None:
    assert await set_up(database, Settings(data=tmp_path), quick_passwords()) is None
    site, provision = await DatabaseSite(database).load()
    assert (site.hotlines, site.agents, provision.trunks, provision.devices) == ((), (), (), ())
    assert {"music", "beep", "system_error"} <= {prompt.key for prompt in site.prompts}
