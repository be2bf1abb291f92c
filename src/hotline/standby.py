"""Two applications over one database: whose turn it is (the lease), what the one that waits answers, and which spools are whose.

Over SQLite there is one application and nothing to wait for. Knows no feature and no call.
"""

import asyncio
import contextlib
import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import structlog
from sqlalchemy import Connection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hotline.adapters.lease_sql import SqlLease
from hotline.platform.database import Database
from hotline.platform.people import ROOT_AUTHORITY
from hotline.platform.settings import Settings
from hotline.ports.lease import Holder

log = structlog.stdlib.get_logger(__name__)

SPOOL = "journal-spool"
_SPOOL_NAME = re.compile(rf"{SPOOL}-(\d+)\.jsonl")
RETRY_AFTER_S = 1
TRY_AGAIN_LATER = 1013


class Turn:
    """Our right to be active: `wait`, `begin`, in the end `leave` (or `drop` when another has it)."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._run = settings.data.absolute() / "run"
        self._lease = (
            None
            if database.sqlite
            else SqlLease(
                database.url,
                owner=f"{socket.gethostname()} {settings.http} {settings.data.absolute()}",
                address=f"http://{settings.http}",
                authority_id=ROOT_AUTHORITY,
            )
        )
        self._keeping: asyncio.Task[None] | None = None
        self.deposed = asyncio.Event()
        """Set when another application is active: this one must end."""

    @property
    def shared(self) -> bool:
        """Whether another application may be there."""
        return self._lease is not None

    @property
    def token(self) -> int:
        """Number of our lease, 0 without one."""
        return self._lease.token if self._lease is not None else 0

    @property
    def fence(self) -> Callable[[Connection], None] | None:
        """What the journal asks in each transaction."""
        return self._lease.fence if self._lease is not None else None

    async def wait(self, waiting: Callable[[Holder], None]) -> None:
        """Return when it is our turn; `waiting` is told whose it is meanwhile. From then on we keep it."""
        if self._lease is None:
            return
        await self._lease.acquire(waiting)
        self._keeping = asyncio.create_task(self._keep(self._lease), name="lease-keep")

    async def _keep(self, lease: SqlLease) -> None:
        await lease.keep()
        self.deposed.set()

    # ── Spools ───────────────────────────────────────────────────────────────────────────────────────────────

    def spool(self) -> Path:
        """Where we keep events aside: a file of our own for each lease."""
        return self._run / (f"{SPOOL}-{self.token}.jsonl" if self.token else f"{SPOOL}.jsonl")

    def earlier_spools(self) -> list[Path]:
        """What earlier holders left, oldest first. Files that appeared after their holder was given up are set aside."""
        if self._lease is None:
            return []
        found: list[tuple[int, Path]] = []
        for path in self._run.glob(f"{SPOOL}*.jsonl"):
            match = _SPOOL_NAME.fullmatch(path.name)
            token = int(match[1]) if match else 0
            if match and token <= self._lease.spools_taken:
                log.error("spool_of_a_deposed_holder", file=path.name, lease=token)
                path.rename(path.with_suffix(".late"))
            elif token < self.token:
                found.append((token, path))
        return [path for _, path in sorted(found)]

    async def spools_are_in(self) -> None:
        """Everything earlier holders kept aside is in the journal."""
        if self._lease is not None:
            await self._lease.spools_are_in()

    # ── The end ──────────────────────────────────────────────────────────────────────────────────────────────

    async def leave(self) -> None:
        """Let the next one be active at once."""
        if self._lease is not None and not self.deposed.is_set():
            await self._lease.release()
        await self.drop()

    async def drop(self) -> None:
        """Let go of what we hold."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
        if self._lease is not None:
            await self._lease.close()


class Front:
    """What the listener serves: the application when it is active, before that a word of where it stands."""

    def __init__(self, version: str) -> None:
        self._version = version
        self._app: ASGIApp | None = None
        self._holder: Holder | None = None

    def open(self, app: ASGIApp) -> None:
        """We are active."""
        self._app = app

    def close(self) -> None:
        """We are no longer."""
        self._app = None

    def wait_for(self, holder: Holder) -> None:
        """Somebody else is active."""
        if self._holder is None or self._holder.token != holder.token:
            log.info("standing_by", active=holder.url, lease=holder.token)
        self._holder = holder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a connection."""
        if self._app is not None and scope["type"] == "http":
            await self._serve(self._app, scope, receive, send)
        elif self._app is not None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            with contextlib.suppress(RuntimeError):
                await send({"type": "websocket.close", "code": TRY_AGAIN_LATER})
        elif scope["type"] == "http":
            await self._answer(scope["path"], send)

    async def _serve(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request; one that our end cuts short is told to come again, not that we failed."""
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await app(scope, receive, noting)
        except asyncio.CancelledError:
            if not begun:
                await self._answer(scope["path"], send)
            raise

    async def _answer(self, path: str, send: Send) -> None:
        if path.startswith(("/api/", "/metrics")):
            kind, body = b"application/json", orjson.dumps(self._said(path))
        else:
            kind, body = b"text/html; charset=utf-8", self._page().encode()
        headers = [
            (b"content-type", kind),
            (b"content-length", str(len(body)).encode()),
            (b"retry-after", str(RETRY_AFTER_S).encode()),
            (b"cache-control", b"no-store"),
        ]
        await send({"type": "http.response.start", "status": 503, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _said(self, path: str) -> dict[str, Any]:
        status = "standby" if self._holder is not None else "starting"
        active = self._holder.url if self._holder is not None else ""
        if path == "/api/v1/health":
            engine = {"kind": "", "up": False, "calls": 0, "version": ""}
            return {
                "status": status,
                "version": self._version,
                "engine": engine,
                "database": "ok" if self._holder is not None else "unavailable",
                "worker": {},
                "active": active,
            }
        message = "本应用处于备用状态，请访问主用应用" if self._holder is not None else "系统正在启动，请稍候"
        return {
            "error": {"code": status, "message": message, "details": {"active": active} if active else {}}
        }

    def _page(self) -> str:
        sign = "本应用处于备用状态。" if self._holder is not None else "系统正在启动。"
        return (
            '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta http-equiv="refresh" content="2">'
            f"<title>热线</title><p>{sign}页面会自动重试。</p></html>"
        )
