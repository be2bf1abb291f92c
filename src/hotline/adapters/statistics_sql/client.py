"""The application's side: asks the statistics process over its unix socket."""

from pathlib import Path

import httpx

from hotline.adapters.statistics_sql.messages import DETAIL, FACTS, PAGE, QUERY, STATUS, WANTED, rows_heard
from hotline.core.metrics.query import CountedPage, Detail, Query, Row
from hotline.ports.fact_rows import FactRow, RowsWanted
from hotline.ports.statistics import StatisticsStatus, StatisticsUnavailable

_TIMEOUT_S = 30.0


class StatisticsClient:
    """`ports.statistics.Statistics` over HTTP on a unix socket."""

    def __init__(self, socket: Path) -> None:
        self._http = httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(uds=str(socket)),
            base_url="http://statistics",
            timeout=_TIMEOUT_S,
        )

    async def ask(self, query: Query) -> list[Row]:
        """Answer a query."""
        return await rows_heard(await self._send("POST", "/ask", QUERY.dump_json(query)))

    async def detail(self, detail: Detail) -> CountedPage:
        """Return rows that were counted."""
        return PAGE.validate_json(await self._send("POST", "/detail", DETAIL.dump_json(detail)))

    async def rows(self, wanted: RowsWanted) -> list[FactRow]:
        """Return a page of fact rows (`ports.fact_rows`)."""
        return FACTS.validate_json(await self._send("POST", "/rows", WANTED.dump_json(wanted)))

    async def status(self) -> StatisticsStatus:
        """Say how far the store is."""
        return STATUS.validate_json(await self._send("GET", "/status"))

    async def rebuild(self) -> None:
        """Begin again from the journal."""
        await self._send("POST", "/rebuild")

    async def close(self) -> None:
        """Let go of the socket."""
        await self._http.aclose()

    async def _send(self, method: str, path: str, content: bytes | None = None) -> bytes:
        try:
            answer = await self._http.request(method, path, content=content)
        except httpx.TransportError as broken:
            raise StatisticsUnavailable(str(broken)) from broken
        if answer.status_code >= 300:
            raise StatisticsUnavailable(f"{answer.status_code}: {answer.text[:200]}")
        return answer.content
