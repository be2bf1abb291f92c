"""Hostile text in every text field of tickets, customers, knowledge and messages that the description of the API names.

It is refused, or kept as it was given: never run, filled in, cut in the middle, or taken for a condition. Files that go out hold no formula.
A new operation with a text field fails this test until it has a sample here.
"""

import copy
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import openpyxl
import pytest

from hotline.http_app import create_app
from tests.integration.features_admin.conftest import World
from tests.integration.features_admin.ticket_desk import ticket_desk
from tests.integration.features_know.test_knowledge import branch, written

HOSTILE = "=1+1<script>alert(1)</script>{{1234567*8}}{contact}%s' OR 1=1 --"
FILLED_IN = "9876536"
TAGS = {"tickets", "customers", "knowledge", "sms"}
PEOPLE = ("manager", "leader", "agent", "admin", "officer-a")
RIGHT = range(200, 300)
REFUSED = {400, 404, 409, 422}
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Things:
    """One of everything, by id."""

    type: str
    ticket: str
    customer: str
    category: str
    article: str
    gateway: str


def samples(ids: Things) -> dict[str, dict[str, Any]]:
    """A body that each operation takes; by method and path without what is in braces."""
    field = {"key": "own", "label": "自定义", "kind": "choice", "options": ["甲", "乙"]}
    step = {"action": "note", "text": "记录"}
    article = {"category_id": ids.category, "title": "过户", "html": "<p>到大厅</p>", "similar": ["怎么过户"]}
    contract = {"title": "检定合同", "starts_on": "2026-01-01", "ends_on": "2027-01-01"}
    customer = {"name": "王芳", "numbers": [{"number": "13700001111", "label": "手机"}], "tags": ["热心"]}
    ticket = {"title": "社保卡", "content": "进度", "contact": "13800138000"}
    kind = {"name": "类型", "fields": [field], "script": "您好", "reply_min": 60}
    imported = {"title": "标题", "html": "<p>一</p>", "similar": ["问"], "category": "子目录"}
    return {
        "POST /customers": customer,
        f"PATCH /customers/{ids.customer}": customer,
        f"POST /customers/{ids.customer}/notes": {"kind": "note", "text": "走访"},
        "PUT /customer-fields": {"fields": [field]},
        f"POST /customers/{ids.customer}/merge": {"gone_id": "no-such"},
        f"POST /customers/{ids.customer}/contracts": contract,
        "PATCH /customer-contracts/no-such": contract,
        f"POST /customers/{ids.customer}/reminders": {"title": "检定", "due_on": "2026-12-01"},
        "POST /customer-reminders/no-such/done": {"outcome": "已完成"},
        f"POST /customers/{ids.customer}/charges": {"title": "检定费", "amount": 12, "on_day": "2026-11-01"},
        f"POST /knowledge/view/{ids.article}/feedback": {"solved": False, "note": "没写时间"},
        "POST /knowledge/articles": article,
        f"PUT /knowledge/articles/{ids.article}": article | {"revision": 1},
        f"POST /knowledge/articles/{ids.article}/return": {"reason": "请补充"},
        f"POST /knowledge/articles/{ids.article}/withdraw": {"reason": "政策变了"},
        "POST /knowledge/categories": {"name": "新目录"},
        f"PUT /knowledge/categories/{ids.category}": {"name": "不动产"},
        "PUT /knowledge/synonyms": {"groups": [["更名", "过户"]]},
        "POST /knowledge/missing/handled": {"question": "没有的问题"},
        "POST /knowledge/import": {"category_id": ids.category, "items": [imported], "file_name": "a.docx"},
        f"POST /knowledge/view/{ids.article}/sms": {"to": "13800138001", "text": "您好", "request_id": "k1"},
        "POST /sms/messages": {"to": "13800138002", "text": "您好", "request_id": "m1"},
        "POST /sms/blocked": {"number": "13800138003", "note": "本人要求"},
        "POST /sms/gateways": {"name": "线路", "line": {"kind": "recording"}},
        f"PATCH /sms/gateways/{ids.gateway}": {"name": "线路"},
        f"POST /sms/gateways/{ids.gateway}/test": {"to": "13800138004", "text": "测试"},
        "POST /tickets": ticket | {"type_id": ids.type},
        f"PATCH /tickets/{ids.ticket}": ticket,
        f"POST /tickets/{ids.ticket}/steps": step,
        "POST /ticket-batch": {"ids": [ids.ticket], "step": step},
        "POST /ticket-views": {"name": "我的", "query": {"words": "社保"}, "shared": False},
        "POST /ticket-types": kind,
        f"PATCH /ticket-types/{ids.type}": kind,
        "POST /ticket-channels": {"name": "通知", "kind": "sms", "to": "13800138005", "events": ["overdue"]},
        "PATCH /ticket-channels/no-such": {"name": "通知"},
    }


def operations(description: dict[str, Any]) -> Iterator[tuple[str, list[str], list[tuple[Path, int]]]]:
    """Method, parts of the path, and the text fields with their greatest length, of every operation that takes any."""
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            body = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if body and TAGS & set(operation.get("tags", [])):
                found = list(texts(body["schema"], description["components"]["schemas"]))
                if found:
                    yield method.upper(), path.removeprefix("/api/v1").split("/"), found


