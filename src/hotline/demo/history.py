"""Some weeks of calls for the demo site: days of the simulated centre, the real core on a virtual clock, under the demo's own names.

Nothing is invented beside what simulated citizens and agents do; the events are those the core wrote. Pure: knows no database.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hotline.core import codec, requests
from hotline.core.events import EngineConnected, Event, RecordingFinished, RecordingStarted
from hotline.core.metrics.query import LOCAL_OFFSET
from hotline.demo.people import PEOPLE
from hotline.platform.people import ROOT_AUTHORITY
from hotline.simulation.plan import Plan
from hotline.simulation.world import World

START_HOUR = 8.75
HOURS = 8.75
AGENTS = 12
_BUSY_BY_WEEKDAY = (1.15, 1.05, 1.0, 0.95, 0.9, 0.25, 0.2)
_MADE_ID = re.compile(r"^[0-9a-f]{8}$")
_AGENT_ID = re.compile(r"^a(\d+)$")
_DEVICE = re.compile(r"^(\d{4})-(web|mobile)$")
_NAMES = {
    "city": ROOT_AUTHORITY,
    "hotline": "demo",
    "flow": "demo",
    "trunk": "demo",
    "second": "demo",
}
_LABELS = {
    "realestate": "不动产登记",
    "social": "社会保障",
    "operator": "人工服务",
    "self service": "自助查询",
    "again": "重听",
    "message": "留言",
    "1": "满意",
    "2": "基本满意",
    "3": "不满意",
}
_LEFT_OUT = (EngineConnected, RecordingStarted, RecordingFinished)
"""Nobody spoke: there are no recordings to list."""
_AGENT_IDS = [person.user_id for person in PEOPLE if person.role == "agent"]


def history(last_day: date, days: int, calls_a_day: int, seed: int = 1) -> Iterator[list[Event]]:
    """Yield the events of each day up to `last_day`, in order."""
    for back in range(days - 1, -1, -1):
        day = last_day - timedelta(days=back)
        yield one_day(day, round(calls_a_day * _BUSY_BY_WEEKDAY[day.weekday()]), seed + day.toordinal())


def one_day(day: date, calls: int, seed: int) -> list[Event]:
    """Return the events of one simulated working day, with times and names of the demo site."""
    plan = Plan(
        hours=HOURS,
        start_hour=START_HOUR,
        calls=calls,
        agents=AGENTS,
        mobile=0.0,
        outbound_per_hour=0.6,
        patience_s=90.0,
        talk_s=170.0,
    )
    seen: list[Event] = []
    world = World(plan, seed, seen.extend)
    world.run()
    for profile in world.site.agents:
        world.ask(requests.SignOut(at=world.clock.at, agent_id=profile.id))
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) - LOCAL_OFFSET
    shift = midnight - world.clock.start
    return [_renamed(event, shift, f"{day:%Y%m%d}") for event in seen if not isinstance(event, _LEFT_OUT)]


def _renamed(event: Event, shift: timedelta, prefix: str) -> Event:
    values = codec.encode(event)
    renamed: Event = codec.decode({key: _value(key, value, shift, prefix) for key, value in values.items()})
    return renamed


def _value(key: str, value: Any, shift: timedelta, prefix: str) -> Any:
    match value:
        case list():
            return [_value(key, one, shift, prefix) for one in value]
        case dict():
            return {inner: _value(inner, one, shift, prefix) for inner, one in value.items()}
        case str():
            return _text(key, value, shift, prefix)
        case _:
            return value


def _text(key: str, text: str, shift: timedelta, prefix: str) -> str:
    if key == "at" or key.endswith("_at") or key == "until":
        return (datetime.fromisoformat(text) + shift).isoformat(timespec="microseconds")
    if key == "label":
        return _LABELS.get(text, text)
    if key.endswith(("_id", "by", "legs", "_ids")):
        if _MADE_ID.match(text):
            return f"demo-{prefix}-{text}"
        if found := _AGENT_ID.match(text):
            return _AGENT_IDS[int(found.group(1)) % len(_AGENT_IDS)]
        if found := _DEVICE.match(text):
            return found.group(1)
        return _NAMES.get(text, text)
    return text
