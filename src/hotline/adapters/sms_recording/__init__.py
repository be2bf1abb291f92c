"""A line that takes everything and sends nothing: on the demo site people see in the outbox what would have been sent."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from hotline.ports.sms_gateway import GatewayNews, Outgoing, PartTaken
from hotline.wire.sms_text import parts_of


class RecordingGateway:
    """The `SmsGateway` port without a line."""

    @property
    def repeatable(self) -> bool:
        """Nothing is sent, so nothing is sent twice."""
        return True

    async def submit(self, message: Outgoing) -> AsyncIterator[PartTaken]:
        """Take every part."""
        of = parts_of(message.text)
        for part in range(1, of + 1):
            if part not in message.parts_done:
                yield PartTaken(part=part, parts=of, gateway_id="")

    async def news(self) -> AsyncIterator[Sequence[GatewayNews]]:
        """Nothing ever comes."""
        await asyncio.Event().wait()
        yield ()

    async def close(self) -> None:
        """Nothing to let go of."""
