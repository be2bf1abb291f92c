"""A running embedded engine with a little desk in front: keeps every event, lets a test wait for one, and gives commands."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from hotline.adapters.embedded.audio_port import MediaSettings
from hotline.adapters.embedded.engine import EmbeddedSwitch
from hotline.adapters.embedded.sip_settings import SipSettings
from hotline.core.ids import DeviceId, LegId, TrunkId
from hotline.core.switching import (
    DeviceEntry,
    LegHungUp,
    LegIncoming,
    Provision,
    SwitchCommand,
    SwitchEvent,
    TrunkEntry,
)
from hotline.wire.sip.actions import Timing
from hotline.wire.sip.digest import ha1
from tests.ports import free_port

REALM = "hotline"
NUMBER = "01084000000"
SECRET = "browser-secret"
WAIT_S = 30.0
QUICK = Timing(t1=0.05, t2=0.4, t4=0.5)

E = TypeVar("E")


def device(name: str) -> DeviceEntry:
    """A telephone whose password is demo-<name>."""
    secrets = [ha1(name, REALM, f"demo-{name}", algorithm) for algorithm in ("MD5", "SHA-256")]
    return DeviceEntry(device_id=DeviceId(name), ha1_md5=secrets[0], ha1_sha256=secrets[1])


def trunk(gateway: str = "127.0.0.1:9", **changes: object) -> TrunkEntry:
    """The demo trunk, reachable from loopback."""
    base: dict[str, object] = {
        "trunk_id": TrunkId("demo"),
        "peers": ("127.0.0.1/32",),
        "gateway": gateway,
        "max_calls": 200,
        "numbers": (NUMBER, "service"),
    }
    return TrunkEntry(**(base | changes))  # pyright: ignore[reportArgumentType]


def directory(*trunks: TrunkEntry, max_calls: int = 400) -> Provision:
    """Telephones 1001 and 1002, the given trunks (the demo trunk when none)."""
    return Provision(
        realm=REALM,
        devices=(device("1001"), device("1002")),
        trunks=trunks or (trunk(),),
        browser_secret=SECRET,
        web_numbers=(NUMBER,),
        max_calls=max_calls,
    )


class Desk:
    """The engine and what it said."""

    def __init__(self, switch: EmbeddedSwitch) -> None:
        self.switch = switch
        self.events: list[SwitchEvent] = []
        self.react: Callable[[SwitchEvent], list[SwitchCommand]] = lambda _: []
        self._news = asyncio.Condition()
        self._task = asyncio.create_task(self._listen(), name="desk")

    async def _listen(self) -> None:
        async for event in self.switch.events():
            self.events.append(event)
            commands = self.react(event)
            if commands:
                await self.switch.execute(commands)
            async with self._news:
                self._news.notify_all()

    async def do(self, *commands: SwitchCommand) -> None:
        """Give commands."""
        await self.switch.execute(commands)

    def of(self, kind: type[E], leg_id: LegId | None = None) -> list[E]:
        """The events of a kind so far (of one leg)."""
        return [
            event
            for event in self.events
            if isinstance(event, kind) and leg_id in (None, getattr(event, "leg_id", None))
        ]

    async def wait(self, kind: type[E], leg_id: LegId | None = None, count: int = 1) -> E:
        """Wait for the `count`-th event of a kind."""
        async with asyncio.timeout(WAIT_S), self._news:
            await self._news.wait_for(lambda: len(self.of(kind, leg_id)) >= count)
        return self.of(kind, leg_id)[count - 1]

    def legs_without_end(self) -> set[LegId]:
        """Legs that came in and were not reported as ended exactly once."""
        ends = [event.leg_id for event in self.of(LegHungUp)]
        assert len(ends) == len(set(ends)), "a leg ended twice"
        return {event.leg_id for event in self.of(LegIncoming)} - set(ends)

    async def close(self) -> None:
        """End the engine, then the desk."""
        await self.switch.close()
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task


def settings(data: Path, **changes: object) -> SipSettings:
    """Settings with free ports, everything on loopback."""
    base: dict[str, object] = {
        "port": free_port(),
        "data": data,
        "ws_port": 0,
        "media": MediaSettings(address="127.0.0.1", advertised="", ports=range(20_000, 32_000), data=data),
        "invite_rate": 1_000.0,
        "invite_burst": 10_000.0,
        "register_rate": 1_000.0,
        "register_burst": 10_000.0,
        "timing": QUICK,
    }
    return SipSettings(**(base | changes))  # pyright: ignore[reportArgumentType]


async def open_desk(
    data: Path,
    entries: Provision | None = None,
    *,
    keep: Callable[[bytes], bool] | None = None,
    **changes: object,
) -> Desk:
    """Start an engine and provision it."""
    switch = EmbeddedSwitch(settings(data, **changes), keep=keep)
    await switch.start()
    desk = Desk(switch)
    await desk.do(entries or directory())
    return desk
