"""Data sources asked for real: HTTP with its dangers, and read-only named queries on SQLite and PostgreSQL."""

import asyncio
import contextlib
import ipaddress
import json
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from hotline.adapters.sources.database import DatabaseService
from hotline.adapters.sources.http import HttpService
from hotline.core.events import InquiryOutcome
from hotline.core.ids import AuthorityId, CallId, InquiryId
from hotline.core.inquiry_messages import Inquire, InquiryAnswered
from hotline.platform.clock import utc_now
from hotline.platform.outward import forbidden
from hotline.ports.inquiries import Answer, Services
from hotline.ports.sources import DatabaseSource, HttpSource, NamedQuery
from hotline.runtime.inquiring import Inquirers

OUTCOME = InquiryOutcome


@dataclass
class Declared:
    """A directory of one source and one query."""

    source: HttpSource | None = None
    named: NamedQuery | None = None

    async def http(self, source_id: str) -> HttpSource | None:
        """The source."""
        return self.source if self.source is not None and source_id == self.source.id else None

    async def query(self, query_id: str) -> NamedQuery | None:
        """The query."""
        return self.named if self.named is not None and query_id == self.named.id else None


@dataclass
class Office:
    """A small system that speaks HTTP; `answers` in turn, the last one again and again."""

    port: int = 0
    answers: list[tuple[int, Any]] = field(default_factory=list[tuple[int, Any]])
    heard: list[str] = field(default_factory=list[str])
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next(
            (int(line[15:]) for line in head.split("\r\n") if line.lower().startswith("content-length:")), 0
        )
        self.heard.append(head + (await reader.readexactly(length)).decode())
        status, body = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if body is None:
            await self.released.wait()
        raw = json.dumps(body).encode()
        writer.write(
            f"HTTP/1.1 {status} x\r\nContent-Length: {len(raw)}\r\nLocation: /moved\r\n\r\n".encode() + raw
        )
        with contextlib.suppress(ConnectionError):
            await writer.drain()
            writer.close()
            await writer.wait_closed()


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    """The system, listening."""
    made = Office(answers=[(200, {"state": "done"})])
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    made.released.set()
    server.close()
    await server.wait_closed()


def declared(office: Office, **more: Any) -> HttpSource:
    """A declaration of the system."""
    base = f"http://localhost:{office.port}/api"
    return HttpSource(id="s", base_url=base, headers=(("X-Key", "hidden"),), allow_loopback=True, **more)


def question(service: str, name: str, timeout_s: float = 5.0, **arguments: Any) -> Inquire:
    """A question of a flow."""
    return Inquire(
        inquiry_id=InquiryId("i"),
        call_id=CallId("c"),
        authority_id=AuthorityId("root"),
        service=service,
        name=name,
        arguments=arguments,
        timeout_s=timeout_s,
    )


async def asked(source: HttpSource, **arguments: Any) -> Answer:
    """Ask over HTTP once."""
    service = HttpService(Declared(source))
    try:
        return await service.ask(question("http", "s", **arguments))
    finally:
        await service.close()


@pytest.mark.req("IVR-2")
async def test_a_question_reaches_the_system_with_its_secret_and_its_values(office: Office) -> None:
    answer = await asked(
        declared(office), method="POST", path="/cards/1", query=[["a", "b c"]], body='{"x": "y"}', headers=[["X-Mine", "z"]]
    )  # fmt: skip
    assert (answer.outcome, answer.values) == (OUTCOME.OK, {"status": 200, "body": {"state": "done"}})
    (heard,) = office.heard
    assert heard.startswith("POST /api/cards/1?a=b") and heard.endswith('{"x": "y"}')
    assert f"Host: localhost:{office.port}" in heard and "X-Key: hidden" in heard and "X-Mine: z" in heard


@pytest.mark.req("IVR-2")
@pytest.mark.parametrize(
    "answers,attempts,outcome,requests",
    [
        ([(404, {})], 3, OUTCOME.NOT_FOUND, 1),
        ([(503, {})], 3, OUTCOME.BUSY, 1),
        ([(500, {}), (200, {})], 2, OUTCOME.OK, 2),
        ([(500, {})], 2, OUTCOME.FAILED, 2),
        ([(302, {})], 2, OUTCOME.FAILED, 1),
        ([(200, "x" * 70_000)], 1, OUTCOME.FAILED, 1),
        ([(200, None)], 2, OUTCOME.TIMEOUT, 2),
    ],
)
async def test_every_kind_of_answer_is_an_outcome(
    office: Office, answers: list[Any], attempts: int, outcome: InquiryOutcome, requests: int
) -> None:
    office.answers = answers
    answer = await asked(declared(office), path="/x", attempts=attempts, timeout_s=0.4)
    assert (answer.outcome, len(office.heard)) == (outcome, requests)


@pytest.mark.req("IVR-2", "ADM-6")
async def test_nothing_but_what_is_declared_is_asked(office: Office) -> None:
    refused = [
        await asked(replace(declared(office), allow_loopback=False), path="/x"),
        await asked(declared(office), path="/../secret"),
        await asked(declared(office), path="/x?a=b"),
        await asked(replace(declared(office), base_url="http://169.254.169.254/latest"), path="/x"),
        await asked(replace(declared(office), base_url="http://0.0.0.0:1/"), path="/x"),
    ]
    assert {one.outcome for one in refused} == {OUTCOME.FAILED}
    assert not office.heard


