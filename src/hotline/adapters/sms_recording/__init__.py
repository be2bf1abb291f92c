"""A line that takes everything and sends nothing: on the demo site people see in the outbox what would have been sent.

Where its line says so it reports every part delivered, with a word of its own, so that what follows a report can be seen.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from typing import Final

from hotline.ports.sms_gateway import DeliveryReport, GatewayNews, Outgoing, PartTaken, RecordingLine
from hotline.wire.sms_text import parts_of

CODE: Final = "DEMO"
"""What stands where a carrier's word would stand: nobody received anything."""
_KEPT_MOST: Final = 1_000
_AT_ONCE: Final = 100


class RecordingGateway:
    """The `SmsGateway` port without a line."""

    def __init__(self, line: RecordingLine, *, now: Callable[[], datetime]) -> None:
        self._line = line
        self._now = now
        self._reports: list[DeliveryReport] = []
        self._bell = asyncio.Event()

    @property
    def repeatable(self) -> bool:
        """Nothing is sent, so nothing is sent twice."""
        return True

    async def submit(self, message: Outgoing) -> AsyncIterator[PartTaken]:
        """Take every part."""
        of = parts_of(message.text)
        for part in range(1, of + 1):
            if part not in message.parts_done:
                gateway_id = f"{message.reference}-{part}" if self._line.reports else ""
                yield PartTaken(part=part, parts=of, gateway_id=gateway_id)
                self._report(message.reference, gateway_id)

    async def news(self) -> AsyncIterator[Sequence[GatewayNews]]:
        """Yield the reports, where there are any; citizens never write."""
        while True:
            await self._bell.wait()
            told = tuple(self._reports[:_AT_ONCE])
            yield told
            del self._reports[: len(told)]
            if not self._reports:
                self._bell.clear()

    def _report(self, reference: str, gateway_id: str) -> None:
        if not gateway_id or len(self._reports) >= _KEPT_MOST:
            return
        self._reports.append(
            DeliveryReport(
                gateway_id=gateway_id,
                reference=reference,
                delivered=True,
                final=True,
                code=CODE,
                at=self._now(),
            )
        )
        self._bell.set()

    async def close(self) -> None:
        """Nothing to let go of."""
