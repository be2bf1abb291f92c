"""An SMS gateway in memory that a test sets: away, throttled, silent, refusing; it remembers what left."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from hotline.ports.sms_gateway import AnswerLost, GatewayNews, NotTaken, Outgoing, PartTaken
from hotline.wire.sms_text import parts_of


@dataclass
class FakeGateway:
    """`plan` holds what the next hand-overs meet; then all is well."""

    repeatable: bool = False
    away: bool = False
    plan: list[Exception] = field(default_factory=list)
    left: list[tuple[str, int]] = field(default_factory=list)
    tries: int = 0
    queue: "asyncio.Queue[Sequence[GatewayNews]]" = field(default_factory=asyncio.Queue)

    def __call__(self, line: Any) -> "FakeGateway":
        return self

    async def submit(self, message: Outgoing) -> AsyncIterator[PartTaken]:
        self.tries += 1
        if self.away:
            raise NotTaken("gateway_away", "短信网关未连接", retryable=True)
        of = parts_of(message.text)
        for part in range(1, of + 1):
            if part in message.parts_done:
                continue
            if self.plan and (trouble := self.plan.pop(0)):
                if isinstance(trouble, AnswerLost):
                    self.left.append((message.text, part))
                raise trouble
            self.left.append((message.text, part))
            yield PartTaken(part=part, parts=of, gateway_id=f"{message.reference}/{part}")

    async def news(self) -> AsyncIterator[Sequence[GatewayNews]]:
        while True:
            yield await self.queue.get()

    async def close(self) -> None:
        return None