@pytest.mark.parametrize(
    "address,refused",
    [("169.254.1.1", True), ("::ffff:169.254.169.254", True), ("100.100.100.200", True), ("127.0.0.1", True), ("::1", True), ("224.0.0.1", True), ("10.1.2.3", False), ("8.8.8.8", False)],
)  # fmt: skip
def test_addresses_of_metadata_services_and_of_this_machine_are_refused(address: str, refused: bool) -> None:
    assert bool(forbidden(ipaddress.ip_address(address), allow_loopback=False)) is refused


@pytest.mark.req("IVR-6")
async def test_more_questions_at_once_than_declared_are_busy(office: Office) -> None:
    office.answers = [(200, None)]
    service = HttpService(Declared(declared(office, concurrency=2)))
    asking = [
        asyncio.create_task(service.ask(question("http", "s", path="/x")), name=f"ask-{n}") for n in range(2)
    ]
    while len(office.heard) < 2:
        await asyncio.sleep(0.01)
    assert (await service.ask(question("http", "s", path="/x"))).outcome is OUTCOME.BUSY
    office.released.set()
    assert {(await one).outcome for one in asking} == {OUTCOME.OK}
    await service.close()


# ── Databases ──

ROWS = [("a", 1, "2026-11-28"), ("b", 2, "2026-11-29")]
SQL = "SELECT name, number, day FROM matter WHERE number >= :number ORDER BY number"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def source(request: pytest.FixtureRequest, tmp_path: Path) -> DatabaseSource:
    """A database with a table."""
    table = "CREATE TABLE matter (name TEXT, number INTEGER, day TEXT)"
    if request.param == "sqlite":
        with contextlib.closing(sqlite3.connect(tmp_path / "m.db")) as connection, connection:
            connection.execute(table)
            connection.executemany("INSERT INTO matter VALUES (?, ?, ?)", ROWS)
        return DatabaseSource(id="d", kind="sqlite", database="m.db")
    url: str = request.getfixturevalue("postgres_url")
    there = await asyncpg.connect(url)
    try:
        await there.execute(table)
        await there.executemany("INSERT INTO matter VALUES ($1, $2, $3)", ROWS)
        parameters = there._params
        address = there._addr
    finally:
        await there.close()
    return DatabaseSource(
        id="d",
        kind="postgresql",
        host=address[0] if isinstance(address, tuple) else "127.0.0.1",
        port=address[1] if isinstance(address, tuple) else 5432,
        database=parameters.database,
        username=parameters.user,
        password=parameters.password or "",
    )


async def queried(
    source: DatabaseSource, folder: Path, sql: str, *, timeout_s: float = 5.0, **values: str
) -> Answer:
    """Run a query once."""
    parameters = tuple((name, "int" if name == "number" else "text") for name in values)
    named = NamedQuery(
        id="q", source=source, sql=sql, parameters=parameters, row_limit=5, timeout_s=timeout_s
    )
    service = DatabaseService(Declared(named=named), folder)
    try:
        return await service.ask(question("database", "q", parameters=values, timeout_s=timeout_s))
    finally:
        await service.close()


@pytest.mark.req("IVR-2", "IVR-6")
async def test_a_named_query_answers_with_rows(source: DatabaseSource, tmp_path: Path) -> None:
    answer = await queried(source, tmp_path, SQL, number="2")
    assert answer.outcome is OUTCOME.OK
    assert answer.values["row"] == {"name": "b", "number": 2, "day": "2026-11-29"}
    assert (await queried(source, tmp_path, SQL, number="9")).outcome is OUTCOME.NOT_FOUND
    assert (await queried(source, tmp_path, SQL, number="x")).what == "parameter number is no int"


@pytest.mark.req("IVR-2")
async def test_a_named_query_changes_nothing_and_ends_in_time(source: DatabaseSource, tmp_path: Path) -> None:
    deleting = "DELETE FROM matter RETURNING name"
    changing = f"WITH gone AS ({deleting}) SELECT * FROM gone" if source.kind == "postgresql" else deleting
    assert (await queried(source, tmp_path, changing)).outcome is OUTCOME.FAILED
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) AS i FROM n"
    late = await queried(source, tmp_path, endless, timeout_s=0.3)
    assert late.outcome in {OUTCOME.TIMEOUT, OUTCOME.FAILED}
    assert (await queried(source, tmp_path, SQL, number="1")).values["count"] == 2


# ── The runtime's side ──


class Odd:
    """A service that does not keep its word."""

    async def ask(self, inquiry: Inquire) -> Answer:
        """Raise, or never answer."""
        if inquiry.name == "raises":
            raise RuntimeError("as services do")
        if inquiry.name == "late":
            await asyncio.Event().wait()
        return Answer(outcome=OUTCOME.OK, values={"deep": [["x" * 9_999] * 9_999]})


@pytest.mark.parametrize(
    "service,name,outcome",
    [("odd", "raises", OUTCOME.FAILED), ("odd", "late", OUTCOME.TIMEOUT), ("none", "", OUTCOME.FAILED), ("odd", "", OUTCOME.OK)],
)  # fmt: skip
async def test_whatever_a_service_does_there_is_one_small_answer_in_time(
    service: str, name: str, outcome: InquiryOutcome
) -> None:
    answers: asyncio.Queue[InquiryAnswered] = asyncio.Queue(10)
    inquirers = Inquirers(Services({"odd": Odd()}), answers.put, utc_now)
    inquirers.begin(question(service, name, timeout_s=0.2))
    answer = await answers.get()
    assert answer.outcome is outcome
    assert len(json.dumps(answer.values)) < 60_000
    await inquirers.close()
