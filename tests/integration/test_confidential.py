"""What callers key in confidentially is nowhere readable on disk, and is there again after a restart with the right key."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from hotline.core.events import Event, KeysPressed, VariableSet
from hotline.core.ids import FlowId, LegId
from hotline.core.metrics.folds import FactFold
from hotline.core.site import FlowDocument, Site
from hotline.platform.sealing import Sealer
from tests.integration.runtime_world import World, another_life
from tests.integration.test_recovery import FlakyJournal
from tests.small_site import CITY, QUEUE, FixedSite, small_site

NUMBER = "110105194912310028"
NODES: dict[str, Any] = {
    "ask": {"kind": "collect", "title": "证件", "variable": "id_number", "min": 18, "max": 18, "secret": True, "next": "copy", "on_failure": "bye"},
    "copy": {"kind": "set", "title": "记", "variables": {"copy": "'nr ' + id_number"}, "next": "more"},
    "more": {"kind": "collect", "title": "再问", "variable": "more", "min": 1, "max": 1, "timeout_s": 60, "next": "same", "on_failure": "bye"},
    "same": {
        "kind": "condition", "title": "相同", "cases": [{"when": f"id_number == '{NUMBER}'", "next": "wait"}], "otherwise": "bye"
    },
    "wait": {"kind": "queue", "title": "排队", "queue": QUEUE},
    "bye": {"kind": "hangup", "title": "结束"},
}  # fmt: skip


def asking_site() -> Site:
    """The small site with a menu that asks for an identity number."""
    flow = FlowDocument(
        id=FlowId("flow"), authority_id=CITY, name="流程", version=1,
        json=json.dumps({"format": 2, "start": "ask", "nodes": NODES}),
    )  # fmt: skip
    return replace(small_site(), flows=(flow,))


def variables(events: list[Event]) -> dict[str, VariableSet]:
    return {one.name: one for one in events if isinstance(one, VariableSet)}


def on_disk(folder: Path) -> bytes:
    """Everything that lies in the data folder."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def keyed(world: World) -> LegId:
    """A citizen keys the number in and stands at the next question."""
    citizen = world.call_in()
    await world.until(lambda: [call.node_id for call in world.runtime._centre.calls.values()] == ["ask"])
    world.switch.press(citizen, NUMBER)
    await world.until(lambda: "copy" in variables_now(world))
    return citizen


@pytest.mark.req("IVR-6", "ADM-4")
async def test_it_is_sealed_in_the_journal_and_known_after_a_restart(tmp_path: Path) -> None:
    first = World(tmp_path, site=FixedSite(asking_site()), seals=Sealer(b"k" * 32))
    await first.start()
    await first.up()
    citizen = await keyed(first)
    await first.runtime.close()
    written = variables(await first.written())
    assert (written["id_number"].secret, written["copy"].secret) == (True, True)
    shown = [one.keys for one in await first.written() if isinstance(one, KeysPressed)]
    assert shown == ["*" * 14 + NUMBER[-4:]]
    fold = FactFold()
    assert [fact for event in await first.written() for fact in fold.apply(event)]  # counted without the key
    await first.die()
    assert NUMBER.encode() not in on_disk(tmp_path)
    async with another_life(first) as second:
        second.switch.press(citizen, "1")
        await second.until(lambda: second.phase() == "waiting")


@pytest.mark.req("ADM-4")
async def test_with_another_key_the_value_is_nothing_and_the_call_goes_on(tmp_path: Path) -> None:
    first = World(tmp_path, site=FixedSite(asking_site()), seals=Sealer(b"k" * 32))
    await first.start()
    await first.up()
    citizen = await keyed(first)
    await first.runtime.close()
    await first.die()
    with capture_logs() as logs:
        life = another_life(first, Sealer(b"x" * 32))
        second = await life.__aenter__()
    try:
        second.switch.press(citizen, "1")
        await second.until(lambda: second.phase() == "none")
    finally:
        await life.__aexit__(None, None, None)
    unreadable = [entry["variable"] for entry in logs if entry["event"] == "confidential_variable_unreadable"]
    assert unreadable == ["id_number", "copy"]


@pytest.mark.req("ADM-4")
async def test_it_is_sealed_in_the_spool_while_the_database_is_away(tmp_path: Path) -> None:
    world = World(tmp_path, site=FixedSite(asking_site()), seals=Sealer(b"k" * 32))
    flaky = FlakyJournal(world)
    await world.start(flaky)  # pyright: ignore[reportArgumentType]
    await world.up()
    flaky.away = True
    await keyed(world)
    await world.until(lambda: b'"name":"copy"' in on_disk(tmp_path / "run"))
    assert NUMBER.encode() not in on_disk(tmp_path)
    flaky.away = False
    await world.until(lambda: world.runtime.delivery.journal_up)
    assert variables(await world.written())["id_number"].secret
    assert NUMBER.encode() not in on_disk(tmp_path)
    await world.stop()


def variables_now(world: World) -> dict[str, Any]:
    """The variables of the one call that runs."""
    calls = world.runtime._centre.calls
    return next(iter(calls.values())).variables if calls else {}
