"""SMS through a provider's HTTP interface, described by an administrator: what is asked, and how the answer is read.

Reports and citizens' messages come to us as requests of the provider (features/sms), not through `news`. Secrets are put into the
request only; they never stand in errors or logs.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

import httpx
import structlog

from hotline.ports.sms_gateway import AnswerLost, GatewayNews, HttpLine, NotTaken, Outgoing, PartTaken

log = structlog.stdlib.get_logger(__name__)

ANSWER_S: Final = 20.0
CONNECT_S: Final = 5.0
_ANSWER_MAX: Final = 256 * 1024
_TRANSIENT: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_THROTTLED: Final = 429
_PLAIN: Final = {"to", "text", "reference", "secret", "account"}


class HttpGateway:
    """The `SmsGateway` port over HTTP."""

    def __init__(self, line: HttpLine, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._line = line
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(ANSWER_S, connect=CONNECT_S), transport=transport, follow_redirects=False
        )

    @property
    def repeatable(self) -> bool:
        """Whether the provider compares references, as its description says."""
        return self._line.repeatable

    async def submit(self, message: Outgoing) -> AsyncIterator[PartTaken]:
        """Ask once: the provider cuts long messages itself."""
        try:
            answer = await self._client.send(self._request(message))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as away:
            raise NotTaken("gateway_away", "短信网关连接不上", retryable=True) from away
        except httpx.HTTPError as lost:
            raise AnswerLost(type(lost).__name__) from lost
        yield PartTaken(part=1, parts=1, gateway_id=self._read(answer))

    def _request(self, message: Outgoing) -> httpx.Request:
        line = self._line
        values = {
            "to": message.to,
            "text": message.text,
            "reference": message.reference,
            "secret": line.secret,
            "account": line.account,
        }
        fields = {name: _filled(template, values) for name, template in line.fields.items()}
        headers = {name: _filled(template, values) for name, template in line.headers.items()}
        url = _filled(line.url, {name: value for name, value in values.items() if name != "text"})
        match line.encoding:
            case "query":
                return self._client.build_request(line.method, url, params=fields, headers=headers)
            case "form":
                return self._client.build_request(line.method, url, data=fields, headers=headers)
            case _:
                return self._client.build_request(line.method, url, json=fields, headers=headers)

    def _read(self, answer: httpx.Response) -> str:
        """Return the provider's id for the message. Raises `NotTaken`."""
        line = self._line
        if answer.status_code >= 300:
            code = answer.status_code
            raise NotTaken(
                f"http_{code}",
                f"短信网关返回 HTTP {code}",
                retryable=code in _TRANSIENT,
                throttled=code == _THROTTLED,
            )
        body = _json(answer.content[:_ANSWER_MAX])
        if line.success_path:
            value = text_at(body, line.success_path)
            if value != line.success_value:
                said = text_at(body, line.error_path) if line.error_path else ""
                raise NotTaken(
                    f"provider_{value[:32]}",
                    said[:200] or f"短信网关返回 {value[:32] or '空'}",
                    retryable=value in line.retry_values,
                )
        return text_at(body, line.id_path)[:64] if line.id_path else ""

    async def news(self) -> AsyncIterator[Sequence[GatewayNews]]:
        """Nothing comes this way: the provider asks us."""
        await asyncio.Event().wait()
        yield ()

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def _filled(template: str, values: Mapping[str, str]) -> str:
    """Put values into `{name}`; other braces stay as they are."""
    filled = template
    marks = {name: f"\x00{name}\x00" for name in _PLAIN}
    for name, mark in marks.items():
        filled = filled.replace(f"{{{name}}}", mark)
    for name, mark in marks.items():  # afterwards, so that braces inside a value are not filled
        filled = filled.replace(mark, values.get(name, ""))
    return filled


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return None


def text_at(body: Any, path: str) -> str:
    """The value at `a.0.b` as text; "" where there is none."""
    for step in path.split("."):
        if isinstance(body, dict):
            body = body.get(step)
        elif isinstance(body, list) and step.isdigit() and int(step) < len(body):
            body = body[int(step)]
        else:
            return ""
    if isinstance(body, bool):
        return "true" if body else "false"
    return "" if body is None or isinstance(body, dict | list) else str(body)
