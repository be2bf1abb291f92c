"""The statistics process: one store, one projector, questions over HTTP on a unix socket that only this user may open."""

import asyncio
import contextlib
import gc
import signal
import socket
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from hotline.adapters.statistics_sql.ahead import AHEAD_FROM, Ahead, HelperGone
from hotline.adapters.statistics_sql.fact_store import FactStore, StoreUnavailable, TakenOver
from hotline.adapters.statistics_sql.folding import no_collection
from hotline.adapters.statistics_sql.messages import DETAIL, FACTS, PAGE, QUERY, STATUS, WANTED, rows_told
from hotline.adapters.statistics_sql.projector import BATCH, Projector
from hotline.core.metrics.folds import Memory
from hotline.core.metrics.query import CountedPage, Detail, Query, Row
from hotline.ports.fact_rows import FactRow, RowsWanted
from hotline.ports.journal import Journal, JournalUnavailable
from hotline.ports.statistics import StatisticsStatus

log = structlog.get_logger(__name__)

FOLLOW_EVERY_S = 1.0
COLLECT_EVERY = 40
"""Batches between two looks for garbage, while there is more to take in at once: half a minute."""
AWAY_PAUSE_S = 3.0
QUESTIONS_AT_ONCE = 2
"""Each may use every core; more at once would only hold more memory."""
ANSWERS_KEPT = 256
_OVERDUE = {"callbacks_open_overdue"}
"""Measures whose count changes by time alone."""


@dataclass(slots=True)
class Service:
    """What the process does. One thread writes; questions are answered in worker threads, a few at a time."""

    store: FactStore
    journal: Journal
    ahead: Ahead | None = None
    """Who helps while the store is far behind."""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    projected_at: datetime | None = None
    rebuild_asked: asyncio.Event = field(default_factory=asyncio.Event)
    rebuild_until: int = 0
    watermark: int = 0
    batches: int = 0
    at_once: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(QUESTIONS_AT_ONCE))
    answers: OrderedDict[bytes, tuple[int, list[Row]]] = field(
        default_factory=OrderedDict[bytes, tuple[int, list[Row]]]
    )

    async def follow(self) -> None:
        """Follow the journal until cancelled."""
        projector = Projector(store=self.store, journal=self.journal)
        try:
            await self._follow(projector)
        finally:  # nobody may begin anew, or close the store, while a batch is being written
            await projector.written()

    async def _follow(self, projector: Projector) -> None:
        async with self.lock:
            await projector.begin()
        while True:
            if self.rebuild_asked.is_set():
                await self._start_anew(projector)
                self.rebuild_asked.clear()  # not before: what fails half way is begun again
            await self.take_in(projector)
            # a commit per second, not per event: the journal's own commits share the disk
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.rebuild_asked.wait(), FOLLOW_EVERY_S)

    async def take_in(self, projector: Projector, now: datetime | None = None) -> None:
        """Take in what there is, until it is all there or a rebuild is asked for; agents' time is cut up to `now`, else the clock's.

        Garbage is looked for now and then only: looking after every batch took about a tenth of the time.
        """
        with no_collection():
            taken = BATCH
            while taken >= BATCH and not self.rebuild_asked.is_set():
                await self.catch_up(projector)
                async with self.lock:
                    taken = await projector.step(now or datetime.now(UTC))
                    self._stand(projector)
                if self.watermark >= self.rebuild_until:
                    self.rebuild_until = 0

    async def catch_up(self, projector: Projector) -> None:
        """Let a helper read and fold while this process writes, if there is enough to do."""
        until = await self.journal.last_seq()
        if self.ahead is None or until - projector.watermark < AHEAD_FROM:
            return
        await projector.written()
        try:
            async with contextlib.aclosing(self.ahead.steps(*await self._standing(), until)) as steps:
                async for step in steps:
                    async with self.lock:
                        await projector.take(step)
                        self._stand(projector)
                    if self.rebuild_asked.is_set():
                        break
        except HelperGone:
            log.warning("statistics_helper_gone")
        async with self.lock:
            await projector.begin()

    async def _standing(self) -> tuple[int, int, Memory]:
        return await asyncio.to_thread(self.store.progress)

    def _stand(self, projector: Projector) -> None:
        """Remember how far we are; every so often, look for the garbage that nobody looks for meanwhile."""
        self.watermark, self.projected_at = projector.watermark, datetime.now(UTC)
        self.batches += 1
        if self.batches % COLLECT_EVERY == 0 and not gc.isenabled():
            gc.collect()

    async def _start_anew(self, projector: Projector) -> None:
        log.info("statistics_rebuild_started")
        self.rebuild_until = await self.journal.last_seq()
        async with self.lock:
            await asyncio.to_thread(self.store.clear)
            await projector.begin()
            self.watermark = projector.watermark

    async def ask(self, query: Query) -> list[Row]:
        """Answer a question; the store's work happens off the loop. What was asked already and has not changed is remembered."""
        key = QUERY.dump_json(
            replace(query, now=None) if query.now and not _OVERDUE & set(query.measures) else query
        )
        version = self.store.version(query)
        kept = self.answers.get(key)
        if kept is not None and kept[0] == version:
            self.answers.move_to_end(key)
            return kept[1]
        async with self.at_once:
            rows = await asyncio.to_thread(self.store.ask, query)
        self.answers[key] = version, rows
        while len(self.answers) > ANSWERS_KEPT:
            self.answers.popitem(last=False)
        return rows

    async def detail(self, detail: Detail) -> CountedPage:
        """Return rows that were counted."""
        async with self.at_once:
            return await asyncio.to_thread(self.store.detail, detail)

    async def rows(self, wanted: RowsWanted) -> list[FactRow]:
        """Return fact rows."""
        async with self.at_once:
            return await asyncio.to_thread(self.store.rows, wanted)

    async def status(self) -> StatisticsStatus:
        """Say how far the store is."""
        behind = max(0, await self.journal.last_seq() - self.watermark)
        done = min(1.0, self.watermark / self.rebuild_until) if self.rebuild_until else None
        if self.rebuild_asked.is_set():
            done = 0.0
        calls = await asyncio.to_thread(self.store.calls)
        return StatisticsStatus(
            watermark=self.watermark,
            behind=behind,
            projected_at=self.projected_at,
            rebuilding=done,
            calls=calls,
        )


