"""Every role, of the organisation that has a thing and of another, against every route of customers, tickets, knowledge and messages.

The routes and what opens them are read from the routes themselves. A new route with a body fails here until it has a sample.
"""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from hotline.adapters.files_local import LocalFiles
from hotline.features.sms.models import SmsInbound
from hotline.platform.ids import new_id
from hotline.platform.permissions import BUILT_IN_ROLES
from hotline.ports.files import FileStore
from tests.integration.features_admin.conftest import ROLES, START, World
from tests.integration.features_admin.test_rights import guarded_routes
from tests.integration.features_know.test_knowledge import published

FEATURES = {"customers", "tickets", "knowledge", "sms"}
PICTURE = ("图.png", b"\x89PNG\r\n\x1a\n picture")
PHONE = "13800138000"
GRANTED = {str(role.key): {str(one) for one in role.permissions} for role in BUILT_IN_ROLES}
FILES = {
    "POST /tickets/{ticket_id}/attachments",
    "POST /knowledge/articles/{article_id}/attachments",
    "POST /customer-imports",
    "POST /knowledge/import/preview",
    "POST /knowledge/import/file",
}
QUERIES: dict[str, dict[str, str]] = {
    "GET /customer-export": {"reason": "核对"},
    "GET /ticket-export": {"reason": "核对"},
    "GET /knowledge/search": {"q": "过户"},
    "GET /knowledge/articles/{article_id}/diff": {"from": "1", "to": "1"},
    "GET /customers/{customer_id}/statement": {"month": "2026-11"},
}
NOBODYS = {"DELETE /knowledge/articles/{article_id}/favourite": 204, "POST /ticket-batch": 404}
"""Routes that answer strangers in a way of their own: a favourite of one's own that is not there, ids in the body."""
NOT_THEIRS = ("PUT /knowledge/articles/{article_id}", "{ticket_id}", "/ticket-batch")
"""Not an officer's: articles of others, and tickets that are with no department (tickets by department: `test_tickets`)."""
PERIOD = {"from": "2026-11-01T00:00:00", "to": "2026-12-01T00:00:00"}


async def made(client: httpx.AsyncClient, path: str, *, file: bool = False, **body: Any) -> dict[str, Any]:
    """Make one thing; returns it."""
    sent: dict[str, Any] = {"files": {"file": PICTURE}} if file else {"json": body}
    answer = await client.post(path, **sent)
    assert answer.status_code in {200, 201, 204}, f"{path}: {answer.text}"
    return answer.json() if answer.content else {}


async def things_of(world: World, mark: str) -> dict[str, str]:
    """One of everything in an organisation, by the name of the route's parameter."""
    manager = await world.log_in(f"manager-{mark}")
    person = await made(manager, "/customers", name=f"李明{mark}", numbers=[{"number": PHONE}])
    twin = await made(manager, "/customers", name=f"李明{mark}", numbers=[{"number": PHONE}])
    customer = f"/customers/{person['id']}"
    await made(manager, f"{customer}/merge", gone_id=twin["id"])
    merges = (await manager.get(f"{customer}/merges")).json()["items"]
    dated = {"starts_on": "2026-01-01", "ends_on": "2027-01-01"}
    kind = await made(manager, "/ticket-types", name=f"类型{mark}", sms_reply=True)
    ticket = await made(manager, "/tickets", type_id=kind["id"], title=f"进度{mark}", contact=PHONE)
    attached = await made(manager, f"/tickets/{ticket['id']}/attachments", file=True)
    category = await made(manager, "/knowledge/categories", name=f"目录{mark}")
    article = await published(world, category["id"], f"agent-{mark}", f"leader-{mark}", title=f"过户{mark}")
    pictured = await made(manager, f"/knowledge/articles/{article}/attachments", file=True)
    await made(manager, f"/knowledge/articles/{article}/submit")
    await made(manager, f"/knowledge/articles/{article}/approve")
    message = await made(manager, "/sms/messages", to=PHONE, text="您好", request_id=f"message-{mark}")
    blocked = f"1390013900{ord(mark) % 10}"
    await made(manager, "/sms/blocked", number=blocked, note="本人要求")
    await made(manager, f"{customer}/contracts", title="合同", **dated)
    await made(manager, f"{customer}/reminders", title="检定", due_on="2026-12-01")
    await made(manager, f"{customer}/charges", title="费", amount=12, on_day="2026-11-01")
    account = (await manager.get(f"{customer}/account")).json()
    found = {
        "customer_id": person["id"],
        "merge_id": merges[0]["id"],
        "contract_id": account["contracts"][0]["id"],
        "reminder_id": next(one["id"] for one in account["reminders"] if one["title"] == "检定"),
        "charge_id": account["charges"][0]["id"],
        "import_id": (await made(manager, "/customer-imports", file=True))["id"],
        "type_id": kind["id"],
        "ticket_id": ticket["id"],
        "ticket attachment_id": attached["attachments"][0]["id"],
        "view_id": (await made(manager, "/ticket-views", name="筛选", query={}, shared=True))["id"],
        "channel_id": (
            await made(manager, "/ticket-channels", name="通知", kind="sms", to=PHONE, events=["overdue"])
        )["id"],
        "category_id": category["id"],
        "article_id": article,
        "knowledge attachment_id": pictured["id"],
        "message_id": message["id"],
        "number": blocked,
        "gateway_id": (await made(manager, "/sms/gateways", name=f"线{mark}", line={"kind": "recording"}))[
            "id"
        ],
        "inbound_id": new_id(),
        "version": "2",
        "key": "tickets",
    }
    async with world.database.writing() as work:
        work.session.add(
            SmsInbound(
                id=found["inbound_id"], authority_id=mark, gateway_id=found["gateway_id"], unique_key=f"in-{mark}", sender=PHONE,
                service_number="", text="谢谢", at=START, reply_to="", reference_kind="", reference_id="",
            )
        )  # fmt: skip
    return found


