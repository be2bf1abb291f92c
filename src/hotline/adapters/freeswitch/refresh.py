"""Keeps what one node remembers of the directory in step: sent only when it differs, and not before we can be asked.

While FreeSWITCH loads its access lists it asks the directory and sets up no call, and when nobody answers it is left without them.
So which directory a node was last told of stands in global variables there: an application that takes over with the same site
leaves a node alone.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Protocol

import structlog

from hotline.adapters.freeswitch.connection import LinkBroken
from hotline.adapters.freeswitch.directory import RELOAD_PEERS
from hotline.adapters.freeswitch.node import Node
from hotline.core.switching import Provision
from hotline.wire import esl

log = structlog.stdlib.get_logger(__name__)

ASKED_WITHIN_S = 3.0
"""A node that loads its access lists asks at once; later, somebody else is asked in our place."""


class AnswersNodes(Protocol):
    """Who answers FreeSWITCH's questions about users and peers."""

    def provision(self, provision: Provision) -> None:
        """Answer by this from now on."""
        ...

    async def answering(self) -> None:
        """Wait until questions are answered."""
        ...

    def digests(self) -> Mapping[str, str]:
        """What each order of a refresh depends on, as digests."""
        ...

    async def asked_for_peers(self) -> None:
        """Wait until a node asks next for the peers of the trunks."""
        ...


class Refresher:
    """Sends one node what it has not been told yet; `needed` says that there may be something, `run` goes on for ever."""

    def __init__(self, node: Node, directory: AnswersNodes) -> None:
        self._node = node
        self._directory = directory
        self._needed = asyncio.Event()

    def needed(self) -> None:
        """The directory is another one, or the node has come (back)."""
        self._needed.set()

    async def run(self) -> None:
        """Bring the node up to date whenever that is needed."""
        while True:
            await self._needed.wait()
            self._needed.clear()
            with suppress(LinkBroken):  # it is needed again when the node comes back
                await self._bring_up_to_date()

    async def _bring_up_to_date(self) -> None:
        await self._directory.answering()
        link = self._node.link
        assert link is not None
        for order, digest in self._directory.digests().items():
            variable = f"hotline_told_{order}"
            if (await link.api(f"global_getvar {variable}")).strip() == digest:
                continue
            if not await self._sent(order):
                log.warning("directory_not_asked", node=self._node.address[1])
                self._needed.set()
                return
            await link.api(f"global_setvar {variable}={digest}")

    async def _sent(self, order: str) -> bool:
        """Send the order, and say whether it had the effect that can be seen."""
        if order != RELOAD_PEERS:
            self._node.send(esl.command(f"bgapi {order}"))
            return True
        asked = asyncio.create_task(self._directory.asked_for_peers(), name="asked-for-peers")
        self._node.send(esl.command(f"bgapi {order}"))
        done, _ = await asyncio.wait([asked], timeout=ASKED_WITHIN_S)
        asked.cancel()
        return bool(done)