def application(service: Service) -> Starlette:
    """Return the process's HTTP application."""

    async def ask(request: Request) -> Response:
        try:
            query = QUERY.validate_json(await request.body())
        except ValueError as broken:
            return JSONResponse({"error": str(broken)}, status_code=422)
        return Response(await rows_told(await service.ask(query)), media_type="application/x-ndjson")

    async def detail(request: Request) -> Response:
        try:
            wanted = DETAIL.validate_json(await request.body())
        except ValueError as broken:
            return JSONResponse({"error": str(broken)}, status_code=422)
        return Response(PAGE.dump_json(await service.detail(wanted)), media_type="application/json")

    async def rows(request: Request) -> Response:
        try:
            found = await service.rows(WANTED.validate_json(await request.body()))
        except (ValueError, KeyError) as broken:
            return JSONResponse({"error": str(broken)}, status_code=422)
        return Response(FACTS.dump_json(found), media_type="application/json")

    async def status(_request: Request) -> Response:
        try:
            return Response(STATUS.dump_json(await service.status()), media_type="application/json")
        except JournalUnavailable as away:
            return JSONResponse({"error": str(away)}, status_code=503)

    async def away(_request: Request, error: Exception) -> Response:
        return JSONResponse({"error": str(error)}, status_code=503)

    async def nobody(_request: Request, _gone: Exception) -> Response:
        """Who asked was killed in the middle of the question: there is nobody to answer, and it is no fault of ours."""
        return Response(status_code=400)

    async def rebuild(_request: Request) -> Response:
        service.rebuild_asked.set()
        return Response(status_code=202)

    @contextlib.asynccontextmanager
    async def following(_app: Starlette) -> AsyncIterator[None]:
        task = asyncio.create_task(_follow_for_ever(service), name="statistics-follow")
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            service.store.close()

    return Starlette(
        routes=[
            Route("/ask", ask, methods=["POST"]),
            Route("/detail", detail, methods=["POST"]),
            Route("/rows", rows, methods=["POST"]),
            Route("/status", status),
            Route("/rebuild", rebuild, methods=["POST"]),
        ],
        exception_handlers={StoreUnavailable: away, ClientDisconnect: nobody},
        lifespan=following,
    )


async def _follow_for_ever(service: Service) -> None:
    """A database that is away for a while must not end the statistics: try again, and say so once."""
    told = False
    while True:
        try:
            await service.follow()
        except (JournalUnavailable, StoreUnavailable) as away:
            if not told:
                log.warning("statistics_wait_for_database", why=str(away))
            told = True
        except TakenOver as other:
            log.error("statistics_taken_over", why=str(other))  # noqa: TRY400 - no fault of ours
            signal.raise_signal(signal.SIGTERM)
            return
        except Exception:
            log.exception("statistics_follow_failed")
            told = False
        await asyncio.sleep(AWAY_PAUSE_S if told else FOLLOW_EVERY_S)


async def serve(
    open_store: Callable[[], FactStore], journal: Journal, address: Path, ahead: Ahead | None = None
) -> None:
    """Run until told to stop (SIGTERM, SIGINT), or until another process has taken the store over."""
    listening = await asyncio.to_thread(_listen, address)
    store = await asyncio.to_thread(open_store)
    config = uvicorn.Config(
        application(Service(store=store, journal=journal, ahead=ahead)),
        log_level="warning",
        access_log=False,
        loop="uvloop",
        lifespan="on",
    )
    try:
        await uvicorn.Server(config).serve(sockets=[listening])
    finally:
        listening.close()


def _listen(address: Path) -> socket.socket:
    """A unix socket that only this user may open."""
    address.parent.mkdir(parents=True, exist_ok=True)
    address.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(str(address))
    address.chmod(0o600)
    return listening
