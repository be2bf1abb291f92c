"""Ask a data source over HTTP: only where its declaration leads, at an address that was looked at before it is connected to.

The connection goes to the very address that was allowed (`platform.outward`); redirects are not followed.
"""

import asyncio
import json
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from hotline.adapters.sources.gate import Busy, Gate
from hotline.core.events import InquiryOutcome
from hotline.core.inquiry_messages import Inquire
from hotline.platform.outward import Forbidden, allowed_address, port_of, to_address
from hotline.ports.inquiries import Answer
from hotline.ports.sources import HttpSource, SourceDirectory

BODY_MAX: Final = 64 * 1024
RETRY_PAUSE_S: Final = 0.3
_RETRIED: Final = frozenset({500, 502, 504})
_BUSY: Final = frozenset({429, 503})


class HttpService:
    """The service `http`."""

    def __init__(self, directory: SourceDirectory) -> None:
        self._directory = directory
        self._gate = Gate()
        self._client = httpx.AsyncClient(follow_redirects=False, trust_env=False)

    async def close(self) -> None:
        """Close what connections there are."""
        await self._client.aclose()

    async def ask(self, inquiry: Inquire) -> Answer:
        """Answer a question of a flow."""
        source = await self._directory.http(inquiry.name)
        if source is None:
            return Answer(outcome=InquiryOutcome.FAILED, what="no such source")
        try:
            with self._gate.enter(source.id, source.concurrency):
                return await self._try(source, inquiry.arguments)
        except Busy:
            return Answer(outcome=InquiryOutcome.BUSY, what="too many at once")
        except Forbidden as refused:
            return Answer(outcome=InquiryOutcome.FAILED, what=str(refused))

    async def _try(self, source: HttpSource, arguments: dict[str, Any]) -> Answer:
        attempts = max(1, int(arguments.get("attempts", 1)))
        for attempt in range(attempts):
            answer, again = await self._once(source, arguments)
            if not again or attempt == attempts - 1:
                return answer
            await asyncio.sleep(RETRY_PAUSE_S)
        raise AssertionError("at least one attempt")

    async def _once(self, source: HttpSource, arguments: dict[str, Any]) -> tuple[Answer, bool]:
        """Return an answer, and whether to try again may help."""
        timeout_s = float(arguments.get("timeout_s", 5.0))
        try:
            async with asyncio.timeout(timeout_s):
                return await self._request(source, arguments)
        except TimeoutError:
            return Answer(outcome=InquiryOutcome.TIMEOUT), True
        except httpx.HTTPError as error:
            return Answer(outcome=InquiryOutcome.FAILED, what=type(error).__name__), True

    async def _request(self, source: HttpSource, arguments: dict[str, Any]) -> tuple[Answer, bool]:
        url = located(source.base_url, str(arguments.get("path", "")))
        address = await allowed_address(url.host, port_of(url), allow_loopback=source.allow_loopback)
        body = str(arguments.get("body", ""))
        headers = [
            *((name, value) for name, value in arguments.get("headers", []) if name.lower() != "host"),
            *source.headers,
            *([("Content-Type", "application/json")] if body else []),
        ]
        request = to_address(
            self._client.build_request(
                str(arguments.get("method", "GET")),
                url,
                params=[(str(name), str(value)) for name, value in arguments.get("query", [])] or None,
                content=body or None,
                headers=headers,
            ),
            address,
        )
        response = await self._client.send(request, stream=True)
        try:
            raw = await _read(response)
        finally:
            await response.aclose()
        return _answer(response.status_code, raw), response.status_code in _RETRIED


def located(base_url: str, path: str) -> httpx.URL:
    """Return the address of a path below the base. Raises `Forbidden` for one that would leave it."""
    base = urlsplit(base_url)
    if ".." in path.split("/") or "\\" in path or "#" in path or "?" in path:
        raise Forbidden("path not allowed")
    return httpx.URL(f"{base.scheme}://{base.netloc}{base.path.rstrip('/')}/{path.lstrip('/')}")


async def _read(response: httpx.Response) -> bytes:
    """Return the body. One that is too long is read to its end (the time-out bounds that) but not kept. Raises `Forbidden`."""
    raw, size = bytearray(), 0
    async for chunk in response.aiter_bytes():
        size += len(chunk)
        if size <= BODY_MAX:
            raw += chunk
    if size > BODY_MAX:
        raise Forbidden("answer too long")
    return bytes(raw)


def _answer(status: int, raw: bytes) -> Answer:
    text = raw.decode("utf-8", errors="replace")
    try:
        body: Any = json.loads(text)
    except ValueError:
        body = text
    values = {"status": status, "body": body}
    if 200 <= status < 300:
        return Answer(outcome=InquiryOutcome.OK, values=values)
    if status == 404:
        return Answer(outcome=InquiryOutcome.NOT_FOUND, values=values)
    outcome = InquiryOutcome.BUSY if status in _BUSY else InquiryOutcome.FAILED
    return Answer(outcome=outcome, values=values, what=f"HTTP {status}")
