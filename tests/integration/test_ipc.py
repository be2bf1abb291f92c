"""The control line loses nothing: over broken connections, a new application, a restarted voice process, and a newer client."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hotline.adapters.embedded import client as client_module
from hotline.adapters.embedded import ipc
from hotline.adapters.embedded.client import EmbeddedClient
from hotline.adapters.embedded.server import ControlServer
from hotline.adapters.fake_switch import FakeSwitch
from hotline.core.ids import DeviceId
from hotline.core.switching import (
    DeviceEntry,
    EngineLost,
    EngineUnreachable,
    EngineUp,
    LegIncoming,
    Provision,
    Ring,
    SwitchEvent,
)
from hotline.ports.switch import SwitchUnavailable

WAIT_S = 20.0


def now() -> datetime:
    return datetime.now(UTC)


class Side:
    """A client that keeps what it hears."""

    def __init__(self, path: Path, *, token: int = 0) -> None:
        self.client = EmbeddedClient(path, now=now, version="1", token=lambda: token)
        self.heard: list[SwitchEvent] = []
        self._task = asyncio.create_task(self._listen(), name="side")
        self.client.start()

    async def _listen(self) -> None:
        async for event in self.client.events():
            self.heard.append(event)

    def kinds(self) -> list[str]:
        return [type(event).__name__ for event in self.heard]

    def numbers(self) -> list[str]:
        return [event.ani for event in self.heard if isinstance(event, LegIncoming)]

    async def until(self, count: int, kind: type[SwitchEvent]) -> None:
        async with asyncio.timeout(WAIT_S):
            while sum(isinstance(event, kind) for event in self.heard) < count:
                await asyncio.sleep(0.005)

    async def close(self) -> None:
        await self.client.close()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


class Voice:
    """The voice process's end over a fake engine."""

    def __init__(self, path: Path) -> None:
        self.switch = FakeSwitch()
        self.switch.start()
        self.server = ControlServer(self.switch, path)

    def cut(self) -> None:
        """Break the connection, as a network fault would."""
        assert self.server._line is not None
        self.server._line.writer.transport.abort()


@pytest.fixture
async def voice(tmp_path: Path) -> AsyncIterator[Voice]:
    voice = Voice(tmp_path / "voice.sock")
    await voice.server.start()
    yield voice
    await voice.server.close()


@pytest.fixture
async def side(tmp_path: Path, voice: Voice) -> AsyncIterator[Side]:
    side = Side(tmp_path / "voice.sock")
    await side.until(1, EngineUp)
    yield side
    await side.close()


async def test_a_broken_line_loses_no_event_and_repeats_none(voice: Voice, side: Side) -> None:
    for number in range(300):
        voice.switch.call_in(str(number), "100")
        if number % 60 == 30:
            await asyncio.sleep(0.01)
            if voice.server.connected:
                voice.cut()
    await side.until(300, LegIncoming)
    assert side.numbers() == [str(number) for number in range(300)]
    assert side.kinds().count("EngineUp") == 1
    assert "EngineLost" not in side.kinds()


async def test_a_batch_whose_answer_was_lost_runs_once(voice: Voice, side: Side) -> None:
    leg_id = voice.switch.call_in("1", "100")
    await side.until(1, LegIncoming)
    giving = asyncio.create_task(side.client.execute([Ring(leg_id=leg_id)]), name="giving")
    async with asyncio.timeout(WAIT_S):
        while not voice.switch.commands:
            await asyncio.sleep(0)
    voice.cut()
    await giving
    assert voice.switch.commands == [Ring(leg_id=leg_id)]


async def test_a_new_application_hears_what_the_old_one_had_not_made_durable(
    voice: Voice, side: Side, tmp_path: Path
) -> None:
    for number in range(5):
        voice.switch.call_in(str(number), "100")
    await side.until(5, LegIncoming)
    side.client.acknowledge(3 + 1)  # the first event is EngineUp itself
    async with asyncio.timeout(WAIT_S):
        while len(voice.server._kept) > 2:
            await asyncio.sleep(0.005)
    await side.close()
    voice.switch.call_in("5", "100")
    successor = Side(tmp_path / "voice.sock")
    await successor.until(1, EngineUp)
    assert successor.numbers() == ["3", "4", "5"]
    assert successor.kinds()[-1] == "EngineUp"
    await successor.close()