def bodies(of: dict[str, str]) -> dict[str, dict[str, Any]]:
    """A body that each route with a body takes."""
    article = {"category_id": of["category_id"], "title": "过户", "html": "<p>到大厅</p>", "similar": []}
    sms = {"to": PHONE, "text": "您好"}
    step = {"action": "note", "text": "记录"}
    return {
        "POST /customers": {"name": "王芳"},
        "PATCH /customers/{customer_id}": {"note": "改"},
        "POST /customers/{customer_id}/notes": {"kind": "note", "text": "走访"},
        "PUT /customer-fields": {"fields": []},
        "POST /customers/{customer_id}/merge": {"gone_id": of["customer_id"]},
        "POST /customers/{customer_id}/contracts": {"title": "合同", "starts_on": "2026-01-01", "ends_on": "2027-01-01"},
        "PATCH /customer-contracts/{contract_id}": {"title": "合同"},
        "POST /customers/{customer_id}/reminders": {"title": "检定", "due_on": "2026-12-01"},
        "POST /customer-reminders/{reminder_id}/done": {"outcome": "已完成"},
        "POST /customers/{customer_id}/charges": {"title": "费", "amount": 12, "on_day": "2026-11-01"},
        "POST /knowledge/view/{article_id}/feedback": {"solved": True, "note": ""},
        "POST /knowledge/view/{article_id}/sms": sms,
        "POST /knowledge/articles": article,
        "PUT /knowledge/articles/{article_id}": article | {"revision": 1},
        "POST /knowledge/articles/{article_id}/return": {"reason": "请补充"},
        "POST /knowledge/articles/{article_id}/withdraw": {"reason": "政策变了"},
        "POST /knowledge/categories": {"name": "新目录"},
        "PUT /knowledge/categories/{category_id}": {"name": "目录"},
        "PUT /knowledge/synonyms": {"groups": []},
        "POST /knowledge/missing/handled": {"question": "没有的问题"},
        "POST /knowledge/import": {"category_id": of["category_id"], "items": [], "file_name": "a.docx"},
        "POST /sms/messages": sms,
        "POST /sms/blocked": {"number": "13800138003", "note": "本人要求"},
        "POST /sms/gateways": {"name": "线路", "line": {"kind": "recording"}},
        "PATCH /sms/gateways/{gateway_id}": {"name": "线路"},
        "POST /sms/gateways/{gateway_id}/test": sms,
        "POST /tickets": {"type_id": of["type_id"], "title": "社保卡"},
        "PATCH /tickets/{ticket_id}": {"title": "社保卡"},
        "POST /tickets/{ticket_id}/steps": step,
        "POST /ticket-batch": {"ids": [of["ticket_id"]], "step": step},
        "POST /ticket-views": {"name": "我的", "query": {}, "shared": False},
        "POST /ticket-types": {"name": "类型"},
        "PATCH /ticket-types/{type_id}": {"script": "您好"},
        "POST /ticket-channels": {"name": "通知", "kind": "sms", "to": PHONE, "events": ["overdue"]},
    }  # fmt: skip


