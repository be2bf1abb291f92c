"""Tables too long for one answer: features say how theirs are made, the exports feature makes them in the background.

A feature adds its maker at wiring (`add_export`); a job names it by `kind` and carries the question as the feature reads it.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from sqlalchemy.ext.asyncio import AsyncSession

from hotline.platform.access import Platform
from hotline.platform.actor import Actor
from hotline.platform.errors import Conflict
from hotline.platform.i18n import Text
from hotline.platform.permissions import Permission
from hotline.platform.tabular import Cell

Rows = list[Sequence[Cell]]
DIRECT_MOST: Final = 20_000
"""Rows of a list in a file that is waited for; longer ones are made in the background."""


class ExportTooLong(Conflict):
    """Nobody waits for that: it is a job (`POST /export-jobs`)."""

    code = "export_too_long"
    text = Text(
        "共 {count} 条，超过直接导出的上限 {most} 条，请作为后台任务导出",
        "{count} rows are more than {most}; export them as a background job",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LongTable:
    """A table about to be made: what stands above it, its header, how many rows there will be, and the rows in pieces."""

    title: str
    about: tuple[str, ...]
    header: Sequence[str]
    total: int
    pieces: Callable[[], AsyncIterator[Rows]]


Make = Callable[[AsyncSession, Actor, Mapping[str, Any]], Awaitable[LongTable]]
"""Given a session that only looks, whoever asked, and the question. Raises a `HotlineError` for what makes no sense."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportKind:
    """One kind of long table. All of `permissions` are needed, when it is asked for and when it is made."""

    key: str
    permissions: frozenset[Permission]
    make: Make

    def open_to(self, actor: Actor) -> bool:
        """Whether an actor may have it."""
        return all(actor.may(permission) for permission in self.permissions)


def add_export(platform: Platform, kind: ExportKind) -> None:
    """Let a kind be known."""
    platform.listeners.setdefault(ExportKind, []).append(kind)


def export_kind(platform: Platform, key: str) -> ExportKind | None:
    """The kind of this name."""
    kinds = cast("list[ExportKind]", platform.listeners.get(ExportKind, []))
    return next((one for one in kinds if one.key == key), None)
