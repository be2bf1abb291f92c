"""Data sources of flows as their adapters see them: where to ask, with which secrets, how much at once; declared queries."""

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpSource:
    """A system that is asked over HTTP. Flows give paths below `base_url`, never a host."""

    id: str
    base_url: str
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    concurrency: int = 10
    allow_loopback: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseSource:
    """A database that is read. `kind`: postgresql, or sqlite with `database` the name of a file in the folder for such."""

    id: str
    kind: str
    host: str = ""
    port: int = 5432
    database: str = ""
    username: str = ""
    password: str = field(default="", repr=False)
    concurrency: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedQuery:
    """A declared query. `parameters`: name and kind (text, int, number, flag, date)."""

    id: str
    source: DatabaseSource
    sql: str
    parameters: tuple[tuple[str, str], ...] = ()
    row_limit: int = 20
    timeout_s: float = 5.0


class SourceDirectory(Protocol):
    """Where the declared sources are found; what is out of use is not."""

    async def http(self, source_id: str) -> HttpSource | None:
        """The source, if it is one of HTTP."""
        ...

    async def query(self, query_id: str) -> NamedQuery | None:
        """The query with its database."""
        ...
