"""What flows may ask outside, and the node kinds that a site adds: part of the composition root."""

import dataclasses
from importlib.metadata import entry_points

import structlog

from hotline.adapters.sources.database import DatabaseService
from hotline.adapters.sources.http import HttpService
from hotline.core import ivr_steps
from hotline.core.flow_kinds import NodeKind
from hotline.features.sources.directory import DeclaredSources
from hotline.platform.database import Database
from hotline.platform.settings import Settings
from hotline.ports.inquiries import Services

log = structlog.stdlib.get_logger(__name__)

PLUG_INS = "hotline.flow_nodes"
"""The group of entry points by which a package adds node kinds: each names a pair (`NodeKind`, `Steps`), or a list of pairs."""
SQLITE_FOLDER = "sources"
"""Where, in the data folder, files of SQLite lie that flows may read."""


class FlowServices:
    """The services that are built in; `services` is what the runtime and the test bench ask."""

    def __init__(self, database: Database, settings: Settings) -> None:
        data = settings.data.absolute()
        directory = DeclaredSources(database, data)
        self._http = HttpService(directory)
        self._database = DatabaseService(directory, data / SQLITE_FOLDER)
        self.services = Services({"http": self._http, "database": self._database})

    async def close(self) -> None:
        """Close what connections there are."""
        await self._http.close()
        await self._database.close()


def load_plug_ins() -> list[str]:
    """Register the node kinds of installed packages; return their names. One that does not load is left out, loudly."""
    loaded: list[str] = []
    for entry in entry_points(group=PLUG_INS):
        try:
            found = entry.load()
            for kind, steps in found if isinstance(found, list) else [found]:
                loaded.append(_registered(kind, steps))
        except Exception:
            log.exception("plug_in_failed", plug_in=entry.name)
    if loaded:
        log.info("plug_ins_loaded", node_kinds=loaded)
    return loaded


def _registered(kind: NodeKind, steps: ivr_steps.Steps) -> str:
    ivr_steps.register(dataclasses.replace(kind, plug_in=True), steps)
    return kind.kind