def texts(schema: dict[str, Any], schemas: dict[str, Any], deep: int = 0) -> Iterator[tuple[Path, int]]:
    """Text fields of a schema, however deep."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rsplit("/", 1)[-1]]
    if "anyOf" in schema:
        for one in schema["anyOf"]:
            yield from texts(one, schemas, deep)
    elif schema.get("type") == "array" and deep < 6:
        yield from (((0, *path), most) for path, most in texts(schema.get("items", {}), schemas, deep + 1))
    elif schema.get("type") == "object" and deep < 6:
        for name, one in schema.get("properties", {}).items():
            yield from (((name, *path), most) for path, most in texts(one, schemas, deep + 1))
    elif schema.get("type") == "string" and not {"enum", "const", "format"} & schema.keys():
        yield (), schema.get("maxLength", 200)


def with_text(body: Any, path: Path, text: str) -> Any:
    """The body with `text` at a place."""
    if not path:
        return text
    here: Any = copy.deepcopy(body)
    if isinstance(path[0], int):
        here = here if isinstance(here, list) and here else [None]
    else:
        here = here if isinstance(here, dict) else {}
    inner = here[0] if path[0] == 0 else here.get(path[0])
    here[path[0]] = with_text(inner, path[1:], text)
    return here


def kept(answer: Any, name: str) -> Iterator[str]:
    """Texts under a name anywhere in an answer."""
    if isinstance(answer, dict):
        for key, value in answer.items():
            yield from [value] if key == name and isinstance(value, str) else kept(value, name)
    elif isinstance(answer, list):
        for value in answer:
            yield from kept(value, name)


async def asked(clients: dict[str, httpx.AsyncClient], method: str, path: str, body: Any) -> httpx.Response:
    """Ask as the first person who may."""
    answer: httpx.Response | None = None
    for client in clients.values():
        answer = await client.request(method, path, json=body)
        if answer.status_code != 403:
            break
    assert answer is not None
    return answer


async def things(knowledge: World, clients: dict[str, httpx.AsyncClient]) -> Things:
    """Make one of everything."""
    desk = await ticket_desk(knowledge)
    customer = await clients["agent"].post("/customers", json={"name": "李明"})
    gateway = await asked(clients, "POST", "/sms/gateways", {"name": "演示", "line": {"kind": "recording"}})
    assert gateway.status_code == 201, gateway.text
    category = await branch(knowledge)
    return Things(
        type=desk.types["consult"],
        ticket=(await desk.make(clients["agent"]))["id"],
        customer=customer.json()["id"],
        category=category,
        article=(await written(clients["agent"], category))["id"],
        gateway=gateway.json()["id"],
    )


def body_for(bodies: dict[str, dict[str, Any]], method: str, parts: list[str]) -> tuple[str, dict[str, Any]]:
    """The path and the body of the sample that fits an operation."""
    for key, body in bodies.items():
        verb, path = key.split(" ")
        given = path.split("/")
        fits = len(given) == len(parts) and all(
            part == one or part.startswith("{") for part, one in zip(parts, given, strict=True)
        )
        if verb == method and fits:
            return path, body
    raise AssertionError(f"no sample for {method} {'/'.join(parts)}")


@pytest.mark.req("ADM-4", "TKT-1", "CRM-1", "KNW-1", "CHN-2")
async def test_hostile_text_in_every_field_is_refused_or_kept_as_it_is(knowledge: World) -> None:
    clients = {name: await knowledge.log_in(name) for name in PEOPLE}
    bodies = samples(await things(knowledge, clients))
    taken = fields = 0
    for method, parts, found in operations(create_app(knowledge.platform).openapi()):
        path, body = body_for(bodies, method, parts)
        for place, most in found:
            text = HOSTILE[: min(most, len(HOSTILE))].strip()
            answer = await asked(clients, method, path, with_text(body, place, text))
            where = f"{method} {path} {place}: {answer.status_code} {answer.text[:300]}"
            assert answer.status_code in RIGHT or answer.status_code in REFUSED, where
            assert FILLED_IN not in answer.text, where
            fields += 1
            if answer.status_code in RIGHT and answer.content:
                taken += 1
                name = next(str(part) for part in reversed(place) if isinstance(part, str))
                seen = [one for one in kept(answer.json(), name) if "=1+1" in one]
                assert all(
                    "<script" not in one if name == "html" else one.lower() == text.lower() for one in seen
                ), where
    assert fields > 100
    assert taken > 50
    await files_hold_no_formula(clients)


async def files_hold_no_formula(clients: dict[str, httpx.AsyncClient]) -> None:
    """What was taken goes out as text."""
    for path, who in (("/ticket-export", "leader"), ("/customer-export", "manager")):
        answer = await clients[who].get(path, params={"reason": "核对"})
        assert answer.status_code == 200, answer.text
        sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
        assert sheet is not None
        cells = [cell for row in sheet.iter_rows() for cell in row if "1+1" in str(cell.value)]
        assert cells, path
        assert all(cell.data_type != "f" for cell in cells), path
    answer = await clients["manager"].get("/customer-export", params={"reason": "核对", "format": "csv"})
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert any("1+1" in cell for row in rows for cell in row)
    assert not [cell for row in rows for cell in row if cell[:1] in {"=", "+", "-", "@"} and len(cell) > 1]
