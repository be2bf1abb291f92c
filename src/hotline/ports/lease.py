"""The lease port: of several applications over one database one is active; the others stand by.

Each time the lease changes hands its token grows. A holder that was deposed learns it at the latest when it writes: every
transaction of the journal looks at the token, and the engine refuses orders under an older one.
"""

from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who is active: the application's name and the address of its pages."""

    owner: str
    url: str
    token: int


class Lease(Protocol):
    """The right to be the active application."""

    @property
    def token(self) -> int:
        """The number under which we hold it; 0 where nobody else can be there."""
        ...

    def fence(self, connection: Any) -> None:
        """Look, inside a transaction (SQLAlchemy's Connection), whether we hold it; it stays ours until the transaction ends.

        Raises:
            Deposed: we do not.
        """
        ...


class Deposed(Exception):
    """Another application is active now; this one must end and stand by."""
