"""Nodes come together at the start: what runs is only known when every node was asked, or is known to be gone."""

import asyncio
from collections.abc import Sequence

import structlog

from hotline.adapters.freeswitch.site import Site

log = structlog.stdlib.get_logger(__name__)


class Muster:
    """The first node waits for the others (at most `limit_s`): calls at a node that was not counted yet would pass for ended."""

    def __init__(self, sites: Sequence[Site], limit_s: float) -> None:
        self._sites = sites
        self._limit_s = limit_s
        self._complete = asyncio.Event()

    def look_round(self) -> None:
        """A node was counted, or is gone."""
        if all(site.stocked or site.lost for site in self._sites):
            self._complete.set()

    async def complete(self) -> None:
        """Wait for the others."""
        self.look_round()
        try:
            async with asyncio.timeout(self._limit_s):
                await self._complete.wait()
        except TimeoutError:
            missing = [site.node.address[1] for site in self._sites if not site.stocked]
            log.warning("freeswitch_not_waited_for", nodes=missing)
            self._complete.set()

    def anew(self) -> None:
        """Every node is gone: whoever comes first waits again."""
        self._complete.clear()