async def test_what_the_older_application_has_not_acknowledged_when_the_line_is_taken_is_the_newers(
    voice: Voice, tmp_path: Path
) -> None:
    older = Side(tmp_path / "voice.sock", token=1)
    await older.until(1, EngineUp)
    voice.switch.call_in("1", "100")
    await older.until(1, LegIncoming)
    newer = EmbeddedClient(tmp_path / "voice.sock", now=now, version="1", token=lambda: 2)
    await newer.take()
    older.client.acknowledge(2)
    heard = newer.events()
    assert [getattr(await anext(heard), "ani", "up") for _ in range(2)] == ["1", "up"]
    await newer.close()
    await older.close()


async def test_a_line_without_a_voice_process_is_not_waited_for(tmp_path: Path) -> None:
    client = EmbeddedClient(tmp_path / "nobody.sock", now=now, version="1")
    await client.take()
    assert not client.up
    await client.close()


async def test_events_that_waited_carry_the_time_they_happened(
    voice: Voice, side: Side, tmp_path: Path
) -> None:
    await side.close()
    voice.switch.call_in("1", "100")
    happened = now()
    await asyncio.sleep(0.3)
    successor = Side(tmp_path / "voice.sock")
    await successor.until(1, LegIncoming)
    assert abs(successor.heard[0].at - happened) < timedelta(seconds=0.2)
    await successor.close()


async def test_the_newer_application_wins_the_line(voice: Voice, side: Side, tmp_path: Path) -> None:
    newer = Side(tmp_path / "voice.sock")
    await newer.until(1, EngineUp)
    async with asyncio.timeout(WAIT_S):
        await side.client.replaced.wait()
    await side.until(1, EngineUnreachable)
    assert "EngineLost" not in side.kinds()
    with pytest.raises(SwitchUnavailable):
        await side.client.execute([])
    voice.switch.call_in("1", "100")
    await newer.until(1, LegIncoming)
    assert side.numbers() == []
    await newer.close()


async def test_a_restarted_voice_process_is_lost_and_up_again(
    voice: Voice, side: Side, tmp_path: Path
) -> None:
    await voice.server.close()
    with pytest.raises(SwitchUnavailable):
        await side.client.snapshot()
    successor = Voice(tmp_path / "voice.sock")
    await successor.server.start()
    await side.until(2, EngineUp)
    assert side.kinds()[-2:] == ["EngineLost", "EngineUp"]
    await side.client.execute([])
    await successor.server.close()


