"""What tests of tickets share: a running centre with office hours, a type of each kind, and short ways to make and step tickets."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from hotline.adapters.files_local import LocalFiles
from hotline.core.ids import HoursId
from hotline.core.site import Hours, Period, Site, SpecialDay
from hotline.features.tickets.following import TicketFollower
from hotline.features.tickets.models import TicketType
from hotline.ports.call_control import CallControl
from hotline.ports.files import FileStore
from tests.integration.features_admin.conftest import World
from tests.integration.features_admin.fake_control import ROOT, FakeControl

OFFICE = (Period(start_min=9 * 60, end_min=12 * 60), Period(start_min=13 * 60 + 30, end_min=17 * 60 + 30))
PHONE = "13800138000"


def office_hours(*closed: str) -> Hours:
    """Monday to Friday with a lunch break; "always open" for callers, which is no working time."""
    return Hours(
        id=HoursId("office"),
        authority_id=ROOT,
        name="工作日",
        week=(OFFICE,) * 5 + ((), ()),
        special=tuple(SpecialDay(day=day, periods=()) for day in closed),
        override="open",
    )


@dataclass(slots=True)
class TicketDesk:
    """The world with a centre that has office hours, and types made by the manager."""

    world: World
    control: FakeControl
    types: dict[str, str]

    @property
    def follower(self) -> TicketFollower:
        """What follows tickets."""
        return self.world.platform.services[TicketFollower]

    async def step(self, client: httpx.AsyncClient, ticket: str, action: str, **more: Any) -> dict[str, Any]:
        """Take a step that must succeed; returns the ticket."""
        answer = await client.post(f"/tickets/{ticket}/steps", json={"action": action} | more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def make(self, client: httpx.AsyncClient, kind: str = "consult", **fields: Any) -> dict[str, Any]:
        """Make a ticket; returns it."""
        body = {
            "type_id": self.types[kind],
            "title": "社保卡多久能办好",
            "content": "上月申请",
            "contact": PHONE,
        } | fields
        answer = await client.post("/tickets", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()


async def ticket_desk(world: World) -> TicketDesk:
    """Set everything up. It is Friday 20 November 2026, 10:00 local time."""
    control = FakeControl(site_now=Site(authority_id=ROOT, hours=(office_hours(),)))
    world.platform.services[CallControl] = control
    world.platform.services[FileStore] = LocalFiles(world.data / "files")
    manager = await world.log_in("manager")
    types: dict[str, str] = {}
    for key, fields in {
        "consult": {"category": "consult", "sms_reply": True, "reply_min": 1440},
        "urgent": {"category": "help", "reply_min": 30},
        "complaint": {
            "category": "complaint",
            "reply_min": 450,
            "fields": [
                {
                    "key": "kind",
                    "label": "投诉类型",
                    "kind": "choice",
                    "options": ["态度", "时限"],
                    "required": True,
                },
                {"key": "fee", "label": "涉及金额", "kind": "money", "summed": True},
                {"key": "wish", "label": "诉求", "kind": "long_text", "required_to_close": True},
            ],
        },
    }.items():
        answer = await manager.post("/ticket-types", json={"name": key} | fields)
        assert answer.status_code == 201, answer.text
        types[key] = answer.json()["id"]
    async with world.database.writing() as work:
        for kind in types.values():
            (await work.session.get_one(TicketType, kind)).hours_id = "office"
    return TicketDesk(world, control, types)


def at(text: str) -> datetime:
    """A local moment of November 2026, `20 10:30`, in UTC."""
    day, clock = text.split()
    return datetime.fromisoformat(f"2026-11-{day}T{clock}:00+08:00").astimezone(UTC)
