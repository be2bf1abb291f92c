"""An SMSC that nobody here wrote (the library smpp34), as a test speaks of it."""

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import Any

import smpp34

from tests.ports import free_port


@dataclass
class SmppPeer:
    """An SMSC over the library smpp34."""

    port: int = field(default_factory=free_port)
    """Not one of those that the kernel gives to clients: a line that tries again while nobody listens might get it, and meet itself."""
    taken: list[Any] = field(default_factory=list)
    plan: list[str] = field(default_factory=list)
    unanswered: list[Any] = field(default_factory=list)
    esme: Any = None
    bound: asyncio.Event = field(default_factory=asyncio.Event)

    async def start(self) -> None:
        async with asyncio.timeout(10):
            while not await self._listens():
                await asyncio.sleep(0.05)
        self._task = asyncio.create_task(self._serve(), name="smsc")

    async def _listens(self) -> bool:
        """Whether the port could be had: the library's `stop` returns before its listener has gone."""
        self._server = smpp34.Server("127.0.0.1", self.port, system_id="SMSC")
        try:
            await self._server.start()
        except smpp34.SmppError:
            return False
        return True

    async def _serve(self) -> None:
        while True:
            event = await self._server.next()
            if isinstance(event, smpp34.Esme):
                self.esme = event
                self.bound.set()
            elif isinstance(event, smpp34.SubmitSmEvent):
                plan = self.plan.pop(0) if self.plan else "accept"
                if plan == "accept":
                    self.taken.append(event)
                    event.accept(f"m{len(self.taken)}")
                elif plan == "silent":
                    self.unanswered.append(event)
                else:
                    event.reject(smpp34.ESME_RTHROTTLED if plan == "throttled" else smpp34.ESME_RINVDSTADR)

    async def stop(self) -> None:
        with contextlib.suppress(smpp34.SmppError):
            await self.esme.unbind()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._server.stop()

    def texts(self) -> list[str]:
        return [
            event.short_message[6 if event.esm_class & 0x40 else 0 :].decode(
                "utf-16-be" if event.data_coding == 8 else "ascii"
            )
            for event in self.taken
        ]

    def refuse_next(self, *, throttled: bool) -> None:
        self.plan.append("throttled" if throttled else "refused")

    def stay_silent(self) -> None:
        self.plan.append("silent")