async def test_a_cut_line_loses_no_engine_and_what_happened_meanwhile_comes_before_it_is_up_again(
    voice: Voice, side: Side, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(client_module, "PATIENCE_S", 0.2)
    (tmp_path / "voice.sock").rename(tmp_path / "away.sock")
    voice.cut()
    await side.until(1, EngineUnreachable)
    assert not side.client.up
    with pytest.raises(SwitchUnavailable):
        await side.client.execute([])
    voice.switch.call_in("1", "100")
    (tmp_path / "away.sock").rename(tmp_path / "voice.sock")
    await side.until(2, EngineUp)
    assert side.kinds() == ["EngineUp", "EngineUnreachable", "LegIncoming", "EngineUp"]
    await side.client.execute([])


async def test_an_order_that_was_refused_is_not_carried_out_when_the_line_is_back(
    voice: Voice, side: Side, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(client_module, "PATIENCE_S", 0.2)
    leg_id = voice.switch.call_in("1", "100")
    await side.until(1, LegIncoming)
    (tmp_path / "voice.sock").rename(tmp_path / "away.sock")
    voice.cut()
    with pytest.raises(SwitchUnavailable):
        await side.client.execute([Ring(leg_id=leg_id)])
    await side.until(1, EngineUnreachable)
    (tmp_path / "away.sock").rename(tmp_path / "voice.sock")
    await side.until(2, EngineUp)
    await side.client.execute([])
    assert voice.switch.commands == []


async def test_a_voice_process_that_stays_away_is_lost(
    voice: Voice, side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "PATIENCE_S", 0.1)
    monkeypatch.setattr(client_module, "LOST_AFTER_S", 0.3)
    await voice.server.close()
    await side.until(1, EngineUnreachable)
    await side.until(1, EngineLost)
    assert not side.client.up


async def test_an_application_with_an_older_lease_is_sent_away_and_orders_nothing(
    voice: Voice, tmp_path: Path
) -> None:
    newer = Side(tmp_path / "voice.sock", token=8)
    await newer.until(1, EngineUp)
    deposed = Side(tmp_path / "voice.sock", token=7)
    async with asyncio.timeout(WAIT_S):
        await deposed.client.replaced.wait()
    with pytest.raises(SwitchUnavailable):
        await deposed.client.execute([])
    voice.switch.call_in("1", "100")
    await newer.until(1, LegIncoming)
    assert not newer.client.replaced.is_set()
    assert deposed.heard == []
    await newer.close()
    await deposed.close()


async def test_life_shows_apart_from_the_line(voice: Voice, tmp_path: Path) -> None:
    async with asyncio.timeout(WAIT_S):
        while ipc.pulse_age_s(tmp_path / "voice.sock") > 1.0:
            await asyncio.sleep(0.01)
    assert ipc.pulse_age_s(tmp_path / "never.sock") == float("inf")


async def test_a_dead_voice_process_is_lost_at_once(voice: Voice, side: Side) -> None:
    await voice.server.close()
    side.client.process_died()
    await side.until(1, EngineLost)


async def test_a_silent_voice_process_counts_as_broken(
    voice: Voice, side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hotline.adapters.embedded.ipc.SILENCE_S", 0.2)
    monkeypatch.setattr("hotline.adapters.embedded.ipc.BEAT_S", 1000.0)
    line = voice.server._line
    async with asyncio.timeout(WAIT_S):
        while voice.server._line is line:
            await asyncio.sleep(0.01)


async def test_the_snapshot_comes_behind_every_older_event(voice: Voice, side: Side) -> None:
    for number in range(200):
        voice.switch.call_in(str(number), "100")
    snapshot = await side.client.snapshot()
    assert len(snapshot.legs) == 200
    assert len(side.numbers()) == 200


async def test_a_directory_of_thousands_passes_in_one_batch(voice: Voice, side: Side) -> None:
    provision = Provision(
        realm="hotline",
        devices=tuple(
            DeviceEntry(device_id=DeviceId(str(n)), ha1_md5="a" * 32, ha1_sha256="b" * 64)
            for n in range(5_000)
        ),
        trunks=(),
        browser_secret="s",
        web_numbers=(),
    )
    await side.client.execute([provision])
    assert voice.switch.provision == provision


async def test_events_beyond_the_limit_are_dropped_oldest_first_and_the_application_is_told(
    voice: Voice, side: Side, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hotline.adapters.embedded.server.KEEP_LIMIT", 10)
    await side.close()
    for number in range(25):
        voice.switch.call_in(str(number), "100")
    successor = Side(tmp_path / "voice.sock")
    await successor.until(1, EngineUp)
    assert successor.numbers() == [str(number) for number in range(15, 25)]
    await successor.close()


async def test_noise_on_the_socket_disturbs_nobody(voice: Voice, side: Side, tmp_path: Path) -> None:
    for noise in (b"\n", b"{}\n", b'{"t":"run"}\n', b"\xff" * 100 + b"\n", b'{"t":"hello"}\n', b"["):
        _, writer = await asyncio.open_unix_connection(tmp_path / "voice.sock")
        writer.write(noise)
        await writer.drain()
        writer.close()
        await writer.wait_closed()
    voice.switch.call_in("1", "100")
    await side.until(1, LegIncoming)