def place(path: str, of: dict[str, str]) -> str:
    """The path with the things of an organisation in it."""
    kind = "ticket" if path.startswith("/tickets") else "knowledge"
    parts = (part.strip("{}") if part.startswith("{") else "" for part in path.split("/"))
    ids = (of[f"{kind} {name}"] if name == "attachment_id" else of[name] if name else "" for name in parts)
    return "/".join(found or part for part, found in zip(path.split("/"), ids, strict=True))


class Matrix:
    """One person after the other asks for everything of organisation a."""

    def __init__(self, things: dict[str, str]) -> None:
        self._things = things
        self._bodies = bodies(things)
        self.wrong: list[str] = []
        self.asked = 0

    async def ask(self, client: httpx.AsyncClient, method: str, path: str) -> httpx.Response:
        """Ask as the route wants to be asked."""
        route = f"{method} {path}"
        sent: dict[str, Any] = {
            "params": QUERIES.get(route, PERIOD if "reports" in path or "figures" in path else {})
        }
        if route in FILES:
            sent["files"] = {"file": PICTURE}
        elif route in self._bodies:
            body = dict(self._bodies[route])
            if "sms" in path and "text" in body and not path.endswith("/test"):
                body["request_id"] = f"request-{self.asked}"
            sent["json"] = body
        self.asked += 1
        return await client.request(method, place(path, self._things), **sent)

    def note(self, who: str, route: str, answer: httpx.Response, wanted: str) -> None:
        """Keep what should not be."""
        self.wrong.append(f"{who} {route}: {answer.status_code}, wanted {wanted}: {answer.text[:160]}")

    async def stranger(self, who: str, client: httpx.AsyncClient, permissions: set[str]) -> None:
        """Somebody of another organisation: nothing of these things is there."""
        for method, path, guards in guarded_routes(FEATURES):
            answer = await self.ask(client, method, path)
            route = f"{method} {path}"
            if not guards & permissions:
                if answer.status_code != 403:
                    self.note(who, route, answer, "403")
            elif route in NOBODYS:
                if answer.status_code != NOBODYS[route]:
                    self.note(who, route, answer, str(NOBODYS[route]))
            elif any(f"{{{name}}}" in path for name in self._own_names()):
                if answer.status_code != 404:
                    self.note(who, route, answer, "404")
            elif told := [name for name, one in self._ids() if one in answer.text]:
                self.note(who, route, answer, f"no {told}")

    def _own_names(self) -> Iterator[str]:
        yield from (name.split()[-1] for name in self._things if name not in {"version", "key"})

    def _ids(self) -> Iterator[tuple[str, str]]:
        yield from ((k, v) for k, v in self._things.items() if k not in {"version", "key", "number"})

    async def colleague(self, who: str, client: httpx.AsyncClient, permissions: set[str]) -> None:
        """Somebody of the organisation: what their role allows is there (that nothing else is, strangers of the role have shown)."""
        for method, path, guards in guarded_routes(FEATURES):
            route = f"{method} {path}"
            if (
                not guards & permissions
                or method == "DELETE"
                or (who == "officer-a" and any(part in route for part in NOT_THEIRS))
            ):
                continue
            answer = await self.ask(client, method, path)
            if "own_review" in answer.text:
                continue  # who changed the article last, by a file here, has it approved by another
            if answer.status_code in {401, 403, 404} or answer.status_code >= 500:
                self.note(who, route, answer, "its place")
            elif method == "GET" and answer.status_code != 200:
                self.note(who, route, answer, "200")


@pytest.mark.req("ADM-1", "KNW-4", "CRM-1", "TKT-2", "CHN-2")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_every_role_of_both_organisations_against_every_route(knowledge: World) -> None:
    knowledge.platform.services[FileStore] = LocalFiles(knowledge.data / "files")
    matrix = Matrix(await things_of(knowledge, "a"))
    for role in ROLES:
        if role != "admin":  # sees every organisation, wherever they are
            await matrix.stranger(f"{role}-b", await knowledge.log_in(f"{role}-b"), GRANTED[role])
    assert matrix.wrong == [], "\n".join(matrix.wrong)
    for role in ROLES:
        await matrix.colleague(f"{role}-a", await knowledge.log_in(f"{role}-a"), GRANTED[role])
    assert matrix.wrong == [], "\n".join(matrix.wrong)
    assert matrix.asked > 1_000
