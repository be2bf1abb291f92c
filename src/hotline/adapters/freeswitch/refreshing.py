"""Tell nodes that users or trunks have changed, but only while they get an answer when they then ask.

A node that reads its access list anew and gets no answer refuses every trunk from then on, and holds new calls up for as long as it waits:
what it still knows from the application before is better.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from hotline.adapters.freeswitch.directory import REFRESH
from hotline.adapters.freeswitch.site import Site
from hotline.core.switching import Provision
from hotline.wire import esl


class TakesProvision(Protocol):
    """Who answers FreeSWITCH's questions about users."""

    when_answering: Callable[[], None]
    """Called when questions begin to be answered by a `Provision` given before."""

    @property
    def answering(self) -> bool:
        """Whether questions are answered."""
        ...

    def provision(self, provision: Provision) -> None:
        """Answer by this from now on."""
        ...


class Refreshing:
    """Sends `REFRESH` to `sites` when `directory` has changed, or has begun to answer. Without a directory others answer."""

    def __init__(self, directory: TakesProvision | None, sites: Sequence[Site]) -> None:
        self._directory = directory
        self._sites = sites
        if directory is not None:
            directory.when_answering = self.everywhere

    def provision(self, provision: Provision) -> None:
        """Answer by this from now on."""
        if self._directory is not None:
            self._directory.provision(provision)
        self.everywhere()

    def everywhere(self) -> None:
        """Let every node ask anew."""
        for site in self._sites:
            self.at(site)

    def at(self, site: Site) -> None:
        """Let a node that has come (back) ask anew."""
        if self._directory is None or self._directory.answering:
            for order in REFRESH:
                site.node.send(esl.command(f"bgapi {order}"))
