"""An application over a fresh database, on SQLite and PostgreSQL alike, with two organisations and a person of every role."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI

from hotline.features.prompts.models import Prompt
from hotline.http_app import connect, create_app
from hotline.platform import migrations
from hotline.platform.access import Platform
from hotline.platform.auth import Authenticator
from hotline.platform.database import Database
from hotline.platform.installation import ensure_installation
from hotline.platform.passwords import Passwords
from hotline.platform.people import ROOT_AUTHORITY, Organisation, User
from hotline.platform.settings import Settings
from tests.postgres import PostgresServer

PASSWORD = "correct-Horse-7"
ROLES = ("admin", "manager", "leader", "inspector", "agent", "wall", "client", "officer")
START = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
MINIMAL_FLOW: dict[str, Any] = {
    "format": 2,
    "start": "welcome",
    "nodes": {
        "welcome": {"kind": "play", "prompts": ["welcome"], "next": "end"},
        "end": {"kind": "hangup"},
    },
}


def quick_passwords() -> Passwords:
    """Argon2 as weak as it can be: tests check logic, not strength."""
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@dataclass(slots=True)
class HandClock:
    """A clock that moves when told."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        """Move on."""
        self.now += timedelta(**span)


@dataclass(slots=True, kw_only=True)
class World:
    """The application and what stands around it."""

    app: FastAPI
    platform: Platform
    database: Database
    clock: HandClock
    data: Path
    reconfigured: int = 0
    clients: list[httpx.AsyncClient] = field(default_factory=list)

    def client(self, token: str | None = None, **headers: str) -> httpx.AsyncClient:
        """A caller of the interface."""
        given = {"Authorization": f"Bearer {token}"} if token else {}
        made = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.app, client=("192.0.2.7", 40_000)),
            base_url="http://hotline/api/v1",
            headers=given | headers,
        )
        self.clients.append(made)
        return made

    async def log_in(self, username: str, password: str = PASSWORD) -> httpx.AsyncClient:
        """A caller with a session."""
        answer = await self.client().post("/session", json={"username": username, "password": password})
        assert answer.status_code == 201, answer.text
        return self.client(answer.json()["token"])


async def _migrate(url: str) -> None:
    database = Database(url)
    await migrations.upgrade(database)
    await ensure_installation(database)
    await database.close()


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file with the built-in roles to copy: migrating takes longer than most tests."""
    file = tmp_path_factory.mktemp("migrated") / "hotline.db"
    asyncio.run(_migrate(f"sqlite+aiosqlite:///{file}"))
    return file


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: PostgresServer) -> str:
    """The name of such a database on PostgreSQL, for the same reason."""
    name = postgres_server.create_database()
    asyncio.run(_migrate(_asyncpg(postgres_server.url(name))))
    return name


def _asyncpg(url: str) -> str:
    return url.replace("postgresql://", "postgresql+asyncpg://")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated database with the built-in roles and nothing else; dropped after the test."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path / "hotline.db")
        yield f"sqlite+aiosqlite:///{tmp_path / 'hotline.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = server.create_database(request.getfixturevalue("migrated_postgres"))
    yield _asyncpg(server.url(name))
    server.drop_database(name)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A migrated database with the built-in roles."""
    made = Database(database_url)
    yield made
    await made.close()


@pytest.fixture(scope="session")
def application() -> FastAPI:
    """The application without a platform: building its routes takes longer than most tests."""
    return create_app()


@pytest.fixture
async def world(application: FastAPI, database: Database, tmp_path: Path) -> AsyncIterator[World]:
    """The application with people `<role>` in the root and `<role>-a`, `<role>-b` in two organisations below it."""
    clock = HandClock()
    passwords = quick_passwords()
    platform = Platform(
        settings=Settings(data=tmp_path, public_url="https://rexian.example.cn/"),
        database=database,
        authenticator=Authenticator(database, passwords, clock),
        clock=clock,
    )
    connect(application, platform)
    made = World(app=application, platform=platform, database=database, clock=clock, data=tmp_path)

    async def reconfigure() -> None:
        made.reconfigured += 1

    platform.site_changed = reconfigure
    await _people(database, await passwords.hash(PASSWORD))
    yield made
    for client in made.clients:
        await client.aclose()


async def _people(database: Database, password_hash: str) -> None:
    async with database.writing() as work:
        for office in ("a", "b"):
            work.session.add(
                Organisation(
                    id=office, authority_id=office, parent_id=ROOT_AUTHORITY, name=office, active=True
                )
            )
        for authority_id, suffix in ((ROOT_AUTHORITY, ""), ("a", "-a"), ("b", "-b")):
            for role in ROLES:
                name = f"{role}{suffix}"
                work.session.add(
                    User(
                        id=f"id-{name}",
                        authority_id=authority_id,
                        username=name,
                        name=name,
                        role=role,
                        password_hash=password_hash,
                        must_change_password=False,
                        active=True,
                        failed_attempts=0,
                        created_at=START,
                    )
                )
        for key in ("welcome", "music", "queue_waiting", "survey_ask", "survey_thanks"):
            work.session.add(
                Prompt(
                    id=f"prompt-{key}", authority_id=ROOT_AUTHORITY, key=key, name=key, text="", path=f"prompts/{key}",
                    sha256="", size_bytes=0, duration_ms=0, updated_at=START, active=True,
                )
            )  # fmt: skip
